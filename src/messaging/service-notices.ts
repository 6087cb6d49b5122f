// Tells accounts that Mobile Connect opens them, or does no more: one e-mail for each event, in its transaction.
import type { AccountId } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice, SmsNotice } from './notices.ts';

type NoticeJobs = Pick<Jobs<{ sms: SmsNotice; email: EmailNotice }>, 'enqueue'>;

interface ServiceEvent {
  readonly accountId: AccountId;
  /** Masked. */
  readonly line: string;
  readonly eventId: string;
}

export interface ServiceNotices {
  /** `until`: the end of the wait after a new SIM, if there is one. */
  activated(tx: Tx, event: ServiceEvent & { until: Date | null }): Promise<void>;
  deactivated(tx: Tx, event: ServiceEvent & { at: Date; last: boolean }): Promise<void>;
  /** To an account that is linked: another one is now, too. */
  accountLinked(tx: Tx, event: ServiceEvent & { account: string }): Promise<void>;
}

/** Makes the notices over the job queue `email`. */
export function createServiceNotices(jobs: NoticeJobs): ServiceNotices {
  const email = async (tx: Tx, { accountId, eventId }: ServiceEvent, message: EmailNotice['message']) => {
    await jobs.enqueue(sqlClientOf(tx), 'email', {
      payload: { accountId, message },
      eventId: `${message.key}:${eventId}:${accountId}`,
    });
  };
  return {
    activated: (tx, event) =>
      email(tx, event, {
        key: 'mc-activated',
        line: event.line,
        ...(event.until === null ? {} : { until: event.until.toISOString() }),
      }),
    deactivated: (tx, event) =>
      email(tx, event, { key: 'mc-deactivated', at: event.at.toISOString(), line: event.line, last: event.last }),
    accountLinked: (tx, event) => email(tx, event, { key: 'mc-linked', line: event.line, account: event.account }),
  };
}
