// Statements of OAuth and OpenID Connect that nothing else holds: addresses to the letter, PKCE that cannot be talked
// away, codes that are good once and for one client, tokens that go nowhere else.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callback, secretOf } from './people.ts';
import { authorize, login, openWorld, type World } from './relying-party.ts';
import { post } from './signing-client.ts';

let world: World;
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const third = { party: 'third', policy_uri: 'https://rp.exemple.test/policy' };

beforeAll(async () => {
  world = await openWorld();
  await world.oidc.clients.seed([
    {
      client_id: 'exact',
      party: 'first',
      client_secret: secretOf('exact'),
      redirect_uris: ['https://rp.exemple.test/cb'],
    },
    {
      ...{ client_id: 'hub', client_secret: secretOf('hub'), profile: 'hub', acr_vocabulary: 'eidas' },
      ...{ redirect_uris: [callback], token_endpoint_auth_method: 'client_secret_post', ...third },
    },
    {
      ...{ client_id: 'app', party: 'first', token_endpoint_auth_method: 'none', application_type: 'native' },
      redirect_uris: ['http://127.0.0.1/cb', 'com.exemple.app:/cb'],
    },
  ]);
});
afterAll(async () => {
  await world.close();
});
beforeEach(() => world.answer(() => ({})));

const ask = async (parameters: Record<string, string>) =>
  await world.browser().follow(`${world.issuer}/auth?${new URLSearchParams(parameters)}`);
const request = { response_type: 'code', scope: 'openid', code_challenge: challenge, code_challenge_method: 'S256' };
const basic = (client: string) => ({
  authorization: `Basic ${Buffer.from(`${client}:${secretOf(client)}`).toString('base64')}`,
});
const exchange = async (client: string, body: Record<string, string>) =>
  await post(
    `${world.issuer}/token`,
    { grant_type: 'authorization_code', redirect_uri: callback, ...body },
    basic(client),
  );

describe('an address to come back to (O38)', () => {
  test.each([
    'https://rp.exemple.test/cb/',
    'https://rp.exemple.test/CB',
    'https://rp.exemple.test/cb?x=1',
    'https://rp.exemple.test/cb#x',
    'https://rp.exemple.test/cb/../cb',
    'https://rp.exemple.test:443/cb',
    'https://rp.exemple.test:8443/cb',
    'https://rp.exemple.test.evil.test/cb',
    'https://rp.exemple.test@evil.test/cb',
    'http://rp.exemple.test/cb',
    'https://RP.exemple.test/cb',
    '//rp.exemple.test/cb',
    'javascript:alert(1)',
    '',
  ])('%j is not the one that was registered: an error page, and no way out', async (redirectUri) => {
    const { left, page } = await ask({ ...request, client_id: 'exact', redirect_uri: redirectUri, prompt: 'none' });
    expect(left).toBeUndefined();
    expect(page!.status).toBe(400);
  });

  test('has a free port where an app listens on its own machine, and nothing else free', async () => {
    const leads = async (redirectUri: string) =>
      (await ask({ ...request, client_id: 'app', redirect_uri: redirectUri })).left?.href.split('?')[0];
    expect(await leads('http://127.0.0.1:50001/cb')).toBe('http://127.0.0.1:50001/cb');
    expect(await leads('com.exemple.app:/cb')).toBe('com.exemple.app:/cb');
    for (const bad of ['http://127.0.0.1:50001/other', 'http://127.0.0.2:50001/cb', 'http://localhost:50001/cb']) {
      expect(await leads(bad)).toBeUndefined();
    }
  });

  test('is said in each request, even if only one is registered', async () => {
    expect((await ask({ ...request, client_id: 'exact' })).left).toBeUndefined();
  });
});

describe('PKCE (O39)', () => {
  const codeOf = async (parameters: Record<string, string>) =>
    (await ask(parameters)).left?.searchParams.get('code') ?? '';

  test('cannot be left out at the exchange', async () => {
    const code = await codeOf({ ...request, client_id: 'portal', redirect_uri: callback });
    expect((await exchange('portal', { code })).body.error).toBe('invalid_grant');
  });

  test('cannot be added at the exchange to a login without it', async () => {
    const code = await codeOf({ response_type: 'code', scope: 'openid', client_id: 'hub', redirect_uri: callback });
    const body = { code, client_id: 'hub', client_secret: secretOf('hub'), code_verifier: verifier };
    const answer = await post(`${world.issuer}/token`, {
      grant_type: 'authorization_code',
      redirect_uri: callback,
      ...body,
    });
    expect(answer.body.error).toBe('invalid_grant');
  });

  test.each(['short', 'x'.repeat(129), 'with spaces and more than forty-three characters in it'])(
    'takes no verifier like %j',
    async (bad) => {
      const code = await codeOf({ ...request, client_id: 'portal', redirect_uri: callback });
      expect((await exchange('portal', { code, code_verifier: bad })).status).toBe(400);
    },
  );
});

describe('grants that there are not (O40)', () => {
  test.each(['password', 'implicit', 'client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange', ''])(
    '%j gives no token',
    async (grant_type) => {
      const { status, body } = await post(
        `${world.issuer}/token`,
        { grant_type, username: 'alice@exemple.test', password: 'x', scope: 'openid' },
        basic('portal'),
      );
      expect(status).toBe(400);
      expect(body.error).toMatch(/^(?:unsupported_grant_type|unauthorized_client|invalid_request)$/);
    },
  );
});

describe('a code (O41)', () => {
  const aCode = async () => {
    const { left, verifier: own } = await authorize(world);
    return { code: left?.searchParams.get('code') ?? '', code_verifier: own };
  };

  test('is for the client that asked for it', async () => {
    const body = await aCode();
    expect((await exchange('shop', body)).body.error).toBe('invalid_grant');
    expect((await exchange('portal', body)).status).toBe(200);
  });

  test('lives for a minute at most', async () => {
    await aCode();
    const { rows } = await world.database.executeSql(
      "select max(extract(epoch from expires_at - clock_timestamp())) as left from ephemeral_records where kind like '%AuthorizationCode'",
    );
    // With the 15 s by which a clock may be behind.
    expect(Number(rows[0]?.['left'])).toBeLessThanOrEqual(75);
  });

  test('takes all its tokens with it when it is used twice, refreshed ones too', async () => {
    const { left, verifier: own } = await authorize(world, { parameters: { scope: 'openid offline_access' } });
    const body = { code: left?.searchParams.get('code') ?? '', code_verifier: own };
    const first = (await exchange('portal', body)).body;
    const refresh = async (refresh_token: string) =>
      await post(`${world.issuer}/token`, { grant_type: 'refresh_token', refresh_token }, basic('portal'));
    const second = (await refresh(first.refresh_token)).body;
    expect((await exchange('portal', body)).body.error).toBe('invalid_grant');
    expect((await refresh(second.refresh_token)).body.error).toBe('invalid_grant');
    const userinfo = { headers: { authorization: `Bearer ${second.access_token}` } };
    expect((await fetch(`${world.issuer}/userinfo`, userinfo)).status).toBe(401);
  });
});

describe('an access token (O45)', () => {
  const resource = () => `${world.issuer}/api`;
  const apiLogin = async (scope = 'openid account.read') =>
    (await login(world, { parameters: { scope, resource: resource() }, resource: resource() })).tokens;

  test('for the APIs is a JWT of RFC 9068 with one audience, five minutes and a level', async () => {
    const token = (await apiLogin()).access_token;
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256', kid: expect.any(String) });
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({
      ...{ iss: world.issuer, aud: resource(), client_id: 'portal', scope: 'account.read', acr: '3' },
      ...{ jti: expect.any(String), auth_time: expect.any(Number) },
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300);
  });

  test('is taken from no query string, and opens userinfo only if it is for userinfo', async () => {
    const { tokens } = await login(world);
    const status = async (path: string, authorization?: string) =>
      (await fetch(`${world.issuer}${path}`, { headers: authorization === undefined ? {} : { authorization } })).status;
    expect(await status(`/userinfo?access_token=${tokens.access_token}`)).toBe(400);
    expect(await status('/userinfo', `Bearer ${tokens.access_token}`)).toBe(200);
    expect(await status('/userinfo', `Bearer ${(await apiLogin()).access_token}`)).toBe(401);
  });

  test('is for a resource that there is, and for one (RFC 8707)', async () => {
    const denied = async (resources: string[], client = 'portal') => {
      const parameters = new URLSearchParams({ ...request, client_id: client, redirect_uri: callback });
      for (const one of resources) parameters.append('resource', one);
      const { left } = await world.browser().follow(`${world.issuer}/auth?${parameters}`);
      return left?.searchParams.get('error');
    };
    expect(await denied(['https://other.exemple.test/api'])).toBe('invalid_target');
    expect(await denied([resource(), 'https://other.exemple.test/api'])).toBe('invalid_target');
    expect(await denied([`${resource()}#part`])).toBe('invalid_target');
    expect(await denied(['not an address'])).toBe('invalid_target');
    expect(await denied([resource()])).toBeNull();
  });

  test('can be for the APIs at refresh, if the login said so, and not otherwise', async () => {
    const config = await world.client('portal');
    const named = await apiLogin('openid offline_access account.read');
    const again = await openid.refreshTokenGrant(config, named.refresh_token!, { resource: resource() });
    expect(decodeJwt(again.access_token).aud).toBe(resource());
    const elsewhere = openid.refreshTokenGrant(config, again.refresh_token!, { resource: 'https://x.test/' });
    await expect(elsewhere).rejects.toMatchObject({ error: 'invalid_target' });
    const plain = (await login(world, { parameters: { scope: 'openid offline_access' } })).tokens;
    const later = openid.refreshTokenGrant(config, plain.refresh_token!, { resource: resource() });
    await expect(later).rejects.toMatchObject({ error: 'invalid_target' });
  });

  test('is for no API at all in the hands of a third party', async () => {
    const parameters = { ...request, client_id: 'shop', redirect_uri: 'http://shop.exemple.test/callback' };
    const { left } = await ask({ ...parameters, resource: resource() });
    expect(left?.searchParams.get('error')).toBe('invalid_target');
  });
});

test('records are kept 15 s past their end, so that a clock a little behind loses none (O60)', async () => {
  await login(world);
  const { rows } = await world.database.executeSql(
    "select max(extract(epoch from expires_at - clock_timestamp())) as left from ephemeral_records where kind like '%AccessToken'",
  );
  expect(Number(rows[0]?.['left'])).toBeGreaterThan(310);
});
