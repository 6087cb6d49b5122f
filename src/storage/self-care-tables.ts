// Row types of migration 0019: registrations for the online area, and what they open.
import type { Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';

export type RegistrationStep = 'form' | 'terms' | 'code' | 'password' | 'done' | 'failed';

export interface Registration {
  id: string;
  /** HMAC of the browser's cookie: the flow goes on in no other. */
  browser: Buffer;
  /** HMAC of the identifier in its normal form, as log-ins look it up. */
  slot: Buffer;
  brand: string;
  locale: 'fr' | 'en';
  step: RegistrationStep;
  identifierKind: 'account_id' | 'customer_id';
  /** What the identifier names; both null where it names nothing that could be registered. */
  billingAccountId: string | null;
  customerGroupId: string | null;
  /** What was filled in; null before. */
  detailsSealed: string | null;
  termsVersion: string | null;
  termsAcceptedAt: Date | null;
  createdAt: Date;
  /** Of the step that is due. */
  expiresAt: Date;
}

/** What a registered account sees: one billing account, or all of a group. */
export interface SelfCareAccess {
  accountId: AccountId;
  billingAccountId: string | null;
  customerGroupId: string | null;
  /** As its owner gave it; no code goes there. */
  contactPhone: string;
  /** When she last heard that somebody tries to register the same again. */
  ownerToldAt: Date | null;
  createdAt: Date;
}

export interface SelfCareTables {
  registrations: Registration;
  selfCareAccesses: SelfCareAccess;
}

export type RegistrationRow = Selectable<Registration>;
