// Sends the message of a job, by e-mail or SMS: what the server or the SMSC refuses for good is not tried again.
import type { Locale } from '../i18n.ts';
import type { Msisdn } from '../identifiers.ts';
import { type EmailContent, EmailNotSent, type EmailSender } from './email.ts';
import { PermanentJobError } from './jobs.ts';
import { encodeSmsText } from './sms-text.ts';
import { isTemporaryStatus, type Smsc } from './smsc.ts';

/** The try that sends. */
export interface JobTry {
  readonly id: string;
  readonly signal: AbortSignal;
}

/** The digits of a code; undefined when it was used, voided or has expired. */
export type OpenCode = (codeId: string) => Promise<{ digits: string; secondsLeft: number } | undefined>;

/** Where an account gets its e-mail; undefined when it has gone or has no verified address. */
export type FindMailbox = (
  accountId: string,
) => Promise<{ address: string; locale: Locale; timeZone?: string } | undefined>;

/** The minutes that a message gives a code, and how long the SMSC tries: one that has run out only confuses. */
export function lifeOfCode(secondsLeft: number): { minutes: number; validitySeconds: number } {
  return { minutes: Math.max(1, Math.round(secondsLeft / 60)), validitySeconds: Math.max(60, Math.round(secondsLeft)) };
}

/** Sends an e-mail. Throws PermanentJobError when it is refused for good, EmailNotSent otherwise. */
export async function deliverEmail(email: Pick<EmailSender, 'send'>, content: EmailContent): Promise<void> {
  try {
    await email.send(content);
  } catch (error) {
    throw error instanceof EmailNotSent && error.permanent ? new PermanentJobError(error.fault) : error;
  }
}

/** Sends an SMS, in as many parts as it needs. Throws PermanentJobError when it is refused for good. */
export async function deliverSms(
  smsc: Pick<Smsc, 'submit'>,
  { text, ...where }: { readonly destination: Msisdn; readonly text: string; readonly validitySeconds: number },
  job: JobTry,
): Promise<void> {
  // A repeat has the same reference, so that phones join its parts with those that came before.
  const reference = Number.parseInt(job.id.slice(0, 2), 16);
  const { parts, esmClass, dataCoding } = encodeSmsText(text, reference);
  for (const body of parts) {
    const message = { ...where, body, esmClass, dataCoding, protocolId: 0x00, registeredDelivery: 0 } as const;
    const outcome = await smsc.submit(message, job.signal);
    if (outcome.kind === 'refused' && !isTemporaryStatus(outcome.status)) {
      throw new PermanentJobError(`refused with ${outcome.status}`);
    }
    if (outcome.kind !== 'accepted') throw new Error(`the SMSC did not take it: ${outcome.kind}`);
  }
}
