// The queue of messages about a new contact: its code, which goes there, and the notice to the one before. A job names
// the change; addresses and digits are read when it is sent.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import type { Msisdn } from '../identifiers.ts';
import type { EmailSender } from './email.ts';
import { deliverEmail, deliverSms, type JobTry, lifeOfCode, type OpenCode } from './job-delivery.ts';
import type { JobQueue } from './jobs.ts';
import type { Smsc } from './smsc.ts';
import type { EmailMessage, MessageTexts, SmsMessage } from './texts.ts';

const contactNotice = z.strictObject({
  changeId: z.string().min(1).max(100),
  /** Null: not the code, but the notice to the contact that was there before. */
  codeId: z.string().min(1).max(100).nullable(),
});
export type ContactNotice = z.infer<typeof contactNotice>;

/** Of one change; `storage/contacts.ts` finds it. */
interface Recipients {
  readonly medium: 'email' | 'mobile';
  readonly value: string;
  readonly former: string | null;
  readonly verifiedAt: Date | null;
  readonly other: string | null;
  readonly locale: Locale;
  readonly timeZone?: string;
}

export interface ContactQueueOptions {
  readonly smsc: Pick<Smsc, 'submit'>;
  readonly email: Pick<EmailSender, 'send'>;
  readonly texts: Pick<MessageTexts, 'renderSms' | 'renderEmail'>;
  readonly openCode: OpenCode;
  readonly findRecipients: (changeId: string) => Promise<Recipients | undefined>;
}

interface Letter {
  readonly medium: 'email' | 'mobile';
  readonly to: string;
  readonly message: SmsMessage & EmailMessage;
  readonly validitySeconds: number;
}

/** Makes the queue `contact` for `createJobs`. */
export function createContactQueue(options: ContactQueueOptions): JobQueue<ContactNotice> {
  return { schema: contactNotice, handle: (notice, job) => send(options, notice, job) };
}

async function send(options: ContactQueueOptions, { changeId, codeId }: ContactNotice, job: JobTry): Promise<void> {
  const found = await options.findRecipients(changeId);
  if (found === undefined) return;
  const letter = codeId === null ? noticeOf(found) : await codeOf(options, found, codeId);
  if (letter === undefined) return;
  const { smsc, email, texts } = options;
  const { to, message, validitySeconds } = letter;
  const { locale, timeZone } = found;
  if (letter.medium === 'email') {
    await deliverEmail(email, { to, ...texts.renderEmail(message, locale, timeZone) });
  } else {
    // A mobile contact was parsed before it was written.
    const destination = to as Msisdn;
    await deliverSms(smsc, { destination, text: texts.renderSms(message, locale, timeZone), validitySeconds }, job);
  }
}

async function codeOf(options: ContactQueueOptions, found: Recipients, codeId: string): Promise<Letter | undefined> {
  const code = await options.openCode(codeId);
  if (code === undefined) return undefined;
  const { digits, secondsLeft } = code;
  const { minutes, validitySeconds } = lifeOfCode(secondsLeft);
  const { medium, value: to } = found;
  return { medium, to, message: { key: 'contact-code', digits, minutes }, validitySeconds };
}

const daySeconds = 86_400;

/** Whoever was reachable there before hears of it; where there was nobody, by the other medium. */
function noticeOf({ medium, former, other, verifiedAt }: Recipients): Letter | undefined {
  const to = former ?? other;
  if (to === null || verifiedAt === null) return undefined;
  const opposite = medium === 'email' ? 'mobile' : 'email';
  const message = { key: 'contact-changed' as const, at: verifiedAt.toISOString(), kind: medium };
  return { medium: former === null ? opposite : medium, to, message, validitySeconds: daySeconds };
}
