// Bodies of our SMS and e-mails, from the templates in views/messages (catalogue: 4-api 4.14).
// Every message has its own parameters, parsed here, so that a job cannot carry anything else.
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import { accountEmails, accountSms } from './account-messages.ts';
import { billingEmails } from './billing-messages.ts';
import { caseEmails, caseSms } from './case-messages.ts';
import { contractEmails } from './contract-messages.ts';
import { lineEmails, lineSms } from './line-messages.ts';
import { mailboxEmails } from './mailbox-messages.ts';
import { orderEmails } from './order-messages.ts';
import { passwordEmails, passwordSms } from './password-messages.ts';
import { paymentEmails } from './payment-messages.ts';
import { selfCareEmails, selfCareSms } from './self-care-messages.ts';
import { serviceEmails } from './service-messages.ts';
import { usageEmails, usageSms } from './usage-messages.ts';

const moment = z.iso.datetime();
// Cut when it is shown, not refused here: an alert must not fail because a client has a long name.
const clientName = z.string().max(1000);

/** An SMS to a customer; times are ISO 8601 in UTC. */
export const smsMessage = z.discriminatedUnion('key', [
  z.strictObject({ key: z.literal('password-login'), at: moment, clientName, deviceLabel: z.string().max(200) }),
  z.strictObject({ key: z.literal('mc-locked'), until: moment }),
  z.strictObject({ key: z.literal('fraud-reported'), clientName }),
  z.strictObject({ key: z.literal('wrong-pins'), clientName, count: z.int().min(2).max(15) }),
  z.strictObject({ key: z.literal('requests-muted'), clientName, until: moment }),
  ...accountSms,
  ...caseSms,
  ...lineSms,
  ...passwordSms,
  ...selfCareSms,
  ...usageSms,
]);
export type SmsMessage = z.infer<typeof smsMessage>;

/** An SMS with a code; the digits are not part of what is kept. `requester`: whose page asked for it (X71). */
export const codeMessage = z.strictObject({
  key: z.enum([
    'pin-reset-code',
    'password-reset-code',
    'account-code',
    'attach-code',
    'registration-code',
    'confirmation-code',
  ]),
  requester: clientName,
});
export type CodeMessage = z.infer<typeof codeMessage>;

/** An e-mail to a customer. */
export const emailMessage = z.discriminatedUnion('key', [
  z.strictObject({ key: z.literal('password-login'), at: moment, clientName, deviceLabel: z.string().max(200) }),
  z.strictObject({ key: z.literal('fraud-reported'), at: moment, clientName }),
  z.strictObject({ key: z.literal('mc-pin-changed'), at: moment }),
  ...accountEmails,
  ...billingEmails,
  ...caseEmails,
  ...contractEmails,
  ...lineEmails,
  ...orderEmails,
  ...mailboxEmails,
  ...passwordEmails,
  ...paymentEmails,
  ...selfCareEmails,
  ...serviceEmails,
  ...usageEmails,
]);
export type EmailMessage = z.infer<typeof emailMessage>;

export interface MessageTexts {
  /** One line, no link. French texts keep to GSM-7 as long as the names in them do. `timeZone`: the recipient's own. */
  renderSms(message: SmsMessage, locale: Locale, timeZone?: string): string;
  renderCode(message: CodeMessage, code: { digits: string; minutes: number }, locale: Locale): string;
  renderEmail(
    message: EmailMessage,
    locale: Locale,
    timeZone?: string,
  ): { readonly subject: string; readonly text: string };
  /** The subject of an e-mail as one line of an SMS. */
  renderShort(message: EmailMessage, to: ShortReader): string;
}

/** Who reads it, and who sends it. */
export interface ShortReader {
  readonly locale: Locale;
  readonly sender: string;
  readonly timeZone?: string | undefined;
}

export interface MessageTextsOptions {
  /** The time zone of recipients of whom nothing else is known; default Europe/Paris. */
  readonly timeZone?: string;
  readonly folder?: URL;
}

/** Reads templates when they are first needed, and keeps them. */
export function createMessageTexts(options: MessageTextsOptions = {}): MessageTexts {
  const { timeZone: usual = 'Europe/Paris', folder = new URL('../../views/messages/', import.meta.url) } = options;
  // Plain text: escaping for HTML would put `&amp;` into messages.
  const eta = new Eta({ views: fileURLToPath(folder), autoEscape: false, autoTrim: false, cache: true });
  const renderEmail = (message: EmailMessage, locale: Locale, timeZone: string) => {
    const whole = eta.render(`./email/${message.key}.${locale}.eta`, paramsOf(message, { locale, timeZone })).trim();
    const end = whole.indexOf('\n');
    return { subject: whole.slice(0, end).trim(), text: `${whole.slice(end).trim()}\n` };
  };
  return {
    renderSms(message, locale, timeZone = usual) {
      return eta.render(`./sms/${message.key}.${locale}.eta`, paramsOf(message, { locale, timeZone })).trim();
    },
    renderCode({ key, requester }, { digits, minutes }, locale) {
      return eta.render(`./code/${key}.${locale}.eta`, { requester: shorten(requester), digits, minutes }).trim();
    },
    renderEmail: (message, locale, timeZone = usual) => renderEmail(message, locale, timeZone),
    renderShort(message, { locale, sender, timeZone = usual }) {
      const { subject } = renderEmail(message, locale, timeZone);
      // The curved one is not in the alphabet of SMS.
      return eta.render(`./short.${locale}.eta`, { sender, subject }).replaceAll('’', "'").trim();
    },
  };
}

/** Names come from elsewhere: one line each, and short enough that a text cannot be pushed out of its SMS. */
const longestName = 30;

/** What a template may ask for and its message does not have. */
const nothing = {
  ...{ count: 0, line: '', action: '', kind: '', by: '', how: '', account: '' },
  ...{ enrolled: false, last: false },
};

function paramsOf(message: SmsMessage | EmailMessage, place: { locale: Locale; timeZone: string }): object {
  const at = 'at' in message ? message.at : 'until' in message ? message.until : undefined;
  return {
    ...nothing,
    ...message,
    ...(at === undefined ? { day: '', time: '' } : dayAndTime(new Date(at), place)),
    client: 'clientName' in message ? shorten(message.clientName) : '',
    device: 'deviceLabel' in message ? shorten(message.deviceLabel) : '',
  };
}

function shorten(name: string): string {
  const line = name.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= longestName
    ? line
    : `${characters
        .slice(0, longestName - 3)
        .join('')
        .trimEnd()}...`;
}

// A month in letters where 02/03 could be read either way.
const dayFormats: Record<Locale, Intl.DateTimeFormatOptions> = {
  fr: { day: '2-digit', month: '2-digit' },
  en: { day: 'numeric', month: 'short' },
};

function dayAndTime(at: Date, { locale, timeZone }: { locale: Locale; timeZone: string }) {
  const tag = locale === 'fr' ? 'fr-FR' : 'en-GB';
  return {
    day: new Intl.DateTimeFormat(tag, { timeZone, ...dayFormats[locale] }).format(at),
    time: new Intl.DateTimeFormat(tag, { timeZone, hour: '2-digit', minute: '2-digit' }).format(at),
  };
}
