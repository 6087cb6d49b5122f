// One database, two engines: transactions that cannot be left by accident, and the same JavaScript values.
import { CompiledQuery, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Database,
  OutsideTransactionError,
  openDatabase,
  readAppNow,
  sqlClientOf,
} from '../../src/storage/database.ts';
import { engines, openTestDatabase, postgresUrl, type TestDatabase } from '../support/databases.ts';
import { until } from '../support/flow-until.ts';

describe.each(engines)('the database on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
    await database.executeSql(
      'create table things (id text primary key, n bigint, octets bytea, doc jsonb, at timestamptz)',
    );
  });
  afterAll(() => open.close());
  beforeEach(() => database.executeSql('delete from things'));

  const insert = (id: string) => CompiledQuery.raw('insert into things (id) values ($1)', [id]);
  const ids = async (): Promise<unknown[]> =>
    (await database.executeSql('select id from things order by id')).rows.map(({ id }) => id);

  test('a transaction commits when its work resolves and gives its value', async () => {
    const value = await database.transaction(async (tx) => {
      await tx.executeQuery(insert('a'));
      return 7;
    });
    expect(value).toBe(7);
    expect(await ids()).toEqual(['a']);
  });

  test('a transaction leaves nothing when its work throws, and the error comes out as it is', async () => {
    const cause = new Error('no');
    const work = database.transaction(async (tx) => {
      await tx.executeQuery(insert('a'));
      throw cause;
    });
    await expect(work).rejects.toBe(cause);
    expect(await ids()).toEqual([]);
  });

  test.each<[string, (outer: Database) => Promise<unknown>]>([
    ['a query of the outer handle', (outer) => readAppNow(outer.db)],
    ['plain SQL of the outer handle', (outer) => outer.executeSql('select 1')],
    ['a second transaction', (outer) => outer.transaction(async () => {})],
  ])('%s inside a transaction is an error at once, not a wait for ever', async (_what, use) => {
    const work = database.transaction(async () => await use(database));
    await expect(work).rejects.toThrow(OutsideTransactionError);
  });

  test('after the mistake the database goes on', async () => {
    await expect(database.transaction(() => database.executeSql('select 1'))).rejects.toThrow(OutsideTransactionError);
    await database.transaction((tx) => tx.executeQuery(insert('a')));
    expect(await ids()).toEqual(['a']);
  });

  test('what was begun in a transaction and goes on after its end may use the database', async () => {
    let later: Promise<unknown> | undefined;
    let ended = (): void => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    await database.transaction(async () => {
      later = end.then(() => database.executeSql('select 1 as one'));
    });
    ended();
    expect(await later).toEqual({ rows: [{ one: 1 }] });
  });

  test('others are not held to be inside of it', async () => {
    const gate = Promise.withResolvers<void>();
    const inside = database.transaction(() => gate.promise);
    const outside = readAppNow(database.db);
    gate.resolve();
    await inside;
    expect(await outside).toBeInstanceOf(Date);
  });

  test('twenty transactions at once all come through', async () => {
    const names = Array.from({ length: 20 }, (_x, n) => `t${String(n).padStart(2, '0')}`);
    await Promise.all(names.map((name) => database.transaction((tx) => tx.executeQuery(insert(name)))));
    expect(await ids()).toEqual(names);
  });

  test('values come back as the same JavaScript types on both engines', async () => {
    const at = new Date('2026-03-01T10:00:00.123Z');
    await database.executeSql('insert into things values ($1, $2, $3, $4, $5)', [
      'a',
      9_007_199_254_740_991,
      Buffer.from([0, 255, 92]),
      JSON.stringify({ a_b: { c_d: [1] } }),
      at,
    ]);
    const { rows } = await sql`select n, octets, doc, at from things`.execute(database.db);
    const octets = expect.any(Buffer);
    expect(rows).toEqual([{ n: 9_007_199_254_740_991, octets, doc: { a_b: { c_d: [1] } }, at }]);
    expect((rows[0] as { octets: Buffer }).octets).toEqual(Buffer.from([0, 255, 92]));
  });

  test('column names are in camel case, keys inside JSON are left alone', async () => {
    const { rows } = await sql`select 1 as some_thing`.execute(database.db);
    expect(rows).toEqual([{ someThing: 1 }]);
  });

  test('plain SQL runs one statement with values or several without', async () => {
    expect(await database.executeSql('select $1::int as n', [3])).toEqual({ rows: [{ n: 3 }] });
    expect(await database.executeSql('select 1 as n; select 2 as n')).toEqual({ rows: [{ n: 1 }, { n: 2 }] });
  });

  test('a library that writes its own SQL can do so in a transaction of ours', async () => {
    const work = database.transaction(async (tx) => {
      await sqlClientOf(tx).executeSql('insert into things (id) values ($1)', ['a']);
      expect((await sqlClientOf(tx).executeSql('select id from things')).rows).toEqual([{ id: 'a' }]);
      throw new Error('roll back');
    });
    await expect(work).rejects.toThrow('roll back');
    expect(await ids()).toEqual([]);
  });

  test('a broken constraint is an error with its SQL state, and the connection stays good', async () => {
    await database.executeSql("insert into things (id) values ('a')");
    await expect(database.executeSql("insert into things (id) values ('a')")).rejects.toMatchObject({ code: '23505' });
    expect(await ids()).toEqual(['a']);
  });
});

test('a server that does not answer is an error at the start, without the password in it', async () => {
  const opening = openDatabase('postgres://app:needle@127.0.0.1:1/app');
  await expect(opening).rejects.toThrow();
  expect(await opening.catch((error) => `${error} ${error.stack} ${JSON.stringify(error)}`)).not.toContain('needle');
});

describe.skipIf(postgresUrl === undefined)('a connection to PostgreSQL that is cut', () => {
  test('in the middle of a transaction fails that transaction and nothing else (X120)', async () => {
    const open = await openTestDatabase('postgres');
    const { database } = open;
    const other = new pg.Client({ connectionString: postgresUrl });
    await other.connect();
    const cut = database.transaction(async (tx) => {
      const { rows } = await sqlClientOf(tx).executeSql('select pg_backend_pid() as pid');
      const pid = [rows[0]?.['pid']];
      await other.query('select pg_terminate_backend($1)', pid);
      // Its end is noticed while the transaction waits for something else.
      await until('the backend is gone', async () => {
        const left = await other.query('select 1 from pg_stat_activity where pid = $1', pid);
        return left.rows.length === 0;
      });
      await readAppNow(tx);
    });
    await expect(cut).rejects.toThrow();
    await other.end();
    expect(await readAppNow(database.db)).toBeInstanceOf(Date);
    await open.close();
  });
});
