// The library's configuration for one issuer: features, paths, cookies, and the hooks of the files beside this one.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeJwt } from 'jose';
import {
  type AdapterFactory,
  type Configuration,
  errors,
  type FindAccount,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { acrValuesUpTo } from './acr.ts';
import { clockToleranceSeconds } from './adapter.ts';
import type { Ciba } from './ciba.ts';
import { createLoadExistingGrant, type GrantDeps, restoreOfflineAccess } from './grants.ts';
import type { RedirectHints } from './hint-redirect.ts';
import type { KnownSubjects } from './hint-subjects.ts';
import { returnFaultToHub } from './hub-errors.ts';
import { responseAlgorithms } from './hub-registration.ts';
import { createInteractionPolicy, type PolicyDeps } from './interaction-policy.ts';
import type { LoadedKeys } from './keys.ts';
import { mobileConnectMetadata, mobileConnectParameters } from './mobile-connect.ts';
import {
  addedAuthMethods,
  createModernOauth,
  type ModernOauth,
  type ModernOauthDeps,
  modernAlgorithms,
  rotatesRefreshTokens,
} from './modern-oauth.ts';
import type { OutboundFetch } from './outbound.ts';
import type { ProviderPages } from './page-types.ts';
import { applyProfile, ClientMetadataError, ownMetadataNames } from './profiles.ts';
import { allScopes, claimsByScope } from './scopes.ts';
import {
  createExtraTokenClaims,
  defaultResourceOf,
  pkceRequired,
  resourceServerOf,
  type TokenLives,
  ttlOf,
} from './token-policy.ts';

export interface ConfigurationDeps extends ModernOauthDeps {
  readonly issuer: string;
  /** Path prefix of this issuer: `` or `/ile`. */
  readonly basePath: string;
  readonly brand: string;
  readonly lives: TokenLives;
  readonly adapter: AdapterFactory;
  readonly keys: LoadedKeys;
  readonly cookieKey: Buffer;
  readonly subjectOf: PolicyDeps['subjectOf'];
  readonly subjects: Pick<KnownSubjects, 'tell'>;
  readonly ciba: Pick<Ciba, 'feature' | 'lifeOf'> | undefined;
  readonly findAccount: FindAccount;
  readonly policy: PolicyDeps;
  readonly receiveHints: RedirectHints['receive'];
  readonly grants: GrantDeps;
  readonly pages: ProviderPages;
  readonly fetch: OutboundFetch;
}

/** Builds the configuration. */
export function buildConfiguration(deps: ConfigurationDeps): Configuration {
  const { basePath, brand, lives } = deps;
  const modern = createModernOauth(deps);
  return {
    acrValues: acrValuesUpTo(deps.policy.best),
    adapter: deps.adapter,
    allowOmittingSingleRegisteredRedirectUri: false,
    assertJwtClientAuthClaimsAndHeader: modern.assertJwtClientAuthClaimsAndHeader,
    claims: claimsByScope,
    clientAuthMethods: [...authMethods, ...addedAuthMethods(deps.mutualTls)],
    clientBasedCORS: isOriginOfClient,
    clientDefaults: { id_token_signed_response_alg: 'ES256', authorization_signed_response_alg: 'ES256' },
    clockTolerance: clockToleranceSeconds,
    conformIdTokenClaims: true,
    cookies: cookiesOf(deps),
    discovery: {
      ui_locales_supported: ['fr', 'en'],
      claims_locales_supported: ['fr'],
      ...(deps.policy.best !== 'pwd' && mobileConnectMetadata(deps.issuer)),
      ...(deps.policy.best !== 'pwd' && { si_authorization_endpoint: `${deps.issuer}/si-authorize` }),
    },
    enabledJWA: signingAlgorithms,
    extraClientMetadata: { properties: ownMetadataNames, validator: metadataValidator(brand) },
    extraParams: {
      ...mobileConnectParameters,
      login_hint_token: deps.receiveHints,
      // Of server-initiated requests; it counts only if it is registered.
      notification_uri: null,
      scope: (ctx) => finishRequest(modern, ctx),
    },
    extraTokenClaims: createExtraTokenClaims(brand),
    features: { ...featuresOf(deps), ...modern.features, ...(deps.ciba && { ciba: deps.ciba.feature }) },
    fetch: (url, options) => deps.fetch(url instanceof Request ? url.url : String(url), options ?? {}),
    fetchResponseBodyLimits: { jwks_uri: 65_536, sector_identifier_uri: 65_536 },
    findAccount: deps.findAccount,
    interactions: {
      policy: createInteractionPolicy(deps.policy),
      url: (_ctx, { uid }) => `${basePath}/interaction/${uid}`,
    },
    jwks: deps.keys.privateSet,
    loadExistingGrant: createLoadExistingGrant(deps.grants),
    pairwiseIdentifier: (_ctx, accountId, client) => deps.subjects.tell(client, accountId),
    pkce: { required: pkceRequired },
    async renderError(ctx, out, error) {
      if (!returnFaultToHub(ctx, out)) await deps.pages.renderError(ctx, out, error);
    },
    responseTypes: ['code'],
    revokeGrantPolicy: ({ oidc }) => oidc.route !== 'revocation' || oidc.entities.AccessToken === undefined,
    rotateRefreshToken: rotatesRefreshTokens,
    routes,
    scopes: allScopes,
    subjectTypes: ['public', 'pairwise'],
    ttl: { ...ttlOf(lives, deps.now), ...(deps.ciba && { BackchannelAuthenticationRequest: deps.ciba.lifeOf }) },
  };
}

// Decisions 38. The endpoints of later protocols stand here when they are switched on.
const routes: NonNullable<Configuration['routes']> = {
  authorization: '/auth',
  token: '/token',
  userinfo: '/userinfo',
  introspection: '/introspection',
  revocation: '/revocation',
  jwks: '/jwks',
  registration: '/reg',
  pushed_authorization_request: '/par',
  end_session: '/session/end',
  backchannel_authentication: '/backchannel',
};

const authMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;

const asymmetric = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
const signingAlgorithms: NonNullable<Configuration['enabledJWA']> = {
  // HS256 is for hubs; applyProfile refuses it to everybody else.
  idTokenSigningAlgValues: [...asymmetric, 'HS256'],
  clientAuthSigningAlgValues: [...asymmetric],
  ...modernAlgorithms,
  ...responseAlgorithms,
};

function featuresOf({ issuer, lives, pages }: ConfigurationDeps): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    claimsParameter: { enabled: true },
    encryption: { enabled: true },
    jwtUserinfo: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    pushedAuthorizationRequests: { enabled: true },
    registration: { enabled: true, initialAccessToken: true },
    registrationManagement: { enabled: true, rotateRegistrationAccessToken: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: defaultResourceOf(issuer),
      getResourceServerInfo: resourceServerOf(issuer, lives),
    },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx, form) => await pages.logoutSource(ctx, form),
      postLogoutSuccessSource: async (ctx) => await pages.postLogoutSuccessSource(ctx),
    },
  };
}

// The brand is in the names: with a shared store a session of one issuer must not be good for another (decisions 35).
function cookiesOf({ issuer, brand, cookieKey }: ConfigurationDeps): NonNullable<Configuration['cookies']> {
  const secure = issuer.startsWith('https:');
  const common = { httpOnly: true, sameSite: 'lax' as const, secure, signed: true, overwrite: true };
  return {
    keys: cookieSigner(cookieKey),
    names: {
      session: `${secure ? '__Host-' : ''}${brand}-session`,
      interaction: `${secure ? '__Secure-' : ''}${brand}-interaction`,
      resume: `${secure ? '__Secure-' : ''}${brand}-resume`,
    },
    long: common,
    short: common,
  };
}

function cookieSigner(key: Buffer) {
  const sign = (data: string) => createHmac('sha256', key).update(data).digest('base64url');
  const index = (data: string, digest: string) => {
    const expected = Buffer.from(sign(data));
    const given = Buffer.from(digest);
    return expected.length === given.length && timingSafeEqual(expected, given) ? 0 : -1;
  };
  return { sign, index, verify: (data: string, digest: string) => index(data, digest) === 0 };
}

type Validator = NonNullable<NonNullable<Configuration['extraClientMetadata']>['validator']>;

// Called once for each name; the first call does it all, in one place.
function metadataValidator(brand: string): Validator {
  return (ctx, key, _value, metadata) => {
    if (key !== ownMetadataNames[0]) return;
    const route = ctx?.oidc?.route;
    const dynamic = route === 'registration' || route === 'client_update';
    try {
      const subjectType = route === 'client_update' ? ctx?.oidc.client?.subjectType : undefined;
      applyProfile(metadata, { dynamic, brand, said: (dynamic && ctx?.oidc.body) || {}, subjectType });
    } catch (cause) {
      if (cause instanceof ClientMetadataError) throw new errors.InvalidClientMetadata(cause.message);
      throw cause;
    }
  };
}

// Called for every request, after all of the library's own checks.
async function finishRequest(modern: ModernOauth, ctx: KoaContextWithOIDC): Promise<void> {
  restoreOfflineAccess(ctx, rawScope(ctx));
  await modern.finishRequest(ctx);
}

// As the client sent it, before the library took `offline_access` out.
function rawScope({ oidc, query }: KoaContextWithOIDC): unknown {
  const pushed = oidc.entities.PushedAuthorizationRequest;
  if (pushed !== undefined) return decodeJwt(pushed.request)['scope'];
  return oidc.body?.['scope'] ?? query['scope'];
}

// A browser app may call from where it lives; userinfo may be called from any page of the client.
const isOriginOfClient: NonNullable<Configuration['clientBasedCORS']> = (ctx, origin, client) => {
  if (origin === 'null') return false;
  if (ctx.oidc.route !== 'userinfo' && client.clientAuthMethod !== 'none') return false;
  return client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin) ?? false;
};
