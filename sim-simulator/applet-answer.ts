// The answer inside a response packet (sim-channel 5.4): head, proof, and the key of the card's PIN signatures.
// Pure apart from ECDSA's own randomness; the key K_dev and the scalar of K_pin come in as arguments.

import { createECDH, createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { aesCmac } from './aes-cmac.ts';
import { PROOF, type SimIdentity } from './applet-message.ts';

export const RESULT = {
  done: 0x00,
  cancelled: 0x01,
  noResponse: 0x02,
  fraud: 0x03,
  blocked: 0x04,
  notEnrolled: 0x05,
  disabled: 0x06,
  busy: 0x07,
  notShown: 0x08,
  badRequest: 0x09,
  newPinRefused: 0x0a,
  noAuthority: 0x0b,
  codeWrong: 0x0c,
} as const;
export type Result = (typeof RESULT)[keyof typeof RESULT];

const CURVE = 'prime256v1';
const VERSION = 0x10;

export interface AnswerHead {
  readonly signed: boolean;
  readonly opOctet: number;
  readonly result: Result;
  /** Octet 3: high nibble wrong PINs since the last right one, low nibble tries left; FF when not enrolled. */
  readonly tries: number;
  readonly counter: number;
  readonly challenge: Buffer;
}

export interface ProofContext {
  readonly sim: SimIdentity;
  /** DATA of the request, padding taken off and segments joined. */
  readonly requestData: Buffer;
}

/** Octets 0 to 11 of an answer. */
export function answerHead(head: AnswerHead): Buffer {
  const octets = Buffer.alloc(12);
  octets.writeUInt8(VERSION | (head.signed ? PROOF.signature : PROOF.mac), 0);
  octets.writeUInt8(head.opOctet | 0x80, 1);
  octets.writeUInt8(head.result, 2);
  octets.writeUInt8(head.tries, 3);
  octets.writeUInt32BE(head.counter, 4);
  head.challenge.copy(octets, 8, 0, 4);
  return octets;
}

/** What the proof covers: "MIDA1", identity of the SIM, hash of the request, octets 0 to 11. */
export function proofInput(context: ProofContext, head: Buffer): Buffer {
  return covered('MIDA1', context, head);
}

/** An answer with a MAC by K_dev; `publicKey` (STATUS) is covered by the MAC after octets 0 to 11. */
export function macAnswer(context: ProofContext, head: Buffer, keys: { kdev: Buffer; publicKey?: Buffer }): Buffer {
  const publicKey = keys.publicKey ?? Buffer.alloc(0);
  const proof = aesCmac(keys.kdev, Buffer.concat([proofInput(context, head), publicKey]));
  return Buffer.concat([head, proof, publicKey]);
}

/** An answer signed by K_pin: ECDSA P-256 with SHA-256, r | s. */
export function signedAnswer(context: ProofContext, head: Buffer, kpin: string): Buffer {
  return Buffer.concat([head, ecdsa(proofInput(context, head), kpin)]);
}

/** ENROL and PIN_RESET done: signed by the new key over M and t = AES-CMAC(K_dev, M); t itself never travels. */
export function enrolmentAnswer(context: ProofContext, head: Buffer, keys: { kdev: Buffer; kpin: string }): Buffer {
  const publicKey = publicKeyOf(keys.kpin);
  const message = enrolmentInput(context, head, publicKey);
  const tag = aesCmac(keys.kdev, message);
  return Buffer.concat([head, ecdsa(Buffer.concat([message, tag]), keys.kpin), publicKey]);
}

/** M of sim-channel 5.4: "MIDE1", identity of the SIM, hash of the request, octets 0 to 11, new key. */
export function enrolmentInput(context: ProofContext, head: Buffer, publicKey: Buffer): Buffer {
  return Buffer.concat([covered('MIDE1', context, head), publicKey]);
}

/** A new scalar for K_pin, 64 hexadecimal digits. */
export function generateKpin(randomBytes: (size: number) => Buffer): string {
  for (;;) {
    const scalar = randomBytes(32);
    if (isKpinScalar(scalar.toString('hex'))) {
      return scalar.toString('hex');
    }
  }
}

/** True for a scalar from 1 to the order of P-256 minus 1. */
export function isKpinScalar(scalar: string): boolean {
  try {
    createECDH(CURVE).setPrivateKey(scalar, 'hex');
    return /^[0-9a-f]{64}$/i.test(scalar);
  } catch {
    return false;
  }
}

/** The compressed public key, 33 octets. */
export function publicKeyOf(kpin: string): Buffer {
  const curve = createECDH(CURVE);
  curve.setPrivateKey(kpin, 'hex');
  return curve.getPublicKey(null, 'compressed');
}

function covered(label: 'MIDA1' | 'MIDE1', { sim, requestData }: ProofContext, head: Buffer): Buffer {
  const requestHash = createHash('sha256').update(requestData).digest();
  return Buffer.concat([Buffer.from(label, 'ascii'), sim.iccid, sim.tar, Buffer.of(sim.keyVersion), requestHash, head]);
}

function ecdsa(message: Buffer, kpin: string): Buffer {
  return sign('sha256', message, { key: signingKey(kpin), dsaEncoding: 'ieee-p1363' });
}

function signingKey(kpin: string): KeyObject {
  const curve = createECDH(CURVE);
  curve.setPrivateKey(kpin, 'hex');
  const point = curve.getPublicKey();
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: Buffer.from(kpin, 'hex').toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
}
