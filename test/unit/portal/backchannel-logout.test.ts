// Logout tokens: which end sessions, which are refused, and that none works twice.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;
let browser: Browser;

beforeAll(async () => {
  world = await startWorld();
});
beforeEach(async () => {
  world.reset();
  browser = world.browser();
  await browser.open('/login');
});
afterAll(() => world.stop());

/** The provider's own call: no cookies, no browser. */
const send = (logoutToken: string, path = '/backchannel-logout') =>
  world.browser().post(path, { logout_token: logoutToken });
const isLoggedIn = async (who = browser) => (await who.get('/profile')).status === 200;

describe('a good logout token', () => {
  test('ends the session, in a browser that knows nothing of it (54)', async () => {
    expect(await isLoggedIn()).toBe(true);
    const answer = await send(await world.issuer.logoutToken());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await isLoggedIn()).toBe(false);
    expect(world.events).toContainEqual({ event: 'backchannel-logout', site: 'portal', ended: 1 });
  });

  test('with a sid ends the sessions of this sid only', async () => {
    world.issuer.behaviour.idToken = { sid: 'another-sid' };
    const other = world.browser();
    await other.open('/login');
    await send(await world.issuer.logoutToken());
    expect(await isLoggedIn()).toBe(false);
    expect(await isLoggedIn(other)).toBe(true);
  });

  test('with a sub alone ends all sessions of the person, and of nobody else', async () => {
    world.issuer.behaviour.idToken = { sid: 'another-sid' };
    const second = world.browser();
    await second.open('/login');
    world.issuer.behaviour.idToken = { sub: 'acc-david' };
    world.issuer.behaviour.userInfo = { sub: 'acc-david', name: 'David' };
    const david = world.browser();
    await david.open('/login?returnTo=/');
    await send(await world.issuer.logoutToken({ sid: null }));
    expect(await isLoggedIn()).toBe(false);
    expect(await isLoggedIn(second)).toBe(false);
    expect((await david.get('/')).body).toContain('David');
  });

  test('with a sid alone is enough', async () => {
    await send(await world.issuer.logoutToken({ sub: null }));
    expect(await isLoggedIn()).toBe(false);
  });

  test('about a session that is not here is answered all the same', async () => {
    expect((await send(await world.issuer.logoutToken({ sid: 'unknown' }))).status).toBe(200);
    expect(await isLoggedIn()).toBe(true);
  });

  test('ends the session of the shop at the address of the shop only', async () => {
    await browser.open('/shop/login');
    const token = { aud: 'shop', sub: 'pairwise-of-alice-at-shop', sid: 'sid-shop' };
    expect((await send(await world.issuer.logoutToken(token))).status).toBe(400);
    expect((await send(await world.issuer.logoutToken(token), '/shop/backchannel-logout')).status).toBe(200);
    expect((await browser.get('/shop/account')).status).toBe(303);
    expect(await isLoggedIn()).toBe(true);
  });
});

describe('a logout token is refused, and ends nothing', () => {
  const past = Math.floor(Date.now() / 1000) - 600;

  test.each([
    ['from another issuer', { iss: 'https://evil.test' }],
    ['without an issuer', { iss: null }],
    ['for another client', { aud: 'shop' }],
    ['for nobody', { aud: null }],
    ['that has expired', { exp: past }],
    ['that is old', { iat: past }],
    ['from the future', { iat: past + 1200 }],
    ['without iat', { iat: null }],
    ['without jti', { jti: null }],
    ['with an endless jti', { jti: 'x'.repeat(300) }],
    ['without events', { events: null }],
    ['with another event', { events: { 'http://schemas.openid.net/event/other': {} } }],
    ['with an event that is no object', { events: { 'http://schemas.openid.net/event/backchannel-logout': true } }],
    ['with a nonce, as an ID token has', { nonce: 'n' }],
    ['about nobody', { sub: null, sid: null }],
    ['typed as an access token', { typ: 'at+jwt' }],
    ['signed with another key', { foreign: true }],
  ])('%s', async (_what, overrides) => {
    const answer = await send(await world.issuer.logoutToken(overrides));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({
      error: 'invalid_request',
      error_description: 'the logout token was refused',
    });
    expect(await isLoggedIn()).toBe(true);
  });

  test('that was used before', async () => {
    const token = await world.issuer.logoutToken({ sid: 'unknown' });
    expect((await send(token)).status).toBe(200);
    expect((await send(token)).status).toBe(400);
    expect((await send(token)).status).toBe(400);
  });

  test('sent twice at the same time counts once', async () => {
    const token = await world.issuer.logoutToken();
    const answers = await Promise.all([send(token), send(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  test('that is not signed at all', async () => {
    const [, payload] = (await world.issuer.logoutToken()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'logout+jwt' })).toString('base64url');
    expect((await send(`${header}.${payload}.`)).status).toBe(400);
    expect(await isLoggedIn()).toBe(true);
  });

  test.each(['', 'nonsense', 'a.b.c'])('that is no token: %j', async (token) => {
    expect((await send(token)).status).toBe(400);
  });

  test('that is missing', async () => {
    expect((await world.browser().post('/backchannel-logout', {})).status).toBe(400);
  });

  test('that comes by a link', async () => {
    const token = await world.issuer.logoutToken();
    expect((await world.browser().get(`/backchannel-logout?logout_token=${token}`)).status).toBe(404);
    expect(await isLoggedIn()).toBe(true);
  });
});

test('a refusal is reported without the token', async () => {
  const token = await world.issuer.logoutToken({ aud: 'shop' });
  await send(token);
  expect(world.events).toContainEqual(expect.objectContaining({ event: 'backchannel-logout-refused', site: 'portal' }));
  expect(JSON.stringify(world.events)).not.toContain(token);
});
