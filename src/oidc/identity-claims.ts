// The identity as a federation hub wants it: the civil register's, with COG codes and dates that may be partial. Other
// relying parties get the names in use and standard dates (OpenID Connect Core 5.1). Pure.
import { france, missingPart, type Proofing, provenIdentity } from '../authentication/civil-identity.ts';
import type { AccountHolder } from '../storage/accounts.ts';

/** How far the identity behind an account was proofed. An account of nobody, or with a hole in the identity: not at all. */
export function proofingOf(holder: AccountHolder): Proofing {
  return provenIdentity(holder);
}

/** True if a hub can be told who this is: its rules want a whole identity and an e-mail address. */
export function isTellable(holder: AccountHolder): boolean {
  return missingPart(holder) === undefined && holder.contactEmail !== null;
}

/**
 * Claims for a hub. Birth name as `family_name`, the name in use as `preferred_username` if it is another, all first
 * names; `birthplace` is empty for who was born abroad, because only codes of French communes have a meaning there.
 */
export function identityClaims(holder: AccountHolder): Readonly<Record<string, string | boolean>> {
  if (!isTellable(holder)) return {};
  const { birthName, familyName, birthCountry, birthPlace } = holder;
  return withoutNulls({
    given_name: holder.civilGivenNames,
    family_name: birthName,
    preferred_username: familyName === birthName ? null : familyName,
    birthdate: holder.birthDate,
    gender: holder.gender,
    birthcountry: birthCountry,
    birthplace: birthCountry === france ? birthPlace : '',
    email: holder.contactEmail,
    email_verified: holder.contactEmailVerifiedAt !== null,
  });
}

/** A date of birth in the standard's spelling: a day, or the year alone where the register knows no more. */
export function standardBirthDate(birthDate: string | null): string | null {
  return birthDate?.endsWith('-00') ? birthDate.slice(0, 4) : birthDate;
}

function withoutNulls(claims: Record<string, string | boolean | null>): Record<string, string | boolean> {
  return Object.fromEntries(Object.entries(claims).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}
