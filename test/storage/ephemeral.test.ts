// The contract of the ephemeral store, on the database and on Redis: what may succeed once succeeds once, also in parallel.
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDatabaseEphemeralStore, type EphemeralStore, purgeEphemeral } from '../../src/storage/ephemeral.ts';
import { createRedisEphemeralStore, keepApart } from '../../src/storage/ephemeral-redis.ts';
import { type Engine, engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { keysOf, openTestRedis, redisUrl } from '../support/redis.ts';

const content = (value: unknown, ttlSeconds = 60) => ({ value, ttlSeconds });
const twenty = Array.from({ length: 20 }, (_x, n) => n);
const winners = (results: readonly boolean[]): number => results.filter(Boolean).length;

interface Ground {
  readonly store: EphemeralStore;
  clear(): Promise<unknown>;
  /** Lets a record run out, as if its time had passed. */
  expire(key: string): Promise<unknown>;
  /** Seconds that the only record has left. */
  left(): Promise<number>;
  close(): Promise<void>;
}

async function onDatabase(engine: Engine): Promise<Ground> {
  const { database, close } = await openTestDatabase(engine);
  return {
    store: createDatabaseEphemeralStore(database),
    clear: () => database.executeSql('delete from ephemeral_records'),
    expire: (key) =>
      sql`update ephemeral_records set expires_at = clock_timestamp() - interval '1 millisecond' where key = ${key}`.execute(
        database.db,
      ),
    async left() {
      const { rows } = await database.executeSql(
        'select extract(epoch from expires_at - clock_timestamp())::float8 as left from ephemeral_records',
      );
      return Number(rows[0]?.['left']);
    },
    close,
  };
}

async function onRedis(): Promise<Ground> {
  const redis = await openTestRedis();
  const clear = async () => {
    for (const key of await keysOf(redis)) await redis.client.del(key);
  };
  return {
    store: createRedisEphemeralStore(redis),
    clear,
    async expire(key) {
      const own = (await keysOf(redis)).filter((one) => one.includes(`{${key}}`));
      // Of a time that is over: the server drops it at once.
      for (const one of own) await redis.client.pexpireat(one, 1);
    },
    async left() {
      const [key = ''] = await keysOf(redis);
      return (await redis.client.pttl(key)) / 1_000;
    },
    async close() {
      await clear();
      await redis.close();
    },
  };
}

const stores = redisUrl === undefined ? engines : [...engines, 'redis' as const];

describe.each(stores)('the ephemeral store on %s', (kind) => {
  let ground: Ground;
  let store: EphemeralStore;
  const expire = (key: string) => ground.expire(key);
  beforeAll(async () => {
    ground = kind === 'redis' ? await onRedis() : await onDatabase(kind);
    store = ground.store;
  });
  afterAll(() => ground?.close());
  beforeEach(() => ground.clear());

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

  test('a life is counted in seconds, and begins again when it is put again', async () => {
    await store.put('Code', 'k', content(1, 90));
    expect(await ground.left()).toBeGreaterThan(60);
    expect(await ground.left()).toBeLessThanOrEqual(90);
    await store.put('Code', 'k', content(1, 900));
    expect(await ground.left()).toBeGreaterThan(600);
  });

  test('an insert that comes too late changes neither value nor life', async () => {
    await store.insert('Replay', 'k', content('first', 60));
    expect(await store.insert('Replay', 'k', content('second', 6_000))).toBe(false);
    expect((await store.find('Replay', 'k'))?.value).toBe('first');
    expect(await ground.left()).toBeLessThanOrEqual(60);
  });

  test('keys with any characters stay apart', async () => {
    await store.put('Code', 'a}:b', content(1));
    await store.put('b:Code', 'a', content(2));
    await store.put('Code', 'é{} :%7D', content(3));
    expect((await store.find('Code', 'a}:b'))?.value).toBe(1);
    expect((await store.find('b:Code', 'a'))?.value).toBe(2);
    expect((await store.find('Code', 'é{} :%7D'))?.value).toBe(3);
    expect(await store.find('Code', 'a')).toBeUndefined();
  });
});

describe.each(engines)('the purge on %s', (engine) => {
  let open: TestDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
  });
  afterAll(() => open?.close());

  test('drops what has run out and leaves the rest', async () => {
    const store = createDatabaseEphemeralStore(open.database);
    await store.put('Code', 'old', content(1));
    await store.put('Code', 'new', content(1));
    await sql`update ephemeral_records set expires_at = clock_timestamp() - interval '1 second' where key = 'old'`.execute(
      open.database.db,
    );
    expect(await purgeEphemeral(open.database.db)).toBe(1);
    expect(await purgeEphemeral(open.database.db)).toBe(0);
    expect(await store.find('Code', 'new')).toBeDefined();
  });
});

test('some kinds can be kept apart from the others', async () => {
  const calls: string[] = [];
  const named = (name: string): EphemeralStore => ({
    put: async (kind) => void calls.push(`${name} put ${kind}`),
    insert: async (kind) => calls.push(`${name} insert ${kind}`) > 0,
    find: async (kind) => void calls.push(`${name} find ${kind}`) as undefined,
    consume: async (kind) => calls.push(`${name} consume ${kind}`) > 0,
    take: async (kind) => void calls.push(`${name} take ${kind}`),
    remove: async (kind) => void calls.push(`${name} remove ${kind}`),
  });
  const store = keepApart(['kept'], { apart: named('lasting'), others: named('short') });
  for (const kind of ['kept', 'Code']) {
    await store.put(kind, 'k', content(1));
    await store.insert(kind, 'k', content(1));
    await store.find(kind, 'k');
    await store.consume(kind, 'k');
    await store.take(kind, 'k');
    await store.remove(kind, 'k');
  }
  const all = ['put', 'insert', 'find', 'consume', 'take', 'remove'];
  expect(calls).toEqual([...all.map((one) => `lasting ${one} kept`), ...all.map((one) => `short ${one} Code`)]);
});
