// A relying party made of openid-client: where to send the browser, and tokens for what it brings back.
import * as openid from 'openid-client';
import { demoSecret } from '../../src/demo/clients.ts';
import type { Page } from './browser.ts';
import { noteNeedles } from './log-directory.ts';

export const testerCallback = 'http://127.0.0.1:9876/callback';

/** What a test may say of an authorization request; everything else is as a careful client does it. */
export interface LoginWish {
  readonly client?: string;
  readonly redirectUri?: string;
  readonly scope?: string;
  readonly acr_values?: string;
  readonly prompt?: string;
  readonly max_age?: number;
  readonly login_hint?: string;
  readonly id_token_hint?: string;
  readonly claims?: object;
  readonly ui_locales?: string;
  readonly resource?: string;
  /** Profiles without PKCE. */
  readonly pkce?: false;
  /** Parameters of a profile of its own. */
  readonly more?: Readonly<Record<string, string>>;
}

/** A login that has begun: where the browser goes, and what must fit when it comes back. */
export interface BegunLogin {
  readonly url: URL;
  readonly config: openid.Configuration;
  readonly checks: openid.AuthorizationCodeGrantChecks;
}

export type Tokens = Awaited<ReturnType<typeof openid.authorizationCodeGrant>>;

/** Tokens, and the checked claims of the ID token. */
export interface FinishedLogin {
  readonly tokens: Tokens;
  readonly claims: openid.IDToken & { readonly acr?: string; readonly amr?: readonly string[] };
}

export interface RelyingParties {
  /** Discovery and client authentication of a demo client, or of one with the same form of secret. */
  configure(clientId: string): Promise<openid.Configuration>;
  startLogin(wish?: LoginWish): Promise<BegunLogin>;
  /** Exchanges the code that the page stopped at. Throws openid-client's errors, also for an error in the redirect. */
  exchange(begun: BegunLogin, page: Page, extra?: Record<string, string>): Promise<FinishedLogin>;
}

/** Relying parties of one issuer. */
export function createRelyingParties(issuer: string, customFetch?: openid.CustomFetch): RelyingParties {
  const configurations = new Map<string, Promise<openid.Configuration>>();
  const configure = (clientId: string) => {
    const known = configurations.get(clientId) ?? discover(issuer, clientId, customFetch);
    configurations.set(clientId, known);
    return known;
  };
  return {
    configure,
    async startLogin({ client = 'tester', redirectUri = testerCallback, pkce, ...wish } = {}) {
      const config = await configure(client);
      const verifier = openid.randomPKCECodeVerifier();
      const state = openid.randomState();
      const nonce = openid.randomNonce();
      const url = openid.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid profile email phone',
        state,
        nonce,
        ...(pkce === false
          ? {}
          : { code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' }),
        ...parametersOf(wish),
      });
      const checks: openid.AuthorizationCodeGrantChecks = {
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
        ...(pkce === false ? {} : { pkceCodeVerifier: verifier }),
        ...(wish.max_age === undefined ? {} : { maxAge: wish.max_age }),
      };
      return { url, config, checks };
    },
    async exchange({ config, checks }, page, extra) {
      if (page.stoppedAt === undefined) throw new Error(`the browser did not come back: ${page.url.pathname}`);
      const code = page.stoppedAt.searchParams.get('code');
      if (code !== null) noteNeedles({ form: 'text', what: 'authorization code', value: code });
      const tokens = await openid.authorizationCodeGrant(config, page.stoppedAt, checks, extra);
      noteTokens(tokens);
      const claims = tokens.claims();
      if (claims === undefined) throw new Error('there is no ID token');
      return { tokens, claims };
    },
  };
}

/** Remembers tokens for the search through the logs at the end of the run. */
export function noteTokens(tokens: openid.TokenEndpointResponse): void {
  for (const what of ['access_token', 'refresh_token', 'id_token'] as const) {
    const value = tokens[what];
    if (value !== undefined) noteNeedles({ form: 'text', what, value });
  }
}

/** What the authorization endpoint sent back to the client. */
export function answerOn(page: Page): { error: string | null; description: string | null; code: boolean } {
  const { searchParams } = page.stoppedAt ?? new URL('http://nowhere.invalid');
  return {
    error: searchParams.get('error'),
    description: searchParams.get('error_description'),
    code: searchParams.has('code'),
  };
}

async function discover(issuer: string, clientId: string, customFetch: openid.CustomFetch | undefined) {
  const authentication =
    clientId === 'app'
      ? openid.None()
      : clientId === 'hub'
        ? openid.ClientSecretPost(demoSecret(clientId))
        : openid.ClientSecretBasic(demoSecret(clientId));
  const config = await openid.discovery(new URL(issuer), clientId, undefined, authentication, {
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
    ...(customFetch === undefined ? {} : { [openid.customFetch]: customFetch }),
  });
  return config;
}

function parametersOf(wish: Omit<LoginWish, 'client' | 'redirectUri' | 'pkce'>): Record<string, string> {
  const { claims, more, ...plain } = wish;
  const texts = Object.entries(plain).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const said = { ...Object.fromEntries(texts), ...more };
  return claims === undefined ? said : { ...said, claims: JSON.stringify(claims) };
}
