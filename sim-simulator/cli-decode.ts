// Decodes what travels between provider and card: user data, command and response packets, and the applet's own
// messages. Pure: octets and keys in, named fields out.

import { parseRequest, referenceCodeOf } from './applet-message.ts';
import {
  explainAnswer,
  explainCommandHead,
  explainHeader,
  explainRequest,
  explainStatus,
  type Field,
  isAnswer,
} from './cli-explain.ts';
import {
  COMMAND_PACKET_ELEMENT,
  openCommand,
  openResponse,
  type PacketKeys,
  parseCommand,
  type ResponseFields,
} from './secured-packet.ts';
import { createReassembly, parseUserData, type UserData } from './user-data.ts';

const RESPONSE_PACKET_ELEMENT = 0x71;

/** Keys to try, with the number of the SIM they belong to, when it is known. */
export type NamedKeys = PacketKeys & { sim?: string | undefined };

export type Decoded = {
  kind: 'command' | 'response' | 'request' | 'answer';
  /** Whether the cryptographic checksum fits; `unchecked` when no key was given. */
  cc: 'ok' | 'bad' | 'unchecked' | 'none';
  sim?: string;
  fields: Field[];
  /** The application data inside, in hexadecimal. */
  data?: string;
  referenceCode?: string;
};

/** Decodes one message, or the segments of one. Gives undefined when the octets are none of the known kinds. */
export function decode(parts: Buffer[], keys: NamedKeys[]): Decoded | undefined {
  const octets = Buffer.concat(parts);
  return decodeUserData(parts, keys) ?? decodeCommand(octets, { keys, header: [] }) ?? decodeApplication(octets);
}

function decodeUserData(parts: Buffer[], keys: NamedKeys[]): Decoded | undefined {
  const whole = joinSegments(parts);
  if (!whole) return undefined;
  const header = explainHeader(whole.elements);
  const has = (element: number) => whole.elements.some(({ id }) => id === element);
  if (has(COMMAND_PACKET_ELEMENT)) return decodeCommand(whole.body, { keys, header });
  return has(RESPONSE_PACKET_ELEMENT) ? decodeResponse(Buffer.concat(parts), { keys, header }) : undefined;
}

// A single user data with a packet inside comes back as it is; anything else is no user data.
function joinSegments(parts: Buffer[]): UserData | undefined {
  const reassembly = createReassembly(() => new Date(0));
  let whole: UserData | undefined;
  for (const part of parts) {
    const userData = parseUserData(part);
    whole = userData && reassembly.add('decode', userData);
  }
  return whole;
}

type Context = { keys: NamedKeys[]; header: Field[] };

function decodeCommand(octets: Buffer, { keys, header }: Context): Decoded | undefined {
  const packet = parseCommand(octets);
  if (!packet) return undefined;
  const fields = [...header, ...explainCommandHead(packet)];
  const found = firstFitting(keys, (each) => openCommand(packet, each));
  if (!found)
    return { kind: 'command', cc: keys.length > 0 ? 'bad' : 'unchecked', fields: withSecured(fields, packet.secured) };
  const { counter, data } = found.content;
  fields.push(
    { name: 'CNTR', hex: counterHex(counter), meaning: String(counter) },
    { name: 'CC', hex: '', meaning: `ok, covers CPL to TAR, CNTR, PCNTR, data and padding` },
  );
  return { kind: 'command', cc: 'ok', ...simOf(found.keys), ...inside(fields, data) };
}

function decodeResponse(octets: Buffer, { keys, header }: Context): Decoded {
  const fields = [...header, ...explainResponseHead(octets)];
  const found = firstFitting(keys, (each) => openEither(octets, each));
  if (!found)
    return {
      kind: 'response',
      cc: keys.length > 0 ? 'bad' : 'unchecked',
      fields: withSecured(fields, octets.subarray(9)),
    };
  const { counter, rsc, ciphered, data } = found.content;
  fields.push(
    { name: 'CNTR', hex: counterHex(counter), meaning: `${counter}, copied from the command` },
    { name: 'RSC', hex: rsc.toString(16).padStart(2, '0'), meaning: explainStatus(rsc) },
    { name: 'CC', hex: '', meaning: `ok, ${ciphered ? 'ciphered' : 'in clear'}, covers 02 71 00 too` },
  );
  return { kind: 'response', cc: 'ok', ...simOf(found.keys), ...inside(fields, data) };
}

function explainResponseHead(octets: Buffer): Field[] {
  if (octets.length < 9) return [];
  return [
    { name: 'RPL', hex: octets.toString('hex', 3, 5), meaning: `${octets.readUInt16BE(3)} octets follow` },
    { name: 'RHL', hex: octets.toString('hex', 5, 6), meaning: `header of ${octets.readUInt8(5)} octets` },
    { name: 'TAR', hex: octets.toString('hex', 6, 9), meaning: '' },
  ];
}

// A response does not say whether it is ciphered: the command asked for it, and the decoder has not seen the command.
function openEither(octets: Buffer, keys: PacketKeys): ResponseFields | undefined {
  return openResponse(octets, keys, { ciphered: true }) ?? openResponse(octets, keys, { ciphered: false });
}

function firstFitting<Content>(keys: NamedKeys[], open: (keys: NamedKeys) => Content | undefined) {
  for (const each of keys) {
    const content = open(each);
    if (content) return { keys: each, content };
  }
  return undefined;
}

function inside(fields: Field[], data: Buffer): Pick<Decoded, 'fields' | 'data' | 'referenceCode'> {
  const application = decodeApplication(data);
  if (!application)
    return {
      fields: [...fields, { name: 'data', hex: data.toString('hex'), meaning: '' }],
      data: data.toString('hex'),
    };
  const { referenceCode } = application;
  return {
    fields: [...fields, ...application.fields],
    data: data.toString('hex'),
    ...(referenceCode === undefined ? {} : { referenceCode }),
  };
}

function decodeApplication(data: Buffer): Decoded | undefined {
  if (isAnswer(data)) return { kind: 'answer', cc: 'none', fields: explainAnswer(data), data: data.toString('hex') };
  const parsed = parseRequest(data);
  if (parsed.kind !== 'request') return undefined;
  const referenceCode = referenceCodeOf(parsed.request.challenge);
  const fields = explainRequest(data, parsed.request).map((field) =>
    field.name === 'challenge' ? { ...field, meaning: `reference code ${referenceCode}` } : field,
  );
  return { kind: 'request', cc: 'none', fields, data: data.toString('hex'), referenceCode };
}

function withSecured(fields: Field[], secured: Buffer): Field[] {
  return [...fields, { name: 'secured part', hex: secured.toString('hex'), meaning: 'not opened' }];
}

function simOf({ sim }: NamedKeys): { sim?: string } {
  return sim === undefined ? {} : { sim };
}

function counterHex(counter: number): string {
  return counter.toString(16).padStart(10, '0');
}
