// Client metadata of our own (decisions 13): its schema, what each profile demands, and the rules for clients that
// register themselves. Pure, but for the mutation of the metadata object that the library hands over.

import { z } from 'zod';
import type { Level } from '../authentication/levels.ts';
import { type AcrVocabulary, type AmrKind, higher, type LevelRules, levelOfAcr, lowest } from './acr.ts';
import { cibaProblem, completeCiba } from './ciba-metadata.ts';
import { clientNameProblem } from './client-names.ts';
import { applyFapiProfile } from './fapi.ts';
import { completeHubMetadata, hubProblem } from './hub-registration.ts';
import { apiScopes, openScopes, scopeList } from './scopes.ts';
import { completeServerInitiated, serverInitiatedProblem } from './server-initiated-metadata.ts';

const profileNames = [
  'oidc',
  'hub',
  'mobile-connect-1.1',
  'mobile-connect-2.0',
  'mobile-connect-2.3',
  'mobile-connect-si-1.0',
  'fapi-2.0',
] as const;
export type ProfileName = (typeof profileNames)[number];

const ownMetadata = z.object({
  profile: z.enum(profileNames).default('oidc'),
  party: z.enum(['first', 'third']).default('third'),
  brand: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/)
    .optional(),
  acr_vocabulary: z.enum(['loa', 'eidas']).default('loa'),
  strict_acr: z.boolean().default(false),
  allow_password_fallback: z.boolean().optional(),
  confirmation: z.enum(['compare', 'type']).optional(),
  shows_reference_code: z.boolean().default(false),
  reveal_enrolment: z.boolean().default(false),
  pictogram_shown: z.boolean().default(false),
  require_pkce: z.boolean().optional(),
  /** Server-initiated Mobile Connect: where results may be sent. */
  notification_uris: z.array(z.string().max(2_048)).max(20).optional(),
});

/** Names of our own metadata; `profile` comes first, the library validates in this order. */
export const ownMetadataNames = Object.keys(ownMetadata.shape);

/** What the rest of the provider reads of a client's registration. */
export interface ClientSettings {
  readonly profile: ProfileName;
  readonly party: 'first' | 'third';
  readonly brand: string | undefined;
  readonly vocabulary: AcrVocabulary;
  readonly amrKind: AmrKind;
  readonly levels: LevelRules;
  readonly allowPasswordFallback: boolean;
  readonly confirmation: 'compare' | 'type' | undefined;
  readonly showsReferenceCode: boolean;
  readonly revealEnrolment: boolean;
  /** Hubs and Mobile Connect have no PKCE (decisions 14); a client may be registered to send a nonce instead. */
  readonly pkce: 'required' | 'optional' | 'or-nonce';
  readonly isHub: boolean;
}

/** Reads the settings of a registered client. Throws ZodError when the registration was not validated before. */
export function settingsOf(client: object): ClientSettings {
  const own = ownMetadata.parse(client);
  const isHub = own.profile === 'hub';
  const isMobileConnect = own.profile.startsWith('mobile-connect-');
  const strict = own.strict_acr || isHub || isMobileConnect;
  const allowPasswordFallback = own.allow_password_fallback ?? !strict;
  const atLeast: Level = isMobileConnect || !allowPasswordFallback ? 'sim-ok' : 'pwd';
  const floor = strict ? higher(atLeast, lowestDefault(client, own.acr_vocabulary)) : atLeast;
  return {
    profile: own.profile,
    party: own.party,
    brand: own.brand,
    vocabulary: own.acr_vocabulary,
    amrKind: isMobileConnect ? 'mobile-connect' : 'rfc8176',
    levels: { vocabulary: own.acr_vocabulary, strict, floor },
    allowPasswordFallback,
    confirmation: own.confirmation,
    showsReferenceCode: own.shows_reference_code,
    revealEnrolment: own.reveal_enrolment,
    pkce: isHub || isMobileConnect ? 'optional' : own.require_pkce === false ? 'or-nonce' : 'required',
    isHub,
  };
}

const registeredDefaults = z.object({ defaultAcrValues: z.array(z.string()).nullish() });

/** What a strict client registered as its default holds although somebody in the browser asks for less (X109). */
function lowestDefault(client: object, vocabulary: AcrVocabulary): Level {
  const { defaultAcrValues } = registeredDefaults.parse(client);
  const levels = (defaultAcrValues ?? [])
    .map((value) => levelOfAcr(vocabulary, value))
    .filter((one) => one !== undefined);
  return levels.length === 0 ? 'pwd' : lowest(levels);
}

export class ClientMetadataError extends Error {
  override readonly name = 'ClientMetadataError';
}

/** Who wants to register, as far as the rules depend on it. */
export interface Registration {
  /** True for `POST /reg`; false for the command line, the demo world and clients read from the database. */
  readonly dynamic: boolean;
  readonly brand: string;
  /** What a dynamic client said itself, before defaults. */
  readonly said: Readonly<Record<string, unknown>>;
  /** Of a client that changes its registration: what its customers are known by, and will be. */
  readonly subjectType?: string | undefined;
}

type Metadata = Record<string, unknown>;

/** Checks and completes metadata in place. Throws ClientMetadataError with a sentence for the client's developer. */
export function applyProfile(metadata: Metadata, registration: Registration): void {
  if (registration.dynamic) restrictDynamic(metadata, registration);
  requireAbsoluteAddresses(metadata);
  completeHubMetadata(metadata);
  completeServerInitiated(metadata);
  completeCiba(metadata);
  const own = ownMetadata.safeParse(metadata);
  if (!own.success) throw new ClientMetadataError(firstProblem(own.error));
  Object.assign(metadata, { brand: registration.brand }, own.data);
  requireThirdPartyRules(metadata);
  const problem =
    hubProblem(metadata) ?? serverInitiatedProblem(metadata) ?? cibaProblem(metadata) ?? applyFapiProfile(metadata);
  if (problem !== undefined) throw new ClientMetadataError(problem);
  requirePkceRules(metadata);
  if (registration.dynamic && registration.said['subject_type'] === undefined) {
    metadata['subject_type'] = registration.subjectType ?? defaultSubjectType(metadata);
  }
  if (registration.subjectType !== undefined && metadata['subject_type'] !== registration.subjectType) {
    throw new ClientMetadataError('subject_type cannot change: customers would come back as strangers');
  }
}

/** Pairwise for third parties wherever the library can do it, else public (decisions 13). */
export function defaultSubjectType(metadata: Metadata): 'pairwise' | 'public' {
  if (metadata['party'] === 'first') return 'public';
  const usesCiba = list(metadata['grant_types']).some((type) => type.includes('ciba') || type.includes('device'));
  if (usesCiba) return 'public';
  const hosts = new Set(list(metadata['redirect_uris']).map((uri) => URL.parse(uri)?.host));
  const sectorKnown = hosts.size === 1 || typeof metadata['sector_identifier_uri'] === 'string';
  return sectorKnown ? 'pairwise' : 'public';
}

// Before the library, which looks for the host of a pairwise client before it has looked whether there is an address.
function requireAbsoluteAddresses(metadata: Metadata): void {
  const isAbsolute = (uri: unknown) => typeof uri === 'string' && URL.canParse(uri);
  for (const name of ['redirect_uris', 'post_logout_redirect_uris']) {
    const uris: unknown = metadata[name];
    if (Array.isArray(uris) && !uris.every(isAbsolute))
      throw new ClientMetadataError(`${name} must hold absolute URIs`);
  }
}

// What a contract with the operator decides is not for the client to say.
function restrictDynamic(metadata: Metadata, { brand }: Registration): void {
  if (metadata['profile'] === 'hub') throw new ClientMetadataError('profile hub needs a contract with the operator');
  Object.assign(metadata, { party: 'third', brand, reveal_enrolment: false, shows_reference_code: false });
}

function requireThirdPartyRules(metadata: Metadata): void {
  if (metadata['party'] !== 'third') return;
  if (typeof metadata['policy_uri'] !== 'string') {
    throw new ClientMetadataError('policy_uri is required of third parties');
  }
  const nameProblem = clientNameProblem(metadata['client_name']);
  if (nameProblem !== undefined) throw new ClientMetadataError(nameProblem);
  if (metadata['scope'] === undefined) metadata['scope'] = openScopes.join(' ');
  if (scopeList(metadata['scope']).some((scope) => apiScopes.includes(scope))) {
    throw new ClientMetadataError("scope names the operator's own APIs, which are for first parties only");
  }
}

// RFC 9700 2.1.1: instead of PKCE a confidential client may rely on the nonce.
function requirePkceRules(metadata: Metadata): void {
  if (metadata['require_pkce'] !== false) return;
  if (metadata['token_endpoint_auth_method'] === 'none' || metadata['profile'] === 'fapi-2.0') {
    throw new ClientMetadataError('require_pkce may be false for a confidential client outside fapi-2.0 only');
  }
}

function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'metadata'}: ${issue?.message ?? 'is not allowed'}`;
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
