// The queue of messages about registrations: the code, a word to whoever has registered already, and the two messages
// at the end. A job names a draft or an account; who gets what is looked up, and the digits are read, when it is sent.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import type { AccountId, Msisdn } from '../identifiers.ts';
import { sqlClientOf, type Tx } from '../storage/database.ts';
import type { EmailSender } from './email.ts';
import { deliverEmail, deliverSms, type JobTry, lifeOfCode, type OpenCode } from './job-delivery.ts';
import type { JobQueue, Jobs } from './jobs.ts';
import type { Smsc } from './smsc.ts';
import type { MessageTexts } from './texts.ts';

const id = z.string().min(1).max(100);
/** Whose page it is (X71). */
const requester = z.string().max(1000);
const at = z.iso.datetime();

const registrationMessage = z.discriminatedUnion('about', [
  z.strictObject({ about: z.literal('code'), registrationId: id, codeId: id, requester, tellOwner: z.boolean(), at }),
  z.strictObject({ about: z.literal('registered'), accountId: id, medium: z.enum(['sms', 'email']), requester, at }),
]);
export type RegistrationMessage = z.infer<typeof registrationMessage>;

/** Who stands behind the identifier of a draft. */
export interface RegistrationRecipient {
  /** On file; never one that was typed (E05). */
  readonly number: Msisdn;
  readonly locale: Locale;
  /** She has registered already, and gets no code. */
  readonly isRegistered: boolean;
  readonly timeZone?: string;
}

export interface RegistrationQueueOptions {
  readonly smsc: Pick<Smsc, 'submit'>;
  readonly email: Pick<EmailSender, 'send'>;
  readonly texts: Pick<MessageTexts, 'renderEmail' | 'renderCode' | 'renderSms'>;
  readonly openCode: OpenCode;
  /** Undefined where there is nothing to register, or no phone that a code may go to. */
  readonly findRecipient: (registrationId: string) => Promise<RegistrationRecipient | undefined>;
  /** Where a registered account is told of it; the address as it was given. */
  readonly findRegistered: (
    accountId: string,
  ) => Promise<{ number: Msisdn | null; address: string | null; locale: Locale; timeZone?: string } | undefined>;
}

/** Makes the queue `registration` for `createJobs`. */
export function createRegistrationQueue(options: RegistrationQueueOptions): JobQueue<RegistrationMessage> {
  return {
    ...{ schema: registrationMessage, lifeSeconds: 3_600 },
    handle: (message, job) =>
      message.about === 'code' ? sendCode(options, message, job) : sendRegistered(options, message, job),
  };
}

type About<Kind extends RegistrationMessage['about']> = Extract<RegistrationMessage, { about: Kind }>;

const noticeSeconds = 3_600;

async function sendCode(options: RegistrationQueueOptions, message: About<'code'>, job: JobTry): Promise<void> {
  const { smsc, texts, openCode, findRecipient } = options;
  const { requester: clientName, tellOwner } = message;
  const to = await findRecipient(message.registrationId);
  const code = await openCode(message.codeId);
  if (to === undefined) return;
  const { number: destination, locale, isRegistered, timeZone } = to;
  if (isRegistered) {
    if (!tellOwner) return;
    const text = texts.renderSms({ key: 'registration-tried', at: message.at, clientName }, locale, timeZone);
    return await deliverSms(smsc, { destination, text, validitySeconds: noticeSeconds }, job);
  }
  if (code === undefined) return;
  const { minutes, validitySeconds } = lifeOfCode(code.secondsLeft);
  const words = { key: 'registration-code', requester: clientName } as const;
  const text = texts.renderCode(words, { digits: code.digits, minutes }, locale);
  await deliverSms(smsc, { destination, text, validitySeconds }, job);
}

async function sendRegistered(
  { smsc, email, texts, findRegistered }: RegistrationQueueOptions,
  { accountId, medium, requester: clientName, at: moment }: About<'registered'>,
  job: JobTry,
): Promise<void> {
  const to = await findRegistered(accountId);
  if (to === undefined) return;
  const { number: destination, address, locale, timeZone } = to;
  const message = { key: 'registered', at: moment, clientName } as const;
  if (medium === 'email') {
    if (address !== null) await deliverEmail(email, { to: address, ...texts.renderEmail(message, locale, timeZone) });
  } else if (destination !== null) {
    const text = texts.renderSms(message, locale, timeZone);
    await deliverSms(smsc, { destination, text, validitySeconds: noticeSeconds }, job);
  }
}

type RegistrationJobs = Pick<Jobs<{ registration: RegistrationMessage }>, 'enqueue'>;

export interface RegistrationNotices {
  sendCode(
    tx: Tx,
    about: { codeId: string; registrationId: string; requester: string; tellOwner: boolean; at: Date },
  ): Promise<void>;
  /** One SMS and one e-mail (E07). */
  registered(tx: Tx, about: { accountId: AccountId; requester: string; at: Date }): Promise<void>;
}

/** Makes the notices over the queue: one job for each message, in the transaction of its event. */
export function createRegistrationNotices(jobs: RegistrationJobs): RegistrationNotices {
  const enqueue = async (tx: Tx, eventId: string, payload: RegistrationMessage): Promise<void> => {
    await jobs.enqueue(sqlClientOf(tx), 'registration', { payload, eventId });
  };
  return {
    async sendCode(tx, { at: moment, ...about }) {
      await enqueue(tx, about.codeId, { about: 'code', ...about, at: moment.toISOString() });
    },
    async registered(tx, { at: moment, ...about }) {
      for (const medium of ['sms', 'email'] as const) {
        const payload = { about: 'registered', ...about, medium, at: moment.toISOString() } as const;
        await enqueue(tx, `registered:${about.accountId}:${medium}`, payload);
      }
    },
  };
}
