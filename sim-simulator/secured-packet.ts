// Secured packets over SMS-PP (ETSI TS 102 225, 3GPP TS 31.115) with AES-CBC and an 8-octet AES-CMAC, as a card reads
// and writes them. Pure codec: which packet is acted upon, and whether anything is answered, is the card's decision.

import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto';
import { aesCmac } from './aes-cmac.ts';
import { MAX_USER_DATA } from './user-data.ts';

export const COMMAND_PACKET_ELEMENT = 0x70;

const MAC_LENGTH = 8;
const BLOCK = 16;
const ZERO_IV = Buffer.alloc(BLOCK);
const COMMAND_HEADER_LENGTH_WITH_MAC = 0x15;
const RESPONSE_HEADER_LENGTH_WITH_MAC = 0x12;
const RESPONSE_UDH = Buffer.of(0x02, 0x71, 0x00);
const CLEAR_COMMAND_HEAD = 10;
const COMMAND_COUNTERS = 6;
const CLEAR_RESPONSE_HEAD = 9;
const RESPONSE_COUNTERS = 7;
const MAX_COUNTER = 0xff_ffff_ffff;

export interface PacketKeys {
  readonly kic: Buffer;
  readonly kid: Buffer;
}

export interface CommandPacket {
  readonly headerLength: number;
  readonly spi1: number;
  readonly spi2: number;
  readonly kicByte: number;
  readonly kidByte: number;
  readonly tar: Buffer;
  /** CPL to TAR: what travels in clear and is covered by the MAC. */
  readonly clearHead: Buffer;
  readonly secured: Buffer;
}

export interface CommandContent {
  readonly counter: number;
  readonly data: Buffer;
}

export interface CommandFields extends CommandContent {
  readonly spi1: number;
  readonly spi2: number;
  readonly kicByte: number;
  readonly kidByte: number;
  readonly tar: Buffer;
}

export interface ResponseFields extends CommandContent {
  readonly tar: Buffer;
  /** Response status code, octet RSC: the packet's status, not the result of the applet's answer. */
  readonly rsc: number;
  readonly ciphered: boolean;
}

/** Reads the clear head of a command packet (from CPL on); undefined when lengths do not agree. */
export function parseCommand(packet: Buffer): CommandPacket | undefined {
  if (packet.length < CLEAR_COMMAND_HEAD + COMMAND_COUNTERS || packet.readUInt16BE(0) !== packet.length - 2) {
    return undefined;
  }
  const headerLength = packet.readUInt8(2);
  if (headerLength < 0x0d || headerLength + 3 > packet.length) {
    return undefined;
  }
  return {
    headerLength,
    spi1: packet.readUInt8(3),
    spi2: packet.readUInt8(4),
    kicByte: packet.readUInt8(5),
    kidByte: packet.readUInt8(6),
    tar: packet.subarray(7, 10),
    clearHead: packet.subarray(0, CLEAR_COMMAND_HEAD),
    secured: packet.subarray(CLEAR_COMMAND_HEAD),
  };
}

/**
 * True when the packet is at least as protected as the minimum security level (coded as SPI1; TS 102 226) and speaks
 * AES with one key set. The reserved "digital signature" counts as nothing.
 */
export function meetsSecurityLevel(packet: CommandPacket, level: { minimum: number; keySet: number }): boolean {
  const integrity = packet.spi1 & 0x03;
  const ciphered = (packet.spi1 & 0x04) !== 0;
  const counterCheck = (packet.spi1 >> 3) & 0x03;
  const wantedAlgorithm = (level.keySet << 4) | 0x02;
  return (
    packet.spi1 >> 5 === 0 &&
    integrity === 0x02 &&
    integrity >= (level.minimum & 0x03) &&
    ciphered &&
    counterCheck >= ((level.minimum >> 3) & 0x03) &&
    packet.headerLength === COMMAND_HEADER_LENGTH_WITH_MAC &&
    packet.kicByte === wantedAlgorithm &&
    packet.kidByte === wantedAlgorithm
  );
}

/** Deciphers a command and checks its MAC; undefined when either fails. The counter is not judged here. */
export function openCommand(packet: CommandPacket, keys: PacketKeys): CommandContent | undefined {
  if (packet.headerLength !== COMMAND_HEADER_LENGTH_WITH_MAC || !isWholeBlocks(packet.secured)) {
    return undefined;
  }
  const clear = decipher(keys.kic, packet.secured);
  const counters = clear.subarray(0, COMMAND_COUNTERS);
  const body = clear.subarray(COMMAND_COUNTERS + MAC_LENGTH);
  const expected = mac(keys.kid, [packet.clearHead, counters, body]);
  if (!timingSafeEqual(expected, clear.subarray(COMMAND_COUNTERS, COMMAND_COUNTERS + MAC_LENGTH))) {
    return undefined;
  }
  return contentOf(counters, body);
}

/** Builds a ciphered command packet from CPL on; the other end's work, kept for vectors, tests and the encoder. */
export function buildCommand(fields: CommandFields, keys: PacketKeys): Buffer {
  const padding = paddingFor(COMMAND_COUNTERS + MAC_LENGTH + fields.data.length);
  const head = Buffer.alloc(CLEAR_COMMAND_HEAD);
  const securedLength = COMMAND_COUNTERS + MAC_LENGTH + fields.data.length + padding;
  head.writeUInt16BE(CLEAR_COMMAND_HEAD - 2 + securedLength, 0);
  head.set([COMMAND_HEADER_LENGTH_WITH_MAC, fields.spi1, fields.spi2, fields.kicByte, fields.kidByte], 2);
  fields.tar.copy(head, 7);
  const counters = countersOf(fields.counter, padding);
  const body = Buffer.concat([fields.data, Buffer.alloc(padding)]);
  const code = mac(keys.kid, [head, counters, body]);
  return Buffer.concat([head, encipher(keys.kic, Buffer.concat([counters, code, body]))]);
}

/**
 * Builds a response packet with its header 02 71 00, ready to be the user data of one short message.
 * The MAC covers that header, unlike in commands. Throws RangeError when it does not fit one short message.
 */
export function buildResponse(fields: ResponseFields, keys: PacketKeys): Buffer {
  const contentLength = RESPONSE_COUNTERS + MAC_LENGTH + fields.data.length;
  const padding = fields.ciphered ? paddingFor(contentLength) : 0;
  const head = Buffer.alloc(CLEAR_RESPONSE_HEAD);
  RESPONSE_UDH.copy(head);
  head.writeUInt16BE(4 + contentLength + padding, 3);
  head.writeUInt8(RESPONSE_HEADER_LENGTH_WITH_MAC, 5);
  fields.tar.copy(head, 6);
  const counters = Buffer.concat([countersOf(fields.counter, padding), Buffer.of(fields.rsc)]);
  const body = Buffer.concat([fields.data, Buffer.alloc(padding)]);
  const content = Buffer.concat([counters, mac(keys.kid, [head, counters, body]), body]);
  const packet = Buffer.concat([head, fields.ciphered ? encipher(keys.kic, content) : content]);
  if (packet.length > MAX_USER_DATA) {
    throw new RangeError('A response packet must fit one short message');
  }
  return packet;
}

/** Opens a response packet (from 02 71 00 on); undefined when a length or the MAC is wrong. For the decoder and tests. */
export function openResponse(
  packet: Buffer,
  keys: PacketKeys,
  protection: { ciphered: boolean },
): ResponseFields | undefined {
  const head = packet.subarray(0, CLEAR_RESPONSE_HEAD);
  const secured = packet.subarray(CLEAR_RESPONSE_HEAD);
  const headFits =
    packet.length >= CLEAR_RESPONSE_HEAD + RESPONSE_COUNTERS + MAC_LENGTH &&
    head.subarray(0, 3).equals(RESPONSE_UDH) &&
    head.readUInt16BE(3) === packet.length - 5 &&
    head.readUInt8(5) === RESPONSE_HEADER_LENGTH_WITH_MAC;
  if (!headFits || (protection.ciphered && !isWholeBlocks(secured))) {
    return undefined;
  }
  const clear = protection.ciphered ? decipher(keys.kic, secured) : secured;
  const counters = clear.subarray(0, RESPONSE_COUNTERS);
  const body = clear.subarray(RESPONSE_COUNTERS + MAC_LENGTH);
  const code = clear.subarray(RESPONSE_COUNTERS, RESPONSE_COUNTERS + MAC_LENGTH);
  const content = timingSafeEqual(mac(keys.kid, [head, counters, body]), code) ? contentOf(counters, body) : undefined;
  const tar = head.subarray(6, 9);
  return content && { ...content, tar, rsc: counters.readUInt8(6), ciphered: protection.ciphered };
}

function contentOf(counters: Buffer, body: Buffer): CommandContent | undefined {
  const padding = counters.readUInt8(5);
  if (padding >= BLOCK || padding > body.length) {
    return undefined;
  }
  return { counter: counters.readUIntBE(0, 5), data: body.subarray(0, body.length - padding) };
}

function countersOf(counter: number, padding: number): Buffer {
  if (counter > MAX_COUNTER) {
    throw new RangeError('The packet counter is used up');
  }
  const counters = Buffer.alloc(COMMAND_COUNTERS);
  counters.writeUIntBE(counter, 0, 5);
  counters.writeUInt8(padding, 5);
  return counters;
}

function mac(kid: Buffer, covered: Buffer[]): Buffer {
  return aesCmac(kid, Buffer.concat(covered)).subarray(0, MAC_LENGTH);
}

function paddingFor(length: number): number {
  return (BLOCK - (length % BLOCK)) % BLOCK;
}

function isWholeBlocks(secured: Buffer): boolean {
  return secured.length >= BLOCK && secured.length % BLOCK === 0;
}

// A zero IV is right here: the counter and the pseudo-random MAC stand in the first block.
function encipher(kic: Buffer, clear: Buffer): Buffer {
  const cipher = createCipheriv(`aes-${kic.length * 8}-cbc`, kic, ZERO_IV).setAutoPadding(false);
  return Buffer.concat([cipher.update(clear), cipher.final()]);
}

function decipher(kic: Buffer, secured: Buffer): Buffer {
  const cipher = createDecipheriv(`aes-${kic.length * 8}-cbc`, kic, ZERO_IV).setAutoPadding(false);
  return Buffer.concat([cipher.update(secured), cipher.final()]);
}
