// What a client may have of an account: first parties all that they are allowed, without asking; third parties what
// the customer consented to, remembered apart from any session. The library's grant lives for one session and client.
import { type Client, errors, type Grant, type KoaContextWithOIDC, type OIDCContext } from 'oidc-provider';
import type { Database } from '../storage/database.ts';
import { addConsent, findConsent } from '../storage/oidc-consents.ts';
import { serviceScopes } from './mobile-connect-scopes.ts';
import { settingsOf } from './profiles.ts';
import { accountMayGrant, scopeList } from './scopes.ts';

export interface GrantDeps {
  readonly database: Pick<Database, 'db'>;
  readonly issuer: string;
  /** A grant that lives for less than this would end before the refresh tokens made from it. */
  readonly refreshSeconds: number;
  readonly consentSeconds: number;
}

interface Asked {
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  /** Scopes by resource indicator. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
}

/** Finds or makes the grant of this request; an unsaved one where consent is missing. */
export function createLoadExistingGrant(deps: GrantDeps): (ctx: KoaContextWithOIDC) => Promise<Grant | undefined> {
  return async ({ oidc }) => {
    const { client, account } = oidc;
    if (client === undefined || account === undefined) return undefined;
    const known = await knownGrant(deps, oidc, account.accountId);
    const grant = known ?? new oidc.provider.Grant({ accountId: account.accountId, clientId: client.clientId });
    const asked = askedOf(oidc);
    const before = JSON.stringify(grant);
    rejectForbidden(grant, asked, account['kind']);
    addTo(grant, await grantable(deps, { client, accountId: account.accountId, asked }));
    // Not saved: the consent page shows what is missing, and its answer makes the grant.
    if (known === undefined && !covers(grant, asked)) return grant;
    if (known === undefined || JSON.stringify(grant) !== before) await grant.save();
    return grant;
  };
}

/** Of what is asked, that for which nobody need be asked again. */
async function grantable(
  { database, issuer }: GrantDeps,
  { client, accountId, asked }: { client: Client; accountId: string; asked: Asked },
): Promise<Asked> {
  if (settingsOf(client).party === 'first') return asked;
  const consent = await findConsent(database.db, { issuer, accountId, clientId: client.clientId });
  return onlyAllowed(asked, withServices(consent ?? { scopes: [], claims: [] }));
}

/** Scopes that tell a client nothing of the customer but that she is the one. */
const scopesWithoutConsent = new Set(['openid', 'mc_authn']);

/**
 * Saves the grant of a request that no page belongs to: what needs no consent, and what has it already. Nobody is
 * asked, so a third party gets no more than that. Under one id it is one grant, however often it is saved.
 */
export async function grantWithoutPage(
  deps: GrantDeps,
  GrantModel: OIDCContext['provider']['Grant'],
  about: { id: string; client: Client; account: { accountId: string; kind: string }; asked: Asked },
): Promise<string> {
  const { id, client, account, asked } = about;
  const { accountId, kind } = account;
  const grant = Object.assign(new GrantModel({ accountId, clientId: client.clientId }), { jti: id });
  rejectForbidden(grant, asked, kind);
  addTo(grant, { scopes: asked.scopes.filter((scope) => scopesWithoutConsent.has(scope)), claims: [], resources: {} });
  addTo(grant, await grantable(deps, { client, accountId, asked }));
  return await grant.save();
}

// Whoever may recognise the customer may also ask her phone: these open no data, and the phone asks each time.
function withServices({ scopes, claims }: { scopes: readonly string[]; claims: readonly string[] }) {
  return { scopes: scopes.includes('openid') ? [...scopes, ...serviceScopes] : scopes, claims };
}

export interface ConsentGiven {
  readonly grantId: string | undefined;
  readonly accountId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** Everything that the request asks for, granted before or not. */
  readonly requestedScopes: readonly string[];
}

/** Turns "allow" into a saved grant and a remembered consent; gives the grant's id. */
export async function grantConsent(
  deps: GrantDeps,
  GrantModel: OIDCContext['provider']['Grant'],
  given: ConsentGiven,
): Promise<string> {
  const { accountId, clientId, scopes, claims } = given;
  // Loaded afresh: the page may have been open for long (decisions 15).
  const known = given.grantId === undefined ? undefined : await GrantModel.find(given.grantId);
  const grant = known ?? new GrantModel({ accountId, clientId });
  const key = { issuer: deps.issuer, accountId, clientId };
  await addConsent(deps.database.db, key, { scopes, claims, ttlSeconds: deps.consentSeconds });
  const consent = await findConsent(deps.database.db, key);
  const before = new Set(consent?.scopes ?? []);
  addTo(grant, { scopes: given.requestedScopes.filter((scope) => before.has(scope)), claims, resources: {} });
  addTo(grant, given);
  return await grant.save();
}

async function knownGrant(deps: GrantDeps, oidc: OIDCContext, accountId: string): Promise<Grant | undefined> {
  const clientId = oidc.client?.clientId ?? '';
  const id = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(clientId);
  const grant = id === undefined ? undefined : await oidc.provider.Grant.find(id);
  if (grant === undefined || grant.accountId !== accountId || grant.clientId !== clientId) return undefined;
  return grant.remainingTTL > deps.refreshSeconds ? grant : undefined;
}

function askedOf(oidc: OIDCContext): Asked {
  const requested = scopeList(oidc.params?.['scope']);
  const servers = Object.entries(oidc.resourceServers ?? {});
  return {
    scopes: [...oidc.requestParamOIDCScopes],
    claims: [...oidc.requestParamClaims],
    resources: Object.fromEntries(
      servers.map(([resource, server]) => [resource, requested.filter((scope) => server.scopes.has(scope))]),
    ),
  };
}

function onlyAllowed(asked: Asked, consent: { scopes: readonly string[]; claims: readonly string[] }): Asked {
  return {
    scopes: asked.scopes.filter((scope) => consent.scopes.includes(scope)),
    claims: asked.claims.filter((claim) => consent.claims.includes(claim)),
    resources: {},
  };
}

function addTo(grant: Grant, { scopes, claims, resources }: Asked): void {
  if (scopes.length > 0) grant.addOIDCScope([...scopes]);
  if (claims.length > 0) grant.addOIDCClaims([...claims]);
  for (const [resource, some] of Object.entries(resources)) {
    if (some.length > 0) grant.addResourceScope(resource, [...some]);
  }
}

// D21: a rejected scope counts as answered, so nobody is asked for what the account cannot give.
function rejectForbidden(grant: Grant, asked: Asked, kind: unknown): void {
  const accountKind = kind === 'secondary' || kind === 'group' ? kind : 'main';
  const forbidden = (scopes: readonly string[]) => scopes.filter((scope) => !accountMayGrant(accountKind, scope));
  if (forbidden(asked.scopes).length > 0) grant.rejectOIDCScope(forbidden(asked.scopes));
  for (const [resource, scopes] of Object.entries(asked.resources)) {
    if (forbidden(scopes).length > 0) grant.rejectResourceScope(resource, forbidden(scopes));
  }
}

function covers(grant: Grant, asked: Asked): boolean {
  const scopes = new Set(grant.getOIDCScopeEncountered().split(' '));
  const claims = new Set([...grant.getOIDCClaimsEncountered(), 'sub', 'sid', 'auth_time', 'acr', 'amr', 'iss']);
  return asked.scopes.every((scope) => scopes.has(scope)) && asked.claims.every((claim) => claims.has(claim));
}

/** First parties may have refresh tokens without a consent page; the library drops the scope before it asks us. */
export function restoreOfflineAccess(ctx: KoaContextWithOIDC, rawScope: unknown): void {
  const { client, params } = ctx.oidc;
  if (client === undefined || params === undefined || settingsOf(client).party !== 'first') return;
  if (!scopeList(rawScope).includes('offline_access') || !client.grantTypeAllowed('refresh_token')) return;
  const scopes = new Set(scopeList(params['scope']));
  params['scope'] = [...scopes.add('offline_access')].join(' ');
}

/** For hooks that must have a client. */
export function clientOf(ctx: KoaContextWithOIDC) {
  if (ctx.oidc.client === undefined) throw new errors.InvalidClient();
  return ctx.oidc.client;
}
