// Lets the server keep statements that come again, so that it parses and plans them once for each connection instead of
// each time: half of what a short statement costs it (docs/decisions/033-round-trips.md).
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';

/** A server keeps each of them on each connection. */
const mostNames = 500;

/** A statement for `pg`, with a name if the server is to keep it. */
export type Prepare = (text: string, values: readonly unknown[]) => pg.QueryConfig;

/** Names statements from their second coming on; the connections of a process share the names. */
export function createPrepare(): Prepare {
  const seen = new Set<string>();
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size >= mostNames || !mayBeKept(text)) return known;
    if (seen.delete(text)) {
      const name = `kept_${names.size}`;
      names.set(text, name);
      return name;
    }
    // What comes once is forgotten now and then.
    if (seen.size >= mostNames) seen.clear();
    seen.add(text);
    return undefined;
  };
  return (text, values) => {
    const name = values.length === 0 ? undefined : nameOf(text);
    return { text, values: [...values], ...(name !== undefined && { name }) };
  };
}

// A column that a newer program adds changes what `*` stands for, and a kept statement would fail from then on.
function mayBeKept(text: string): boolean {
  return !/[^(]\*/.test(text);
}

/** The pool as Kysely uses it, with its statements prepared. */
export function preparingPool(pool: pg.Pool, prepare: Prepare): PostgresPool {
  // Kysely knows a connection by its object.
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  const preparing = (client: pg.PoolClient): PostgresPoolClient => ({
    // Forced, since Kysely's type has a second form, for cursors: none is configured, so only this one is called.
    query: ((text: string, values: readonly unknown[]) =>
      client.query(prepare(text, values))) as unknown as PostgresPoolClient['query'],
    release: (error) => client.release(error),
  });
  return {
    async connect() {
      const client = await pool.connect();
      const known = clients.get(client) ?? preparing(client);
      clients.set(client, known);
      return known;
    },
    end: () => pool.end(),
    options: pool.options,
  };
}
