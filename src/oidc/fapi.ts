// What the FAPI 2.0 Security Profile demands of a client (profile `fapi-2.0`): at registration, and the algorithms at
// run time. Code lives, PKCE, `iss` and pushed requests follow from the registration that is made here. Pure.
type Metadata = Record<string, unknown>;

const algorithms: readonly unknown[] = ['PS256', 'ES256', 'EdDSA'];
const authMethods: readonly unknown[] = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'];

const algorithmFields = [
  'authorization_signed_response_alg',
  'backchannel_authentication_request_signing_alg',
  'id_token_signed_response_alg',
  'introspection_signed_response_alg',
  'request_object_signing_alg',
  'token_endpoint_auth_signing_alg',
  'userinfo_signed_response_alg',
];

/** The longest life of an authorization code (FAPI 2.0, 5.3.2.1). */
export const fapiCodeSeconds = 60;

/** True for an algorithm that the profile lets sign (FAPI 2.0, 5.4.1). */
export function isFapiAlgorithm(alg: unknown): boolean {
  return algorithms.includes(alg);
}

/** Completes metadata of a `fapi-2.0` client in place; gives what the profile excludes, in words. */
export function applyFapiProfile(metadata: Metadata): string | undefined {
  if (metadata['profile'] !== 'fapi-2.0') return undefined;
  metadata['require_pushed_authorization_requests'] = true;
  // One of the two must be on; the library refuses both at once.
  if (metadata['tls_client_certificate_bound_access_tokens'] !== true) metadata['dpop_bound_access_tokens'] = true;
  return problemOf(metadata);
}

function problemOf(metadata: Metadata): string | undefined {
  if (!authMethods.includes(metadata['token_endpoint_auth_method'])) {
    return `token_endpoint_auth_method must be one of ${authMethods.join(', ')} with profile fapi-2.0`;
  }
  const field = algorithmFields.find((name) => metadata[name] !== undefined && !isFapiAlgorithm(metadata[name]));
  if (field !== undefined) return `${field} must be one of ${algorithms.join(', ')} with profile fapi-2.0`;
  if (redirectUris(metadata).every(isSafeRedirect)) return undefined;
  return 'redirect_uris must be https, or http of a loopback address, with profile fapi-2.0';
}

function redirectUris({ redirect_uris: uris }: Metadata): string[] {
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
}

function isSafeRedirect(uri: string): boolean {
  const url = URL.parse(uri);
  if (url === null) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['127.0.0.1', '[::1]'].includes(url.hostname));
}
