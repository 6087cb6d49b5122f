// The PostgreSQL engine: one pool for statements, one dedicated connection for LISTEN that heals itself.
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type Engine, kyselyPlugins } from './engine.ts';
import { createPrepare, preparingPool } from './prepared-statements.ts';
import { tellingKysely, tellStatement } from './statement-channel.ts';
import type { Tables } from './tables.ts';

const int8 = 20;
const relistenAfterMs = 1_000;

/** bigint columns hold counters below 2^53, so they are numbers in code. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8) return Number;
    return pg.types.getTypeParser(oid, format);
  },
};

/** Connects lazily; the first statement throws when the server cannot be reached. */
export function openPostgres(url: string): Engine {
  const pool = new pg.Pool({ connectionString: url, max: 10, types, connectionTimeoutMillis: 10_000 });
  // A connection that dies while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  // One that dies in the middle of a transaction fails that transaction's next statement; without a listener of its own
  // it too would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  const prepare = createPrepare();
  const dialect = new PostgresDialect({ pool: preparingPool(pool, prepare) });
  const kysely = new Kysely<Tables>({ dialect, plugins: kyselyPlugins(), ...tellingKysely() });
  return {
    name: 'postgres',
    kysely,
    async executeSql(text, values) {
      tellStatement(text);
      const result = await (values === undefined ? pool.query(text) : pool.query(prepare(text, values)));
      // Several statements give several results; the rows of all of them count.
      const rows: Record<string, unknown>[] = Array.isArray(result) ? result.flatMap((r) => r.rows ?? []) : result.rows;
      return { rows };
    },
    listen: (channel, onPayload, onReconnect) => listen(url, channel, { onPayload, onReconnect }),
    connections: () => ({
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: () => kysely.destroy(),
  };
}

interface Listener {
  onPayload: (payload: string) => void;
  onReconnect: () => void;
}

async function listen(url: string, channel: string, listener: Listener): Promise<() => Promise<void>> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url, keepAlive: true });
    const lost = (): void => {
      if (stopped || client !== next) return;
      client = undefined;
      retry();
    };
    next.on('error', lost);
    next.on('end', lost);
    next.on('notification', (message) => listener.onPayload(message.payload ?? ''));
    await next.connect();
    await next.query(`listen ${pg.escapeIdentifier(channel)}`);
    client = next;
    listener.onReconnect();
  };
  const retry = (): void => {
    timer = setTimeout(() => {
      if (!stopped) connect().catch(retry);
    }, relistenAfterMs);
    timer.unref();
  };

  await connect();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end();
  };
}
