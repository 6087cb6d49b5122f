// Attempts: one pending per slot, ended once, finished once, judged by the domain clock and by the time of arrival.
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readSecondsToSend } from '../../src/storage/attempt-sending.ts';
import type { AttemptState } from '../../src/storage/attempt-tables.ts';
import {
  cancelPending,
  endAttempt,
  expireAllOverdue,
  expireOverdue,
  findAttempt,
  finishAttempt,
  insertAttempt,
  listByChallengePrefix,
  purgeAttempts,
} from '../../src/storage/attempts.ts';
import type { Database } from '../../src/storage/database.ts';
import { advanceClock } from '../../src/storage/domain-clock.ts';
import { readPushFacts } from '../../src/storage/push-sources.ts';
import { countFailure, findInbound, insertInbound, markProcessed } from '../../src/storage/sim-answers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createRows, hashOf, type Rows, resetClock, twentyTimes } from './rows.ts';

describe.each(engines)('attempts on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  let rows: Rows;

  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
    rows = await createRows(database);
  });
  afterAll(() => open.close());
  beforeEach(() => resetClock(database));

  const end = (id: string, state: Exclude<AttemptState, 'pending'>, receivedAt?: Date) =>
    database.transaction((tx) => endAttempt(tx, id, receivedAt === undefined ? { state } : { state, receivedAt }));
  const finish = (id: string, withinSeconds = 60) => database.transaction((tx) => finishAttempt(tx, id, withinSeconds));
  const millisecondsAfter = (date: Date, milliseconds: number) => new Date(date.getTime() + milliseconds);

  describe('the slot of a number', () => {
    test('twenty requests at once leave one pending holder (decision 43)', async () => {
      const slot = hashOf('twenty at once');
      const written = await twentyTimes(database, (tx) => insertAttempt(tx, rows.draft({ slot })));
      expect(written.filter((row) => row !== undefined)).toHaveLength(1);
    });

    test('a decoy holds the slot like a request, so that neither can be told from the other', async () => {
      const { simId, lineId, enrolmentId } = await rows.subject();
      const slot = hashOf('decoys and requests');
      const written = await twentyTimes(database, (tx, n) =>
        insertAttempt(tx, rows.draft(n % 2 === 0 ? { slot } : { slot, simId, lineId, enrolmentId })),
      );
      expect(written.filter((row) => row !== undefined)).toHaveLength(1);
      const decoy = await rows.attempt();
      const taken = await database.transaction((tx) =>
        insertAttempt(tx, rows.draft({ slot: decoy.slot, simId, lineId, enrolmentId })),
      );
      expect(taken).toBeUndefined();
    });

    test('an attempt that does not hold the slot is written beside the one that does', async () => {
      const { slot } = await rows.attempt();
      expect(await rows.attempt({ slot, holdsSlot: false })).toMatchObject({ state: 'pending', holdsSlot: false });
    });

    test.each(['approved', 'refused', 'fraud', 'blocked', 'expired', 'cancelled', 'failed'] as const)(
      'an attempt that ended as %s frees it',
      async (state) => {
        const { id, slot } = await rows.attempt();
        expect(await end(id, state)).toBe(true);
        expect(await rows.attempt({ slot })).toMatchObject({ state: 'pending' });
      },
    );

    test('what has run out frees it, on this slot only', async () => {
      const mine = await rows.attempt({ ttlSeconds: 30 });
      const other = await rows.attempt({ ttlSeconds: 30 });
      await database.transaction((tx) => expireOverdue(tx, mine.slot));
      expect(await rows.readAttempt(mine.id)).toMatchObject({ state: 'pending' });
      await advanceClock(database.db, 30);
      await database.transaction((tx) => expireOverdue(tx, mine.slot));
      expect(await rows.readAttempt(mine.id)).toMatchObject({ state: 'expired' });
      expect(await rows.readAttempt(other.id)).toMatchObject({ state: 'pending', endedAt: null });
      await rows.attempt({ slot: mine.slot });
    });
  });

  describe('an answer that came in time and was not read before its node died (X29)', () => {
    const arrive = () =>
      insertInbound(database.db, { sourceHash: hashOf('source'), sourceSealed: 'a source', bodySealed: 'a body' });
    const expire = () => database.transaction((tx) => expireAllOverdue(tx));
    const isPending = async (id: string) => (await rows.readAttempt(id)).state === 'pending';

    test('keeps its attempt open until it is read', async () => {
      const { id, slot } = await rows.attempt({ ttlSeconds: 30 });
      const message = await arrive();
      await advanceClock(database.db, 30);
      await expire();
      await database.transaction((tx) => expireOverdue(tx, slot));
      expect(await isPending(id)).toBe(true);
      const { receivedAt } = (await findInbound(database.db, message))!;
      expect(await end(id, 'approved', receivedAt)).toBe(true);
      await markProcessed(database.db, message, 'handled');
    });

    test('no longer, once it was read or given up', async () => {
      for (const settle of [
        (message: number) => markProcessed(database.db, message, 'handled'),
        async (message: number) => {
          for (let n = 0; n < 10; n++) await countFailure(database.db, message);
        },
      ]) {
        const { id } = await rows.attempt({ ttlSeconds: 30 });
        const message = await arrive();
        await advanceClock(database.db, 30);
        await settle(message);
        await expire();
        expect(await isPending(id)).toBe(false);
      }
    });

    test('one that came after the end, or before the beginning, keeps nothing open', async () => {
      const before = await arrive();
      await advanceClock(database.db, 1);
      const { id } = await rows.attempt({ ttlSeconds: 30 });
      await advanceClock(database.db, 30);
      const after = await arrive();
      await expire();
      expect(await isPending(id)).toBe(false);
      for (const message of [before, after]) await markProcessed(database.db, message, 'handled');
    });
  });

  describe('the end', () => {
    test('of twenty different ends at once exactly one wins, the same one everywhere (X22)', async () => {
      const { id } = await rows.attempt();
      const states = ['approved', 'refused', 'blocked', 'cancelled'] as const;
      const won = await twentyTimes(database, async (tx, n) => {
        const state = states[n % states.length]!;
        return (await endAttempt(tx, id, { state })) ? state : undefined;
      });
      const winners = won.filter((state) => state !== undefined);
      expect(winners).toHaveLength(1);
      expect((await rows.readAttempt(id)).state).toBe(winners[0]);
    });

    test('an answer keeps what the card said', async () => {
      const { id } = await rows.attempt();
      const receivedAt = new Date();
      const said = { result: 'approved', appletCounter: 7, triesLeft: 3, wrongPins: 2 };
      await database.transaction((tx) => endAttempt(tx, id, { state: 'approved', receivedAt, ...said }));
      const row = await rows.readAttempt(id);
      expect(row).toMatchObject({ state: 'approved', receivedAt, ...said });
      expect(row.endedAt).toBeInstanceOf(Date);
    });

    test('an answer that arrived a millisecond before the end of its time counts, at the end it does not (X18)', async () => {
      const expiresAt = new Date('2040-03-01T08:00:00.000Z');
      const inTime = await rows.attempt();
      const late = await rows.attempt();
      for (const { id } of [inTime, late]) {
        await database.db.updateTable('attempts').set({ expiresAt }).where('id', '=', id).execute();
      }
      expect(await end(inTime.id, 'approved', millisecondsAfter(expiresAt, -1))).toBe(true);
      expect(await end(late.id, 'approved', expiresAt)).toBe(false);
      expect(await rows.readAttempt(late.id)).toMatchObject({ state: 'pending', receivedAt: null });
    });

    test('an answer that arrived in time counts however late it is processed', async () => {
      const { id, createdAt } = await rows.attempt();
      await advanceClock(database.db, 3600);
      expect(await end(id, 'approved', millisecondsAfter(createdAt, 5_000))).toBe(true);
    });

    test('without an answer the domain clock decides', async () => {
      const before = await rows.attempt();
      const after = await rows.attempt();
      await advanceClock(database.db, 100);
      expect(await end(before.id, 'cancelled')).toBe(true);
      await advanceClock(database.db, 20);
      expect(await end(after.id, 'cancelled')).toBe(false);
    });

    test('the seconds left to send follow the domain clock, and are none when it is over', async () => {
      const { id } = await rows.attempt();
      const left = (of: string) =>
        readSecondsToSend(database.db, { id: of, leaseUntil: new Date(Date.now() + 60_000) });
      expect(await left(id)).toBeGreaterThanOrEqual(118);
      await advanceClock(database.db, 300);
      expect(await left(id)).toBe(0);
      expect(await left('att_none')).toBe(0);
    });

    test('the sweeper ends everything overdue once and tells what', async () => {
      await database.transaction(expireAllOverdue);
      const short = await rows.attempt({ ttlSeconds: 10, purpose: 'login', clientId: 'shop' });
      const long = await rows.attempt({ ttlSeconds: 900 });
      await advanceClock(database.db, 500);
      const told = await twentyTimes(database, (tx) => expireAllOverdue(tx));
      const mine = told.flat().filter(({ id }) => id === short.id);
      expect(mine).toEqual([{ id: short.id, purpose: 'login', clientId: 'shop' }]);
      expect(await rows.readAttempt(long.id)).toMatchObject({ state: 'pending' });
    });
  });

  describe('finishing', () => {
    test('of twenty callers at once exactly one gets the approval (X110)', async () => {
      const { id } = await rows.attempt();
      await end(id, 'approved', new Date());
      const taken = await twentyTimes(database, (tx) => finishAttempt(tx, id, 60));
      expect(taken.filter((row) => row !== undefined)).toHaveLength(1);
    });

    test.each(['refused', 'fraud', 'blocked', 'expired', 'cancelled', 'failed'] as const)(
      'an attempt that ended as %s is never finished',
      async (state) => {
        const { id } = await rows.attempt();
        await end(id, state, new Date());
        expect(await finish(id)).toBeUndefined();
      },
    );

    test('a pending one is not finished, nor one that does not exist', async () => {
      const { id } = await rows.attempt();
      expect(await finish(id)).toBeUndefined();
      expect(await finish('att_none')).toBeUndefined();
    });

    test('only within its seconds after the answer, by the domain clock (sim-channel 5.6)', async () => {
      const soon = await rows.attempt();
      const late = await rows.attempt();
      await end(soon.id, 'approved', new Date());
      await end(late.id, 'approved', new Date());
      await advanceClock(database.db, 50);
      expect(await finish(soon.id)).toMatchObject({ id: soon.id });
      await advanceClock(database.db, 10);
      expect(await finish(late.id)).toBeUndefined();
    });
  });

  describe('cancelling', () => {
    test('ends every pending attempt of a SIM, and no other', async () => {
      const { simId, lineId, enrolmentId } = await rows.subject();
      const of = { simId, lineId, enrolmentId };
      const one = await rows.attempt(of);
      const two = await rows.attempt(of);
      const ended = await rows.attempt(of);
      await end(ended.id, 'refused');
      const goodbye = await rows.attempt({ ...of, purpose: 'cancel', holdsSlot: false });
      const stranger = await rows.attempt();
      const cancelled = await database.transaction((tx) => cancelPending(tx, { simId }));
      expect(cancelled.map(({ id }) => id).sort()).toEqual([one.id, two.id].sort());
      expect(await rows.readAttempt(one.id)).toMatchObject({ state: 'cancelled' });
      expect(await rows.readAttempt(ended.id)).toMatchObject({ state: 'refused' });
      expect(await rows.readAttempt(goodbye.id)).toMatchObject({ state: 'pending' });
      expect(await rows.readAttempt(stranger.id)).toMatchObject({ state: 'pending' });
    });

    test('ends what is pending on a slot, decoys included', async () => {
      const holder = await rows.attempt();
      const beside = await rows.attempt({ slot: holder.slot, holdsSlot: false });
      const stranger = await rows.attempt();
      const cancelled = await database.transaction((tx) => cancelPending(tx, { slot: holder.slot }));
      expect(cancelled.map(({ id }) => id).sort()).toEqual([holder.id, beside.id].sort());
      expect(await rows.readAttempt(stranger.id)).toMatchObject({ state: 'pending' });
    });
  });

  describe('routing by the first octets of the challenge', () => {
    const challenge = (hex: string) => Buffer.from(hex.padEnd(32, '0'), 'hex');

    test('finds exactly the challenges that begin so, the newest first', async () => {
      const { simId, lineId, enrolmentId } = await rows.subject();
      const of = { simId, lineId, enrolmentId };
      const lowest = await rows.attempt({ ...of, challenge: challenge('a1b2c3d4') });
      const highest = await rows.attempt({ ...of, challenge: Buffer.from(`a1b2c3d4${'ff'.repeat(12)}`, 'hex') });
      await rows.attempt({ ...of, challenge: Buffer.from(`a1b2c3d3${'ff'.repeat(12)}`, 'hex') });
      await rows.attempt({ ...of, challenge: challenge('a1b2c3d5') });
      const prefix = Buffer.from('a1b2c3d4', 'hex');
      const found = await listByChallengePrefix(database.db, simId, prefix);
      expect(found.map(({ id }) => id)).toEqual([highest.id, lowest.id]);
      const top = await rows.attempt({ ...of, challenge: Buffer.alloc(16, 0xff) });
      expect(await listByChallengePrefix(database.db, simId, Buffer.alloc(4, 0xff))).toMatchObject([{ id: top.id }]);
    });

    test('never crosses to another SIM, and leaves out what has lost its request', async () => {
      const mine = await rows.subject();
      const other = await rows.subject();
      const bytes = challenge('0badcafe');
      await rows.attempt({ simId: other.simId, challenge: bytes });
      await rows.attempt({ simId: mine.simId, challenge: bytes, requestData: null });
      expect(await listByChallengePrefix(database.db, mine.simId, bytes.subarray(0, 4))).toEqual([]);
    });
  });

  describe('what happened lately on a slot', () => {
    const read = async (slot: Buffer, device?: Buffer, withinMinutes = 15) => {
      const about = { slot, device, withinMinutes, source: hashOf('a source'), enrolmentId: '' };
      return (await readPushFacts(database.db, about)).recent;
    };

    async function happened(slot: Buffer, state: AttemptState, changes: Parameters<Rows['attempt']>[0] = {}) {
      const { id } = await rows.attempt({ slot, holdsSlot: false, ...changes });
      if (state !== 'pending') await end(id, state, new Date());
    }

    test('an untouched slot has nothing', async () => {
      const nothing = { unansweredByStrangers: 0, unansweredByDevice: 0, unansweredByAll: 0, open: false };
      expect(await read(hashOf('untouched'))).toEqual(nothing);
    });

    test('everything but an approval and what is still open counts as unanswered, a cancelled start too', async () => {
      const slot = hashOf('all ends');
      for (const state of ['expired', 'cancelled', 'refused', 'fraud', 'blocked', 'failed'] as const) {
        await happened(slot, state);
      }
      await happened(slot, 'approved');
      await happened(slot, 'pending');
      expect(await read(slot)).toMatchObject({ unansweredByAll: 6, open: false });
      await rows.attempt({ slot });
      expect(await read(slot)).toMatchObject({ unansweredByAll: 6, open: true });
    });

    test('strangers, one known device and all together are told apart', async () => {
      const slot = hashOf('who asks');
      const [mine, other] = [hashOf('own browser'), hashOf('browser of the spouse')];
      await happened(slot, 'refused');
      // Before it was known, this browser was a stranger like any other.
      await happened(slot, 'expired', { device: mine });
      await happened(slot, 'expired', { device: mine, fromKnownDevice: true });
      await happened(slot, 'approved', { device: mine, fromKnownDevice: true });
      await happened(slot, 'cancelled', { device: other, fromKnownDevice: true });
      const all = { unansweredByStrangers: 2, unansweredByAll: 4, open: false };
      expect(await read(slot, mine)).toEqual({ ...all, unansweredByDevice: 1 });
      expect(await read(slot, hashOf('a new browser'))).toEqual({ ...all, unansweredByDevice: 0 });
      expect(await read(slot)).toEqual({ ...all, unansweredByDevice: 0 });
    });

    test('cancel requests and other slots do not count, nor what is older than the window', async () => {
      const slot = hashOf('the window');
      await happened(slot, 'failed', { purpose: 'cancel' });
      await happened(hashOf('another slot'), 'expired');
      await happened(slot, 'expired');
      expect(await read(slot)).toMatchObject({ unansweredByAll: 1 });
      await advanceClock(database.db, 15 * 60);
      expect(await read(slot)).toMatchObject({ unansweredByAll: 0 });
      expect(await read(slot, undefined, 16)).toMatchObject({ unansweredByAll: 1 });
    });
  });

  test('the purge drops requests after 48 hours and rows after their days (decision 57)', async () => {
    const { id } = await rows.attempt();
    await advanceClock(database.db, 48 * 3600 - 60);
    await purgeAttempts(database.db, 90);
    expect(await rows.readAttempt(id)).toMatchObject({ requestData: 'sealed' });
    await advanceClock(database.db, 120);
    await purgeAttempts(database.db, 90);
    expect(await rows.readAttempt(id)).toMatchObject({ requestData: null });
    await advanceClock(database.db, 88 * 86_400);
    await sql`insert into answers (sim_id, applet_counter, head, attempt_id, received_at)
      values (${(await rows.subject()).simId}, 1, '\\x00', ${id}, clock_timestamp())`.execute(database.db);
    await purgeAttempts(database.db, 90);
    expect(await findAttempt(database.db, id)).toBeUndefined();
    const kept = await database.db.selectFrom('answers').select('attemptId').execute();
    expect(kept).toEqual([{ attemptId: null }]);
  });
});
