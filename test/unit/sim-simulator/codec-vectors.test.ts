// The simulator's codec against the vectors that both ends of the wire share.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { aesCmac } from '../../../sim-simulator/aes-cmac.ts';
import {
  answerHead,
  enrolmentInput,
  macAnswer,
  proofInput,
  publicKeyOf,
  RESULT,
  signedAnswer,
} from '../../../sim-simulator/applet-answer.ts';
import { authorityOf, encodeRequest, parseRequest, referenceCodeOf } from '../../../sim-simulator/applet-message.ts';
import {
  packSeptets,
  septetsToText,
  textToSeptets,
  textToUcs2,
  ucs2ToText,
  unpackSeptets,
} from '../../../sim-simulator/gsm7.ts';
import { deriveSimKey, iccidOctets } from '../../../sim-simulator/key-derivation.ts';
import {
  buildCommand,
  buildResponse,
  openCommand,
  openResponse,
  parseCommand,
} from '../../../sim-simulator/secured-packet.ts';
import { verifies } from './provider-end.ts';
import { applet, hex, ota } from './vectors.ts';

const sim = { iccid: hex(applet.iccid), tar: hex(applet.tar), keyVersion: Number.parseInt(applet.keyVersion, 16) };
const kdev = hex(applet.kdev);

describe('AES-CMAC', () => {
  test.each(ota.aes_cmac)('gives the MAC of $source', ({ key, message, mac }) => {
    expect(aesCmac(hex(key), hex(message)).toString('hex')).toBe(mac);
  });

  test('refuses a key of another length', () => {
    expect(() => aesCmac(Buffer.alloc(15), Buffer.alloc(0))).toThrow(RangeError);
  });
});

describe('keys of a SIM', () => {
  test.each(ota.kdf)('come from root, label, ICCID $iccidDigits and key version', (vector) => {
    const target = { iccid: iccidOctets(vector.iccidDigits), keyVersion: Number.parseInt(vector.keyVersion, 16) };
    expect(target.iccid.toString('hex')).toBe(vector.iccidOctets);
    for (const label of ['MID KIc', 'MID KID', 'MID Kdev', 'MID Kadm'] as const) {
      expect(deriveSimKey(hex(vector.root), label, target).toString('hex')).toBe(vector[label]);
    }
  });

  test('an ICCID of 19 digits ends in F', () => {
    expect(iccidOctets('8933010000000000017').toString('hex')).toBe('983310000000000010f7');
  });

  test('an ICCID of another length is refused', () => {
    expect(() => iccidOctets('893301')).toThrow(RangeError);
  });
});

const commands = ota.packets.filter(({ kind }) => kind === 'command');
const responses = ota.packets.filter(({ kind }) => kind === 'response');

describe('secured packets', () => {
  test.each(commands)('command: $name', (vector) => {
    const keys = { kic: hex(vector.kic ?? ''), kid: hex(vector.kid) };
    const [spi1 = 0, spi2 = 0] = hex(vector.spi ?? '');
    const [kicByte = 0] = hex(vector.kicByte ?? '');
    const [kidByte = 0] = hex(vector.kidByte ?? '');
    const content = { counter: Number.parseInt(vector.counter, 16), data: hex(vector.data) };
    const built = buildCommand({ spi1, spi2, kicByte, kidByte, tar: hex(vector.tar), ...content }, keys);
    expect(built.toString('hex')).toBe(vector.packet);
    const parsed = parseCommand(hex(vector.packet));
    expect(parsed).toMatchObject({ spi1, spi2, kicByte, kidByte, tar: hex(vector.tar), headerLength: 0x15 });
    expect(parsed && openCommand(parsed, keys)).toEqual(content);
  });

  test.each(responses)('response: $name', (vector) => {
    const keys = { kic: hex(vector.kic ?? vector.kid), kid: hex(vector.kid) };
    const fields = {
      tar: hex(vector.tar),
      counter: Number.parseInt(vector.counter, 16),
      rsc: Number.parseInt(vector.status ?? '', 16),
      data: hex(vector.data),
      ciphered: vector.ciphered === true,
    };
    expect(buildResponse(fields, keys).toString('hex')).toBe(vector.packet);
    expect(openResponse(hex(vector.packet), keys, fields)).toEqual(fields);
  });

  test('the MAC of a response covers its header 02 71 00, so another header fails', () => {
    const vector = responses[1]!;
    const keys = { kic: hex(vector.kid), kid: hex(vector.kid) };
    const other = hex(vector.packet);
    other[2] = 1;
    expect(openResponse(other, keys, { ciphered: false })).toBeUndefined();
  });

  test('a response that does not fit one short message is refused', () => {
    const keys = { kic: Buffer.alloc(16), kid: Buffer.alloc(16) };
    const fields = { tar: hex('4d4944'), counter: 1, rsc: 0, ciphered: true };
    expect(buildResponse({ ...fields, data: Buffer.alloc(113) }, keys)).toHaveLength(137);
    expect(() => buildResponse({ ...fields, data: Buffer.alloc(114) }, keys)).toThrow(RangeError);
  });
});

describe('texts', () => {
  test.each(applet.gsm7)('GSM-7 packs and unpacks "$text"', ({ text, septets, packed }) => {
    const encoded = textToSeptets(text);
    expect(encoded).toHaveLength(septets);
    expect(packSeptets(encoded ?? []).toString('hex')).toBe(packed);
    expect(septetsToText(unpackSeptets(hex(packed)))).toBe(text);
  });

  test.each(applet.ucs2)('UCS-2 carries "$text", which GSM-7 cannot', ({ text, encoded }) => {
    expect(textToSeptets(text)).toBeUndefined();
    expect(textToUcs2(text)?.toString('hex')).toBe(encoded);
    expect(ucs2ToText(hex(encoded))).toBe(text);
  });

  test('a character outside the basic plane fits neither', () => {
    expect(textToSeptets('😀')).toBeUndefined();
    expect(textToUcs2('😀')).toBeUndefined();
  });

  test('an escape that the table does not know shows the plain character', () => {
    expect(septetsToText([0x1b, 0x41, 0x42])).toBe('AB');
  });
});

describe('requests', () => {
  test.each(applet.requests)('$name is read and rebuilt', ({ data, sha256, octets, c4 }) => {
    const parsed = parseRequest(hex(data));
    expect(parsed.kind).toBe('request');
    const rebuilt = parsed.kind === 'request' ? encodeRequest(parsed.request) : Buffer.alloc(0);
    expect(rebuilt.toString('hex')).toBe(data);
    expect(rebuilt).toHaveLength(octets);
    expect(createHash('sha256').update(rebuilt).digest('hex')).toBe(sha256);
    if (c4 !== undefined) {
      expect(authorityOf(hex(applet.kadm), sim, hex(data)).toString('hex')).toBe(c4);
    }
  });

  test.each(applet.referenceCodes)('the reference code of $challenge is $code', ({ challenge, code }) => {
    expect(referenceCodeOf(hex(challenge))).toBe(code);
  });
});

describe('answers', () => {
  const withMac = applet.answers.filter(({ answer }) => answer.startsWith('11'));
  const signed = applet.answers.filter(({ answer, m }) => answer.startsWith('12') && m === undefined);
  const enrolled = applet.answers.filter(({ m }) => m !== undefined);

  test.each(withMac)('$name: head, proof input and MAC octet for octet', ({ request, answer, proofInput: input }) => {
    const wanted = hex(answer);
    const requestData = hex(request);
    const head = answerHead({
      signed: false,
      opOctet: wanted.readUInt8(1) & 0x7f,
      result: Object.values(RESULT).find((result) => result === wanted[2])!,
      tries: wanted.readUInt8(3),
      counter: wanted.readUInt32BE(4),
      challenge: requestData.subarray(5, 21),
    });
    expect(proofInput({ sim, requestData }, head).toString('hex')).toBe(input);
    expect(macAnswer({ sim, requestData }, head, { kdev }).toString('hex')).toBe(answer);
  });

  test.each(signed)(
    '$name: the signature verifies, and so does one of our own',
    ({ request, answer, proofInput: input }) => {
      const head = hex(answer).subarray(0, 12);
      const context = { sim, requestData: hex(request) };
      const key = hex(applet.kpin.publicKeyCompressed);
      expect(proofInput(context, head).toString('hex')).toBe(input);
      expect(verifies(key, proofInput(context, head), hex(answer).subarray(12))).toBe(true);
      const own = signedAnswer(context, head, applet.kpin.privateKey);
      expect(own).toHaveLength(76);
      expect(verifies(key, hex(input ?? ''), own.subarray(12))).toBe(true);
    },
  );

  test.each(enrolled)('$name: M, t and the signature over both', ({ request, answer, m, t }) => {
    const octets = hex(answer);
    const publicKey = publicKeyOf(applet.kpin.privateKey);
    expect(publicKey.toString('hex')).toBe(applet.kpin.publicKeyCompressed);
    const input = enrolmentInput({ sim, requestData: hex(request) }, octets.subarray(0, 12), publicKey);
    expect(input.toString('hex')).toBe(m);
    expect(aesCmac(kdev, input).toString('hex')).toBe(t);
    expect(verifies(publicKey, Buffer.concat([input, hex(t ?? '')]), octets.subarray(12, 76))).toBe(true);
    expect(octets.subarray(76).equals(publicKey)).toBe(true);
  });
});
