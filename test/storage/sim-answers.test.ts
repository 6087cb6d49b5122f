// What comes back from the SIMs: messages wait until they are done, counters tell repeats from copied cards,
// a blocked PIN locks once and for exactly its hours.
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { advanceClock } from '../../src/storage/domain-clock.ts';
import {
  countFailure,
  findInbound,
  insertInbound,
  listUnprocessed,
  lockEnrolment,
  markProcessed,
  purgeInbound,
  raiseAppletCounter,
  recordAnswer,
  recordTries,
  recordUse,
  suspendForFork,
  takeAdminNumber,
} from '../../src/storage/sim-answers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createRows, hashOf, type Rows, resetClock, type Subject, twentyTimes } from './rows.ts';

const dayMs = 86_400_000;

describe.each(engines)('answers of the SIMs on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  let rows: Rows;
  let subject: Subject;

  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
    rows = await createRows(database);
  });
  afterAll(() => open.close());
  beforeEach(async () => {
    await resetClock(database);
    subject = await rows.subject();
  });

  const readEnrolment = () =>
    database.db.selectFrom('enrolments').selectAll().where('id', '=', subject.enrolmentId).executeTakeFirstOrThrow();

  describe('inbound messages', () => {
    const insert = () =>
      insertInbound(database.db, { sourceHash: hashOf('source'), sourceSealed: 'a source', bodySealed: 'a body' });

    test('a message is there with the time of its arrival until it is done', async () => {
      const id = await insert();
      const stored = await findInbound(database.db, id);
      expect(stored).toMatchObject({ id, sourceSealed: 'a source', bodySealed: 'a body' });
      expect(stored!.receivedAt).toBeInstanceOf(Date);
      await markProcessed(database.db, id, 'handled');
      expect(await findInbound(database.db, id)).toBeUndefined();
      expect(await findInbound(database.db, 999_999)).toBeUndefined();
    });

    test('its receiver has a few seconds before others take it up', async () => {
      const id = await insert();
      expect(await listUnprocessed(database.db, 5)).not.toContain(id);
      await advanceClock(database.db, 6);
      expect(await listUnprocessed(database.db, 5)).toContain(id);
      await markProcessed(database.db, id, 'duplicate');
      expect(await listUnprocessed(database.db, 5)).not.toContain(id);
    });

    test('one that fails ten times is left alone', async () => {
      const id = await insert();
      await advanceClock(database.db, 60);
      for (let n = 0; n < 9; n++) await countFailure(database.db, id);
      expect(await listUnprocessed(database.db, 5)).toContain(id);
      await countFailure(database.db, id);
      expect(await listUnprocessed(database.db, 5)).not.toContain(id);
    });

    test('messages are kept for 48 hours and no longer (decision 57)', async () => {
      const id = await insert();
      await advanceClock(database.db, 48 * 3600 - 60);
      await purgeInbound(database.db, 48);
      expect(await findInbound(database.db, id)).toBeDefined();
      await advanceClock(database.db, 60);
      await purgeInbound(database.db, 48);
      expect(await findInbound(database.db, id)).toBeUndefined();
    });
  });

  describe('applet counters', () => {
    const record = (appletCounter: number, head: string) =>
      database.transaction(async (tx) => {
        const { id } = attempt;
        return await recordAnswer(tx, {
          simId: subject.simId,
          appletCounter,
          head: Buffer.from(head),
          attemptId: id,
          receivedAt: new Date(),
        });
      });
    let attempt: { id: string };
    beforeEach(async () => {
      attempt = await rows.attempt();
    });

    test('the first answer under a counter is new, its repeat a duplicate, another one a fork', async () => {
      expect(await record(5, 'octets')).toBe('new');
      expect(await record(5, 'octets')).toBe('duplicate');
      expect(await record(5, 'others')).toBe('fork');
      expect(await record(6, 'others')).toBe('new');
    });

    test('of twenty deliveries at once one is new and all others are duplicates (X19)', async () => {
      const verdicts = await twentyTimes(database, (tx) =>
        recordAnswer(tx, {
          simId: subject.simId,
          appletCounter: 9,
          head: Buffer.from('octets'),
          attemptId: attempt.id,
          receivedAt: new Date(),
        }),
      );
      expect(verdicts.filter((verdict) => verdict === 'new')).toHaveLength(1);
      expect(verdicts.filter((verdict) => verdict === 'duplicate')).toHaveLength(19);
    });

    test('two cards that answer at once under one counter are told apart', async () => {
      const verdicts = await twentyTimes(database, (tx, n) =>
        recordAnswer(tx, {
          simId: subject.simId,
          appletCounter: 10,
          head: Buffer.from(n % 2 === 0 ? 'one' : 'two'),
          attemptId: attempt.id,
          receivedAt: new Date(),
        }),
      );
      const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
      expect([count('new'), count('duplicate'), count('fork')]).toEqual([1, 9, 10]);
    });

    test('counters of two SIMs are independent', async () => {
      expect(await record(5, 'octets')).toBe('new');
      subject = await rows.subject();
      expect(await record(5, 'others')).toBe('new');
    });

    test('the highest counter only goes up, and what it was is told', async () => {
      const raise = (counter: number) => database.transaction((tx) => raiseAppletCounter(tx, subject.simId, counter));
      expect(await raise(5)).toBe(0);
      expect(await raise(3)).toBe(5);
      expect(await raise(9)).toBe(5);
      expect(await raise(9)).toBe(9);
    });

    test('twenty raised at once end at the highest, each seeing the one before it', async () => {
      const before = await twentyTimes(database, (tx, n) => raiseAppletCounter(tx, subject.simId, n + 1));
      expect(new Set(before.filter((counter) => counter > 20))).toEqual(new Set());
      expect(await database.transaction((tx) => raiseAppletCounter(tx, subject.simId, 1))).toBe(20);
    });
  });

  describe('the lock', () => {
    const lock = (from: Date) =>
      database.transaction((tx) => lockEnrolment(tx, { enrolmentId: subject.enrolmentId, from, hours: 24 }));

    test('is taken by one of twenty at once, so that there is one lockedUntil and one message (X31)', async () => {
      const { enrolmentId } = subject;
      const start = Date.parse('2026-03-01T08:00:00.000Z');
      const locked = await twentyTimes(database, (tx, n) =>
        lockEnrolment(tx, { enrolmentId, from: new Date(start + n), hours: 24 }),
      );
      const winners = locked.filter((until) => until !== undefined);
      expect(winners).toHaveLength(1);
      expect(await readEnrolment()).toMatchObject({ lockedUntil: winners[0], triesLeft: 0 });
    });

    test('begins again when the former one has ended, and not before', async () => {
      const from = new Date('2026-03-01T08:00:00.000Z');
      const until = await lock(from);
      expect(until).toEqual(new Date(from.getTime() + dayMs));
      expect(await lock(new Date(from.getTime() + dayMs - 1))).toBeUndefined();
      expect(await lock(new Date(from.getTime() + dayMs))).toEqual(new Date(from.getTime() + 2 * dayMs));
    });

    test.each([
      ['into summer time, a day of 23 hours', '2026-03-28T12:00:00.000Z'],
      ['into winter time, a day of 25 hours', '2026-10-24T12:00:00.000Z'],
    ])('lasts exactly 86,400 s over the change %s (X36)', async (_what, at) => {
      const from = new Date(at);
      const until = await database.transaction(async (tx) => {
        await sql`set local time zone 'Europe/Paris'`.execute(tx);
        return await lockEnrolment(tx, { enrolmentId: subject.enrolmentId, from, hours: 24 });
      });
      expect(until!.getTime() - from.getTime()).toBe(86_400_000);
    });

    test('of an enrolment that is not there locks nothing', async () => {
      const absent = { enrolmentId: 'enr_none', from: new Date(), hours: 24 };
      expect(await database.transaction((tx) => lockEnrolment(tx, absent))).toBeUndefined();
    });
  });

  test('tries and last use are kept as the card said them', async () => {
    const at = new Date('2026-03-01T09:00:00.000Z');
    await database.transaction((tx) => recordTries(tx, subject.enrolmentId, 2));
    await database.transaction((tx) => recordUse(tx, subject.enrolmentId, at));
    expect(await readEnrolment()).toMatchObject({ triesLeft: 2, lastUsedAt: at });
    await database.transaction((tx) => recordTries(tx, subject.enrolmentId, null));
    expect(await readEnrolment()).toMatchObject({ triesLeft: null });
  });

  test('an administrative number is never given twice', async () => {
    const taken = await twentyTimes(database, (tx) => takeAdminNumber(tx, subject.simId));
    expect(new Set(taken)).toEqual(new Set(Array.from({ length: 20 }, (_, n) => n + 1)));
  });

  test('a forked card is suspended once, of twenty at once (one alert)', async () => {
    const { enrolmentId } = subject;
    const suspended = await twentyTimes(database, (tx) => suspendForFork(tx, enrolmentId));
    expect(suspended.filter(Boolean)).toHaveLength(1);
    expect(await readEnrolment()).toMatchObject({ suspendedByFork: true });
  });
});
