// The queue of codes that open an account: for a forgotten password, and for an account that is being opened. A job
// names the code and a place; who stands there is looked up, and the digits are read, when it is sent. Nobody's job is
// written too, so that the work tells nothing.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import type { Msisdn } from '../identifiers.ts';
import type { EmailSender } from './email.ts';
import { deliverEmail, deliverSms, type JobTry, lifeOfCode, type OpenCode } from './job-delivery.ts';
import type { JobQueue } from './jobs.ts';
import type { Smsc } from './smsc.ts';
import type { MessageTexts } from './texts.ts';

const accountCode = z.strictObject({
  codeId: z.string().min(1).max(100),
  purpose: z.enum(['password-reset', 'account']),
  medium: z.enum(['email', 'mobile']),
  /** Id of the account or of the draft; null where nobody may get it. */
  recipient: z.string().min(1).max(100).nullable(),
  /** Whose page asked for it (X71). */
  requester: z.string().max(1000),
});
export type AccountCode = z.infer<typeof accountCode>;

export interface CodeRecipient {
  /** Address or number, by the medium. */
  readonly value: string;
  readonly locale: Locale;
  /** The mailbox has an account already: it is told so, and gets no code. */
  readonly known?: boolean;
}

export interface AccountCodeOptions {
  readonly smsc: Pick<Smsc, 'submit'>;
  readonly email: Pick<EmailSender, 'send'>;
  readonly texts: Pick<MessageTexts, 'renderEmail' | 'renderCode'>;
  readonly openCode: OpenCode;
  /** Undefined when nothing may be sent there any more. */
  readonly findRecipient: (
    to: Pick<AccountCode, 'purpose' | 'medium'> & { recipient: string },
  ) => Promise<CodeRecipient | undefined>;
}

/** Makes the queue `account-code` for `createJobs`. */
export function createAccountCodeQueue(options: AccountCodeOptions): JobQueue<AccountCode> {
  return { schema: accountCode, lifeSeconds: 3_600, handle: (notice, job) => send(options, notice, job) };
}

async function send(options: AccountCodeOptions, notice: AccountCode, job: JobTry): Promise<void> {
  const { smsc, email, texts } = options;
  const { recipient, purpose, medium, requester } = notice;
  if (recipient === null) return;
  const to = await options.findRecipient({ recipient, purpose, medium });
  const code = await options.openCode(notice.codeId);
  if (to === undefined || code === undefined) return;
  const key = purpose === 'password-reset' ? 'password-reset-code' : 'account-code';
  const { digits } = code;
  const { minutes, validitySeconds } = lifeOfCode(code.secondsLeft);
  if (medium === 'email') {
    const message = to.known ? ({ key: 'account-known' } as const) : ({ key, digits, minutes } as const);
    await deliverEmail(email, { to: to.value, ...texts.renderEmail(message, to.locale) });
  } else {
    const text = texts.renderCode({ key, requester }, { digits, minutes }, to.locale);
    // It was parsed when it came in.
    await deliverSms(smsc, { destination: to.value as Msisdn, text, validitySeconds }, job);
  }
}
