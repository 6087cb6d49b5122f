// Codes that open an account: to whom they go, when they are not sent, and that no job holds digits, address or number.
import { describe, expect, test, vi } from 'vitest';
import { type AccountCode, type CodeRecipient, createAccountCodeQueue } from '../../../src/messaging/account-code.ts';
import { EmailNotSent } from '../../../src/messaging/email.ts';
import { PermanentJobError } from '../../../src/messaging/jobs.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';

const texts = createMessageTexts();
const job = { id: '5a000000-0000-8000-8000-000000000000', signal: new AbortController().signal };
const code = { digits: '000123', secondsLeft: 420 };
const notice: AccountCode = {
  ...{ codeId: 'otc_1', purpose: 'password-reset', medium: 'email', recipient: 'acc_1', requester: 'Exemple Télécom' },
};

function queueWith(to: CodeRecipient | undefined, { isVoid = false } = {}) {
  const submit = vi.fn(async () => ({ kind: 'accepted', messageId: '1' }) as const);
  const send = vi.fn(async (_mail: { to: string; subject: string; text: string }) => {});
  const findRecipient = vi.fn(async () => to);
  const queue = createAccountCodeQueue({
    ...{ smsc: { submit }, email: { send }, texts, findRecipient },
    openCode: async () => (isVoid ? undefined : code),
  });
  return { queue, submit, send, findRecipient };
}

const mailbox = { value: 'someone@exemple.test', locale: 'fr' } as const;
const number = { value: '+33639980001', locale: 'en' } as const;

describe('a code', () => {
  test.each(['password-reset', 'account'] as const)('of %s goes to the mailbox, in its language', async (purpose) => {
    const { queue, send, submit } = queueWith(mailbox);
    await queue.handle({ ...notice, purpose }, job);
    expect(send).toHaveBeenCalledWith(expect.objectContaining({ to: mailbox.value }));
    const { subject, text } = send.mock.calls[0]![0];
    expect(subject).toMatch(purpose === 'account' ? /ouvrir un compte/ : /nouveau mot de passe/);
    expect(text).toContain('000123');
    expect(text).toContain('7 minutes');
    expect(`${subject}${text}`).not.toMatch(/https?:|www\.|undefined|<%/);
    expect(submit).not.toHaveBeenCalled();
  });

  test.each(['password-reset', 'account'] as const)(
    'of %s goes to the number for as long as it lives',
    async (purpose) => {
      const { queue, send, submit } = queueWith(number);
      await queue.handle({ ...notice, purpose, medium: 'mobile' }, job);
      const expected = expect.objectContaining({ destination: number.value, validitySeconds: 420 });
      expect(submit).toHaveBeenCalledWith(expected, job.signal);
      expect(send).not.toHaveBeenCalled();
    },
  );

  test('is not sent to nobody, to whoever has gone, or when it counts no more', async () => {
    const nobody = queueWith(mailbox);
    await nobody.queue.handle({ ...notice, recipient: null }, job);
    expect(nobody.findRecipient).not.toHaveBeenCalled();
    const gone = queueWith(undefined);
    await gone.queue.handle(notice, job);
    const voided = queueWith(mailbox, { isVoid: true });
    await voided.queue.handle(notice, job);
    for (const { send, submit } of [nobody, gone, voided]) {
      expect([send.mock.calls, submit.mock.calls]).toEqual([[], []]);
    }
  });

  test('is no part of the message to a mailbox that has an account (C06)', async () => {
    const { queue, send } = queueWith({ ...mailbox, known: true });
    await queue.handle({ ...notice, purpose: 'account' }, job);
    const { subject, text } = send.mock.calls[0]![0];
    expect(subject).toBe('Vous avez déjà un compte');
    expect(text).not.toMatch(/\d{6}/);
  });

  test('that a mail server refuses for good is not tried again', async () => {
    const { queue, send } = queueWith(mailbox);
    send.mockRejectedValue(new EmailNotSent('refused', true));
    await expect(queue.handle(notice, job)).rejects.toThrow(PermanentJobError);
  });
});

test('a job holds neither digits nor address', () => {
  const { queue } = queueWith(mailbox);
  expect(queue.schema.safeParse(notice).success).toBe(true);
  for (const more of [{ digits: '000123' }, { to: mailbox.value }]) {
    expect(queue.schema.safeParse({ ...notice, ...more }).success).toBe(false);
  }
});

test.each(['fr', 'en'] as const)('SMS about passwords in %s are one SMS each, without a link', (locale) => {
  const requester = 'Exemple Télécom';
  const said = [
    texts.renderCode({ key: 'password-reset-code', requester }, { digits: '000123', minutes: 10 }, locale),
    texts.renderCode({ key: 'account-code', requester }, { digits: '000123', minutes: 10 }, locale),
    texts.renderSms({ key: 'password-changed', at: '2026-01-01T12:05:00Z' }, locale),
  ];
  for (const text of said) {
    expect(text.length).toBeLessThanOrEqual(160);
    expect(text).not.toMatch(/https?:|www\.|undefined|\n/);
  }
});
