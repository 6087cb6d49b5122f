// Answers of the applet: the data inside a Response Packet (sim-channel 5.4), taken apart and proven.
// Pure. Judges an answer against one stored request; counters, expiry and duplicates are the caller's.
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { aesCmac, constantTimeEqual } from './aes-cmac.ts';
import { type AppletOp, appletOps, needsPin, type SimScope, scopeOctets } from './applet-message.ts';

/** Every result of an answer in the order of its code (00 to 0C), with the MSS status of ETSI TS 102 204. */
export const appletResults = [
  { name: 'approved', mss: 500 },
  { name: 'cancelled', mss: 401 },
  { name: 'no-response', mss: 208 },
  { name: 'fraud', mss: 401 },
  { name: 'blocked', mss: 402 },
  { name: 'not-enrolled', mss: 404 },
  { name: 'disabled', mss: 403 },
  { name: 'busy', mss: 406 },
  { name: 'not-shown', mss: 209 },
  { name: 'bad-request', mss: 108 },
  { name: 'pin-refused', mss: 407 },
  { name: 'no-authority', mss: 104 },
  { name: 'wrong-code', mss: 401 },
] as const;
export type AppletResult = (typeof appletResults)[number]['name'];

/** The fields of an answer, not proven yet: `challengePrefix` may route it, nothing more. */
export interface AnswerFields {
  readonly kind: 'answer';
  /** Octets 0 to 11, which tell a repeat of an answer from another answer under the same counter. */
  readonly head: Buffer;
  readonly octetZero: number;
  readonly op: AppletOp;
  readonly result: AppletResult;
  /** Wrong PINs since the last right one, 15 at most. */
  readonly wrongPins: number;
  /** Null when the applet is not enrolled. */
  readonly triesLeft: number | null;
  readonly appletCounter: number;
  readonly challengePrefix: Buffer;
  readonly proof: Buffer;
  /** Compressed P-256 point, 33 octets, present in a few answers only. */
  readonly newKey: Buffer | undefined;
}

/** Why an answer was dropped; for a metric, never for the sender. */
export type AnswerFault =
  | 'length'
  | 'version'
  | 'op'
  | 'result'
  | 'tries'
  | 'counter'
  | 'proof-kind'
  | 'key'
  | 'no-known-key'
  | 'proof';

type Rejected = { readonly kind: 'rejected'; readonly reason: AnswerFault };

const signed = 0x12;
const maced = 0x11;
/** Octets of each allowed answer: octet 0, length, and whether a key ends it. */
const shapes: ReadonlyMap<number, { octetZero: number; proof: number }> = new Map([
  [28, { octetZero: maced, proof: 16 }],
  [61, { octetZero: maced, proof: 16 }],
  [76, { octetZero: signed, proof: 64 }],
  [109, { octetZero: signed, proof: 64 }],
]);
const opNames: ReadonlyMap<number, AppletOp> = new Map([
  [appletOps.enrol, 'enrol'],
  [appletOps.authenticate, 'authenticate'],
  [appletOps.authorize, 'authorize'],
  [appletOps['pin-reset'], 'pin-reset'],
  [appletOps.disable, 'disable'],
  [appletOps.status, 'status'],
  [appletOps.cancel, 'cancel'],
  [appletOps['pin-change'], 'pin-change'],
]);

/** Takes an answer apart; whatever is not exactly of a form that the applet sends is rejected. */
export function parseAnswer(data: Buffer): AnswerFields | Rejected {
  const shape = shapes.get(data.length);
  if (!shape) return rejected('length');
  if (data[0] !== shape.octetZero) return rejected(data[0] === signed || data[0] === maced ? 'length' : 'version');
  const op = opNames.get((data[1] ?? 0) ^ 0x80);
  if (!op) return rejected('op');
  const result = appletResults[data[2] ?? 0xff];
  if (!result) return rejected('result');
  const tries = readTries(data[3] ?? 0);
  if (!tries) return rejected('tries');
  const appletCounter = data.readUInt32BE(4);
  if (appletCounter === 0) return rejected('counter');
  const keyAt = 12 + shape.proof;
  return {
    kind: 'answer',
    head: data.subarray(0, 12),
    octetZero: shape.octetZero,
    op,
    result: result.name,
    ...tries,
    appletCounter,
    challengePrefix: data.subarray(8, 12),
    proof: data.subarray(12, keyAt),
    newKey: data.length > keyAt ? data.subarray(keyAt) : undefined,
  };
}

/** What the server keeps of the request that an answer is for. */
export interface StoredRequest {
  readonly op: AppletOp;
  /** The flags octet of the request. */
  readonly flags: number;
}

/** Octet 0 of a rightful answer: signed exactly for an approval that needed the PIN, MACed for all else. */
export function expectedProof(request: StoredRequest, result: AppletResult): typeof signed | typeof maced {
  return result === 'approved' && needsPin(request.op, request.flags) ? signed : maced;
}

export interface AnswerCheck extends SimScope {
  readonly request: StoredRequest;
  /** SHA-256 of the request's data without padding, as built. */
  readonly requestSha256: Buffer;
  readonly kdev: Buffer;
  /** The public key of the PIN as stored, compressed, 33 octets; undefined while none is. */
  readonly kpinPublic: Buffer | undefined;
  readonly answer: Buffer;
}

export type VerifiedAnswer =
  | {
      readonly kind: 'valid';
      readonly op: AppletOp;
      readonly result: AppletResult;
      readonly mss: number;
      readonly triesLeft: number | null;
      readonly wrongPins: number;
      readonly appletCounter: number;
      /** Octets 0 to 11: the same counter with another head is a fork (sim-channel 5.6). */
      readonly head: Buffer;
      /** `device-key`: a MAC that the provider could have made itself; never evidence. */
      readonly provedBy: 'pin-key' | 'device-key';
      /** A key that this SIM made; the caller checks that no other SIM has it before storing it. */
      readonly newKey?: Buffer;
    }
  | Rejected;

/**
 * Proves an answer against the request it is for (sim-channel 5.4): form, op, kind of proof, then the proof.
 * An approval of ENROL and PIN_RESET is signed by the new key over a MAC of the device key, so that only a key
 * made on this card is believed.
 */
export function verifyAnswer(check: AnswerCheck): VerifiedAnswer {
  const fields = parseAnswer(check.answer);
  if (fields.kind === 'rejected') return fields;
  const fault = proofFault(check, fields);
  if (fault) return rejected(fault);
  const { op, result, triesLeft, wrongPins, appletCounter, head, newKey } = fields;
  const mss = appletResults.find((entry) => entry.name === result)?.mss ?? 900;
  const provedBy = fields.octetZero === signed ? 'pin-key' : 'device-key';
  const valid = { kind: 'valid', op, result, mss, triesLeft, wrongPins, appletCounter, head, provedBy } as const;
  return newKey ? { ...valid, newKey } : valid;
}

function proofFault(check: AnswerCheck, fields: AnswerFields): AnswerFault | undefined {
  const { request } = check;
  if (fields.op !== request.op) return 'op';
  if (fields.octetZero !== expectedProof(request, fields.result)) return 'proof-kind';
  if (!keyRuleHolds(fields)) return 'key';
  if (fields.octetZero === maced) return macFault(check, fields);
  return fields.newKey ? enrolmentFault(check, fields, fields.newKey) : signatureFault(check, fields);
}

// A key comes with each approved ENROL and PIN_RESET, may come with an approved STATUS, and with nothing else.
function keyRuleHolds({ op, result, newKey }: AnswerFields): boolean {
  const makesKey = op === 'enrol' || op === 'pin-reset';
  if (result === 'approved' && makesKey) return newKey !== undefined;
  return newKey === undefined || (result === 'approved' && op === 'status');
}

function macFault(check: AnswerCheck, fields: AnswerFields): AnswerFault | undefined {
  // The key of a STATUS is part of what is MACed: whoever holds only the packet keys could exchange it otherwise.
  const covered = Buffer.concat([proofInput('MIDA1', check, fields), fields.newKey ?? Buffer.alloc(0)]);
  if (!constantTimeEqual(aesCmac(check.kdev, covered), fields.proof)) return 'proof';
  return fields.newKey && !publicKeyOf(fields.newKey) ? 'key' : undefined;
}

function signatureFault(check: AnswerCheck, fields: AnswerFields): AnswerFault | undefined {
  if (!check.kpinPublic) return 'no-known-key';
  return signatureHolds(check.kpinPublic, proofInput('MIDA1', check, fields), fields.proof);
}

function enrolmentFault(check: AnswerCheck, fields: AnswerFields, newKey: Buffer): AnswerFault | undefined {
  const made = Buffer.concat([proofInput('MIDE1', check, fields), newKey]);
  return signatureHolds(newKey, Buffer.concat([made, aesCmac(check.kdev, made)]), fields.proof);
}

function signatureHolds(compressed: Buffer, message: Buffer, signature: Buffer): AnswerFault | undefined {
  const key = publicKeyOf(compressed);
  if (!key) return 'key';
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature) ? undefined : 'proof';
}

function proofInput(label: 'MIDA1' | 'MIDE1', check: AnswerCheck, fields: AnswerFields): Buffer {
  return Buffer.concat([Buffer.from(label, 'ascii'), scopeOctets(check), check.requestSha256, fields.head]);
}

/** SubjectPublicKeyInfo of a compressed P-256 point, up to the point itself (RFC 5480). */
const p256Prefix = '3039301306072a8648ce3d020106082a8648ce3d030107032200';

// OpenSSL refuses a point that is not on the curve when it reads the key.
function publicKeyOf(compressed: Buffer): KeyObject | undefined {
  if (compressed.length !== 33) return undefined;
  try {
    const der = Buffer.concat([Buffer.from(p256Prefix, 'hex'), compressed]);
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function readTries(octet: number): { wrongPins: number; triesLeft: number | null } | undefined {
  if (octet === 0xff) return { wrongPins: 0, triesLeft: null };
  const triesLeft = octet & 0x0f;
  return triesLeft > 5 ? undefined : { wrongPins: octet >> 4, triesLeft };
}

function rejected(reason: AnswerFault): Rejected {
  return { kind: 'rejected', reason };
}
