// The code by e-mail for a forgotten PIN: read when it is sent, in words that say what it is for; nobody's is not sent.
import { expect, test, vi } from 'vitest';
import { EmailNotSent } from '../../../src/messaging/email.ts';
import { createEmailCodeQueue } from '../../../src/messaging/email-code.ts';
import { PermanentJobError } from '../../../src/messaging/jobs.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';

const job = { id: 'ab000000-0000-8000-8000-000000000000', signal: new AbortController().signal };
const notice = { codeId: 'otc_1', accountId: 'acc_1' };

function queueWith({
  locale = 'fr',
  gone = false,
  used = false,
}: {
  locale?: 'fr' | 'en';
  gone?: boolean;
  used?: boolean;
}) {
  const send = vi.fn(async (_email: { to: string; subject: string; text: string }) => {});
  const queue = createEmailCodeQueue({
    email: { send },
    texts: createMessageTexts(),
    openCode: async () => (used ? undefined : { digits: '000123', secondsLeft: 420 }),
    findMailbox: async () => (gone ? undefined : { address: 'alice@exemple.test', locale }),
  });
  return { queue, send };
}

test.each(['fr', 'en'] as const)(
  'in %s it says what it is for, how long it lives and who must not have it (X71)',
  async (locale) => {
    const { queue, send } = queueWith({ locale });
    await queue.handle(notice, job);
    const { to, subject, text } = send.mock.calls[0]![0];
    expect(to).toBe('alice@exemple.test');
    expect(subject).toMatch(/code/);
    expect(subject).not.toContain('000123');
    expect(text).toMatch(/000123\n[\s\S]*\b7 minutes/);
    expect(text).toContain('Mobile Connect');
    expect(text).toMatch(locale === 'fr' ? /qui vous le demande/ : /whoever asks you/);
    expect(text).not.toMatch(/https?:|undefined|<%/);
  },
);

test('nobody, an account that has gone and a code that counts no more get none (A45, X66)', async () => {
  const cases = [queueWith({}), queueWith({ gone: true }), queueWith({ used: true })];
  await cases[0]!.queue.handle({ ...notice, accountId: null }, job);
  for (const { queue } of cases.slice(1)) await queue.handle(notice, job);
  for (const { send } of cases) expect(send).not.toHaveBeenCalled();
});

test('a job that carries digits is refused', () => {
  const { queue } = queueWith({});
  expect(queue.schema.safeParse(notice).success).toBe(true);
  expect(queue.schema.safeParse({ ...notice, digits: '000123' }).success).toBe(false);
});

test('an address that will never take it is not tried again', async () => {
  const { queue, send } = queueWith({});
  send.mockRejectedValueOnce(new EmailNotSent('refused', true));
  await expect(queue.handle(notice, job)).rejects.toBeInstanceOf(PermanentJobError);
  send.mockRejectedValueOnce(new EmailNotSent('unreachable', false));
  await expect(queue.handle(notice, job)).rejects.not.toBeInstanceOf(PermanentJobError);
});
