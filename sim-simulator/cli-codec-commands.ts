// The commands that need no running simulator: decode, encode, vectors.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { type Decoded, decode } from './cli-decode.ts';
import { commandMessages, flagChoices, octetsOf, opChoices, type RequestOptions, requestData } from './cli-encode.ts';
import { addKeyOptions, type KeyFileOptions, keysFrom } from './cli-key-files.ts';
import { type CliContext, CliError, exitCodes, paint, printable, printJson, printLine } from './cli-terminal.ts';
import { runVectors, type VectorResult } from './cli-vectors.ts';

/** Adds `decode`, `encode` and `vectors` to the program. */
export function addCodecCommands(program: Command, context: CliContext): void {
  addDecode(program, context);
  addEncode(program, context);
  addVectors(program, context);
}

function addDecode(program: Command, { terminal }: CliContext): void {
  const command = program
    .command('decode')
    .description('explain an SMS user data, a secured packet, or a message of the applet')
    .argument('<hex...>', 'octets in hexadecimal; the segments of one message as separate words')
    .option('--json', 'machine-readable answer');
  addKeyOptions(command).action(async (words: string[], options: KeyFileOptions & { json?: true }) => {
    const keys = await keysFrom(options);
    const decoded = decode(partsOf(words), keys);
    if (!decoded)
      throw new CliError(exitCodes.failed, 'not_decoded', 'These octets are no packet and no applet message.');
    if (options.json) printJson(terminal, decoded);
    else printDecoded(terminal, decoded);
    if (decoded.cc === 'bad')
      throw new CliError(exitCodes.failed, 'cc_bad', 'CC bad: no key at hand opens this packet.');
  });
}

// Several words are the segments of one message if each begins with a header of its own; else one text with blanks.
function partsOf(words: string[]): Buffer[] {
  const areSegments = words.length > 1 && words.every((word) => /^(0[57]00|0[68]08)/i.test(word) && word.length > 16);
  return areSegments ? words.map((word) => octetsOf(word, '<hex>')) : [octetsOf(words.join(''), '<hex>')];
}

const titles: Record<Decoded['kind'], string> = {
  command: 'Command packet, provider to card',
  response: 'Response packet, card to provider',
  request: 'Request to the applet',
  answer: 'Answer of the applet',
};

function printDecoded(terminal: CliContext['terminal'], decoded: Decoded): void {
  const sim = decoded.sim === undefined ? '' : `, keys of ${decoded.sim}`;
  printLine(terminal, paint(terminal, 'bold', `${titles[decoded.kind]}${sim}`));
  const width = Math.max(...decoded.fields.map(({ name }) => name.length));
  for (const { name, hex, meaning } of decoded.fields) {
    const octets = hex === '' ? '' : `${hex}  `;
    printLine(terminal, `  ${name.padEnd(width)}  ${octets}${paint(terminal, 'cyan', printable(meaning))}`.trimEnd());
  }
  if (decoded.cc === 'unchecked')
    printLine(terminal, '  CC not checked: give the keys with --export-file, or --kic and --kid.');
}

type EncodeOptions = RequestOptions &
  KeyFileOptions & { data?: string; counter?: string; spi: string; keySet: string; tar: string; json?: true };

function addEncode(program: Command, { terminal }: CliContext): void {
  const command = program
    .command('encode')
    .description('build a request to the applet, and with keys the SMS user data that carries it')
    .addOption(new Option('--data <hex>', 'application data as it is, in place of --op').conflicts('op'))
    .addOption(new Option('--op <name>', 'the request').choices(opChoices))
    .option('--service <name>', 'service name')
    .option('--message <text>', 'message')
    .option('--ttl <seconds>', 'how long the applet may wait', '120')
    .option('--challenge <hex>', '16 octets; random if not given')
    .option('--language <code>', 'two letters')
    .option('--flags <list>', `of ${flagChoices.join(', ')}, with commas between`)
    .option('--target <hex>', 'challenge of the session to end, for cancel')
    .option('--counter <n>', 'packet counter; with it and keys, the packet is built')
    .option('--spi <hex>', 'security parameters', '1639')
    .option('--key-set <n>', 'key set of KIc and KID', '1')
    .option('--tar <hex>', 'toolkit application reference', '4d4944')
    .option('--json', 'machine-readable answer');
  addKeyOptions(command).action(async (options: EncodeOptions) => {
    const challenge = randomBytes(16);
    const data = options.data === undefined ? requestData(options, challenge) : octetsOf(options.data, '--data');
    const messages = await messagesFor(options, data);
    if (options.json) {
      return printJson(terminal, {
        data: data.toString('hex'),
        messages: messages.map((each) => each.toString('hex')),
      });
    }
    for (const octets of messages.length > 0 ? messages : [data]) printLine(terminal, octets.toString('hex'));
  });
}

async function messagesFor(options: EncodeOptions, data: Buffer): Promise<Buffer[]> {
  if (options.counter === undefined) return [];
  const [keys, ...others] = await keysFrom(options);
  if (!keys || others.length > 0) {
    throw new CliError(exitCodes.usage, 'one_key', 'Name the SIM with --sim, or give --kic and --kid.');
  }
  const [spi1 = 0, spi2 = 0] = octetsOf(options.spi, '--spi', 2);
  const keyByte = (wholeNumber(options.keySet, '--key-set', 15) << 4) | 0x02;
  const counter = wholeNumber(options.counter, '--counter', 0xff_ffff_ffff);
  const heads = { spi1, spi2, kicByte: keyByte, kidByte: keyByte, tar: octetsOf(options.tar, '--tar', 3) };
  return commandMessages({ ...heads, counter, data }, keys, counter);
}

function wholeNumber(written: string, option: string, most: number): number {
  if (/^\d{1,13}$/.test(written) && Number(written) <= most) return Number(written);
  throw new CliError(exitCodes.usage, 'bad_value', `The value of ${option} is a whole number up to ${most}.`);
}

function addVectors(program: Command, { terminal }: CliContext): void {
  program
    .command('vectors')
    .description('run vector files against the codecs of the simulator')
    .argument('<files...>', 'for instance test/vectors/*.json')
    .option('--json', 'machine-readable answer')
    .action(async (files: string[], options: { json?: true }) => {
      const results: (VectorResult & { file: string })[] = [];
      for (const file of files) results.push(...(await vectorsOf(file)).map((result) => ({ file, ...result })));
      const failed = results.filter((result) => !result.ok);
      if (options.json) printJson(terminal, { ok: failed.length === 0, cases: results });
      else for (const result of results) printLine(terminal, caseLine(terminal, result));
      if (failed.length === 0) return;
      throw new CliError(exitCodes.failed, 'vectors_failed', `${failed.length} of ${results.length} cases failed.`);
    });
}

async function vectorsOf(path: string): Promise<VectorResult[]> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CliError(exitCodes.usage, 'no_file', `The file ${path} cannot be read.`);
  });
  const results = runVectors(jsonOf(text));
  if (results) return results;
  throw new CliError(exitCodes.usage, 'no_vectors', `The file ${path} is not a vector file.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function caseLine(terminal: CliContext['terminal'], { ok, section, name, detail }: VectorResult): string {
  const verdict = ok ? paint(terminal, 'green', 'ok    ') : paint(terminal, 'red', 'failed');
  return printable(`${section}: ${name}${detail === undefined ? '' : `, ${detail}`}`).replace(/^/, `${verdict}  `);
}
