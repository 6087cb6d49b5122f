// Wake-ups: at commit, on every node, and after a lost connection everybody looks again.
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/storage/database.ts';
import type { Redis } from '../../src/storage/redis.ts';
import { announceByRedis, startWakeUps, type WakeUps, wake } from '../../src/storage/wake-ups.ts';
import { engines, openTestDatabase, postgresUrl, type TestDatabase } from '../support/databases.ts';
import { openTestRedis, redisUrl } from '../support/redis.ts';

// Long enough never to be reached when things work; the test's own time limit is below it.
const long = { timeoutMs: 60_000 };

/** What a transaction announces that is rolled back; the wake-up after it has come, so that none is on its way. */
async function expectRollbackUnheard(database: Database, wakeUps: WakeUps): Promise<void> {
  const heard: string[] = [];
  wakeUps.onWake('a', () => heard.push('a'));
  const failed = database.transaction(async (tx) => {
    await wake(tx, 'a');
    throw new Error('roll back');
  });
  await expect(failed).rejects.toThrow('roll back');
  const waiting = wakeUps.wait('end', long);
  await database.transaction((tx) => wake(tx, 'end'));
  await waiting;
  expect(heard).toEqual([]);
}

describe.each(engines)('wake-ups on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  let wakeUps: WakeUps;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
  });
  afterAll(() => open.close());
  beforeEach(async () => {
    wakeUps = await startWakeUps(database);
  });
  afterEach(() => wakeUps.stop());

  test('whoever waits for a key is woken', async () => {
    const waiting = [wakeUps.wait('a', long), wakeUps.wait('a', long)];
    await wake(database.db, 'a');
    await Promise.all(waiting);
  });

  test('whoever waits for another key is not', async () => {
    let woken = false;
    wakeUps.onWake('b', () => {
      woken = true;
    });
    const waiting = wakeUps.wait('a', long);
    await wake(database.db, 'b?');
    await wake(database.db, 'a');
    await waiting;
    expect(woken).toBe(false);
  });

  test('a wake-up in a transaction comes with its commit, one that is rolled back never', async () => {
    await expectRollbackUnheard(database, wakeUps);
  });

  test('a wake-up between subscribing and waiting is not missed', async () => {
    const subscription = wakeUps.subscribe('a');
    const arrived = wakeUps.wait('a', long);
    await wake(database.db, 'a');
    await arrived;
    await subscription.next(60_000);
    subscription.close();
  });

  test('waiting ends at the time-out and when the caller goes away', async () => {
    await wakeUps.wait('a', { timeoutMs: 1 });
    const gone = new AbortController();
    const waiting = wakeUps.wait('a', { ...long, signal: gone.signal });
    gone.abort();
    await waiting;
    await wakeUps.wait('a', { ...long, signal: gone.signal });
  });

  test('a listener that was taken off hears nothing more', async () => {
    let count = 0;
    const off = wakeUps.onWake('a', () => {
      count += 1;
    });
    let waiting = wakeUps.wait('a', long);
    await wake(database.db, 'a');
    await waiting;
    off();
    waiting = wakeUps.wait('a', long);
    await wake(database.db, 'a');
    await waiting;
    expect(count).toBe(1);
  });

  test('when the node stops nobody is left waiting', async () => {
    const waiting = wakeUps.wait('a', long);
    await wakeUps.stop();
    await waiting;
  });
});

describe.skipIf(postgresUrl === undefined)('wake-ups between nodes of one PostgreSQL', () => {
  let open: TestDatabase;
  let other: Database;
  let wakeUps: WakeUps;
  beforeEach(async () => {
    open = await openTestDatabase('postgres');
    other = await openDatabase(open.url!);
    wakeUps = await startWakeUps(open.database);
  });
  afterEach(async () => {
    await wakeUps.stop();
    await other.close();
    await open.close();
  });

  test('what one node announces wakes the other', async () => {
    const waiting = wakeUps.wait('a', long);
    await wake(other.db, 'a');
    await waiting;
  });

  test('when the listening connection is killed everybody is woken to look again, and later wake-ups arrive', async () => {
    const waiting = wakeUps.wait('a', long);
    const killed = await sql<{ n: number }>`
      select count(pg_terminate_backend(pid))::int as n from pg_stat_activity
      where datname = current_database() and query like 'listen%'`.execute(other.db);
    expect(killed.rows).toEqual([{ n: 1 }]);
    // Nothing was announced: only the reconnection can have woken it.
    await waiting;
    const next = wakeUps.wait('b', long);
    await wake(other.db, 'b');
    await next;
  });
});

describe.skipIf(redisUrl === undefined)('wake-ups by Redis (TEST_REDIS_URL)', () => {
  let open: TestDatabase;
  let redis: Redis;
  let database: Database;
  let wakeUps: WakeUps;
  const endings: (() => Promise<void>)[] = [];
  // Hears nothing of the database: what arrives came by Redis.
  const deaf = { listen: async () => async () => {} };
  beforeAll(async () => {
    open = await openTestDatabase('pglite');
  });
  afterAll(() => open?.close());
  beforeEach(async () => {
    redis = await openTestRedis();
    database = announceByRedis(open.database, redis);
    wakeUps = await startWakeUps(deaf, redis);
    endings.push(
      () => redis.close(),
      () => wakeUps.stop(),
    );
  });
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  test('what a transaction announces arrives after its commit, also at another node', async () => {
    const other = await startWakeUps(deaf, redis);
    endings.push(() => other.stop());
    let committed = false;
    const heard = [wakeUps, other].map(async (node) => {
      await node.wait('a', long);
      expect(committed).toBe(true);
    });
    await database.transaction(async (tx) => {
      await wake(tx, 'a');
      // One that is announced outside comes first: the first had time to arrive too early.
      const between = wakeUps.wait('between', long);
      await redis.publish('wake_up', 'between');
      await between;
      committed = true;
    });
    await Promise.all(heard);
  });

  test('what is rolled back is never announced', async () => {
    await expectRollbackUnheard(database, wakeUps);
  });

  test('a program that has the database only is heard too', async () => {
    const both = await startWakeUps(open.database, redis);
    endings.push(() => both.stop());
    const inTransaction = both.wait('a', long);
    await open.database.transaction((tx) => wake(tx, 'a'));
    await inTransaction;
    const outside = both.wait('b', long);
    await wake(database.db, 'b');
    await outside;
  });

  test('what Redis does not take goes through the database (X120)', async () => {
    const both = await startWakeUps(open.database, redis);
    endings.push(() => both.stop());
    const gone = { publish: () => Promise.reject(new Error('gone')) };
    const waiting = both.wait('a', long);
    await announceByRedis(open.database, gone).transaction((tx) => wake(tx, 'a'));
    await waiting;
  });
});
