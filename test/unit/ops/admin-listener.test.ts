// The admin listener: token, own host and origin only, JSON for writes, bounded bodies, problem details.
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '../../../src/errors.ts';
import { type AdminRoute, startAdminListener } from '../../../src/ops/admin-listener.ts';
import type { OpenListener } from '../../../src/ops/http-listener.ts';
import { captureLog } from '../../support/logs.ts';

const token = 'a-token-that-only-staff-knows-0123456789';
const captured = captureLog();
let listener: OpenListener;

const routes: AdminRoute[] = [
  { method: 'GET', path: '/sandbox/clock', handler: async () => ({ offsetSeconds: 0 }) },
  { method: 'POST', path: '/admin/echo', handler: async ({ body, query }) => ({ body, q: query.get('q') }) },
  { method: 'POST', path: '/admin/nothing', handler: async () => undefined },
  {
    method: 'POST',
    path: '/admin/strict',
    handler: async ({ body }) => z.object({ seconds: z.int().positive() }).parse(body),
  },
  {
    method: 'POST',
    path: '/admin/conflict',
    handler: async () => {
      throw new AppError('conflict', { detail: 'the client is there already' });
    },
  },
  {
    method: 'POST',
    path: '/admin/bug',
    handler: async () => {
      throw new TypeError('needle of a bug');
    },
  },
];

beforeAll(async () => {
  listener = await startAdminListener({ port: 0, token, routes, log: captured.log });
});
afterAll(() => listener.close());

interface Call {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly json: unknown;
}

const authorised = { authorization: `Bearer ${token}` };
const json = { ...authorised, 'content-type': 'application/json' };

/** Plain node:http, because fetch does not let a caller choose Host and Origin. */
function call(path: string, { method = 'GET', headers = authorised, body }: Call = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: listener.port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          json: text === '' ? undefined : JSON.parse(text),
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

test('with the token a route answers JSON that nobody keeps', async () => {
  const answer = await call('/sandbox/clock');
  expect(answer).toMatchObject({ status: 200, json: { offsetSeconds: 0 } });
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
});

test('it listens on the loopback address only', () => {
  expect(listener.url).toBe(`http://127.0.0.1:${listener.port}`);
});

test.each([
  ['no token', {}],
  ['another token', { authorization: 'Bearer another' }],
  ['the token with a letter more', { authorization: `Bearer ${token}x` }],
  ['the token as a password', { authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}` }],
])('with %s there is no answer, not even whether the path exists', async (_what, headers) => {
  for (const path of ['/sandbox/clock', '/nowhere']) {
    const answer = await call(path, { headers });
    expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer', 'content-type': 'application/problem+json' });
  }
});

test.each([
  'id.example.com',
  'attacker.example:3004',
  '127.0.0.1.attacker.example',
  'localhost@attacker.example',
  '192.0.2.1',
])('a request for host %s is refused (DNS rebinding)', async (host) => {
  const answer = await call('/sandbox/clock', { headers: { ...authorised, host } });
  expect(answer).toMatchObject({ status: 403, json: { code: 'forbidden_origin' } });
});

test.each(['localhost:3004', '127.0.0.1', '[::1]:3004'])('a request for host %s is answered', async (host) => {
  expect((await call('/sandbox/clock', { headers: { ...authorised, host } })).status).toBe(200);
});

test('a page of another origin is refused, a page of this listener is not, and CORS is never granted', async () => {
  const own = `127.0.0.1:${listener.port}`;
  const of = (origin: string) => call('/sandbox/clock', { headers: { ...authorised, host: own, origin } });
  for (const origin of ['https://attacker.example', 'null', 'http://localhost:3000', `https://${own}`]) {
    expect(await of(origin)).toMatchObject({ status: 403, json: { code: 'forbidden_origin' } });
  }
  const answer = await of(`http://${own}`);
  expect(answer.status).toBe(200);
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

test('a write must be JSON', async () => {
  const send = (type: string) =>
    call('/admin/echo', { method: 'POST', headers: { ...authorised, 'content-type': type }, body: '{}' });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
    expect(await send(type)).toMatchObject({ status: 415, json: { code: 'unsupported_media_type' } });
  }
  expect((await send('application/json; charset=utf-8')).status).toBe(200);
});

test('body and query reach the handler', async () => {
  const answer = await call('/admin/echo?q=1', { method: 'POST', headers: json, body: '{"a":[1]}' });
  expect(answer.json).toEqual({ body: { a: [1] }, q: '1' });
});

test('a body that is no JSON is malformed, one above the limit is too large', async () => {
  const broken = await call('/admin/echo', { method: 'POST', headers: json, body: '{"a":' });
  expect(broken).toMatchObject({ status: 400, json: { code: 'malformed' } });
  const large = await call('/admin/echo', { method: 'POST', headers: json, body: `"${'a'.repeat(1024 * 1024)}"` });
  expect(large).toMatchObject({ status: 413, json: { code: 'body_too_large' } });
});

test('an answer without content is 204', async () => {
  expect(await call('/admin/nothing', { method: 'POST', headers: json })).toMatchObject({
    status: 204,
    json: undefined,
  });
});

test('an unknown path is 404, a known one with another method 405', async () => {
  expect((await call('/nowhere')).status).toBe(404);
  expect((await call('/admin/echo')).status).toBe(405);
  expect((await call('//')).status).toBe(404);
});

test('a field that does not fit is named, its value is not', async () => {
  const answer = await call('/admin/strict', { method: 'POST', headers: json, body: '{"seconds":"needle"}' });
  expect(answer).toMatchObject({ status: 422, json: { code: 'validation', errors: [{ field: 'seconds' }] } });
  expect(JSON.stringify(answer.json)).not.toContain('needle');
});

test('a refusal of ours says why, a bug says nothing and is logged', async () => {
  const conflict = await call('/admin/conflict', { method: 'POST', headers: json });
  expect(conflict).toMatchObject({ status: 409, json: { code: 'conflict', detail: 'the client is there already' } });
  const bug = await call('/admin/bug', { method: 'POST', headers: json });
  expect(bug).toMatchObject({ status: 500, json: { code: 'internal' } });
  expect(JSON.stringify(bug.json)).not.toContain('needle');
  expect(captured.lines.join('')).toContain('needle of a bug');
});

test('the token is in no log line', () => {
  expect(captured.lines.join('')).not.toContain(token);
});
