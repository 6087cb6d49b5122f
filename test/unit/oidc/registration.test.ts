// Clients that register themselves (RFC 7591, 7592), and clients of the command line.
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { login, openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.oidc.addInitialAccessToken('demo-registration-token');
});
afterAll(async () => {
  await world.close();
});

const wanted = {
  client_name: 'Nouveau',
  redirect_uris: ['http://127.0.0.1:9876/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  policy_uri: 'https://new.exemple.test/policy',
};

interface Registered {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the provider answers, looked at field by field
  body: any;
}

async function call(
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
): Promise<Registered> {
  const response = await fetch(`${world.issuer}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      'content-type': 'application/json',
      accept: 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const register = (body: unknown = wanted, token = 'demo-registration-token') => call('POST', '/reg', { token, body });

describe('registration', () => {
  test('needs the initial access token (O53)', async () => {
    expect((await call('POST', '/reg', { body: wanted })).status).toBe(401);
    expect(await register(wanted, 'wrong')).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });

  test('answers with what the provider made of it: ES256, third party, pairwise', async () => {
    const { status, body } = await register({ ...wanted, party: 'first', reveal_enrolment: true });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      client_id: expect.any(String),
      client_secret: expect.any(String),
      id_token_signed_response_alg: 'ES256',
      party: 'third',
      profile: 'oidc',
      reveal_enrolment: false,
      subject_type: 'pairwise',
      registration_access_token: expect.any(String),
    });
    expect(body.registration_client_uri).toBe(`${world.issuer}/reg/${body.client_id}`);
  });

  test.each([
    ['without a policy_uri', { ...wanted, policy_uri: undefined }],
    ['as a hub', { ...wanted, profile: 'hub' }],
    ['with HS256', { ...wanted, id_token_signed_response_alg: 'HS256' }],
    ['with a scope of the APIs', { ...wanted, scope: 'openid account.read' }],
    ['with a flag that is none', { ...wanted, strict_acr: 'yes' }],
    ['with the implicit flow', { ...wanted, response_types: ['id_token'], grant_types: ['implicit'] }],
    ['with a logout address that is none', { ...wanted, post_logout_redirect_uris: ['/bye'] }],
    ['with a NUL character in its name', { ...wanted, client_name: 'a\u0000b' }],
  ])('%s is refused', async (_what, metadata) => {
    const { status, body } = await register(metadata);
    expect(status).toBe(400);
    expect(body.error).toBe('invalid_client_metadata');
  });

  test.each([
    ['pairwise', 'no-address'],
    ['public', 'http//rp.exemple.test/cb'],
    ['pairwise', 42],
  ])('with an address to come back to that is none is refused, %s subjects or not: %s', async (subject_type, uri) => {
    const { status, body } = await register({ ...wanted, subject_type, redirect_uris: [uri] });
    expect([status, body.error]).toEqual([400, 'invalid_redirect_uri']);
    expect(body.error_description).toContain('redirect_uris must');
  });

  test('gives a client that can log people in at once', async () => {
    const { body } = await register();
    const config = await openid.discovery(
      new URL(world.issuer),
      body.client_id,
      undefined,
      openid.ClientSecretBasic(body.client_secret),
      {
        execute: [openid.allowInsecureRequests],
      },
    );
    const verifier = openid.randomPKCECodeVerifier();
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: wanted.redirect_uris[0]!,
      scope: 'openid',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const { left } = await world.browser().follow(url);
    const tokens = await openid.authorizationCodeGrant(config, left!, { pkceCodeVerifier: verifier });
    expect(tokens.claims()?.aud).toBe(body.client_id);
  });

  test('is managed with its own token only (O53)', async () => {
    const { body: mine } = await register();
    const { body: other } = await register();
    const path = `/reg/${mine.client_id}`;
    const token = mine.registration_access_token;
    expect((await call('GET', path, { token })).body).toMatchObject({ client_name: 'Nouveau' });
    const update = { ...wanted, client_id: mine.client_id, client_name: 'Autre', party: 'first' };
    expect(await call('PUT', path, { token, body: update })).toMatchObject({
      status: 200,
      body: { client_name: 'Autre', party: 'third' },
    });
    expect((await call('GET', path, { token: other.registration_access_token })).status).toBe(401);
    expect((await call('DELETE', path, { token })).status).toBe(204);
    expect((await call('GET', path, { token })).status).toBe(401);
    expect(await world.oidc.clients.show(mine.client_id)).toBeUndefined();
  });

  test('leaves a secret that stands nowhere in clear (O47)', async () => {
    const { body } = await register();
    const { rows } = await world.database.executeSql('select t::text as row from oidc_clients t');
    const everything = JSON.stringify(rows);
    expect(everything).toContain(body.client_id);
    expect(everything).not.toContain(body.client_secret);
    expect(everything).not.toContain('portal-demo-secret');
  });
});

describe('the command line', () => {
  const first = { client_id: 'intranet', party: 'first', redirect_uris: ['https://intranet.exemple.test/cb'] };

  test('adds a client and shows its secret once (O47)', async () => {
    const { client, secret } = await world.oidc.clients.add(first);
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(client).toMatchObject({ clientId: 'intranet', origin: 'staff', hasSecret: true });
    expect(JSON.stringify(await world.oidc.clients.show('intranet'))).not.toContain(secret);
    expect((await world.oidc.clients.list()).map(({ clientId }) => clientId)).toContain('intranet');
  });

  test('refuses a taken id and bad metadata in words', async () => {
    await expect(world.oidc.clients.add(first)).rejects.toThrow('client_id is taken');
    await expect(world.oidc.clients.add({ ...first, client_id: 'x', redirect_uris: [] })).rejects.toThrow(
      'redirect_uris',
    );
    await expect(world.oidc.clients.add({ ...first, client_id: 'x', party: 'third' })).rejects.toThrow('policy_uri');
  });

  test('adds an app without a secret, which comes back on any loopback port (O38)', async () => {
    const app = { party: 'first', application_type: 'native', token_endpoint_auth_method: 'none' };
    const redirect_uris = ['com.exemple.app:/callback', 'http://127.0.0.1/callback'];
    const { client, secret } = await world.oidc.clients.add({ client_id: 'app', ...app, redirect_uris });
    expect({ secret, hasSecret: client.hasSecret }).toEqual({ secret: undefined, hasSecret: false });
    const config = await openid.discovery(new URL(world.issuer), 'app', undefined, openid.None(), {
      execute: [openid.allowInsecureRequests],
    });
    const verifier = openid.randomPKCECodeVerifier();
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: 'http://127.0.0.1:51234/callback',
      scope: 'openid',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const before = world.seen.length;
    const { left } = await world.browser().follow(url);
    expect((await openid.authorizationCodeGrant(config, left!, { pkceCodeVerifier: verifier })).claims()?.aud).toBe(
      'app',
    );
    expect(world.seen.slice(before).map(({ prompt }) => prompt)).toEqual(['login']);
  });

  test('removes a client with all that it was given', async () => {
    const { tokens, config } = await login(world, { parameters: { scope: 'openid offline_access' } });
    expect(await world.oidc.clients.remove('portal')).toBe(true);
    expect(await world.oidc.clients.remove('portal')).toBe(false);
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token!)).rejects.toMatchObject({ status: 401 });
    const { rows } = await world.database.executeSql("select 1 from oidc_records where client_id = 'portal'");
    expect(rows).toEqual([]);
  });
});
