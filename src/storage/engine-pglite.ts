// The embedded engine: PGlite in this process, in memory or in a directory that one process owns at a time.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { lockDirectory } from './directory-lock.ts';
import { type Engine, kyselyPlugins } from './engine.ts';
import { tellingKysely, tellStatement } from './statement-channel.ts';
import type { Tables } from './tables.ts';

const bytea = 17;
const int8 = 20;

/** The same JavaScript values as `pg` gives: bigint columns as numbers (they stay below 2^53), bytea as Buffers. */
export const pgliteParsers = {
  [int8]: (text: string) => Number(text),
  [bytea]: (text: string) => Buffer.from(text.slice(2), 'hex'),
};

/** What the engine needs of PGlite. */
export type RunningPglite = Pick<
  PGlite,
  'query' | 'exec' | 'listen' | 'transaction' | 'close' | 'closed' | 'ready' | 'waitReady'
>;

/**
 * Opens `memory:` or a directory; `pglite` is one that runs already, for `memory:`.
 * Throws when another living process owns the directory.
 */
export async function openPglite(url: string, { pglite: running }: { pglite?: RunningPglite } = {}): Promise<Engine> {
  const inMemory = url === 'memory:';
  const release = inMemory ? () => {} : lockDirectory(url);
  try {
    const dataDir = inMemory ? 'memory://' : join(url, 'pg');
    if (!inMemory) mkdirSync(url, { recursive: true, mode: 0o700 });
    return engineOf(running ?? (await PGlite.create({ dataDir, parsers: pgliteParsers })), release);
  } catch (cause) {
    release();
    throw cause;
  }
}

function engineOf(pglite: RunningPglite, release: () => void): Engine {
  const dialect = new PGliteDialect({ pglite });
  const kysely = new Kysely<Tables>({ dialect, plugins: kyselyPlugins(), ...tellingKysely() });
  return {
    name: 'pglite',
    kysely,
    async executeSql(text, values) {
      tellStatement(text);
      if (values !== undefined && values.length > 0) {
        const result = await pglite.query<Record<string, unknown>>(text, values);
        return { rows: result.rows };
      }
      const results = await pglite.exec(text);
      return { rows: results.flatMap((result) => result.rows) };
    },
    async listen(channel, onPayload, onReconnect) {
      const stop = await pglite.listen(channel, onPayload);
      onReconnect();
      return async () => {
        if (!pglite.closed) await stop();
      };
    },
    async close() {
      await kysely.destroy();
      if (!pglite.closed) await pglite.close();
      release();
    },
  };
}
