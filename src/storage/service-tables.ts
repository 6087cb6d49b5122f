// Row types of migration 0004: activations, PIN resets, one-time codes.
import type { Generated, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';

export type ActivationStep = 'terms' | 'installing' | 'installed' | 'pin' | 'pin_set' | 'done' | 'failed';

export interface Activation {
  id: string;
  accountId: AccountId;
  lineId: string;
  simId: string;
  enrolmentId: string | null;
  step: ActivationStep;
  failure: string | null;
  /** The request that the phone is showing, or showed last. */
  attemptId: string | null;
  termsVersion: string | null;
  termsAcceptedAt: Date | null;
  termsLocale: string | null;
  /** HMAC of the address that the acceptance came from. */
  termsAddress: Buffer | null;
  createdAt: Date;
  expiresAt: Date;
}

export interface OneTimeCode {
  id: string;
  purpose: string;
  subject: string;
  secretSealed: string;
  triesLeft: number;
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
}

export type PinResetStep = 'robot' | 'code' | 'phone' | 'done' | 'failed';

export interface PinReset {
  id: string;
  /** HMAC of the browser's cookie: the flow goes on in no other. */
  browser: Buffer;
  slot: Buffer;
  brand: string;
  identifierSealed: string;
  /** Null where the number has nothing behind it. */
  lineId: string | null;
  enrolmentId: string | null;
  step: PinResetStep;
  /** What the displayed robot check asks for; null once it was answered, rightly or wrongly. */
  robotSealed: string | null;
  robotUntil: Date | null;
  /** The account's password or an e-mail code was given too (decisions 11). */
  strong: boolean;
  /** A code was sent to the account's mailbox, where there is one. */
  emailAsked: Generated<boolean>;
  attemptId: string | null;
  createdAt: Date;
  expiresAt: Date;
}

/** A number that was given up: nobody else gets it before its time is over (mission b11). */
export interface RestingNumber {
  lookupHash: Buffer;
  /** The line that had it. */
  lineId: string;
  restsUntil: Date;
}

export interface ServiceTables {
  activations: Activation;
  oneTimeCodes: OneTimeCode;
  pinResets: PinReset;
  restingNumbers: RestingNumber;
}

export type ActivationRow = Selectable<Activation>;
export type OneTimeCodeRow = Selectable<OneTimeCode>;
export type PinResetRow = Selectable<PinReset>;
