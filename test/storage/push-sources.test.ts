// Muted sources and known browsers, both of one number only.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { advanceClock } from '../../src/storage/domain-clock.ts';
import { forgetDevice, isMuted, muteSource, rememberDevice } from '../../src/storage/push-sources.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { hashOf, knowsDevice, resetClock, twentyTimes } from './rows.ts';

describe.each(engines)('sources of pushes on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
  });
  afterAll(() => open.close());
  beforeEach(() => resetClock(database));

  const mute = (slot: Buffer, source: Buffer, minutes: number) =>
    database.transaction((tx) => muteSource(tx, { slot, source, minutes }));

  test('a source is muted for one number, and no other source or number is', async () => {
    const [slot, source] = [hashOf('alice'), hashOf('cafe')];
    expect(await isMuted(database.db, slot, source)).toBe(false);
    await mute(slot, source, 60);
    expect(await isMuted(database.db, slot, source)).toBe(true);
    expect(await isMuted(database.db, hashOf('bruno'), source)).toBe(false);
    expect(await isMuted(database.db, slot, hashOf('hotel'))).toBe(false);
  });

  test('the silence ends after its minutes, by the domain clock', async () => {
    const [slot, source] = [hashOf('david'), hashOf('cafe')];
    await mute(slot, source, 60);
    await advanceClock(database.db, 59 * 60);
    expect(await isMuted(database.db, slot, source)).toBe(true);
    await advanceClock(database.db, 60);
    expect(await isMuted(database.db, slot, source)).toBe(false);
  });

  test('a second report makes the silence longer, never shorter', async () => {
    const [slot, source] = [hashOf('emma'), hashOf('cafe')];
    await mute(slot, source, 60);
    await mute(slot, source, 10);
    await advanceClock(database.db, 30 * 60);
    expect(await isMuted(database.db, slot, source)).toBe(true);
    await mute(slot, source, 60);
    await advanceClock(database.db, 45 * 60);
    expect(await isMuted(database.db, slot, source)).toBe(true);
  });

  test('twenty reports at once are one silence', async () => {
    const slot = hashOf('farid');
    await twentyTimes(database, (tx, n) => muteSource(tx, { slot, source: hashOf('cafe'), minutes: n + 1 }));
    await advanceClock(database.db, 19 * 60);
    expect(await isMuted(database.db, slot, hashOf('cafe'))).toBe(true);
    await advanceClock(database.db, 60);
    expect(await isMuted(database.db, slot, hashOf('cafe'))).toBe(false);
  });

  test('a browser is known to the number that approved it, until that number disowns it', async () => {
    const [slot, device] = [hashOf('hugo'), hashOf('a browser')];
    expect(await knowsDevice(database.db, slot, device)).toBe(false);
    await twentyTimes(database, (tx) => rememberDevice(tx, slot, device));
    expect(await knowsDevice(database.db, slot, device)).toBe(true);
    expect(await knowsDevice(database.db, hashOf('ines'), device)).toBe(false);
    await database.transaction((tx) => rememberDevice(tx, hashOf('ines'), device));
    await database.transaction((tx) => forgetDevice(tx, slot, device));
    expect(await knowsDevice(database.db, slot, device)).toBe(false);
    expect(await knowsDevice(database.db, hashOf('ines'), device)).toBe(true);
  });
});
