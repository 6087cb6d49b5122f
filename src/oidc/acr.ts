// Levels as relying parties name them: vocabularies, what a request asks for, what satisfies it, amr. Pure.
// Mission 4.1; OpenID Connect Core 5.5.1.1; RFC 8176. A token never says more than was achieved.
import { z } from 'zod';
import { type Level, levels, rankOf, satisfies } from '../authentication/levels.ts';

export type AcrVocabulary = 'loa' | 'eidas';
export type AmrKind = 'rfc8176' | 'mobile-connect';

const acrByLevel: Record<AcrVocabulary, Partial<Record<Level, string>>> = {
  loa: { pwd: '1', 'sim-ok': '2', 'sim-pin': '3' },
  // The two lower levels have no name in this vocabulary.
  eidas: { 'sim-pin': 'eidas1' },
};

const amrByLevel: Record<AmrKind, Record<Level, readonly string[]>> = {
  rfc8176: { pwd: ['pwd'], 'sim-ok': ['sc', 'mca'], 'sim-pin': ['sc', 'pin', 'mfa', 'mca'] },
  'mobile-connect': { pwd: ['UID_PWD'], 'sim-ok': ['SIM_OK'], 'sim-pin': ['SIM_PIN'] },
};

/** Every acr value of both vocabularies, for discovery. */
export const acrValuesSupported: readonly string[] = Object.values(acrByLevel).flatMap((names) => Object.values(names));

/** The name of a level; undefined where the vocabulary has none. */
export function acrOf(vocabulary: AcrVocabulary, level: Level): string | undefined {
  return acrByLevel[vocabulary][level];
}

/** The level that a value names in the vocabulary. */
export function levelOfAcr(vocabulary: AcrVocabulary, value: string): Level | undefined {
  return levels.find((level) => acrByLevel[vocabulary][level] === value);
}

/** Authentication methods references of a level. */
export function amrOf(kind: AmrKind, level: Level): string[] {
  return [...amrByLevel[kind][level]];
}

/** The level that `amrOf` made these references from, of either kind. */
export function levelOfAmr(amr: readonly string[] | undefined): Level | undefined {
  const joined = amr?.join(' ');
  return levels.find((level) => Object.values(amrByLevel).some((names) => names[level].join(' ') === joined));
}

/** Reads a level that we stored ourselves, in a session. */
export function parseLevel(value: unknown): Level | undefined {
  return levels.find((level) => level === value);
}

/** What a client's registration says about levels. */
export interface LevelRules {
  readonly vocabulary: AcrVocabulary;
  /** A strict client gets an error where others get a lower level. */
  readonly strict: boolean;
  /** Nothing below this ever satisfies the client. */
  readonly floor: Level;
}

/** The parameters of an authorization request that speak of levels. */
export interface AcrRequest {
  /** As sent, or the client's default_acr_values. */
  readonly acrValues: string | undefined;
  /** The `claims` parameter, JSON as sent. */
  readonly claims: string | undefined;
}

export type Requirement =
  | {
      readonly kind: 'possible';
      /** Values asked for, in order of preference. */
      readonly requested: readonly string[];
      /** A session below this logs in again. */
      readonly asked: Level;
      /** A login below this ends in unmet_authentication_requirements. */
      readonly least: Level;
      /** The level to try for. */
      readonly wanted: Level;
    }
  /** Essential values that this provider does not know: refused without ringing anybody. */
  | { readonly kind: 'impossible' };

/** What a request demands of a login. The `claims` parameter outranks `acr_values`, which may be a mere default. */
export function requirementOf(rules: LevelRules, request: AcrRequest): Requirement {
  const { requested, essential } = requestedAcr(request);
  const known = requested.map((value) => levelOfAcr(rules.vocabulary, value)).filter((level) => level !== undefined);
  const binding = essential || rules.strict;
  if (binding && requested.length > 0 && known.length === 0) return { kind: 'impossible' };
  const floor = binding ? higher(rules.floor, lowestNamed(rules.vocabulary)) : rules.floor;
  const asked = higher(known.length > 0 ? lowest(known) : floor, floor);
  const least = binding ? asked : floor;
  const wanted = higher(known[0] ?? 'sim-pin', least);
  // A value below the floor was not the client's own wish: the token says what was achieved instead (X109).
  const heard = requested.filter((value) => satisfies(levelOfAcr(rules.vocabulary, value) ?? 'sim-pin', rules.floor));
  return { kind: 'possible', requested: heard, asked, least, wanted };
}

/**
 * The acr of a token: the highest requested value that was achieved, else the name of the achieved level.
 * Undefined if the vocabulary has no name for it.
 */
export function acrFor(achieved: Level, vocabulary: AcrVocabulary, requested: readonly string[]): string | undefined {
  const met = requested
    .map((value) => levelOfAcr(vocabulary, value))
    .filter((level) => level !== undefined && satisfies(achieved, level))
    .sort((a, b) => rankOf(b ?? 'pwd') - rankOf(a ?? 'pwd'));
  return acrOf(vocabulary, met[0] ?? achieved);
}

const acrClaim = z.object({
  essential: z.boolean().optional(),
  value: z.string().optional(),
  values: z.array(z.string()).max(20).optional(),
});
const claimsParameter = z.object({ id_token: z.object({ acr: acrClaim.nullish() }).optional() });

function requestedAcr({ acrValues, claims }: AcrRequest): { requested: string[]; essential: boolean } {
  const claim = acrClaimOf(claims);
  const essential = claim?.essential === true;
  if (claim?.value !== undefined) return { requested: [claim.value], essential };
  if (claim?.values !== undefined) return { requested: claim.values, essential };
  return { requested: acrValues?.split(' ').filter((value) => value !== '') ?? [], essential };
}

// The library has parsed the parameter before; what it let through and does not fit asks for nothing.
function acrClaimOf(claims: string | undefined): z.output<typeof acrClaim> | undefined {
  if (claims === undefined) return undefined;
  const parsed = claimsParameter.safeParse(JSON.parse(claims));
  return parsed.data?.id_token?.acr ?? undefined;
}

function lowestNamed(vocabulary: AcrVocabulary): Level {
  return levels.find((level) => acrByLevel[vocabulary][level] !== undefined) ?? 'sim-pin';
}

/** The lowest of some levels. */
export function lowest(some: readonly Level[]): Level {
  return levels.find((level) => some.includes(level)) ?? 'sim-pin';
}

/** The higher of two levels. */
export function higher(a: Level, b: Level): Level {
  return satisfies(a, b) ? a : b;
}
