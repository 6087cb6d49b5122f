// `GET /api/account/v1/me` with tokens of the real provider.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { buildOpenApi } from '../../../src/api/openapi.ts';
import { apiRoutes, createRouter } from '../../../src/api/router.ts';
import { createConsentDesk } from '../../../src/oidc/consents.ts';
import { createLog } from '../../../src/ops/log.ts';
import { createAnswerCheck } from '../../support/openapi-answers.ts';
import { alice, shopCallback } from '../oidc/people.ts';
import { login, openWorld, type World } from '../oidc/relying-party.ts';
import { apiDeps } from './api-deps.ts';

let world: World;
let server: Server;
let base: string;
let check: ReturnType<typeof createAnswerCheck>;
const lines: string[] = [];
beforeAll(async () => {
  world = await openWorld();
  const { issuer, database, oidc } = world;
  const log = createLog('debug', { write: (line) => lines.push(line) });
  const app = new Koa();
  const audit = { consentWithdrawn: async () => {} };
  const consents = createConsentDesk({ database, issuer, clients: oidc.clients, audit });
  const { verifyAccessToken } = oidc;
  const deps = { ...apiDeps({ issuer, database }), consents, verifyAccessToken, log };
  const routes = apiRoutes(deps);
  check = createAnswerCheck(z.any().parse(JSON.parse(JSON.stringify(buildOpenApi(deps, routes)))));
  app.use(createRouter(deps, routes));
  server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await world.close();
});

async function tokenFor(scope: string): Promise<string> {
  const resource = `${world.issuer}/api`;
  return (await login(world, { parameters: { scope, resource }, resource })).tokens.access_token;
}

/** Calls, and holds the answer against the published document. */
async function send(method: string, path: string, token: string): Promise<Response> {
  const response = await fetch(`${base}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const text = await response.clone().text();
  const { status, headers } = response;
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  check({ method, url: `${world.issuer}${path}`, status, contentType: headers.get('content-type'), body });
  return response;
}
const me = (token: string) => send('GET', '/api/account/v1/me', token);

test('tells the customer who she is, contacts masked', async () => {
  const response = await me(await tokenFor('openid account.read'));
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const body = await response.json();
  expect(body).toEqual({
    id: alice,
    href: `${world.issuer}/api/account/v1/me`,
    '@type': 'Individual',
    title: 'F',
    name: 'Alice Arnaud',
    givenName: 'Alice',
    familyName: 'Arnaud',
    readOnly: ['givenName', 'familyName'],
    status: 'active',
    brand: 'exemple',
    accountKind: 'main',
    language: 'fr',
    contactMedium: [
      { mediumType: 'email', preferred: true, characteristic: { emailAddress: 'a***@exemple.test', isVerified: true } },
      { mediumType: 'mobile', preferred: false, characteristic: { phoneNumber: '+33 6 39 98 ** 01' } },
    ],
  });
});

test('is refused without the scope, and with a token for userinfo', async () => {
  expect((await me(await tokenFor('openid usage.read'))).status).toBe(403);
  const opaque = (await login(world, { parameters: { scope: 'openid account.read' } })).tokens.access_token;
  expect((await me(opaque)).status).toBe(401);
});

test('of an account that was closed meanwhile is not found', async () => {
  const token = await tokenFor('openid account.read');
  const { db } = world.database;
  await db.updateTable('accounts').set({ status: 'closed' }).where('id', '=', alice).execute();
  const response = await me(token);
  expect({ status: response.status, body: await response.json() }).toMatchObject({
    status: 404,
    body: { code: 'not_found' },
  });
  await db.updateTable('accounts').set({ status: 'active' }).where('id', '=', alice).execute();
});

test('shows who may read what, and takes it back once (A38, X117)', async () => {
  await login(world, { client: 'shop', redirectUri: shopCallback });
  const call = async (method: string, path: string, token: string) => {
    const response = await send(method, `/api/account/v1/me/consents${path}`, token);
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const reader = await tokenFor('openid account.read');
  const { body: allowed } = await call('GET', '', reader);
  expect(allowed).toMatchObject([{ '@type': 'Consent', name: expect.any(String), scope: expect.any(Array) }]);
  const path = `/${allowed[0].id}`;
  expect(allowed[0].href).toBe(`${world.issuer}/api/account/v1/me/consents${path}`);
  expect((await call('DELETE', path, reader)).status).toBe(403);
  const writer = await tokenFor('openid account.read account.write');
  expect((await call('DELETE', '/con_nobody', writer)).status).toBe(404);
  expect((await call('DELETE', path, writer)).status).toBe(204);
  expect((await call('DELETE', path, writer)).status).toBe(404);
  expect((await call('GET', '', writer)).body).toEqual([]);
});

test('leaves no token and no full number in the log', async () => {
  const token = await tokenFor('openid account.read');
  await me(token);
  await me('not-a-token');
  const log = [...lines, ...world.log].join('\n');
  expect(log).not.toContain(token);
  expect(log).not.toContain('33639980001');
});
