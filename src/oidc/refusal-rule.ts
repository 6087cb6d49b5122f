// Which parameter or rule refused a request, from what the error says of itself; and its texts without secrets. Pure.

/** What an OAuth error tells: of ours, or of the library. */
export interface RefusedError {
  readonly name: string;
  readonly message: string;
  readonly error?: unknown;
  readonly error_description?: unknown;
  /** Of the library: why, in words that are not for the client. */
  readonly error_detail?: unknown;
  /** Of our own rules: the row that refused, `nonce: missing`. */
  readonly row?: unknown;
}

// Parameters of requests and metadata of clients. Longest first, so that `login_hint_token` is not `login_hint`.
const parameters = [
  ...['acr_values', 'binding_message', 'claims', 'claims_locales', 'client_assertion', 'client_assertion_type'],
  ...['client_id', 'client_name', 'client_notification_token', 'client_secret', 'code', 'code_challenge'],
  ...['code_challenge_method', 'code_verifier', 'context', 'correlation_id', 'display', 'dpop_jkt', 'grant_type'],
  ...['id_token_hint', 'login_hint', 'login_hint_token', 'max_age', 'nonce', 'notification_uri'],
  ...['post_logout_redirect_uri', 'prompt', 'redirect_uri', 'refresh_token', 'request', 'request_uri'],
  ...['requested_expiry', 'resource', 'response_mode', 'response_type', 'scope', 'state', 'token', 'ui_locales'],
  ...['user_code', 'version', 'auth_req_id', 'application_type', 'backchannel_logout_uri', 'default_acr_values'],
  ...['grant_types', 'id_token_signed_response_alg', 'jwks', 'jwks_uri', 'policy_uri', 'profile', 'redirect_uris'],
  ...['response_types', 'sector_identifier_uri', 'subject_type', 'token_endpoint_auth_method'],
].toSorted((a, b) => b.length - a.length);

// Also ordinary words; parameters only where a text says so.
const words = new Set(['code', 'context', 'profile', 'request', 'resource', 'token']);

// Errors that mean one thing, whatever their text names beside it.
const ruleOfError: Readonly<Record<string, string>> = {
  access_denied: 'the customer or a rule of the account',
  consent_required: 'prompt',
  expired_token: 'auth_req_id',
  interaction_required: 'prompt',
  insufficient_scope: 'scope',
  invalid_binding_message: 'binding_message',
  invalid_client: 'client authentication',
  invalid_dpop_proof: 'DPoP',
  invalid_redirect_uri: 'redirect_uri',
  invalid_request_object: 'request',
  invalid_request_uri: 'request_uri',
  invalid_scope: 'scope',
  invalid_target: 'resource',
  invalid_token: 'access token',
  invalid_user_code: 'user_code',
  login_required: 'prompt',
  missing_user_code: 'user_code',
  unauthorized_client: 'grant_types or response_types of the client',
  unknown_user_id: 'login_hint',
  unmet_authentication_requirements: 'acr_values',
  unsupported_grant_type: 'grant_type',
  unsupported_response_mode: 'response_mode',
  unsupported_response_type: 'response_type',
};

/** The OAuth error word; an error without one is a fault of ours. */
export function errorWord({ error }: RefusedError): string {
  return typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? error : 'server_error';
}

/** The row that refused: `nonce: missing`. */
export function ruleOf(error: RefusedError): string {
  if (typeof error.row === 'string') return withoutSecrets(error.row);
  const word = errorWord(error);
  if (word === 'server_error') return 'none: a fault of the provider';
  const told = [error.error_description, error.error_detail].filter((text) => typeof text === 'string').join(' · ');
  return `${ruleOfError[word] ?? parameterNamed(told) ?? fallbackRules[word] ?? word}: ${wayOf(told)}`;
}

const fallbackRules: Readonly<Record<string, string>> = {
  invalid_client_metadata: 'client metadata',
  invalid_grant: 'code or refresh_token',
};

function parameterNamed(told: string): string | undefined {
  if (/\bauthorization code\b/.test(told)) return 'code';
  if (/\brefresh token\b/.test(told)) return 'refresh_token';
  if (/\brequires PKCE\b/.test(told)) return 'code_challenge';
  if (/\bPKCE\b/.test(told)) return 'code_verifier';
  return parameters.find((name) => {
    const before = words.has(name) ? "(?:\\bparameter '?|')" : '(?<![\\w-])';
    return new RegExp(`${before}${name}(?![\\w-])`, 'i').test(told);
  });
}

function wayOf(told: string): string {
  if (/missing|\brequire[sd]\b|must be (?:provided|present)|does not exist|not provided/i.test(told)) return 'missing';
  if (/twice|repeated|duplicate|multiple|only one/i.test(told)) return 'repeated';
  if (/unsupported|not supported|not allowed|not enabled/i.test(told)) return 'not allowed';
  return 'not accepted';
}

const mostCharacters = 300;
const hidden = '[hidden]';

/**
 * A text with everything hidden that could be a token, a secret, a number or an address of a person: those of our
 * errors hold none, but some repeat what the client has sent.
 */
export function withoutSecrets(text: string): string {
  return text
    .replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, hidden)
    .replace(/\+?\d(?:[ .-]?\d){5,}/g, hidden)
    .replace(/[\w.~+/=-]{20,}/g, (run) => (/^[a-z_:./-]+$/.test(run) ? run : hidden))
    .slice(0, mostCharacters);
}
