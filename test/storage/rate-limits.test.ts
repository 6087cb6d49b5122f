// Rate limits: exact in parallel, separate by name and key, given back by a success.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createMemoryRateLimit,
  createRateLimit,
  type MakeRateLimit,
  purgeRateLimits,
} from '../../src/storage/rate-limits.ts';
import { createRedisCounters } from '../../src/storage/rate-limits-redis.ts';
import { type Engine, engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { keysOf, openTestRedis, redisUrl } from '../support/redis.ts';

const fifty = Array.from({ length: 50 }, (_x, n) => n);

interface Ground {
  readonly make: MakeRateLimit;
  clear(): Promise<unknown>;
  /** As if the key's window had ended. */
  endWindow(key: string): Promise<unknown>;
  close(): Promise<void>;
}

async function onDatabase(engine: Engine): Promise<Ground> {
  const { database, close } = await openTestDatabase(engine);
  return {
    make: (options) => createRateLimit(database, options),
    clear: () => database.executeSql('delete from rate_limits'),
    endWindow: (key) => database.executeSql('update rate_limits set expire = 1 where key like $1', [`%:${key}`]),
    close,
  };
}

async function onRedis(): Promise<Ground> {
  const redis = await openTestRedis();
  const down = { executeSql: () => Promise.reject(new Error('limits are not counted here')) };
  const counters = createRedisCounters(redis);
  const clear = async () => {
    for (const key of await keysOf(redis)) await redis.client.del(key);
  };
  return {
    make: (options) => createRateLimit({ ...down, counters }, options),
    clear,
    async endWindow(key) {
      const own = (await keysOf(redis)).filter((one) => one.endsWith(`:${key}`));
      for (const one of own) await redis.client.pexpireat(one, 1);
    },
    async close() {
      await clear();
      await redis.close();
    },
  };
}

const places = redisUrl === undefined ? engines : [...engines, 'redis' as const];

describe.each(places)('rate limits on %s', (place) => {
  let ground: Ground;
  beforeAll(async () => {
    ground = place === 'redis' ? await onRedis() : await onDatabase(place);
  });
  afterAll(() => ground?.close());
  beforeEach(() => ground.clear());

  const limitOf = (name: string, points = 10) => ground.make({ name, points, seconds: 600 });

  test('of fifty at once exactly as many pass as the limit allows', async () => {
    const limit = limitOf('number');
    const waits = await Promise.all(fifty.map(() => limit.take('+33639980001')));
    expect(waits.filter((wait) => wait === undefined)).toHaveLength(10);
    for (const wait of waits.filter((one) => one !== undefined)) {
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(600);
    }
  });

  test('keys and names do not share a budget', async () => {
    const limit = limitOf('number', 1);
    expect(await limit.take('a')).toBeUndefined();
    expect(await limit.take('b')).toBeUndefined();
    expect(await limitOf('address', 1).take('a')).toBeUndefined();
    expect(await limit.take('a')).toBeGreaterThan(0);
  });

  test('two nodes share a budget', async () => {
    const [left, right] = [limitOf('number', 2), limitOf('number', 2)];
    await left.take('a');
    await right.take('a');
    expect(await left.take('a')).toBeGreaterThan(0);
  });

  test('several points can be taken at once', async () => {
    const limit = limitOf('number');
    expect(await limit.take('a', 9)).toBeUndefined();
    expect(await limit.take('a', 2)).toBeGreaterThan(0);
  });

  test('asking how long to wait takes nothing', async () => {
    const limit = limitOf('number', 1);
    expect(await limit.wait('a')).toBeUndefined();
    await limit.take('a');
    expect(await limit.wait('a')).toBeGreaterThan(0);
  });

  test('a success gives the budget back', async () => {
    const limit = limitOf('number', 1);
    await limit.take('a');
    await limit.forgive('a');
    expect(await limit.take('a')).toBeUndefined();
  });

  test('a window that has ended counts no more', async () => {
    const limit = limitOf('number', 1);
    await limit.take('a');
    expect(await limit.wait('a')).toBeGreaterThan(0);
    await ground.endWindow('a');
    expect(await limit.wait('a')).toBeUndefined();
    expect(await limit.take('a')).toBeUndefined();
  });
});

describe.each(engines)('rate limits on %s only', (engine) => {
  let open: TestDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
  });
  afterAll(() => open?.close());

  test('the purge drops windows that have ended', async () => {
    const limit = createRateLimit(open.database, { name: 'number', points: 1, seconds: 600 });
    await limit.take('a');
    await limit.take('kept');
    await open.database.executeSql("update rate_limits set expire = 1 where key like '%:a'");
    await purgeRateLimits(open.database, new Date());
    const { rows } = await open.database.executeSql('select key from rate_limits');
    expect(rows).toEqual([{ key: 'number:kept' }]);
  });

  test('X120: when the store is down it refuses to answer, and lets nobody through', async () => {
    const broken = { executeSql: () => Promise.reject(new Error('down')) };
    const limit = createRateLimit(broken, { name: 'number', points: 10, seconds: 60 });
    await expect(limit.take('a')).rejects.toThrow('down');
  });
});

test('a limit in memory slows this process down', async () => {
  const limit = createMemoryRateLimit({ points: 2, seconds: 60 });
  expect(await limit.take('a')).toBeUndefined();
  expect(await limit.take('a')).toBeUndefined();
  expect(await limit.take('a')).toBeGreaterThan(0);
  expect(await limit.take('b')).toBeUndefined();
});
