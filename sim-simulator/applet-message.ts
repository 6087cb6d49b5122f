// The request inside a command packet (sim-channel 5.3): octets in, a checked request out, and the other way for
// vectors and tests. Pure: what the applet does with a request stands in applet.ts.

import { createHash } from 'node:crypto';
import { aesCmac } from './aes-cmac.ts';
import { packSeptets, septetsToText, textToSeptets, textToUcs2, ucs2ToText, unpackSeptets } from './gsm7.ts';

export const OP = {
  enrol: 0x01,
  authenticate: 0x02,
  authorize: 0x03,
  pinReset: 0x04,
  disable: 0x05,
  status: 0x07,
  cancel: 0x08,
  pinChange: 0x09,
} as const;
export type Op = (typeof OP)[keyof typeof OP];

export const FLAG = {
  pin: 0x01,
  showCode: 0x02,
  sound: 0x04,
  fullText: 0x08,
  restoreTries: 0x10,
  typeCode: 0x20,
} as const;

export const PROOF = { mac: 1, signature: 2 } as const;

const TAG = {
  language: 0x42,
  serviceName: 0xc1,
  message: 0xc2,
  messageHash: 0xc3,
  authority: 0xc4,
  pinRules: 0xc5,
  adminNumber: 0xc6,
  target: 0xc7,
} as const;

export const CHALLENGE_LENGTH = 16;
const FIXED_LENGTH = 21;
const AUTHORITY_LENGTH = 8;
const MIN_TTL_SECONDS = 10;
const MAX_TTL_SECONDS = 900;
const DCS_GSM7 = 0x00;
const DCS_UCS2 = 0x08;

export interface PinRules {
  readonly mostTries: number;
  /** 1 no sequences, 2 no repeated pairs, 4 no birth year. */
  readonly policyBits: number;
}

export interface AppletRequest {
  readonly proof: number;
  readonly op: Op;
  readonly flags: number;
  readonly ttlSeconds: number;
  readonly challenge: Buffer;
  readonly language?: string | undefined;
  readonly serviceName?: string | undefined;
  readonly message?: string | undefined;
  readonly messageHash?: Buffer | undefined;
  readonly pinRules?: PinRules | undefined;
  readonly adminNumber?: number | undefined;
  readonly target?: Buffer | undefined;
  readonly authority?: Buffer | undefined;
}

export type ParsedRequest =
  | { readonly kind: 'unanswerable' }
  | { readonly kind: 'bad'; readonly opOctet: number; readonly challenge: Buffer }
  | { readonly kind: 'request'; readonly request: AppletRequest };

/** Reads DATA of a command packet. Under 21 octets nothing can be answered; anything else that is wrong is result 09. */
export function parseRequest(data: Buffer): ParsedRequest {
  if (data.length < FIXED_LENGTH) {
    return { kind: 'unanswerable' };
  }
  const opOctet = data.readUInt8(1);
  const challenge = data.subarray(5, FIXED_LENGTH);
  const op = Object.values(OP).find((known) => known === opOctet);
  const values = readTlvs(data.subarray(FIXED_LENGTH));
  if (op === undefined || values === undefined) {
    return { kind: 'bad', opOctet, challenge };
  }
  const head = data.readUInt8(0);
  const request: AppletRequest = {
    proof: head & 0x0f,
    op,
    flags: data.readUInt8(2),
    ttlSeconds: data.readUInt16BE(3),
    challenge,
    ...readFields(values),
  };
  const sound = head >> 4 === 1 && hasSoundHead(request) && hasSoundTags(request, values);
  return sound ? { kind: 'request', request } : { kind: 'bad', opOctet, challenge };
}

/** Octets of a request; a text goes out in GSM-7 when every character allows it, else in UCS-2 (throws RangeError). */
export function encodeRequest(request: AppletRequest): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(0x10 | request.proof, 0);
  head.writeUInt8(request.op, 1);
  head.writeUInt8(request.flags, 2);
  head.writeUInt16BE(request.ttlSeconds, 3);
  const { pinRules, adminNumber } = request;
  return Buffer.concat([
    head,
    request.challenge,
    tlv(TAG.language, request.language === undefined ? undefined : Buffer.from(request.language, 'ascii')),
    tlv(TAG.serviceName, encodeText(request.serviceName)),
    tlv(TAG.message, encodeText(request.message)),
    tlv(TAG.messageHash, request.messageHash),
    tlv(TAG.pinRules, pinRules && Buffer.of(pinRules.mostTries, pinRules.policyBits)),
    tlv(TAG.adminNumber, adminNumber === undefined ? undefined : uint32(adminNumber)),
    tlv(TAG.target, request.target),
    tlv(TAG.authority, request.authority),
  ]);
}

export interface SimIdentity {
  /** The 10 octets of EF.ICCID. */
  readonly iccid: Buffer;
  readonly tar: Buffer;
  readonly keyVersion: number;
}

/** The authority C4 that belongs to `data`, whose last 8 octets are the (ignored) value of C4. */
export function authorityOf(kadm: Buffer, sim: SimIdentity, data: Buffer): Buffer {
  const withoutValue = Buffer.concat([data.subarray(0, -AUTHORITY_LENGTH), Buffer.alloc(AUTHORITY_LENGTH)]);
  const covered = [Buffer.from('MIDQ1', 'ascii'), sim.iccid, sim.tar, Buffer.of(sim.keyVersion), withoutValue];
  return aesCmac(kadm, Buffer.concat(covered)).subarray(0, AUTHORITY_LENGTH);
}

/** The four digits that stand on page and phone: the last 2 octets of SHA-256(challenge) modulo 10000. */
export function referenceCodeOf(challenge: Buffer): string {
  const digest = createHash('sha256').update(challenge).digest();
  return String(digest.readUInt16BE(30) % 10_000).padStart(4, '0');
}

export function hasFlag(request: AppletRequest, flag: number): boolean {
  return (request.flags & flag) !== 0;
}

function hasSoundHead({ proof, op, flags, ttlSeconds }: AppletRequest): boolean {
  const wantsPin = (flags & FLAG.pin) !== 0 || op === OP.enrol || op === OP.pinReset || op === OP.pinChange;
  const bothCodes = (flags & FLAG.typeCode) !== 0 && (flags & FLAG.showCode) !== 0;
  const knownProof = proof === PROOF.signature || (proof === PROOF.mac && !wantsPin);
  const ttlInRange = ttlSeconds >= MIN_TTL_SECONDS && ttlSeconds <= MAX_TTL_SECONDS;
  return knownProof && ttlInRange && !bothCodes && (flags & 0xc0) === 0;
}

type TagCheck = (value: Buffer, op: Op) => boolean;

const TAG_CHECKS: ReadonlyMap<number, TagCheck> = new Map<number, TagCheck>([
  [TAG.language, (value) => /^[a-z]{2}$/i.test(value.toString('latin1'))],
  [TAG.serviceName, (value) => decodeText(value) !== undefined],
  [TAG.message, (value) => decodeText(value) !== undefined],
  [TAG.messageHash, (value, op) => value.length === 32 && op === OP.authorize],
  [TAG.authority, (value) => value.length === AUTHORITY_LENGTH],
  [TAG.pinRules, (value, op) => isPinRules(value) && (op === OP.enrol || op === OP.pinReset)],
  [TAG.adminNumber, (value) => value.length === 4],
  [TAG.target, (value, op) => value.length === CHALLENGE_LENGTH && op === OP.cancel],
]);

function hasSoundTags({ op, target }: AppletRequest, values: ReadonlyMap<number, Buffer>): boolean {
  const everyTagFits = [...values].every(([tag, value]) => {
    const check = TAG_CHECKS.get(tag);
    return check === undefined ? tag < 0xc0 : check(value, op);
  });
  return everyTagFits && (op !== OP.cancel || target !== undefined);
}

function isPinRules(value: Buffer): boolean {
  const [mostTries = 0] = value;
  return value.length === 2 && mostTries >= 2 && mostTries <= 5;
}

// Tags rise strictly, with C4 after all others, so that its value is always the last 8 octets.
function readTlvs(octets: Buffer): Map<number, Buffer> | undefined {
  const values = new Map<number, Buffer>();
  let offset = 0;
  let lastRank = -1;
  while (offset < octets.length) {
    const tag = octets[offset];
    const length = octets[offset + 1];
    if (tag === undefined || !length || offset + 2 + length > octets.length) {
      return undefined;
    }
    const rank = tag === TAG.authority ? 0x100 : tag;
    if (rank <= lastRank) {
      return undefined;
    }
    lastRank = rank;
    values.set(tag, octets.subarray(offset + 2, offset + 2 + length));
    offset += 2 + length;
  }
  return values;
}

function readFields(values: ReadonlyMap<number, Buffer>): Partial<AppletRequest> {
  const rules = values.get(TAG.pinRules);
  const adminNumber = values.get(TAG.adminNumber);
  return {
    language: values.get(TAG.language)?.toString('latin1').toLowerCase(),
    serviceName: decodeText(values.get(TAG.serviceName)),
    message: decodeText(values.get(TAG.message)),
    messageHash: values.get(TAG.messageHash),
    pinRules: rules?.length === 2 ? { mostTries: rules.readUInt8(0), policyBits: rules.readUInt8(1) } : undefined,
    adminNumber: adminNumber?.length === 4 ? adminNumber.readUInt32BE(0) : undefined,
    target: values.get(TAG.target),
    authority: values.get(TAG.authority),
  };
}

function decodeText(value: Buffer | undefined): string | undefined {
  if (value === undefined || value.length < 2) {
    return undefined;
  }
  const octets = value.subarray(1);
  if (value[0] === DCS_GSM7) {
    return septetsToText(unpackSeptets(octets));
  }
  const text = value[0] === DCS_UCS2 ? ucs2ToText(octets) : undefined;
  return text !== undefined && !/[\ud800-\udfff]/.test(text) ? text : undefined;
}

function encodeText(text: string | undefined): Buffer | undefined {
  if (text === undefined) {
    return undefined;
  }
  const septets = textToSeptets(text);
  if (septets !== undefined) {
    return Buffer.concat([Buffer.of(DCS_GSM7), packSeptets(septets)]);
  }
  const ucs2 = textToUcs2(text);
  if (ucs2 === undefined) {
    throw new RangeError('The text has characters that no SIM can show');
  }
  return Buffer.concat([Buffer.of(DCS_UCS2), ucs2]);
}

function tlv(tag: number, value: Buffer | undefined): Buffer {
  if (value === undefined) {
    return Buffer.alloc(0);
  }
  if (value.length < 1 || value.length > 0xff) {
    throw new RangeError('A field of a request has 1 to 255 octets');
  }
  return Buffer.concat([Buffer.of(tag, value.length), value]);
}

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}
