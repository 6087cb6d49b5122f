// What the applet takes for a request: fixed part, tags, texts. Everything else is result 09, and never a crash.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeRequest, OP, parseRequest } from '../../../sim-simulator/applet-message.ts';
import { aRequest, octetsOf } from './provider-end.ts';

const fixed = (changes: { head?: number; op?: number; flags?: number; ttl?: number } = {}) => {
  const octets = Buffer.alloc(21);
  octets.writeUInt8(changes.head ?? 0x12, 0);
  octets.writeUInt8(changes.op ?? OP.authenticate, 1);
  octets.writeUInt8(changes.flags ?? 0x03, 2);
  octets.writeUInt16BE(changes.ttl ?? 120, 3);
  octetsOf('challenge', 16).copy(octets, 5);
  return octets;
};
const request = (tlvs: string, changes: Parameters<typeof fixed>[0] = {}) =>
  parseRequest(Buffer.concat([fixed(changes), Buffer.from(tlvs.replaceAll(' ', ''), 'hex')]));

describe('fixed part', () => {
  test('under 21 octets there is nothing to answer', () => {
    expect(parseRequest(fixed().subarray(0, 20))).toEqual({ kind: 'unanswerable' });
    expect(parseRequest(fixed()).kind).toBe('request');
  });

  test.each([
    ['version 2', { head: 0x22 }],
    ['proof 0', { head: 0x10 }],
    ['proof 3', { head: 0x13 }],
    ['proof 1 where the PIN is needed', { head: 0x11 }],
    ['proof 1 for ENROL', { head: 0x11, op: OP.enrol, flags: 0 }],
    ['proof 1 for PIN_CHANGE', { head: 0x11, op: OP.pinChange, flags: 0 }],
    ['operation 00', { op: 0x00 }],
    ['operation 06, which is not built', { op: 0x06 }],
    ['operation 0A', { op: 0x0a }],
    ['flag 40', { flags: 0x41 }],
    ['flag 80', { flags: 0x81 }],
    ['code both shown and typed', { flags: 0x23 }],
    ['9 seconds', { ttl: 9 }],
    ['901 seconds', { ttl: 901 }],
    ['CANCEL without a target', { head: 0x11, op: OP.cancel, flags: 0 }],
  ])('%s is a bad request that names its challenge', (_name, changes) => {
    expect(request('', changes)).toMatchObject({ kind: 'bad', challenge: octetsOf('challenge', 16) });
  });

  test.each([
    ['10 seconds', { ttl: 10 }],
    ['900 seconds', { ttl: 900 }],
    ['all other flags', { flags: 0x3d }],
  ])('%s is right', (_name, changes) => {
    expect(request('', changes).kind).toBe('request');
  });
});

describe('tags', () => {
  test.each([
    ['a zero length', 'C1 00'],
    ['a length beyond the end', 'C1 05 00 41'],
    ['a tag without length', 'C1'],
    ['the same tag twice', 'C1 02 00 41 C1 02 00 41'],
    ['a descending order', 'C2 02 00 41 C1 02 00 41'],
    ['C4 before C6', 'C4 08 0000000000000000 C6 04 00000001'],
    ['a language of three letters', '42 03 656E67'],
    ['a language of digits', '42 02 3131'],
    ['a text without characters', 'C1 01 00'],
    ['an unknown coding of a text', 'C1 02 04 41'],
    ['UCS-2 cut in half', 'C1 02 08 41'],
    ['UCS-2 with surrogates', 'C1 05 08 D83D DE00'],
    ['the hash of a text outside AUTHORIZE', `C3 20 ${'00'.repeat(32)}`],
    ['PIN rules outside ENROL and PIN_RESET', 'C5 02 0300'],
    ['a target outside CANCEL', `C7 10 ${'00'.repeat(16)}`],
    ['an administrative number of 3 octets', 'C6 03 000001'],
    ['an authority of 7 octets', 'C4 07 00000000000000'],
    ['an unknown tag that must be understood', 'C8 01 00'],
    ['another one', 'FF 01 00'],
  ])('%s is a bad request', (_name, tlvs) => {
    expect(request(tlvs).kind).toBe('bad');
  });

  test.each([
    ['too few tries', 'C5 02 0100'],
    ['too many tries', 'C5 02 0600'],
    ['one octet', 'C5 01 03'],
  ])('PIN rules with %s are a bad request', (_name, tlvs) => {
    expect(request(tlvs, { op: OP.enrol, flags: 1 }).kind).toBe('bad');
  });

  test('other unknown tags are passed over, in their order', () => {
    const parsed = request('41 01 00 42 02 6672 43 01 00 81 02 0000 C1 02 00 41');
    expect(parsed).toMatchObject({ kind: 'request', request: { language: 'fr', serviceName: 'A' } });
    expect(request('43 01 00 42 02 6672').kind).toBe('bad');
  });

  test('lengths from 80 on are plain lengths, never the BER form', () => {
    const text = Buffer.alloc(0x81, 0x41);
    text[0] = 0x08;
    const parsed = parseRequest(Buffer.concat([fixed(), Buffer.of(0xc2, 0x81), text]));
    expect(parsed).toMatchObject({ kind: 'request', request: { message: '\u4141'.repeat(64) } });
  });
});

test('what is encoded is read back, whatever the texts', () => {
  const texts = fc.string({ minLength: 1, maxLength: 60, unit: fc.constantFrom(...'Aé€ê{ç 9\nœ') });
  fc.assert(
    fc.property(texts, texts, (serviceName, message) => {
      const sent = aRequest('texts', { serviceName, message });
      const parsed = parseRequest(encodeRequest(sent));
      expect(parsed).toMatchObject({ kind: 'request', request: { serviceName, message } });
    }),
  );
});

test('10,000 random byte strings are read without a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (octets) => {
      expect(['request', 'bad', 'unanswerable']).toContain(parseRequest(Buffer.from(octets)).kind);
    }),
    { numRuns: 10_000 },
  );
});
