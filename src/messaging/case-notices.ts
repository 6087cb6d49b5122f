// The message that a case was opened (B44): one SMS to the verified contact mobile of whoever started the diagnosis, or
// an e-mail where there is none. The job names the case; the number is looked up when it is sent.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import type { Msisdn } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { EmailSender } from './email.ts';
import { deliverEmail, deliverSms, type JobTry } from './job-delivery.ts';
import type { JobQueue, Jobs } from './jobs.ts';
import type { Smsc } from './smsc.ts';
import type { MessageTexts } from './texts.ts';

const caseNotice = z.strictObject({ caseId: z.string().min(1).max(100) });
export type CaseNotice = z.infer<typeof caseNotice>;

export interface CaseNotices {
  caseOpened(tx: Tx, about: { caseId: string }): Promise<void>;
}

/** Makes the notices over the job queue `case`. */
export function createCaseNotices(jobs: Pick<Jobs<{ case: CaseNotice }>, 'enqueue'>): CaseNotices {
  return {
    async caseOpened(tx, { caseId }) {
      await jobs.enqueue(sqlClientOf(tx), 'case', { payload: { caseId }, eventId: `case-opened:${caseId}` });
    },
  };
}

export interface CaseQueueOptions {
  readonly smsc: Pick<Smsc, 'submit'>;
  readonly email: Pick<EmailSender, 'send'>;
  readonly texts: Pick<MessageTexts, 'renderSms' | 'renderEmail'>;
  /** Undefined when case or account have gone. `told`: the message has been sent. */
  readonly findRecipient: (caseId: string) => Promise<
    | {
        readonly mobile: Msisdn | null;
        readonly email: string | null;
        readonly locale: Locale;
        readonly timeZone?: string;
        readonly told: boolean;
        readonly at: Date;
      }
    | undefined
  >;
  readonly markTold: (caseId: string) => Promise<void>;
}

/** A phone may be off for a day. */
const smsValiditySeconds = 24 * 3600;

/** Makes the queue `case` for `createJobs`. */
export function createCaseQueue(options: CaseQueueOptions): JobQueue<CaseNotice> {
  return { schema: caseNotice, handle: (notice, job) => send(options, notice, job) };
}

async function send(options: CaseQueueOptions, { caseId }: CaseNotice, job: JobTry): Promise<void> {
  const found = await options.findRecipient(caseId);
  if (found === undefined || found.told) return;
  const { smsc, email, texts } = options;
  const { mobile, locale, timeZone } = found;
  const message = { key: 'case-opened' as const, at: found.at.toISOString() };
  if (mobile !== null) {
    const text = texts.renderSms(message, locale, timeZone);
    await deliverSms(smsc, { destination: mobile, text, validitySeconds: smsValiditySeconds }, job);
  } else if (found.email !== null) {
    await deliverEmail(email, { to: found.email, ...texts.renderEmail(message, locale, timeZone) });
  }
  await options.markTold(caseId);
}
