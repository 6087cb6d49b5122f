// The messages to customers: one job for each event, in its transaction, that names a line or an account and no number.
import { describe, expect, test } from 'vitest';
import { createCustomerNotices } from '../../../src/messaging/customer-notices.ts';
import { createNoticeQueues } from '../../../src/messaging/notices.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';
import type { Database, Tx } from '../../../src/storage/database.ts';
import { openTestDatabase } from '../../support/databases.ts';

interface Enqueued {
  readonly queue: string;
  readonly payload: object;
  readonly eventId: string;
  /** What a statement through the given handle sees of the caller's transaction. */
  readonly seen: unknown;
}

const texts = createMessageTexts();
const queues = createNoticeQueues({
  smsc: { submit: async () => ({ kind: 'accepted', messageId: '1' }) },
  email: { send: async () => {} },
  texts,
  findNumber: async () => undefined,
  findMailbox: async () => undefined,
});

/** Runs `work` in a transaction with notices whose jobs are kept. */
async function enqueuedBy(
  work: (notices: ReturnType<typeof createCustomerNotices>, tx: Tx) => Promise<void>,
): Promise<Enqueued[]> {
  const open = await openTestDatabase('pglite');
  const enqueued: Enqueued[] = [];
  const notices = createCustomerNotices({
    async enqueue(tx, queue, { payload, eventId }) {
      const { rows } = await tx.executeSql('select offset_seconds as seen from domain_clock');
      enqueued.push({ queue, payload, eventId, seen: rows[0]?.['seen'] });
      return true;
    },
  });
  try {
    await inTransaction(open.database, (tx) => work(notices, tx));
  } finally {
    await open.close();
  }
  return enqueued;
}

// A change that nobody else sees yet tells whether the job went through this very transaction.
function inTransaction(database: Database, work: (tx: Tx) => Promise<void>): Promise<void> {
  return database.transaction(async (tx) => {
    await tx.updateTable('domainClock').set({ offsetSeconds: 77 }).execute();
    await work(tx);
  });
}

describe('a notice', () => {
  test('of each event becomes one job in the transaction of its cause, in words that its queue takes', async () => {
    const until = new Date('2026-03-02T08:00:00.000Z');
    const at = new Date('2026-03-01T08:00:00.000Z');
    const login = { lineId: 'lin_1', accountId: 'acc_1', clientName: 'Portal', deviceLabel: 'Firefox, Linux', at };
    const jobs = await enqueuedBy(async (notices, tx) => {
      await notices.serviceLocked(tx, { lineId: 'lin_1', until, eventId: 'locked:att_1' });
      await notices.fraudReported(tx, { lineId: 'lin_1', clientName: 'Portal', eventId: 'fraud:att_1' });
      await notices.wrongPins(tx, { lineId: 'lin_1', count: 2, clientName: 'Portal', eventId: 'wrong-pins:att_1' });
      await notices.passwordLogin(tx, { ...login, channel: 'sms', eventId: 'password-login:1:lin_1' });
      await notices.passwordLogin(tx, { ...login, channel: 'email', eventId: 'password-login:2:lin_1' });
    });
    expect(jobs.map(({ queue, eventId, seen }) => [queue, eventId, seen])).toEqual([
      ['sms', 'locked:att_1', 77],
      ['sms', 'fraud:att_1', 77],
      ['sms', 'wrong-pins:att_1', 77],
      ['sms', 'password-login:1:lin_1', 77],
      ['email', 'password-login:2:lin_1', 77],
    ]);
    for (const { queue, payload } of jobs) {
      const schema = queue === 'sms' ? queues.sms.schema : queues.email.schema;
      expect(schema.parse(JSON.parse(JSON.stringify(payload)))).toEqual(payload);
    }
    const [locked, , , bySms, byEmail] = jobs.map(({ payload }) => payload);
    expect(locked).toEqual({ lineId: 'lin_1', message: { key: 'mc-locked', until: until.toISOString() } });
    expect(bySms).toMatchObject({ lineId: 'lin_1', message: { key: 'password-login', at: at.toISOString() } });
    expect(byEmail).toMatchObject({ accountId: 'acc_1', message: { deviceLabel: 'Firefox, Linux' } });
    expect(byEmail).not.toHaveProperty('lineId');
  });
});
