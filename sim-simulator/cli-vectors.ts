// Runs vector files against the simulator's own codecs: each case is rebuilt from its inputs and compared octet for
// octet; signatures, which are random, are verified instead.

import { createHash, createPublicKey, ECDH, verify } from 'node:crypto';
import { z } from 'zod';
import { aesCmac } from './aes-cmac.ts';
import { enrolmentInput, macAnswer, proofInput, publicKeyOf } from './applet-answer.ts';
import { authorityOf, encodeRequest, parseRequest, referenceCodeOf, type SimIdentity } from './applet-message.ts';
import { packSeptets, septetsToText, textToSeptets, textToUcs2, unpackSeptets } from './gsm7.ts';
import { deriveSimKey } from './key-derivation.ts';
import { buildCommand, buildResponse, openCommand, openResponse, parseCommand } from './secured-packet.ts';

/** One case: `ok`, or what was computed instead. */
export type VectorResult = { section: string; name: string; ok: boolean; detail?: string };

const text = z.string().max(4096);
const hex = text.regex(/^([0-9a-f]{2})*$/i).transform((digits) => Buffer.from(digits, 'hex'));
const cmacCase = z.object({ source: text, key: hex, message: hex, mac: hex });
const packetCase = z.object({
  name: text,
  kind: z.enum(['command', 'response']),
  kic: hex.optional(),
  kid: hex,
  spi: hex.optional(),
  kicByte: hex.optional(),
  kidByte: hex.optional(),
  ciphered: z.boolean().optional(),
  tar: hex,
  counter: hex,
  status: hex.optional(),
  data: hex,
  packet: hex,
});
const kdfCase = z.object({
  root: hex,
  iccidOctets: hex,
  keyVersion: hex,
  'MID KIc': hex,
  'MID KID': hex,
  'MID Kdev': hex,
  'MID Kadm': hex,
});
const gsm7Case = z.object({ text, septets: z.number(), packed: hex });
const ucs2Case = z.object({ text, encoded: hex });
const codeCase = z.object({ challenge: hex, code: text });
const requestCase = z.object({ name: text, data: hex, sha256: text, octets: z.number(), c4: hex.optional() });
const answerCase = z.object({
  name: text,
  request: hex,
  answer: hex,
  octets: z.number(),
  proofInput: hex.optional(),
  m: hex.optional(),
  t: hex.optional(),
});
const fileSchema = z.object({
  aes_cmac: z.array(cmacCase).default([]),
  packets: z.array(packetCase).default([]),
  kdf: z.array(kdfCase).default([]),
  gsm7: z.array(gsm7Case).default([]),
  ucs2: z.array(ucs2Case).default([]),
  referenceCodes: z.array(codeCase).default([]),
  requests: z.array(requestCase).default([]),
  answers: z.array(answerCase).default([]),
  kpin: z.object({ privateKey: text, publicKeyCompressed: hex }).optional(),
  iccid: hex.optional(),
  tar: hex.optional(),
  keyVersion: hex.optional(),
  kdev: hex.optional(),
  kadm: hex.optional(),
});

type VectorFile = z.output<typeof fileSchema>;
type Context = { sim: SimIdentity; kdev: Buffer; kadm: Buffer; kpin: Buffer };

/** Runs every case of a parsed vector file; undefined when it is no such file or has no case. */
export function runVectors(file: unknown): VectorResult[] | undefined {
  const parsed = fileSchema.safeParse(file);
  if (!parsed.success) return undefined;
  const vectors = parsed.data;
  const context = contextOf(vectors);
  const results = [
    ...vectors.aes_cmac.map((each) => attempt('aes-cmac', each.source, () => checkCmac(each))),
    ...vectors.packets.map((each) => attempt('packet', each.name, () => checkPacket(each))),
    ...vectors.kdf.map((each, index) => attempt('kdf', `derivation ${index + 1}`, () => checkDerivation(each))),
    ...vectors.gsm7.map((each) => attempt('gsm7', each.text, () => checkGsm7(each))),
    ...vectors.ucs2.map((each) => attempt('ucs2', each.text, () => checkUcs2(each))),
    ...vectors.referenceCodes.map((each) => attempt('reference code', each.code, () => checkCode(each))),
    ...vectors.requests.map((each) => attempt('request', each.name, () => checkRequest(each, context))),
    ...vectors.answers.map((each) => attempt('answer', each.name, () => checkAnswer(each, context))),
    ...checkKey(vectors),
  ];
  return results.length > 0 ? results : undefined;
}

/** A check gives undefined when all is well, else what was found instead. */
type Finding = string | undefined;

function attempt(section: string, name: string, check: () => Finding): VectorResult {
  try {
    const detail = check();
    return detail === undefined ? { section, name, ok: true } : { section, name, ok: false, detail };
  } catch (error) {
    return { section, name, ok: false, detail: error instanceof Error ? error.message : 'failed' };
  }
}

function equal(what: string, found: Buffer | undefined, wanted: Buffer): Finding {
  if (found?.equals(wanted)) return undefined;
  return `${what}: got ${found?.toString('hex') ?? 'nothing'}, wanted ${wanted.toString('hex')}`;
}

function firstOf(...findings: Finding[]): Finding {
  return findings.find((finding) => finding !== undefined);
}

function octet(value: Buffer | undefined): number {
  return value?.[0] ?? 0;
}

function checkCmac({ key, message, mac }: z.output<typeof cmacCase>): Finding {
  return equal('mac', aesCmac(key, message), mac);
}

function checkPacket(each: z.output<typeof packetCase>): Finding {
  return each.kind === 'command' ? checkCommand(each) : checkResponse(each);
}

function checkCommand({ kic, kid, spi, kicByte, kidByte, tar, counter, data, packet }: z.output<typeof packetCase>) {
  const keys = { kic: kic ?? kid, kid };
  const [spi1 = 0, spi2 = 0] = spi ?? [];
  const heads = { spi1, spi2, kicByte: octet(kicByte), kidByte: octet(kidByte), tar };
  const built = buildCommand({ ...heads, counter: counter.readUIntBE(0, 5), data }, keys);
  const parsed = parseCommand(packet);
  const opened = parsed && openCommand(parsed, keys);
  return firstOf(equal('packet', built, packet), equal('data', opened?.data, data));
}

function checkResponse({ kic, kid, ciphered = true, tar, counter, status, data, packet }: z.output<typeof packetCase>) {
  const keys = { kic: kic ?? kid, kid };
  const fields = { tar, rsc: octet(status), ciphered, counter: counter.readUIntBE(0, 5), data };
  const opened = openResponse(packet, keys, { ciphered });
  return firstOf(equal('packet', buildResponse(fields, keys), packet), equal('data', opened?.data, data));
}

function checkDerivation(each: z.output<typeof kdfCase>): Finding {
  const sim = { iccid: each.iccidOctets, keyVersion: octet(each.keyVersion) };
  const labels = ['MID KIc', 'MID KID', 'MID Kdev', 'MID Kadm'] as const;
  return firstOf(...labels.map((label) => equal(label, deriveSimKey(each.root, label, sim), each[label])));
}

function checkGsm7(each: z.output<typeof gsm7Case>): Finding {
  const septets = textToSeptets(each.text);
  if (septets?.length !== each.septets) return `septets: got ${septets?.length ?? 'none'}, wanted ${each.septets}`;
  const back = septetsToText(unpackSeptets(each.packed));
  if (back !== each.text) return `text: got "${back}"`;
  return equal('packed', packSeptets(septets), each.packed);
}

function checkUcs2(each: z.output<typeof ucs2Case>): Finding {
  if (textToSeptets(each.text) !== undefined) return 'the text was taken for GSM-7';
  return equal('encoded', textToUcs2(each.text), each.encoded);
}

function checkCode({ challenge, code }: z.output<typeof codeCase>): Finding {
  const found = referenceCodeOf(challenge);
  return found === code ? undefined : `code: got ${found}, wanted ${code}`;
}

function checkRequest({ data, sha256, octets, c4 }: z.output<typeof requestCase>, context: Context): Finding {
  const parsed = parseRequest(data);
  if (parsed.kind !== 'request') return `read as ${parsed.kind}`;
  if (data.length !== octets) return `octets: got ${data.length}, wanted ${octets}`;
  return firstOf(
    equal('octets', encodeRequest(parsed.request), data),
    equal('sha256', createHash('sha256').update(data).digest(), Buffer.from(sha256, 'hex')),
    c4 && equal('c4', authorityOf(context.kadm, context.sim, data), c4),
  );
}

function checkAnswer(each: z.output<typeof answerCase>, { sim, kdev, kpin }: Context): Finding {
  const head = each.answer.subarray(0, 12);
  const context = { sim, requestData: each.request };
  if (each.answer.length !== each.octets) return `octets: got ${each.answer.length}, wanted ${each.octets}`;
  if (each.m && each.t) {
    const found = enrolmentInput(context, head, each.answer.subarray(76));
    const signed = Buffer.concat([each.m, each.t]);
    const signature = { message: signed, key: each.answer.subarray(76), value: each.answer.subarray(12, 76) };
    return firstOf(equal('m', found, each.m), equal('t', aesCmac(kdev, each.m), each.t), checkSignature(signature));
  }
  const covered = proofInput(context, head);
  const proof =
    octet(head) === 0x12
      ? checkSignature({ message: covered, key: kpin, value: each.answer.subarray(12) })
      : equal('answer', macAnswer(context, head, { kdev }), each.answer);
  return firstOf(each.proofInput && equal('proof input', covered, each.proofInput), proof);
}

function checkSignature({ message, key, value }: { message: Buffer; key: Buffer; value: Buffer }): Finding {
  const converted = ECDH.convertKey(key, 'prime256v1', undefined, undefined, 'uncompressed');
  const point = typeof converted === 'string' ? Buffer.from(converted, 'latin1') : converted;
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
  const isGood = verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, value);
  return isGood ? undefined : 'the signature does not fit';
}

function checkKey({ kpin }: VectorFile): VectorResult[] {
  if (!kpin) return [];
  const check = () => equal('public key', publicKeyOf(kpin.privateKey), kpin.publicKeyCompressed);
  return [attempt('kpin', 'public key', check)];
}

function contextOf(vectors: VectorFile): Context {
  const none = Buffer.alloc(0);
  return {
    sim: { iccid: vectors.iccid ?? none, tar: vectors.tar ?? none, keyVersion: octet(vectors.keyVersion) },
    kdev: vectors.kdev ?? none,
    kadm: vectors.kadm ?? none,
    kpin: vectors.kpin?.publicKeyCompressed ?? none,
  };
}
