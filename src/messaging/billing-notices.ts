// Tells customers by e-mail that a bill is there or overdue: one job for each event and recipient, in its transaction.
import type { AccountId } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { LocalText } from '../storage/order-tables.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice, SmsNotice } from './notices.ts';

type NoticeJobs = Pick<Jobs<{ sms: SmsNotice; email: EmailNotice }>, 'enqueue'>;

export interface BillEvent {
  readonly invoiceId: string;
  readonly accountId: AccountId;
  readonly event: 'issued' | 'overdue';
  readonly number: string;
  readonly amount: LocalText;
  readonly dueAt: Date;
}

export interface BillingNotices {
  billTold(tx: Tx, event: BillEvent): Promise<void>;
}

/** Makes the notices over the job queue `email`. */
export function createBillingNotices(jobs: NoticeJobs): BillingNotices {
  return {
    async billTold(tx, { invoiceId, accountId, event, number, amount, dueAt }) {
      const message = { key: 'bill' as const, event, until: dueAt.toISOString(), number, amount };
      const eventId = `bill:${invoiceId}:${event}:${accountId}`;
      await jobs.enqueue(sqlClientOf(tx), 'email', { payload: { accountId, message }, eventId });
    },
  };
}
