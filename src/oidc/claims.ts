// What relying parties learn of an account. The library picks from it by scope, claims parameter and consent.
import { createHash } from 'node:crypto';
import type { Account, FindAccount } from 'oidc-provider';
import { type AccountHolder, findAccountHolder, findPrimaryNumber } from '../storage/accounts.ts';
import type { Database } from '../storage/database.ts';
import { identityClaims, isTellable, proofingOf, standardBirthDate } from './identity-claims.ts';
import { isDeviceInitiated } from './mobile-connect-scopes.ts';
import { settingsOf } from './profiles.ts';
import { opensNumber, scopeList } from './scopes.ts';

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
      async claims(use, scope, requested) {
        const wantsNumber = opensNumber(scope) || 'phone_number' in (requested ?? {});
        const number = wantsNumber ? await findPrimaryNumber(database.db, holder.accountId) : undefined;
        // At a hub it is the civil register's person or nobody.
        const settings = ctx.oidc.client && settingsOf(ctx.oidc.client);
        const isHub = settings?.isHub === true;
        const person = isHub ? { sub: holder.accountId, ...identityClaims(holder) } : personClaims(holder);
        // Profile 1.1 of Mobile Connect wants the time whatever the scope; in ID tokens it stands only if it was asked for.
        const tellsTime = isDeviceInitiated(settings?.profile ?? '') || scopeList(scope).includes('profile');
        const isTold = (use === 'userinfo' && tellsTime) || 'updated_at' in (requested ?? {});
        return { ...person, ...timeClaims(holder, isTold && !isHub), ...numberClaims(number) };
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

function timeClaims({ updatedAt }: AccountHolder, isTold: boolean) {
  return isTold ? { updated_at: Math.floor(updatedAt.getTime() / 1_000) } : {};
}

// The operator knows whose number it is. The hash is of the number in the form of `phone_number`, lower-case hex.
function numberClaims(number: string | undefined) {
  if (number === undefined) return {};
  const hashed = createHash('sha256').update(number).digest('hex');
  return { phone_number: number, phone_number_verified: true, phone_number_hashed: hashed };
}

function withoutNulls<T extends { sub: string }>(claims: T): { sub: string; [claim: string]: unknown } {
  const filled = Object.entries(claims).filter(([, value]) => value !== null && value !== '');
  return { ...Object.fromEntries(filled), sub: claims.sub };
}
