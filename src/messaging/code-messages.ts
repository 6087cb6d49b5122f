// The queue of messages that carry a code: a job names the code and the line, the digits are read when it is sent.
// So no code lies in the job table, and one that was voided, used or has expired meanwhile is not sent at all.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import type { Msisdn } from '../identifiers.ts';
import { deliverSms, type JobTry, lifeOfCode, type OpenCode } from './job-delivery.ts';
import type { JobQueue } from './jobs.ts';
import type { Smsc } from './smsc.ts';
import { codeMessage, type MessageTexts } from './texts.ts';

const codeNotice = z.strictObject({
  codeId: z.string().min(1).max(100),
  /** Null where nobody may get it: the same job is written, so that the work tells nothing. */
  lineId: z.string().min(1).max(100).nullable(),
  message: codeMessage,
});
export type CodeNotice = z.infer<typeof codeNotice>;

export interface CodeQueueOptions {
  readonly smsc: Pick<Smsc, 'submit'>;
  readonly texts: Pick<MessageTexts, 'renderCode'>;
  readonly openCode: OpenCode;
  /** Undefined when the line has gone: the message is dropped. */
  readonly findNumber: (lineId: string) => Promise<{ msisdn: Msisdn; locale: Locale } | undefined>;
}

/** Makes the queue `code` for `createJobs`. */
export function createCodeQueue(options: CodeQueueOptions): JobQueue<CodeNotice> {
  return { schema: codeNotice, lifeSeconds: 3_600, handle: (notice, job) => sendCode(options, notice, job) };
}

async function sendCode(
  { smsc, texts, openCode, findNumber }: CodeQueueOptions,
  { codeId, lineId, message }: CodeNotice,
  job: JobTry,
): Promise<void> {
  if (lineId === null) return;
  const recipient = await findNumber(lineId);
  const code = await openCode(codeId);
  if (recipient === undefined || code === undefined) return;
  const { minutes, validitySeconds } = lifeOfCode(code.secondsLeft);
  const text = texts.renderCode(message, { digits: code.digits, minutes }, recipient.locale);
  await deliverSms(smsc, { destination: recipient.msisdn, text, validitySeconds }, job);
}
