// What the registration of a client must say before it may ask for customers without a browser (CIBA Core 4). Pure,
// but for the mutation of the metadata object that the library hands over.

export const cibaGrant = 'urn:openid:params:grant-type:ciba';

type Metadata = Record<string, unknown>;

/** The first rule that the metadata breaks, as a sentence for the client's developer; undefined if there is none. */
export function cibaProblem(metadata: Metadata): string | undefined {
  if (metadata['backchannel_user_code_parameter'] === true) {
    return 'backchannel_user_code_parameter: there are no user codes here, the PIN is typed on the phone';
  }
  if (!grantTypesOf(metadata).includes(cibaGrant)) return undefined;
  if (metadata['token_endpoint_auth_method'] === 'none') {
    return 'token_endpoint_auth_method none: a client that asks for customers must authenticate';
  }
  if (metadata['profile'] === 'hub') return 'profile hub has no request without a browser';
  const signed = typeof metadata['backchannel_authentication_request_signing_alg'] === 'string';
  if (metadata['profile'] === 'fapi-2.0' && !signed) {
    return 'backchannel_authentication_request_signing_alg is required with profile fapi-2.0';
  }
  return undefined;
}

/** Completes metadata of a client that has no browser flow at all: then it needs no redirect URI. */
export function completeCiba(metadata: Metadata): void {
  const grants = grantTypesOf(metadata);
  if (!grants.includes(cibaGrant) || grants.includes('authorization_code')) return;
  metadata['response_types'] ??= [];
}

function grantTypesOf(metadata: Metadata): unknown[] {
  const types = metadata['grant_types'];
  return Array.isArray(types) ? types : [];
}
