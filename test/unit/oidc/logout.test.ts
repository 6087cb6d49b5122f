// Logging out: by the relying party's wish, with the customer's yes, and the news to the others.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogoutDelivery } from '../../../src/oidc/library-changes.ts';
import { alice } from './people.ts';
import { type Browser, login, openWorld, type World } from './relying-party.ts';

let world: World;
let queued: LogoutDelivery[] | undefined;
let receiver: Server;
const received: string[] = [];
const waiting: (() => void)[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      received.push(new URLSearchParams(body).get('logout_token') ?? '');
      response.writeHead(200).end();
      for (const done of waiting.splice(0)) done();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  world = await openWorld({ outboundAllow: [host] });
  await world.oidc.clients.add({
    client_id: 'news',
    client_secret: 'news-demo-secret-32-characters-long',
    redirect_uris: ['http://localhost:4001/callback'],
    post_logout_redirect_uris: ['http://localhost:4001/'],
    party: 'first',
    backchannel_logout_uri: `http://${host}/backchannel-logout`,
    backchannel_logout_session_required: true,
  });
});
afterAll(async () => {
  await world.close();
  await new Promise((resolve) => receiver.close(resolve));
});

/** Goes to the logout page and answers it; gives where that leads. */
async function logOut(
  browser: Browser,
  parameters: Record<string, string>,
  answer: { logout?: 'yes' } = { logout: 'yes' },
) {
  const page = await browser.fetch(`${world.issuer}/session/end?${new URLSearchParams(parameters)}`);
  const form = await page.text();
  if (page.status !== 200) return { status: page.status, form };
  const [, action = ''] = /action="([^"]+)"/.exec(form) ?? [];
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(form) ?? [];
  const response = await browser.fetch(action, { method: 'POST', body: new URLSearchParams({ xsrf, ...answer }) });
  return { status: response.status, form, location: response.headers.get('location') };
}

const back = { post_logout_redirect_uri: 'http://localhost:4001/', state: 'signed-out' };

describe('logout', () => {
  test('with the ID token leads back to the client, and the session is gone (O54)', async () => {
    const { browser, tokens } = await login(world);
    const { status, location } = await logOut(browser, { id_token_hint: tokens.id_token!, ...back });
    expect({ status, location }).toEqual({ status: 303, location: 'http://localhost:4001/?state=signed-out' });
    const before = world.seen.length;
    await login(world, { browser });
    expect(world.seen.length - before).toBe(1);
  });

  test('ends access tokens of the session, but not what was given for offline', async () => {
    const { browser, tokens, config } = await login(world);
    const offline = await login(world, { parameters: { scope: 'openid offline_access' } });
    await logOut(browser, { id_token_hint: tokens.id_token! });
    await logOut(offline.browser, { id_token_hint: offline.tokens.id_token! });
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
    expect((await openid.refreshTokenGrant(config, offline.tokens.refresh_token!)).claims()?.sub).toBe(alice);
  });

  test('asks first, and "no" keeps the session', async () => {
    const { browser, tokens } = await login(world);
    await logOut(browser, { id_token_hint: tokens.id_token!, ...back }, {});
    const before = world.seen.length;
    await login(world, { browser });
    expect(world.seen.length - before).toBe(0);
  });

  test.each([
    ['an address that is not registered', { post_logout_redirect_uri: 'https://evil.exemple.test/' }],
    ['a forged ID token', { id_token_hint: 'eyJhbGciOiJub25lIn0.eyJhdWQiOiJwb3J0YWwiLCJzdWIiOiJhIn0.' }],
  ])('with %s goes nowhere (O54)', async (_what, change) => {
    const { browser, tokens } = await login(world);
    const { status, form } = await logOut(browser, { id_token_hint: tokens.id_token!, ...change });
    expect({ status, error: JSON.parse(form).error }).toEqual({ status: 400, error: 'invalid_request' });
  });

  test('without the form’s secret does nothing (O54)', async () => {
    const { browser } = await login(world);
    await browser.fetch(`${world.issuer}/session/end`);
    const body = new URLSearchParams({ xsrf: 'guessed', logout: 'yes' });
    const response = await browser.fetch(`${world.issuer}/session/end/confirm`, { method: 'POST', body });
    expect(response.status).toBe(400);
  });

  test('of nobody ends on the page that says so', async () => {
    const browser = world.browser();
    const { location } = await logOut(browser, {});
    expect(await (await browser.fetch(location!)).text()).toBe('logged out');
  });
});

describe('back-channel logout', () => {
  test('tells the client with a signed token about its session (O54)', async () => {
    const arrived = new Promise<void>((resolve) => waiting.push(resolve));
    const { browser, tokens, claims } = await login(world, { client: 'news' });
    await logOut(browser, { id_token_hint: tokens.id_token! });
    await arrived;
    const keys = createRemoteJWKSet(new URL(`${world.issuer}/jwks`));
    const { payload } = await jwtVerify(received.at(-1)!, keys, {
      issuer: world.issuer,
      audience: 'news',
      typ: 'logout+jwt',
    });
    expect(payload).toMatchObject({
      sub: alice,
      sid: claims!['sid'],
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(payload).not.toHaveProperty('nonce');
  });

  test('goes to a job where there is one, and the job can deliver it', async () => {
    queued = [];
    const queue = queued;
    const other = await openWorld({ enqueueLogout: async (delivery) => void queue.push(delivery), outboundAllow: [] });
    await other.oidc.clients.add({
      client_id: 'news',
      client_secret: 'news-demo-secret-32-characters-long',
      redirect_uris: ['http://localhost:4001/callback'],
      party: 'first',
      backchannel_logout_uri: 'http://127.0.0.1:1/logout',
    });
    const { browser, tokens } = await login(other, { client: 'news' });
    const page = await browser.fetch(`${other.issuer}/session/end?id_token_hint=${tokens.id_token}`);
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(await page.text()) ?? [];
    const body = new URLSearchParams({ xsrf, logout: 'yes' });
    await browser.fetch(`${other.issuer}/session/end/confirm`, { method: 'POST', body });
    expect(queue).toMatchObject([{ clientId: 'news', uri: 'http://127.0.0.1:1/logout', token: expect.any(String) }]);
    // Loopback, and not named: the job refuses it as the provider would.
    await expect(other.oidc.deliverLogout(queue[0]!)).rejects.toMatchObject({ name: 'OutboundRefused' });
    const before = received.length;
    const { port } = receiver.address() as AddressInfo;
    await world.oidc.deliverLogout({ ...queue[0]!, uri: `http://127.0.0.1:${port}/backchannel-logout` });
    expect(received.slice(before)).toEqual([queue[0]!.token]);
    await other.close();
  });
});
