// Lives of codes and tokens, and what an access token says and is for (decisions 14 and 15).
import { type Client, type Configuration, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { acrOf, amrOf, levelOfAmr } from './acr.ts';
import { fapiCodeSeconds } from './fapi.ts';
import { clientOf } from './grants.ts';
import { type ClientSettings, settingsOf } from './profiles.ts';
import { apiScopes, scopeList } from './scopes.ts';
import { sessionName } from './session-names.ts';

/** The lives that the configuration names; `config.tokens` fits. */
export interface TokenLives {
  readonly codeSeconds: number;
  readonly accessSeconds: number;
  readonly hubCodeSeconds: number;
  readonly hubAccessSeconds: number;
  readonly idTokenSeconds: number;
  readonly refreshDays: number;
  readonly refreshGraceSeconds: number;
  readonly sessionHours: number;
  readonly interactionSeconds: number;
  /** How long a consent is remembered. */
  readonly grantDays: number;
}

const daySeconds = 86_400;

/** Life of the library's grant: room for two full lives of a refresh token, so that it is not renewed at each login. */
export function grantSeconds(lives: TokenLives): number {
  return 2 * refreshSeconds(lives);
}

export function refreshSeconds({ refreshDays }: TokenLives): number {
  return refreshDays * daySeconds;
}

export function sessionSeconds({ sessionHours }: TokenLives): number {
  return sessionHours * 3_600;
}

/** Seconds to live, by kind of record. */
export function ttlOf(lives: TokenLives, now: () => Date): NonNullable<Configuration['ttl']> {
  const isHub = (client: Client) => settingsOf(client).isHub;
  return {
    AccessToken: (_ctx, _token, client) => (isHub(client) ? lives.hubAccessSeconds : lives.accessSeconds),
    AuthorizationCode: (_ctx, _code, client) => codeSeconds(lives, settingsOf(client)),
    IdToken: () => lives.idTokenSeconds,
    Interaction: () => lives.interactionSeconds,
    Session: () => sessionSeconds(lives),
    Grant: () => grantSeconds(lives),
    // Rotation does not prolong: the family ends with its first token.
    RefreshToken: (_ctx, token) => {
      const age = Math.floor(now().getTime() / 1_000) - (token.iiat ?? token.iat);
      return Math.max(1, refreshSeconds(lives) - Math.max(0, age));
    },
  };
}

function codeSeconds(lives: TokenLives, { isHub, profile }: ClientSettings): number {
  if (isHub) return lives.hubCodeSeconds;
  return profile === 'fapi-2.0' ? Math.min(fapiCodeSeconds, lives.codeSeconds) : lives.codeSeconds;
}

/** The identifier of the operator's own APIs as a protected resource (RFC 8707). */
export function apiResource(issuer: string): string {
  return `${issuer}/api`;
}

/**
 * A first party that asks for API scopes means the APIs, even if it names no resource: so that it may name it at the
 * exchange. Tokens without a resource stay for userinfo.
 */
export function defaultResourceOf(
  issuer: string,
): (ctx: KoaContextWithOIDC, client: Client, oneOf?: readonly string[]) => string | readonly string[] {
  return (ctx, client, oneOf) => {
    if (oneOf !== undefined) return oneOf;
    const asksForApi = scopeList(ctx.oidc.params?.['scope']).some((scope) => apiScopes.includes(scope));
    return asksForApi && settingsOf(client).party === 'first' ? apiResource(issuer) : [];
  };
}

/** Describes the only resource there is; anything else, and any third party, gets invalid_target. */
export function resourceServerOf(
  issuer: string,
  lives: TokenLives,
): (ctx: KoaContextWithOIDC, resource: string, client: Client) => ResourceServer {
  return (_ctx, resource, client) => {
    const settings = settingsOf(client);
    if (resource !== apiResource(issuer) || settings.party !== 'first') throw new errors.InvalidTarget();
    const allowed = client.scope === undefined ? apiScopes : scopeList(client.scope);
    return {
      scope: apiScopes.filter((scope) => allowed.includes(scope)).join(' '),
      audience: apiResource(issuer),
      accessTokenFormat: 'jwt',
      accessTokenTTL: settings.isHub ? lives.hubAccessSeconds : lives.accessSeconds,
      jwt: { sign: { alg: 'ES256' } },
    };
  };
}

/** Claims beside the standard ones: how and when the customer proved who she is, in the words of our APIs (loa). */
export function createExtraTokenClaims(brand: string): NonNullable<Configuration['extraTokenClaims']> {
  return (ctx, token) => {
    if (token.kind !== 'AccessToken') return undefined;
    const { AuthorizationCode, RefreshToken, BackchannelAuthenticationRequest } = ctx.oidc.entities;
    const source = AuthorizationCode ?? RefreshToken ?? BackchannelAuthenticationRequest;
    const level = levelOfAmr(source?.amr);
    if (source === undefined || level === undefined) return { brand };
    // Names the session to our own APIs, so that the customer sees which one is hers just now.
    const named = token.sessionUid === undefined ? {} : { session: sessionName(token.sessionUid) };
    return { acr: acrOf('loa', level), amr: amrOf('rfc8176', level), auth_time: source.authTime, brand, ...named };
  };
}

/**
 * S256 from every client whose protocol knows it; the library refuses `plain` from all. A client that is registered
 * without it must send a nonce, which binds the code to its browser as well (RFC 9700 2.1.1).
 */
export function pkceRequired(ctx: KoaContextWithOIDC): boolean {
  const { pkce } = settingsOf(clientOf(ctx));
  return pkce === 'required' || (pkce === 'or-nonce' && ctx.oidc.params?.['nonce'] === undefined);
}
