// Answers of the applet: the vectors, every way in which an answer may be false, and random octets by the thousand.
import { createECDH, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aesCmac } from '../../../src/messaging/aes-cmac.ts';
import {
  type AnswerCheck,
  appletResults,
  expectedProof,
  parseAnswer,
  verifyAnswer,
} from '../../../src/messaging/applet-answer.ts';
import { applet } from './vectors.ts';

const scope = { iccidOctets: applet.iccid, tar: applet.tar, keyVersion: applet.keyVersion[0]! };
const kpinPublic = applet.kpin.publicKeyCompressed;
const kpinPrivate = privateKey(applet.kpin.privateKey);
const authenticate = applet.requests[0]!;
const pinRequest = { op: 'authenticate', flags: 0x03 } as const;
const okRequest = { op: 'authenticate', flags: 0x02 } as const;
const enrolRequest = { op: 'enrol', flags: 0x21 } as const;

const storedRequests: Record<string, { op: 'authenticate' | 'authorize' | 'enrol'; flags: number }> = {
  'user cancelled, three tries left': pinRequest,
  'PIN blocked': pinRequest,
  'OK clicked': okRequest,
  'approved with the PIN after one wrong': pinRequest,
  enrolled: enrolRequest,
};
const outcomes: Record<string, object> = {
  'user cancelled, three tries left': {
    result: 'cancelled',
    mss: 401,
    triesLeft: 3,
    wrongPins: 0,
    provedBy: 'device-key',
  },
  'PIN blocked': { result: 'blocked', mss: 402, triesLeft: 0, wrongPins: 3, provedBy: 'device-key' },
  'OK clicked': { result: 'approved', mss: 500, triesLeft: 3, wrongPins: 0, provedBy: 'device-key' },
  'approved with the PIN after one wrong': {
    result: 'approved',
    mss: 500,
    triesLeft: 3,
    wrongPins: 1,
    provedBy: 'pin-key',
  },
  enrolled: { result: 'approved', triesLeft: 3, provedBy: 'pin-key', newKey: kpinPublic },
};

function privateKey(d: Buffer): KeyObject {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: d.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
}

function compressed(key: KeyObject): Buffer {
  const { x, y } = createPublicKey(key).export({ format: 'jwk' });
  const parity = Buffer.from(y!, 'base64url')[31]! & 1;
  return Buffer.concat([Buffer.of(2 + parity), Buffer.from(x!, 'base64url')]);
}

function aCheck(change: Partial<AnswerCheck> = {}): AnswerCheck {
  return {
    ...scope,
    request: pinRequest,
    requestSha256: authenticate.sha256,
    kdev: applet.kdev,
    kpinPublic,
    answer: anAnswer(),
    ...change,
  };
}

interface AnswerParts {
  op?: number;
  result?: number;
  tries?: number;
  counter?: number;
  signer?: KeyObject;
  kdev?: Buffer;
  mac?: boolean;
  label?: string;
  key?: Buffer;
  head?: number;
  sha256?: Buffer;
  hideKeyFromMac?: boolean;
}

/** An answer as a card would make it: signed by the PIN's key unless `mac` is asked for. */
function anAnswer(parts: AnswerParts = {}): Buffer {
  const { mac = false, op = 2, result = 0, tries = 0x03, counter = 5, key = Buffer.alloc(0) } = parts;
  const head = Buffer.of(
    parts.head ?? (mac ? 0x11 : 0x12),
    0x80 | op,
    result,
    tries,
    0,
    0,
    0,
    counter,
    0,
    0x11,
    0x22,
    0x33,
  );
  return Buffer.concat([head, aProof({ ...parts, key }, head), key]);
}

function aProof(parts: AnswerParts & { key: Buffer }, head: Buffer): Buffer {
  const { mac = false, key, kdev = applet.kdev, signer = kpinPrivate, sha256 = authenticate.sha256 } = parts;
  const label = Buffer.from(parts.label ?? (key.length > 0 && !mac ? 'MIDE1' : 'MIDA1'));
  const scoped = [label, applet.iccid, applet.tar, applet.keyVersion, sha256, head];
  const input = Buffer.concat(parts.hideKeyFromMac ? scoped : [...scoped, key]);
  const t = aesCmac(kdev, input);
  if (mac) return t;
  return sign('sha256', key.length > 0 ? Buffer.concat([input, t]) : input, { key: signer, dsaEncoding: 'ieee-p1363' });
}

describe('an answer', () => {
  test.each(applet.answers)('of the vector “$name” is proven', ({ name, request, answer }) => {
    const { sha256 } = applet.requests.find(({ data }) => data.equals(request))!;
    const check = aCheck({
      request: storedRequests[name]!,
      requestSha256: sha256,
      answer,
      kpinPublic: name === 'enrolled' ? undefined : kpinPublic,
    });
    expect(verifyAnswer(check)).toMatchObject({ kind: 'valid', ...outcomes[name] });
    expect(parseAnswer(answer)).toMatchObject({ kind: 'answer', challengePrefix: request.subarray(5, 9) });
  });

  test.each(appletResults.map((entry, code) => ({ code, ...entry })).slice(1))(
    '$code is “$name”, MACed by the device key',
    ({ code, name, mss }) => {
      const answer = anAnswer({ mac: true, result: code });
      expect(verifyAnswer(aCheck({ answer }))).toMatchObject({
        kind: 'valid',
        result: name,
        mss,
        provedBy: 'device-key',
      });
    },
  );

  test('of an applet that is not enrolled has no tries', () => {
    const answer = anAnswer({ mac: true, result: 5, tries: 0xff });
    expect(verifyAnswer(aCheck({ answer }))).toMatchObject({ result: 'not-enrolled', triesLeft: null, wrongPins: 0 });
  });

  test('to STATUS may bring the key, under the MAC', () => {
    const request = { op: 'status', flags: 0 } as const;
    const answer = anAnswer({ mac: true, op: 7, key: kpinPublic });
    expect(answer).toHaveLength(61);
    expect(verifyAnswer(aCheck({ request, answer }))).toMatchObject({ kind: 'valid', newKey: kpinPublic });
    const without = anAnswer({ mac: true, op: 7 });
    expect(verifyAnswer(aCheck({ request, answer: without }))).toMatchObject({ kind: 'valid' });
    const exchanged = anAnswer({ mac: true, op: 7, key: kpinPublic, hideKeyFromMac: true });
    expect(verifyAnswer(aCheck({ request, answer: exchanged }))).toEqual({ kind: 'rejected', reason: 'proof' });
  });

  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

  test.each<[string, string, AnswerParts, Partial<AnswerCheck>?]>([
    ['X19: signed by another SIM’s key', 'proof', { signer: stranger }],
    ['MACed by another device key', 'proof', { mac: true, result: 1, kdev: Buffer.alloc(16) }],
    ['to another request', 'proof', { sha256: Buffer.alloc(32) }],
    ['approved with the PIN, but only MACed', 'proof-kind', { mac: true }],
    ['cancelled, but signed', 'proof-kind', { result: 1 }],
    ['approved by click, but signed', 'proof-kind', {}, { request: okRequest }],
    ['to another op', 'op', { op: 3 }],
    ['to an op that is not known', 'op', { op: 6 }],
    ['with a result that is not known', 'result', { result: 0x0d, mac: true }],
    ['with more tries than any policy allows', 'tries', { tries: 0x06 }],
    ['with applet counter 0', 'counter', { counter: 0 }],
    ['with another version', 'version', { head: 0x22 }],
    ['with an octet 0 that does not go with its length', 'length', { head: 0x11 }],
    ['to AUTHENTICATE with a key', 'key', { key: kpinPublic }],
    ['from a SIM whose key is not known', 'no-known-key', {}, { kpinPublic: undefined }],
    ['from a SIM whose stored key is no point', 'key', {}, { kpinPublic: Buffer.alloc(33, 0xff) }],
    ['for another ICCID', 'proof', {}, { iccidOctets: Buffer.alloc(10, 1) }],
    ['for another TAR', 'proof', {}, { tar: Buffer.alloc(3, 1) }],
    ['for another key version', 'proof', {}, { keyVersion: 2 }],
  ])('%s is rejected: %s', (_, reason, parts, change = {}) => {
    expect(verifyAnswer(aCheck({ answer: anAnswer(parts), ...change }))).toEqual({ kind: 'rejected', reason });
  });

  test('is rejected after any change of one bit', () => {
    for (const answer of [anAnswer(), anAnswer({ mac: true, result: 1 })]) {
      for (let bit = 0; bit < answer.length * 8; bit++) {
        const changed = Buffer.from(answer);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(verifyAnswer(aCheck({ answer: changed })).kind, `bit ${bit}`).toBe('rejected');
      }
    }
  });
});

describe('an enrolment', () => {
  const cardKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const enrolment = (parts: AnswerParts = {}) =>
    anAnswer({ op: 1, key: compressed(cardKey), signer: cardKey, ...parts });
  const judge = (answer: Buffer) => verifyAnswer(aCheck({ request: enrolRequest, answer, kpinPublic: undefined }));

  test('brings a key made on the card', () => {
    expect(judge(enrolment())).toMatchObject({
      kind: 'valid',
      op: 'enrol',
      newKey: compressed(cardKey),
      provedBy: 'pin-key',
    });
  });

  test('by one who holds the packet keys but not the device key is rejected', () => {
    expect(judge(enrolment({ kdev: Buffer.alloc(16, 9) }))).toEqual({ kind: 'rejected', reason: 'proof' });
  });

  test('with a key that its sender cannot sign with is rejected', () => {
    expect(judge(enrolment({ key: kpinPublic }))).toEqual({ kind: 'rejected', reason: 'proof' });
  });

  test('with a point that is not on the curve is rejected', () => {
    expect(judge(enrolment({ key: Buffer.concat([Buffer.of(2), Buffer.alloc(32, 0xff)]) }))).toEqual({
      kind: 'rejected',
      reason: 'key',
    });
    expect(judge(enrolment({ key: Buffer.concat([Buffer.of(4), Buffer.alloc(32, 1)]) }))).toEqual({
      kind: 'rejected',
      reason: 'key',
    });
  });

  test('signed under the label of an ordinary answer is rejected', () => {
    expect(judge(enrolment({ label: 'MIDA1' }))).toEqual({ kind: 'rejected', reason: 'proof' });
  });

  test('without a key is rejected', () => {
    expect(judge(anAnswer({ op: 1 }))).toEqual({ kind: 'rejected', reason: 'key' });
  });

  test('that failed brings no key and is MACed', () => {
    expect(judge(anAnswer({ op: 1, mac: true, result: 0x0a, tries: 0xff }))).toMatchObject({
      kind: 'valid',
      result: 'pin-refused',
      triesLeft: null,
    });
  });
});

describe('the expected proof', () => {
  test('is a signature for an approval with the PIN, a MAC for all else', () => {
    expect(expectedProof(pinRequest, 'approved')).toBe(0x12);
    expect(expectedProof(pinRequest, 'blocked')).toBe(0x11);
    expect(expectedProof(okRequest, 'approved')).toBe(0x11);
    expect(expectedProof({ op: 'pin-change', flags: 0 }, 'approved')).toBe(0x12);
  });
});

test('10,000 random answers are never accepted and never throw', () => {
  const head = anAnswer().subarray(0, 12);
  const length = fc.constantFrom(28, 61, 76, 109);
  const shaped = fc.tuple(length, fc.uint8Array({ minLength: 109, maxLength: 109 })).map(([size, octets]) => {
    const answer = Buffer.from(octets.subarray(0, size));
    head.copy(answer);
    answer[0] = size < 70 ? 0x11 : 0x12;
    answer[2] = size === 28 ? 1 : 0;
    return answer;
  });
  const anything = fc.uint8Array({ maxLength: 140 }).map((octets) => Buffer.from(octets));
  const request = fc.constantFrom(pinRequest, okRequest, enrolRequest, { op: 'status', flags: 0 } as const);
  fc.assert(
    fc.property(fc.oneof(anything, shaped), request, (answer, stored) => {
      return verifyAnswer(aCheck({ answer, request: stored })).kind === 'rejected';
    }),
    { numRuns: 10_000 },
  );
});
