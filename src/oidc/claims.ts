// What relying parties learn of an account. The library picks from it by scope, claims parameter and consent.
import type { Account, FindAccount } from 'oidc-provider';
import { type AccountHolder, findAccountHolder, findPrimaryNumber } from '../storage/accounts.ts';
import type { Database } from '../storage/database.ts';
import { identityClaims, isTellable, proofingOf, standardBirthDate } from './identity-claims.ts';
import { settingsOf } from './profiles.ts';

export interface ClaimsDeps {
  readonly database: Pick<Database, 'db'>;
  readonly brand: string;
}

/** Finds the account of a subject; a closed account, or one of another brand, is none: it gets no token. */
export function createFindAccount({ database, brand }: ClaimsDeps): FindAccount {
  return async (ctx, accountId) => {
    const holder = await findAccountHolder(database.db, accountId);
    if (holder === undefined || holder.status !== 'active' || holder.brand !== brand) return undefined;
    const account: Account = {
      accountId: holder.accountId,
      kind: holder.kind,
      proofing: proofingOf(holder),
      isTellable: isTellable(holder),
      async claims(_use, scope, requested) {
        const wantsNumber = scope.split(' ').includes('phone') || 'phone_number' in (requested ?? {});
        const number = wantsNumber ? await findPrimaryNumber(database.db, holder.accountId) : undefined;
        // At a hub it is the civil register's person or nobody.
        const isHub = ctx.oidc.client !== undefined && settingsOf(ctx.oidc.client).isHub;
        const person = isHub ? { sub: holder.accountId, ...identityClaims(holder) } : personClaims(holder);
        return { ...person, ...numberClaims(number) };
      },
    };
    return account;
  };
}

/** Name of the account's person, else of the account. */
export function displayName({ givenName, familyName, label }: AccountHolder): string {
  return [givenName, familyName].filter((part) => part).join(' ') || label;
}

const genders: Readonly<Record<string, string>> = { F: 'female', M: 'male' };

function personClaims(holder: AccountHolder) {
  return withoutNulls({
    sub: holder.accountId,
    name: displayName(holder),
    given_name: holder.givenName,
    family_name: holder.familyName,
    birthdate: standardBirthDate(holder.birthDate),
    birthplace: holder.birthPlace,
    birthcountry: holder.birthCountry,
    gender: holder.gender && (genders[holder.gender] ?? holder.gender),
    locale: holder.locale,
    email: holder.contactEmail,
    email_verified: holder.contactEmail === null ? null : holder.contactEmailVerifiedAt !== null,
  });
}

// The operator knows whose number it is.
function numberClaims(number: string | undefined) {
  return number === undefined ? {} : { phone_number: number, phone_number_verified: true };
}

function withoutNulls<T extends { sub: string }>(claims: T): { sub: string; [claim: string]: unknown } {
  const filled = Object.entries(claims).filter(([, value]) => value !== null && value !== '');
  return { ...Object.fromEntries(filled), sub: claims.sub };
}
