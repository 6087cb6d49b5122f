// What the registration of a client of the server-initiated profile says and must say. The requests run on CIBA, so the
// metadata of CIBA are completed from what Mobile Connect registers. Pure, but for the mutation of the metadata object.
import { cibaGrant } from './ciba-metadata.ts';

export const siProfile = 'mobile-connect-si-1.0';
/** The grant as Mobile Connect calls it; here another name for that of CIBA. */
export const siGrant = 'urn:openid:params:mc:grant_type:server_initiated';

type Metadata = Record<string, unknown>;

/** Completes metadata in place; nothing happens for other profiles. */
export function completeServerInitiated(metadata: Metadata): void {
  if (metadata['profile'] !== siProfile) return;
  const grants = Array.isArray(metadata['grant_types']) ? metadata['grant_types'] : [];
  metadata['grant_types'] = [...new Set([...grants, cibaGrant, siGrant])];
  const [first] = urisOf(metadata);
  if (first === undefined) {
    metadata['backchannel_token_delivery_mode'] ??= 'poll';
    return;
  }
  metadata['backchannel_token_delivery_mode'] ??= 'ping';
  // The library wants one, over https; it is never called, for results go where the request says.
  metadata['backchannel_client_notification_endpoint'] ??= first.replace(/^http:/, 'https:');
}

/** The first rule that the metadata breaks; undefined if there is none. */
export function serverInitiatedProblem(metadata: Metadata): string | undefined {
  const uris = urisOf(metadata);
  if (metadata['profile'] !== siProfile)
    return uris.length === 0 ? undefined : `notification_uris is for profile ${siProfile}`;
  if (metadata['jwks'] === undefined && metadata['jwks_uri'] === undefined) {
    return `jwks or jwks_uri is required with profile ${siProfile}: its requests are signed`;
  }
  // Mobile Connect knows no other method than the secret; the façade passes a verified request on with it.
  const method = metadata['token_endpoint_auth_method'] ?? 'client_secret_basic';
  if (method !== 'client_secret_basic' && method !== 'client_secret_post') {
    return `token_endpoint_auth_method must be client_secret_basic or client_secret_post with profile ${siProfile}`;
  }
  if (metadata['backchannel_authentication_request_signing_alg'] !== undefined) {
    return 'backchannel_authentication_request_signing_alg is for CIBA; register request_object_signing_alg';
  }
  // Its requests ask for 1 to 4, so another vocabulary could never be met.
  if ((metadata['acr_vocabulary'] ?? 'loa') !== 'loa') return `acr_vocabulary must be loa with profile ${siProfile}`;
  return uris.every(isAcceptable) ? undefined : 'notification_uris must be https addresses without a fragment';
}

/** The registered addresses for notifications. */
export function urisOf(metadata: Readonly<Record<string, unknown>>): string[] {
  const uris = metadata['notification_uris'];
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
}

// To this machine itself nothing can be overheard; whether it may be called at all, OUTBOUND_ALLOW says.
function isAcceptable(uri: string): boolean {
  const url = URL.parse(uri);
  if (url === null || url.hash !== '' || url.username !== '') return false;
  return url.protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}
