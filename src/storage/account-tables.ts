// Row types of what a customer changes of her account (migration 0012).
import type { ColumnType, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { Address } from './contract-tables.ts';

type Json<T> = ColumnType<T, string, string>;

export type ContactMedium = 'email' | 'mobile';

/** A new contact that is to be verified by a code. */
export interface ContactChange {
  id: string;
  accountId: AccountId;
  medium: ContactMedium;
  value: string;
  /** What it took the place of, once verified. */
  former: string | null;
  createdAt: Date;
  expiresAt: Date;
  verifiedAt: Date | null;
}

/** Channels by topic. */
export type TopicChannels = Readonly<Record<string, readonly ('email' | 'sms')[]>>;

export interface AccountPreferences {
  accountId: AccountId;
  topics: Json<TopicChannels>;
}

/** A contract of an address change, with the address that it had when the change was drafted. */
export interface AddressChangeContract {
  readonly id: string;
  readonly former: Address | null;
}

export interface AddressChange {
  id: string;
  accountId: AccountId;
  contracts: Json<AddressChangeContract[]>;
  address: Json<Address>;
  createdAt: Date;
  expiresAt: Date;
  confirmedAt: Date | null;
}

export interface BankDetails {
  accountId: AccountId;
  sealed: string;
  changedAt: Date;
}

/** New bank details that wait for the approval on the phone. */
export interface BankChange {
  id: string;
  accountId: AccountId;
  attemptId: string | null;
  sealed: string;
  createdAt: Date;
  expiresAt: Date;
  appliedAt: Date | null;
}

/** Where a session of the provider was used, first and last. */
export interface SessionUse {
  issuer: string;
  uidHash: Buffer;
  accountId: string;
  device: string;
  firstAt: Date;
  lastAt: Date;
}

export interface AccountTables {
  contactChanges: ContactChange;
  accountPreferences: AccountPreferences;
  addressChanges: AddressChange;
  bankDetails: BankDetails;
  bankChanges: BankChange;
  sessionUses: SessionUse;
}

export type ContactChangeRow = Selectable<ContactChange>;
export type AddressChangeRow = Selectable<AddressChange>;
export type BankChangeRow = Selectable<BankChange>;
