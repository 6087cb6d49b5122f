// Tells customers by e-mail what happens to their orders: one job for each event and recipient, in its transaction.
import type { AccountId } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { LocalText } from '../storage/order-tables.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice, SmsNotice } from './notices.ts';

type NoticeJobs = Pick<Jobs<{ sms: SmsNotice; email: EmailNotice }>, 'enqueue'>;

export interface OrderEvent {
  readonly orderId: string;
  readonly accountId: AccountId;
  readonly state: 'created' | 'done' | 'cancelled';
  readonly what: LocalText;
  readonly at: Date;
  readonly by: 'holder' | 'proxy';
}

export interface OrderNotices {
  orderTold(tx: Tx, event: OrderEvent): Promise<void>;
}

/** Makes the notices over the job queue `email`. */
export function createOrderNotices(jobs: NoticeJobs): OrderNotices {
  return {
    async orderTold(tx, { orderId, accountId, state, what, at, by }) {
      const message = { key: 'order' as const, at: at.toISOString(), state, what, by };
      const eventId = `order:${orderId}:${state}:${accountId}`;
      await jobs.enqueue(sqlClientOf(tx), 'email', { payload: { accountId, message }, eventId });
    },
  };
}
