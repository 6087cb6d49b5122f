// Tells payers by e-mail what became of their payments: one job for each end, in its transaction.
import type { AccountId } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { LocalText } from '../storage/order-tables.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice, SmsNotice } from './notices.ts';

type NoticeJobs = Pick<Jobs<{ sms: SmsNotice; email: EmailNotice }>, 'enqueue'>;

export interface PaymentMessage {
  readonly paymentId: string;
  readonly accountId: AccountId;
  readonly state: 'paid' | 'declined';
  readonly at: Date;
  readonly amount: LocalText;
  readonly what: string;
  /** Number of the receipt; empty without one. */
  readonly receipt: string;
  /** What of it goes back. */
  readonly back: LocalText | null;
}

export interface PaymentNotices {
  paymentTold(tx: Tx, message: PaymentMessage): Promise<void>;
}

/** Makes the notices over the job queue `email`. */
export function createPaymentNotices(jobs: NoticeJobs): PaymentNotices {
  return {
    async paymentTold(tx, { paymentId, accountId, at, ...rest }) {
      const message = { key: 'payment' as const, at: at.toISOString(), ...rest };
      const eventId = `payment:${paymentId}:${rest.state}`;
      await jobs.enqueue(sqlClientOf(tx), 'email', { payload: { accountId, message }, eventId });
    },
  };
}
