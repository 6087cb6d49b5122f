// Signed requests without a browser (CIBA Core 7.1.1): what their claims must say, once and for an hour at most; and a
// client with a pairwise subject that names its customer by the ID token it has got.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cibaGrant } from '../../support/flow-ciba.ts';
import type { Customer } from '../authentication/sim-world.ts';
import { type CibaWorld, openCibaWorld } from './ciba-world.ts';

let world: CibaWorld;
let someone: Customer;
let published = '';
const keyServer = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end(published);
});
const keyServerUrl = () => `http://localhost:${(keyServer.address() as AddressInfo).port}`;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
  world = await openCibaWorld({ outboundAllow: ['localhost'] });
  keys = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', use: 'sig', alg: 'ES256' }] };
  published = JSON.stringify(jwks);
  const secret = 'signer-demo-secret-32-characters-long';
  const base = { party: 'first', jwks, grant_types: [cibaGrant], response_types: [] };
  const mode = { backchannel_token_delivery_mode: 'poll', backchannel_authentication_request_signing_alg: 'ES256' };
  await world.oidc.clients.seed([{ client_id: 'signer', client_secret: secret, ...base, ...mode }]);
  someone = await world.customer();
});
afterAll(async () => {
  await world?.close();
  await new Promise((resolve) => keyServer.close(resolve));
});

const now = () => Math.floor(Date.now() / 1_000);
const good = (): JWTPayload => ({
  iss: 'signer',
  aud: world.issuer,
  exp: now() + 300,
  iat: now(),
  nbf: now(),
  jti: randomUUID(),
  scope: 'openid',
  login_hint: `tel:${someone.msisdn}`,
});
const sign = (
  claims: JWTPayload,
  header: { alg: string; kid?: string } = { alg: 'ES256', kid: 'one' },
  key = keys.privateKey,
) => new SignJWT(claims).setProtectedHeader(header).sign(key);
const ask = async (request: string, more: Record<string, string> = {}) => {
  const { status, body } = await world.party('signer').post('/backchannel', { request, ...more });
  return [status, body['error'] ?? 'accepted'];
};

describe('a signed request', () => {
  test('is accepted once (O14)', async () => {
    const request = await sign(good());
    expect(await ask(request)).toEqual([200, 'accepted']);
    expect(await ask(request)).toEqual([400, 'invalid_request']);
  });

  test.each(['iss', 'aud', 'exp', 'iat', 'nbf', 'jti'])('without %s is refused (O14)', async (name) => {
    const { [name]: _, ...claims } = good();
    expect(await ask(await sign(claims))).toEqual([400, 'invalid_request']);
  });

  test.each([
    ['for another issuer', { aud: 'https://other.exemple.test' }],
    ['of another client', { iss: 'callcentre' }],
    ['that has expired', { exp: now() - 60 }],
    ['that is not good yet', { nbf: now() + 600 }],
    ['that lives for more than an hour', { exp: now() + 4_200 }],
    ['that began more than an hour before its end', { nbf: now() - 4_200, exp: now() + 60 }],
  ])('%s is refused (O14)', async (_what, change) => {
    expect(await ask(await sign({ ...good(), ...change }))).toEqual([400, 'invalid_request']);
  });

  test('by another key, or with none, is refused (O14)', async () => {
    const other = await generateKeyPair('ES256');
    expect(await ask(await sign(good(), { alg: 'ES256', kid: 'one' }, other.privateKey))).toEqual([
      400,
      'invalid_request',
    ]);
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(good())).toString('base64url')}.`;
    expect(await ask(unsigned)).toEqual([400, 'invalid_request']);
  });

  test('is the only thing that counts: what stands beside it is ignored (O14)', async () => {
    const { login_hint: _, ...claims } = good();
    expect(await ask(await sign(claims), { login_hint: `tel:${someone.msisdn}` })).toEqual([400, 'invalid_request']);
  });

  test('is demanded of a client that is registered with an algorithm (O15)', async () => {
    const plain = await world.party('signer').ask({ login_hint: `tel:${someone.msisdn}` });
    expect([plain.status, plain.body['error']]).toEqual([400, 'invalid_request']);
  });

  test('may give the lifetime as a number or as a text (O11)', async () => {
    for (const requested_expiry of [60, '60']) {
      const customer = await world.customer();
      const request = await sign({ ...good(), login_hint: `tel:${customer.msisdn}`, requested_expiry });
      const { body } = await world.party('signer').post('/backchannel', { request });
      expect(body['expires_in']).toBe(60);
    }
  });
});

test('a pairwise client finds its customer again by the ID token that it got (X114)', async () => {
  const customer = await world.customer();
  // As it stands after a login of that client: the library lets pairwise clients use CIBA with their own keys only.
  const jwks_uri = `${keyServerUrl()}/jwks`;
  const pair = {
    client_id: 'pair',
    party: 'third',
    policy_uri: 'https://pair.exemple.test/',
    subject_type: 'pairwise',
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: [cibaGrant],
    response_types: [],
    backchannel_token_delivery_mode: 'poll',
    jwks_uri,
  };
  await world.oidc.clients.seed([pair]);
  const post = async (path: string, body: Record<string, string>) => {
    const assertion = { iss: 'pair', sub: 'pair', aud: world.issuer, jti: randomUUID(), iat: now(), exp: now() + 60 };
    const response = await fetch(`${world.issuer}${path}`, {
      method: 'POST',
      body: new URLSearchParams({
        ...body,
        client_id: 'pair',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await sign(assertion),
      }),
    });
    return (await response.json()) as Record<string, string>;
  };
  const login = async (hint: Record<string, string>) => {
    const { auth_req_id } = await post('/backchannel', { scope: 'openid', ...hint });
    await world.answer(customer);
    return await post('/token', { grant_type: cibaGrant, auth_req_id: auth_req_id ?? '' });
  };
  const first = await login({ login_hint: `tel:${customer.msisdn}` });
  const { sub } = decodeJwt(first['id_token'] ?? '');
  expect(sub).not.toBe(customer.accountIds[0]);
  const again = await login({ id_token_hint: first['id_token'] ?? '' });
  expect(decodeJwt(again['id_token'] ?? '').sub).toBe(sub);
});
