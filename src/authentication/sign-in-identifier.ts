// What a user may type to say who she is: a mobile number in any usual spelling, or an e-mail address. Pure.
import { type Email, type Msisdn, maskEmail, maskMsisdn, parseEmail, parseMsisdn } from '../identifiers.ts';
import type { SignInIdentifier } from './sign-in-record.ts';

/** Reads the field; undefined if it is neither. */
export function parseIdentifier(text: string): SignInIdentifier | undefined {
  try {
    return text.includes('@')
      ? { kind: 'email', value: parseEmail(text) }
      : { kind: 'msisdn', value: parseMsisdn(text) };
  } catch {
    return undefined;
  }
}

/** For the page of the person who typed it. */
export function shownIdentifier(identifier: SignInIdentifier): string {
  return identifier.kind === 'email' ? maskEmail(identifier.value) : maskMsisdn(asMsisdn(identifier));
}

/** The number of an identifier of kind `msisdn`: it was parsed when it came in. */
export function asMsisdn(identifier: SignInIdentifier): Msisdn {
  return identifier.value as Msisdn;
}

/** The address of an identifier of kind `email`. */
export function asEmail(identifier: SignInIdentifier): Email {
  return identifier.value as Email;
}
