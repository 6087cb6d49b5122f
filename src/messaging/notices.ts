// The queues of SMS and e-mails to customers: a job names a line or an account and a message, and is resolved,
// rendered and sent here. No number, address or text lies in the job table.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import type { Msisdn } from '../identifiers.ts';
import { EmailNotSent, type EmailSender } from './email.ts';
import { type JobQueue, PermanentJobError } from './jobs.ts';
import { encodeSmsText } from './sms-text.ts';
import { isTemporaryStatus, type Smsc } from './smsc.ts';
import { emailMessage, type MessageTexts, smsMessage } from './texts.ts';
import { topicOf } from './topics.ts';

const smsNotice = z.strictObject({ lineId: z.string().min(1).max(100), message: smsMessage });
const emailNotice = z.strictObject({ accountId: z.string().min(1).max(100), message: emailMessage });
export type SmsNotice = z.infer<typeof smsNotice>;
export type EmailNotice = z.infer<typeof emailNotice>;

export interface NoticeOptions {
  /** Whether an account wants e-mails of a topic; all do without it. */
  readonly wants?: (accountId: string, topic: string) => Promise<boolean>;
  readonly smsc: Pick<Smsc, 'submit'>;
  readonly email: Pick<EmailSender, 'send'>;
  readonly texts: MessageTexts;
  /** Undefined when the line has gone: the message is dropped. */
  readonly findNumber: (lineId: string) => Promise<{ msisdn: Msisdn; locale: Locale; timeZone?: string } | undefined>;
  /** Undefined when the account has gone or has no address. */
  readonly findMailbox: (
    accountId: string,
  ) => Promise<{ address: string; locale: Locale; timeZone?: string } | undefined>;
}

/** Makes the queues `sms` and `email` for `createJobs`. */
export function createNoticeQueues(options: NoticeOptions): { sms: JobQueue<SmsNotice>; email: JobQueue<EmailNotice> } {
  return {
    sms: { schema: smsNotice, handle: (notice, job) => sendSms(options, notice, job) },
    email: { schema: emailNotice, handle: (notice) => sendEmail(options, notice) },
  };
}

/** How long the SMSC tries: a phone may be off for a night. */
const smsValiditySeconds = 24 * 3600;

async function sendSms(
  { smsc, texts, findNumber }: NoticeOptions,
  { lineId, message }: SmsNotice,
  job: { id: string; signal: AbortSignal },
): Promise<void> {
  const recipient = await findNumber(lineId);
  if (!recipient) return;
  // A repeat has the same reference, so that phones join its parts with those that came before.
  const reference = Number.parseInt(job.id.slice(0, 2), 16);
  const text = texts.renderSms(message, recipient.locale, recipient.timeZone);
  const { parts, esmClass, dataCoding } = encodeSmsText(text, reference);
  for (const body of parts) {
    const outcome = await smsc.submit(
      {
        destination: recipient.msisdn,
        body,
        esmClass,
        dataCoding,
        protocolId: 0x00,
        validitySeconds: smsValiditySeconds,
        registeredDelivery: 0,
      },
      job.signal,
    );
    if (outcome.kind === 'refused' && !isTemporaryStatus(outcome.status)) {
      throw new PermanentJobError(`refused with ${outcome.status}`);
    }
    if (outcome.kind !== 'accepted') throw new Error(`the SMSC did not take it: ${outcome.kind}`);
  }
}

async function sendEmail({ email, texts, findMailbox, wants }: NoticeOptions, { accountId, message }: EmailNotice) {
  const topic = topicOf(message);
  if (topic !== undefined && (await wants?.(accountId, topic)) === false) return;
  const mailbox = await findMailbox(accountId);
  if (!mailbox) return;
  try {
    await email.send({ to: mailbox.address, ...texts.renderEmail(message, mailbox.locale, mailbox.timeZone) });
  } catch (error) {
    throw error instanceof EmailNotSent && error.permanent ? new PermanentJobError(error.fault) : error;
  }
}
