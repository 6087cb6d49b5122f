// Statements that the server keeps: from their second coming on, never those that a new column would break.
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createPrepare } from '../../src/storage/prepared-statements.ts';
import { openTestDatabase, postgresUrl } from '../support/databases.ts';

const one = 'select id from accounts where id = $1';

describe('a statement', () => {
  test('gets its name when it comes again, and keeps it; another one gets another', () => {
    const prepare = createPrepare();
    expect(prepare(one, ['a'])).toEqual({ text: one, values: ['a'] });
    const { name } = prepare(one, ['b']);
    expect(name).toEqual(expect.any(String));
    expect(prepare(one, ['c'])).toEqual({ name, text: one, values: ['c'] });
    const other = 'select label from accounts where id = $1';
    prepare(other, ['a']);
    expect(prepare(other, ['a']).name).not.toBe(name);
  });

  test.each([
    'select * from sims where id = $1',
    'select "sims".* from sims where id = $1',
    'delete from sims where id = $1 returning *',
  ])('with all columns gets none: %s', (text) => {
    const prepare = createPrepare();
    prepare(text, ['a']);
    expect(prepare(text, ['a'])).not.toHaveProperty('name');
  });

  test('that counts rows may be kept; one without values is not', () => {
    const prepare = createPrepare();
    for (const text of ['select count(*) from sims where line_id = $1', 'commit']) prepare(text, []);
    const counting = 'select count(*) from sims where state = $1';
    prepare(counting, ['active']);
    expect(prepare(counting, ['active'])).toHaveProperty('name');
    expect(prepare('commit', [])).not.toHaveProperty('name');
  });

  test('is one of no more than 500, however many there are', () => {
    const prepare = createPrepare();
    const texts = Array.from({ length: 600 }, (_, at) => `select ${at} from sims where id = $1`);
    const named = texts.filter((text) => prepare(text, ['a']).name ?? prepare(text, ['a']).name);
    expect(named).toHaveLength(500);
  });
});

describe.skipIf(postgresUrl === undefined)('on PostgreSQL', () => {
  test('a kept statement still gives its rows after a migration has added a column', async () => {
    const { database, close } = await openTestDatabase('postgres');
    const add = (kind: string) =>
      database.db
        .insertInto('ephemeralRecords')
        .values({ kind, key: 'k', value: '1', expiresAt: new Date(Date.now() + 60_000) })
        .execute();
    const kinds = () => database.db.selectFrom('ephemeralRecords').select('kind').where('key', '=', 'k').execute();
    const everything = () => database.db.selectFrom('ephemeralRecords').selectAll().where('key', '=', 'k').execute();
    await add('a');
    // One after the other they go through one connection.
    for (const work of [kinds, everything, kinds, everything, kinds, everything]) await work();
    const kept = await sql<{ n: number }>`select count(*) as n from pg_prepared_statements where name <> ''`.execute(
      database.db,
    );
    expect(kept.rows[0]?.n).toBeGreaterThan(0);
    await sql`alter table ephemeral_records add column later text`.execute(database.db);
    expect(await kinds()).toEqual([{ kind: 'a' }]);
    expect(await everything()).toMatchObject([{ kind: 'a', later: null }]);
    await close();
  });
});
