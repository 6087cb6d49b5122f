// Sending of attempts: leased by one sender at a time, under a new packet counter each time, never too late or too often.
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  leaseForSending,
  listUnsent,
  markSent,
  markUnsent,
  readSecondsToSend,
  releaseLease,
  takePacketCounter,
  takeResend,
} from '../../src/storage/attempt-sending.ts';
import { endAttempt, findByPacketCounter } from '../../src/storage/attempts.ts';
import type { Database } from '../../src/storage/database.ts';
import { advanceClock } from '../../src/storage/domain-clock.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { type AttemptDraft, createRows, type Rows, resetClock, type Subject, twentyTimes } from './rows.ts';

const sendRules = { maxSends: 3, leastLifeSeconds: 15 };

describe.each(engines)('sending attempts on %s', (engine) => {
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

  const attempt = (changes: Partial<AttemptDraft> = {}) => {
    const { simId, lineId, enrolmentId } = subject;
    return rows.attempt({ simId, lineId, enrolmentId, ...changes });
  };
  const lease = (id: string) => leaseForSending(database.db, { id, leaseSeconds: 10, ...sendRules });
  const endLease = (id: string) =>
    sql`update attempts set lease_until = clock_timestamp() where id = ${id}`.execute(database.db);
  const unsent = async () => new Set(await listUnsent(database.db, sendRules));
  const counterOf = async (simId: string) =>
    (await database.db.selectFrom('sims').select('packetCounter').where('id', '=', simId).executeTakeFirstOrThrow())
      .packetCounter;

  test('one of twenty senders at once gets the lease, and one packet counter is taken', async () => {
    const { id } = await attempt();
    const leased = await twentyTimes(database, (tx) => leaseForSending(tx, { id, leaseSeconds: 10, ...sendRules }));
    expect(leased.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await counterOf(subject.simId)).toBe(1);
    expect(await rows.readAttempt(id)).toMatchObject({ sends: 1, packetCounter: 1 });
  });

  test('the lease says what to send, until when, and how long it is still good for', async () => {
    const { id } = await attempt();
    const leased = await lease(id);
    expect(leased).toMatchObject({ id, simId: subject.simId, packetCounter: 1, requestData: 'sealed' });
    expect(await readSecondsToSend(database.db, leased!)).toBeGreaterThanOrEqual(118);
    expect(await readSecondsToSend(database.db, leased!)).toBeLessThanOrEqual(120);
    const past = { id, leaseUntil: new Date(Date.now() - 60_000) };
    expect(await readSecondsToSend(database.db, past)).toBe(0);
    const { rows: read } = await sql<{ seconds: number }>`
      select extract(epoch from lease_until - clock_timestamp())::float as seconds from attempts where id = ${id}
    `.execute(database.db);
    expect(read[0]!.seconds).toBeGreaterThan(8);
    expect(read[0]!.seconds).toBeLessThanOrEqual(10);
  });

  test('a second sender waits for the end of the first lease, and then takes a new counter', async () => {
    const { id } = await attempt();
    expect(await lease(id)).toMatchObject({ packetCounter: 1 });
    expect(await lease(id)).toBeUndefined();
    expect(await unsent()).not.toContain(id);
    await endLease(id);
    expect(await unsent()).toContain(id);
    expect(await lease(id)).toMatchObject({ packetCounter: 2 });
  });

  test('the sandbox clock does not end a lease', async () => {
    const { id } = await attempt();
    await lease(id);
    await advanceClock(database.db, 60);
    expect(await lease(id)).toBeUndefined();
    await endLease(id);
    expect(await lease(id)).toBeDefined();
  });

  test.each([
    { ttlSeconds: 15, due: false },
    { ttlSeconds: 14, due: false },
    { ttlSeconds: 25, due: true },
  ])('a request that lives for $ttlSeconds s is due: $due', async ({ ttlSeconds, due }) => {
    const { id } = await attempt({ ttlSeconds });
    expect((await unsent()).has(id)).toBe(due);
    expect((await lease(id)) !== undefined).toBe(due);
    expect(await counterOf(subject.simId)).toBe(due ? 1 : 0);
  });

  test('it is sent three times at most, whatever happens', async () => {
    const { id } = await attempt();
    for (const packetCounter of [1, 2, 3]) {
      expect(await lease(id)).toMatchObject({ packetCounter });
      await endLease(id);
    }
    expect(await lease(id)).toBeUndefined();
    expect(await unsent()).not.toContain(id);
    expect(await counterOf(subject.simId)).toBe(3);
  });

  test('what has ended, what is sent, a decoy and a stranger to the table are never leased', async () => {
    const ended = await attempt();
    await database.transaction((tx) => endAttempt(tx, ended.id, { state: 'cancelled' }));
    const sent = await attempt();
    await lease(sent.id);
    await markSent(database.db, sent.id, 1);
    await endLease(sent.id);
    const decoy = await rows.attempt();
    for (const id of [ended.id, sent.id, decoy.id, 'att_none']) expect(await lease(id)).toBeUndefined();
    const due = await unsent();
    for (const id of [ended.id, sent.id, decoy.id]) expect(due).not.toContain(id);
  });

  test('a lease given back is due again after its pause, unless the attempt was sent or has ended', async () => {
    const back = await attempt();
    await lease(back.id);
    await releaseLease(database.db, back.id, 0);
    expect(await unsent()).toContain(back.id);
    await lease(back.id);
    await releaseLease(database.db, back.id, 30);
    expect(await unsent()).not.toContain(back.id);
    const sent = await attempt();
    await lease(sent.id);
    await markSent(database.db, sent.id, (await rows.readAttempt(sent.id)).packetCounter!);
    await releaseLease(database.db, sent.id, 0);
    expect(await unsent()).not.toContain(sent.id);
  });

  test('a sender that was overtaken does not mark the newer packet as sent', async () => {
    const { id } = await attempt();
    await lease(id);
    await endLease(id);
    await lease(id);
    await markSent(database.db, id, 1);
    expect(await rows.readAttempt(id)).toMatchObject({ sentAt: null, progress: 'queued' });
    await markSent(database.db, id, 2);
    const { sentAt, progress } = await rows.readAttempt(id);
    expect({ isSent: sentAt instanceof Date, progress }).toEqual({ isSent: true, progress: 'sent' });
  });

  test('twenty packet counters taken at once are twenty different ones', async () => {
    const taken = await twentyTimes(database, (tx) => takePacketCounter(tx, subject.simId));
    expect([...taken].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(await database.transaction((tx) => takePacketCounter(tx, subject.simId, 65_536))).toBe(65_556);
  });

  test('a counter above 32 bits is kept exactly', async () => {
    await sql`update sims set packet_counter = 1099511627774 where id = ${subject.simId}`.execute(database.db);
    expect(await database.transaction((tx) => takePacketCounter(tx, subject.simId))).toBe(1_099_511_627_775);
  });

  test('an attempt is found by the counter of its latest packet while it is pending', async () => {
    const { id } = await attempt();
    await lease(id);
    const find = (counter: number) => findByPacketCounter(database.db, subject.simId, counter);
    expect(await find(1)).toMatchObject({ id });
    await endLease(id);
    await lease(id);
    expect(await find(1)).toBeUndefined();
    expect(await find(2)).toMatchObject({ id });
    await database.transaction((tx) => endAttempt(tx, id, { state: 'cancelled' }));
    expect(await find(2)).toBeUndefined();
  });

  test('a request whose counter the card refused becomes due again, one that has ended does not', async () => {
    const { id } = await attempt();
    await lease(id);
    await markSent(database.db, id, 1);
    await database.transaction((tx) => markUnsent(tx, id));
    expect(await unsent()).toContain(id);
    expect(await lease(id)).toMatchObject({ packetCounter: 2 });
    await database.transaction((tx) => endAttempt(tx, id, { state: 'refused' }));
    await database.transaction((tx) => markUnsent(tx, id));
    expect(await unsent()).not.toContain(id);
  });

  describe('a resend', () => {
    const resend = (id: string) => database.transaction((tx) => takeResend(tx, { id, most: 2, apartSeconds: 20 }));

    test('is allowed 20 s after the start, 20 s after the first one, and no third time', async () => {
      const { id } = await attempt();
      expect(await resend(id)).toBe(false);
      await advanceClock(database.db, 19);
      expect(await resend(id)).toBe(false);
      await advanceClock(database.db, 1);
      expect(await resend(id)).toBe(true);
      expect(await resend(id)).toBe(false);
      await advanceClock(database.db, 20);
      expect(await resend(id)).toBe(true);
      await advanceClock(database.db, 40);
      expect(await resend(id)).toBe(false);
      expect(await rows.readAttempt(id)).toMatchObject({ resends: 2 });
    });

    test('makes the same request due at once, under a new packet counter', async () => {
      const { id, challenge } = await attempt();
      await lease(id);
      await markSent(database.db, id, 1);
      await advanceClock(database.db, 20);
      expect(await resend(id)).toBe(true);
      expect(await lease(id)).toMatchObject({ packetCounter: 2, requestData: 'sealed' });
      expect((await rows.readAttempt(id)).challenge).toEqual(challenge);
    });

    test('of twenty at once one is taken', async () => {
      const { id } = await attempt();
      await advanceClock(database.db, 20);
      const taken = await twentyTimes(database, (tx) => takeResend(tx, { id, most: 2, apartSeconds: 20 }));
      expect(taken.filter(Boolean)).toHaveLength(1);
    });

    test('of a decoy follows the same rules (decision 18)', async () => {
      const { id } = await rows.attempt();
      expect(await resend(id)).toBe(false);
      await advanceClock(database.db, 20);
      expect(await resend(id)).toBe(true);
      await advanceClock(database.db, 20);
      expect(await resend(id)).toBe(true);
      await advanceClock(database.db, 20);
      expect(await resend(id)).toBe(false);
    });

    test('is refused when the attempt has ended or its time is over', async () => {
      const ended = await attempt();
      const over = await attempt({ ttlSeconds: 60 });
      await advanceClock(database.db, 59);
      await database.transaction((tx) => endAttempt(tx, ended.id, { state: 'refused' }));
      expect(await resend(ended.id)).toBe(false);
      await advanceClock(database.db, 1);
      expect(await resend(over.id)).toBe(false);
    });
  });
});
