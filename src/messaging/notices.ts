// The queues of SMS and e-mails to customers: a job names a line or an account and a message, and is resolved,
// rendered and sent here. No number, address or text lies in the job table.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import type { Msisdn } from '../identifiers.ts';
import type { EmailSender } from './email.ts';
import { deliverEmail, deliverSms, type FindMailbox, type JobTry } from './job-delivery.ts';
import type { JobQueue } from './jobs.ts';
import type { Smsc } from './smsc.ts';
import { emailMessage, type MessageTexts, smsMessage } from './texts.ts';
import { topicOf } from './topics.ts';

const smsNotice = z.strictObject({ lineId: z.string().min(1).max(100), message: smsMessage });
const emailNotice = z.strictObject({ accountId: z.string().min(1).max(100), message: emailMessage });
export type SmsNotice = z.infer<typeof smsNotice>;
export type EmailNotice = z.infer<typeof emailNotice>;

export interface NoticeOptions {
  /** How an account wants to hear of a topic; all by e-mail without it. */
  readonly channelsFor?: (accountId: string, topic: string) => Promise<readonly ('email' | 'sms')[]>;
  /** Has the same said by SMS, by a job of its own; `eventId` names the event for all time. */
  readonly sendShort?: (notice: EmailNotice, eventId: string) => Promise<void>;
  readonly smsc: Pick<Smsc, 'submit'>;
  readonly email: Pick<EmailSender, 'send'>;
  readonly texts: MessageTexts;
  /** Undefined when the line has gone: the message is dropped. */
  readonly findNumber: (lineId: string) => Promise<{ msisdn: Msisdn; locale: Locale; timeZone?: string } | undefined>;
  readonly findMailbox: FindMailbox;
}

/** Makes the queues `sms` and `email` for `createJobs`. */
export function createNoticeQueues(options: NoticeOptions): { sms: JobQueue<SmsNotice>; email: JobQueue<EmailNotice> } {
  return {
    sms: { schema: smsNotice, handle: (notice, job) => sendSms(options, notice, job) },
    email: { schema: emailNotice, handle: (notice, job) => sendEmail(options, notice, job) },
  };
}

/** How long the SMSC tries: a phone may be off for a night. */
const smsValiditySeconds = 24 * 3600;

async function sendSms(
  { smsc, texts, findNumber }: NoticeOptions,
  { lineId, message }: SmsNotice,
  job: JobTry,
): Promise<void> {
  const recipient = await findNumber(lineId);
  if (!recipient) return;
  const text = texts.renderSms(message, recipient.locale, recipient.timeZone);
  await deliverSms(smsc, { destination: recipient.msisdn, text, validitySeconds: smsValiditySeconds }, job);
}

async function sendEmail(options: NoticeOptions, notice: EmailNotice, { id }: Pick<JobTry, 'id'>): Promise<void> {
  const { accountId, message } = notice;
  const topic = topicOf(message);
  const channels = (topic === undefined ? undefined : await options.channelsFor?.(accountId, topic)) ?? ['email'];
  if (channels.includes('sms')) await options.sendShort?.(notice, id);
  const mailbox = channels.includes('email') ? await options.findMailbox(accountId) : undefined;
  if (!mailbox) return;
  const content = options.texts.renderEmail(message, mailbox.locale, mailbox.timeZone);
  await deliverEmail(options.email, { to: mailbox.address, ...content });
}
