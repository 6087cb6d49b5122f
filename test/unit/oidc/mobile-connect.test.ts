// Mobile Connect clients at the provider: refused with the literal texts of their profile, answered in its words.
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alice, callback } from './people.ts';
import { openWorld, type World } from './relying-party.ts';

let world: World;
const redirect = 'https://rp.exemple.test/callback';
const secretOf = (id: string) => `${id}-demo-secret-32-characters-long`;
const clientOf = (id: string, profile: string, more = {}) => ({
  client_id: id,
  client_name: 'Ma Banque',
  client_secret: secretOf(id),
  redirect_uris: [redirect],
  grant_types: ['authorization_code'],
  subject_type: 'pairwise',
  party: 'third',
  policy_uri: 'https://rp.exemple.test/policy',
  profile,
  ...more,
});

beforeAll(async () => {
  world = await openWorld();
  await world.oidc.clients.seed([
    clientOf('mc11', 'mobile-connect-1.1'),
    clientOf('mc20', 'mobile-connect-2.0'),
    clientOf('mc23', 'mobile-connect-2.3'),
    clientOf('mc23-told', 'mobile-connect-2.3', { reveal_enrolment: true }),
    clientOf('mc23-sibling', 'mobile-connect-2.3', { redirect_uris: ['https://other.exemple.test/callback'] }),
  ]);
});
afterAll(() => world.close());
beforeEach(() => world.answer(() => ({})));

const complete = {
  client_id: 'mc23',
  redirect_uri: redirect,
  response_type: 'code',
  scope: 'openid mc_authn',
  version: 'mc_di_r2_v2.3',
  state: 'state-1',
  nonce: 'nonce-1',
  acr_values: '2',
  correlation_id: '0f8a1c1e-7d52-4a55-9d5f-1f2a3b4c5d6e',
};
type Parameters = Record<string, string | undefined>;

function queryOf(change: Parameters): URLSearchParams {
  const entries = Object.entries({ ...complete, ...change });
  return new URLSearchParams(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function ask(change: Parameters = {}) {
  const browser = world.browser();
  const { left, page } = await browser.follow(`${world.issuer}/auth?${queryOf(change)}`);
  return { left, page, said: Object.fromEntries(left?.searchParams ?? []) };
}

async function exchange(code: string, change: Parameters = {}, clientId = 'mc23') {
  const form = Object.entries({ grant_type: 'authorization_code', code, redirect_uri: redirect, ...change });
  const response = await fetch(`${world.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams(form.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    headers: { authorization: `Basic ${btoa(`${clientId}:${secretOf(clientId)}`)}` },
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function login(change: Parameters = {}) {
  const { said } = await ask(change);
  const { body } = await exchange(said['code'] ?? '', {}, change['client_id']);
  return { said, body, claims: decodeJwt(body['id_token'] ?? '') };
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a complete request', () => {
  test('carries the correlation id in the redirect and the token answer, and passes the SDK’s checks', async () => {
    const { said, body, claims } = await login({ login_hint: 'MSISDN:33639980001' });
    expect(said).toMatchObject({ state: 'state-1', correlation_id: complete.correlation_id, iss: world.issuer });
    expect(body).toMatchObject({ token_type: 'Bearer', correlation_id: complete.correlation_id });
    expect(body['expires_in']).toBeGreaterThan(0);
    expect(claims).toMatchObject({
      iss: world.issuer,
      aud: ['mc23'],
      azp: 'mc23',
      acr: '2',
      amr: ['SIM_PIN'],
      nonce: 'nonce-1',
      hashed_login_hint: hash('MSISDN:33639980001'),
    });
    expect(claims['at_hash']).toBe(
      createHash('sha256').update(body['access_token']!).digest().subarray(0, 16).toString('base64url'),
    );
    expect(claims['auth_time']).toEqual(expect.any(Number));
  });

  test('knows the customer by a UUID, another in another sector, the same again', async () => {
    const { claims } = await login();
    expect(claims.sub).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect((await login()).claims.sub).toBe(claims.sub);
    const other = 'https://other.exemple.test/callback';
    const { said } = await ask({ client_id: 'mc23-sibling', redirect_uri: other });
    const { body } = await exchange(said['code']!, { redirect_uri: other }, 'mc23-sibling');
    expect(decodeJwt(body['id_token']!).sub).not.toBe(claims.sub);
    expect(claims.sub).not.toContain(alice);
  });

  test('without a hint hashes the subject, never the number that was typed', async () => {
    const { claims } = await login();
    expect(claims['hashed_login_hint']).toBe(hash(`PCR:${claims.sub}`));
    expect(JSON.stringify(claims)).not.toContain(hash('MSISDN:33639980001'));
  });

  test.each([
    ['3 2', 'sim-pin', 'sim-ok'],
    ['2 3', 'sim-ok', 'sim-ok'],
    ['3', 'sim-pin', 'sim-pin'],
    ['2', 'sim-ok', 'sim-ok'],
    ['1', 'sim-ok', 'sim-ok'],
    ['4 3', 'sim-pin', 'sim-pin'],
  ])('acr_values=%s tries for %s and takes no less than %s', async (acrValues, wanted, least) => {
    world.answer(() => ({ level: wanted as 'sim-ok' }));
    const { claims } = await login({ acr_values: acrValues });
    expect(world.seen.findLast(({ prompt }) => prompt === 'login')).toMatchObject({ wanted, least });
    expect(claims['acr']).toBe(wanted === 'sim-pin' ? '3' : '2');
    expect(claims['amr']).toEqual([wanted === 'sim-pin' ? 'SIM_PIN' : 'SIM_OK']);
  });

  test('never gets less than the least level that was asked', async () => {
    world.answer(() => ({ level: 'sim-ok' }));
    const { said } = await ask({ acr_values: '3' });
    expect(said).toMatchObject({ error: 'unmet_authentication_requirements', correlation_id: complete.correlation_id });
  });

  test.each([
    ['mc20', { version: 'mc_v2.0' }],
    ['mc20', { version: 'mc_v2_0' }],
    ['mc20', { version: 'mc_v1.1' }],
    ['mc11', { version: undefined, 'max-age': '600', prompt: 'select_account' }],
    ['mc23', { version: 'mc_v2.0' }],
    ['mc23', { display: 'pop-up', prompt: 'no_seam', 'max-age': '600', claims_locales: 'xx', ui_locales: 'xx' }],
    ['mc23', { claims: '{"premiuminfo":{"birthdate":null}}' }],
  ])('of %s with %j is survived', async (clientId, change) => {
    const { body } = await login({ client_id: clientId, ...change });
    expect(body).toHaveProperty('id_token');
  });

  test('of version 1.1 has no correlation id to echo', async () => {
    const { said, body } = await login({ client_id: 'mc11', version: undefined });
    expect(said['state']).toBe('state-1');
    expect(said).not.toHaveProperty('correlation_id');
    expect(body).not.toHaveProperty('correlation_id');
  });

  test('with max-age, as the SDKs spell it, asks again when the session is too old', async () => {
    world.answer(() => ({ authTime: Math.floor(Date.now() / 1_000) - 900 }));
    const browser = world.browser();
    await browser.follow(`${world.issuer}/auth?${queryOf({})}`);
    const logins = () => world.seen.filter(({ prompt }) => prompt === 'login').length;
    const before = logins();
    await browser.follow(`${world.issuer}/auth?${queryOf({ 'max-age': '86400' })}`);
    expect(logins()).toBe(before);
    await browser.follow(`${world.issuer}/auth?${queryOf({ 'max-age': '600' })}`);
    expect(logins()).toBe(before + 1);
  });
});

describe('an operation', () => {
  const order = {
    scope: 'openid mc_authz',
    client_name: 'Ma Banque',
    context: 'Virement de 25,90 EUR à Emma',
    binding_message: 'K7P2',
  };
  const receipt = { referenceCode: '0427', requestSha256: 'aGFzaA', answeredAt: 1_700_000_000 };

  test('shows context and binding message, and gives the receipt of what was shown', async () => {
    world.answer(() => ({ receipt }));
    const { claims } = await login(order);
    const texts = { context: order.context, bindingMessage: 'K7P2' };
    expect(world.seen.findLast(({ prompt }) => prompt === 'login')).toMatchObject({ texts });
    const displayed = `K7P2\n${order.context}`;
    expect(claims['displayed_data']).toBe(displayed);
    expect(claims['display_receipt']).toEqual({
      reference_code: '0427',
      request_sha256: 'aGFzaA',
      answered_at: 1_700_000_000,
      text_sha256: createHash('sha256').update(displayed).digest('base64url'),
    });
  });

  test('is approved each time, whatever the session; with prompt=none nobody is rung', async () => {
    const browser = world.browser();
    await browser.follow(`${world.issuer}/auth?${queryOf({})}`);
    const seen = world.seen.length;
    const silent = await browser.follow(`${world.issuer}/auth?${queryOf({})}`);
    expect(silent.left?.searchParams.get('code')).toBeTruthy();
    expect(world.seen).toHaveLength(seen);
    await browser.follow(`${world.issuer}/auth?${queryOf(order)}`);
    expect(world.seen.slice(seen).map(({ prompt }) => prompt)).toEqual(['login']);
    const none = await browser.follow(`${world.issuer}/auth?${queryOf({ ...order, prompt: 'none' })}`);
    expect(Object.fromEntries(none.left!.searchParams)).toMatchObject({
      error: 'login_required',
      state: 'state-1',
      correlation_id: complete.correlation_id,
    });
    expect(world.seen).toHaveLength(seen + 1);
  });

  test('of a client without the profile shows no text that nobody has checked', async () => {
    const parameters = { client_id: 'portal', redirect_uri: callback, scope: 'openid', context: 'Free money' };
    const query = new URLSearchParams({ ...parameters, response_type: 'code', code_challenge_method: 'S256' });
    query.set('code_challenge', 'x'.repeat(43));
    await world.browser().follow(`${world.issuer}/auth?${query}`);
    expect(world.seen.at(-1)).toMatchObject({ texts: {} });
  });
});

describe('a refused request', () => {
  const authz = { scope: 'openid mc_authz', client_name: 'Ma Banque', context: 'Paiement' };
  test.each<[Parameters, string, string]>([
    [
      { response_type: undefined },
      'invalid_request',
      'MANDATORY parameter response_type is missing or value is invalid',
    ],
    [{ response_type: 'token' }, 'invalid_request', 'MANDATORY parameter response_type is missing or value is invalid'],
    [{ scope: undefined }, 'invalid_request', 'MANDATORY parameter scope is missing'],
    [{ scope: 'mc_authn' }, 'invalid_scope', 'The scope value is invalid'],
    [{ scope: 'openid mc_kyc_plain' }, 'invalid_scope', 'The scope value is invalid'],
    [{ version: '' }, 'invalid_request', 'MANDATORY parameter version is missing / invalid.'],
    [{ version: 'toString' }, 'invalid_request', 'MANDATORY parameter version is missing / invalid.'],
    [{ state: undefined }, 'invalid_request', 'RECOMMENDED parameter state is invalid'],
    [{ nonce: '' }, 'invalid_request', 'MANDATORY parameter nonce is missing (or) invalid.'],
    [{ login_hint: '0639980001' }, 'invalid_request', 'Invalid value for login_hint or login_hint_token'],
    [{ login_hint_token: 'a.b.c' }, 'invalid_request', 'Invalid value for login_hint or login_hint_token'],
    [
      { login_hint: 'MSISDN:33639980001', login_hint_token: 'a.b.c' },
      'invalid_request',
      'Malformed request, duplicate parameter entries',
    ],
    [{ acr_values: '5' }, 'invalid_request', 'MANDATORY parameter acr_values are missing or invalid values.'],
    [{ acr_values: '4' }, 'invalid_request', 'MANDATORY parameter acr_values are missing or invalid values.'],
    [{ display: 'tv' }, 'invalid_request', 'Invalid display value.'],
    [{ prompt: 'none login' }, 'invalid_request', 'Prompt value is invalid'],
    [{ claims: '' }, 'invalid_request', 'claims value is invalid,'],
    [{ response_mode: 'code' }, 'invalid_request', 'response_mode contains same as response_type (or) invalid'],
    [{ max_age: '-1' }, 'invalid_request', 'Invalid max_age value'],
    [{ 'max-age': 'soon' }, 'invalid_request', 'Invalid max_age value'],
    [{ ...authz, client_name: 'Ma Bank' }, 'invalid_request', 'Invalid client_name value'],
    [{ ...authz, client_name: undefined }, 'invalid_request', 'Invalid client_name value'],
    [{ ...authz, context: undefined }, 'invalid_request', 'MANDATORY parameter context is missing'],
    [{ ...authz, context: 'x'.repeat(300) }, 'invalid_request', 'Invalid context value'],
    [{ ...authz, context: 'pay \u202eRUE 001' }, 'invalid_request', 'Invalid context value'],
    [{ ...authz, binding_message: 'a\u0007b' }, 'invalid_request', 'Invalid binding_message value'],
    [{ nonce: undefined, acr_values: undefined }, 'invalid_request', 'Malformed request multiple problems exist'],
  ])('%j hears %s, %s', async (change, error, description) => {
    const before = world.seen.length;
    const { said } = await ask(change);
    const state = change['state'] === undefined && 'state' in change ? undefined : 'state-1';
    expect(said).toMatchObject({ error, error_description: description, correlation_id: complete.correlation_id });
    expect(said['state']).toBe(state);
    expect(said['iss']).toBe(world.issuer);
    expect(world.seen).toHaveLength(before);
  });

  test('goes back with 302, by form_post where that was asked', async () => {
    const response = await fetch(`${world.issuer}/auth?${queryOf({ nonce: '' })}`, { redirect: 'manual' });
    expect(response.status).toBe(302);
    const page = await fetch(`${world.issuer}/auth?${queryOf({ nonce: '', response_mode: 'form_post' })}`);
    const html = await page.text();
    expect(html).toContain(`action="${redirect}"`);
    expect(html).toContain(`name="correlation_id" value="${complete.correlation_id}"`);
    expect(html).toContain('MANDATORY parameter nonce is missing (or) invalid.');
  });

  test('by POST is answered like one by GET', async () => {
    const post = (body: URLSearchParams | string) =>
      fetch(`${world.issuer}/auth`, {
        method: 'POST',
        body,
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    const refused = new URL((await post(queryOf({ nonce: '' }))).headers.get('location')!);
    expect(refused.origin + refused.pathname).toBe(redirect);
    expect(refused.searchParams.get('error_description')).toContain('nonce');
    const malformed = new URL((await post(`${queryOf({ state: undefined })}&state=%ZZ`)).headers.get('location')!);
    expect(malformed.searchParams.get('error_description')).toBe('POST request Invalid serialization');
    expect((await post(queryOf({}))).headers.get('location')).toContain(`${world.issuer}/auth?`);
  });

  test.each(['%ZZ', '%C3%28', '%00'])('with %s in its address is malformed', async (octets) => {
    const url = `${world.issuer}/auth?${queryOf({ state: undefined })}&state=${octets}`;
    const { left } = await world.browser().follow(url);
    expect(left?.searchParams.get('error_description')).toBe('GET request invalid serialization');
  });

  test('with a parameter twice is malformed, and says no state if that was the one', async () => {
    const { left } = await world.browser().follow(`${world.issuer}/auth?${queryOf({})}&state=other`);
    const said = Object.fromEntries(left!.searchParams);
    expect(said['error_description']).toBe('Multiple parameter names in the authorization request. Malformed request');
    expect(said).not.toHaveProperty('state');
  });

  test.each<[string, Parameters]>([
    ['missing', { redirect_uri: undefined }],
    ['empty', { redirect_uri: '' }],
    ['foreign', { redirect_uri: 'https://evil.exemple.test/callback' }],
    ['foreign, with more that is wrong', { redirect_uri: `${redirect}/../x`, nonce: '' }],
  ])('with a %s redirect_uri stays on our page with 400', async (_what, change) => {
    const { left, page } = await ask(change);
    expect(left).toBeUndefined();
    expect(page?.status).toBe(400);
    expect(await page?.json()).toMatchObject({ error: 'invalid_request', description: 'redirect_uri is invalid' });
  });

  test('with redirect_uri twice goes nowhere, even if one of them is registered', async () => {
    const evil = encodeURIComponent('https://evil.exemple.test/');
    const { left, page } = await world.browser().follow(`${world.issuer}/auth?${queryOf({})}&redirect_uri=${evil}`);
    expect([left, page?.status]).toEqual([undefined, 400]);
  });

  test('of version 1.1 tells honestly that nothing is signed with the SIM’s key', async () => {
    const { said } = await ask({ client_id: 'mc11', version: undefined, dtbs: 'I owe you' });
    expect(said['error_description']).toContain('dtbs is not supported');
  });

  test.each(['request', 'request_uri'])('is not let through by an empty %s', async (name) => {
    const { left } = await world.browser().follow(`${world.issuer}/auth?${queryOf({ nonce: '' })}&${name}=`);
    expect(left?.searchParams.get('error_description')).toBe('MANDATORY parameter nonce is missing (or) invalid.');
    const twice = await world.browser().follow(`${world.issuer}/auth?${queryOf({})}&${name}=a&${name}=a`);
    expect(twice.left?.searchParams.get('error_description')).toMatch(/^Multiple parameter names/);
  });

  test('pushed beforehand is held to the same table', async () => {
    const push = async (change: Parameters) => {
      const response = await fetch(`${world.issuer}/par`, {
        method: 'POST',
        body: queryOf(change),
        headers: { authorization: `Basic ${btoa(`mc23:${secretOf('mc23')}`)}` },
      });
      return (await response.json()) as Record<string, string>;
    };
    expect(await push({ version: undefined })).toMatchObject({
      error: 'invalid_request',
      error_description: 'MANDATORY parameter version is missing / invalid.',
    });
    const { request_uri: requestUri } = await push({});
    const pushed = new URLSearchParams({ client_id: 'mc23', request_uri: requestUri! });
    const { left } = await world.browser().follow(`${world.issuer}/auth?${pushed}`);
    expect(left?.searchParams.get('correlation_id')).toBe(complete.correlation_id);
  });
});

describe('the user', () => {
  test('who refuses is told of in the words of the profile', async () => {
    world.answer(() => ({ abort: 'access_denied' }));
    const { said } = await ask();
    expect(said).toMatchObject({
      error: 'access_denied',
      error_description: 'User failed to authenticate',
      state: 'state-1',
      correlation_id: complete.correlation_id,
    });
  });
});

describe('the token endpoint', () => {
  test('takes a correlation id of its own, and echoes it on an error too', async () => {
    const { said } = await ask({ correlation_id: undefined });
    expect(said).not.toHaveProperty('correlation_id');
    const { body } = await exchange(said['code']!, { correlation_id: 'at-token-1' });
    expect(body).toMatchObject({ correlation_id: 'at-token-1', id_token: expect.any(String) });
    const again = await exchange(said['code']!, { correlation_id: 'at-token-2' });
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant', correlation_id: 'at-token-2' } });
  });

  test('without grant_type says so in the words of the profile', async () => {
    const { status, body } = await exchange('x', { grant_type: undefined });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: 'invalid_grant',
      error_description: 'Mandatory parameter grant_type is missing (or) invalid',
    });
  });

  test('an unknown token is revoked with 200', async () => {
    const response = await fetch(`${world.issuer}/revocation`, {
      method: 'POST',
      body: new URLSearchParams({ token: 'never-issued' }),
      headers: { authorization: `Basic ${btoa(`mc23:${secretOf('mc23')}`)}` },
    });
    expect(response.status).toBe(200);
  });
});

describe('identity data', () => {
  const read = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${world.issuer}${path}`, init);
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, body };
  };
  const bearer = (token: string | undefined) => ({ headers: { authorization: `Bearer ${token}` } });
  const asking = (scope: string) => ({
    scope: `openid mc_authn ${scope}`,
    client_name: 'Ma Banque',
    context: 'Contrat',
  });

  test.each([
    ['mc_identity_phonenumber', { phone_number: '+33639980001' }],
    ['mc_phonenumber', { phone_number: '+33639980001' }],
    ['mc_identity_phonenumber_hashed', { phone_number_hashed: hash('+33639980001') }],
    ['mc_identity_signup', { given_name: 'Alice', family_name: 'Arnaud', email: 'alice@exemple.test' }],
    ['mc_identity_nationalid', { given_name: 'Alice', family_name: 'Arnaud', birthdate: '1990-02-03' }],
  ])('%s opens exactly its claims at premiuminfo, by GET and by POST', async (scope, claims) => {
    const { body, claims: idClaims } = await login(asking(scope));
    const expected = { status: 200, body: { sub: idClaims.sub, ...claims } };
    expect(await read('/premiuminfo', bearer(body['access_token']))).toEqual(expected);
    expect(await read('/premiuminfo', { method: 'POST', ...bearer(body['access_token']) })).toEqual(expected);
  });

  test('needs an identity scope, a token, and a readable address', async () => {
    const { body } = await login({ scope: 'openid mc_authn profile' });
    expect(await read('/premiuminfo', bearer(body['access_token']))).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope', error_description: 'Insufficient scope' },
    });
    const unknown = { status: 401, body: { error: 'invalid_token', error_description: 'access_token does not exist' } };
    expect(await read('/premiuminfo', bearer('nobody'))).toMatchObject(unknown);
    expect(await read('/premiuminfo')).toMatchObject(unknown);
    expect(await read('/premiuminfo?x=%ZZ', bearer(body['access_token']))).toMatchObject({
      status: 400,
      body: { error_description: 'Malformed request, invalid url encoding' },
    });
  });

  test('userinfo of version 1.1 says when it last changed', async () => {
    const { body, claims } = await login({ client_id: 'mc11', version: undefined, scope: 'openid' });
    const told = await read('/userinfo', bearer(body['access_token']));
    expect(told.body).toEqual({ sub: claims.sub, updated_at: expect.any(Number) });
    expect(claims).not.toHaveProperty('updated_at');
    await world.database.db
      .updateTable('persons')
      .set({ familyName: 'Arnaud' })
      .where('id', '=', 'per_alice')
      .execute();
    const later = await read('/userinfo', bearer(body['access_token']));
    expect(later.body['updated_at']).toBeGreaterThanOrEqual(Number(told.body['updated_at']));
  });
});

test('discovery tells only what is there', async () => {
  const response = await fetch(`${world.issuer}/.well-known/openid-configuration`);
  expect(await response.json()).toMatchObject({
    premiuminfo_endpoint: `${world.issuer}/premiuminfo`,
    mc_version: ['mc_v1.1', 'mc_v2.0', 'mc_di_r2_v2.3'],
    mc_amr_values_supported: ['SIM_OK', 'SIM_PIN'],
    mc_di_scopes_supported: expect.arrayContaining(['openid', 'mc_authn', 'mc_authz', 'mc_identity_signup']),
  });
});

describe('why no phone rings', () => {
  test.each([
    ['unknown', 'Unknown user'],
    ['not-registered', 'Mobile Connect User is not registered'],
    ['busy', 'The user is busy with another transaction'],
  ] as const)(
    '%s goes back at once to a client that may hear it, with state and correlation id (O06, X01)',
    async (notRung, words) => {
      world.answer(() => ({ notRung }));
      const { said } = await ask({ client_id: 'mc23-told' });
      expect(world.seen.at(-1)?.client.revealEnrolment).toBe(true);
      const { state, correlation_id } = complete;
      expect(said).toMatchObject({ error: 'access_denied', state, correlation_id, iss: world.issuer });
      expect(said['error_description']?.replace(/ \(trace .*\)$/, '')).toBe(words);
    },
  );

  test('is not for other clients: the pages do not know it, and what they might say is not passed on (X01)', async () => {
    world.answer(() => ({ notRung: 'unknown' }));
    const { left, page } = await ask();
    expect(world.seen.at(-1)?.client.revealEnrolment).toBe(false);
    expect(left).toBeUndefined();
    expect(await page?.json()).toEqual({ error: 'interaction_lost' });
  });
});
