// Tells customers what happens to their lines and SIMs: one job for each event and recipient, in its transaction.
import type { AccountId } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { Jobs } from './jobs.ts';
import type { EmailNotice, SmsNotice } from './notices.ts';
import type { EmailMessage, SmsMessage } from './texts.ts';

type NoticeJobs = Pick<Jobs<{ sms: SmsNotice; email: EmailNotice }>, 'enqueue'>;

/** Which event of which line; `eventId` names it for all time. */
export interface LineEvent {
  readonly lineId: string;
  /** Masked. */
  readonly line: string;
  readonly eventId: string;
  /** Whom the line concerns: they get the e-mail. */
  readonly accounts: readonly AccountId[];
}

export interface LineNotices {
  lineSuspended(tx: Tx, event: LineEvent & { at: Date }): Promise<void>;
  lineReactivated(tx: Tx, event: LineEvent & { at: Date }): Promise<void>;
  /** To the line alone; not where a stranger may hold the phone. */
  simOrdered(tx: Tx, event: LineEvent): Promise<void>;
  /** To the old SIM, as long as it works. */
  simChanging(tx: Tx, event: LineEvent): Promise<void>;
  /** `enrolled`: the PIN has to be chosen again. */
  simChanged(tx: Tx, event: LineEvent & { at: Date; enrolled: boolean }): Promise<void>;
  /** The network did not take the new SIM. */
  simNotActivated(tx: Tx, event: LineEvent & { at: Date }): Promise<void>;
  numberChanged(tx: Tx, event: LineEvent & { enrolled: boolean }): Promise<void>;
  lineTerminated(tx: Tx, event: LineEvent & { at: Date }): Promise<void>;
  pukShown(tx: Tx, event: LineEvent & { at: Date }): Promise<void>;
  holdStarted(tx: Tx, event: LineEvent & { until: Date }): Promise<void>;
  holdEnded(tx: Tx, event: LineEvent): Promise<void>;
}

/** Makes the notices over the job queues `sms` and `email`. */
export function createLineNotices(jobs: NoticeJobs): LineNotices {
  const sms = async (tx: Tx, { lineId, eventId }: LineEvent, message: SmsMessage): Promise<void> => {
    const payload = { lineId, message };
    await jobs.enqueue(sqlClientOf(tx), 'sms', { payload, eventId: `${message.key}:${eventId}` });
  };
  const emails = async (tx: Tx, { accounts, eventId }: LineEvent, message: EmailMessage): Promise<void> => {
    for (const accountId of accounts) {
      const payload = { accountId, message };
      await jobs.enqueue(sqlClientOf(tx), 'email', { payload, eventId: `${message.key}:${eventId}:${accountId}` });
    }
  };
  return {
    lineSuspended: (tx, event) => emails(tx, event, { key: 'line-suspended', at: iso(event.at), line: event.line }),
    async lineReactivated(tx, event) {
      await sms(tx, event, { key: 'line-reactivated' });
      await emails(tx, event, { key: 'line-reactivated', at: iso(event.at), line: event.line });
    },
    simOrdered: (tx, event) => sms(tx, event, { key: 'sim-ordered' }),
    simChanging: (tx, event) => sms(tx, event, { key: 'sim-change' }),
    async simChanged(tx, event) {
      const { enrolled, line } = event;
      await sms(tx, event, { key: 'new-sim', enrolled });
      await emails(tx, event, { key: 'sim-change', at: iso(event.at), line, enrolled });
    },
    simNotActivated: (tx, event) =>
      emails(tx, event, { key: 'sim-not-activated', at: iso(event.at), line: event.line }),
    numberChanged: (tx, event) =>
      emails(tx, event, { key: 'number-changed', line: event.line, enrolled: event.enrolled }),
    lineTerminated: (tx, event) => emails(tx, event, { key: 'line-terminated', at: iso(event.at), line: event.line }),
    pukShown: (tx, event) => emails(tx, event, { key: 'puk-shown', at: iso(event.at), line: event.line }),
    async holdStarted(tx, event) {
      const until = iso(event.until);
      await sms(tx, event, { key: 'hold-started', until });
      await emails(tx, event, { key: 'hold-started', until, line: event.line });
    },
    async holdEnded(tx, event) {
      await sms(tx, event, { key: 'hold-ended' });
      await emails(tx, event, { key: 'hold-ended', line: event.line });
    },
  };
}

function iso(at: Date): string {
  return at.toISOString();
}
