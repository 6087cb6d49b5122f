// A federation hub at the provider, by the checklist that its integrators go through (F01 to F15).
import { compactDecrypt, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../../support/databases.ts';
import {
  type HubKeys,
  type HubParty,
  hubCallback,
  hubClient,
  hubLogoutCallback,
  hubParty,
  publishHubKeys,
} from '../../support/hub-party.ts';
import { alice, hugo, secretOf } from './people.ts';
import { type Browser, login, openWorld, type World } from './relying-party.ts';

let world: World;
let keys: HubKeys;

const es256 = hubClient('hub', { id_token_signed_response_alg: 'ES256' });
const hs256 = hubClient('hub-hs', { id_token_signed_response_alg: 'HS256' });

beforeAll(async () => {
  keys = await publishHubKeys();
  world = await openWorld({ outboundAllow: [keys.host], algorithms: ['ES256', 'RS256'] });
  await world.oidc.clients.seed([es256, hs256]);
});
afterAll(async () => {
  await world.close();
  await keys.close();
});
afterEach(() => world.answer(() => ({})));

/** A client that nobody has seen before, and its login. */
let last = 0;
async function registered(more: Record<string, unknown>) {
  const client = hubClient(`hub-${++last}`, more);
  await world.oidc.clients.seed([client]);
  return client;
}

/** A login in a browser up to the hub's callback. */
async function hubLogin(party: HubParty, browser: Browser, more: Record<string, string> = {}) {
  const begun = party.begin(more);
  const { left, page } = await browser.follow(begun.url);
  if (left === undefined) throw new Error(`the hub was not come back to: ${await page?.text()}`);
  return { begun, left, tokens: () => party.exchange(left, begun) };
}

const userinfo = (token: string, query = '', accept = 'application/json') =>
  fetch(`${world.issuer}/userinfo${query}`, { headers: { authorization: `Bearer ${token}`, accept } });

const pivot = {
  given_name: 'Alice Marie Rose',
  family_name: 'Aubert',
  preferred_username: 'Arnaud',
  birthdate: '1990-02-03',
  gender: 'female',
  birthplace: '69383',
  birthcountry: '99100',
  email: 'alice@exemple.test',
};

describe('registration', () => {
  test('takes a secret of 32 characters and none below (F01)', async () => {
    await expect(world.oidc.clients.add(hubClient('short', { client_secret: 'x'.repeat(31) }))).rejects.toThrow(/32/);
    expect((await world.oidc.clients.add(hubClient('long', { client_secret: 'x'.repeat(32) }))).secret).toHaveLength(
      32,
    );
  });

  test('speaks eidas and client_secret_post unless it is told otherwise (F01, F04)', async () => {
    const { token_endpoint_auth_method: _method, ...bare } = hubClient('bare');
    expect((await world.oidc.clients.add(bare)).client.metadata).toMatchObject({
      acr_vocabulary: 'eidas',
      token_endpoint_auth_method: 'client_secret_post',
    });
  });

  test.each([
    ['an algorithm that hubs do not use', { userinfo_encrypted_response_alg: 'dir' }],
    [
      'another content encryption',
      { userinfo_encrypted_response_alg: 'ECDH-ES', userinfo_encrypted_response_enc: 'A128GCM' },
    ],
    ['encryption without keys', { userinfo_encrypted_response_alg: 'ECDH-ES', userinfo_signed_response_alg: 'ES256' }],
    ['a signature with 512 bits', { userinfo_signed_response_alg: 'HS512' }],
    ['a way back that others can read', { redirect_uris: ['http://hub.exemple.test/api/v2/oidc-callback'] }],
    ['a way out that others can read', { post_logout_redirect_uris: ['http://hub.exemple.test/logged-out'] }],
    ['an app as a hub', { redirect_uris: ['com.exemple.hub:/callback'], application_type: 'native' }],
  ])('refuses %s (F06)', async (_what, change) => {
    await expect(world.oidc.clients.add(hubClient('odd', change))).rejects.toMatchObject({
      name: 'ClientMetadataError',
    });
  });

  test('takes a hub on this machine without TLS, for trying it', async () => {
    const redirect_uris = ['http://localhost:3001/hub/callback', 'http://127.0.0.1:3001/hub/callback'];
    await world.oidc.clients.add(hubClient('on-this-machine', { redirect_uris, post_logout_redirect_uris: [] }));
  });

  test('of others refuses HS256 for userinfo too (F02)', async () => {
    const other = { ...hubClient('other'), profile: 'oidc', userinfo_signed_response_alg: 'HS256' };
    await expect(world.oidc.clients.add(other)).rejects.toThrow(/HS256 is for profile hub/);
  });
});

describe('discovery', () => {
  test('names what hubs look for (F01, F02, F04, F06, F08, F13)', async () => {
    const { metadata } = await hubParty(world, es256);
    expect(metadata).toMatchObject({
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['client_secret_post']),
      id_token_signing_alg_values_supported: expect.arrayContaining(['HS256', 'ES256', 'RS256']),
      userinfo_signing_alg_values_supported: expect.arrayContaining(['HS256', 'ES256', 'RS256']),
      userinfo_encryption_alg_values_supported: ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES'],
      userinfo_encryption_enc_values_supported: ['A256GCM'],
      id_token_encryption_alg_values_supported: ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES'],
      id_token_encryption_enc_values_supported: ['A256GCM'],
      acr_values_supported: expect.arrayContaining(['eidas1', 'eidas2']),
      scopes_supported: expect.arrayContaining(['birth', 'birthplace', 'birthcountry', 'preferred_username', 'gender']),
    });
    const { keys: published } = (await (await fetch(`${world.issuer}/jwks`)).json()) as { keys: { kid?: string }[] };
    expect(published.every(({ kid }) => typeof kid === 'string')).toBe(true);
  });
});

describe('a login', () => {
  test('has no PKCE, long state and nonce, iss beside the code, and acr as asked (F01, F04, F05, F13)', async () => {
    const party = await hubParty(world, es256);
    const { begun, left, tokens } = await hubLogin(party, world.browser());
    expect(Object.fromEntries(left.searchParams)).toEqual({
      code: expect.any(String),
      state: begun.state,
      iss: world.issuer,
    });
    const set = await tokens();
    expect(begun.state).toHaveLength(64);
    expect(set.claims()).toMatchObject({ nonce: begun.nonce, acr: 'eidas1', sub: alice, iss: world.issuer });
    expect(set.claims()).not.toHaveProperty('nbf');
    expect(set.expires_in).toBe(60);
  });

  test.each([
    ['HS256', { id_token_signed_response_alg: 'HS256' }],
    ['RS256', { id_token_signed_response_alg: 'RS256' }],
    ['ES256', { id_token_signed_response_alg: 'ES256' }],
  ])('is told by an ID token signed with %s and by plain userinfo (F02, F06, F07)', async (alg, change) => {
    const party = await hubParty(world, await registered(change));
    const tokens = await (await hubLogin(party, world.browser())).tokens();
    expect(decodeProtectedHeader(tokens.id_token!).alg).toBe(alg);
    expect(await party.client.userinfo(tokens.access_token!)).toMatchObject({ sub: alice, ...pivot });
  });

  test('signs HS256 with the raw bytes of the secret (F02)', async () => {
    const odd = 'with spaces, 100% + more & = signs / ~';
    const client = { ...hubClient('hub-odd', { id_token_signed_response_alg: 'HS256' }), client_secret: odd };
    await world.oidc.clients.seed([client]);
    const tokens = await (await hubLogin(await hubParty(world, client), world.browser())).tokens();
    await jwtVerify(tokens.id_token!, new TextEncoder().encode(odd), { algorithms: ['HS256'] });
  });

  test('asks anew each time, whoever is logged in (F03)', async () => {
    const browser = world.browser();
    const party = await hubParty(world, es256);
    await hubLogin(party, browser);
    const before = world.seen.length;
    const now = Math.floor(Date.now() / 1_000);
    world.answer(() => ({ authTime: now }));
    const again = await (await hubLogin(party, browser)).tokens();
    expect(world.seen.length - before).toBe(1);
    expect(again.claims().auth_time).toBe(now);
  });

  test('does not mind parameters that nobody knows, at no endpoint (F12)', async () => {
    const party = await hubParty(world, es256);
    const unknown = { siret_hint: '1', sp_id: 'impots', sp_name: 'Impôts', remember_me: 'false' };
    const { begun, left } = await hubLogin(party, world.browser(), unknown);
    const tokens = await party.client.callback(
      hubCallback,
      party.client.callbackParams(left.href),
      { state: begun.state, nonce: begun.nonce },
      { exchangeBody: { sp_id: 'impots', sp_name: 'Impôts' } },
    );
    expect((await userinfo(tokens.access_token!, '?schema=openid')).status).toBe(200);
  });
});

describe('userinfo', () => {
  test.each([
    ['HS256', {}],
    ['ES256', {}],
    ['RS256', {}],
    ['HS256', { alg: 'RSA-OAEP' }],
    ['RS256', { alg: 'RSA-OAEP-256' }],
    ['ES256', { alg: 'ECDH-ES' }],
  ] as const)('is a JWS with %s, sealed with %j (F06)', async (signed, sealed: { alg?: string }) => {
    const client = await registered({
      userinfo_signed_response_alg: signed,
      id_token_signed_response_alg: signed,
      jwks_uri: keys.uri,
      ...(sealed.alg && { userinfo_encrypted_response_alg: sealed.alg, userinfo_encrypted_response_enc: 'A256GCM' }),
    });
    const { jwks_uri: _uri, ...own } = client as typeof client & { jwks_uri?: string };
    const party = await hubParty(world, own, keys.privateSet);
    const tokens = await (await hubLogin(party, world.browser())).tokens();
    expect(await party.client.userinfo(tokens.access_token!)).toMatchObject({ sub: alice, ...pivot });
  });

  test('says in its header what it is sealed with, and has a signed token inside; the ID token too (F06)', async () => {
    const sealed = { alg: 'ECDH-ES', enc: 'A256GCM' };
    const client = await registered({
      id_token_signed_response_alg: 'ES256',
      userinfo_signed_response_alg: 'ES256',
      userinfo_encrypted_response_alg: sealed.alg,
      id_token_encrypted_response_alg: 'RSA-OAEP-256',
      jwks_uri: keys.uri,
    });
    const { jwks_uri: _uri, ...own } = client as typeof client & { jwks_uri?: string };
    const party = await hubParty(
      world,
      { ...own, id_token_encrypted_response_enc: 'A256GCM', userinfo_encrypted_response_enc: 'A256GCM' },
      keys.privateSet,
    );
    const tokens = await (await hubLogin(party, world.browser())).tokens();
    // openid-client has opened it.
    expect(tokens.id_token!.split('.')).toHaveLength(3);
    const response = await userinfo(tokens.access_token!, '', 'application/jwt');
    expect(response.headers.get('content-type')).toMatch(/^application\/jwt/);
    const jwe = await response.text();
    expect(decodeProtectedHeader(jwe)).toMatchObject(sealed);
    const { plaintext } = await compactDecrypt(jwe, keys.privateSet.keys.find(({ kid }) => kid === 'hub-ec')!);
    const inner = new TextDecoder().decode(plaintext);
    expect(decodeProtectedHeader(inner).alg).toBe('ES256');
    expect(decodeJwt(inner)).toMatchObject({ iss: world.issuer, aud: client.client_id, ...pivot });
  });

  test('asks for the hub’s keys once and keeps them (F06)', async () => {
    const client = await registered({
      id_token_signed_response_alg: 'ES256',
      userinfo_signed_response_alg: 'ES256',
      userinfo_encrypted_response_alg: 'ECDH-ES',
      jwks_uri: keys.uri,
    });
    const { jwks_uri: _uri, ...own } = client as typeof client & { jwks_uri?: string };
    const party = await hubParty(world, { ...own, userinfo_encrypted_response_enc: 'A256GCM' }, keys.privateSet);
    const before = keys.asked();
    for (let time = 0; time < 2; time++) {
      const tokens = await (await hubLogin(party, world.browser())).tokens();
      await party.client.userinfo(tokens.access_token!);
    }
    expect(keys.asked() - before).toBe(1);
  });

  test('opens once for each token, and the token is then inactive (F11)', async () => {
    const party = await hubParty(world, es256);
    const token = (await (await hubLogin(party, world.browser())).tokens()).access_token!;
    expect((await userinfo(token)).status).toBe(200);
    const second = await userinfo(token);
    expect(second.status).toBe(401);
    expect(await second.json()).toMatchObject({ error: 'invalid_token' });
    expect(await party.client.introspect(token)).toEqual({ active: false });
  });

  test.each([
    ['openid', []],
    ['openid birth', ['birthcountry', 'birthplace']],
    ['openid birthplace', ['birthplace']],
    ['openid birthcountry', ['birthcountry']],
    ['openid given_name', ['given_name']],
    ['openid family_name', ['family_name']],
    ['openid preferred_username', ['preferred_username']],
    ['openid gender', ['gender']],
    ['openid birthdate', ['birthdate']],
    ['openid email', ['email', 'email_verified']],
    ['openid profile', ['birthdate', 'family_name', 'gender', 'given_name', 'preferred_username']],
    ['openid identite_pivot', ['birthcountry', 'birthdate', 'birthplace', 'family_name', 'gender', 'given_name']],
  ])('tells for scope %s %j and no more (F08)', async (scope, names) => {
    const party = await hubParty(world, es256);
    const tokens = await (await hubLogin(party, world.browser(), { scope })).tokens();
    const { sub: _sub, ...claims } = await party.client.userinfo(tokens.access_token!);
    expect(Object.keys(claims).toSorted()).toEqual(names);
  });
});

describe('an error', () => {
  async function refused(more: Record<string, string> = {}) {
    const { begun, left } = await hubLogin(await hubParty(world, es256), world.browser(), more);
    expect(left.href.startsWith(hubCallback)).toBe(true);
    expect(left.searchParams.get('state')).toBe(begun.state);
    expect(left.searchParams.get('iss')).toBe(world.issuer);
    expect(left.searchParams.has('code')).toBe(false);
    return left.searchParams.get('error');
  }

  test('goes back with state when the customer gives up (F09)', async () => {
    world.answer(() => ({ abort: 'access_denied' }));
    expect(await refused()).toBe('access_denied');
  });

  test.each([
    ['the phone proves less', () => world.answer(() => ({ level: 'sim-ok' })), {}],
    ['the person is proofed less (X109)', () => {}, { acr_values: 'eidas2' }],
  ])('goes back with state, and no token, when %s (F04, F09)', async (_what, given, more) => {
    given();
    expect(await refused(more)).toBe('unmet_authentication_requirements');
  });

  test.each(['eidas3', '3', 'urn:x'])(
    'goes back before anybody is asked for what nobody here reaches: %s (F04)',
    async (acr) => {
      const before = world.seen.length;
      expect(await refused({ acr_values: acr })).toBe('unmet_authentication_requirements');
      expect(world.seen.length).toBe(before);
    },
  );

  test('goes back with state for a person whose identity is not whole, and nobody is mistaken (F07, F09)', async () => {
    world.answer(() => ({ accountId: hugo }));
    expect(await refused()).toBe('access_denied');
  });

  test.each([
    ['claims that are no JSON', { claims: '{' }],
    ['a prompt that cannot be met', { prompt: 'none' }],
  ])('goes back with state for %s (F09)', async (_what, more) => {
    expect(await refused(more)).toEqual(expect.any(String));
  });

  test('of the provider’s own goes back with state (F09)', async () => {
    const party = await hubParty(world, es256);
    const begun = party.begin();
    const browser = world.browser();
    await world.database.db.schema.alterTable('accounts').renameTo('accounts_away').execute();
    const { left } = await browser
      .follow(begun.url)
      .finally(() => world.database.db.schema.alterTable('accounts_away').renameTo('accounts').execute());
    expect(left?.searchParams.get('error')).toBe('server_error');
    expect(left?.searchParams.get('state')).toBe(begun.state);
  });
});

describe('logout', () => {
  const endSession = (parameters: Record<string, string>) =>
    `${world.issuer}/session/end?${new URLSearchParams(parameters)}`;
  const state = 'a'.repeat(64);
  const back = { post_logout_redirect_uri: hubLogoutCallback, state };

  test.each([
    ['ES256', es256],
    ['HS256', hs256],
  ] as const)(
    'with an ID token signed with %s alone asks nothing and leads back with state (F10)',
    async (_alg, client) => {
      const browser = world.browser();
      const party = await hubParty(world, client);
      const tokens = await (await hubLogin(party, browser)).tokens();
      const cookies = new Map(browser.cookies);
      const response = await browser.fetch(endSession({ id_token_hint: tokens.id_token!, ...back }));
      expect({ status: response.status, to: response.headers.get('location') }).toEqual({
        status: 303,
        to: `${hubLogoutCallback}?state=${state}`,
      });
      const before = world.seen.length;
      await login(world, { browser });
      expect(world.seen.length - before, 'the session is over').toBe(1);
      for (const [name, cookie] of cookies) browser.cookies.set(name, cookie);
      await login(world, { browser });
      expect(world.seen.length - before, 'also for whoever kept its cookie').toBe(2);
    },
  );

  test('takes an expired hint, with client_id and without a session (F10)', async () => {
    const hint = await new SignJWT({ sub: alice })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(world.issuer)
      .setAudience('hub-hs')
      .setIssuedAt(1_700_000_000)
      .setExpirationTime(1_700_000_060)
      .sign(new TextEncoder().encode(secretOf('hub-hs')));
    const parameters = { id_token_hint: hint, client_id: 'hub-hs', ...back };
    const response = await world.browser().fetch(endSession(parameters));
    expect(response.headers.get('location')).toBe(`${hubLogoutCallback}?state=${state}`);
  });

  test('asks when the hint is about somebody else, and takes no forged one (F10)', async () => {
    const browser = world.browser();
    const party = await hubParty(world, hs256);
    await (await hubLogin(party, browser)).tokens();
    const forge = (sub: string, secret: string) =>
      new SignJWT({ sub })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(world.issuer)
        .setAudience('hub-hs')
        .setIssuedAt()
        .setExpirationTime('1 min')
        .sign(new TextEncoder().encode(secret));
    const another = await browser.fetch(endSession({ id_token_hint: await forge(hugo, secretOf('hub-hs')), ...back }));
    expect({ status: another.status, form: await another.text() }).toMatchObject({
      status: 200,
      form: /op.logoutForm/,
    });
    const forged = await browser.fetch(endSession({ id_token_hint: await forge(alice, 'x'.repeat(32)), ...back }));
    expect(forged.status).toBe(400);
    const nowhere = await browser.fetch(
      endSession({
        id_token_hint: await forge(alice, secretOf('hub-hs')),
        post_logout_redirect_uri: 'https://evil.test/',
      }),
    );
    expect(nowhere.status).toBe(400);
  });
});

// In the embedded database one request is over before the next begins; only on a server do they meet.
describe.each(engines)('on %s', (engine) => {
  test('of many calls at once one reads userinfo (F11)', async () => {
    const other = await openWorld({ algorithms: ['ES256'] }, engine);
    await other.oidc.clients.seed([es256]);
    const tokens = await (await hubLogin(await hubParty(other, es256), other.browser())).tokens();
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const eight = <T>(act: () => Promise<T>) => Promise.all(Array.from({ length: 8 }, act));
    await eight(async () => (await fetch(`${other.issuer}/jwks`)).text());
    const answers = await eight(async () => (await fetch(`${other.issuer}/userinfo`, { headers })).status);
    expect(answers.toSorted()).toEqual([200, ...Array.from({ length: 7 }, () => 401)]);
    await other.close();
  });
});
