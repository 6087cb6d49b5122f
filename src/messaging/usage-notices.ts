// Tells customers about consumption by SMS and e-mail: one job for each event and recipient, in its transaction.
import type { AccountId } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { LocalText } from '../storage/order-tables.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice, SmsNotice } from './notices.ts';

type NoticeJobs = Pick<Jobs<{ sms: SmsNotice; email: EmailNotice }>, 'enqueue'>;

export interface OutOfBundleEvent {
  /** Names contract and billing month for all time. */
  readonly eventId: string;
  readonly at: Date;
  /** Masked; empty for what is used at home. */
  readonly line: string;
  /** Who hears by SMS; null: nobody. */
  readonly lineId: string | null;
  /** Who hears by e-mail. */
  readonly accounts: readonly AccountId[];
}

export interface UsageNotices {
  outOfBundle(tx: Tx, event: OutOfBundleEvent): Promise<void>;
  topUpDone(tx: Tx, event: { topUpId: string; lineId: string; what: LocalText; price: LocalText }): Promise<void>;
  controlsChanged(tx: Tx, event: { lineId: string; eventId: string }): Promise<void>;
}

/** Makes the notices over the job queues `sms` and `email`. */
export function createUsageNotices(jobs: NoticeJobs): UsageNotices {
  const sms = async (tx: Tx, eventId: string, payload: SmsNotice): Promise<void> => {
    await jobs.enqueue(sqlClientOf(tx), 'sms', { payload, eventId });
  };
  return {
    async outOfBundle(tx, { eventId, at, line, lineId, accounts }) {
      const moment = at.toISOString();
      const named = `out-of-bundle:${eventId}`;
      if (lineId !== null) await sms(tx, named, { lineId, message: { key: 'out-of-bundle', at: moment } });
      for (const accountId of accounts) {
        const payload: EmailNotice = { accountId, message: { key: 'out-of-bundle', at: moment, line } };
        await jobs.enqueue(sqlClientOf(tx), 'email', { payload, eventId: `${named}:${accountId}` });
      }
    },
    async topUpDone(tx, { topUpId, lineId, what, price }) {
      const message = { key: 'top-up' as const, what, price: { fr: plain(price.fr), en: plain(price.en) } };
      await sms(tx, `top-up:${topUpId}`, { lineId, message });
    },
    controlsChanged: (tx, { lineId, eventId }) =>
      sms(tx, `usage-controls:${eventId}`, { lineId, message: { key: 'usage-controls' } }),
  };
}

/** The alphabet of SMS has no narrow spaces. */
function plain(amount: string): string {
  return amount.replace(/\s/g, ' ');
}
