// What an account hears of by SMS because it chose so: the subject of the e-mail, to its contact mobile. The job names
// account and message; the number is looked up when it is sent.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import type { Msisdn } from '../identifiers.ts';
import { deliverSms, type JobTry } from './job-delivery.ts';
import type { JobQueue } from './jobs.ts';
import type { Smsc } from './smsc.ts';
import { emailMessage, type MessageTexts } from './texts.ts';

const shortNotice = z.strictObject({ accountId: z.string().min(1).max(100), message: emailMessage });
export type ShortNotice = z.infer<typeof shortNotice>;

export interface ShortNoticeOptions {
  readonly smsc: Pick<Smsc, 'submit'>;
  readonly texts: Pick<MessageTexts, 'renderShort'>;
  /** Undefined when the account has gone or has no verified number. `sender`: the name of its brand. */
  readonly findMobile: (
    accountId: string,
  ) => Promise<{ msisdn: Msisdn; locale: Locale; sender: string; timeZone?: string } | undefined>;
}

/** A phone may be off for a day. */
const validitySeconds = 24 * 3600;

/** Makes the queue `short` for `createJobs`. */
export function createShortQueue(options: ShortNoticeOptions): JobQueue<ShortNotice> {
  return { schema: shortNotice, handle: (notice, job) => send(options, notice, job) };
}

async function send(
  { smsc, texts, findMobile }: ShortNoticeOptions,
  { accountId, message }: ShortNotice,
  job: JobTry,
): Promise<void> {
  const to = await findMobile(accountId);
  if (to === undefined) return;
  const text = texts.renderShort(message, to);
  await deliverSms(smsc, { destination: to.msisdn, text, validitySeconds }, job);
}
