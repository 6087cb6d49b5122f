// What the profile of a client changes: PKCE, lives, algorithms, amr; and who may call from a browser.

import { connect } from 'node:net';
import { decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alice } from './people.ts';
import { authorize, login, openWorld, type World } from './relying-party.ts';

let world: World;
const third = { party: 'third', policy_uri: 'https://rp.exemple.test/policy' };
const secretOf = (id: string) => `${id}-demo-secret-32-characters-long`;
const redirect = 'https://rp.exemple.test/callback';

beforeAll(async () => {
  world = await openWorld();
  await world.oidc.clients.seed([
    {
      client_id: 'hub',
      client_secret: secretOf('hub'),
      redirect_uris: [redirect],
      profile: 'hub',
      acr_vocabulary: 'eidas',
      id_token_signed_response_alg: 'HS256',
      token_endpoint_auth_method: 'client_secret_post',
      ...third,
    },
    {
      client_id: 'mobile',
      client_secret: secretOf('mobile'),
      redirect_uris: [redirect],
      profile: 'mobile-connect-2.3',
      ...third,
    },
    {
      client_id: 'plain',
      client_secret: secretOf('plain'),
      redirect_uris: [redirect],
      require_pkce: false,
      party: 'first',
    },
    {
      client_id: 'spa',
      redirect_uris: ['https://spa.exemple.test/callback'],
      token_endpoint_auth_method: 'none',
      party: 'first',
    },
  ]);
});
afterAll(async () => {
  await world.close();
});
beforeEach(() => world.answer(() => ({})));

/** A login without PKCE. */
async function plainLogin(id: string, auth: openid.ClientAuth, parameters: Record<string, string> = {}) {
  const config = await openid.discovery(
    new URL(world.issuer),
    id,
    id === 'hub' ? { id_token_signed_response_alg: 'HS256' } : undefined,
    auth,
    {
      execute: [openid.allowInsecureRequests],
    },
  );
  const state = openid.randomState();
  const url = openid.buildAuthorizationUrl(config, { redirect_uri: redirect, scope: 'openid', state, ...parameters });
  const { left } = await world.browser().follow(url);
  return { config, left: left!, state };
}

describe('a client that is registered without PKCE', () => {
  const secret = openid.ClientSecretBasic(secretOf('plain'));

  test('logs in when it sends a nonce (O39)', async () => {
    const { config, left, state } = await plainLogin('plain', secret, { nonce: 'n-0123456789' });
    const tokens = await openid.authorizationCodeGrant(config, left, {
      expectedState: state,
      expectedNonce: 'n-0123456789',
    });
    expect(tokens.claims()?.aud).toBe('plain');
  });

  test.each([{}, { nonce: '' }])('and sends %j for a nonce is told to use PKCE (O39)', async (parameters) => {
    const { left } = await plainLogin('plain', secret, parameters);
    expect(left.searchParams.get('error')).toBe('invalid_request');
    expect(left.searchParams.get('error_description')).toMatch(/PKCE/);
  });

  test('is held to PKCE when it begins with it: a code without its verifier is refused (O39)', async () => {
    const verifier = openid.randomPKCECodeVerifier();
    const { config, left, state } = await plainLogin('plain', secret, {
      nonce: 'n-0123456789',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const checks = { expectedState: state, expectedNonce: 'n-0123456789' };
    await expect(openid.authorizationCodeGrant(config, left, checks)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('a hub', () => {
  test('logs in without PKCE, in the words of eidas, signed with its secret, for a minute', async () => {
    const { config, left, state } = await plainLogin('hub', openid.ClientSecretPost(secretOf('hub')));
    const tokens = await openid.authorizationCodeGrant(config, left, { expectedState: state });
    expect(decodeProtectedHeader(tokens.id_token!).alg).toBe('HS256');
    expect(tokens.claims()).toMatchObject({ acr: 'eidas1', amr: ['sc', 'pin', 'mfa', 'mca'] });
    expect(tokens.expires_in).toBe(60);
  });

  test('gets an error and no token from less than the PIN', async () => {
    world.answer(() => ({ level: 'sim-ok' }));
    const { left } = await plainLogin('hub', openid.ClientSecretPost(secretOf('hub')));
    expect(left.searchParams.get('error')).toBe('unmet_authentication_requirements');
  });
});

describe('a Mobile Connect client', () => {
  const asked = { version: 'mc_di_r2_v2.3', nonce: 'n-0123456789', acr_values: '2' };

  test('logs in without PKCE and reads amr in its own words', async () => {
    world.answer(() => ({ level: 'sim-ok' }));
    const { config, left, state } = await plainLogin('mobile', openid.ClientSecretBasic(secretOf('mobile')), asked);
    const checks = { expectedState: state, expectedNonce: asked.nonce };
    const tokens = await openid.authorizationCodeGrant(config, left, checks);
    expect(tokens.claims()).toMatchObject({ acr: '2', amr: ['SIM_OK'] });
    expect(world.seen.at(-1)?.client).toMatchObject({ id: 'mobile', allowPasswordFallback: false });
  });

  test('never gets a password login, of a session neither', async () => {
    world.answer(() => ({ level: 'pwd' }));
    const { left } = await plainLogin('mobile', openid.ClientSecretBasic(secretOf('mobile')), asked);
    expect(left.searchParams.get('error')).toBe('unmet_authentication_requirements');
    const { browser } = await login(world);
    const before = world.seen.length;
    world.answer(() => ({ level: 'sim-pin' }));
    await authorize(world, { browser, client: 'mobile', redirectUri: redirect, parameters: asked });
    expect(world.seen.slice(before).map(({ prompt, least }) => `${prompt} ${least}`)).toContain('login sim-ok');
  });
});

describe('a browser of another origin', () => {
  const callUserinfo = async (token: string, origin: string) => {
    const headers = { authorization: `Bearer ${token}`, origin };
    const response = await fetch(`${world.issuer}/userinfo`, { headers });
    return { status: response.status, allowed: response.headers.get('access-control-allow-origin') };
  };

  test('reads userinfo where the client lives, and nowhere else', async () => {
    const { tokens } = await login(world);
    const at = (origin: string) => callUserinfo(tokens.access_token, origin);
    expect(await at('http://localhost:4001')).toEqual({ status: 200, allowed: 'http://localhost:4001' });
    expect(await at('https://evil.exemple.test')).toEqual({ status: 400, allowed: null });
    expect(await at('null')).toEqual({ status: 400, allowed: null });
  });

  test('may exchange codes for a public client only', async () => {
    const ask = async (body: Record<string, string>, origin: string) => {
      const response = await fetch(`${world.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams(body),
        headers: { origin },
      });
      return response.headers.get('access-control-allow-origin');
    };
    const exchange = { grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://spa.exemple.test/callback' };
    expect(await ask({ ...exchange, client_id: 'spa' }, 'https://spa.exemple.test')).toBe('https://spa.exemple.test');
    expect(await ask({ ...exchange, client_id: 'spa' }, 'https://evil.exemple.test')).toBeNull();
    const confidential = { ...exchange, client_id: 'hub', client_secret: secretOf('hub') };
    expect(await ask(confidential, 'https://rp.exemple.test')).toBeNull();
  });
});

describe('odd requests', () => {
  test('an absolute request target does not move the issuer (O58)', async () => {
    const { port } = new URL(world.issuer);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          'GET http://evil.exemple.test/.well-known/openid-configuration HTTP/1.1\r\nHost: evil.exemple.test\r\nConnection: close\r\n\r\n',
        );
      });
      socket
        .on('data', (part) => (text += part))
        .on('end', () => resolve(text))
        .on('error', reject);
    });
    expect(answer).toContain(`"issuer":"${world.issuer}"`);
    expect(answer).not.toContain('evil');
  });

  test.each(['a%00b', '%FF', '..%2F..', `${'x'.repeat(5_000)}`])(
    'client_id=%s is unknown and no fault',
    async (clientId) => {
      const response = await fetch(`${world.issuer}/auth?response_type=code&client_id=${clientId}`, {
        redirect: 'manual',
      });
      expect(response.status).toBe(400);
    },
  );

  test('state and nonce come back as they were, whatever is in them (O43)', async () => {
    const odd = 'é\u0000"<>&%\u{1f600}';
    const { left, config, checks } = await authorize(world, { parameters: { state: odd, nonce: odd } });
    expect(left!.searchParams.get('state')).toBe(odd);
    const expected = { ...checks, expectedState: odd, expectedNonce: odd };
    const tokens = await openid.authorizationCodeGrant(config, left!, expected);
    expect(tokens.claims()).toMatchObject({ sub: alice, nonce: odd });
  });

  test('a body that is too long or of another type is refused', async () => {
    const body = `client_id=portal&state=${'x'.repeat(20_000)}`;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await fetch(`${world.issuer}/auth`, { method: 'POST', body, headers: form })).status).toBe(413);
    const json = { 'content-type': 'application/json' };
    expect((await fetch(`${world.issuer}/auth`, { method: 'POST', body: '{}', headers: json })).status).toBe(415);
  });
});
