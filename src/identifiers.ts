// Branded identifiers and their parsers. A raw string from outside becomes one of these here or is refused.
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A phone number in E.164, with its plus sign: `+33639980001`. */
export type Msisdn = Branded<'Msisdn'>;
/** A SIM's card number as printed digits, 19 or 20 of them. */
export type Iccid = Branded<'Iccid'>;
/** An account, `acc_…`. */
export type AccountId = Branded<'AccountId'>;
/** ISO 3166-1 alpha-2, of those with phone numbers. */
export type Country = CountryCode;
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

/** True for a country whose national numbers can be read. */
export function isCountry(text: string): text is Country {
  return isSupportedCountry(text);
}

// Digits, the usual separators and one leading plus. Anything else (full-width or Arabic digits, letters,
// control characters) is refused here, so that no two spellings reach the limiter as different keys.
const msisdnSpelling = /^\+?[0-9](?:[ .\-/()\u00A0\u202F]*[0-9]){5,18}$/;

/** Reads a number in any usual spelling (`06 39 98 00 01`, `+33…`, `0033…`). Throws IdentifierError. */
export function parseMsisdn(text: string, country: Country = 'FR'): Msisdn {
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

/** An Account ID as it is printed on bills, freed of what stands between its characters; undefined for anything else. */
export function parseAccountCode(text: string): string | undefined {
  const bare = bareCode(text);
  return /^[A-Z]{0,3}[0-9]{6,12}$/.test(bare) ? bare : undefined;
}

/** A Customer ID, `C` and 20 characters of Crockford's base32, however it is spelled; undefined for anything else. */
export function parseCustomerId(text: string): string | undefined {
  const bare = bareCode(text).replaceAll('O', '0').replace(/[IL]/g, '1');
  return /^C[0-9A-HJKMNP-TV-Z]{20}$/.test(bare) ? bare : undefined;
}

const customerIdAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A fresh Customer ID of 100 random bits. */
export function newCustomerId(randomBytes: (size: number) => Buffer): string {
  const characters = [...randomBytes(20)].map((octet) => customerIdAlphabet[octet % 32]);
  return `C${characters.join('')}`;
}

/** As it is written down: `C-7XK2M-…`, in groups of five. */
export function spellCustomerId(id: string): string {
  return [id.slice(0, 1), ...(id.slice(1).match(/.{1,5}/g) ?? [])].join('-');
}

function bareCode(text: string): string {
  return text.length > 60 ? '' : text.replace(/[\s.-]+/g, '').toUpperCase();
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
