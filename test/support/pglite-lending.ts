// Migrated PGlites that are lent to one test after another: emptying one takes a sixth of the work of starting one.
// Files share it because they share their worker (`isolate: false`); two that are open at once are two.
import { PGlite } from '@electric-sql/pglite';
import { pgliteParsers, type RunningPglite } from '../../src/storage/engine-pglite.ts';

interface Lendable {
  readonly pglite: PGlite;
  /** As it was when it was new. */
  readonly schema: string;
  readonly rows: readonly Rows[];
  readonly sequences: readonly Sequence[];
}

interface Sequence {
  readonly name: string;
  readonly value: string;
}

interface Rows {
  readonly table: string;
  readonly json: string;
}

// More than a file has open at once would only take memory.
const mostIdle = 2;
const idle: Lendable[] = [];

/** One with the content of the dump and nothing else; closing it gives it back. */
export async function lendPglite(dump: () => Promise<Blob>): Promise<RunningPglite> {
  const one = idle.pop() ?? (await start(await dump()));
  return lent(one.pglite, () => takeBack(one));
}

async function start(loadDataDir: Blob): Promise<Lendable> {
  const pglite = await PGlite.create({ dataDir: 'memory://', parsers: pgliteParsers, loadDataDir });
  const rows: Rows[] = [];
  for (const table of await writtenTables(pglite)) {
    const { rows: all } = await pglite.query<{ json: string }>(`select json_agg(t)::text as json from ${table} t`);
    rows.push({ table, json: all[0]?.json ?? '[]' });
  }
  return { pglite, rows, sequences: await usedSequences(pglite), schema: await schemaOf(pglite) };
}

/** Nobody who still holds it after it was closed reaches the database of the next test. */
function lent(pglite: PGlite, giveBack: () => Promise<void>): RunningPglite {
  let closed = false;
  const stops: (() => Promise<void>)[] = [];
  const open = (): PGlite => {
    if (closed) throw new Error('PGlite is closed');
    return pglite;
  };
  return {
    query: async (...args) => await open().query(...args),
    exec: async (...args) => await open().exec(...args),
    transaction: async (...args) => await open().transaction(...args),
    async listen(...args) {
      const stop = await open().listen(...args);
      stops.push(stop);
      return stop;
    },
    get closed() {
      return closed;
    },
    ready: true,
    waitReady: pglite.waitReady,
    async close() {
      closed = true;
      for (const stop of stops) await stop();
      await giveBack();
    },
  };
}

async function takeBack(one: Lendable): Promise<void> {
  // Whoever changed more than rows, in tables of ours, gives back another database than was lent.
  if (idle.length >= mostIdle || (await schemaOf(one.pglite)) !== one.schema) return await one.pglite.close();
  await empty(one);
  idle.push(one);
}

/** What makes the schema, in short: each create and drop takes a new object id. */
async function schemaOf(pglite: PGlite): Promise<string> {
  const catalogs = ['pg_class', 'pg_attrdef', 'pg_proc', 'pg_constraint', 'pg_trigger', 'pg_namespace'];
  const sums = catalogs.map((name) => `(select count(*) || ' ' || sum(oid::bigint) from ${name})`);
  const columns = '(select count(*) from pg_attribute where not attisdropped)';
  const { rows } = await pglite.query<{ all: string }>(
    `select concat_ws(',', ${[...sums, columns].join(', ')}) as all`,
  );
  return rows[0]?.all ?? '';
}

async function writtenTables(pglite: PGlite): Promise<string[]> {
  const { rows } = await pglite.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0`,
  );
  return rows.map(({ name }) => name);
}

async function usedSequences(pglite: PGlite): Promise<Sequence[]> {
  const { rows } = await pglite.query<Sequence>(
    `select format('%I.%I', schemaname, sequencename) as name, last_value::text as value
     from pg_sequences where last_value is not null`,
  );
  return rows;
}

async function empty({ pglite, rows, sequences }: Lendable): Promise<void> {
  const written = await writtenTables(pglite);
  await pglite.exec(
    [
      'reset all',
      // No order of tables, and no trigger that holds a row.
      'set session_replication_role = replica',
      ...written.map((name) => `delete from ${name}`),
      ...rows.map(
        ({ table, json }) =>
          `insert into ${table} overriding system value
           select * from json_populate_recordset(null::${table}, '${json.replaceAll("'", "''")}')`,
      ),
      'set session_replication_role = origin',
      `select setval(format('%I.%I', schemaname, sequencename), start_value, false)
       from pg_sequences where last_value is not null`,
      ...sequences.map(({ name, value }) => `select setval('${name}', ${value})`),
    ].join(';\n'),
  );
  if (written.length > 0) await pglite.exec(`vacuum ${written.join(', ')}`);
}
