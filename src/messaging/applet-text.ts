// Texts on the phone's screen in applet messages: data coding scheme and octets (sim-channel 5.3). Pure.
import { packSeptets, toSeptets } from './gsm7.ts';

export type AppletText =
  /** `value` is the coding scheme (00 GSM-7 packed, 08 UCS-2) and the text. */
  { readonly kind: 'encoded'; readonly value: Buffer } | { readonly kind: 'unsupported'; readonly value?: never };

/**
 * Encodes a text for the applet: GSM-7 if every character is in it, else UCS-2, never by similar characters.
 * Surrogates cannot be shown; control and invisible format characters could imitate the line of the
 * reference code or turn the direction of the text, so both are refused. A line feed is allowed.
 */
export function encodeAppletText(text: string): AppletText {
  const normal = text.normalize('NFC');
  if (normal === '' || !normal.isWellFormed() || unsupported.test(normal)) return { kind: 'unsupported' };
  const septets = toSeptets(normal);
  if (septets) return { kind: 'encoded', value: Buffer.concat([Buffer.of(0x00), packSeptets(septets)]) };
  return { kind: 'encoded', value: Buffer.concat([Buffer.of(0x08), ucs2Octets(normal)]) };
}

/** UTF-16, high octet first. */
export function ucs2Octets(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

const unsupported = /[\u{10000}-\u{10ffff}\p{Cf}\p{Co}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u;
