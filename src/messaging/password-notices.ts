// Tells people that the password of their account was set, and that an account was opened: one job for each recipient,
// in the transaction of the event.
import type { AccountId } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice, SmsNotice } from './notices.ts';

type NoticeJobs = Pick<Jobs<{ sms: SmsNotice; email: EmailNotice }>, 'enqueue'>;

export interface PasswordNotice {
  readonly accountId: AccountId;
  readonly at: Date;
  readonly how: 'changed' | 'reset';
  readonly lineIds: readonly string[];
  readonly eventId: string;
}

export interface PasswordNotices {
  /** By e-mail and by SMS (B09): whoever set it may hold one of the two. */
  passwordSet(tx: Tx, notice: PasswordNotice): Promise<void>;
  accountOpened(tx: Tx, about: { accountId: AccountId; at: Date }): Promise<void>;
}

/** Makes the notices over the job queues `sms` and `email`. */
export function createPasswordNotices(jobs: NoticeJobs): PasswordNotices {
  return {
    async passwordSet(tx, { accountId, how, lineIds, eventId, ...moment }) {
      const at = moment.at.toISOString();
      const client = sqlClientOf(tx);
      for (const lineId of lineIds) {
        const payload: SmsNotice = { lineId, message: { key: 'password-changed', at } };
        await jobs.enqueue(client, 'sms', { payload, eventId: `password-set:${eventId}:${lineId}` });
      }
      const payload: EmailNotice = { accountId, message: { key: 'password-changed', at, how } };
      await jobs.enqueue(client, 'email', { payload, eventId: `password-set:${eventId}` });
    },
    async accountOpened(tx, { accountId, at }) {
      const payload: EmailNotice = { accountId, message: { key: 'account-opened', at: at.toISOString() } };
      await jobs.enqueue(sqlClientOf(tx), 'email', { payload, eventId: `account-opened:${accountId}` });
    },
  };
}
