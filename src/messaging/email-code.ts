// The queue of codes by e-mail for a forgotten PIN: a job names the code and the account, the digits are read when it
// is sent. Nobody's job is written too, so that the work tells nothing.
import { z } from 'zod';
import type { EmailSender } from './email.ts';
import { deliverEmail, type FindMailbox, lifeOfCode, type OpenCode } from './job-delivery.ts';
import type { JobQueue } from './jobs.ts';
import type { MessageTexts } from './texts.ts';

const emailCode = z.strictObject({
  codeId: z.string().min(1).max(100),
  /** Null where nobody may get it. */
  accountId: z.string().min(1).max(100).nullable(),
});
export type EmailCode = z.infer<typeof emailCode>;

export interface EmailCodeOptions {
  readonly email: Pick<EmailSender, 'send'>;
  readonly texts: Pick<MessageTexts, 'renderEmail'>;
  readonly openCode: OpenCode;
  readonly findMailbox: FindMailbox;
}

/** Makes the queue `email-code` for `createJobs`. */
export function createEmailCodeQueue(options: EmailCodeOptions): JobQueue<EmailCode> {
  return { schema: emailCode, lifeSeconds: 3_600, handle: (job) => send(options, job) };
}

async function send({ email, texts, openCode, findMailbox }: EmailCodeOptions, { codeId, accountId }: EmailCode) {
  if (accountId === null) return;
  const mailbox = await findMailbox(accountId);
  const code = await openCode(codeId);
  if (mailbox === undefined || code === undefined) return;
  const { minutes } = lifeOfCode(code.secondsLeft);
  const message = { key: 'pin-reset-code', digits: code.digits, minutes } as const;
  await deliverEmail(email, { to: mailbox.address, ...texts.renderEmail(message, mailbox.locale) });
}
