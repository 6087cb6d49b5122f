// The contract of the ephemeral store, on the database: what may succeed once succeeds once, also in parallel.
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDatabaseEphemeralStore, type EphemeralStore, purgeEphemeral } from '../../src/storage/ephemeral.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';

const content = (value: unknown, ttlSeconds = 60) => ({ value, ttlSeconds });
const twenty = Array.from({ length: 20 }, (_x, n) => n);
const winners = (results: readonly boolean[]): number => results.filter(Boolean).length;

describe.each(engines)('the ephemeral store on %s', (engine) => {
  let open: TestDatabase;
  let store: EphemeralStore;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    store = createDatabaseEphemeralStore(open.database);
  });
  afterAll(() => open.close());
  beforeEach(() => open.database.executeSql('delete from ephemeral_records'));

  /** Lets a record run out, as if its time had passed. */
  const expire = (key: string) =>
    sql`update ephemeral_records set expires_at = clock_timestamp() - interval '1 millisecond' where key = ${key}`.execute(
      open.database.db,
    );

  test.each([
    ['an object', { client_id: 'portal', nested: { listOf: [1, null, true] } }],
    ['a text', 'text'],
    ['a number', 0],
    ['nothing', null],
  ])('%s comes back as it was put', async (_what, value) => {
    await store.put('Code', 'k', content(value));
    expect(await store.find('Code', 'k')).toEqual({ value, consumedAt: null });
  });

  test('a key is of one kind only', async () => {
    await store.put('Code', 'k', content(1));
    expect(await store.find('Interaction', 'k')).toBeUndefined();
    expect(await store.consume('Interaction', 'k')).toBe(false);
  });

  test('putting again replaces the value', async () => {
    await store.put('Code', 'k', content(1));
    await store.put('Code', 'k', content(2));
    expect((await store.find('Code', 'k'))?.value).toBe(2);
  });

  test('a record that was consumed stays consumed when it is put again', async () => {
    await store.put('Code', 'k', content(1));
    await store.consume('Code', 'k');
    await store.put('Code', 'k', content(2));
    expect(await store.find('Code', 'k')).toEqual({ value: 2, consumedAt: expect.any(Date) });
    expect(await store.consume('Code', 'k')).toBe(false);
  });

  test('X110: of twenty that consume at once, one wins', async () => {
    await store.put('Code', 'k', content(1));
    expect(winners(await Promise.all(twenty.map(() => store.consume('Code', 'k'))))).toBe(1);
    expect((await store.find('Code', 'k'))?.consumedAt).toBeInstanceOf(Date);
  });

  test('of twenty that insert at once, one wins, and its value stands', async () => {
    const results = await Promise.all(twenty.map((n) => store.insert('Replay', 'jti', content(n))));
    expect(winners(results)).toBe(1);
    expect((await store.find('Replay', 'jti'))?.value).toBe(results.indexOf(true));
  });

  test('of twenty that take at once, one gets the value and nobody finds it after', async () => {
    await store.put('Code', 'k', content('prize'));
    const taken = await Promise.all(twenty.map(() => store.take('Code', 'k')));
    expect(taken.filter((value) => value !== undefined)).toEqual(['prize']);
    expect(await store.find('Code', 'k')).toBeUndefined();
  });

  test('an expired record is not found, not consumed, not taken', async () => {
    await store.put('Code', 'k', content(1));
    await expire('k');
    expect(await store.find('Code', 'k')).toBeUndefined();
    expect(await store.consume('Code', 'k')).toBe(false);
    expect(await store.take('Code', 'k')).toBeUndefined();
  });

  test('in the place of an expired record one insert wins, unconsumed', async () => {
    await store.put('Replay', 'k', content('old'));
    await store.consume('Replay', 'k');
    await expire('k');
    const results = await Promise.all(twenty.map((n) => store.insert('Replay', 'k', content(n))));
    expect(winners(results)).toBe(1);
    expect((await store.find('Replay', 'k'))?.consumedAt).toBeNull();
  });

  test('a record put in the place of an expired consumed one starts afresh', async () => {
    await store.put('Code', 'k', content(1));
    await store.consume('Code', 'k');
    await expire('k');
    await store.put('Code', 'k', content(2));
    expect(await store.find('Code', 'k')).toEqual({ value: 2, consumedAt: null });
  });

  test('removing what is not there does nothing', async () => {
    await store.remove('Code', 'k');
    await store.put('Code', 'k', content(1));
    await store.remove('Code', 'k');
    expect(await store.find('Code', 'k')).toBeUndefined();
  });

  test('the purge drops what has run out and leaves the rest', async () => {
    await store.put('Code', 'old', content(1));
    await store.put('Code', 'new', content(1));
    await expire('old');
    expect(await purgeEphemeral(open.database.db)).toBe(1);
    expect(await purgeEphemeral(open.database.db)).toBe(0);
    expect(await store.find('Code', 'new')).toBeDefined();
  });

  test('a life is counted in seconds', async () => {
    await store.put('Code', 'k', content(1, 90));
    const { rows } = await open.database.executeSql(
      'select extract(epoch from expires_at - clock_timestamp())::float8 as left from ephemeral_records',
    );
    expect(rows[0]?.['left']).toBeGreaterThan(60);
    expect(rows[0]?.['left']).toBeLessThanOrEqual(90);
  });
});
