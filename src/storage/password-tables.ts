// Row types of migration 0013: passwords and what sets them, accounts that people open for themselves.
import type { ColumnType, Generated, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';

type Json<T> = ColumnType<T, string | undefined, string>;

export interface Password {
  accountId: AccountId;
  passwordHash: string;
  changedAt: Date;
  /** Grows with each change: sessions of an older one end. */
  version: Generated<number>;
  /** Hashes of those before, the newest first. */
  earlier: Json<string[]>;
  /** The line and the SIM that the code went to which set it; null for any other way (decisions 11). */
  codeLineId: string | null;
  codeSimId: string | null;
}

export type PasswordResetStep = 'robot' | 'channel' | 'code' | 'password' | 'done' | 'failed';

export interface PasswordReset {
  id: string;
  /** HMAC of the browser's cookie: the flow goes on in no other. */
  browser: Buffer;
  /** HMAC of the identifier in its normal form. */
  slot: Buffer;
  brand: string;
  identifierSealed: string;
  /** Null where the identifier has nothing behind it. */
  accountId: AccountId | null;
  step: PasswordResetStep;
  /** What the displayed robot check asks for; null once it was answered, rightly or wrongly. */
  robotSealed: string | null;
  robotUntil: Date | null;
  /** Where the last code went. */
  channel: 'email' | 'mobile' | null;
  codeLineId: string | null;
  codeSimId: string | null;
  createdAt: Date;
  expiresAt: Date;
}

export type AccountDraftStep = 'robot' | 'code' | 'password' | 'done' | 'failed';

export interface AccountDraft {
  id: string;
  browser: Buffer;
  /** HMAC of the e-mail address. */
  slot: Buffer;
  brand: string;
  locale: 'fr' | 'en';
  step: AccountDraftStep;
  /** Names, address and number. */
  detailsSealed: string;
  robotSealed: string | null;
  robotUntil: Date | null;
  withMobile: boolean;
  emailVerifiedAt: Date | null;
  mobileVerifiedAt: Date | null;
  createdAt: Date;
  expiresAt: Date;
}

export interface PasswordTables {
  passwords: Password;
  passwordResets: PasswordReset;
  accountDrafts: AccountDraft;
}

export type PasswordResetRow = Selectable<PasswordReset>;
export type AccountDraftRow = Selectable<AccountDraft>;
