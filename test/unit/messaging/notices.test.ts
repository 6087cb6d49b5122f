// The queues of SMS and e-mails: from a line or account and a message to what the SMSC and the mail server get.
import { describe, expect, test } from 'vitest';
import { parseMsisdn } from '../../../src/identifiers.ts';
import { EmailNotSent } from '../../../src/messaging/email.ts';
import { PermanentJobError } from '../../../src/messaging/jobs.ts';
import { createNoticeQueues, type NoticeOptions, type SmsNotice } from '../../../src/messaging/notices.ts';
import type { Submission, SubmitOutcome } from '../../../src/messaging/smsc.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';

const job = { id: 'ab000000-0000-8000-8000-000000000000', signal: new AbortController().signal };
const locked: SmsNotice = { lineId: 'line-1', message: { key: 'mc-locked', until: '2026-11-22T12:05:00Z' } };
const ucs2: SmsNotice = { lineId: 'line-1', message: { key: 'fraud-reported', clientName: 'Hôpital' } };
const anEmail = {
  accountId: 'acc_1',
  message: { key: 'fraud-reported', at: '2026-11-22T12:05:00Z', clientName: 'Exemple' },
} as const;

const recipient = { msisdn: parseMsisdn('+33639980001'), locale: 'fr' } as const;

function queues(change: Partial<NoticeOptions> = {}, outcome: SubmitOutcome = { kind: 'accepted', messageId: '1' }) {
  const submitted: Submission[] = [];
  const sent: object[] = [];
  const made = createNoticeQueues({
    smsc: {
      async submit(message) {
        submitted.push(message);
        return outcome;
      },
    },
    email: { send: async (email) => void sent.push(email) },
    texts: createMessageTexts(),
    findNumber: async () => recipient,
    findMailbox: async () => ({ address: 'alice@exemple.test', locale: 'en' }),
    ...change,
  });
  return { ...made, submitted, sent };
}

describe('an SMS notice', () => {
  test('goes to the number of its line, in the language of its holder', async () => {
    const { sms, submitted } = queues();
    await sms.handle(locked, job);
    expect(submitted).toMatchObject([{ destination: '+33639980001', esmClass: 0, dataCoding: 0, protocolId: 0 }]);
    expect(submitted[0]!.body.toString('latin1')).toContain("jusqu'au 22/11");
  });

  test('tells the time that it is where its recipient is', async () => {
    const findNumber = async () => ({ ...recipient, timeZone: 'Indian/Mauritius' });
    const { sms, submitted } = queues({ findNumber });
    await sms.handle(locked, job);
    expect(submitted[0]!.body.toString('latin1')).toContain('16:05');
  });

  test('of several parts sends them in order, under a reference that a repeat has again', async () => {
    const { sms, submitted } = queues();
    await sms.handle(ucs2, job);
    await sms.handle(ucs2, job);
    const headers = submitted.map(({ body }) => body.toString('hex', 0, 6));
    expect(headers).toEqual([
      '050003ab0301',
      '050003ab0302',
      '050003ab0303',
      '050003ab0301',
      '050003ab0302',
      '050003ab0303',
    ]);
  });

  test('to a line that has gone is dropped', async () => {
    const { sms, submitted } = queues({ findNumber: async () => undefined });
    await sms.handle(locked, job);
    expect(submitted).toEqual([]);
  });

  test.each<[SubmitOutcome, boolean]>([
    [{ kind: 'refused', status: 0x0b }, true],
    [{ kind: 'refused', status: 0x58 }, false],
    [{ kind: 'unreachable' }, false],
    [{ kind: 'unknown' }, false],
  ])('that ends as %j is given up: %s', async (outcome, permanent) => {
    const { sms } = queues({}, outcome);
    const failed = await sms.handle(locked, job).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Error);
    expect(failed instanceof PermanentJobError).toBe(permanent);
  });

  test('carries nothing but what its message needs', () => {
    const { sms } = queues();
    expect(sms.schema.safeParse(locked).success).toBe(true);
    expect(sms.schema.safeParse({ ...locked, msisdn: '+33639980001' }).success).toBe(false);
    expect(sms.schema.safeParse({ ...locked, message: { key: 'unknown' } }).success).toBe(false);
  });
});

describe('an e-mail notice', () => {
  test('goes to the address of its account', async () => {
    const { email, sent } = queues();
    await email.handle(anEmail, job);
    expect(sent).toMatchObject([{ to: 'alice@exemple.test', subject: 'You reported a sign-in request' }]);
  });

  test('to an account without address is dropped', async () => {
    const { email, sent } = queues({ findMailbox: async () => undefined });
    await email.handle(anEmail, job);
    expect(sent).toEqual([]);
  });

  test.each([true, false])('that the server refuses for good (%s) is given up', async (permanent) => {
    const send = () => Promise.reject(new EmailNotSent('EENVELOPE 550', permanent));
    const { email } = queues({ email: { send } });
    const failed = await email.handle(anEmail, job).catch((error: unknown) => error);
    expect(failed instanceof PermanentJobError).toBe(permanent);
  });
});
