// A second issuer below a path of the same host: its own addresses, cookies and sessions (decisions 35).
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import mount from 'koa-mount';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownPath } from '../../../src/oidc/mount.ts';
import { createOidcProvider, type OidcProvider } from '../../../src/oidc/provider.ts';
import { createLog } from '../../../src/ops/log.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { demoClients } from './people.ts';
import { Browser, baseDeps } from './relying-party.ts';

let opened: TestDatabase;
let server: Server;
let origin: string;
let root: OidcProvider;
let ile: OidcProvider;

beforeAll(async () => {
  opened = await openTestDatabase('pglite');
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const common = { wakeUps: { onWake: () => () => {} }, log: createLog('silent') };
  root = await createOidcProvider({ ...baseDeps(origin, opened.database), ...common });
  ile = await createOidcProvider({
    ...baseDeps(`${origin}/ile`, opened.database),
    ...common,
    brand: 'ile',
    country: 'MU',
  });
  for (const one of [root, ile]) await one.clients.seed(demoClients);
  const app = new Koa();
  // As the web app does it: the prefix is taken off before the provider sees the path.
  app.use(mount('/ile', ile.middleware));
  app.use(ile.middleware);
  app.use(root.middleware);
  server.on('request', app.callback());
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await opened.close();
});

const documentAt = async (path: string) => (await fetch(`${origin}${path}`)).json();

describe('an issuer with a path', () => {
  test('is found in both forms of the well-known address (O42)', async () => {
    const paths = [
      '/ile/.well-known/openid-configuration',
      '/.well-known/openid-configuration/ile',
      '/.well-known/oauth-authorization-server/ile',
    ];
    for (const path of paths) {
      expect(await documentAt(path)).toMatchObject({
        issuer: `${origin}/ile`,
        authorization_endpoint: `${origin}/ile/auth`,
        jwks_uri: `${origin}/ile/jwks`,
      });
    }
    expect(await documentAt('/.well-known/openid-configuration')).toMatchObject({ issuer: origin });
  });

  test('sends people to its own pages, with cookies of its own name', async () => {
    const config = await openid.discovery(new URL(ile.issuer), 'portal', undefined, openid.None(), {
      execute: [openid.allowInsecureRequests],
    });
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: 'http://localhost:4001/callback',
      scope: 'openid',
      code_challenge: await openid.calculatePKCECodeChallenge(openid.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
    });
    const browser = new Browser(origin);
    const response = await browser.fetch(url);
    expect(response.headers.get('location')).toMatch(/^\/ile\/interaction\/[\w-]+$/);
    const cookies = [...browser.cookies.keys()];
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie).toMatch(/^ile-/);
  });

  test('has keys of its own', async () => {
    const kids = async (path: string) => JSON.stringify(await documentAt(path));
    expect(await kids('/ile/jwks')).not.toBe(await kids('/jwks'));
  });
});

test.each([
  ['/auth', '', '/auth'],
  ['/auth/abc', '', '/auth/abc'],
  ['/auth/abc/def', '', undefined],
  ['/interaction/abc', '', undefined],
  ['/ile/token', '/ile', '/token'],
  ['/token', '/ile', undefined],
  ['/ilex/token', '/ile', undefined],
  ['/.well-known/openid-configuration/ile', '', undefined],
  ['/.well-known/openid-configuration/other', '/ile', undefined],
])('%s at %j is %s', (path, basePath, expected) => {
  expect(ownPath(path, basePath)).toBe(expected);
});

test('an https issuer sets cookies that no plain connection carries (O55)', async () => {
  const https = await createOidcProvider({
    ...baseDeps('https://id.exemple.test', opened.database),
    wakeUps: { onWake: () => () => {} },
    log: createLog('silent'),
  });
  await https.clients.seed(demoClients);
  const app = new Koa();
  app.use(https.middleware);
  const behindProxy = createServer(app.callback());
  await new Promise<void>((resolve) => behindProxy.listen(0, '127.0.0.1', resolve));
  const { port } = behindProxy.address() as AddressInfo;
  const challenge = await openid.calculatePKCECodeChallenge(openid.randomPKCECodeVerifier());
  const query = new URLSearchParams({
    client_id: 'portal',
    response_type: 'code',
    redirect_uri: 'http://localhost:4001/callback',
    scope: 'openid',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const response = await fetch(`http://127.0.0.1:${port}/auth?${query}`, { redirect: 'manual' });
  const cookies = response.headers.getSetCookie();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/^__Secure-exemple-(interaction|resume)/);
    expect(cookie.toLowerCase()).toContain('; secure');
    expect(cookie.toLowerCase()).toContain('; httponly');
    expect(cookie.toLowerCase()).toContain('; samesite=lax');
  }
  behindProxy.closeAllConnections();
  await new Promise((resolve) => behindProxy.close(resolve));
});
