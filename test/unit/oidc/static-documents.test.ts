// Discovery and key set: from memory, with an ETag, true and complete, and new as soon as the keys are.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStaticDocuments } from '../../../src/oidc/static-documents.ts';
import { openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

const paths = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/jwks'];
const get = async (path: string, headers: Record<string, string> = {}) =>
  await fetch(`${world.issuer}${path}`, { headers });
const discovery = async () => (await (await get(paths[0]!)).json()) as Record<string, unknown>;

/** Counts what the work asks the database. */
async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const { db } = world.database as unknown as { db: Kysely<unknown> };
  const executor = db.getExecutor();
  const original = executor.executeQuery;
  let count = 0;
  const prototype: { executeQuery: unknown } = Object.getPrototypeOf(executor);
  const inherited = prototype.executeQuery;
  prototype.executeQuery = function counted(this: unknown, ...args: unknown[]) {
    count += 1;
    return Reflect.apply(original, this, args);
  };
  try {
    await work();
  } finally {
    prototype.executeQuery = inherited;
  }
  return count;
}

describe.each(paths)('%s', (path) => {
  test('may be kept for five minutes, and by any page', async () => {
    const { status, headers } = await get(path, { origin: 'https://spa.exemple.test' });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('content-type')).toMatch(/^application\/(?:jwk-set\+)?json/);
    expect(headers.get('etag')).toMatch(/^"[\w-]{22}"$/);
  });

  test('is 304 for who has it', async () => {
    const etag = (await get(path)).headers.get('etag') ?? '';
    const again = await get(path, { 'if-none-match': etag });
    expect({ status: again.status, body: await again.text() }).toEqual({ status: 304, body: '' });
    expect(again.headers.get('etag')).toBe(etag);
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('is answered to HEAD with the same headers', async () => {
    const response = await fetch(`${world.issuer}${path}`, { method: 'HEAD' });
    expect(response.headers.get('etag')).toBe((await get(path)).headers.get('etag'));
    expect(await response.text()).toBe('');
  });

  test('asks no database', async () => {
    await get(path);
    const statements = await statementsOf(() => Promise.all(Array.from({ length: 20 }, () => get(path))));
    expect(statements).toBe(0);
    // And the counter counts.
    expect(await statementsOf(() => world.oidc.clients.list())).toBe(1);
  });
});

test('a document is made once; what is no document, no answer or no GET is passed on each time', async () => {
  const middleware = createStaticDocuments();
  const app = new Koa();
  let made = 0;
  app.use(middleware);
  app.use((ctx) => {
    made += 1;
    ctx.status = ctx.query['fail'] === undefined ? 200 : 500;
    ctx.body = { made };
  });
  const server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bodyOf = async (path: string, method = 'GET') => await (await fetch(`${at}${path}`, { method })).json();
  expect(await bodyOf('/jwks?fail')).toEqual({ made: 1 });
  expect([await bodyOf('/jwks'), await bodyOf('/jwks'), await bodyOf('/jwks?fail')]).toEqual([
    { made: 2 },
    { made: 2 },
    { made: 2 },
  ]);
  expect(await bodyOf('/jwks', 'POST')).toEqual({ made: 3 });
  expect([await bodyOf('/token'), await bodyOf('/token')]).toEqual([{ made: 4 }, { made: 5 }]);
  await new Promise((resolve) => server.close(resolve));
});

test('a rotation of keys is in the next answer, ETag and all (O51)', async () => {
  const before = await get('/jwks');
  const old = (await before.json()) as { keys: { kid: string }[] };
  await world.oidc.keys.rotate();
  const after = await get('/jwks', { 'if-none-match': before.headers.get('etag') ?? '' });
  expect(after.status).toBe(200);
  const fresh = (await after.json()) as { keys: Record<string, unknown>[] };
  const kids = fresh.keys.map(({ kid }) => kid);
  expect(kids.length).toBeGreaterThan(old.keys.length);
  expect(kids).toEqual(expect.arrayContaining(old.keys.map(({ kid }) => kid)));
  const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv'];
  for (const key of fresh.keys) {
    expect(key).toMatchObject({ kid: expect.any(String), use: 'sig', alg: expect.any(String) });
    expect(Object.keys(key).filter((name) => secret.includes(name))).toEqual([]);
  }
});

describe('discovery', () => {
  test('is the same in both places (O42)', async () => {
    const [openid, oauth] = await Promise.all(paths.slice(0, 2).map(async (path) => await (await get(path)).text()));
    expect(openid).toBe(oauth);
  });

  test('names the issuer exactly, and every endpoint below it (O42)', async () => {
    const found = await discovery();
    expect(found['issuer']).toBe(world.issuer);
    const addresses = Object.entries(found).filter(([name]) => /_endpoint$|_uri$/.test(name));
    expect(addresses.length).toBeGreaterThan(8);
    for (const [, address] of addresses) expect(String(address)).toMatch(new RegExp(`^${world.issuer}/`));
  });

  test('says what is on of the newer parts', async () => {
    expect(await discovery()).toMatchObject({
      authorization_response_iss_parameter_supported: true,
      authorization_signing_alg_values_supported: expect.arrayContaining(['ES256', 'EdDSA']),
      claims_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      dpop_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA', 'Ed25519'],
      introspection_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt']),
      request_object_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA'],
      request_parameter_supported: true,
      request_uri_parameter_supported: false,
      response_modes_supported: expect.arrayContaining(['form_post', 'jwt', 'query.jwt', 'form_post.jwt']),
      response_types_supported: ['code'],
      revocation_endpoint_auth_methods_supported: expect.arrayContaining(['client_secret_basic']),
      token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt', 'none']),
      token_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    });
  });

  test('and not what is off', async () => {
    const found = await discovery();
    const off = [
      ...['mtls_endpoint_aliases', 'tls_client_certificate_bound_access_tokens', 'device_authorization_endpoint'],
      ...['check_session_iframe', 'frontchannel_logout_supported', 'request_object_encryption_alg_values_supported'],
      ...['require_pushed_authorization_requests', 'authorization_details_types_supported'],
    ];
    expect(off.filter((name) => name in found)).toEqual([]);
    const listed = JSON.stringify(found);
    for (const word of ['implicit', 'password', 'tls_client_auth', 'plain']) {
      expect({ word, there: listed.includes(`"${word}"`) }).toEqual({ word, there: false });
    }
    for (const [name, value] of Object.entries(found)) {
      if (/signing_alg_values/.test(name))
        expect({ name, value }).not.toMatchObject({ value: expect.arrayContaining(['none']) });
    }
  });
});
