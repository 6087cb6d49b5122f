// Every parameter of an authorization request at a client of every profile: left out, empty, bad, sent twice.
// What is sent stands here, what the provider answers in parameter-matrix-answers.ts.

export const matrixProfiles = [
  'oidc',
  'hub',
  'mobile-connect-1.1',
  'mobile-connect-2.0',
  'mobile-connect-2.3',
  'fapi-2.0',
] as const;
export type MatrixProfile = (typeof matrixProfiles)[number];

export const manners = ['missing', 'empty', 'bad', 'repeated'] as const;
export type Manner = (typeof manners)[number];

export const redirectUri = 'https://rp.exemple.test/callback';
export const clientName = 'Ma Banque';

const base = {
  redirect_uri: redirectUri,
  response_type: 'code',
  scope: 'openid profile',
  state: 'state-0123456789',
  nonce: 'nonce-0123456789',
};
const pkce = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
// An operation: what is optional for a login is mandatory here.
const operation = {
  ...base,
  scope: 'openid mc_authz',
  acr_values: '3 2',
  client_name: clientName,
  context: 'Virement de 25,90 EUR',
  binding_message: 'K7P2',
  correlation_id: 'c-0123456789',
};

/** A request with which nothing is wrong; `client_id` is the profile's name. */
export const completeRequests: Readonly<Record<MatrixProfile, Readonly<Record<string, string>>>> = {
  oidc: { ...base, ...pkce },
  hub: { ...base, acr_values: 'eidas1' },
  'mobile-connect-1.1': { ...base, acr_values: '2' },
  'mobile-connect-2.0': { ...operation, version: 'mc_v2.0' },
  'mobile-connect-2.3': { ...operation, version: 'mc_di_r2_v2.3' },
  // Pushed: the answers are those of the endpoint for pushed requests.
  'fapi-2.0': { ...base, ...pkce },
};

/** Each parameter with a value that is good where the complete request has none, and one that is bad. */
export const parameters: Readonly<Record<string, { good: string; bad: string }>> = {
  client_id: { good: '', bad: 'nobody' },
  redirect_uri: { good: redirectUri, bad: 'https://evil.exemple.test/callback' },
  response_type: { good: 'code', bad: 'token' },
  response_mode: { good: 'query', bad: 'pigeon' },
  scope: { good: 'openid', bad: 'openid "' },
  state: { good: 'state-0123456789', bad: 'a\u0007' },
  nonce: { good: 'nonce-0123456789', bad: 'a\u0007' },
  code_challenge: { good: pkce.code_challenge, bad: 'short' },
  code_challenge_method: { good: 'S256', bad: 'plain' },
  version: { good: 'mc_v2.0', bad: 'mc_v9' },
  acr_values: { good: '2', bad: '9' },
  prompt: { good: 'login', bad: 'dance' },
  max_age: { good: '600', bad: '-1' },
  display: { good: 'page', bad: 'tv' },
  login_hint: { good: 'MSISDN:33639980001', bad: 'MSISDN:nobody' },
  login_hint_token: { good: 'a.b.c', bad: 'no token' },
  id_token_hint: { good: 'a.b.c', bad: 'no token' },
  claims: { good: '{"userinfo":{}}', bad: '{' },
  ui_locales: { good: 'fr', bad: 'klingon' },
  claims_locales: { good: 'fr', bad: 'klingon' },
  correlation_id: { good: 'c-0123456789', bad: 'c d' },
  client_name: { good: clientName, bad: 'Ma Bank' },
  context: { good: 'Achat', bad: 'x'.repeat(400) },
  binding_message: { good: 'K7P2', bad: 'a\u0007' },
  dtbs: { good: 'a', bad: 'a' },
  resource: { good: 'https://api.exemple.test', bad: 'https://api.exemple.test/#here' },
  request: { good: 'a.b.c', bad: 'no token' },
  request_uri: { good: 'urn:x', bad: 'no address' },
};

/** What is sent for one cell, besides how the client authenticates. */
export function requestOf(profile: MatrixProfile, name: string, manner: Manner): URLSearchParams {
  const sent = new URLSearchParams({ client_id: profile, ...completeRequests[profile] });
  const { good, bad } = parameters[name] ?? { good: '', bad: '' };
  const before = sent.get(name) ?? good;
  sent.delete(name);
  if (manner === 'empty') sent.set(name, '');
  if (manner === 'bad') sent.set(name, bad);
  if (manner === 'repeated') for (const value of [before, before]) sent.append(name, value);
  return sent;
}
