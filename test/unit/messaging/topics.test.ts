// What a customer switched off does not come; what is about her security comes in any case (B45).
import { expect, test } from 'vitest';
import { parseMsisdn } from '../../../src/identifiers.ts';
import { createNoticeQueues } from '../../../src/messaging/notices.ts';
import { createShortQueue } from '../../../src/messaging/short-notices.ts';
import type { Submission } from '../../../src/messaging/smsc.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';
import { topicOf } from '../../../src/messaging/topics.ts';

function open(channels: readonly ('email' | 'sms')[]) {
  const short: string[] = [];
  const asked: string[] = [];
  const sent: string[] = [];
  const { email } = createNoticeQueues({
    smsc: { submit: async () => ({ kind: 'accepted', messageId: '1' }) },
    email: { send: async ({ subject }) => void sent.push(subject) },
    texts: { renderEmail: ({ key }: { key: string }) => ({ subject: key, text: '' }) } as never,
    findNumber: async () => undefined,
    findMailbox: async () => ({ address: 'a@exemple.test', locale: 'fr' }),
    channelsFor: async (_account, topic) => {
      asked.push(topic);
      return channels;
    },
    sendShort: async ({ message }, eventId) => void short.push(`${message.key} ${eventId}`),
  });
  const send = (key: string) =>
    email.handle({ accountId: 'acc_1', message: { key } } as never, { id: 'job_1' } as never);
  return { send, asked, sent, short };
}

test('an e-mail of a topic that was switched off is not sent', async () => {
  const { send, asked, sent } = open([]);
  await send('order');
  expect({ asked, sent }).toEqual({ asked: ['orders'], sent: [] });
});

test('one that is wanted is', async () => {
  const { send, sent } = open(['email']);
  await send('order');
  expect(sent).toEqual(['order']);
});

test('one that is wanted by SMS is handed on under the name of its job, beside the e-mail or instead of it', async () => {
  const both = open(['email', 'sms']);
  await both.send('order');
  expect([both.sent, both.short]).toEqual([['order'], ['order job_1']]);
  const alone = open(['sms']);
  await alone.send('order');
  expect([alone.sent, alone.short]).toEqual([[], ['order job_1']]);
});

test.each(['fr', 'en'] as const)(
  'in %s the SMS is the subject of the e-mail with its sender, in one part',
  async (locale) => {
    const submitted: Submission[] = [];
    const { handle } = createShortQueue({
      smsc: {
        async submit(message) {
          submitted.push(message);
          return { kind: 'accepted', messageId: '1' };
        },
      },
      texts: createMessageTexts(),
      findMobile: async (id) =>
        id === 'acc_1' ? { msisdn: parseMsisdn('+33639980001'), locale, sender: 'Exemple Télécom' } : undefined,
    });
    const message = {
      key: 'order',
      at: '2026-11-22T12:05:00Z',
      state: 'done',
      by: 'holder',
      what: { fr: 'Europe', en: 'Europe' },
    } as const;
    const job = { id: 'ab000000-0000-8000-8000-000000000000', signal: new AbortController().signal };
    for (const accountId of ['acc_1', 'acc_gone']) await handle({ accountId, message }, job);
    expect(submitted).toMatchObject([{ destination: '+33639980001', dataCoding: 0, esmClass: 0 }]);
    const text = submitted[0]?.body.toString('latin1') ?? '';
    expect(text).toMatch(locale === 'fr' ? /Votre commande est termin/ : /Your order is /);
  },
);

test('an order of a proxy is told in any case', () => {
  expect([topicOf({ key: 'order', by: 'proxy' }), topicOf({ key: 'order', by: 'holder' })]).toEqual([
    undefined,
    'orders',
  ]);
});

test.each(['password-login', 'contact-changed', 'bank-details-changed', 'proxy-ended', 'sim-change', 'anything new'])(
  '%s cannot be switched off',
  async (key) => {
    const { send, asked, sent } = open([]);
    await send(key);
    expect([topicOf({ key }), asked, sent]).toEqual([undefined, [], [key]]);
  },
);
