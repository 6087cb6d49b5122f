// Rate limits: exact in parallel, separate by name and key, given back by a success.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryRateLimit, createRateLimit, purgeRateLimits } from '../../src/storage/rate-limits.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';

const fifty = Array.from({ length: 50 }, (_x, n) => n);

describe.each(engines)('rate limits on %s', (engine) => {
  let open: TestDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
  });
  afterAll(() => open.close());
  beforeEach(() => open.database.executeSql('delete from rate_limits'));

  const limitOf = (name: string, points = 10) => createRateLimit(open.database, { name, points, seconds: 600 });

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

  test('a window that has ended counts no more, and the purge drops it', async () => {
    const limit = limitOf('number', 1);
    await limit.take('a');
    await limit.take('kept');
    await open.database.executeSql("update rate_limits set expire = 1 where key like '%:a'");
    expect(await limit.wait('a')).toBeUndefined();
    await purgeRateLimits(open.database, new Date());
    const { rows } = await open.database.executeSql('select key from rate_limits');
    expect(rows).toEqual([{ key: 'number:kept' }]);
    expect(await limit.take('a')).toBeUndefined();
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
