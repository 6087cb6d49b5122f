// AES-CMAC against RFC 4493, and the keys of a SIM derived with it.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { iccidOctets, parseIccid } from '../../../src/identifiers.ts';
import { aesCmac, constantTimeEqual } from '../../../src/messaging/aes-cmac.ts';
import { deriveSimKeys } from '../../../src/messaging/sim-keys.ts';
import { ota } from './vectors.ts';

describe('AES-CMAC', () => {
  test.each(ota.aes_cmac)('gives the MAC of $source', ({ key, message, mac }) => {
    expect(aesCmac(key, message).toString('hex')).toBe(mac.toString('hex'));
  });

  test('gives the published MACs for a 256-bit key (NIST CAVP form, SP 800-38B example D.3)', () => {
    const key = Buffer.from('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4', 'hex');
    expect(aesCmac(key, Buffer.alloc(0)).toString('hex')).toBe('028962f61b7bf89efc6b551f4667d983');
    const block = Buffer.from('6bc1bee22e409f96e93d7e117393172a', 'hex');
    expect(aesCmac(key, block).toString('hex')).toBe('28a7023f452e8f82bd4bf28d8c37c35c');
  });

  test('refuses a key of another length', () => {
    expect(() => aesCmac(Buffer.alloc(15), Buffer.alloc(0))).toThrow(RangeError);
  });

  test('leaves message and key as they were', () => {
    const key = Buffer.alloc(16, 1);
    const message = Buffer.alloc(32, 2);
    aesCmac(key, message);
    expect(key.equals(Buffer.alloc(16, 1)) && message.equals(Buffer.alloc(32, 2))).toBe(true);
  });

  test('changes with every bit of the message', () => {
    const key = Buffer.alloc(16, 7);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.nat(), (octets, position) => {
        const changed = Buffer.from(octets);
        const bit = position % (changed.length * 8);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        return !aesCmac(key, Buffer.from(octets)).equals(aesCmac(key, changed));
      }),
      { numRuns: 500 },
    );
  });
});

describe('constantTimeEqual', () => {
  test('is true for equal octets only', () => {
    const mac = createHmac('sha256', 'k').update('m').digest();
    expect(constantTimeEqual(mac, Buffer.from(mac))).toBe(true);
    expect(constantTimeEqual(mac, Buffer.alloc(32))).toBe(false);
    expect(constantTimeEqual(mac, mac.subarray(0, 8))).toBe(false);
    expect(constantTimeEqual(Buffer.alloc(0), mac)).toBe(false);
  });
});

describe('SIM keys', () => {
  const [vector] = ota.kdf;

  test('are those of the derivation vector', () => {
    const keys = deriveSimKeys(vector!.root, iccidOctets(parseIccid(vector!.iccidDigits)), vector!.keyVersion[0]!);
    expect(keys).toEqual({
      kic: vector!['MID KIc'],
      kid: vector!['MID KID'],
      kdev: vector!['MID Kdev'],
      kadm: vector!['MID Kadm'],
    });
  });

  test('differ for another key version and another SIM', () => {
    const first = deriveSimKeys(vector!.root, vector!.iccidOctets, 1);
    const otherVersion = deriveSimKeys(vector!.root, vector!.iccidOctets, 2);
    const otherSim = deriveSimKeys(vector!.root, Buffer.alloc(10, 9), 1);
    const all = [first, otherVersion, otherSim].flatMap((keys) =>
      Object.values(keys).map((key) => key.toString('hex')),
    );
    expect(new Set(all).size).toBe(12);
  });

  test.each([
    ['a short root', Buffer.alloc(16), Buffer.alloc(10), 1],
    ['an ICCID as digits', Buffer.alloc(32), Buffer.from('89330189674523018967'), 1],
    ['key version 0', Buffer.alloc(32), Buffer.alloc(10), 0],
    ['key version 256', Buffer.alloc(32), Buffer.alloc(10), 256],
  ])('are refused for %s', (_, root, iccid, keyVersion) => {
    expect(() => deriveSimKeys(root, iccid, keyVersion)).toThrow(RangeError);
  });
});
