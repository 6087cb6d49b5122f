// The e-mail with the code that confirms an action of level M*. Like all codes it is read when it is sent.
import { z } from 'zod';
import type { EmailSender } from './email.ts';
import { deliverEmail, type FindMailbox, lifeOfCode, type OpenCode } from './job-delivery.ts';
import type { JobQueue } from './jobs.ts';
import type { MessageTexts } from './texts.ts';

const confirmationCode = z.strictObject({
  codeId: z.string().min(1).max(100),
  accountId: z.string().min(1).max(100),
  /** One of those that the template has words for. */
  action: z.string().max(40),
  /** Masked number, if it is about a line. */
  line: z.string().max(40),
});
export type ConfirmationCode = z.infer<typeof confirmationCode>;

export interface ConfirmationCodeOptions {
  readonly email: Pick<EmailSender, 'send'>;
  readonly texts: Pick<MessageTexts, 'renderEmail'>;
  readonly openCode: OpenCode;
  readonly findMailbox: FindMailbox;
}

/** Makes the queue `confirmation-code` for `createJobs`. */
export function createConfirmationCodeQueue(options: ConfirmationCodeOptions): JobQueue<ConfirmationCode> {
  return { schema: confirmationCode, lifeSeconds: 3_600, handle: (notice) => sendCode(options, notice) };
}

async function sendCode(
  { email, texts, openCode, findMailbox }: ConfirmationCodeOptions,
  notice: ConfirmationCode,
): Promise<void> {
  const mailbox = await findMailbox(notice.accountId);
  const code = await openCode(notice.codeId);
  if (mailbox === undefined || code === undefined) return;
  const { minutes } = lifeOfCode(code.secondsLeft);
  const { action, line } = notice;
  const message = { key: 'confirmation-code', action, line, digits: code.digits, minutes } as const;
  await deliverEmail(email, { to: mailbox.address, ...texts.renderEmail(message, mailbox.locale) });
}
