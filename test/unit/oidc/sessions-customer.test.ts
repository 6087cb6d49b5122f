// A customer sees where she is logged in and ends what she likes: with the session go its grants, its refresh tokens
// and the logins at the services, which hear of it.
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SessionDesk } from '../../../src/oidc/sessions.ts';
import { alice, hugo } from './people.ts';
import { login, openWorld, type World } from './relying-party.ts';

let world: World;
let desk: SessionDesk;
const revoked: string[] = [];
const told: { clientId: string; token: string }[] = [];
beforeAll(async () => {
  world = await openWorld({
    deviceOf: (userAgent) => (userAgent.includes('Firefox') ? 'Firefox, Windows' : ''),
    enqueueLogout: async ({ clientId, token }) => void told.push({ clientId, token }),
  });
  await world.oidc.clients.add({
    ...{ client_id: 'news', client_secret: 'news-demo-secret-32-characters-long', party: 'first' },
    ...{ client_name: 'Les nouvelles', redirect_uris: ['http://localhost:4001/callback'] },
    backchannel_logout_uri: 'http://127.0.0.1:1/logout',
    backchannel_logout_session_required: true,
  });
  desk = world.oidc.sessions({ sessionRevoked: async (_tx, { sessionId }) => void revoked.push(sessionId) });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.oidc.endSessionsAndGrants();
  world.answer(() => ({}));
  told.length = 0;
  revoked.length = 0;
});

const resource = () => `${world.issuer}/api`;
const forApi = () => ({
  parameters: { scope: 'openid account.read offline_access', resource: resource() },
  resource: resource(),
});
const sessionOf = async (token: string) => (await world.oidc.verifyAccessToken(token)).session;

/** A login from a browser that says what it is. */
async function loginWith(agent: string, options: Parameters<typeof login>[1] = {}) {
  const browser = options.browser ?? world.browser();
  const plain = browser.fetch.bind(browser);
  browser.fetch = (url, init = {}) => plain(url, { ...init, headers: { ...init.headers, 'user-agent': agent } });
  return await login(world, { ...options, browser });
}

describe('the list', () => {
  test('tells device, services, since when, and which one the caller’s token is from', async () => {
    const here = await loginWith('Mozilla Firefox/130', forApi());
    await login(world, { client: 'news', browser: here.browser });
    await loginWith('curl/8');
    const current = await sessionOf(here.tokens.access_token);
    const list = await desk.list(alice, current);
    expect(list).toHaveLength(2);
    const own = list.find((one) => one.current);
    expect(own).toMatchObject({ id: current, kind: 'browser', device: 'Firefox, Windows' });
    expect(own?.clients).toContain('Les nouvelles');
    expect(own?.since).toBeInstanceOf(Date);
    expect(list.find((one) => !one.current)?.device).toBeUndefined();
  });

  test('is of the own account only', async () => {
    await login(world);
    expect(await desk.list(hugo, undefined)).toEqual([]);
  });

  test('names the session in the token without its uid, and after a refresh still', async () => {
    const { tokens, config } = await login(world, forApi());
    const renewed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '', { resource: resource() });
    expect(await sessionOf(renewed.access_token)).toBe(await sessionOf(tokens.access_token));
    expect(decodeJwt(tokens.access_token)['session']).toMatch(/^ses_[\w-]{22}$/);
  });

  test('keeps a service that stays connected when the browser’s session has gone', async () => {
    const { tokens } = await login(world, forApi());
    const { db } = world.database;
    await db.deleteFrom('oidcRecords').where('model', '=', 'Session').execute();
    const current = await sessionOf(tokens.access_token);
    expect(await desk.list(alice, current)).toMatchObject([{ kind: 'application', current: true }]);
  });
});

describe('ending a session', () => {
  test('ends the login, its refresh tokens, and tells the services', async () => {
    const here = await loginWith('Mozilla Firefox/130', forApi());
    await login(world, { client: 'news', browser: here.browser });
    const other = await login(world, forApi());
    const id = (await sessionOf(here.tokens.access_token)) ?? '';
    expect(await desk.end(alice, id)).toBe(true);
    expect(revoked).toEqual([id]);
    await expect(
      openid.refreshTokenGrant(here.config, here.tokens.refresh_token ?? '', { resource: resource() }),
    ).rejects.toThrow();
    expect(told.map(({ clientId }) => clientId)).toEqual(['news']);
    expect(decodeJwt(told[0]?.token ?? '')).toMatchObject({ sid: expect.any(String), sub: expect.any(String) });
    const before = world.seen.length;
    await login(world, { browser: here.browser });
    expect(world.seen.length - before).toBe(1);
    await openid.refreshTokenGrant(other.config, other.tokens.refresh_token ?? '', { resource: resource() });
  });

  test('ends a connected service without one', async () => {
    const { tokens, config } = await login(world, forApi());
    await world.database.db.deleteFrom('oidcRecords').where('model', '=', 'Session').execute();
    const [one] = await desk.list(alice, undefined);
    expect(await desk.end(alice, one?.id ?? '')).toBe(true);
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toThrow();
    expect(await desk.list(alice, undefined)).toEqual([]);
  });

  test('X85 is nobody else’s to do, and nothing under a made-up id', async () => {
    const { tokens } = await login(world, forApi());
    const id = (await sessionOf(tokens.access_token)) ?? '';
    expect(await desk.end(hugo, id)).toBe(false);
    expect(await desk.end(alice, 'ses_nothing')).toBe(false);
    expect(await desk.list(alice, undefined)).toHaveLength(1);
  });

  test('ends all but one', async () => {
    const here = await login(world, forApi());
    await login(world);
    await login(world);
    const current = await sessionOf(here.tokens.access_token);
    expect(await desk.endOthers(alice, current)).toBe(2);
    expect((await desk.list(alice, current)).map((one) => one.current)).toEqual([true]);
  });
});
