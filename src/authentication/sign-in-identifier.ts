// What a user may type to say who she is: a mobile number in any usual spelling, or an e-mail address; for some brands
// an Account ID or a Customer ID (E02, E09). Pure.
import {
  type Email,
  type Msisdn,
  maskEmail,
  maskMsisdn,
  parseAccountCode,
  parseCustomerId,
  parseEmail,
  parseMsisdn,
} from '../identifiers.ts';
import type { IdentifierKind } from '../ops/brands.ts';
import type { SignInIdentifier } from './sign-in-record.ts';

/** What the customers of a brand log in with. */
export type IdentifierKinds = (brand: string) => readonly IdentifierKind[];

type NumberOrAddress = { readonly kind: 'msisdn' | 'email'; readonly value: string };

const usualKinds = ['msisdn', 'email'] as const;

/** Reads the field; undefined if it is none of what the brand's customers log in with, by default number or address. */
export function parseIdentifier(text: string): NumberOrAddress | undefined;
export function parseIdentifier(text: string, kinds: readonly IdentifierKind[]): SignInIdentifier | undefined;
export function parseIdentifier(
  text: string,
  kinds: readonly IdentifierKind[] = usualKinds,
): SignInIdentifier | undefined {
  for (const kind of kinds) {
    const value = readers[kind](text);
    if (value !== undefined) return { kind, value };
  }
  return undefined;
}

// Numbers and Account IDs may look alike: no brand has both, and the order of a brand would decide.
const readers: Readonly<Record<IdentifierKind, (text: string) => string | undefined>> = {
  email: (text) => (text.includes('@') ? attempt(parseEmail, text) : undefined),
  msisdn: (text) => (text.includes('@') ? undefined : attempt(parseMsisdn, text)),
  account_id: parseAccountCode,
  customer_id: parseCustomerId,
};

function attempt(parse: (text: string) => string, text: string): string | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** For the page of the person who typed it. */
export function shownIdentifier(identifier: SignInIdentifier): string {
  switch (identifier.kind) {
    case 'email':
      return maskEmail(identifier.value);
    case 'msisdn':
      return maskMsisdn(asMsisdn(identifier));
    default:
      return `•••• ${identifier.value.slice(-3)}`;
  }
}

/** The number of an identifier of kind `msisdn`: it was parsed when it came in. */
export function asMsisdn(identifier: SignInIdentifier): Msisdn {
  return identifier.value as Msisdn;
}

/** The address of an identifier of kind `email`. */
export function asEmail(identifier: SignInIdentifier): Email {
  return identifier.value as Email;
}
