// Requests to the applet on the SIM: the data inside a Command Packet (sim-channel 5.3), and the reference code.
// Pure. Knows no socket and no row; the challenge and the administrative number come in from the caller.
import { createHash } from 'node:crypto';
import { aesCmac } from './aes-cmac.ts';
import { type AppletText, encodeAppletText } from './applet-text.ts';
import { commandCapacity } from './ota-packet.ts';

/** What the applet can be asked to do. ENABLE (06) is not built (decision 53). */
export const appletOps = {
  enrol: 0x01,
  authenticate: 0x02,
  authorize: 0x03,
  'pin-reset': 0x04,
  disable: 0x05,
  status: 0x07,
  cancel: 0x08,
  'pin-change': 0x09,
} as const;
export type AppletOp = keyof typeof appletOps;

/** `pin`: else click OK. `show-code` and `type-code` exclude each other. */
export const appletFlags = {
  pin: 0x01,
  'show-code': 0x02,
  sound: 0x04,
  'full-text': 0x08,
  'restore-tries': 0x10,
  'type-code': 0x20,
} as const;
export type AppletFlag = keyof typeof appletFlags;

/** Bits of the PIN policy in C5 (decision 58); the applet refuses four identical digits in any case. */
export const pinPolicies = { sequences: 1, 'repeated-pairs': 2, 'birth-year': 4 } as const;
export type PinPolicy = keyof typeof pinPolicies;

/** What binds an application message to one SIM, one applet and one generation of keys. */
export interface SimScope {
  /** The ten octets of EF.ICCID. */
  readonly iccidOctets: Buffer;
  readonly tar: Buffer;
  readonly keyVersion: number;
}

/** Makes an administrative request: `number` (C6) must be above the last one that this SIM has seen. */
export interface Authority extends SimScope {
  readonly number: number;
  readonly kadm: Buffer;
}

export interface AppletRequest {
  readonly op: AppletOp;
  readonly flags: readonly AppletFlag[];
  /** Seconds the applet may wait for its user, 10 to 900. */
  readonly ttlSeconds: number;
  /** 16 random octets that name the request. */
  readonly challenge: Buffer;
  /** Two letters, `fr`. */
  readonly language?: string;
  readonly serviceName?: string;
  readonly message?: string;
  /** SHA-256 of the whole binding text, for an AUTHORIZE whose `message` is not the whole text. */
  readonly bindingHash?: Buffer;
  readonly pinPolicy?: { readonly mostTries: number; readonly refuse: readonly PinPolicy[] };
  /** The challenge of the session to end, for CANCEL. */
  readonly cancelChallenge?: Buffer;
  readonly authority?: Authority;
  /** How many SMS the request may take. Default 2. */
  readonly mostSms?: 1 | 2;
}

export type BuiltRequest =
  /** `flags` and `sha256` are what the server keeps to judge the answer. */
  | {
      readonly kind: 'built';
      readonly data: Buffer;
      readonly sha256: Buffer;
      readonly op: AppletOp;
      readonly flags: number;
    }
  /** `octets` over `room`, or a character that no phone would show as it is meant. */
  | { readonly kind: 'too-long'; readonly octets: number; readonly room: number }
  | { readonly kind: 'unsupported-character' };

/**
 * Builds the data of a request. Texts are never cut or rewritten: one that does not fit is an outcome.
 * Throws RangeError for a combination that sim-channel 5.3 forbids, which would be a mistake of the caller.
 */
export function buildRequest(request: AppletRequest): BuiltRequest {
  const flags = request.flags.reduce((bits, flag) => bits | appletFlags[flag], 0);
  checkRequest(request, flags);
  const serviceName = request.serviceName === undefined ? undefined : encodeAppletText(request.serviceName);
  const message = request.message === undefined ? undefined : encodeAppletText(request.message);
  if (serviceName?.kind === 'unsupported' || message?.kind === 'unsupported') return { kind: 'unsupported-character' };
  const parts = [head(request, flags), ...tags(request, { serviceName, message })];
  const octets = parts.reduce((sum, part) => sum + part.length, 0);
  const room = request.mostSms === 1 ? commandCapacity.oneSms : commandCapacity.twoSms;
  if (octets > room) return { kind: 'too-long', octets, room };
  const data = Buffer.concat(parts);
  if (request.authority) signAuthority(data, request.authority);
  return { kind: 'built', data, sha256: createHash('sha256').update(data).digest(), op: request.op, flags };
}

/** Four digits that page and phone both compute from the challenge (sim-channel 5.3). */
export function referenceCode(challenge: Buffer): string {
  const digest = createHash('sha256').update(challenge).digest();
  return String(digest.readUInt16BE(30) % 10_000).padStart(4, '0');
}

/** Ops whose approval needs the PIN, and is therefore signed by the PIN's key. */
export function needsPin(op: AppletOp, flags: number): boolean {
  return (flags & appletFlags.pin) !== 0 || op === 'enrol' || op === 'pin-reset' || op === 'pin-change';
}

/** The octets that every proof of this SIM begins with, after its label. */
export function scopeOctets({ iccidOctets, tar, keyVersion }: SimScope): Buffer {
  if (iccidOctets.length !== 10 || tar.length !== 3) throw new RangeError('EF.ICCID has 10 octets and a TAR 3');
  if (!Number.isInteger(keyVersion) || keyVersion < 1 || keyVersion > 255) {
    throw new RangeError('a key version is 1 to 255');
  }
  return Buffer.concat([iccidOctets, tar, Buffer.of(keyVersion)]);
}

function head(request: AppletRequest, flags: number): Buffer {
  const octets = Buffer.alloc(21);
  octets[0] = 0x10 | (needsPin(request.op, flags) ? 2 : 1);
  octets[1] = appletOps[request.op];
  octets[2] = flags;
  octets.writeUInt16BE(request.ttlSeconds, 3);
  request.challenge.copy(octets, 5);
  return octets;
}

// Strictly ascending by tag, C4 last; its value is zero until the rest is known.
function tags(
  request: AppletRequest,
  texts: { serviceName: AppletText | undefined; message: AppletText | undefined },
): Buffer[] {
  const { language, bindingHash, pinPolicy, authority, cancelChallenge } = request;
  const bits = pinPolicy?.refuse.reduce((sum, policy) => sum | pinPolicies[policy], 0) ?? 0;
  return [
    ...tag(0x42, language === undefined ? undefined : Buffer.from(language, 'ascii')),
    ...tag(0xc1, texts.serviceName?.value),
    ...tag(0xc2, texts.message?.value),
    ...tag(0xc3, bindingHash),
    ...tag(0xc5, pinPolicy && Buffer.of(pinPolicy.mostTries, bits)),
    ...tag(0xc6, authority && fourOctets(authority.number)),
    ...tag(0xc7, cancelChallenge),
    ...tag(0xc4, authority && Buffer.alloc(8)),
  ];
}

function tag(number: number, value: Buffer | undefined): Buffer[] {
  return value === undefined ? [] : [Buffer.of(number, value.length & 0xff), value];
}

function signAuthority(data: Buffer, authority: Authority): void {
  const signed = Buffer.concat([Buffer.from('MIDQ1', 'ascii'), scopeOctets(authority), data]);
  aesCmac(authority.kadm, signed).copy(data, data.length - 8, 0, 8);
}

function fourOctets(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

function checkRequest(request: AppletRequest, flags: number): void {
  const { op, ttlSeconds, challenge, language, bindingHash, cancelChallenge } = request;
  demand(Number.isInteger(ttlSeconds) && ttlSeconds >= 10 && ttlSeconds <= 900, 'ttl is 10 to 900 seconds');
  demand(challenge.length === 16, 'a challenge has 16 octets');
  demand(language === undefined || /^[a-z]{2}$/.test(language), 'a language has two letters');
  const bothCodes = appletFlags['show-code'] | appletFlags['type-code'];
  demand((flags & bothCodes) !== bothCodes, 'a code that is typed is not shown');
  demand(
    bindingHash === undefined || (op === 'authorize' && bindingHash.length === 32),
    'C3 is a SHA-256 of AUTHORIZE',
  );
  demand((op === 'cancel') === (cancelChallenge !== undefined), 'C7 belongs to CANCEL and to nothing else');
  demand(cancelChallenge === undefined || cancelChallenge.length === 16, 'a challenge has 16 octets');
  checkAuthority(request, flags);
}

function checkAuthority({ op, pinPolicy, authority }: AppletRequest, flags: number): void {
  const makesPin = op === 'enrol' || op === 'pin-reset';
  demand(pinPolicy === undefined || makesPin, 'C5 belongs to ENROL and PIN_RESET');
  demand(pinPolicy === undefined || [2, 3, 4, 5].includes(pinPolicy.mostTries), 'most tries are 2 to 5');
  const demanded = makesPin || op === 'disable' || (flags & appletFlags['restore-tries']) !== 0;
  demand(demanded === (authority !== undefined), 'C6 and C4 stand in administrative requests, and in no other');
}

function demand(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new RangeError(rule);
}
