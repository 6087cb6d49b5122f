// Row types of migration 0019: registrations for the online area.
import type { Selectable } from 'kysely';

export type RegistrationStep = 'form' | 'terms' | 'code' | 'password' | 'done' | 'failed';

export interface Registration {
  id: string;
  /** HMAC of the browser's cookie: the flow goes on in no other. */
  browser: Buffer;
  /** HMAC of the identifier in its normal form, as logins look it up. */
  slot: Buffer;
  brand: string;
  locale: 'fr' | 'en';
  step: RegistrationStep;
  identifierSealed: string;
  /** What was filled in; null before. */
  detailsSealed: string | null;
  termsVersion: string | null;
  termsAcceptedAt: Date | null;
  createdAt: Date;
  /** Of the step that is due. */
  expiresAt: Date;
}

export interface SelfCareTables {
  registrations: Registration;
}

export type RegistrationRow = Selectable<Registration>;
