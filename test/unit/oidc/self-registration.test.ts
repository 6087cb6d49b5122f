// Test clients of the developers' page: the rules of POST /reg, without a token only where it is open.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenProfile, TestClientRequest } from '../../../src/oidc/self-registration.ts';
import { openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.oidc.addInitialAccessToken('initial-token');
});
afterAll(() => world.close());

const request = (change: Partial<TestClientRequest> = {}): TestClientRequest => ({
  name: 'My test',
  redirectUris: ['https://rp.example/cb'],
  profile: 'oidc',
  initialAccessToken: undefined,
  ...change,
});
const keySet = JSON.stringify({
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      use: 'sig',
    },
  ],
});

/** Registers in the open sandbox and gives the outcome and the client as it is kept. */
async function registered(change: Partial<TestClientRequest> = {}) {
  const outcome = await world.oidc.selfRegistration.register(request(change), true);
  if (outcome.kind !== 'registered') return { outcome, client: undefined };
  return { outcome, client: await world.oidc.clients.show(outcome.clientId) };
}

describe('a test client', () => {
  test.each<OpenProfile>(['oidc', 'mobile-connect-1.1', 'mobile-connect-2.0', 'mobile-connect-2.3'])(
    'of profile %s gets a secret that the token endpoint takes',
    async (profile) => {
      const { outcome, client } = await registered({ profile });
      expect(client).toMatchObject({ origin: 'registration', metadata: { party: 'third', profile } });
      if (outcome.kind !== 'registered') throw new Error('not registered');
      const answer = await fetch(`${world.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${outcome.clientId}:${outcome.secret}`)}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: 'x',
          redirect_uri: 'https://rp.example/cb',
        }),
      });
      // Let in, and then refused for its code.
      expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
    },
  );

  test('of profile fapi-2.0 brings its public keys and has no secret', async () => {
    const { outcome, client } = await registered({ profile: 'fapi-2.0', keySet });
    expect(outcome).toMatchObject({ kind: 'registered', secret: undefined });
    expect(client?.metadata).toMatchObject({ token_endpoint_auth_method: 'private_key_jwt' });
  });

  test.each<[string, Partial<TestClientRequest>, RegExp]>([
    ['a redirect URI that is no URL', { redirectUris: ['nowhere'] }, /redirect_uris/],
    ['keys that are no JSON', { profile: 'fapi-2.0', keySet: '{' }, /jwks is no JSON/],
    ['private keys', { profile: 'fapi-2.0', keySet: keySet.replace('"use"', '"d":"AA","use"') }, /Key Set is invalid/],
  ])('is refused in words for %s', async (_what, change, why) => {
    expect((await registered(change)).outcome).toEqual({ kind: 'refused', why: expect.stringMatching(why) });
  });
});

describe('outside the sandbox', () => {
  const register = (change: Partial<TestClientRequest>) => world.oidc.selfRegistration.register(request(change), false);

  test('nobody registers without an initial access token, or with a wrong one', async () => {
    expect(await register({})).toEqual({ kind: 'token-refused' });
    expect(await register({ initialAccessToken: 'wrong' })).toEqual({ kind: 'token-refused' });
    expect(await world.oidc.selfRegistration.register(request({ initialAccessToken: 'wrong' }), true)).toEqual({
      kind: 'token-refused',
    });
  });

  test('whoever has one registers', async () => {
    expect(await register({ initialAccessToken: 'initial-token' })).toMatchObject({ kind: 'registered' });
  });
});

test('the endpoints are those of discovery', async () => {
  const answer = await fetch(`${world.issuer}/.well-known/openid-configuration`);
  const discovery = (await answer.json()) as Record<string, unknown>;
  const endpoints = Object.fromEntries(world.oidc.selfRegistration.endpoints().map(({ name, url }) => [name, url]));
  expect(endpoints['token']).toBe(discovery['token_endpoint']);
  expect(endpoints['authorization']).toBe(discovery['authorization_endpoint']);
  expect(endpoints['discovery']).toBe(`${world.issuer}/.well-known/openid-configuration`);
});
