// Levels as relying parties name them: vocabularies, what a request asks for, what satisfies it, amr. Pure.
// Mission 4.1; OpenID Connect Core 5.5.1.1; RFC 8176. A token never says more than was achieved.
import { z } from 'zod';
import { type Proofing, proofedFor, proofings } from '../authentication/civil-identity.ts';
import { type Level, levels, satisfies } from '../authentication/levels.ts';

export type AcrVocabulary = 'loa' | 'eidas';
export type AmrKind = 'rfc8176' | 'mobile-connect';

/** What stands behind a value: how the person authenticated, and how well her identity was proofed before. */
export interface Assurance {
  readonly level: Level;
  readonly proofing: Proofing;
}

// Lowest first. A SIM with a PIN is good for eidas2, so there proofing decides; below the PIN eidas has no names, and
// eidas3 is not ours to give (docs/decisions/013-hub.md).
const valuesOf: Record<AcrVocabulary, Readonly<Record<string, Assurance>>> = {
  loa: {
    '1': { level: 'pwd', proofing: 'none' },
    '2': { level: 'sim-ok', proofing: 'none' },
    '3': { level: 'sim-pin', proofing: 'none' },
  },
  eidas: {
    eidas1: { level: 'sim-pin', proofing: 'eidas1' },
    eidas2: { level: 'sim-pin', proofing: 'eidas2' },
  },
};

const amrByLevel: Record<AmrKind, Record<Level, readonly string[]>> = {
  rfc8176: { pwd: ['pwd'], 'sim-ok': ['sc', 'mca'], 'sim-pin': ['sc', 'pin', 'mfa', 'mca'] },
  'mobile-connect': { pwd: ['UID_PWD'], 'sim-ok': ['SIM_OK'], 'sim-pin': ['SIM_PIN'] },
};

/** The acr values of both vocabularies that a login of this level can reach, for discovery. */
export function acrValuesUpTo(best: Level = 'sim-pin'): string[] {
  return Object.values(valuesOf).flatMap((names) =>
    Object.entries(names).flatMap(([value, { level }]) => (satisfies(best, level) ? [value] : [])),
  );
}

/** The name of a level with the lowest proofing that has one; undefined where the vocabulary has none. */
export function acrOf(vocabulary: AcrVocabulary, level: Level): string | undefined {
  return Object.entries(valuesOf[vocabulary]).find(([, assurance]) => assurance.level === level)?.[0];
}

/** The level that a value names in the vocabulary. */
export function levelOfAcr(vocabulary: AcrVocabulary, value: string): Level | undefined {
  return assuranceOf(vocabulary, value)?.level;
}

/** What a value of the vocabulary stands for. */
export function assuranceOf(vocabulary: AcrVocabulary, value: string): Assurance | undefined {
  return new Map(Object.entries(valuesOf[vocabulary])).get(value);
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
      /** A person whose identity was proofed less ends in unmet_authentication_requirements, however she logs in. */
      readonly proofing: Proofing;
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
  const proofing = binding ? leastProofing(rules.vocabulary, requested) : 'none';
  // A value below the floor was not the client's own wish: the token says what was achieved instead (X109).
  const heard = requested.filter((value) => satisfies(levelOfAcr(rules.vocabulary, value) ?? 'sim-pin', rules.floor));
  return { kind: 'possible', requested: heard, asked, least, wanted, proofing };
}

/**
 * The acr of a token: the highest requested value that was achieved, else the highest achieved of all.
 * Undefined if the vocabulary has no name for what was achieved.
 */
export function acrFor(
  achieved: Level | Assurance,
  vocabulary: AcrVocabulary,
  requested: readonly string[],
): string | undefined {
  const { level, proofing } = typeof achieved === 'string' ? { level: achieved, proofing: 'none' as const } : achieved;
  const met = Object.entries(valuesOf[vocabulary])
    .filter(([, needed]) => satisfies(level, needed.level) && proofedFor(proofing, needed.proofing))
    .map(([value]) => value);
  return met.findLast((value) => requested.includes(value)) ?? met.at(-1);
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
  return Object.values(valuesOf[vocabulary])[0]?.level ?? 'sim-pin';
}

/** The lowest proofing behind the values asked for, or behind any name if none of them is known. */
function leastProofing(vocabulary: AcrVocabulary, requested: readonly string[]): Proofing {
  const asked = requested.map((value) => assuranceOf(vocabulary, value)).filter((one) => one !== undefined);
  const behind = asked.length > 0 ? asked : Object.values(valuesOf[vocabulary]);
  return proofings.find((proofing) => behind.some((one) => one.proofing === proofing)) ?? 'none';
}

/** The lowest of some levels. */
export function lowest(some: readonly Level[]): Level {
  return levels.find((level) => some.includes(level)) ?? 'sim-pin';
}

/** The higher of two levels. */
export function higher(a: Level, b: Level): Level {
  return satisfies(a, b) ? a : b;
}
