// A client that its developer registers on our own page, under the rules of `POST /reg` (RFC 7591), and what of this
// issuer a developer wants to know first.
import type { Provider } from 'oidc-provider';
import type { ClientRegistry } from './clients.ts';
import { ClientMetadataError } from './profiles.ts';

/** The profiles that a client may register for itself; a hub needs a contract. */
export const openProfiles = [
  'oidc',
  'mobile-connect-1.1',
  'mobile-connect-2.0',
  'mobile-connect-2.3',
  'fapi-2.0',
] as const;
export type OpenProfile = (typeof openProfiles)[number];

export interface TestClientRequest {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly profile: OpenProfile;
  /** Public keys as the text of a JWK set (RFC 7517), for profile `fapi-2.0`. */
  readonly keySet?: string | undefined;
  /** Undefined: may register without, as in the sandbox. */
  readonly initialAccessToken: string | undefined;
}

export type TestClientOutcome =
  | { readonly kind: 'registered'; readonly clientId: string; readonly secret: string | undefined }
  /** The sentence is for the developer. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'token-refused' }
  /** So many have registered that staff has to remove some first. */
  | { readonly kind: 'full' };

export interface SelfRegistrationDeps {
  readonly issuer: string;
  readonly clients: Pick<ClientRegistry, 'register' | 'list'>;
  readonly provider: () => Provider;
}

export interface SelfRegistration {
  /** `open`: without an initial access token. */
  register(request: TestClientRequest, open: boolean): Promise<TestClientOutcome>;
  /** The endpoints of this issuer by the library's names, absolute. */
  endpoints(): readonly { readonly name: string; readonly url: string }[];
}

/** Makes both. */
export function createSelfRegistration(deps: SelfRegistrationDeps): SelfRegistration {
  return {
    async register(request, open) {
      const hasToken = request.initialAccessToken !== undefined;
      if (hasToken || !open) {
        const { InitialAccessToken } = deps.provider();
        const found = hasToken ? await InitialAccessToken.find(request.initialAccessToken) : undefined;
        if (found === undefined) return { kind: 'token-refused' };
      } else if (await isFull(deps)) {
        return { kind: 'full' };
      }
      return await register(deps, request);
    },
    endpoints: () => [
      { name: 'discovery', url: `${deps.issuer}/.well-known/openid-configuration` },
      ...endpointsOf(deps.provider()),
    ],
  };
}

// Without a token anybody may come; staff removes what is not used.
const mostOpen = 500;

async function isFull({ clients }: SelfRegistrationDeps): Promise<boolean> {
  const registered = (await clients.list()).filter(({ origin }) => origin === 'registration');
  return registered.length >= mostOpen;
}

async function register(deps: SelfRegistrationDeps, request: TestClientRequest): Promise<TestClientOutcome> {
  try {
    const { client, secret } = await deps.clients.register(metadataOf(deps.issuer, request));
    return { kind: 'registered', clientId: client.clientId, secret };
  } catch (error) {
    if (!(error instanceof ClientMetadataError)) throw error;
    return { kind: 'refused', why: error.message };
  }
}

/** The metadata of a test client, as they would stand in the body of `POST /reg`. Throws ClientMetadataError. */
export function metadataOf(issuer: string, request: TestClientRequest): Record<string, unknown> {
  const { name, redirectUris, profile, keySet } = request;
  return {
    client_name: name,
    redirect_uris: redirectUris,
    profile,
    policy_uri: `${issuer}/developers`,
    grant_types: profile.startsWith('mobile-connect-')
      ? ['authorization_code']
      : ['authorization_code', 'refresh_token'],
    ...(profile === 'fapi-2.0'
      ? { token_endpoint_auth_method: 'private_key_jwt', jwks: parseKeySet(keySet ?? '') }
      : { token_endpoint_auth_method: 'client_secret_basic' }),
  };
}

function parseKeySet(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ClientMetadataError('jwks is no JSON; profile fapi-2.0 needs the public keys of the client');
  }
}

const endpointNames = [
  'authorization',
  'pushed_authorization_request',
  'token',
  'userinfo',
  'backchannel_authentication',
  'jwks',
  'registration',
  'introspection',
  'revocation',
  'end_session',
];

function endpointsOf(provider: Provider): { name: string; url: string }[] {
  return endpointNames.flatMap((name) => {
    try {
      return [{ name, url: provider.urlFor(name) }];
    } catch {
      // Not switched on.
      return [];
    }
  });
}
