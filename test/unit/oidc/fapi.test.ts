// Profile fapi-2.0: what its registration demands and sets by itself, and a login that keeps to it, with every single
// thing that it excludes tried once.
import { decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fapiCodeSeconds } from '../../../src/oidc/fapi.ts';
import { ttlOf } from '../../../src/oidc/token-policy.ts';
import { alice } from './people.ts';
import { lives, openWorld, type World } from './relying-party.ts';
import {
  assertion,
  configureSigner,
  type KeyPair,
  keyPair,
  nowSeconds,
  post,
  proof,
  signed,
} from './signing-client.ts';

let world: World;
let key: KeyPair;
let rsa: KeyPair;
const redirectUri = 'https://bank.exemple.test/callback';

beforeAll(async () => {
  world = await openWorld({ mutualTls: { certificateHeader: 'x-certificate' } });
  key = await keyPair('ES256');
  rsa = await keyPair('RS256');
  await world.oidc.clients.add({ ...bank(), client_id: 'bank' });
});
afterAll(async () => {
  await world.close();
});

const bank = () => ({
  profile: 'fapi-2.0',
  party: 'third',
  policy_uri: 'https://bank.exemple.test/policy',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [key.publicJwk, rsa.publicJwk] },
});

describe('registration', () => {
  test('makes pushed requests and bound tokens a rule by itself', async () => {
    const { metadata } = (await world.oidc.clients.show('bank')) ?? {};
    expect(metadata).toMatchObject({ require_pushed_authorization_requests: true, dpop_bound_access_tokens: true });
  });

  test('leaves it at certificates for who asks for them', async () => {
    const { client } = await world.oidc.clients.add({ ...bank(), tls_client_certificate_bound_access_tokens: true });
    expect(client.metadata).toMatchObject({ tls_client_certificate_bound_access_tokens: true });
    expect(client.metadata['dpop_bound_access_tokens']).not.toBe(true);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a shared secret', { token_endpoint_auth_method: 'client_secret_basic' }, 'token_endpoint_auth_method'],
    ['no authentication', { token_endpoint_auth_method: 'none' }, 'token_endpoint_auth_method'],
    ['nothing said of authentication', { token_endpoint_auth_method: undefined }, 'token_endpoint_auth_method'],
    ['RS256 ID tokens (O51)', { id_token_signed_response_alg: 'RS256' }, 'id_token_signed_response_alg'],
    ['RS256 requests (O51)', { request_object_signing_alg: 'RS256' }, 'request_object_signing_alg'],
    ['RS256 assertions (O51)', { token_endpoint_auth_signing_alg: 'RS256' }, 'token_endpoint_auth_signing_alg'],
    ['an http address', { redirect_uris: ['http://bank.exemple.test/callback'] }, 'redirect_uris'],
    ['a scheme of its own', { application_type: 'native', redirect_uris: ['bank:/callback'] }, 'redirect_uris'],
    ['PKCE switched off', { require_pkce: false }, 'require_pkce'],
  ])('refuses %s', async (_what, change, word) => {
    await expect(world.oidc.clients.add({ ...bank(), ...change })).rejects.toThrow(word);
  });

  test('is open to those who register themselves, under the same rules', async () => {
    await world.oidc.addInitialAccessToken('fapi-registration');
    const register = async (change: Record<string, unknown>) => {
      const response = await fetch(`${world.issuer}/reg`, {
        method: 'POST',
        headers: { authorization: 'Bearer fapi-registration', 'content-type': 'application/json' },
        body: JSON.stringify({ ...bank(), ...change }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    expect(await register({ require_pushed_authorization_requests: false })).toMatchObject({
      status: 201,
      body: { require_pushed_authorization_requests: true, dpop_bound_access_tokens: true },
    });
    expect((await register({ token_endpoint_auth_method: 'client_secret_post' })).status).toBe(400);
  });

  test('limits codes to a minute, whatever the configuration says', () => {
    const { AuthorizationCode } = ttlOf({ ...lives, codeSeconds: 300 }, () => new Date());
    const lifeOf = (profile: string) =>
      typeof AuthorizationCode === 'function'
        ? AuthorizationCode(undefined as never, undefined as never, { profile } as never)
        : AuthorizationCode;
    expect([lifeOf('fapi-2.0'), lifeOf('oidc')]).toEqual([fapiCodeSeconds, 300]);
  });
});

/** A login of openid-client; `parameters` go into the pushed request. */
async function begin(parameters: Record<string, string> = {}) {
  const config = await configureSigner(world, 'bank', key);
  const verifier = openid.randomPKCECodeVerifier();
  const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
  const state = openid.randomState();
  const pushed = await openid.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: redirectUri,
      scope: 'openid offline_access',
      prompt: 'consent',
      state,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...parameters,
    },
    { DPoP },
  );
  return { config, DPoP, pushed, checks: { pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true } };
}

describe('a login', () => {
  test('pushed, with PKCE, a signed assertion and DPoP ends with bound tokens that do not rotate', async () => {
    const { config, DPoP, pushed, checks } = await begin();
    const { left } = await world.browser().follow(pushed);
    expect(left!.searchParams.get('iss')).toBe(world.issuer);
    const tokens = await openid.authorizationCodeGrant(config, left!, checks, undefined, { DPoP });
    expect({ type: tokens.token_type, alg: decodeProtectedHeader(tokens.id_token!).alg }).toEqual({
      type: 'dpop',
      alg: 'ES256',
    });
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP });
    expect(refreshed.refresh_token).toBe(tokens.refresh_token);
    await openid.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP });
    expect(await openid.fetchUserInfo(config, refreshed.access_token, tokens.claims()!.sub, { DPoP })).toMatchObject({
      sub: tokens.claims()!.sub,
    });
  });

  test('with the code bound to a key is not finished with another key', async () => {
    const { config, pushed, checks } = await begin();
    const { left } = await world.browser().follow(pushed);
    const other = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    const exchange = openid.authorizationCodeGrant(config, left!, checks, undefined, { DPoP: other });
    await expect(exchange).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('is refused when it is not pushed', async () => {
    const config = await configureSigner(world, 'bank', key);
    const url = openid.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: 'openid', state: 's' });
    const { left } = await world.browser().follow(url);
    expect(Object.fromEntries(left!.searchParams)).toMatchObject({ error: 'invalid_request', iss: world.issuer });
  });

  test('is refused without PKCE', async () => {
    const none = { code_challenge: '', code_challenge_method: '' };
    await expect(begin(none)).rejects.toMatchObject({ error: 'invalid_request' });
  });

  test('is refused when its requests are signed with RS256, or say nothing of their start (O51)', async () => {
    const now = nowSeconds();
    const claims = {
      ...{ iss: 'bank', aud: world.issuer, client_id: 'bank', response_type: 'code', redirect_uri: redirectUri },
      ...{ scope: 'openid', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' },
      ...{ iat: now, nbf: now, exp: now + 60 },
    };
    const push = async (request: string) =>
      await post(`${world.issuer}/par`, { ...(await assertion(world, 'bank', key)), request });
    expect((await push(await signed({ ...claims, jti: 'a' }, key))).status).toBe(201);
    expect((await push(await signed({ ...claims, jti: 'b' }, rsa))).body.error).toBe('invalid_request_object');
    const startless = await signed({ ...claims, jti: 'c', nbf: undefined }, key);
    expect((await push(startless)).body.error).toBe('invalid_request_object');
  });
});

describe('at the token endpoint', () => {
  const ask = async (auth: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = { grant_type: 'refresh_token', refresh_token: 'unknown', ...auth };
    return (await post(`${world.issuer}/token`, body, headers)).body.error;
  };

  test('the assertion names the issuer alone, and is not signed with RS256 (O47, O51)', async () => {
    const token = `${world.issuer}/token`;
    expect(await ask(await assertion(world, 'bank', key))).toBe('invalid_grant');
    expect(await ask(await assertion(world, 'bank', key, { aud: token }))).toBe('invalid_client');
    expect(await ask(await assertion(world, 'bank', key, { aud: [world.issuer] }))).toBe('invalid_client');
    expect(await ask(await assertion(world, 'bank', rsa))).toBe('invalid_client');
  });

  test('a proof needs a nonce', async () => {
    const dpop = await proof(key, { url: `${world.issuer}/token` });
    expect(await ask(await assertion(world, 'bank', key), { dpop })).toBe('use_dpop_nonce');
  });

  test('nothing is given without a proof', async () => {
    const { config, pushed, checks } = await begin();
    const { left } = await world.browser().follow(pushed);
    await expect(openid.authorizationCodeGrant(config, left!, checks)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});

test('other clients keep their rotation and need none of this', async () => {
  const config = await world.client('portal');
  const verifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: 'http://localhost:4001/callback',
    scope: 'openid offline_access',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const { left } = await world.browser().follow(url);
  const tokens = await openid.authorizationCodeGrant(config, left!, { pkceCodeVerifier: verifier });
  expect(tokens.claims()?.sub).toBe(alice);
  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!);
  expect(refreshed.refresh_token).not.toBe(tokens.refresh_token);
});
