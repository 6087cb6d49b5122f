// The customer's own profile: who she is and how she can be reached, contacts masked.
import { type AccountId, maskEmail, maskMsisdn } from '../identifiers.ts';
import { findAccountHolder, findPrimaryNumber } from '../storage/accounts.ts';
import type { Database } from '../storage/database.ts';

export interface Profile {
  readonly accountId: AccountId;
  readonly brand: string;
  readonly kind: 'main' | 'secondary' | 'group';
  readonly name: string;
  readonly civility: string | undefined;
  readonly givenName: string | undefined;
  readonly familyName: string | undefined;
  readonly locale: 'fr' | 'en';
  /** Masked: `a***@exemple.test`. */
  readonly email: { readonly masked: string; readonly isVerified: boolean } | undefined;
  /** Masked: `+33 6 39 98 ** 01`. */
  readonly number: string | undefined;
}

export interface ProfileDeps {
  readonly database: Pick<Database, 'db'>;
}

/** The profile of an open account; undefined if there is none, or it was closed. */
export async function readProfile({ database }: ProfileDeps, accountId: AccountId): Promise<Profile | undefined> {
  const holder = await findAccountHolder(database.db, accountId);
  if (holder === undefined || holder.status !== 'active') return undefined;
  const number = await findPrimaryNumber(database.db, holder.accountId);
  const { givenName, familyName, contactEmail } = holder;
  return {
    accountId: holder.accountId,
    brand: holder.brand,
    kind: holder.kind,
    name: [givenName, familyName].filter((part) => part).join(' ') || holder.label,
    civility: holder.civility ?? undefined,
    givenName: givenName ?? undefined,
    familyName: familyName ?? undefined,
    locale: holder.locale,
    email:
      contactEmail === null
        ? undefined
        : { masked: maskEmail(contactEmail), isVerified: holder.contactEmailVerifiedAt !== null },
    number: number === undefined ? undefined : maskMsisdn(number),
  };
}
