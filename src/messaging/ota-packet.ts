// Secured packets over SMS (ETSI TS 102 225, 3GPP TS 31.115): commands out, responses in, AES only. Pure.
// Knows nothing of what the data means; counters come in from the caller and are never reused by it.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { aesCmac, constantTimeEqual } from './aes-cmac.ts';
import { splitUserData } from './user-data-header.ts';

/** Keys of one SIM for the packet layer; each has 16, 24 or 32 octets. */
export interface PacketKeys {
  readonly kic: Buffer;
  readonly kid: Buffer;
}

/** SPI 16 39: CC, ciphered, counter higher; proof of receipt always, with CC, ciphered, by SMS-SUBMIT. */
export const defaultSpi = 0x1639;
/** `4D4944`, the applet of this product. Handed out as a copy, so that nobody can change it for others. */
export const defaultTar = (): Buffer => Buffer.from('4d4944', 'hex');
/** Octets of data that fit one and two SMS with AES and an 8-octet CC (sim-channel 1.6). */
export const commandCapacity = { oneSms: 98, twoSms: 242, threeSms: 370 } as const;

const blockSize = 16;
const ccLength = 8;
const userDataLimit = 140;
const commandUdh = Buffer.from('027000', 'hex');
const responseUdh = Buffer.from('027100', 'hex');
const responseIei = 0x71;
const concatenationIeis = [0x00, 0x08];
const highestCounter = 0xff_ffff_ffff;

export interface CommandPacket {
  readonly keys: PacketKeys;
  /** SPI1 and SPI2; the integrity bits must ask for a CC. Default 1639. */
  readonly spi?: number;
  /** Key set and algorithm; both must name the same set and AES. Default 12 and 12. */
  readonly kicByte?: number;
  readonly kidByte?: number;
  readonly tar?: Buffer;
  /** 0 to FFFFFFFFFF, allocated and committed by the caller before sending. */
  readonly counter: bigint | number;
  readonly data: Buffer;
  /** 0 to 255, joins the parts if there are several. */
  readonly concatReference: number;
}

/**
 * Builds a Command Packet and cuts it into TP-UDs of at most 140 octets, UDH included.
 * Throws RangeError for data over three SMS and for parameters that would weaken the packet.
 */
export function buildCommandPacket(packet: CommandPacket): Buffer[] {
  const { keys, spi = defaultSpi, kicByte = 0x12, kidByte = 0x12, tar = defaultTar(), data } = packet;
  checkSecurity({ spi, kicByte, kidByte, tar });
  if (data.length > commandCapacity.threeSms) throw new RangeError('command data does not fit three SMS');
  const ciphered = (spi & 0x0400) !== 0;
  const padding = ciphered ? (blockSize - ((6 + ccLength + data.length) % blockSize)) % blockSize : 0;
  const head = commandHead({ spi, kicByte, kidByte, tar, bodyLength: 6 + ccLength + data.length + padding });
  const counter = Buffer.concat([counterOctets(packet.counter), Buffer.of(padding)]);
  const tail = Buffer.concat([data, Buffer.alloc(padding)]);
  const cc = aesCmac(keys.kid, Buffer.concat([head, counter, tail])).subarray(0, ccLength);
  const body = Buffer.concat([counter, cc, tail]);
  return segment(Buffer.concat([head, ciphered ? encipher(keys.kic, body) : body]), packet.concatReference);
}

/** Why a response was dropped; for a metric, never for the sender. */
export type ResponseFault =
  | 'not-a-response'
  | 'header-length'
  | 'other-application'
  | 'concatenated'
  | 'length'
  | 'integrity'
  | 'padding';

export type ParsedResponse =
  | { readonly kind: 'ok'; readonly tar: Buffer; readonly counter: number; readonly rsc: number; readonly data: Buffer }
  | { readonly kind: 'rejected'; readonly reason: ResponseFault };

export interface ResponseExpectation {
  readonly keys: PacketKeys;
  readonly tar?: Buffer;
  /** False only for a SPI2 that asks for a clear proof of receipt. */
  readonly ciphered?: boolean;
}

/**
 * Opens a Response Packet with one SIM's keys, in the order of sim-channel 5.6. Nothing in the answer has been
 * believed before the CC was right; a response without CC (RHL 0A) is always rejected. `rsc` is the packet's status.
 */
export function parseResponsePacket(tpUd: Buffer, expected: ResponseExpectation): ParsedResponse {
  const { keys, tar = defaultTar(), ciphered = true } = expected;
  const clear = readClearHead(tpUd);
  if (typeof clear === 'string') return { kind: 'rejected', reason: clear };
  const fault = clearFault(clear, { tar, ciphered });
  if (fault) return { kind: 'rejected', reason: fault };
  const body = ciphered ? decipher(keys.kic, clear.body) : clear.body;
  const covered = Buffer.concat([responseUdh, clear.head, body.subarray(0, 7), body.subarray(7 + ccLength)]);
  const cc = aesCmac(keys.kid, covered).subarray(0, ccLength);
  if (!constantTimeEqual(cc, body.subarray(7, 7 + ccLength))) return { kind: 'rejected', reason: 'integrity' };
  return openBody(clear.head.subarray(3), body);
}

/** The TAR of what looks like a Response Packet, unproven: for routing and metrics only. */
export function readResponseTar(tpUd: Buffer): Buffer | undefined {
  const clear = readClearHead(tpUd);
  return typeof clear === 'string' ? undefined : Buffer.from(clear.head.subarray(3, 6));
}

interface ClearResponse {
  /** RPL, RHL, TAR. */
  readonly head: Buffer;
  readonly concatenated: boolean;
  readonly body: Buffer;
}

function readClearHead(tpUd: Buffer): ClearResponse | ResponseFault {
  const split = splitUserData(tpUd);
  const identifier = split?.elements.find((element) => element.iei === responseIei);
  if (!split || identifier?.value.length !== 0) return 'not-a-response';
  if (split.rest.length < 6) return 'length';
  const concatenated = split.elements.some((element) => concatenationIeis.includes(element.iei));
  return { head: split.rest.subarray(0, 6), concatenated, body: split.rest.subarray(6) };
}

function clearFault(clear: ClearResponse, expected: { tar: Buffer; ciphered: boolean }): ResponseFault | undefined {
  const { head, body } = clear;
  if (head[2] !== 10 + ccLength) return 'header-length';
  if (!head.subarray(3, 6).equals(expected.tar)) return 'other-application';
  if (clear.concatenated) return 'concatenated';
  if (head.readUInt16BE(0) !== 4 + body.length || body.length < 7 + ccLength) return 'length';
  return expected.ciphered && body.length % blockSize !== 0 ? 'length' : undefined;
}

function openBody(tar: Buffer, body: Buffer): ParsedResponse {
  const padding = body[5] ?? 0;
  const end = body.length - padding;
  if (padding >= blockSize || end < 7 + ccLength) return { kind: 'rejected', reason: 'padding' };
  return {
    kind: 'ok',
    tar: Buffer.from(tar),
    counter: body.readUIntBE(0, 5),
    rsc: body[6] ?? 0,
    data: Buffer.from(body.subarray(7 + ccLength, end)),
  };
}

function checkSecurity(choice: { spi: number; kicByte: number; kidByte: number; tar: Buffer }): void {
  const { spi, kicByte, kidByte, tar } = choice;
  if (!Number.isInteger(spi) || spi < 0 || spi > 0xffff) throw new RangeError('SPI has two octets');
  // A ciphered packet without CC would leave the zero IV unprotected; a clear one could be forged.
  if (((spi >> 8) & 0x03) !== 0x02) throw new RangeError('SPI must ask for a cryptographic checksum');
  if ((kicByte & 0x0f) !== 2 || (kidByte & 0x0f) !== 2) throw new RangeError('KIc and KID must name AES');
  if (kicByte >> 4 !== kidByte >> 4) throw new RangeError('KIc and KID must name the same key set');
  if (tar.length !== 3) throw new RangeError('a TAR has 3 octets');
}

function commandHead(fields: {
  spi: number;
  kicByte: number;
  kidByte: number;
  tar: Buffer;
  bodyLength: number;
}): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(8 + fields.bodyLength, 0);
  head[2] = 0x0d + ccLength;
  head.writeUInt16BE(fields.spi, 3);
  head[5] = fields.kicByte;
  head[6] = fields.kidByte;
  fields.tar.copy(head, 7);
  return head;
}

function counterOctets(counter: bigint | number): Buffer {
  const value = Number(counter);
  if (!Number.isInteger(value) || value < 0 || value > highestCounter) throw new RangeError('CNTR has five octets');
  const octets = Buffer.alloc(5);
  octets.writeUIntBE(value, 0, 5);
  return octets;
}

// The zero IV is what TS 102 225 asks for; it is safe because the pseudo-random CC lies in the first block.
function encipher(key: Buffer, clear: Buffer): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, Buffer.alloc(blockSize)).setAutoPadding(false);
  return Buffer.concat([cipher.update(clear), cipher.final()]);
}

function decipher(key: Buffer, secret: Buffer): Buffer {
  const cipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, Buffer.alloc(blockSize)).setAutoPadding(false);
  return Buffer.concat([cipher.update(secret), cipher.final()]);
}

// Ciphered and signed first, cut afterwards; the first part carries the packet identifier, all carry the reference.
function segment(packet: Buffer, reference: number): Buffer[] {
  const single = Buffer.concat([commandUdh, packet]);
  if (single.length <= userDataLimit) return [single];
  if (!Number.isInteger(reference) || reference < 0 || reference > 255) {
    throw new RangeError('a concatenation reference has one octet');
  }
  const first = userDataLimit - 8;
  const next = userDataLimit - 6;
  const count = 1 + Math.ceil((packet.length - first) / next);
  return Array.from({ length: count }, (_, index) => {
    const part = [0x00, 0x03, reference, count, index + 1];
    if (index === 0) return Buffer.concat([Buffer.of(7, ...part, 0x70, 0x00), packet.subarray(0, first)]);
    const start = first + (index - 1) * next;
    return Buffer.concat([Buffer.of(5, ...part), packet.subarray(start, start + next)]);
  });
}
