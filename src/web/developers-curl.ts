// The first requests of a test client, ready to paste: an address for the browser, and the exchange by curl. Pure.
import type { OpenProfile } from '../oidc/self-registration.ts';

export interface FirstSteps {
  /** To open in a browser. */
  readonly authorize: string;
  /** To run with the code that comes back; undefined where the client signs its requests. */
  readonly exchange: string | undefined;
}

export interface NewClient {
  readonly clientId: string;
  readonly secret: string | undefined;
  readonly redirectUri: string;
  readonly profile: OpenProfile;
  /** By the library's names. */
  readonly endpoints: ReadonlyMap<string, string>;
}

// RFC 7636, appendix B: an example that everybody may know, good for a first try and for nothing else.
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
const parametersOf: Readonly<Record<OpenProfile, Readonly<Record<string, string>>>> = {
  oidc: { scope: 'openid', ...pkce },
  'fapi-2.0': { scope: 'openid', ...pkce },
  'mobile-connect-1.1': { scope: 'openid', acr_values: '2' },
  'mobile-connect-2.0': { scope: 'openid mc_authn', acr_values: '2', version: 'mc_v2.0' },
  'mobile-connect-2.3': { scope: 'openid mc_authn', acr_values: '2', version: 'mc_di_r2_v2.3' },
};

/** Builds both. */
export function firstSteps({ clientId, secret, redirectUri, profile, endpoints }: NewClient): FirstSteps {
  const url = new URL(endpoints.get('authorization') ?? '');
  const own = { client_id: clientId, redirect_uri: redirectUri, response_type: 'code' };
  const parameters = { ...own, ...parametersOf[profile], state: 'first-try', nonce: 'first-try' };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  if (secret === undefined) return { authorize: url.href, exchange: undefined };
  const body = {
    grant_type: 'authorization_code',
    code: 'CODE',
    redirect_uri: redirectUri,
    ...(profile === 'oidc' ? { code_verifier: verifier } : {}),
  };
  const fields = Object.entries(body).map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`);
  const words = ['curl', `-u ${quoted(`${clientId}:${secret}`)}`, ...fields, quoted(endpoints.get('token') ?? '')];
  return { authorize: url.href, exchange: words.join(' \\\n  ') };
}

/** A word that a POSIX shell takes as it stands. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
