// The protocol through the whole app: consent of a third party, refresh, introspection, revocation, pushed requests,
// registration, logout.
import * as openid from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { demoRegistrationToken } from '../../src/demo/clients.ts';
import { answerWithPin, type Login, loginWithPin, openLogin, ring } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { noteTokens } from '../support/flow-relying-party.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let alice: FlowPhone;
const pin = '4071';

beforeAll(async () => {
  world = await startFlowWorld();
  alice = world.phone('+33639980001');
});
afterEach(() => world.nextDay());
afterAll(() => world?.stop());

const shop = () => ({
  client: 'shop',
  redirectUri: `${world.portalUrl}/shop/callback`,
  pkce: false as const,
  scope: 'openid profile email',
  acr_values: '2',
  more: { version: 'mc_di_r2_v2.3' },
});

/** A browser that stops where the shop would begin. */
const shopBrowser = () => world.browser({ stopAt: `${world.portalUrl}/` });

/** A login at the shop up to the page after the phone. */
async function upToConsent(browser = shopBrowser()): Promise<Login> {
  const login = await ring(world, alice.msisdn, { ...shop(), browser });
  await alice.waitForScreen();
  await alice.ok();
  await login.settled();
  await login.reload();
  return login;
}

describe('a third party', () => {
  test('gets what the customer allows, under a sub of its own (A38, X114)', async () => {
    const login = await upToConsent();
    expect(login.page.text).toContain('Petite Boutique');
    expect(login.page.text).toContain('name="decision"');
    await login.submit({ decision: 'allow' });
    const { claims, tokens } = await login.finish();
    expect(claims).toMatchObject({ aud: ['shop'], acr: '2', amr: ['SIM_OK'] });
    const person = await openid.fetchUserInfo(login.begun.config, tokens.access_token, claims.sub);
    expect(person).toMatchObject({ given_name: 'Alice', email: 'alice@exemple.test' });
    expect(person.phone_number).toBeUndefined();

    const own = await loginWithPin(world, { phone: alice, pin });
    expect(claims.sub).not.toBe(own.done.claims.sub);
    expect(claims.sub).not.toContain('acc_');
  });

  test('is remembered the second time, in another browser too, and keeps the same sub', async () => {
    const again = await upToConsent();
    expect(again.answer().code).toBe(true);
    const first = await again.finish();
    await world.nextDay();
    const { claims } = await (await upToConsent()).finish();
    expect(claims.sub).toBe(first.claims.sub);
  });

  test('that wants more than was allowed asks again, and hears access_denied when the customer refuses', async () => {
    const login = await ring(world, alice.msisdn, {
      ...shop(),
      scope: 'openid profile email phone',
      browser: shopBrowser(),
    });
    await alice.waitForScreen();
    await alice.ok();
    await login.settled();
    await login.reload();
    expect(login.page.text).toContain('name="decision"');
    await login.submit({ decision: 'deny' });
    expect(login.answer()).toMatchObject({ error: 'access_denied', code: false });
  });

  test('never gets in with the password: its profile demands the phone', async () => {
    const login = await openLogin(world, { ...shop(), browser: shopBrowser() });
    expect(login.page.text).not.toContain('value="password"');
    await login.submit({ identifier: 'alice@exemple.test', choice: 'password' });
    expect(login.page.status).toBe(422);
  });
});

describe('tokens', () => {
  async function offline() {
    const wish = { scope: 'openid profile offline_access account.read', resource: `${world.issuer}/api` };
    return await loginWithPin(world, { phone: alice, pin, ...wish });
  }

  test('are refreshed without the phone; level and time of the login stay (A40, B10)', async () => {
    const { done, begun } = await offline();
    const before = await world.messagesTo(alice.msisdn);
    const fresh = await openid.refreshTokenGrant(begun.config, done.tokens.refresh_token!);
    noteTokens(fresh);
    expect(fresh.claims()).toMatchObject({ acr: '3', auth_time: done.claims.auth_time, sub: done.claims.sub });
    expect(fresh.refresh_token).not.toBe(done.tokens.refresh_token);
    expect(await world.messagesTo(alice.msisdn)).toBe(before);
  });

  test('are introspected by their own client, revoked, and then good for nothing', async () => {
    const { done, begun } = await offline();
    const { access_token: access, refresh_token: refresh } = done.tokens;
    expect(await openid.tokenIntrospection(begun.config, refresh!)).toMatchObject({
      active: true,
      client_id: 'tester',
    });
    const portal = await world.configure('portal');
    expect(await openid.tokenIntrospection(portal, refresh!)).toEqual({ active: false });
    await openid.tokenRevocation(begun.config, refresh!);
    expect(await openid.tokenIntrospection(begun.config, refresh!)).toEqual({ active: false });
    await expect(openid.refreshTokenGrant(begun.config, refresh!)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(openid.fetchUserInfo(begun.config, access, done.claims.sub)).rejects.toThrow();
  });

  test('for the API open the API only, and tokens for userinfo only userinfo (X113)', async () => {
    const { done, begun } = await offline();
    const me = (token: string) =>
      fetch(`${world.issuer}/api/account/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    expect((await me(done.tokens.access_token)).status).toBe(401);
    const resource = { resource: `${world.issuer}/api` };
    const api = await openid.refreshTokenGrant(begun.config, done.tokens.refresh_token!, resource);
    noteTokens(api);
    expect((await me(api.access_token)).status).toBe(200);
    await expect(openid.fetchUserInfo(begun.config, api.access_token, done.claims.sub)).rejects.toThrow();
    const [header, payload] = api.access_token.split('.');
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`;
    expect((await me(none)).status).toBe(401);
    expect((await me(`${header}.${payload}.${'A'.repeat(86)}`)).status).toBe(401);
  });

  test('are not given for an account that was closed while the phone rang (X119)', async () => {
    const ines = world.phone('+33639980009');
    const login = await ring(world, ines.msisdn);
    await ines.waitForScreen();
    await closeAccount('ines@exemple.test');
    await ines.pin('6027');
    expect(await login.settled()).toBe('approved');
    await login.reload();
    expect(login.answer().code).toBe(false);
  });
});

describe('a request', () => {
  test('may be pushed ahead (PAR), and is good once', async () => {
    const { config, url, checks } = await world.startLogin();
    const pushed = await openid.buildAuthorizationUrlWithPAR(config, url.searchParams);
    expect(pushed.searchParams.get('request_uri')).toMatch(/^urn:ietf:params:oauth:request_uri:/);
    const browser = world.browser();
    const page = await browser.open(pushed);
    const waiting = await browser.submit(page, { identifier: '+33639982500' });
    await browser.request(`${waiting.url}/status`, { headers: { prefer: 'wait=10', accept: 'application/json' } });
    const { claims } = await world.exchange({ config, url, checks }, await browser.open(waiting.url));
    expect(claims.acr).toBe('3');
    expect((await world.browser().open(pushed)).status).toBe(400);
  });

  test.each([
    ['without PKCE', (url: URL) => url.searchParams.delete('code_challenge')],
    ['with plain PKCE', (url: URL) => url.searchParams.set('code_challenge_method', 'plain')],
    ['for a token in the front channel', (url: URL) => url.searchParams.set('response_type', 'id_token token')],
  ])('%s is refused (X116, O39, O40)', async (_what, spoil) => {
    const { url } = await world.startLogin();
    spoil(url);
    const page = await world.browser().open(url);
    const answer = page.stoppedAt ?? page.url;
    expect(
      page.text.includes('data-error') || new URLSearchParams(answer.search || answer.hash.slice(1)).has('error'),
    ).toBe(true);
    expect(answer.href).not.toMatch(/[?&#]code=/);
  });

  test.each(['http://127.0.0.1:9876/callback/', 'http://127.0.0.1:9876/callback?x=1', 'http://evil.example/callback'])(
    'to %s shows an error and goes nowhere (X116, O38)',
    async (redirectUri) => {
      const { url } = await world.startLogin({ redirectUri });
      const page = await world.browser({ stopAt: 'http://127.0.0.1:9876/' }).open(url);
      expect(page.stoppedAt).toBeUndefined();
      expect(page.status).toBe(400);
      expect(page.url.origin).toBe(world.issuer);
      expect(page.text).toContain('data-error');
    },
  );

  test('of an app on any loopback port comes back there (RFC 8252) (O38)', async () => {
    const redirectUri = 'http://127.0.0.1:51234/callback';
    const login = await ring(world, '+33639982500', {
      client: 'app',
      redirectUri,
      browser: world.browser({ stopAt: redirectUri }),
    });
    await login.settled();
    expect((await login.finish()).claims).toMatchObject({ aud: 'app', acr: '3' });
  });
});

test('a client that registers itself is a third party, whatever it says, and can log customers in', async () => {
  const response = await fetch(`${world.issuer}/reg`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demoRegistrationToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Nouveau site',
      redirect_uris: ['https://new.example/callback'],
      policy_uri: 'https://new.example/privacy',
      party: 'first',
    }),
  });
  const registered = (await response.json()) as Record<string, string>;
  expect(response.status).toBe(201);
  expect(registered).toMatchObject({ party: 'third', subject_type: 'pairwise', id_token_signed_response_alg: 'ES256' });
  const refused = await fetch(`${world.issuer}/reg`, { method: 'POST', body: '{}' });
  expect(refused.status).toBe(400);
});

describe('logging out', () => {
  test('with the ID token leads back to the client, and the next login needs the phone', async () => {
    const { done, begun, browser } = await loginWithPin(world, { phone: alice, pin });
    const asked = await browser.open(
      openid.buildEndSessionUrl(begun.config, {
        id_token_hint: done.tokens.id_token!,
        post_logout_redirect_uri: 'http://127.0.0.1:9876/',
        state: 'bye',
      }),
    );
    const after = await browser.submitForm(asked, '/session/end/confirm', { logout: 'yes' });
    expect(after.stoppedAt?.href).toBe('http://127.0.0.1:9876/?state=bye');
    expect((await openLogin(world, { browser, prompt: 'none' })).answer().error).toBe('login_required');
  });

  test('goes to no address that the client has not registered', async () => {
    const { done, browser } = await loginWithPin(world, { phone: alice, pin });
    const query = new URLSearchParams({
      id_token_hint: done.tokens.id_token!,
      post_logout_redirect_uri: 'http://evil.example/',
    });
    const page = await browser.open(`${world.issuer}/session/end?${query}`);
    expect(page.status).toBe(400);
    expect((await openLogin(world, { browser, prompt: 'none' })).answer().code).toBe(true);
  });
});

test('keys can be rotated while logins run: the older tokens stay good', async () => {
  const login = await ring(world, alice.msisdn);
  await answerWithPin(alice, login, pin);
  await login.settled();
  const before = await world.app.parts.oidc.keys.list();
  await world.app.parts.oidc.keys.rotate();
  expect((await world.app.parts.oidc.keys.list()).length).toBeGreaterThan(before.length);
  const { tokens, claims } = await login.finish();
  const person = await openid.fetchUserInfo(login.begun.config, tokens.access_token, claims.sub);
  expect(person.sub).toBe(claims.sub);
});

async function closeAccount(email: string): Promise<void> {
  const account = world.database.db.updateTable('accounts').set({ status: 'closed' });
  await account.where('contactEmail', '=', email).execute();
}
