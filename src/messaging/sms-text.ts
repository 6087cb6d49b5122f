// Cuts an ordinary text into the parts of an SMS as an SMSC wants them from an ESME (3GPP TS 23.040, SMPP 3.4).
// Pure. GSM-7 goes out as data_coding 00 with one unpacked septet per octet: the SMSC's default alphabet, which
// it packs itself; that is what nearly all SMSCs expect of plain text. Everything else is UCS-2 (08).
import { ucs2Octets } from './applet-text.ts';
import { toSeptets } from './gsm7.ts';

export interface SmsText {
  readonly encoding: 'gsm7' | 'ucs2';
  /** 00 GSM-7 default alphabet, 08 UCS-2. */
  readonly dataCoding: number;
  /** 40 when the parts begin with a user data header, else 00. */
  readonly esmClass: number;
  /** short_message of each part. */
  readonly parts: readonly Buffer[];
}

/** A text of ours never needs more; a longer one is a mistake that would cost money. */
const mostParts = 6;

/**
 * Encodes a text. One part: 160 septets or 70 characters; several: 153 or 67 each. A character of the
 * extension and a surrogate pair are never split. `reference` (0 to 255) joins the parts.
 * Throws RangeError for an empty text, for a lone surrogate and for more than six parts.
 */
export function encodeSmsText(text: string, reference: number): SmsText {
  const normal = text.normalize('NFC');
  if (normal === '' || !normal.isWellFormed()) throw new RangeError('an SMS needs a well-formed text');
  const septets = toSeptets(normal);
  const bodies = septets
    ? cut(characters(normal), { whole: 160, part: 153 })
    : cut(characters16(normal), { whole: 140, part: 134 });
  if (bodies.length > mostParts) throw new RangeError('the text takes too many SMS');
  return {
    encoding: septets ? 'gsm7' : 'ucs2',
    dataCoding: septets ? 0x00 : 0x08,
    esmClass: bodies.length > 1 ? 0x40 : 0x00,
    parts:
      bodies.length > 1
        ? bodies.map((body, index) => withHeader({ body, index, count: bodies.length, reference }))
        : bodies,
  };
}

function characters(text: string): Buffer[] {
  return Array.from(text, (character) => Buffer.from(toSeptets(character) ?? []));
}

function characters16(text: string): Buffer[] {
  return Array.from(text, ucs2Octets);
}

function cut(units: readonly Buffer[], limits: { whole: number; part: number }): Buffer[] {
  const all = Buffer.concat(units);
  if (all.length <= limits.whole) return [all];
  const parts: Buffer[][] = [];
  let room = 0;
  for (const unit of units) {
    if (unit.length > room) {
      parts.push([]);
      room = limits.part;
    }
    parts.at(-1)?.push(unit);
    room -= unit.length;
  }
  return parts.map((part) => Buffer.concat(part));
}

function withHeader(part: { body: Buffer; index: number; count: number; reference: number }): Buffer {
  const header = Buffer.of(0x05, 0x00, 0x03, part.reference & 0xff, part.count, part.index + 1);
  return Buffer.concat([header, part.body]);
}
