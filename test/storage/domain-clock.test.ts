// The domain clock: forward only, whole seconds, bounded, and app_now() follows it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, readAppNow } from '../../src/storage/database.ts';
import { advanceClock, ClockError, mostAdvanceSeconds, readClockOffset } from '../../src/storage/domain-clock.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';

describe.each(engines)('the domain clock on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
  });
  afterAll(() => open.close());
  beforeEach(() => database.executeSql('update domain_clock set offset_seconds = 0'));

  const aheadSeconds = async (): Promise<unknown> => {
    const { rows } = await database.executeSql('select extract(epoch from app_now() - clock_timestamp())::int as s');
    return rows[0]?.['s'];
  };

  test('it stands at the time of the database', async () => {
    expect(await readClockOffset(database.db)).toBe(0);
    expect(await aheadSeconds()).toBe(0);
  });

  test('X35: moved by a day, app_now() is exactly 86,400 seconds ahead', async () => {
    const before = await readAppNow(database.db);
    expect(await advanceClock(database.db, 86_400)).toBe(86_400);
    expect(await aheadSeconds()).toBe(86_400);
    expect((await readAppNow(database.db)).getTime()).toBeGreaterThanOrEqual(before.getTime() + 86_400_000);
  });

  test('steps add up, also when they come at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => advanceClock(database.db, 3)));
    expect(await readClockOffset(database.db)).toBe(60);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, mostAdvanceSeconds + 1])(
    'a step of %s is refused',
    async (seconds) => {
      await expect(advanceClock(database.db, seconds)).rejects.toThrow(ClockError);
      expect(await readClockOffset(database.db)).toBe(0);
    },
  );

  test('all steps together are bounded too', async () => {
    await database.executeSql(`update domain_clock set offset_seconds = ${20 * mostAdvanceSeconds - 1}`);
    await advanceClock(database.db, 1);
    await expect(advanceClock(database.db, 1)).rejects.toThrow(ClockError);
  });

  test('it moves with the transaction that moves it', async () => {
    const failed = database.transaction(async (tx) => {
      await advanceClock(tx, 60);
      throw new Error('roll back');
    });
    await expect(failed).rejects.toThrow('roll back');
    expect(await readClockOffset(database.db)).toBe(0);
  });
});
