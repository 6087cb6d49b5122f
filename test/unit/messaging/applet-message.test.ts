// Requests to the applet against the vectors, the rules of sim-channel 5.3, and the reference code.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { aesCmac } from '../../../src/messaging/aes-cmac.ts';
import { type AppletRequest, buildRequest, needsPin, referenceCode } from '../../../src/messaging/applet-message.ts';
import { applet } from './vectors.ts';

const challenge = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const otherChallenge = Buffer.from('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf', 'hex');
const authority = {
  number: 1,
  kadm: applet.kadm,
  iccidOctets: applet.iccid,
  tar: applet.tar,
  keyVersion: applet.keyVersion[0]!,
};

function aRequest(change: Partial<AppletRequest> = {}): AppletRequest {
  return { op: 'authenticate', flags: ['pin', 'show-code'], ttlSeconds: 120, challenge, ...change };
}

function built(request: AppletRequest) {
  const outcome = buildRequest(request);
  if (outcome.kind !== 'built') throw new Error(outcome.kind);
  return outcome;
}

const asInVectors: Record<string, AppletRequest> = {
  'authenticate with PIN, code shown': aRequest({ serviceName: 'Exemple', message: "Connexion à l'espace client" }),
  'authorize, two more tags': aRequest({
    op: 'authorize',
    flags: ['pin', 'show-code', 'full-text'],
    challenge: otherChallenge,
    language: 'fr',
    serviceName: 'Banque',
    message: 'Virement de 40 € à Zoé',
  }),
  'click OK': aRequest({ flags: ['show-code'], ttlSeconds: 60, serviceName: 'Exemple' }),
  'enrol with authority': aRequest({
    op: 'enrol',
    flags: ['pin', 'type-code'],
    ttlSeconds: 300,
    challenge: otherChallenge,
    serviceName: 'Exemple',
    pinPolicy: { mostTries: 3, refuse: [] },
    authority,
  }),
};

describe('a request', () => {
  test.each(applet.requests)('is that of the vector “$name”', ({ name, data, sha256 }) => {
    const outcome = built(asInVectors[name]!);
    expect(outcome.data.toString('hex')).toBe(data.toString('hex'));
    expect(outcome.sha256.toString('hex')).toBe(sha256.toString('hex'));
  });

  test('tells what the server must keep of it', () => {
    expect(built(aRequest())).toMatchObject({ op: 'authenticate', flags: 0x03 });
  });

  test('wants a signature exactly when the PIN is needed', () => {
    expect(built(aRequest()).data[0]).toBe(0x12);
    expect(built(aRequest({ flags: [] })).data[0]).toBe(0x11);
    expect(built(aRequest({ op: 'status', flags: [] })).data[0]).toBe(0x11);
    expect(built(aRequest({ op: 'pin-change', flags: [] })).data[0]).toBe(0x12);
    expect(needsPin('enrol', 0)).toBe(true);
    expect(needsPin('authenticate', 0x10)).toBe(false);
  });

  test('with every tag has them in ascending order, the authority last', () => {
    const { data } = built(
      aRequest({
        op: 'pin-reset',
        flags: ['pin'],
        language: 'en',
        serviceName: 'A',
        message: 'B',
        authority,
        pinPolicy: { mostTries: 5, refuse: ['sequences', 'birth-year'] },
      }),
    );
    const tags: number[] = [];
    for (let at = 21; at < data.length; at += 2 + data[at + 1]!) tags.push(data[at]!);
    expect(tags).toEqual([0x42, 0xc1, 0xc2, 0xc5, 0xc6, 0xc4]);
    expect(data.includes(Buffer.from('c5020505', 'hex'))).toBe(true);
  });

  test('carries an authority over everything before it and over its own tag with a zero value', () => {
    const { data } = built(
      aRequest({ flags: ['restore-tries', 'pin'], authority: { ...authority, number: 0xfffffffe } }),
    );
    const zeroed = Buffer.from(data).fill(0, data.length - 8);
    const scope = Buffer.concat([applet.iccid, applet.tar, applet.keyVersion]);
    const mac = aesCmac(applet.kadm, Buffer.concat([Buffer.from('MIDQ1'), scope, zeroed]));
    expect(data.subarray(-8).equals(mac.subarray(0, 8))).toBe(true);
    expect(data.includes(Buffer.from('c604fffffffe', 'hex'))).toBe(true);
  });

  test('to cancel names its target and has a challenge of its own', () => {
    const { data } = built(aRequest({ op: 'cancel', flags: [], cancelChallenge: otherChallenge }));
    expect(data.subarray(21).toString('hex')).toBe(`c710${otherChallenge.toString('hex')}`);
  });

  test('to authorize carries the hash of a text that it does not show in full', () => {
    const bindingHash = createHash('sha256').update('the whole text').digest();
    expect(
      built(aRequest({ op: 'authorize', bindingHash }))
        .data.subarray(21)
        .toString('hex'),
    ).toBe(`c320${bindingHash.toString('hex')}`);
  });

  test('holds a 12-character name and 68 GSM-7 characters in one SMS, 233 in two', () => {
    const name = 'Exemple Mobi';
    const length = (characters: number, mostSms: 1 | 2) =>
      buildRequest(aRequest({ serviceName: name, message: 'a'.repeat(characters), mostSms }));
    expect(length(68, 1)).toMatchObject({ kind: 'built' });
    expect(length(70, 1)).toMatchObject({ kind: 'too-long', room: 98 });
    expect(length(233, 2)).toMatchObject({ kind: 'built' });
    expect(length(234, 2)).toMatchObject({ kind: 'too-long', room: 242 });
  });

  test('is refused, not cut, when French letters make the text UCS-2 and too long', () => {
    expect(buildRequest(aRequest({ message: 'ê'.repeat(110) }))).toEqual({ kind: 'too-long', octets: 244, room: 242 });
    expect(buildRequest(aRequest({ message: 'e'.repeat(109) })).kind).toBe('built');
  });

  test('is refused, not transliterated, for a character that phones cannot show', () => {
    expect(buildRequest(aRequest({ message: 'Payer 👍' }))).toEqual({ kind: 'unsupported-character' });
    expect(buildRequest(aRequest({ serviceName: 'x\u202ey' }))).toEqual({ kind: 'unsupported-character' });
  });

  test.each([
    ['a life under 10 s', { ttlSeconds: 9 }],
    ['a life over 900 s', { ttlSeconds: 901 }],
    ['a short challenge', { challenge: Buffer.alloc(15) }],
    ['a code both shown and typed', { flags: ['show-code', 'type-code'] as const }],
    ['a language of three letters', { language: 'fra' }],
    ['a binding hash outside AUTHORIZE', { bindingHash: Buffer.alloc(32) }],
    ['a PIN policy outside ENROL', { pinPolicy: { mostTries: 3, refuse: [] } }],
    ['a policy of one try', { op: 'enrol' as const, authority, pinPolicy: { mostTries: 1, refuse: [] } }],
    ['an ENROL without authority', { op: 'enrol' as const }],
    ['a DISABLE without authority', { op: 'disable' as const, flags: [] }],
    ['restored tries without authority', { flags: ['pin', 'restore-tries'] as const }],
    ['an authority that nothing asked for', { authority }],
    ['a CANCEL without target', { op: 'cancel' as const, flags: [] }],
    ['a target outside CANCEL', { cancelChallenge: challenge }],
    ['key version 0', { op: 'enrol' as const, authority: { ...authority, keyVersion: 0 } }],
  ])('with %s is a mistake of the caller', (_, change) => {
    expect(() => buildRequest(aRequest(change))).toThrow(RangeError);
  });
});

describe('the reference code', () => {
  test.each(applet.referenceCodes)('of a challenge is $code', ({ challenge: value, code }) => {
    expect(referenceCode(value)).toBe(code);
  });

  test('always has four digits', () => {
    for (let n = 0; n < 2_000; n++) expect(referenceCode(Buffer.alloc(16, n))).toMatch(/^[0-9]{4}$/);
  });
});
