// Says in words what the octets of secured packets and applet messages mean (TS 102 225, TS 31.115, TS 23.040,
// and the application message). Pure: octets in, named fields out.

import { type AppletRequest, FLAG, OP } from './applet-message.ts';
import type { CommandPacket } from './secured-packet.ts';
import type { HeaderElement } from './user-data.ts';

/** One field of a message: its name, its octets in hexadecimal, and what they mean. */
export type Field = { name: string; hex: string; meaning: string };

const integrity = ['no integrity check', 'RC (checksum only)', 'CC (MAC)', 'DS (reserved)'];
const counterCheck = [
  'no counter',
  'counter present, replays not refused',
  'counter must be higher than the stored one',
  'counter must be exactly one higher',
];
const porWanted = ['no proof of receipt', 'proof of receipt always', 'proof of receipt on error only', 'reserved'];
const porIntegrity = ['without check', 'with RC', 'with CC (MAC)', 'with DS (reserved)'];
const cipherAlgorithms: Record<number, string> = {
  0: 'implicit',
  1: 'DES-CBC',
  2: 'AES-CBC',
  3: 'proprietary',
  5: '3DES, two keys',
  9: '3DES, three keys',
  13: 'DES-ECB',
};
const macAlgorithms: Record<number, string> = {
  0: 'implicit',
  1: 'DES',
  2: 'AES-CMAC',
  3: 'proprietary',
  5: '3DES, two keys',
  9: '3DES, three keys',
};
const responseStatus: Record<number, string> = {
  0: 'PoR OK',
  1: 'RC, CC or DS failed',
  2: 'counter low',
  3: 'counter high',
  4: 'counter blocked',
  5: 'ciphering error',
  6: 'unidentified security error',
  7: 'insufficient memory',
  8: 'more time needed',
  9: 'TAR unknown',
  10: 'insufficient security level',
  11: 'the actual response follows by SMS-SUBMIT',
  12: 'the actual response follows by USSD',
};
const results: Record<number, string> = {
  0: 'approved, done or enrolled',
  1: 'the user cancelled',
  2: 'no response from the user',
  3: 'the user says: it was not me',
  4: 'PIN blocked',
  5: 'not enrolled, or nothing to cancel',
  6: 'disabled',
  7: 'busy with another challenge',
  8: 'the phone could not show it',
  9: 'bad request',
  10: 'new PINs differ or are weak, three rounds',
  11: 'no authority',
  12: 'reference code typed wrong twice',
};
const elementNames: Record<number, string> = {
  0: 'concatenation, 8-bit reference',
  8: 'concatenation, 16-bit reference',
  112: 'command packet (CPI)',
  113: 'response packet (RPI)',
};
const flagWords: [number, string][] = [
  [FLAG.pin, 'PIN needed'],
  [FLAG.showCode, 'show the reference code'],
  [FLAG.sound, 'sound'],
  [FLAG.fullText, 'show the text in full'],
  [FLAG.restoreTries, 'restore tries'],
  [FLAG.typeCode, 'the user types the reference code'],
];
const opNames = new Map<number, string>(
  Object.entries(OP).map(([name, value]) => [value, name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()]),
);

/** The elements of a user data header. */
export function explainHeader(elements: readonly HeaderElement[]): Field[] {
  return elements.map(({ id, value }) => {
    const name = elementNames[id] ?? 'unknown element';
    const isSegment = id === 0 || id === 8;
    const [total = 0, index = 0] = value.subarray(-2);
    const part = isSegment ? `, part ${index} of ${total}` : '';
    return { name: `UDH IE ${octet(id)}`, hex: value.toString('hex'), meaning: `${name}${part}` };
  });
}

/** What stands in clear at the head of a command packet. */
export function explainCommandHead(packet: CommandPacket): Field[] {
  const { clearHead, headerLength, spi1, spi2, kicByte, kidByte, tar } = packet;
  return [
    { name: 'CPL', hex: clearHead.toString('hex', 0, 2), meaning: `${clearHead.readUInt16BE(0)} octets follow` },
    {
      name: 'CHL',
      hex: octet(headerLength),
      meaning: `header of ${headerLength} octets, ${checkLength(headerLength)}`,
    },
    { name: 'SPI1', hex: octet(spi1), meaning: explainSpi1(spi1) },
    { name: 'SPI2', hex: octet(spi2), meaning: explainSpi2(spi2) },
    { name: 'KIc', hex: octet(kicByte), meaning: keyWords(kicByte, cipherAlgorithms) },
    { name: 'KID', hex: octet(kidByte), meaning: keyWords(kidByte, macAlgorithms) },
    { name: 'TAR', hex: tar.toString('hex'), meaning: ascii(tar) },
  ];
}

/** The first octet of SPI: how the command is protected. */
export function explainSpi1(spi1: number): string {
  const ciphering = (spi1 & 0x04) === 0 ? 'in clear' : 'ciphered';
  const reserved = spi1 >> 5 === 0 ? '' : ', reserved bits set';
  return `${integrity[spi1 & 0x03]}, ${ciphering}, ${counterCheck[(spi1 >> 3) & 0x03]}${reserved}`;
}

/** The second octet of SPI: which proof of receipt is asked for. */
export function explainSpi2(spi2: number): string {
  const wanted = porWanted[spi2 & 0x03] ?? '';
  if ((spi2 & 0x03) === 0) return wanted;
  const ciphering = (spi2 & 0x10) === 0 ? 'in clear' : 'ciphered';
  const carrier = (spi2 & 0x20) === 0 ? 'in the delivery report' : 'by SMS-SUBMIT';
  return `${wanted}, ${porIntegrity[(spi2 >> 2) & 0x03]}, ${ciphering}, ${carrier}`;
}

/** The status of a response packet. */
export function explainStatus(rsc: number): string {
  return responseStatus[rsc] ?? 'reserved';
}

/** A request of the provider to the applet. */
export function explainRequest(data: Buffer, request: AppletRequest): Field[] {
  const flags = flagWords.filter(([bit]) => (request.flags & bit) !== 0).map(([, word]) => word);
  const proof = request.proof === 1 ? 'AES-CMAC' : 'ECDSA P-256';
  return [
    { name: 'version, proof', hex: data.toString('hex', 0, 1), meaning: `version 1, proof wanted: ${proof}` },
    { name: 'op', hex: octet(request.op), meaning: opNames.get(request.op) ?? 'unknown' },
    { name: 'flags', hex: octet(request.flags), meaning: flags.join(', ') || 'none' },
    { name: 'ttl', hex: data.toString('hex', 3, 5), meaning: `${request.ttlSeconds} s` },
    { name: 'challenge', hex: request.challenge.toString('hex'), meaning: '' },
    ...explainTags(data.subarray(21), request),
  ];
}

function explainTags(tlvs: Buffer, request: AppletRequest): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at + 2 <= tlvs.length; at += 2 + tlvs.readUInt8(at + 1)) {
    const tag = tlvs.readUInt8(at);
    const value = tlvs.subarray(at + 2, at + 2 + tlvs.readUInt8(at + 1));
    fields.push({ name: `tag ${octet(tag)}`, hex: value.toString('hex'), meaning: tagWords(tag, request) });
  }
  return fields;
}

function tagWords(tag: number, request: AppletRequest): string {
  const words: Record<number, string> = {
    66: `language ${request.language}`,
    193: `service name "${request.serviceName}"`,
    194: `message "${request.message}"`,
    195: 'SHA-256 of the full text',
    196: 'authority of the server',
    197: `at most ${request.pinRules?.mostTries} tries, PIN policy ${request.pinRules?.policyBits}`,
    198: `administrative number ${request.adminNumber}`,
    199: 'challenge of the session to end',
  };
  return words[tag] ?? 'unknown, ignored';
}

const answerLengths: Record<number, string> = {
  28: 'AES-CMAC by K_dev',
  61: 'AES-CMAC by K_dev, then the public key',
  76: 'ECDSA signature by K_pin',
  109: 'ECDSA signature by the new K_pin, then the public key',
};

/** Says whether octets have the form of an applet's answer. */
export function isAnswer(data: Buffer): boolean {
  const [head = 0, op = 0] = data;
  return answerLengths[data.length] !== undefined && (head === 0x11 || head === 0x12) && (op & 0x80) !== 0;
}

/** An answer of the applet; `isAnswer` must hold. */
export function explainAnswer(data: Buffer): Field[] {
  const op = data.readUInt8(1) & 0x7f;
  const tries = data.readUInt8(3);
  const triesWords =
    tries === 0xff ? 'not enrolled' : `${tries >> 4} wrong since the last right one, ${tries & 15} left`;
  const proofEnd = data.readUInt8(0) === 0x12 ? 76 : 28;
  const fields = [
    { name: 'version, proof', hex: octet(data.readUInt8(0)), meaning: `version 1, ${answerLengths[data.length]}` },
    { name: 'op', hex: octet(op | 0x80), meaning: `answer to ${opNames.get(op) ?? 'an unknown op'}` },
    { name: 'result', hex: octet(data.readUInt8(2)), meaning: results[data.readUInt8(2)] ?? 'unknown' },
    { name: 'tries', hex: octet(tries), meaning: triesWords },
    { name: 'applet counter', hex: data.toString('hex', 4, 8), meaning: String(data.readUInt32BE(4)) },
    { name: 'challenge', hex: data.toString('hex', 8, 12), meaning: 'its first 4 octets' },
    { name: 'proof', hex: data.toString('hex', 12, proofEnd), meaning: 'not checked: it covers the request too' },
  ];
  if (data.length <= proofEnd) return fields;
  return [...fields, { name: 'public key', hex: data.toString('hex', proofEnd), meaning: 'P-256, compressed' }];
}

function checkLength(headerLength: number): string {
  return headerLength < 0x0d ? 'too short' : `${headerLength - 0x0d} of them for RC, CC or DS`;
}

function keyWords(byte: number, algorithms: Record<number, string>): string {
  return `key set ${byte >> 4}, ${algorithms[byte & 0x0f] ?? 'unknown algorithm'}`;
}

function ascii(octets: Buffer): string {
  const text = octets.toString('latin1');
  return /^[ -~]+$/.test(text) ? `"${text}"` : '';
}

function octet(value: number): string {
  return value.toString(16).padStart(2, '0');
}
