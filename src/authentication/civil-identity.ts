// A person's civil identity as the civil register has it: what its parts look like, when it is whole, and how far it
// was proofed. Places are codes of INSEE's Code officiel géographique (COG). Pure.

/** How well the operator has checked who the person is; the words are levels of the eIDAS regulation. */
export type Proofing = 'none' | 'eidas1' | 'eidas2';

/** All of them, lowest first. */
export const proofings: readonly Proofing[] = ['none', 'eidas1', 'eidas2'];

/** The COG code of France as a country of birth. */
export const france = '99100';

/** True if `achieved` is at least `asked`. */
export function proofedFor(achieved: Proofing, asked: Proofing): boolean {
  return proofings.indexOf(achieved) >= proofings.indexOf(asked);
}

/** What an identity is made of. */
export interface CivilIdentity {
  readonly birthName: string | null;
  /** All first names of the birth certificate, with spaces between them. */
  readonly civilGivenNames: string | null;
  readonly birthDate: string | null;
  readonly birthPlace: string | null;
  readonly birthCountry: string | null;
  readonly gender: string | null;
}

/** True for a commune's code: a department (two digits, or 2A and 2B of Corsica) and three digits. Not a postcode. */
export function isCommuneCode(text: string): boolean {
  return /^(?!00|99)(?:[0-9]{2}|2[AB])[0-9]{3}$/.test(text);
}

/** True for a country's code: 99 and three digits. */
export function isCountryCode(text: string): boolean {
  return /^99[0-9]{3}$/.test(text);
}

/**
 * True for a real day `YYYY-MM-DD`, or one of which the register knows the month or the year alone: `YYYY-MM-00`,
 * `YYYY-00-00`.
 */
export function isBirthDate(text: string): boolean {
  const [, year, month, day] = /^([12][0-9]{3})-([0-9]{2})-([0-9]{2})$/.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  if (day === '00') return Number(month) <= 12;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const genders = new Set(['male', 'female', 'unspecified']);

/** The first part that is missing or malformed; undefined for a whole identity. A place abroad may be left out. */
export function missingPart(identity: CivilIdentity): keyof CivilIdentity | undefined {
  const { birthName, civilGivenNames, birthDate, birthPlace, birthCountry, gender } = identity;
  if (!isName(birthName)) return 'birthName';
  if (!isName(civilGivenNames)) return 'civilGivenNames';
  if (birthDate === null || !isBirthDate(birthDate)) return 'birthDate';
  if (gender === null || !genders.has(gender)) return 'gender';
  if (birthCountry === null || !isCountryCode(birthCountry)) return 'birthCountry';
  if (birthCountry === france && !isCommuneCode(birthPlace ?? '')) return 'birthPlace';
  return undefined;
}

/** The proofing that counts: an identity with a hole in it proves nobody. */
export function provenIdentity(person: CivilIdentity & { readonly identityProofing: Proofing | null }): Proofing {
  return missingPart(person) === undefined ? (person.identityProofing ?? 'none') : 'none';
}

const longestName = 256;

function isName(name: string | null): boolean {
  return name !== null && name.trim() === name && name !== '' && name.length <= longestName;
}
