// Messages with a code: what they say, when they are sent, and that no job holds the digits.
import { expect, test, vi } from 'vitest';
import { type Msisdn, parseMsisdn } from '../../../src/identifiers.ts';
import { createCodeQueue } from '../../../src/messaging/code-messages.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';

const texts = createMessageTexts();
const message = { key: 'pin-reset-code', requester: 'Exemple Télécom' } as const;
const job = { id: '5a000000-0000-8000-8000-000000000000', signal: new AbortController().signal };

function queueWith({ code, gone = false }: { code?: { digits: string; secondsLeft: number }; gone?: boolean }) {
  const submit = vi.fn(async () => ({ kind: 'accepted', messageId: '1' }) as const);
  const msisdn: Msisdn = parseMsisdn('+33639980001');
  const queue = createCodeQueue({
    smsc: { submit },
    texts,
    openCode: async () => code,
    findNumber: async () => (gone ? undefined : { msisdn, locale: 'fr' }),
  });
  return { queue, submit };
}

test.each(['fr', 'en'] as const)(
  'in %s it says what it is for, who asked and that nobody else may know (X71)',
  (locale) => {
    const text = texts.renderCode(message, { digits: '000123', minutes: 10 }, locale);
    expect(text).toMatch(/^000123/);
    expect(text).toContain('Exemple Télécom');
    expect(text).toMatch(locale === 'fr' ? /changer le code secret Mobile Connect/ : /changes the Mobile Connect PIN/);
    expect(text).toMatch(locale === 'fr' ? /10 min\. Ne le donnez à personne/ : /10 min\. Give it to nobody/);
    expect(text).not.toMatch(/https?:|www\.|undefined|\n/);
    expect(text.length).toBeLessThanOrEqual(160);
  },
);

test('a code is sent for as long as it lives, with its leading zeros', async () => {
  const { queue, submit } = queueWith({ code: { digits: '000123', secondsLeft: 420 } });
  await queue.handle({ codeId: 'otc_1', lineId: 'lin_1', message }, job);
  expect(submit).toHaveBeenCalledWith(
    expect.objectContaining({ destination: '+33639980001', validitySeconds: 420 }),
    job.signal,
  );
});

test('a code that was replaced, a line that has gone and nobody at all get no SMS (A45, X66)', async () => {
  const code = { digits: '000123', secondsLeft: 420 };
  const replaced = queueWith({});
  await replaced.queue.handle({ codeId: 'otc_1', lineId: 'lin_1', message }, job);
  const gone = queueWith({ code, gone: true });
  await gone.queue.handle({ codeId: 'otc_1', lineId: 'lin_1', message }, job);
  const nobody = queueWith({ code });
  await nobody.queue.handle({ codeId: 'otc_1', lineId: null, message }, job);
  for (const { submit } of [replaced, gone, nobody]) expect(submit).not.toHaveBeenCalled();
});

test('a job that carries digits is refused', () => {
  const { queue } = queueWith({});
  expect(queue.schema.safeParse({ codeId: 'otc_1', lineId: 'lin_1', message }).success).toBe(true);
  expect(queue.schema.safeParse({ codeId: 'otc_1', lineId: 'lin_1', message, digits: '000123' }).success).toBe(false);
});

test.each(['fr', 'en'] as const)(
  'C19 X71 in %s the code for a contract names who asks, what giving it away allows, and until when',
  (locale) => {
    const asked = { key: 'attach-code', requester: 'E*** M***' } as const;
    const text = texts.renderCode(asked, { digits: '000123', minutes: 10 }, locale);
    expect(text).toMatch(/^000123.*E\*\*\* M\*\*\*/);
    expect(text).toMatch(
      locale === 'fr' ? /gérer votre contrat.*l'autorise.*10 min/ : /manage your contract.*allows it.*10 min/,
    );
    expect(text).not.toMatch(/https?:|www\.|undefined|\n/);
    expect(text.length).toBeLessThanOrEqual(160);
  },
);

test.each(['fr', 'en'] as const)('X49 in %s the code of a change says whose it is, and fits one SMS', (locale) => {
  const asked = { key: 'confirmation-code', requester: 'Exemple Télécom' } as const;
  const text = texts.renderCode(asked, { digits: '000123', minutes: 10 }, locale);
  expect(text).toMatch(/^000123.*Exemple Télécom.*10 min/);
  expect(text.length).toBeLessThanOrEqual(160);
});
