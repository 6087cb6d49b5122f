// The authorization code flow as a relying party sees it: openid-client against the real provider.
import { decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alice, callback } from './people.ts';
import { authorize, beginLogin, login, openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});
beforeEach(() => world.answer(() => ({})));

const secret = 'portal-demo-secret-32-characters-long';
const basic = `Basic ${Buffer.from(`portal:${secret}`).toString('base64')}`;

async function post(path: string, body: Record<string, string>) {
  const headers = { authorization: basic };
  const response = await fetch(`${world.issuer}${path}`, { method: 'POST', body: new URLSearchParams(body), headers });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** A code that waits to be exchanged, and the parameters of the exchange. */
async function aCode(parameters: Record<string, string> = {}) {
  const { left, verifier } = await authorize(world, { parameters });
  const code = left!.searchParams.get('code')!;
  return { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier };
}

describe('a login', () => {
  test('ends with an ID token that says who, how and when, signed with ES256', async () => {
    const authTime = Math.floor(Date.now() / 1_000) - 5;
    world.answer(() => ({ level: 'sim-pin', authTime }));
    const { tokens, claims, left } = await login(world);
    expect(claims).toMatchObject({
      iss: world.issuer,
      sub: alice,
      aud: 'portal',
      acr: '3',
      amr: ['sc', 'pin', 'mfa', 'mca'],
      auth_time: authTime,
    });
    expect(decodeProtectedHeader(tokens.id_token!)).toMatchObject({ alg: 'ES256', kid: expect.any(String) });
    expect(left!.searchParams.get('iss')).toBe(world.issuer);
  });

  test('shows the pages who asks and for what', async () => {
    const parameters = { login_hint: '06 39 98 00 01', ui_locales: 'en fr', acr_values: '3' };
    await login(world, { parameters });
    expect(world.seen.at(-1)).toMatchObject({
      issuer: world.issuer,
      basePath: '',
      prompt: 'login',
      client: { id: 'portal', name: 'Portail', party: 'first', allowPasswordFallback: true },
      loginHint: '06 39 98 00 01',
      uiLocales: ['en', 'fr'],
      wanted: 'sim-pin',
      least: 'pwd',
      consent: undefined,
    });
  });

  test('is told to the client as an error when the customer gives up', async () => {
    world.answer(() => ({ abort: 'access_denied' }));
    const { left } = await authorize(world);
    expect(Object.fromEntries(left!.searchParams)).toMatchObject({ error: 'access_denied', iss: world.issuer });
  });

  test('belongs to the browser that began it: its address alone is worth nothing', async () => {
    const { url, browser } = await beginLogin(world);
    const first = await browser.fetch(url);
    const address = new URL(first.headers.get('location')!, world.issuer);
    const stranger = await world.browser().fetch(address);
    expect({ status: stranger.status, body: await stranger.json() }).toEqual({
      status: 400,
      body: { error: 'interaction_lost' },
    });
  });

  test('keeps issuer and addresses whatever the Host header says (O58)', async () => {
    const { url } = await beginLogin(world);
    const response = await world.browser().fetch(url, { headers: { 'x-forwarded-host': 'evil.exemple.test' } });
    const interaction = new URL(response.headers.get('location')!, world.issuer);
    expect(interaction.origin).toBe(world.issuer);
    const { hostname, port } = new URL(world.issuer);
    const { request } = await import('node:http');
    const body = await new Promise<string>((resolve, reject) => {
      const path = '/.well-known/openid-configuration';
      const ask = request({ hostname, port, path, headers: { host: 'evil.exemple.test' } }, (answer) => {
        let text = '';
        answer.on('data', (part) => (text += part)).on('end', () => resolve(text));
      });
      ask.on('error', reject).end();
    });
    expect(body).not.toContain('evil');
    expect(JSON.parse(body)).toMatchObject({ issuer: world.issuer, token_endpoint: `${world.issuer}/token` });
  });

  test('can be begun by POST', async () => {
    const { url, browser, config, checks } = await beginLogin(world);
    const init = { method: 'POST', body: new URLSearchParams(url.search) };
    const response = await browser.fetch(`${world.issuer}/auth`, init);
    const { left } = await browser.follow(new URL(response.headers.get('location')!, world.issuer));
    expect((await openid.authorizationCodeGrant(config, left!, checks)).claims()?.sub).toBe(alice);
  });
});

describe('claims follow scopes', () => {
  test('userinfo tells name, mail and number only to those who asked', async () => {
    const userinfo = async (scope: string) => {
      const { config, tokens } = await login(world, { parameters: { scope } });
      return await openid.fetchUserInfo(config, tokens.access_token, alice);
    };
    expect(await userinfo('openid')).toEqual({ sub: alice });
    expect(await userinfo('openid profile')).toEqual({
      sub: alice,
      name: 'Alice Arnaud',
      given_name: 'Alice',
      family_name: 'Arnaud',
      gender: 'female',
      birthdate: '1990-02-03',
      locale: 'fr',
      updated_at: expect.any(Number),
    });
    expect(await userinfo('openid email phone')).toEqual({
      sub: alice,
      email: 'alice@exemple.test',
      email_verified: true,
      phone_number: '+33639980001',
      phone_number_verified: true,
    });
    expect(await userinfo('openid identite_pivot')).toMatchObject({ birthplace: '69383', birthcountry: '99100' });
  });

  test('and the claims parameter', async () => {
    const claims = JSON.stringify({ userinfo: { email: null, phone_number: null }, id_token: { family_name: null } });
    const { config, tokens, claims: id } = await login(world, { parameters: { scope: 'openid', claims } });
    expect(id).toMatchObject({ family_name: 'Arnaud' });
    expect(await openid.fetchUserInfo(config, tokens.access_token, alice)).toEqual({
      sub: alice,
      email: 'alice@exemple.test',
      phone_number: '+33639980001',
    });
  });
});

describe('a code', () => {
  test('is good once, and its replay takes back what it gave (X110, O41)', async () => {
    const exchange = await aCode({ scope: 'openid offline_access' });
    const { body } = await post('/token', exchange);
    expect(await post('/token', exchange)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    expect(await post('/token', refresh)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const headers = { authorization: `Bearer ${body.access_token}` };
    expect((await fetch(`${world.issuer}/userinfo`, { headers })).status).toBe(401);
  });

  test('redeemed ten times at once gives one set of tokens and no fault (X110, O41)', async () => {
    const exchange = await aCode();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/token', exchange)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
  });

  test('is bound to its verifier and redirect URI (O41)', async () => {
    const exchange = await aCode();
    const other = openid.randomPKCECodeVerifier();
    expect(await post('/token', { ...exchange, code_verifier: other })).toMatchObject({ status: 400 });
    const elsewhere = { ...exchange, redirect_uri: 'http://localhost:4001/other' };
    expect(await post('/token', elsewhere)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await post('/token', exchange)).toMatchObject({ status: 200 });
  });
});

describe('PKCE', () => {
  const refused = async (change: (parameters: URLSearchParams) => void) => {
    const { url, browser } = await beginLogin(world);
    change(url.searchParams);
    const { left } = await browser.follow(url);
    return left!.searchParams.get('error');
  };

  test('is required (O39)', async () => {
    const without = (parameters: URLSearchParams) => {
      parameters.delete('code_challenge');
      parameters.delete('code_challenge_method');
    };
    expect(await refused(without)).toBe('invalid_request');
  });

  test('takes no plain challenge (O39)', async () => {
    expect(await refused((parameters) => parameters.set('code_challenge_method', 'plain'))).toBe('invalid_request');
    expect(await refused((parameters) => parameters.delete('code_challenge_method'))).toBe('invalid_request');
  });
});

describe('an authorization request', () => {
  test('with an unknown redirect URI stays on an error page (O38)', async () => {
    const { page, left } = await authorize(world, { redirectUri: 'http://localhost:4001/other' });
    expect(left).toBeUndefined();
    expect(await page!.json()).toMatchObject({ page: 'error', error: 'invalid_redirect_uri' });
  });

  test.each(['token', 'id_token', 'code id_token', 'none'])('for response_type %s is refused (O40)', async (type) => {
    const { left } = await authorize(world, { parameters: { response_type: type } });
    const answer = new URLSearchParams(`${left!.search.slice(1)}&${left!.hash.slice(1)}`);
    expect(answer.get('error')).toBe('unsupported_response_type');
  });

  test('can be pushed first, and its request_uri is good for one login (O50)', async () => {
    const { config, browser, checks, url } = await beginLogin(world);
    const parameters = Object.fromEntries(url.searchParams);
    const pushed = await openid.buildAuthorizationUrlWithPAR(config, parameters);
    expect([...pushed.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    const { left } = await browser.follow(pushed);
    expect((await openid.authorizationCodeGrant(config, left!, checks)).claims()?.sub).toBe(alice);
    const { page, left: again } = await world.browser().follow(pushed);
    const error =
      again === undefined ? ((await page!.json()) as { error: string }).error : again.searchParams.get('error');
    expect(error).toBe('invalid_request_uri');
  });
});

test('an endpoint asked with a method that it does not have answers 404 and no page', async () => {
  const response = await fetch(`${world.issuer}/token`);
  expect({ status: response.status, body: await response.json() }).toEqual({
    status: 404,
    body: { error: 'invalid_request' },
  });
});

test('discovery names what there is', async () => {
  const response = await fetch(`${world.issuer}/.well-known/openid-configuration`);
  expect(response.headers.get('cache-control')).toBe('public, max-age=300');
  expect(await response.json()).toMatchObject({
    acr_values_supported: ['1', '2', '3', 'eidas1', 'eidas2'],
    authorization_response_iss_parameter_supported: true,
    backchannel_logout_supported: true,
    claims_parameter_supported: true,
    code_challenge_methods_supported: ['S256'],
    introspection_endpoint: `${world.issuer}/introspection`,
    pushed_authorization_request_endpoint: `${world.issuer}/par`,
    registration_endpoint: `${world.issuer}/reg`,
    response_types_supported: ['code'],
    revocation_endpoint: `${world.issuer}/revocation`,
    scopes_supported: expect.arrayContaining(['openid', 'account.read']),
    subject_types_supported: ['public', 'pairwise'],
    userinfo_endpoint: `${world.issuer}/userinfo`,
  });
});
