// The e-mail with the code that puts a found phone's line back into service. Like all codes it is read when it is sent.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import { EmailNotSent, type EmailSender } from './email.ts';
import { type JobQueue, PermanentJobError } from './jobs.ts';
import type { MessageTexts } from './texts.ts';

const lineCode = z.strictObject({
  codeId: z.string().min(1).max(100),
  accountId: z.string().min(1).max(100),
  /** Masked. */
  line: z.string().max(40),
});
export type LineCode = z.infer<typeof lineCode>;

export interface LineCodeOptions {
  readonly email: Pick<EmailSender, 'send'>;
  readonly texts: Pick<MessageTexts, 'renderEmail'>;
  /** Undefined when the code was used, voided or has expired. */
  readonly openCode: (codeId: string) => Promise<{ digits: string; secondsLeft: number } | undefined>;
  readonly findMailbox: (accountId: string) => Promise<{ address: string; locale: Locale } | undefined>;
}

/** Makes the queue `line-code` for `createJobs`. */
export function createLineCodeQueue(options: LineCodeOptions): JobQueue<LineCode> {
  return { schema: lineCode, lifeSeconds: 3_600, handle: (notice) => sendLineCode(options, notice) };
}

async function sendLineCode({ email, texts, openCode, findMailbox }: LineCodeOptions, notice: LineCode): Promise<void> {
  const mailbox = await findMailbox(notice.accountId);
  const code = await openCode(notice.codeId);
  if (mailbox === undefined || code === undefined) return;
  const minutes = Math.max(1, Math.round(code.secondsLeft / 60));
  const message = { key: 'line-code', line: notice.line, digits: code.digits, minutes } as const;
  try {
    await email.send({ to: mailbox.address, ...texts.renderEmail(message, mailbox.locale) });
  } catch (error) {
    throw error instanceof EmailNotSent && error.permanent ? new PermanentJobError(error.fault) : error;
  }
}
