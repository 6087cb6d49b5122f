// Messages about a new contact: the code goes there, the notice to the one before, and nothing where nobody is.
import { expect, test } from 'vitest';
import { type ContactQueueOptions, createContactQueue } from '../../../src/messaging/contact-queue.ts';
import { EmailNotSent } from '../../../src/messaging/email.ts';
import { PermanentJobError } from '../../../src/messaging/jobs.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';

type Recipients = NonNullable<Awaited<ReturnType<ContactQueueOptions['findRecipients']>>>;

const change: Recipients = {
  ...{ medium: 'email', value: 'neuve@exemple.test', former: 'ancienne@exemple.test', other: '+33639980001' },
  ...{ verifiedAt: new Date('2026-03-01T08:00:00Z'), locale: 'fr' },
};
const job = { id: '0a1b', signal: new AbortController().signal };

function open(found: Recipients | undefined, more: Partial<ContactQueueOptions> = {}) {
  const mails: { to: string; text: string }[] = [];
  const texts: { to: string; length: number }[] = [];
  const queue = createContactQueue({
    smsc: {
      submit: async ({ destination, body }) => {
        texts.push({ to: destination, length: body.length });
        return { kind: 'accepted', messageId: '1' };
      },
    },
    email: { send: async ({ to, subject, text }) => void mails.push({ to, text: `${subject}\n${text}` }) },
    texts: createMessageTexts(),
    openCode: async () => ({ digits: '123456', secondsLeft: 600 }),
    findRecipients: async () => found,
    ...more,
  });
  const send = (codeId: string | null) => queue.handle({ changeId: 'cnt_1', codeId }, job as never);
  return { send, mails, texts };
}

test('the code goes to the new address only', async () => {
  const { send, mails, texts } = open(change);
  await send('otc_1');
  expect(mails).toMatchObject([{ to: 'neuve@exemple.test', text: expect.stringContaining('123456') }]);
  expect(texts).toEqual([]);
});

test('the code of a new number goes there by SMS', async () => {
  const { send, mails, texts } = open({ ...change, medium: 'mobile', value: '+33639980009' });
  await send('otc_1');
  expect([mails, texts]).toMatchObject([[], [{ to: '+33639980009' }]]);
});

test('the notice goes to the contact before, without the new one in it', async () => {
  const { send, mails } = open(change);
  await send(null);
  expect(mails.map(({ to }) => to)).toEqual(['ancienne@exemple.test']);
  expect(mails[0]?.text).not.toContain('neuve');
});

test('where there was none, the other contact hears of it; where there is none at all, nobody', async () => {
  const first = open({ ...change, former: null });
  await first.send(null);
  expect(first.texts.map(({ to }) => to)).toEqual(['+33639980001']);
  const alone = open({ ...change, former: null, other: null });
  await alone.send(null);
  const gone = open(undefined);
  await gone.send('otc_1');
  const late = open(change, { openCode: async () => undefined });
  await late.send('otc_1');
  expect([...alone.mails, ...gone.mails, ...late.mails]).toEqual([]);
});

test('what cannot ever be delivered is given up, everything else is tried again', async () => {
  const refusing = (permanent: boolean) =>
    open(change, {
      email: {
        send: async () => {
          throw new EmailNotSent('refused', permanent);
        },
      },
    });
  await expect(refusing(true).send('otc_1')).rejects.toThrow(PermanentJobError);
  await expect(refusing(false).send('otc_1')).rejects.toThrow(EmailNotSent);
});
