// Tells customers what happened: one job for each event and recipient, created in the event's transaction.
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice, SmsNotice } from './notices.ts';

type NoticeJobs = Pick<Jobs<{ sms: SmsNotice; email: EmailNotice }>, 'enqueue'>;

/** Makes the notices over the job queues `sms` and `email`. */
export function createCustomerNotices(jobs: NoticeJobs) {
  const sms = async (tx: Tx, eventId: string, payload: SmsNotice): Promise<void> => {
    await jobs.enqueue(sqlClientOf(tx), 'sms', { payload, eventId });
  };
  return {
    async serviceLocked(tx: Tx, about: { lineId: string; until: Date; eventId: string }): Promise<void> {
      const { lineId, until, eventId } = about;
      await sms(tx, eventId, { lineId, message: { key: 'mc-locked', until: until.toISOString() } });
    },
    async fraudReported(tx: Tx, about: { lineId: string; clientName: string; eventId: string }): Promise<void> {
      const { lineId, clientName, eventId } = about;
      await sms(tx, eventId, { lineId, message: { key: 'fraud-reported', clientName } });
    },
    async wrongPins(
      tx: Tx,
      about: { lineId: string; count: number; clientName: string; eventId: string },
    ): Promise<void> {
      const { lineId, count, clientName, eventId } = about;
      await sms(tx, eventId, { lineId, message: { key: 'wrong-pins', clientName, count } });
    },
    async requestsMuted(
      tx: Tx,
      about: { lineId: string; clientName: string; until: Date; eventId: string },
    ): Promise<void> {
      const { lineId, clientName, until, eventId } = about;
      await sms(tx, eventId, { lineId, message: { key: 'requests-muted', clientName, until: until.toISOString() } });
    },
    async pinChanged(tx: Tx, about: { accountId: string; at: Date; eventId: string }): Promise<void> {
      const { accountId, at, eventId } = about;
      const payload: EmailNotice = { accountId, message: { key: 'mc-pin-changed', at: at.toISOString() } };
      await jobs.enqueue(sqlClientOf(tx), 'email', { payload, eventId });
    },
    async passwordLogin(tx: Tx, about: PasswordLogin): Promise<void> {
      const { channel, lineId, accountId, eventId, clientName, deviceLabel } = about;
      const message = { key: 'password-login', at: about.at.toISOString(), clientName, deviceLabel } as const;
      if (channel === 'sms') await sms(tx, eventId, { lineId, message });
      else await jobs.enqueue(sqlClientOf(tx), 'email', { payload: { accountId, message }, eventId });
    },
  };
}

interface PasswordLogin {
  readonly channel: 'sms' | 'email';
  readonly lineId: string;
  readonly accountId: string;
  readonly clientName: string;
  readonly deviceLabel: string;
  readonly at: Date;
  readonly eventId: string;
}
