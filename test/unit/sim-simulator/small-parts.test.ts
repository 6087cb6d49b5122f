// The small pure parts: validity periods, receipts, alphabets of ordinary SMS, keys and screens, the event log.

import { describe, expect, test } from 'vitest';
import { generateKpin, isKpinScalar } from '../../../sim-simulator/applet-answer.ts';
import { receiptText, wantsReceipt } from '../../../sim-simulator/delivery-receipt.ts';
import { createEventLog } from '../../../sim-simulator/event-log.ts';
import { takesKey } from '../../../sim-simulator/screen.ts';
import { isForTheCard, readableText } from '../../../sim-simulator/short-message.ts';
import { createTimers } from '../../../sim-simulator/timers.ts';
import { parseUserData } from '../../../sim-simulator/user-data.ts';
import { expiryOf } from '../../../sim-simulator/validity-period.ts';

const now = new Date('2026-03-01T12:00:00Z');

describe('validity period', () => {
  test.each([
    ['000000000130000R', '2026-03-01T12:01:30.000Z'],
    ['000002000000000R', '2026-03-03T12:00:00.000Z'],
    ['010000000000000R', '2026-03-08T12:00:00.000Z'],
    ['260301121500500+', '2026-03-01T12:15:00.500Z'],
    ['260301131500004+', '2026-03-01T12:15:00.000Z'],
    ['260301111500004-', '2026-03-01T12:15:00.000Z'],
    ['260301115900000+', '2026-03-01T11:59:00.000Z'],
    ['', '2026-03-02T12:00:00.000Z'],
  ])('"%s" ends at %s', (period, end) => {
    expect(expiryOf(period, now)?.toISOString()).toBe(end);
  });

  test.each(['0', 'tomorrow', '000000000130000', '00000000013000xR', '0000000001300000R'])(
    '"%s" is no time',
    (period) => {
      expect(expiryOf(period, now)).toBeUndefined();
    },
  );
});

test('a receipt names id, times and state as every ESME reads them', () => {
  const facts = {
    messageId: 'abc',
    state: 'DELIVRD',
    submittedAt: now,
    doneAt: new Date('2026-03-01T12:05:00Z'),
  } as const;
  expect(receiptText(facts)).toBe(
    'id:abc sub:001 dlvrd:001 submit date:2603011200 done date:2603011205 stat:DELIVRD err:000 text:',
  );
});

test.each([
  [0x00, false, false],
  [0x01, true, true],
  [0x02, false, true],
  [0x11, true, true],
  [0x10, false, false],
])('registered_delivery %i wants a receipt for success: %s, for failure: %s', (asked, success, failure) => {
  expect([wantsReceipt(asked, 'DELIVRD'), wantsReceipt(asked, 'EXPIRED')]).toEqual([success, failure]);
});

describe('data coding', () => {
  test.each([
    [0x00, '40', '¡'],
    [0xf1, '40', '¡'],
    [0x01, '40', '@'],
    [0x03, 'e9', 'é'],
    [0x08, '00e9', 'é'],
    [0x08, '00', '[1 octets]'],
    [0x04, '0102', '[2 octets]'],
    [0xf5, '0102', '[2 octets]'],
    [0xc8, '0102', '[2 octets]'],
  ])('%i shows %s as "%s"', (dataCoding, body, text) => {
    expect(readableText(dataCoding, Buffer.from(body, 'hex'))).toBe(text);
  });

  test.each([
    [0x7f, 0xf6, true],
    [0x7f, 0x16, true],
    [0x7f, 0x00, false],
    [0x7f, 0xf5, false],
    [0x00, 0xf6, false],
  ])('protocol %i with coding %i is for the card: %s', (protocolId, dataCoding, wanted) => {
    const message = { from: '1', hasHeader: false, userData: Buffer.alloc(0), protocolId, dataCoding };
    expect(isForTheCard(message)).toBe(wanted);
  });
});

test.each([['00'], ['0270'], ['03700001'], ['ff00']])(
  'a header that does not fit (%s) is read as it can be',
  (octets) => {
    const parsed = parseUserData(Buffer.from(octets, 'hex'));
    expect(parsed === undefined || parsed.elements.length === 0).toBe(true);
  },
);

test('a PIN is taken where a PIN is asked, and on the text before it', () => {
  const screen = { title: '', text: '', referenceCode: null };
  const pin = { kind: 'pin', digits: '4071' } as const;
  expect(takesKey({ ...screen, kind: 'pin' }, pin)).toBe(true);
  expect(takesKey({ ...screen, kind: 'new-pin' }, pin)).toBe(true);
  expect(takesKey({ ...screen, kind: 'text', leadsToPin: true }, pin)).toBe(true);
  expect(takesKey({ ...screen, kind: 'text' }, pin)).toBe(false);
  expect(takesKey({ ...screen, kind: 'confirm' }, pin)).toBe(false);
});

test('a signing key is drawn again until it lies in the order of the curve', () => {
  const draws = [Buffer.alloc(32), Buffer.alloc(32, 0xff), Buffer.alloc(32, 0x11)];
  expect(generateKpin(() => draws.shift() ?? Buffer.alloc(32, 0x22))).toBe('11'.repeat(32));
  expect(isKpinScalar('00'.repeat(32))).toBe(false);
  expect(isKpinScalar('zz'.repeat(32))).toBe(false);
  expect(isKpinScalar('11')).toBe(false);
});

test('the event log numbers on, keeps the last thousand, and tells its listeners until they leave', async () => {
  const log = createEventLog(() => now);
  const heard: number[] = [];
  const leave = log.listen(({ seq }) => heard.push(seq));
  for (let count = 0; count < 2500; count += 1) {
    log.emit('tick');
  }
  await Promise.resolve();
  leave();
  log.emit('tick');
  await Promise.resolve();
  expect(heard).toHaveLength(2500);
  expect(log.since(0)).toHaveLength(1000);
  expect(log.since(2500)).toMatchObject([{ seq: 2501, type: 'tick', at: '2026-03-01T12:00:00.000Z' }]);
});

test('a timer that was called off, or whose simulator has stopped, does not fire', async () => {
  const timers = createTimers();
  const fired: string[] = [];
  timers.after(1, () => fired.push('called off'))();
  await new Promise<void>((resolve) => timers.after(2, resolve));
  timers.after(1, () => fired.push('stopped'));
  timers.stop();
  const other = createTimers();
  await new Promise<void>((resolve) => other.after(3, resolve));
  expect(fired).toEqual([]);
});
