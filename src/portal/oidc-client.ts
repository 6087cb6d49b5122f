// One OpenID Connect client of the portal, on openid-client: discovery, login, refresh, userinfo, logout.
// Nothing is sent before the first use, so the portal starts whether or not the provider is up.

import type { JWTVerifyGetKey } from 'jose';
import * as openid from 'openid-client';
import { z } from 'zod';
import { createDiscovery, type Discovered } from './discovery.ts';
import type { Claims, LoginAttempt } from './session.ts';
import type { Locale } from './texts.ts';

export interface OidcClientOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly authentication?: 'basic' | 'post';
  /** False for a client whose protocol has none (RFC 7636). */
  readonly pkce?: boolean;
  readonly now: () => Date;
}

export interface LoginRequest {
  /** Parameters of this client: scope, acr_values, resource and the like. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly locale: Locale;
}

export interface Token {
  readonly value: string;
  readonly expiresAt: Date;
}

export interface TokenAnswer {
  readonly accessToken: Token;
  readonly refreshToken: string | undefined;
}

export interface CompletedLogin extends TokenAnswer {
  readonly idToken: string;
  readonly idClaims: IdClaims;
  readonly scope: string | undefined;
}

export interface RefreshRequest {
  readonly refreshToken: string;
  /** The API that the new access token is for; without one it is for userinfo. */
  readonly resource: string | undefined;
  readonly subject: string;
}

const idClaims = z.object({
  sub: z.string().min(1),
  sid: z.string().optional(),
  acr: z.string().optional().catch(undefined),
  amr: z.array(z.string()).catch([]),
  auth_time: z.number().int().positive().optional().catch(undefined),
  displayed_data: z.string().optional().catch(undefined),
});
export type IdClaims = z.output<typeof idClaims>;

export interface OidcClient {
  readonly clientId: string;
  readonly issuer: string;
  /** Makes the address of the login page and all that must be remembered to check the answer. */
  beginLogin(
    request: LoginRequest,
  ): Promise<{ url: URL; secrets: Pick<LoginAttempt, 'state' | 'nonce' | 'codeVerifier'> }>;
  /** Checks `iss`, `state`, `nonce` and the signature of the ID token while exchanging the code. */
  completeLogin(search: string, attempt: LoginAttempt): Promise<CompletedLogin>;
  /** Refuses an ID token about somebody else (OpenID Connect Core 12.2). */
  refresh(request: RefreshRequest): Promise<TokenAnswer>;
  readUserInfo(accessToken: string, subject: string): Promise<Claims>;
  /** Where the browser goes to end the provider's session (RP-initiated logout). */
  logoutUrl(parameters: Readonly<Record<string, string>>): Promise<URL>;
  revoke(token: string): Promise<void>;
  /** The provider's public keys, for tokens that it sends by itself. */
  keys(): Promise<JWTVerifyGetKey>;
}

const defaultTokenSeconds = 60;

/** Creates a client; nothing is sent before the first use. Every method may throw IssuerUnreachable. */
export function createOidcClient(options: OidcClientOptions): OidcClient {
  const { clientId, issuer, redirectUri, pkce = true, now } = options;
  const discovered = createDiscovery(options);

  function tokenAnswer(tokens: Awaited<ReturnType<typeof openid.refreshTokenGrant>>): TokenAnswer {
    const lifeSeconds = tokens.expiresIn() ?? defaultTokenSeconds;
    return {
      accessToken: { value: tokens.access_token, expiresAt: new Date(now().getTime() + lifeSeconds * 1000) },
      refreshToken: tokens.refresh_token,
    };
  }

  return {
    clientId,
    issuer,
    beginLogin: async (request) => beginLogin(await discovered(), { redirectUri, pkce }, request),
    async completeLogin(search, attempt) {
      const { configuration } = await discovered();
      // The address is put together from our own redirect URI: the Host header has no say in it.
      const tokens = await openid.authorizationCodeGrant(configuration, new URL(`${redirectUri}${search}`), {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        ...(attempt.codeVerifier === undefined ? {} : { pkceCodeVerifier: attempt.codeVerifier }),
        idTokenExpected: true,
      });
      const claims = idClaims.parse(tokens.claims());
      return { ...tokenAnswer(tokens), idToken: tokens.id_token ?? '', idClaims: claims, scope: tokens.scope };
    },
    async refresh({ refreshToken, resource, subject }) {
      const { configuration } = await discovered();
      const tokens = await openid.refreshTokenGrant(
        configuration,
        refreshToken,
        resource === undefined ? {} : { resource },
      );
      if ((tokens.claims()?.sub ?? subject) !== subject)
        throw new Error('The refreshed ID token is about someone else.');
      return tokenAnswer(tokens);
    },
    async readUserInfo(accessToken, subject) {
      return openid.fetchUserInfo((await discovered()).configuration, accessToken, subject);
    },
    async logoutUrl(parameters) {
      return openid.buildEndSessionUrl((await discovered()).configuration, { ...parameters });
    },
    async revoke(token) {
      await openid.tokenRevocation((await discovered()).configuration, token);
    },
    async keys() {
      return (await discovered()).keys;
    },
  };
}

async function beginLogin(
  { configuration }: Discovered,
  { redirectUri, pkce }: { redirectUri: string; pkce: boolean },
  { parameters, locale }: LoginRequest,
): ReturnType<OidcClient['beginLogin']> {
  const secrets = {
    state: openid.randomState(),
    nonce: openid.randomNonce(),
    codeVerifier: pkce ? openid.randomPKCECodeVerifier() : undefined,
  };
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    state: secrets.state,
    nonce: secrets.nonce,
    ...(secrets.codeVerifier && {
      code_challenge: await openid.calculatePKCECodeChallenge(secrets.codeVerifier),
      code_challenge_method: 'S256',
    }),
    ui_locales: locale,
    ...parameters,
  });
  return { url, secrets };
}
