// Builds what the provider sends: an applet request, the secured packet round it, and the short messages that carry
// it. For people who test a card or an SMSC by hand. Pure.

import { type AppletRequest, encodeRequest, FLAG, OP, type Op } from './applet-message.ts';
import { CliError, exitCodes } from './cli-terminal.ts';
import { buildCommand, type CommandFields, type PacketKeys } from './secured-packet.ts';
import { MAX_USER_DATA } from './user-data.ts';

const FIRST_HEADER = 8;
const NEXT_HEADER = 6;
const MAX_SEGMENTS = 16;

export type RequestOptions = {
  op?: string;
  service?: string;
  message?: string;
  ttl: string;
  challenge?: string;
  language?: string;
  flags?: string;
  target?: string;
};

const ops: Record<string, Op> = {
  authenticate: OP.authenticate,
  authorize: OP.authorize,
  status: OP.status,
  cancel: OP.cancel,
};
const flagNames: Record<string, number> = {
  pin: FLAG.pin,
  'show-code': FLAG.showCode,
  sound: FLAG.sound,
  'full-text': FLAG.fullText,
  'type-code': FLAG.typeCode,
};

/** What `--op` takes. */
export const opChoices = Object.keys(ops);
/** What `--flags` takes. */
export const flagChoices = Object.keys(flagNames);

/** Builds the octets of a request. `challenge` is used when none is given. Throws a usage CliError. */
export function requestData(options: RequestOptions, challenge: Buffer): Buffer {
  const op = ops[options.op ?? ''];
  if (op === undefined) throw usage('bad_op', `The value of --op is one of ${opChoices.join(', ')}.`);
  const flags = flagsOf(options.flags);
  const request: AppletRequest = {
    proof: (flags & FLAG.pin) === 0 ? 1 : 2,
    op,
    flags,
    ttlSeconds: ttlOf(options.ttl),
    challenge: options.challenge === undefined ? challenge : octetsOf(options.challenge, '--challenge', 16),
    language: options.language,
    serviceName: options.service,
    message: options.message,
    target: options.target === undefined ? undefined : octetsOf(options.target, '--target', 16),
  };
  try {
    return encodeRequest(request);
  } catch (error) {
    throw usage('bad_text', error instanceof RangeError ? `${error.message}.` : 'The request cannot be built.');
  }
}

/** Builds the user data of the short messages that carry one command packet. Throws a usage CliError. */
export function commandMessages(fields: CommandFields, keys: PacketKeys, reference: number): Buffer[] {
  const packet = buildCommand(fields, keys);
  const whole = Buffer.concat([Buffer.of(0x02, 0x70, 0x00), packet]);
  if (whole.length <= MAX_USER_DATA) return [whole];
  const parts = cut(packet);
  if (parts.length > MAX_SEGMENTS) throw usage('too_long', 'That does not fit 16 short messages.');
  return parts.map((part, index) => {
    const concatenation = [0x00, 0x03, reference & 0xff, parts.length, index + 1];
    const header = index === 0 ? [FIRST_HEADER - 1, ...concatenation, 0x70, 0x00] : [NEXT_HEADER - 1, ...concatenation];
    return Buffer.concat([Buffer.from(header), part]);
  });
}

/** Reads hexadecimal digits, blanks and colons allowed. Throws a usage CliError that does not repeat them. */
export function octetsOf(written: string, option: string, length?: number): Buffer {
  const digits = written.replace(/[\s:]/g, '').replace(/^0x/i, '');
  const isHex = /^([0-9a-f]{2})+$/i.test(digits) && digits.length <= 8192;
  if (!isHex || (length !== undefined && digits.length !== length * 2)) {
    const wanted = length === undefined ? 'octets' : `${length} octets`;
    throw usage('bad_hex', `The value of ${option} must be ${wanted} in hexadecimal.`);
  }
  return Buffer.from(digits, 'hex');
}

function cut(packet: Buffer): Buffer[] {
  const parts = [packet.subarray(0, MAX_USER_DATA - FIRST_HEADER)];
  const size = MAX_USER_DATA - NEXT_HEADER;
  for (let at = MAX_USER_DATA - FIRST_HEADER; at < packet.length; at += size)
    parts.push(packet.subarray(at, at + size));
  return parts;
}

function flagsOf(written = ''): number {
  let flags = 0;
  for (const name of written.split(',').filter((each) => each !== '')) {
    const flag = flagNames[name.trim()];
    if (flag === undefined) throw usage('bad_flag', `The values of --flags are ${flagChoices.join(', ')}.`);
    flags |= flag;
  }
  return flags;
}

function ttlOf(written: string): number {
  const seconds = Number(written);
  if (/^\d+$/.test(written) && seconds >= 10 && seconds <= 900) return seconds;
  throw usage('bad_ttl', 'The value of --ttl is a number of seconds from 10 to 900.');
}

function usage(code: string, message: string): CliError {
  return new CliError(exitCodes.usage, code, message);
}
