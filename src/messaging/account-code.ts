// The queue of codes that open an account: for a forgotten password, and for an account that is being opened. A job
// names the code and a place; who stands there is looked up, and the digits are read, when it is sent. Nobody's job is
// written too, so that the work tells nothing.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import type { Msisdn } from '../identifiers.ts';
import { EmailNotSent, type EmailSender } from './email.ts';
import { type JobQueue, PermanentJobError } from './jobs.ts';
import { encodeSmsText } from './sms-text.ts';
import { isTemporaryStatus, type Smsc } from './smsc.ts';
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
  /** Undefined when the code was used, voided or has expired. */
  readonly openCode: (codeId: string) => Promise<{ digits: string; secondsLeft: number } | undefined>;
  /** Undefined when nothing may be sent there any more. */
  readonly findRecipient: (
    to: Pick<AccountCode, 'purpose' | 'medium'> & { recipient: string },
  ) => Promise<CodeRecipient | undefined>;
}

/** Makes the queue `account-code` for `createJobs`. */
export function createAccountCodeQueue(options: AccountCodeOptions): JobQueue<AccountCode> {
  return { schema: accountCode, lifeSeconds: 3_600, handle: (notice, job) => send(options, notice, job) };
}

interface OpenCode {
  readonly digits: string;
  readonly minutes: number;
  readonly secondsLeft: number;
}

async function send(options: AccountCodeOptions, notice: AccountCode, job: { id: string; signal: AbortSignal }) {
  const { recipient, purpose, medium } = notice;
  if (recipient === null) return;
  const to = await options.findRecipient({ recipient, purpose, medium });
  const opened = await options.openCode(notice.codeId);
  if (to === undefined || opened === undefined) return;
  const code = { ...opened, minutes: Math.max(1, Math.round(opened.secondsLeft / 60)) };
  if (medium === 'email') await sendEmail(options, { purpose, to, code });
  else await sendSms(options, { notice, to, code }, job);
}

async function sendEmail(
  { email, texts }: AccountCodeOptions,
  { purpose, to, code }: { purpose: AccountCode['purpose']; to: CodeRecipient; code: OpenCode },
): Promise<void> {
  const { digits, minutes } = code;
  const key = purpose === 'password-reset' ? 'password-reset-code' : 'account-code';
  const message = to.known ? ({ key: 'account-known' } as const) : ({ key, digits, minutes } as const);
  try {
    await email.send({ to: to.value, ...texts.renderEmail(message, to.locale) });
  } catch (error) {
    throw error instanceof EmailNotSent && error.permanent ? new PermanentJobError(error.fault) : error;
  }
}

async function sendSms(
  { smsc, texts }: AccountCodeOptions,
  { notice, to, code }: { notice: AccountCode; to: CodeRecipient; code: OpenCode },
  job: { id: string; signal: AbortSignal },
): Promise<void> {
  const key = notice.purpose === 'password-reset' ? 'password-reset-code' : 'account-code';
  const text = texts.renderCode({ key, requester: notice.requester }, code, to.locale);
  const { parts, esmClass, dataCoding } = encodeSmsText(text, Number.parseInt(job.id.slice(0, 2), 16));
  for (const body of parts) {
    const outcome = await smsc.submit(
      {
        // It was parsed when it came in.
        destination: to.value as Msisdn,
        ...{ body, esmClass, dataCoding, protocolId: 0x00, registeredDelivery: 0 },
        // A code that has run out only confuses.
        validitySeconds: Math.max(60, Math.round(code.secondsLeft)),
      },
      job.signal,
    );
    if (outcome.kind === 'refused' && !isTemporaryStatus(outcome.status)) {
      throw new PermanentJobError(`refused with ${outcome.status}`);
    }
    if (outcome.kind !== 'accepted') throw new Error(`the SMSC did not take it: ${outcome.kind}`);
  }
}
