// The texts to customers: what they say, that they carry no link, and how many SMS each takes.
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeSmsText } from '../../../src/messaging/sms-text.ts';
import { createMessageTexts, emailMessage, type SmsMessage, smsMessage } from '../../../src/messaging/texts.ts';

const texts = createMessageTexts();
const winterNoon = '2026-11-22T12:05:00Z';
const messages: SmsMessage[] = [
  { key: 'password-login', at: winterNoon, clientName: 'Espace client', deviceLabel: 'Firefox, Windows' },
  { key: 'mc-locked', until: winterNoon },
  { key: 'fraud-reported', clientName: 'Exemple Boutique' },
  { key: 'wrong-pins', clientName: 'Exemple Boutique', count: 2 },
];
const emails = [
  { key: 'password-login', at: winterNoon, clientName: 'Espace client', deviceLabel: 'Firefox, Windows' },
  { key: 'fraud-reported', at: winterNoon, clientName: 'Exemple Boutique' },
] as const;
const cases = messages.flatMap((message) => [
  { key: message.key, locale: 'fr' as const, message },
  { key: message.key, locale: 'en' as const, message },
]);

describe('an SMS to a customer', () => {
  test.each(cases)('“$key” in $locale is one SMS in GSM-7 with usual names', ({ message, locale }) => {
    const text = texts.renderSms(message, locale);
    expect(encodeSmsText(text, 0), `${text} (${text.length})`).toMatchObject({
      encoding: 'gsm7',
      parts: [expect.anything()],
    });
  });

  test.each(cases)('“$key” in $locale has no link and no unfilled place', ({ message, locale }) => {
    const text = texts.renderSms(message, locale);
    expect(text).not.toMatch(/https?:|www\.|undefined|<%|\n|\d{5}/);
  });

  test('A40: the alert of a password login has time, client name and coarse device', () => {
    expect(texts.renderSms(messages[0]!, 'fr')).toBe(
      "Connexion à votre compte avec le mot de passe le 22/11 à 13:05 : Espace client, Firefox, Windows. Si ce n'est pas vous, changez-le et appelez-nous.",
    );
    expect(texts.renderSms(messages[0]!, 'en')).toContain('on 22 Nov at 13:05: Espace client, Firefox, Windows.');
  });

  test('tells the time of the customer’s zone, in summer too', () => {
    const summer: SmsMessage = { key: 'mc-locked', until: '2026-07-01T22:30:00Z' };
    expect(texts.renderSms(summer, 'fr')).toContain('02/07 à 00:30');
    expect(createMessageTexts({ timeZone: 'Indian/Mauritius' }).renderSms(summer, 'en')).toContain('2 Jul at 02:30');
  });

  test('takes a name as it is, on one line and not too long', () => {
    const text = texts.renderSms({ key: 'fraud-reported', clientName: 'R&D <b>\n"Bât"\u202e' }, 'fr');
    expect(text).toContain('(R&D <b> "Bât")');
    const long = texts.renderSms({ key: 'fraud-reported', clientName: 'x'.repeat(200) }, 'en');
    expect(long).toContain(`(${'x'.repeat(27)}...)`);
  });

  test('with a name outside GSM-7 is UCS-2 and takes three SMS: said to those who name clients', () => {
    const text = texts.renderSms({ key: 'fraud-reported', clientName: 'Hôpital' }, 'fr');
    expect(encodeSmsText(text, 0)).toMatchObject({ encoding: 'ucs2', parts: { length: 3 } });
  });
});

describe('an e-mail to a customer', () => {
  test.each(emails)('“$key” has a subject, a text and no link in both languages', (message) => {
    for (const locale of ['fr', 'en'] as const) {
      const { subject, text } = texts.renderEmail(message, locale);
      expect(subject).toMatch(/^[^\n]{10,70}$/);
      expect(text).toContain('13:05');
      expect(text).toContain(message.clientName);
      expect(`${subject}${text}`).not.toMatch(/https?:|www\.|undefined|<%/);
    }
  });
});

describe('the catalogue', () => {
  test.each(['sms', 'email'] as const)(
    'of %s has a template in each language for each message, and no other',
    (channel) => {
      const schema = channel === 'sms' ? smsMessage : emailMessage;
      const keys = schema.options.map((option) => option.shape.key.value);
      const files = readdirSync(new URL(`../../../views/messages/${channel}/`, import.meta.url));
      expect(files.sort()).toEqual(keys.flatMap((key) => [`${key}.en.eta`, `${key}.fr.eta`]).sort());
    },
  );

  test('refuses parameters of another message', () => {
    expect(smsMessage.safeParse({ key: 'mc-locked', until: 'tomorrow' }).success).toBe(false);
    expect(smsMessage.safeParse({ key: 'wrong-pins', clientName: 'x', count: 1 }).success).toBe(false);
    expect(smsMessage.safeParse({ key: 'mc-locked', until: winterNoon, pin: '4071' }).success).toBe(false);
  });
});
