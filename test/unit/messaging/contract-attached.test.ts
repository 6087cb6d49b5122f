// The e-mail about a contract that came into an area: what it says, and that its link lies in no job.
import { describe, expect, test } from 'vitest';
import { type ContractAttached, createContractAttachedQueue } from '../../../src/messaging/contract-attached.ts';
import { EmailNotSent } from '../../../src/messaging/email.ts';
import { PermanentJobError } from '../../../src/messaging/jobs.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';

const job = { id: '5a000000-0000-8000-8000-000000000000', signal: new AbortController().signal };
const notice: ContractAttached = {
  ...{ accountId: 'acc_david', proxyId: 'prx_1', relation: 'proxy', name: 'E*** M***' },
  ...{ at: '2026-11-22T12:05:00Z', kind: 'MOBILE', line: '+33 6 39 98 ** 04' },
};

function queueWith(
  locale: 'fr' | 'en' = 'fr',
  { fails, gone, brand = 'exemple' }: { fails?: EmailNotSent; gone?: boolean; brand?: string } = {},
) {
  const sent: { to: string; subject: string; text: string }[] = [];
  const queue = createContractAttachedQueue({
    email: {
      async send(email) {
        if (fails !== undefined) throw fails;
        sent.push(email);
      },
    },
    texts: createMessageTexts(),
    findMailbox: async () => (gone ? undefined : { address: 'david@exemple.test', locale, brand }),
    contestLink: (proxyId, brand) => `https://id.${brand}.test/proxy-contests/${proxyId}.mac`,
  });
  return { queue, sent };
}

describe('the e-mail to the holder', () => {
  test.each([
    ['fr', 'par procuration', 'contestez', '22/11 à 13:05'],
    ['en', 'by proxy', 'contest', '22 Nov at 13:05'],
  ] as const)('C16 in %s names who manages what since when, and how to contest', async (locale, ...words) => {
    const { queue, sent } = queueWith(locale);
    await queue.handle(notice, job);
    const [email] = sent;
    expect(email?.to).toBe('david@exemple.test');
    expect(email?.subject).toMatch(/^.{10,70}$/);
    for (const word of [...words, 'E*** M***', '+33 6 39 98 ** 04']) expect(email?.text).toContain(word);
    expect(email?.text).toMatch(/^ {2}https:\/\/id\.exemple\.test\/proxy-contests\/prx_1\.mac$/m);
    expect(email?.text).not.toMatch(/undefined|<%/);
  });

  test('C16 links to the issuer of the account’s brand', async () => {
    const { queue, sent } = queueWith('fr', { brand: 'ile' });
    await queue.handle(notice, job);
    expect(sent[0]?.text).toContain('https://id.ile.test/proxy-contests/prx_1.mac');
  });

  test('C01 of an own contract speaks of no proxy and has no link', async () => {
    for (const locale of ['fr', 'en'] as const) {
      const { queue, sent } = queueWith(locale);
      await queue.handle({ ...notice, relation: 'holder', proxyId: null }, job);
      expect(`${sent[0]?.subject}${sent[0]?.text}`).not.toMatch(/procuration|proxy|https?:/i);
    }
  });

  test('goes to nobody without an address; a refusal for good is not repeated', async () => {
    const { queue, sent } = queueWith('fr', { gone: true });
    await queue.handle(notice, job);
    expect(sent).toEqual([]);
    const refused = queueWith('fr', { fails: new EmailNotSent('EENVELOPE 550', true) });
    await expect(refused.queue.handle(notice, job)).rejects.toBeInstanceOf(PermanentJobError);
    const busy = queueWith('fr', { fails: new EmailNotSent('ECONNECTION', false) });
    await expect(busy.queue.handle(notice, job)).rejects.toBeInstanceOf(EmailNotSent);
  });

  test('has no link in its job', () => {
    const { queue } = queueWith();
    expect(queue.schema.safeParse(notice).success).toBe(true);
    expect(queue.schema.safeParse({ ...notice, link: 'https://id.exemple.test' }).success).toBe(false);
  });
});

test.each(['proxy', 'holder', 'user', 'contest', 'transfer'] as const)(
  'the end of a proxy by %s has its words',
  (by) => {
    const texts = createMessageTexts();
    const message = { key: 'proxy-ended', at: notice.at, kind: 'FIXE', line: '', by } as const;
    const [fr, en] = (['fr', 'en'] as const).map((locale) => texts.renderEmail(message, locale).text);
    expect(fr).toMatch(/13:05/);
    expect(en).toMatch(by === 'transfer' ? /another holder/ : by === 'contest' ? /contested/ : /proxy|removed/);
    expect(`${fr}${en}`).not.toMatch(/undefined|<%/);
  },
);
