// What a federation hub may register that others may not, and what it must: its algorithms, forms of userinfo and
// secret (docs/federation.md). Pure, but for the metadata object that the library hands over.
import type { Configuration } from 'oidc-provider';
import { isLoopbackHost } from '../ops/config-values.ts';

type Metadata = Record<string, unknown>;

/** Forms of a signed token that a client may ask for; HS256 is left to hubs by `hubProblem`. */
export const responseAlgorithms = {
  userinfoSigningAlgValues: ['ES256', 'RS256', 'PS256', 'EdDSA', 'HS256'],
  idTokenEncryptionAlgValues: ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES'],
  idTokenEncryptionEncValues: ['A256GCM'],
  userinfoEncryptionAlgValues: ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES'],
  userinfoEncryptionEncValues: ['A256GCM'],
  authorizationEncryptionAlgValues: ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES'],
  authorizationEncryptionEncValues: ['A256GCM'],
  // Nobody encrypts to us: that would want keys of another kind.
  requestObjectEncryptionAlgValues: [],
  requestObjectEncryptionEncValues: [],
} satisfies NonNullable<Configuration['enabledJWA']>;

/** Shorter secrets make weak HMAC keys; the hubs' own registration refuses them too. */
export const leastSecretCharacters = 32;

const hmacChoices = ['id_token_signed_response_alg', 'userinfo_signed_response_alg'] as const;
const encryptedResponses = ['id_token', 'userinfo', 'authorization'] as const;

/** Completes what a hub left out, and the content encryption of everybody: there is but one. */
export function completeHubMetadata(metadata: Metadata): void {
  for (const response of encryptedResponses) {
    if (metadata[`${response}_encrypted_response_alg`] === undefined) continue;
    metadata[`${response}_encrypted_response_enc`] ??= 'A256GCM';
  }
  if (metadata['profile'] !== 'hub') return;
  metadata['acr_vocabulary'] ??= 'eidas';
  metadata['token_endpoint_auth_method'] ??= 'client_secret_post';
}

/** The sentence for the developer if the metadata break a rule; undefined if all is well. */
export function hubProblem(metadata: Metadata): string | undefined {
  const isHub = metadata['profile'] === 'hub';
  const hmac = hmacChoices.find((name) => /^HS/.test(String(metadata[name])));
  if (hmac !== undefined && !isHub) return `${hmac} HS256 is for profile hub only`;
  const secret = metadata['client_secret'];
  if (isHub && typeof secret === 'string' && secret.length < leastSecretCharacters) {
    return `client_secret of a hub has at least ${leastSecretCharacters} characters`;
  }
  if (isHub && redirectsOf(metadata).some(isReadable)) {
    return 'redirect_uris and post_logout_redirect_uris of a hub must be https, or of this machine';
  }
  return undefined;
}

function redirectsOf(metadata: Metadata): string[] {
  return [metadata['redirect_uris'], metadata['post_logout_redirect_uris']]
    .flat()
    .filter((uri) => typeof uri === 'string');
}

// By whoever is on the way: a code and who has just logged in.
function isReadable(uri: string): boolean {
  const url = URL.parse(uri);
  return url?.protocol !== 'https:' && !isLoopbackHost(url?.hostname ?? '');
}
