// Which row refused a request, and that what is kept of its texts holds no secret.
import { errors } from 'oidc-provider';
import { describe, expect, test } from 'vitest';
import { errorWord, ruleOf, withoutSecrets } from '../../../src/oidc/refusal-rule.ts';

describe('the rule of a refusal', () => {
  test.each([
    [new errors.InvalidRequest("missing required parameter 'nonce'"), 'nonce: missing'],
    [new errors.InvalidRequest("'state' parameter must not be provided twice"), 'state: repeated'],
    [new errors.InvalidRequest('login_hint_token or login_hint does not exist'), 'login_hint_token: missing'],
    [new errors.InvalidScope('requested scope is not allowed', 'email'), 'scope: not allowed'],
    [new errors.InvalidClientAuth('client_secret mismatch'), 'client authentication: not accepted'],
    [new errors.InvalidGrant('authorization code not found'), 'code: not accepted'],
    [new errors.InvalidGrant('PKCE verification failed'), 'code_verifier: not accepted'],
    [
      new errors.InvalidRequest('Authorization Server policy requires PKCE to be used for this request'),
      'code_challenge: missing',
    ],
    [new errors.InvalidGrant('grant not found'), 'code or refresh_token: not accepted'],
    [new errors.InvalidRequest('Prompt value is invalid'), 'prompt: not accepted'],
    [new errors.InvalidClientMetadata('policy_uri is required of third parties'), 'policy_uri: missing'],
    [new errors.InvalidRedirectUri(), 'redirect_uri: not accepted'],
    [new errors.LoginRequired('End-User authentication is required'), 'prompt: missing'],
  ])('%s is %s', (error, rule) => {
    expect(ruleOf(error)).toBe(rule);
  });

  test('of our own rules is the row that they name', () => {
    const error = Object.assign(new errors.InvalidRequest('MANDATORY parameter version is missing / invalid.'), {
      row: 'version: empty',
    });
    expect(ruleOf(error)).toBe('version: empty');
  });

  test('a fault of ours is nobody’s parameter', () => {
    expect(ruleOf(new Error('nonce is missing'))).toBe('none: a fault of the provider');
    expect(errorWord(new TypeError('x'))).toBe('server_error');
  });
});

describe('a kept text', () => {
  test.each([
    ['login_hint tel:+33 6 39 98 00 01 is malformed', 'login_hint tel:[hidden] is malformed'],
    ['no account for alice@exemple.test here', 'no account for [hidden] here'],
    ['token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln is bad', 'token [hidden] is bad'],
    ['secret tester-demo-secret-32-characters-long', 'secret [hidden]'],
    ['MSISDN:33639980001', 'MSISDN:[hidden]'],
  ])('hides what could be a person or a secret: %s', (given, kept) => {
    expect(withoutSecrets(given)).toBe(kept);
  });

  test('keeps the names of parameters and short values', () => {
    const text = 'code_challenge_method must be S256, backchannel_authentication_request_signing_alg is ES256';
    expect(withoutSecrets(text)).toBe(text);
  });

  test('has an end', () => {
    expect(withoutSecrets('a b '.repeat(1_000))).toHaveLength(300);
  });
});
