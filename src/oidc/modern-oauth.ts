// The newer parts of OAuth, as configuration of the library: DPoP, mutual TLS, signed requests, JARM, FAPI 2.0, and the
// rules for client assertions. What each demands is in the files named after it; docs/security-profiles.md tells whom
// it is for.
import type Koa from 'koa';
import { type Client, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { dpopAlgorithms } from './dpop.ts';
import { isFapiAlgorithm } from './fapi.ts';
import { type MutualTls, mutualTlsAliases, mutualTlsAuthMethods, mutualTlsFeature } from './mutual-tls.ts';
import { settingsOf } from './profiles.ts';
import { createRequestObjects } from './request-objects.ts';

export interface ModernOauthDeps {
  readonly now: () => Date;
  /** 32 octets, the same on every node: nonces of DPoP. */
  readonly dpopSecret: Buffer;
  readonly mutualTls: MutualTls;
}

type Features = NonNullable<Configuration['features']>;
type Algorithms = NonNullable<Configuration['enabledJWA']>;

export interface ModernOauth {
  readonly features: Pick<Features, 'dPoP' | 'fapi' | 'jwtResponseModes' | 'mTLS' | 'requestObjects'>;
  readonly assertJwtClientAuthClaimsAndHeader: NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']>;
  /** For the end of the checks of an authorization request. */
  finishRequest(ctx: KoaContextWithOIDC): Promise<void>;
}

const asymmetric = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;

/** Algorithms of all of this; never a shared secret, never none. */
export const modernAlgorithms = {
  authorizationSigningAlgValues: asymmetric,
  dPoPSigningAlgValues: dpopAlgorithms,
  requestObjectEncryptionAlgValues: [],
  requestObjectSigningAlgValues: asymmetric,
} as const satisfies Algorithms;

/** Builds the pieces for the configuration of one instance. */
export function createModernOauth({ now, dpopSecret, mutualTls }: ModernOauthDeps): ModernOauth {
  const requests = createRequestObjects(now);
  return {
    features: {
      dPoP: { enabled: true, nonceSecret: dpopSecret, requireNonce: ({ oidc }) => isFapi(oidc.client) },
      fapi: { enabled: true, profile: (_ctx, client) => (isFapi(client) ? '2.0' : undefined) },
      jwtResponseModes: { enabled: true },
      mTLS: mutualTlsFeature(mutualTls),
      requestObjects: { enabled: true, assertJwtClaimsAndHeader: requests.check },
    },
    assertJwtClientAuthClaimsAndHeader: assertionRules(now),
    finishRequest: requests.useUp,
  };
}

/** FAPI 2.0, 5.3.2.1: no rotation; those tokens are bound to the client's own key anyway. */
export function rotatesRefreshTokens({ oidc }: KoaContextWithOIDC): boolean {
  return !isFapi(oidc.client);
}

const longestAssertionSeconds = 600;

// The library has checked signature, issuer, audience, times and that the `jti` is there; it uses the `jti` up after this.
function assertionRules(now: () => Date): ModernOauth['assertJwtClientAuthClaimsAndHeader'] {
  return (ctx, claims, header, client) => {
    const { exp, aud } = claims;
    const refuse = (what: string): never => {
      throw new errors.InvalidClientAuth(`client assertion ${what}`);
    };
    const left = typeof exp === 'number' ? exp - now().getTime() / 1_000 : Number.POSITIVE_INFINITY;
    if (left > longestAssertionSeconds + 15) refuse('lives for more than 10 minutes');
    if (!isFapi(client)) return;
    if (aud !== ctx.oidc.issuer) refuse('must have the issuer as its only audience');
    if (!isFapiAlgorithm(header['alg'])) refuse('is signed with an algorithm that the profile excludes');
  };
}

function isFapi(client: Client | undefined): boolean {
  return client !== undefined && settingsOf(client).profile === 'fapi-2.0';
}

/** Authentication methods beside the ones that every provider has. */
export function addedAuthMethods(mutualTls: MutualTls): NonNullable<Configuration['clientAuthMethods']> {
  return mutualTlsAuthMethods(mutualTls);
}

const authenticated = ['token', 'revocation', 'introspection', 'pushed_authorization_request'];
const documents = new Set(['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']);

/** Says in discovery what the library leaves out: how clients authenticate at each endpoint, and the mTLS aliases. */
export function completeDiscovery(issuer: string, mutualTls: MutualTls): Koa.Middleware {
  return async (ctx, next) => {
    await next();
    if (!documents.has(ctx.path) || typeof ctx.body !== 'object' || ctx.body === null) return;
    const found = new Map<string, unknown>(Object.entries(ctx.body));
    const methods = found.get('token_endpoint_auth_methods_supported');
    const algorithms = found.get('token_endpoint_auth_signing_alg_values_supported');
    const endpoints = [...found.entries()].flatMap(([name, address]) =>
      isCalledByClients(name) && typeof address === 'string' ? [[name, address] as const] : [],
    );
    Object.assign(ctx.body, {
      introspection_endpoint_auth_methods_supported: methods,
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
      mtls_endpoint_aliases: mutualTlsAliases(issuer, mutualTls, Object.fromEntries(endpoints)),
    });
    dropEmptyLists(ctx.body);
  };
}

// RFC 8414, 3.2: what would be an empty list is left out.
function dropEmptyLists(document: object): void {
  for (const [name, value] of Object.entries(document)) {
    if (Array.isArray(value) && value.length === 0) Reflect.deleteProperty(document, name);
  }
}

function isCalledByClients(name: string): boolean {
  const endpoint = /^(.+)_endpoint$/.exec(name)?.[1] ?? '';
  return [...authenticated, 'userinfo', 'backchannel_authentication'].includes(endpoint);
}
