// Clients that authenticate with a key (private_key_jwt): each single thing wrong with an assertion, keys by reference,
// and one mechanism at a time.
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callback } from './people.ts';
import { openWorld, type World } from './relying-party.ts';
import { assertion, type Change, type KeyPair, keyPair, nowSeconds, post } from './signing-client.ts';

let world: World;
let key: KeyPair;
let served: Server;
let asked = 0;

beforeAll(async () => {
  key = await keyPair();
  served = createServer((_request, response) => {
    asked += 1;
    response.setHeader('content-type', 'application/jwk-set+json').end(JSON.stringify({ keys: [key.publicJwk] }));
  });
  await new Promise<void>((resolve) => served.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(served.address() as AddressInfo).port}`;
  world = await openWorld({ outboundAllow: [host] });
  const signer = { party: 'first', redirect_uris: [callback], token_endpoint_auth_method: 'private_key_jwt' };
  await world.oidc.clients.add({ ...signer, client_id: 'signer', jwks: { keys: [key.publicJwk] } });
  await world.oidc.clients.add({ ...signer, client_id: 'elsewhere', jwks_uri: `http://${host}/jwks` });
  await world.oidc.clients.add({ ...signer, client_id: 'inside', jwks_uri: 'http://127.0.0.1:1/jwks' });
});
afterAll(async () => {
  await world.close();
  await new Promise((resolve) => served.close(resolve));
});

/** Authenticates at introspection, which asks nothing else; 200 is a client that is known. */
const status = async (auth: Record<string, string>, headers: Record<string, string> = {}) =>
  (await post(`${world.issuer}/introspection`, { token: 'unknown', ...auth }, headers)).status;

describe('an assertion (O47)', () => {
  test.each<[string, () => Change]>([
    ['the issuer', () => ({ aud: world.issuer })],
    ['the token endpoint', () => ({ aud: `${world.issuer}/token` })],
    ['the endpoint that is asked', () => ({ aud: `${world.issuer}/introspection` })],
    ['the issuer among others', () => ({ aud: ['https://other.exemple.test', world.issuer] })],
  ])('for %s is taken', async (_what, change) => {
    expect(await status(await assertion(world, 'signer', key, change()))).toBe(200);
  });

  test('with a clock 10 s behind is taken, with one 20 s behind not (O60)', async () => {
    expect(await status(await assertion(world, 'signer', key, { exp: nowSeconds() - 10 }))).toBe(200);
    expect(await status(await assertion(world, 'signer', key, { exp: nowSeconds() - 20 }))).toBe(401);
    expect(await status(await assertion(world, 'signer', key, { nbf: nowSeconds() + 10 }))).toBe(200);
    expect(await status(await assertion(world, 'signer', key, { nbf: nowSeconds() + 20 }))).toBe(401);
  });

  test('is good once', async () => {
    const once = await assertion(world, 'signer', key);
    expect([await status(once), await status(once)]).toEqual([200, 401]);
  });

  test.each<[string, Change]>([
    ['another audience', { aud: 'https://other.exemple.test' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'portal' }],
    ['no issuer', { iss: undefined }],
    ['no end', { exp: undefined }],
    ['an end in more than ten minutes', { exp: nowSeconds() + 700 }],
    ['no id', { jti: undefined }],
  ])('with %s is refused', async (_what, change) => {
    expect(await status(await assertion(world, 'signer', key, change))).toBe(401);
  });

  test('of another key, of another client or without a signature is refused', async () => {
    expect(await status(await assertion(world, 'signer', await keyPair()))).toBe(401);
    expect(await status(await assertion(world, 'portal', key))).toBe(401);
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: 'signer', sub: 'signer', aud: world.issuer, exp: nowSeconds() + 60, jti: randomUUID() };
    const unsigned = `${part({ alg: 'none' })}.${part(claims)}.`;
    expect(await status({ ...(await assertion(world, 'signer', key)), client_assertion: unsigned })).toBe(401);
  });

  test('is the only way in for its client, and stands alone', async () => {
    const basic = { authorization: `Basic ${Buffer.from('signer:secret').toString('base64')}` };
    expect(await status({ client_id: 'signer', client_secret: 'secret' })).toBe(401);
    expect(await status({}, basic)).toBe(401);
    expect(await status(await assertion(world, 'signer', key), basic)).toBe(400);
    expect(await status({ client_id: 'signer' })).toBe(401);
  });
});

describe('keys by reference', () => {
  test('are fetched once, and kept', async () => {
    expect(await status(await assertion(world, 'elsewhere', key))).toBe(200);
    const before = asked;
    expect(await status(await assertion(world, 'elsewhere', key))).toBe(200);
    expect(asked).toBe(before);
  });

  test('are not fetched from a private address that nobody named (O53)', async () => {
    expect(await status(await assertion(world, 'inside', key))).toBe(401);
  });
});

test('a refused client hears 401, and the challenge only if it came with a header', async () => {
  const asking = { token: 'x' };
  const url = `${world.issuer}/introspection`;
  const plain = await post(url, { ...asking, client_id: 'portal', client_secret: 'wrong' });
  expect({ status: plain.status, error: plain.body.error }).toEqual({ status: 401, error: 'invalid_client' });
  expect(plain.headers.get('www-authenticate')).toBeNull();
  const authorization = `Basic ${Buffer.from('portal:wrong').toString('base64')}`;
  const basic = await post(url, asking, { authorization });
  expect(basic.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
});
