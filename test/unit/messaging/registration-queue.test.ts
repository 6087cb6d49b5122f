// What goes out about a registration: the code to the number on file, one word a day to whoever has registered, and
// exactly one SMS and one e-mail at the end, without a secret.
import { beforeEach, expect, test } from 'vitest';
import type { AccountId, Msisdn } from '../../../src/identifiers.ts';
import {
  createRegistrationNotices,
  createRegistrationQueue,
  type RegistrationMessage,
  type RegistrationRecipient,
} from '../../../src/messaging/registration-queue.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';

const number = '+23059990202' as Msisdn;
const sms: { to: string; text: string }[] = [];
const emails: { to: string; subject: string; text: string }[] = [];
let recipient: RegistrationRecipient | undefined;
let digits: string | undefined;

const queue = createRegistrationQueue({
  smsc: {
    async submit({ destination, body }) {
      sms.push({ to: destination, text: body.toString('latin1') });
      return { kind: 'accepted', messageId: '1' };
    },
  },
  email: { send: async (content) => void emails.push(content) },
  texts: createMessageTexts(),
  openCode: async () => (digits === undefined ? undefined : { digits, secondsLeft: 900 }),
  findRecipient: async () => recipient,
  findRegistered: async () => ({ number, address: 'anya@exemple.test', locale: 'en', timeZone: 'Indian/Mauritius' }),
});
const handle = (message: RegistrationMessage) =>
  queue.handle(message, { id: '00000000-0000-8000-8000-000000000000', signal: new AbortController().signal });

const at = '2026-11-22T11:19:00.000Z';
const code = {
  about: 'code',
  registrationId: 'reg_1',
  codeId: 'otc_1',
  requester: 'Ile',
  tellOwner: true,
  at,
} as const;

beforeEach(() => {
  sms.length = 0;
  emails.length = 0;
  recipient = { number, locale: 'en', isRegistered: false, timeZone: 'Indian/Mauritius' };
  digits = '407560';
});

test('E05 the code goes by SMS to the number on file, and names whose page asks for what', async () => {
  await handle(code);
  expect(sms).toEqual([{ to: number, text: expect.stringMatching(/^407560: .*registers your account.*Ile.*15 min/) }]);
  expect(emails).toEqual([]);
});

test('nothing goes out where there is nothing to register, nor when the code counts no more', async () => {
  recipient = undefined;
  await handle(code);
  recipient = { number, locale: 'en', isRegistered: false };
  digits = undefined;
  await handle(code);
  expect(sms).toEqual([]);
});

test('f10 whoever has registered gets a word at her own time, and no code', async () => {
  recipient = { number, locale: 'en', isRegistered: true, timeZone: 'Indian/Mauritius' };
  await handle({ ...code, tellOwner: false });
  expect(sms).toEqual([]);
  await handle(code);
  expect(sms).toEqual([{ to: number, text: expect.stringContaining('22 Nov at 15:19') }]);
  expect(sms[0]?.text).not.toContain('407560');
});

test('E07 the end is told by exactly one SMS and one e-mail, with no secret inside', async () => {
  const jobs: { payload: RegistrationMessage; eventId: string }[] = [];
  const notices = createRegistrationNotices({
    enqueue: async (_tx, _queue, job) => {
      jobs.push(job as (typeof jobs)[number]);
      return true;
    },
  });
  const event = { accountId: 'acc_1' as AccountId, requester: 'Ile', at: new Date(at) };
  await notices.registered({ getExecutor: () => ({}) } as never, event);
  expect(new Set(jobs.map(({ eventId }) => eventId)).size).toBe(2);
  for (const { payload } of jobs) await handle(payload);
  expect(sms).toEqual([{ to: number, text: expect.stringContaining('registered for online self-care') }]);
  expect(emails).toEqual([
    expect.objectContaining({ to: 'anya@exemple.test', subject: 'Your registration is confirmed' }),
  ]);
  expect([...sms, ...emails].map(({ text }) => text).join()).not.toMatch(/\d{6}/);
});
