// The routes of passwords and of accounts that people open, with the use cases behind them; every answer is held
// against the published document.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { buildOpenApi } from '../../../src/api/openapi.ts';
import type { ApiToken } from '../../../src/api/route-types.ts';
import { apiRoutes, createRouter } from '../../../src/api/router.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createAnswerCheck } from '../../support/openapi-answers.ts';
import { type Customer, createPasswordWorld, newPassword, oldPassword } from '../authentication/password-world.ts';
import { apiDeps } from './api-deps.ts';

let open: TestDatabase;
let world: Awaited<ReturnType<typeof createPasswordWorld>>;
let server: Server;
let issuer: string;
let check: ReturnType<typeof createAnswerCheck>;
const issued = new Map<string, ApiToken>();

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = await createPasswordWorld(open.database);
  server = createServer((request, response) => void app.callback()(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const passwords = { ...world, newBrowser: () => 'browser-of-this-test' };
  const verifyAccessToken = async (token: string) => issued.get(token)!;
  const deps = { ...apiDeps({ issuer, database: open.database }), passwords, verifyAccessToken };
  const routes = apiRoutes(deps);
  check = createAnswerCheck(z.any().parse(buildOpenApi(deps, routes)));
  const app = new Koa();
  app.use(createRouter(deps, routes));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await open.close();
});

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, never>> & { readonly fields?: { field: string; problem: string }[] };
  readonly cookie: string | null;
}

async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const url = `${issuer}/api/account/v1${path}`;
  const response = await fetch(url, {
    method,
    headers: { cookie: 'flow=browser-of-this-test', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer: unknown = text === '' ? undefined : JSON.parse(text);
  const { status } = response;
  check({ method, url, status, contentType: response.headers.get('content-type'), body: answer });
  return { status, body: z.any().parse(answer ?? {}), cookie: response.headers.get('set-cookie') } satisfies Answer;
}

const sumOf = (body: { challenge?: { sum: [number, number] } }) => {
  const [a, b] = body.challenge?.sum ?? [0, 0];
  return String(a + b);
};

function tokenOf({ accountId }: Customer, authTime = new Date()): Record<string, string> {
  const token = `token-${issued.size}`;
  const scopes = new Set(['account.write']);
  const about = { clientId: 'app', loa: 1, brand: 'exemple', session: 'ses_own' };
  issued.set(token, { accountId, scopes, authTime, ...about });
  return { authorization: `Bearer ${token}` };
}

test('a forgotten password: identifier, challenge, channels, channel, code, password (B06 to B09)', async () => {
  const customer = await world.customer();
  const begun = await call('POST', '/password-resets', { identifier: customer.email });
  expect(begun).toMatchObject({ status: 202, body: { step: 'challenge', state: 'pending' } });
  expect(begun.cookie).toMatch(/^flow=browser-of-this-test; path=\/api; samesite=strict; httponly/i);
  const flow = `/password-resets/${begun.body.id}`;
  expect((await call('GET', `${flow}/channels`)).status).toBe(409);
  const passed = await call('POST', `${flow}/challenge`, { answer: sumOf(begun.body) });
  expect(passed).toMatchObject({ status: 202, body: { step: 'channel' } });
  expect((await call('GET', flow)).body).toEqual(passed.body);
  const channels = await call('GET', `${flow}/channels`);
  expect(channels.body[0]).toEqual({ id: 'email', mediumType: 'email', hint: 'p***@…' });
  const sent = await call('POST', `${flow}/channel`, { channel: 'email' });
  expect(sent).toMatchObject({ status: 202, body: { step: 'code', channel: 'email' } });
  const wrong = await call('POST', `${flow}/code`, { code: 'nonsense' });
  expect(wrong).toMatchObject({ status: 422, body: { fields: [{ field: 'code', problem: 'code_invalid' }] } });
  expect((await call('POST', `${flow}/code`, { code: await world.digits() })).body.step).toBe('password');
  const short = await call('POST', `${flow}/password`, { new: 'court', confirm: 'court' });
  expect(short).toMatchObject({ status: 422, body: { fields: [{ field: 'new', problem: 'too_short' }] } });
  const set = await call('POST', `${flow}/password`, { new: newPassword, confirm: newPassword });
  expect(set).toMatchObject({ status: 202, body: { step: 'done', state: 'done' } });
  expect(await world.opens(customer, newPassword)).toBe(true);
});

test('who has no account gets the same answers, and a flow is not there in another browser (B06)', async () => {
  const begun = await call('POST', '/password-resets', { identifier: '0639989999' });
  const flow = `/password-resets/${begun.body.id}`;
  await call('POST', `${flow}/challenge`, { answer: sumOf(begun.body) });
  expect((await call('GET', `${flow}/channels`)).body).toHaveLength(2);
  expect((await call('POST', `${flow}/channel`, { channel: 'mobile' })).status).toBe(202);
  expect((await call('POST', `${flow}/code`, { code: '123456' })).status).toBe(422);
  expect((await call('GET', flow, undefined, { cookie: 'flow=another' })).status).toBe(404);
  expect((await call('GET', flow, undefined, { cookie: '' })).status).toBe(404);
  const none = await call('POST', '/password-resets', { identifier: 'neither' });
  expect(none.body.fields).toEqual([{ field: 'identifier', problem: 'malformed' }]);
});

test('a change needs a fresh login and the present password; it keeps the session that it came from', async () => {
  const customer = await world.customer();
  const wish = { current: oldPassword, new: newPassword, confirm: newPassword };
  const old = tokenOf(customer, new Date(Date.now() - 600_000));
  expect((await call('POST', '/me/password', wish, old)).status).toBe(401);
  const fresh = tokenOf(customer);
  const wrong = await call('POST', '/me/password', { ...wish, current: 'not this one' }, fresh);
  expect(wrong).toMatchObject({ status: 422, body: { fields: [{ field: 'current', problem: 'wrong' }] } });
  const twice = await call('POST', '/me/password', { ...wish, confirm: 'another' }, fresh);
  expect(twice.body.fields).toEqual([{ field: 'confirm', problem: 'not_repeated' }]);
  expect((await call('POST', '/me/password', wish, fresh)).status).toBe(204);
  expect(world.ended).toContainEqual({ accountId: customer.accountId, current: 'ses_own', open: 0 });
});

test('an account without a contract: names, challenge, code, password and terms (C06, C07)', async () => {
  const details = { givenName: 'Léa', familyName: 'Roche', emailAddress: 'lea.roche@exemple.test' };
  const begun = await call('POST', '/accounts', { ...details, title: 'Mme', language: 'en' });
  expect(begun).toMatchObject({ status: 202, body: { step: 'challenge' } });
  const flow = `/accounts/${begun.body.id}`;
  expect(begun.body.href).toBe(`${issuer}/api/account/v1${flow}`);
  const passed = await call('POST', `${flow}/challenge`, { answer: sumOf(begun.body) });
  expect(passed.body).toMatchObject({ step: 'code', emailCode: 'sent', mobileCode: 'none' });
  expect((await call('GET', flow)).body).toEqual(passed.body);
  expect((await call('POST', `${flow}/codes`, {})).status).toBe(202);
  expect((await call('POST', `${flow}/code`, { emailCode: '1' })).status).toBe(422);
  const entered = await call('POST', `${flow}/code`, { emailCode: await world.digits() });
  expect(entered.body).toMatchObject({ step: 'password', termsVersion: 'v1' });
  const choice = { new: newPassword, confirm: newPassword, accept: true, termsVersion: 'v1' };
  const refused = await call('POST', `${flow}/password`, { ...choice, accept: false });
  expect(refused.body.fields).toEqual([{ field: 'accept', problem: 'terms_missing' }]);
  expect(await call('POST', `${flow}/password`, choice)).toMatchObject({ status: 201, body: { step: 'done' } });
  const wrong = await call('POST', '/accounts', { ...details, givenName: '', emailAddress: 'x' });
  expect(wrong.body.fields).toEqual([
    { field: 'emailAddress', problem: 'malformed' },
    { field: 'givenName', problem: 'missing' },
  ]);
});
