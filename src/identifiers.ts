// Branded identifiers and their parsers. A raw string from outside becomes one of these here or is refused.
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A phone number in E.164, with its plus sign: `+33639980001`. */
export type Msisdn = Branded<'Msisdn'>;
/** A SIM's card number as printed digits, 19 or 20 of them. */
export type Iccid = Branded<'Iccid'>;
/** An account, `acc_…`. */
export type AccountId = Branded<'AccountId'>;
/** A lower-case e-mail address with an ASCII domain. */
export type Email = Branded<'Email'>;

/** Thrown by the parsers here; never carries the offending value. */
export class IdentifierError extends Error {
  override readonly name = 'IdentifierError';
  readonly kind: 'msisdn' | 'email' | 'iccid';

  constructor(kind: 'msisdn' | 'email' | 'iccid') {
    super(`not a valid ${kind}`);
    this.kind = kind;
  }
}

// Digits, the usual separators and one leading plus. Anything else (full-width or Arabic digits, letters,
// control characters) is refused here, so that no two spellings reach the limiter as different keys.
const msisdnSpelling = /^\+?[0-9](?:[ .\-/()\u00A0\u202F]*[0-9]){5,18}$/;

/** Reads a number in any usual spelling (`06 39 98 00 01`, `+33…`, `0033…`). Throws IdentifierError. */
export function parseMsisdn(text: string, country: 'FR' | 'MU' = 'FR'): Msisdn {
  const trimmed = text.replace(/^[ \u00A0]+|[ \u00A0]+$/g, '');
  if (trimmed.length > 40 || !msisdnSpelling.test(trimmed)) throw new IdentifierError('msisdn');
  const number = parsePhoneNumberFromString(trimmed, country);
  if (!number?.isValid() || number.ext !== undefined) throw new IdentifierError('msisdn');
  return number.number as string as Msisdn;
}

// Local part of the dot-atom form, domain of ASCII labels: no homographs, no quoted strings.
const emailSpelling =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** Reads an e-mail address and lower-cases it. Throws IdentifierError. */
export function parseEmail(text: string): Email {
  const lowered = text.trim().toLowerCase();
  if (lowered.length > 254 || !emailSpelling.test(lowered)) throw new IdentifierError('email');
  return lowered as Email;
}

/** Reads an ICCID of 19 or 20 digits. Throws IdentifierError. */
export function parseIccid(text: string): Iccid {
  if (!/^89[0-9]{17,18}$/.test(text)) throw new IdentifierError('iccid');
  return text as Iccid;
}

/** The ten octets of EF.ICCID: low nibble first, 19 digits end in F (TS 102 221 13.2). */
export function iccidOctets(iccid: Iccid): Buffer {
  const digits = iccid.padEnd(20, 'f');
  return Buffer.from(digits.replace(/(.)(.)/g, '$2$1'), 'hex');
}

/** For logs and pages: `+33 6 39 98 ** 01`. */
export function maskMsisdn(msisdn: Msisdn): string {
  const number = parsePhoneNumberFromString(msisdn);
  const spaced = number?.formatInternational() ?? msisdn;
  return spaced.replace(/\d\d(?=\D*\d\d$)/, '**');
}

/** For pages: `a***@exemple.test`. */
export function maskEmail(email: string): string {
  return email.replace(/^(.).*@/, '$1***@');
}

/** A fresh opaque id, `prefix_` and 128 random bits in base64url. `randomBytes` is injected. */
export function newId(prefix: string, randomBytes: (size: number) => Buffer): string {
  return `${prefix}_${randomBytes(16).toString('base64url')}`;
}
