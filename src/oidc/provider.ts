// The OpenID Connect provider of one issuer, on the library oidc-provider; only this folder imports it.
//
//   const oidc = await createOidcProvider({ issuer, brand, country, database, ephemeral, wakeUps, masterKey, lives,
//     pages, outboundAllow, now, randomBytes, log });      // lives = config.tokens
//   app.use(oidc.middleware);            // protocol endpoints of this issuer; others go on to `next`
//   createRouter({ verifyAccessToken: oidc.verifyAccessToken, … });
//   pages: oidc.interactions             // implements interaction-types.ts
//   command line: oidc.clients.{seed,add,list,show,remove}, oidc.keys.{list,rotate}, oidc.addInitialAccessToken
//   oidc.endSessionsAndGrants(accountId?) · oidc.reload() · oidc.stop()
import type { IncomingMessage } from 'node:http';
import type Koa from 'koa';
import type { FindAccount } from 'oidc-provider';
import type { Level } from '../authentication/levels.ts';
import type { Country } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { Log } from '../ops/log.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database } from '../storage/database.ts';
import type { EphemeralStore } from '../storage/ephemeral.ts';
import { readRevision, revisionKey } from '../storage/oidc-clients.ts';
import { deleteConsents } from '../storage/oidc-consents.ts';
import { deleteSessionsAndGrants } from '../storage/oidc-records.ts';
import type { WakeUps } from '../storage/wake-ups.ts';
import type { TokenPresentation, VerifiedAccessToken } from './access-tokens.ts';
import { createAdapterFactory } from './adapter.ts';
import { type BuiltProvider, buildProvider, postLogout } from './build.ts';
import { type Ciba, type CibaParts, createCiba } from './ciba.ts';
import { type PingDelivery, type PingOutcome, postPing } from './ciba-ping.ts';
import { createFindAccount } from './claims.ts';
import { type ClientRegistry, createClientRegistry } from './clients.ts';
import type { Listeners } from './events.ts';
import type { GrantDeps } from './grants.ts';
import { createHintParts, type HintParts } from './hint-parts.ts';
import { createKnownSubjects, type KnownSubjects } from './hint-subjects.ts';
import type { PolicyDeps } from './interaction-policy.ts';
import type { Interactions } from './interaction-types.ts';
import { createInteractions } from './interactions.ts';
import { createKeyring, type Keyring, type LoadedKeys, type SigningAlgorithm } from './keys.ts';
import type { LogoutDelivery } from './library-changes.ts';
import { createMount } from './mount.ts';
import type { MutualTls } from './mutual-tls.ts';
import type { OperatorDirectory } from './operator-discovery.ts';
import { createOutboundFetch, type OutboundFetch } from './outbound.ts';
import type { ProviderPages } from './page-types.ts';
import { createSelfRegistration, type SelfRegistration } from './self-registration.ts';
import type { ServerInitiatedParts } from './server-initiated.ts';
import { deliverNotification, type NotificationOutcome } from './server-initiated-notification.ts';
import { createSessionDesk, type SessionDesk } from './sessions.ts';
import { tellOutages } from './store-outages.ts';
import { createSubjectOf } from './subjects.ts';
import { refreshSeconds, type TokenLives } from './token-policy.ts';

export interface OidcProviderDeps {
  /** Without a trailing slash; its path, if any, is the prefix of all addresses. */
  readonly issuer: string;
  readonly brand: string;
  /** Where national numbers in hints are at home. */
  readonly country: Country;
  readonly database: Pick<Database, 'db' | 'transaction'>;
  readonly ephemeral: EphemeralStore;
  readonly wakeUps: Pick<WakeUps, 'onWake'>;
  readonly masterKey: Pick<MasterKey, 'seal' | 'open' | 'derive' | 'index'>;
  readonly lives: TokenLives;
  /** Whose numbers there are; without it there is no operator discovery. */
  readonly operators?: OperatorDirectory | undefined;
  readonly pages: ProviderPages;
  /** Hosts that may be private or loopback although others chose them: `localhost:3001`. */
  readonly outboundAllow: readonly string[];
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  readonly log: Log;
  /** Clients' certificates, as the web layer leaves them in `ctx.state`; none without it. */
  readonly mutualTls?: MutualTls | undefined;
  /** Whether a phone could prove an account's level again; without it a session's level always stands. */
  readonly serviceStands?: ((accountId: string) => Promise<boolean>) | undefined;
  /** The highest level of a login here; `pwd` where no phone is asked. Default: the SIM with its PIN. */
  readonly best?: Level | undefined;
  /** Requests without a browser (CIBA); without it there are none. */
  readonly ciba?: CibaParts | undefined;
  /** Mobile Connect, server-initiated, which stands on CIBA; without it there is none. */
  readonly serverInitiated?: ServerInitiatedParts | undefined;
  /** Hands a logout token to a job; without it the library posts it itself, once. */
  readonly enqueueLogout?: ((delivery: LogoutDelivery) => Promise<void>) | undefined;
  /** Browser and system of a User-Agent header; without it nobody learns where a session is used. */
  readonly deviceOf?: ((userAgent: string) => string) | undefined;
  /** Business events, for the audit journal. */
  readonly onEvent?: Listeners['onEvent'];
  /** Refused requests, for the developers who ask why. */
  readonly onRefusal?: Listeners['onRefusal'];
  /** Default: ES256, RS256, PS256, EdDSA. */
  readonly algorithms?: readonly SigningAlgorithm[] | undefined;
}

export interface OidcProvider {
  readonly issuer: string;
  /** Path prefix of this issuer: `` or `/ile`. */
  readonly basePath: string;
  readonly middleware: Koa.Middleware;
  readonly interactions: Interactions;
  readonly clients: Omit<ClientRegistry, 'adapter'>;
  readonly keys: Pick<Keyring, 'list' | 'rotate'>;
  /** Verifies a token for the APIs. Throws AppError('invalid_token'). */
  verifyAccessToken(token: string, presented?: TokenPresentation): Promise<VerifiedAccessToken>;
  /** Posts a logout token with the guards of all outbound requests; for the job. Throws if it was not taken. */
  deliverLogout(delivery: LogoutDelivery): Promise<void>;
  /** Posts a ping, likewise. Throws for a broken connection. */
  deliverPing(ping: PingDelivery): Promise<PingOutcome>;
  /** Posts a notification by its id, and notes the try; for the job. Throws while it is not decided. */
  deliverNotification(id: string): Promise<NotificationOutcome>;
  readonly ciba: Pick<Ciba, 'sweep' | 'endWaits'> | undefined;
  /** Test clients from our own page, and what a developer wants to know first. */
  readonly selfRegistration: SelfRegistration;
  /** A customer's sessions, for her to see and to end. */
  sessions(audit: Pick<Audit, 'sessionRevoked'>): SessionDesk;
  /** Lets whoever presents this token register clients (RFC 7591); for ever without a life. */
  addInitialAccessToken(token: string, ttlSeconds?: number): Promise<void>;
  /** Ends sessions, grants and refresh tokens of an account; without one, everybody's, and their consents. */
  endSessionsAndGrants(accountId?: string): Promise<void>;
  /** Reads keys and clients again, as a wake-up does. */
  reload(): Promise<void>;
  stop(): void;
}

/** Makes the keys that are missing, builds the provider, and keeps it up to date with the other nodes. */
export async function createOidcProvider(given: OidcProviderDeps): Promise<OidcProvider> {
  const deps = { ...given, ephemeral: tellOutages(given.ephemeral) };
  const { issuer, database } = deps;
  const basePath = new URL(issuer).pathname.replace(/\/$/, '');
  const outbound = createOutboundFetch({ allow: deps.outboundAllow });
  const states = new WeakMap<IncomingMessage, Koa.DefaultState>();
  // A replaced key is still shown to us inside id_token_hint for as long as a session lives.
  const keyring = createKeyring({ ...deps, retireAfterSeconds: Math.max(deps.lives.sessionHours * 3_600, 86_400) });
  await keyring.ensure();
  const clients = createClientRegistry({
    ...deps,
    validate: async (metadata) =>
      await current.provider.Client.validate({ ...metadata, client_id: String(metadata['client_id']) }),
    onChange: () => current.forgetClients(),
  });
  const people = createPeople(deps, { keys: () => current.keys, provider: () => current.provider });
  const { hints, ciba } = people;
  const build = createBuild({ ...people, deps, basePath, outbound, states, keyring, clients });
  let current = await build();
  const reload = async (): Promise<void> => {
    current.forgetClients();
    current = await build(current);
  };
  const freshness = keepUpToDate(deps, reload);
  const provider = () => {
    freshness.check();
    return current.provider;
  };
  return {
    issuer,
    basePath,
    middleware: createMount({ issuer, basePath, provider, states }),
    interactions: createInteractions({ ...deps, basePath, grants: grantDeps(deps), hints: hints.redirect, provider }),
    clients,
    keys: { list: keyring.list, rotate: () => keyring.rotate().finally(reload) },
    async verifyAccessToken(token, presented) {
      freshness.check();
      return await current.verifyAccessToken(token, presented);
    },
    deliverLogout: (delivery) => postLogout(outbound, delivery),
    deliverPing: (ping) => postPing(outbound, ping),
    deliverNotification: (id) => deliverNotification({ ...deps, outbound, provider, keys: () => current.keys }, id),
    ciba,
    sessions: (audit) => createSessionDesk({ ...deps, clients, provider, audit }),
    selfRegistration: createSelfRegistration({ issuer, clients, provider }),
    addInitialAccessToken: async (token, ttlSeconds) =>
      await allowRegistration(deps, provider(), { token, ttlSeconds }),
    async endSessionsAndGrants(accountId) {
      await deleteSessionsAndGrants(database.db, accountId);
      if (accountId === undefined) await deleteConsents(database.db, 'all');
    },
    reload,
    stop: freshness.stop,
  };
}

/** What knows accounts, and how clients name them; `now` gives what belongs to the instance of this moment. */
function createPeople(
  deps: OidcProviderDeps,
  now: { keys: () => LoadedKeys; provider: () => BuiltProvider['provider'] },
) {
  const subjectOf = createSubjectOf(deps.masterKey.derive('pairwise'));
  const subjects = createKnownSubjects({ ...deps, subjectOf });
  const hints = createHintParts({ ...deps, subjects, subjectOf, keys: now.keys });
  const findAccount = createFindAccount(deps);
  const cibaDeps = {
    ...deps,
    findAccount,
    subjects,
    hints: hints.tokens,
    grants: grantDeps(deps),
    provider: now.provider,
  };
  const ciba = deps.ciba && createCiba({ ...cibaDeps, ...deps.ciba });
  return { subjectOf, subjects, hints, findAccount, ciba };
}

interface BuildParts {
  readonly deps: OidcProviderDeps;
  readonly basePath: string;
  readonly outbound: OutboundFetch;
  readonly states: WeakMap<IncomingMessage, Koa.DefaultState>;
  readonly keyring: Keyring;
  readonly clients: ClientRegistry;
  readonly subjectOf: PolicyDeps['subjectOf'];
  readonly subjects: KnownSubjects;
  readonly hints: HintParts;
  readonly findAccount: FindAccount;
  readonly ciba: Ciba | undefined;
}

/** Builds an instance for the keys of this moment; gives `before` back when they are the same. */
function createBuild(parts: BuildParts): (before?: BuiltProvider) => Promise<BuiltProvider> {
  const { deps, keyring, clients, subjectOf, hints, ciba } = parts;
  const { issuer, lives, masterKey } = deps;
  const adapter = createAdapterFactory({ ...deps, clients, ...keepingOf(lives) });
  const shared = {
    ...deps,
    ...parts,
    adapter,
    cookieKey: masterKey.derive('cookies'),
    dpopSecret: masterKey.derive('dpop'),
    mutualTls: deps.mutualTls ?? {},
    findAccount: ciba?.findAccount ?? parts.findAccount,
    policy: { serviceStands: deps.serviceStands, best: deps.best, hints: hints.redirect, subjectOf },
    receiveHints: hints.redirect.receive,
    grants: grantDeps(deps),
    serverInitiated: deps.serverInitiated && { ...deps, ...deps.serverInitiated, outbound: parts.outbound },
    discovery: { operators: deps.operators, country: deps.country, listClients: clients.list, hints: hints.tokens },
    enqueueLogout: deps.enqueueLogout,
    onEvent: deps.onEvent,
    onRefusal: deps.onRefusal,
  };
  return async (before) => {
    const keys = await keyring.load();
    if (before?.keys.fingerprint === keys.fingerprint) return before;
    deps.log.info({ issuer, keys: keys.publicSet.keys.map(({ kid }) => kid) }, 'signing keys loaded');
    return buildProvider({ ...shared, keys });
  };
}

// A pushed request is known as used for as long as a login that it began can last.
function keepingOf({ refreshGraceSeconds, interactionSeconds }: TokenLives) {
  return { refreshGraceSeconds, pushedRequestSeconds: interactionSeconds };
}

const revisionCheckMs = 60_000;

interface Freshness {
  /** Looks at the revision if that was not done for a minute: a wake-up may have been lost. Does not wait. */
  check(): void;
  stop(): void;
}

function keepUpToDate(deps: OidcProviderDeps, reload: () => Promise<void>): Freshness {
  const { wakeUps, issuer, log, database, now } = deps;
  const tellFailure = (cause: unknown) => log.error({ err: cause, issuer }, 'keys and clients could not be read again');
  const stop = wakeUps.onWake(revisionKey(issuer), () => void reload().catch(tellFailure));
  let checkedAt = now().getTime();
  let known: number | undefined;
  const compare = async (): Promise<void> => {
    const revision = await readRevision(database.db, issuer);
    if (revision !== known) await reload();
    known = revision;
  };
  return {
    stop,
    check() {
      if (now().getTime() - checkedAt < revisionCheckMs) return;
      checkedAt = now().getTime();
      compare().catch(tellFailure);
    },
  };
}

function grantDeps({ database, issuer, lives }: OidcProviderDeps): GrantDeps {
  return { database, issuer, refreshSeconds: refreshSeconds(lives), consentSeconds: lives.grantDays * 86_400 };
}

async function allowRegistration(
  { now }: OidcProviderDeps,
  { InitialAccessToken }: BuiltProvider['provider'],
  { token, ttlSeconds }: { token: string; ttlSeconds: number | undefined },
): Promise<void> {
  const iat = Math.floor(now().getTime() / 1_000);
  const exp = ttlSeconds === undefined ? {} : { exp: iat + ttlSeconds };
  await InitialAccessToken.adapter.upsert(token, { kind: 'InitialAccessToken', iat, ...exp }, ttlSeconds);
}
