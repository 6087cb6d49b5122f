// Reads `login_hint`: a number or an e-mail address in the spellings that relying parties use. Pure.
// Encrypted numbers and pseudonymous references are not known here.
import { type Country, type Email, type Msisdn, parseEmail, parseMsisdn } from '../identifiers.ts';

export type LoginHint =
  | { readonly kind: 'msisdn'; readonly value: Msisdn }
  | { readonly kind: 'email'; readonly value: Email }
  | { readonly kind: 'malformed' };

const mostCharacters = 320;
const numberPrefixes = /^(?:msisdn:|tel:)/i;
const emailPrefix = /^mailto:/i;

/** Understands `MSISDN:33639980001`, `tel:+33…`, a bare number, national or not, `mailto:…` and a bare address. */
export function parseLoginHint(hint: string, country: Country = 'FR'): LoginHint {
  if (hint.length > mostCharacters) return { kind: 'malformed' };
  try {
    if (hint.includes('@')) return { kind: 'email', value: parseEmail(hint.replace(emailPrefix, '')) };
    return { kind: 'msisdn', value: parseNumber(hint.trim(), country) };
  } catch {
    return { kind: 'malformed' };
  }
}

function parseNumber(hint: string, country: Country): Msisdn {
  if (!numberPrefixes.test(hint)) return withInternationalForm(hint, country);
  // Parameters of a tel URI (RFC 3966) do not belong to the number; Mobile Connect leaves the plus out.
  const digits = hint.replace(numberPrefixes, '').split(';', 1)[0] ?? '';
  return withInternationalForm(digits, country);
}

function withInternationalForm(digits: string, country: Country): Msisdn {
  try {
    return parseMsisdn(digits, country);
  } catch (cause) {
    if (!/^[1-9][0-9]{7,14}$/.test(digits)) throw cause;
    return parseMsisdn(`+${digits}`, country);
  }
}
