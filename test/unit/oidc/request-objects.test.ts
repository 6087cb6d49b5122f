// Requests that are signed (JAR) or pushed (PAR), and what a client may not do with them.
import { randomUUID } from 'node:crypto';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alice, callback } from './people.ts';
import { openWorld, type World } from './relying-party.ts';
import {
  assertion,
  type Change,
  configureSigner,
  type KeyPair,
  keyPair,
  nowSeconds,
  post,
  signed,
  webKey,
} from './signing-client.ts';

let world: World;
let key: KeyPair;
let other: KeyPair;

beforeAll(async () => {
  world = await openWorld();
  [key, other] = await Promise.all([keyPair(), keyPair()]);
  const signer = {
    party: 'first',
    redirect_uris: [callback],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.publicJwk] },
  };
  await world.oidc.clients.add({ ...signer, client_id: 'signer' });
  await world.oidc.clients.add({ ...signer, client_id: 'always', require_signed_request_object: true });
  await world.oidc.clients.add({ ...signer, client_id: 'pusher', require_pushed_authorization_requests: true });
  await world.oidc.clients.add({ ...signer, client_id: 'fixed', request_object_signing_alg: 'PS256' });
});
afterAll(async () => {
  await world.close();
});

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

const claimsOf = (clientId: string, change: Change = {}): Change => {
  const now = nowSeconds();
  return {
    ...{ iss: clientId, aud: world.issuer, iat: now, nbf: now, exp: now + 300, jti: randomUUID() },
    ...{ client_id: clientId, response_type: 'code', redirect_uri: callback, scope: 'openid', state: 'inside' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
    ...change,
  };
};
const requestOf = async (change: Change = {}, clientId = 'signer', by = key) =>
  await signed(claimsOf(clientId, change), by, { typ: 'oauth-authz-req+jwt' });

/** Goes to the authorization endpoint; gives what comes back, whether at the client or on the error page. */
async function authorizeWith(parameters: Record<string, string>): Promise<Record<string, string>> {
  const { left, page } = await world.browser().follow(`${world.issuer}/auth?${new URLSearchParams(parameters)}`);
  return left === undefined ? ((await page!.json()) as Record<string, string>) : Object.fromEntries(left.searchParams);
}
const withRequest = async (change: Change = {}, clientId = 'signer', by = key) =>
  await authorizeWith({ client_id: clientId, request: await requestOf(change, clientId, by) });

const exchange = async (code: string, clientId = 'signer') =>
  await post(`${world.issuer}/token`, {
    ...(await assertion(world, clientId, key)),
    ...{ grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier },
  });

describe('a signed request (O50)', () => {
  test('logs in, and only what is inside it counts', async () => {
    const request = await requestOf({ nonce: 'n-inside' });
    const outside = { state: 'outside', nonce: 'n-outside', scope: 'openid email', redirect_uri: 'http://evil.test/' };
    const { code = '', state, iss } = await authorizeWith({ client_id: 'signer', request, ...outside });
    expect({ state, iss }).toEqual({ state: 'inside', iss: world.issuer });
    const { body } = await exchange(code);
    const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
    expect({ nonce: claims.nonce, scope: body.scope }).toEqual({ nonce: 'n-inside', scope: 'openid' });
  });

  test('of openid-client is taken as it comes', async () => {
    const config = await configureSigner(world, 'signer', key);
    const parameters = {
      redirect_uri: callback,
      scope: 'openid',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    };
    const signing = { key: await webKey(key), kid: key.publicJwk.kid ?? '' };
    const url = await openid.buildAuthorizationUrlWithJAR(config, parameters, signing);
    const { left } = await world.browser().follow(url);
    const tokens = await openid.authorizationCodeGrant(config, left!, { pkceCodeVerifier: verifier });
    expect(tokens.claims()?.sub).toBe(alice);
  });

  test('is good once, pushed or not (O14)', async () => {
    const request = await requestOf();
    expect(await authorizeWith({ client_id: 'signer', request })).toHaveProperty('code');
    expect(await authorizeWith({ client_id: 'signer', request })).toMatchObject({ error: 'invalid_request_object' });
    const pushed = await post(`${world.issuer}/par`, { ...(await assertion(world, 'signer', key)), request });
    expect(pushed).toMatchObject({ status: 400, body: { error: 'invalid_request_object' } });
  });

  test('that was refused for another reason may come again', async () => {
    const jti = randomUUID();
    expect(await withRequest({ jti, scope: 'unheard-of openid', prompt: 'nonsense' })).toHaveProperty('error');
    expect(await withRequest({ jti })).toHaveProperty('code');
  });

  test.each<[string, Change]>([
    ['no jti', { jti: undefined }],
    ['no end', { exp: undefined }],
    ['no audience', { aud: undefined }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'https://other.exemple.test' }],
    ['another issuer', { iss: 'portal' }],
    ['another client', { client_id: 'portal' }],
    ['an end that is past', { exp: nowSeconds() - 60, nbf: nowSeconds() - 120 }],
    ['a start that is to come', { nbf: nowSeconds() + 600, exp: nowSeconds() + 900 }],
    ['a life of more than an hour', { exp: nowSeconds() + 4_300 }],
    ['an endless jti', { jti: 'x'.repeat(300) }],
    ['a request inside', { request: 'a.b.c' }],
    ['a request_uri inside', { request_uri: 'urn:x' }],
  ])('with %s is refused', async (_what, change) => {
    expect(await withRequest(change)).toMatchObject({ error: 'invalid_request_object' });
  });

  test('with a clock 10 s ahead or behind is taken (O60)', async () => {
    expect(await withRequest({ nbf: nowSeconds() + 10, iat: nowSeconds() + 10 })).toHaveProperty('code');
    expect(await withRequest({ exp: nowSeconds() - 10 })).toHaveProperty('code');
  });

  test('without a signature, with the wrong key or the wrong algorithm is refused', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'none' })}.${part(claimsOf('signer'))}.`;
    expect(await authorizeWith({ client_id: 'signer', request: unsigned })).toMatchObject({
      error: 'invalid_request_object',
    });
    expect(await withRequest({}, 'signer', other)).toMatchObject({ error: 'invalid_request_object' });
    expect(await withRequest({}, 'fixed')).toMatchObject({ error: 'invalid_request_object' });
    expect(await authorizeWith({ client_id: 'signer', request: 'nonsense' })).toMatchObject({
      error: 'invalid_request_object',
    });
    const encrypted = `${part({ alg: 'dir', enc: 'A256GCM' })}.a.b.c.d`;
    expect(await authorizeWith({ client_id: 'signer', request: encrypted })).toMatchObject({
      error: 'invalid_request_object',
    });
  });

  test('is demanded of clients that registered so', async () => {
    const plain = { client_id: 'always', response_type: 'code', redirect_uri: callback, scope: 'openid' };
    expect(await authorizeWith(plain)).toMatchObject({ error: 'invalid_request' });
    expect(await withRequest({}, 'always')).toHaveProperty('code');
  });

  test('by reference is not fetched', async () => {
    const parameters = { client_id: 'signer', response_type: 'code', redirect_uri: callback, scope: 'openid' };
    const answer = await authorizeWith({ ...parameters, request_uri: 'https://rp.exemple.test/request.jwt' });
    expect(answer).toMatchObject({ error: 'request_uri_not_supported' });
  });
});

describe('a pushed request (O50)', () => {
  const parameters = {
    ...{ response_type: 'code', redirect_uri: callback, scope: 'openid', state: 'pushed' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
  };
  const push = async (change: Record<string, string> = {}, clientId = 'signer') =>
    await post(`${world.issuer}/par`, { ...(await assertion(world, clientId, key)), ...parameters, ...change });

  test('lives for at most 90 s, and is no guess', async () => {
    const { status, body, headers } = await push();
    expect(status).toBe(201);
    expect(body.expires_in).toBeLessThanOrEqual(90);
    expect(body.request_uri).toMatch(/^urn:ietf:params:oauth:request_uri:[\w-]{43}$/);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('is for the client that pushed it', async () => {
    const { body } = await push();
    const foreign = { client_id: 'portal', request_uri: body.request_uri };
    expect(await authorizeWith(foreign)).toHaveProperty('error');
    expect(await authorizeWith({ client_id: 'signer', request_uri: body.request_uri })).toHaveProperty('code');
  });

  test('is good for one login, of two that began together too', async () => {
    const { body } = await push();
    const from = `${world.issuer}/auth?${new URLSearchParams({ client_id: 'signer', request_uri: body.request_uri })}`;
    const endings = await Promise.all([world.browser(), world.browser()].map((browser) => browser.follow(from)));
    const codes = endings.filter(({ left }) => left?.searchParams.has('code'));
    expect(codes).toHaveLength(1);
  });

  test('is known as used when the login took longer than it lived', async () => {
    const { body } = await push();
    const { rows } = await world.database.executeSql(
      "select max(extract(epoch from expires_at - clock_timestamp())) as left from ephemeral_records where kind like '%PushedAuthorizationRequest'",
    );
    expect(body.expires_in).toBe(60);
    expect(Number(rows[0]?.['left'])).toBeGreaterThan(900);
  });

  test('takes the place of what stands beside it', async () => {
    const { body } = await push();
    const answer = await authorizeWith({ client_id: 'signer', request_uri: body.request_uri, state: 'beside' });
    expect(answer['state']).toBe('pushed');
  });

  test('is checked like any other', async () => {
    expect((await push({ redirect_uri: 'http://evil.exemple.test/' })).body.error).toMatch(/^invalid_re/);
    expect((await push({ code_challenge_method: 'plain' })).body.error).toBe('invalid_request');
    expect((await push({ response_type: 'token' })).body.error).toBe('unsupported_response_type');
    expect((await push({ request_uri: 'urn:ietf:params:oauth:request_uri:x' })).status).toBe(400);
    expect((await post(`${world.issuer}/par`, { client_id: 'signer', ...parameters })).body.error).toBe(
      'invalid_client',
    );
  });

  test('is demanded of clients that registered so', async () => {
    expect(await authorizeWith({ client_id: 'pusher', ...parameters })).toMatchObject({ error: 'invalid_request' });
    const { body } = await push({}, 'pusher');
    expect(await authorizeWith({ client_id: 'pusher', request_uri: body.request_uri })).toHaveProperty('code');
  });
});
