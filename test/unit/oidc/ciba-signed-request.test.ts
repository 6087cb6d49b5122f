// Requests without a browser that the client signs (CIBA Core 7.1.1), and tokens of CIBA that are bound to a key.
import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cibaGrant } from '../../support/flow-ciba.ts';
import { type CibaWorld, openCibaWorld } from './ciba-world.ts';
import { assertion, type Change, type KeyPair, keyPair, nowSeconds, post, proof, signed } from './signing-client.ts';

let world: CibaWorld;
let key: KeyPair;

beforeAll(async () => {
  world = await openCibaWorld();
  key = await keyPair();
  const signer = {
    ...{ party: 'first', grant_types: [cibaGrant], response_types: [], backchannel_token_delivery_mode: 'poll' },
    ...{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [key.publicJwk] } },
  };
  const signs = { backchannel_authentication_request_signing_alg: 'ES256' };
  await world.oidc.clients.seed([
    { ...signer, ...signs, client_id: 'signer' },
    { ...signer, client_id: 'plain' },
    { ...signer, ...signs, client_id: 'bank', profile: 'fapi-2.0' },
  ]);
});
afterAll(() => world?.close());

const ask = async (body: Record<string, string>, clientId = 'signer') =>
  await post(`${world.issuer}/backchannel`, { ...(await assertion(world, clientId, key)), ...body });

/** A signed request for a customer; `change` alters its claims. */
async function requestFor(change: Change = {}, clientId = 'signer', by = key): Promise<string> {
  const { msisdn } = await world.customer();
  const now = nowSeconds();
  const claims = {
    ...{ iss: clientId, aud: world.issuer, iat: now, nbf: now, exp: now + 300, jti: randomUUID() },
    ...{ scope: 'openid', login_hint: `tel:${msisdn}`, binding_message: 'Virement 42' },
  };
  return await signed({ ...claims, ...change }, by);
}

describe('a signed request (O14)', () => {
  test('is taken, with what is inside it and a life that is a number or its text (O11)', async () => {
    for (const requested_expiry of [60, '60']) {
      const { status, body } = await ask({ request: await requestFor({ requested_expiry }) });
      expect({ status, life: body.expires_in }).toEqual({ status: 200, life: 60 });
    }
    const outside = { request: await requestFor({ login_hint: undefined }), login_hint: 'tel:+33639980001' };
    expect((await ask(outside)).body.error).toBe('invalid_request');
  });

  test('is good once', async () => {
    const request = await requestFor();
    expect((await ask({ request })).status).toBe(200);
    expect(await ask({ request })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^invalid_request/) },
    });
  });

  test.each<[string, Change]>([
    ['no issuer', { iss: undefined }],
    ['no audience', { aud: undefined }],
    ['no end', { exp: undefined }],
    ['no time of issue', { iat: undefined }],
    ['no start', { nbf: undefined }],
    ['no id', { jti: undefined }],
    ['another issuer', { iss: 'plain' }],
    ['another audience', { aud: 'https://other.exemple.test' }],
    ['an end that is past', { exp: nowSeconds() - 60 }],
    ['a start that is to come', { nbf: nowSeconds() + 600, exp: nowSeconds() + 900 }],
    ['a life of more than an hour', { exp: nowSeconds() + 4_300 }],
  ])('with %s is refused', async (_what, change) => {
    const { status, body } = await ask({ request: await requestFor(change) });
    expect(status).toBe(400);
    expect(body.error).toMatch(/^invalid_request/);
  });

  test('of another key, another algorithm or none, or encrypted, is refused', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [, payload = ''] = (await requestFor()).split('.');
    const bad = [
      await requestFor({}, 'signer', await keyPair()),
      await requestFor({}, 'signer', await keyPair('EdDSA')),
      `${part({ alg: 'none' })}.${payload}.`,
      `${part({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`,
    ];
    for (const request of bad) {
      const { status, body } = await ask({ request });
      expect({ status, error: body.error }).toMatchObject({
        status: 400,
        error: expect.stringMatching(/^invalid_req/),
      });
    }
  });

  test('is demanded of who registered so, and of every client of FAPI (O15)', async () => {
    const plain = { scope: 'openid', login_hint: `tel:${(await world.customer()).msisdn}` };
    expect((await ask(plain, 'plain')).status).toBe(200);
    expect(await ask(plain)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(await ask(plain, 'bank')).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect((await ask({ request: await requestFor({}, 'bank') }, 'bank')).body).toHaveProperty('auth_req_id');
  });
});

test('tokens are bound to the key of the poll, and a client of FAPI gets no others (O24)', async () => {
  const tokenUrl = `${world.issuer}/token`;
  const customer = await world.customer();
  const resource = `${world.issuer}/api`;
  const asked = { login_hint: `tel:${customer.msisdn}`, scope: 'openid account.read', resource };
  const request = await requestFor(asked, 'bank');
  const id: string = (await ask({ request }, 'bank')).body.auth_req_id;
  await world.answer(customer);
  const poll = async (headers: Record<string, string> = {}) => {
    await world.waitInterval(id);
    const body = { grant_type: cibaGrant, auth_req_id: id, resource };
    return await post(tokenUrl, { ...(await assertion(world, 'bank', key)), ...body }, headers);
  };
  expect((await poll()).body.error).toBe('invalid_grant');
  const { headers } = await poll({ dpop: await proof(key, { url: tokenUrl }) });
  const nonce = headers.get('dpop-nonce') ?? '';
  const { status, body } = await poll({ dpop: await proof(key, { url: tokenUrl }, { nonce }) });
  expect({ status, type: body.token_type, error: body.error }).toEqual({ status: 200, type: 'DPoP', error: undefined });
  expect(decodeJwt(body.access_token)).toMatchObject({ cnf: { jkt: key.publicJwk.kid } });
});
