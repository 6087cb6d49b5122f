// The customers of the demo world, made once in each test process: later worlds copy their rows, which takes a tenth of
// the time. Everything else (ports, clients, keys of the issuer) is each world's own, as after a restart.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import { prepareSandbox, type SandboxPlaces, type SandboxTarget } from '../../src/demo/sandbox.ts';
import type { Database, Db } from '../../src/storage/database.ts';

export interface Customers {
  /** Of every world of this process: what is kept is sealed with it. */
  readonly masterKey: Buffer;
  /** As `prepareSandbox`, from the second time on without the work. */
  prepare(target: SandboxTarget, places: SandboxPlaces): Promise<void>;
}

/** Keeps the customers of the first world that it prepares. For PGlite: PostgreSQL would ask for a superuser. */
export function createCustomers(): Customers {
  let kept: { readonly restore: (database: Database) => Promise<void>; readonly exported: string } | undefined;
  return {
    masterKey: randomBytes(32),
    async prepare(target, places) {
      const { database } = target;
      if (kept !== undefined) {
        await kept.restore(database);
        writeFileSync(places.exportFile, kept.exported, { mode: 0o600 });
        // Finds its customers, and renews what is each world's own.
        return await prepareSandbox(target, places);
      }
      const finish = await beginSnapshot(database);
      await prepareSandbox(target, places);
      kept = { restore: await finish(), exported: readFileSync(places.exportFile, 'utf8') };
    },
  };
}

interface Rows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly json: string;
}

/** Notes which tables are empty; the function that comes back keeps what has been written into those since. */
async function beginSnapshot({ db }: Database): Promise<() => Promise<(database: Database) => Promise<void>>> {
  const empty: string[] = [];
  for (const table of await tablesOf(db)) if ((await rowsOf(db, table)) === undefined) empty.push(table);
  return async () => {
    const kept: Rows[] = [];
    for (const table of empty) {
      const json = await rowsOf(db, table);
      if (json !== undefined) kept.push({ table, json, columns: await columnsOf(db, table) });
    }
    const sequences = await sql<{ name: string; value: string }>`
      select quote_ident(schemaname) || '.' || quote_ident(sequencename) as name, last_value as value
      from pg_sequences where schemaname = 'public' and last_value is not null`.execute(db);
    return (database) => restore(database, kept, sequences.rows);
  };
}

async function tablesOf(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'
      and table_name not like 'kysely%' and table_name not like 'oidc%'`.execute(db);
  return rows.map(({ name }) => name);
}

async function rowsOf(db: Db, table: string): Promise<string | undefined> {
  const { rows } = await sql<{
    all: string | null;
  }>`select json_agg(t)::text as all from ${sql.table(table)} t`.execute(db);
  return rows[0]?.all ?? undefined;
}

async function columnsOf(db: Db, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select column_name as name from information_schema.columns
    where table_schema = 'public' and table_name = ${table} and is_generated = 'NEVER'`.execute(db);
  return rows.map(({ name }) => name);
}

async function restore(
  database: Database,
  kept: readonly Rows[],
  sequences: readonly { readonly name: string; readonly value: string }[],
): Promise<void> {
  await database.transaction(async (tx) => {
    // The rows were whole where they come from: no order of tables, and no trigger a second time.
    await sql`set local session_replication_role = replica`.execute(tx);
    for (const { table, columns, json } of kept) {
      const names = sql.join(columns.map((name) => sql.ref(name)));
      await sql`
        insert into ${sql.table(table)} (${names}) overriding system value
        select ${names} from json_populate_recordset(null::${sql.table(table)}, ${json}::json)`.execute(tx);
    }
    for (const { name, value } of sequences) await sql`select setval(${name}, ${value}::bigint)`.execute(tx);
  });
}
