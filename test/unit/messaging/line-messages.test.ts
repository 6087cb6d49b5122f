// The messages about lines and SIMs: short, without links, in both languages, once for each recipient.
import { describe, expect, test } from 'vitest';
import type { AccountId } from '../../../src/identifiers.ts';
import { createLineNotices } from '../../../src/messaging/line-notices.ts';
import { encodeSmsText } from '../../../src/messaging/sms-text.ts';
import { createMessageTexts, type EmailMessage, type SmsMessage } from '../../../src/messaging/texts.ts';
import type { Tx } from '../../../src/storage/database.ts';

const texts = createMessageTexts();
const at = '2026-11-22T12:05:00Z';
const line = '+33 6 39 98 ** 01';
const smsMessages: SmsMessage[] = [
  { key: 'sim-ordered' },
  { key: 'sim-change' },
  { key: 'new-sim', enrolled: true },
  { key: 'new-sim', enrolled: false },
  { key: 'line-reactivated' },
  { key: 'hold-started', until: at },
  { key: 'hold-ended' },
];
const emails: EmailMessage[] = [
  { key: 'line-suspended', at, line },
  { key: 'line-reactivated', at, line },
  { key: 'sim-not-activated', at, line },
  { key: 'sim-change', at, line, enrolled: true },
  { key: 'sim-change', at, line, enrolled: false },
  { key: 'number-changed', line, enrolled: true },
  { key: 'number-changed', line, enrolled: false },
  { key: 'line-terminated', at, line },
  { key: 'puk-shown', at, line },
  { key: 'hold-started', until: at, line },
  { key: 'hold-ended', line },
];

describe.each(['fr', 'en'] as const)('in %s', (locale) => {
  test.each(smsMessages)('“$key” is one SMS in GSM-7 without a link', (message) => {
    const text = texts.renderSms(message, locale);
    const encoded = encodeSmsText(text, 0);
    expect(encoded, `${text} (${text.length})`).toMatchObject({ encoding: 'gsm7', parts: [expect.anything()] });
    expect(text).not.toMatch(/https?:|www\.|undefined|<%|\n|\d{5}/);
  });

  test.each(emails)('“$key” is an e-mail that names the line, masked, and has no link', (message) => {
    const { subject, text } = texts.renderEmail(message, locale);
    expect(subject).toMatch(/^[^\n]{10,70}$/);
    expect(text).toContain(line);
    if ('at' in message) expect(text).toContain('13:05');
    expect(`${subject}${text}`).not.toMatch(/https?:|www\.|undefined|<%|\n{4}/);
  });

  test('only those who had a PIN are asked to choose it again (a27)', () => {
    const words = (enrolled: boolean) => texts.renderSms({ key: 'new-sim', enrolled }, locale);
    expect(words(true)).toContain('Mobile Connect');
    expect(words(false)).not.toContain('Mobile Connect');
  });
});

describe('the notices', () => {
  const told = async (tell: (notices: ReturnType<typeof createLineNotices>) => Promise<void>) => {
    const jobs: string[] = [];
    const notices = createLineNotices({
      enqueue: async (_tx, queue, { eventId }) => jobs.push(`${queue} ${eventId}`) > 0,
    });
    await tell(notices);
    return jobs;
  };
  // The notices only hand the transaction on.
  const tx = { getExecutor() {} } as unknown as Tx;
  const accounts = ['acc_1', 'acc_2'] as AccountId[];
  const event = { lineId: 'lin_1', line, eventId: 'e1', accounts, at: new Date(at) };

  test('a change of the SIM is told to the old one, the new one and each account, once', async () => {
    expect(await told((notices) => notices.simChanging(tx, event))).toEqual(['sms sim-change:e1']);
    expect(await told((notices) => notices.simOrdered(tx, event))).toEqual(['sms sim-ordered:e1']);
    const jobs = await told((notices) => notices.simChanged(tx, { ...event, enrolled: true }));
    expect(jobs).toEqual(['sms new-sim:e1', 'email sim-change:e1:acc_1', 'email sim-change:e1:acc_2']);
  });

  test('X62 nothing is sent to a phone that may be stolen', async () => {
    expect(await told((notices) => notices.lineSuspended(tx, event))).toEqual([
      'email line-suspended:e1:acc_1',
      'email line-suspended:e1:acc_2',
    ]);
    expect(await told((notices) => notices.simNotActivated(tx, event))).toEqual([
      'email sim-not-activated:e1:acc_1',
      'email sim-not-activated:e1:acc_2',
    ]);
  });
});
