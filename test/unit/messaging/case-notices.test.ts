// The message that a case was opened: one SMS to the verified contact mobile, else an e-mail, never both, never twice.
import { expect, test } from 'vitest';
import { createCaseQueue } from '../../../src/messaging/case-notices.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';

const texts = createMessageTexts();
const at = new Date('2026-03-01T08:00:00Z');
const mobile = '+33639980001';
const job = { id: '0a000000-0000-8000-8000-000000000000', signal: new AbortController().signal };
type Found = { mobile: string | null; email: string | null; locale: 'fr' | 'en'; told: boolean; at: Date };

function aQueue(found: Found | undefined, outcome: object = { kind: 'accepted', messageId: '1' }) {
  const sms: { destination: string }[] = [];
  const emails: { to: string; subject: string }[] = [];
  const told: string[] = [];
  const queue = createCaseQueue({
    texts,
    smsc: {
      async submit(message) {
        sms.push(message);
        return outcome as never;
      },
    },
    email: { send: async (content) => void emails.push(content) },
    findRecipient: async () => found as never,
    markTold: async (id) => void told.push(id),
  });
  return { send: () => queue.handle({ caseId: 'cas_1' }, job), sms, emails, told };
}
const reachable: Found = { mobile, email: 'a@exemple.test', locale: 'fr', told: false, at };

test('B44 it goes by SMS to the contact mobile, and is noted', async () => {
  const { send, sms, emails, told } = aQueue(reachable);
  await send();
  expect(sms).toMatchObject([{ destination: mobile }]);
  expect([emails, told]).toEqual([[], ['cas_1']]);
});

test('without a verified mobile it goes by e-mail; without either, or an account, to nobody', async () => {
  const mailed = aQueue({ ...reachable, mobile: null, locale: 'en' });
  await mailed.send();
  expect(mailed.emails).toMatchObject([{ to: 'a@exemple.test', subject: 'Your case is in good hands' }]);
  const nobody = aQueue({ ...reachable, mobile: null, email: null });
  await nobody.send();
  expect([nobody.sms, nobody.emails]).toEqual([[], []]);
  const gone = aQueue(undefined);
  await gone.send();
  expect(gone.told).toEqual([]);
});

test('B44 what was sent is not sent again; what the SMSC did not take is tried again', async () => {
  const again = aQueue({ ...reachable, told: true });
  await again.send();
  expect(again.sms).toEqual([]);
  const down = aQueue(reachable, { kind: 'not-connected' });
  await expect(down.send()).rejects.toThrow('did not take it');
  expect(down.told).toEqual([]);
});

test('the SMS fits one part in both languages and names nobody', () => {
  for (const locale of ['fr', 'en'] as const) {
    const text = texts.renderSms({ key: 'case-opened', at: at.toISOString() }, locale);
    expect(text.length).toBeLessThanOrEqual(160);
    expect(text).toMatch(locale === 'fr' ? /du 01\/03 est prise en charge/ : /of 1 Mar\. Follow/);
  }
});
