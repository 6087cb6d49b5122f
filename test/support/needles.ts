// Searches logs for secrets: as they are, in hex, in base64 at any alignment, and with swapped nibbles as SMS carry
// digits. Says where and what kind, never the secret itself.
import { readFileSync } from 'node:fs';
import { filesEnding } from './log-directory.ts';

export interface Needle {
  /** `digits`: a PIN or a code; `number`: a phone number in E.164; `text`: a password or token; `hex`: key octets. */
  readonly form: 'digits' | 'number' | 'text' | 'hex';
  /** For the report: `PIN of Alice`. */
  readonly what: string;
  readonly value: string;
}

export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly what: string;
  readonly spelling: string;
}

interface Pattern {
  readonly spelling: string;
  readonly text: string;
  /** Short ones count only when nothing like them stands beside: `4071`, but not in `140713`. */
  readonly alone: boolean;
}

// Below this length an accidental hit in ids and hashes of a long run is likely.
const shortest = 8;

/** Every occurrence of a needle in the `*.log` files of a directory. */
export function findNeedles(directory: string, needles: readonly Needle[]): Finding[] {
  const patterns = needles.flatMap((needle) => spellingsOf(needle).map((pattern) => ({ ...pattern, needle })));
  return filesEnding(directory, '.log').flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return patterns.flatMap((pattern) =>
      positions(text, pattern).map((position) => ({
        file,
        line: text.slice(0, position).split('\n').length,
        what: pattern.needle.what,
        spelling: pattern.spelling,
      })),
    );
  });
}

/** One line for each finding. */
export function describeFindings(findings: readonly Finding[]): string {
  return findings.map(({ file, line, what, spelling }) => `${file}:${line}: ${what} (${spelling})`).join('\n');
}

function positions(text: string, { text: searched, alone }: Pattern): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(searched); at >= 0; at = text.indexOf(searched, at + 1)) {
    if (!alone || standsAlone(text, at, searched.length)) found.push(at);
  }
  return found;
}

function standsAlone(text: string, at: number, length: number): boolean {
  const beside = /[A-Za-z0-9_]/;
  const before = text[at - 1] ?? ' ';
  const after = text[at + length] ?? ' ';
  // 12.4071 and 4071.5 are measurements.
  const inDecimal = /[0-9]\.$/.test(text.slice(Math.max(0, at - 2), at)) || /^\.[0-9]/.test(text.slice(at + length));
  return !beside.test(before) && !beside.test(after) && !inDecimal;
}

/** All ways in which a secret could be spelled in a log. */
export function spellingsOf(needle: Needle): Pattern[] {
  switch (needle.form) {
    case 'digits':
      return [...textSpellings(needle.value), ...bcdSpellings(needle.value)];
    case 'number':
      return numberSpellings(needle.value);
    case 'text':
      return textSpellings(needle.value);
    case 'hex':
      return octetSpellings(Buffer.from(needle.value, 'hex'));
    default:
      throw new Error(`unknown form of needle: ${JSON.stringify(needle)}`);
  }
}

function pattern(spelling: string, text: string): Pattern {
  return { spelling, text, alone: text.length < shortest };
}

function textSpellings(value: string): Pattern[] {
  return [pattern('as it is', value), ...octetSpellings(Buffer.from(value, 'utf8'))];
}

function octetSpellings(octets: Buffer): Pattern[] {
  const hex = octets.toString('hex');
  return [pattern('hex', hex), pattern('hex', hex.toUpperCase()), ...base64Spellings(octets)].filter(isFirst);
}

/** In base64 a secret inside something longer looks different at each of three alignments; the ends depend on what
 * stands beside it and are cut off. A short secret is only recognisable on its own. */
function base64Spellings(octets: Buffer): Pattern[] {
  const whole = [octets.toString('base64').replace(/=+$/, ''), octets.toString('base64url')];
  const inside = [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), octets]).toString('base64');
    const first = Math.ceil((shift * 8) / 6);
    const core = encoded.slice(first, Math.floor(((shift + octets.length) * 8) / 6));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const long = inside.filter((core) => core.length >= shortest);
  return [
    ...whole.map((text) => pattern('base64', text)),
    ...long.map((text) => ({ spelling: 'base64, inside', text, alone: false })),
  ];
}

/** Digits two to an octet, the first one low, an F at the end of an odd count. */
function bcdSpellings(digits: string): Pattern[] {
  const padded = digits.length % 2 === 0 ? digits : `${digits}f`;
  const swapped = padded.replace(/(.)(.)/g, '$2$1');
  return [pattern('swapped nibbles', swapped), pattern('swapped nibbles', swapped.toUpperCase())].filter(isFirst);
}

function numberSpellings(msisdn: string): Pattern[] {
  const international = msisdn.replace(/^\+/, '');
  const national = international.startsWith('33') ? `0${international.slice(2)}` : international;
  const inPairs = national.replace(/(..)(?=.)/g, '$1 ');
  return [
    ...textSpellings(international),
    ...textSpellings(national),
    ...[inPairs, inPairs.replaceAll(' ', '.'), inPairs.slice(1)].map((text) => pattern('in pairs', text)),
    ...bcdSpellings(international),
  ];
}

function isFirst(one: Pattern, index: number, all: readonly Pattern[]): boolean {
  return all.findIndex(({ text }) => text === one.text) === index;
}
