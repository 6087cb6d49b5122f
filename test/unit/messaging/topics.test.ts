// What a customer switched off does not come; what is about her security comes in any case (B45).
import { expect, test } from 'vitest';
import { createNoticeQueues } from '../../../src/messaging/notices.ts';
import { topicOf } from '../../../src/messaging/topics.ts';

function open(wants: boolean) {
  const asked: string[] = [];
  const sent: string[] = [];
  const { email } = createNoticeQueues({
    smsc: { submit: async () => ({ kind: 'accepted', messageId: '1' }) },
    email: { send: async ({ subject }) => void sent.push(subject) },
    texts: { renderEmail: ({ key }: { key: string }) => ({ subject: key, text: '' }) } as never,
    findNumber: async () => undefined,
    findMailbox: async () => ({ address: 'a@exemple.test', locale: 'fr' }),
    wants: async (_account, topic) => {
      asked.push(topic);
      return wants;
    },
  });
  const send = (key: string) => email.handle({ accountId: 'acc_1', message: { key } } as never, {} as never);
  return { send, asked, sent };
}

test('an e-mail of a topic that was switched off is not sent', async () => {
  const { send, asked, sent } = open(false);
  await send('order');
  expect({ asked, sent }).toEqual({ asked: ['orders'], sent: [] });
});

test('one that is wanted is', async () => {
  const { send, sent } = open(true);
  await send('order');
  expect(sent).toEqual(['order']);
});

test('an order of a proxy is told in any case', () => {
  expect([topicOf({ key: 'order', by: 'proxy' }), topicOf({ key: 'order', by: 'holder' })]).toEqual([
    undefined,
    'orders',
  ]);
});

test.each(['password-login', 'contact-changed', 'bank-details-changed', 'proxy-ended', 'sim-change', 'anything new'])(
  '%s cannot be switched off',
  async (key) => {
    const { send, asked, sent } = open(false);
    await send(key);
    expect([topicOf({ key }), asked, sent]).toEqual([undefined, [], [key]]);
  },
);
