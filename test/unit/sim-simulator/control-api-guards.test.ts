// Who may call the control API, what its pages may do, and what stops a start.

import { describe, expect, test } from 'vitest';
import { anExport } from './provider-end.ts';
import { aSimulator, NUMBER, raw, SIM, sim } from './ringing.ts';
import { aPlace, start } from './running.ts';

describe('who may call', () => {
  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80'])(
    'a Host of %s may not',
    async (host) => {
      const { httpPort } = await aSimulator();
      const answer = await raw(httpPort, { path: '/v1/sims', headers: { host } });
      expect(answer.status).toBe(403);
      expect(answer.body).not.toContain(NUMBER);
    },
  );

  test.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST:3002'])('a Host of %s may', async (host) => {
    const { httpPort } = await aSimulator();
    expect((await raw(httpPort, { path: '/v1/sims', headers: { host } })).status).toBe(200);
  });

  test('a page of another origin may not, our own may, and no CORS header is ever sent', async () => {
    const { httpPort } = await aSimulator();
    const call = (origin: string) =>
      raw(httpPort, { method: 'POST', path: '/v1/reset', headers: { host: `localhost:${httpPort}`, origin } });
    for (const origin of ['http://evil.example', 'null', `http://localhost:${httpPort + 1}`]) {
      expect((await call(origin)).status).toBe(403);
    }
    const own = await call(`http://localhost:${httpPort}`);
    expect(own.status).toBe(204);
    expect(Object.keys(own.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'ok=true', 415, 'unsupported_media_type'],
    ['plain text', { 'content-type': 'text/plain' }, '{"ok":true}', 415, 'unsupported_media_type'],
    ['broken JSON', { 'content-type': 'application/json' }, '{"ok":', 400, 'malformed'],
    [
      'too much',
      { 'content-type': 'application/json' },
      JSON.stringify({ pin: '1'.repeat(20_000) }),
      413,
      'body_too_large',
    ],
  ])('%s is refused', async (_name, headers, body, status, code) => {
    const { httpPort } = await aSimulator();
    const answer = await raw(httpPort, { method: 'POST', path: `${SIM}/keys`, headers, body });
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code]);
  });

  test('unknown addresses are 404, known ones with another method 405', async () => {
    const { api } = await aSimulator();
    for (const path of ['/v1/nothing', '/v1/sims/1/2/3', '/v1/constructor', '/web-phone/../serve.ts', '/favicon.ico']) {
      expect(await api.get(path)).toMatchObject({ status: 404 });
    }
    expect(await api.call('DELETE', SIM)).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(await api.call('PUT', '/v1/faults', {})).toMatchObject({ status: 404 });
  });

  test('exposed: any Host, but only with the token; the pages themselves are open', async () => {
    const { httpPort } = await aSimulator({ expose: { token: 'a-token-of-the-test' } });
    const call = (headers: Record<string, string>, path = '/v1/sims') => raw(httpPort, { path, headers });
    const host = 'test-bench.example';
    expect((await call({ host, authorization: 'Bearer a-token-of-the-test' })).status).toBe(200);
    const without = await call({ host });
    expect(without).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.stringContaining('Bearer') } });
    expect((await call({ host, authorization: 'Bearer another' })).status).toBe(401);
    expect((await call({ host }, '/')).status).toBe(200);
  });

  test('not exposed, it refuses to listen on an address that others can reach', async () => {
    await expect(start(await aPlace(anExport(sim)), { host: '0.0.0.0' })).rejects.toThrow('loopback');
  });
});

describe('pages', () => {
  test.each([
    ['/', 'text/html'],
    [`/phone/${encodeURIComponent(NUMBER)}`, 'text/html'],
    ['/web-phone/phone.js', 'text/javascript'],
    ['/web-phone/page.css', 'text/css'],
  ])('%s is served with a policy without inline script', async (path, type) => {
    const { httpPort } = await aSimulator();
    const answer = await raw(httpPort, { path });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain(type);
    expect(answer.headers['content-security-policy']).toContain("script-src 'self'");
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
  });

  test('the OpenAPI document names this address and every call that there is', async () => {
    const { api, httpPort } = await aSimulator();
    const { body } = await api.get('/v1/openapi.json');
    expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: `http://127.0.0.1:${httpPort}` }] });
    const paths = Object.keys((body as { paths: object }).paths);
    expect(paths).toEqual(expect.arrayContaining(['/v1/sims', '/v1/sims/{msisdn}/keys', '/v1/reset', '/v1/events']));
  });
});

test('a port that is taken stops the start and leaves nothing running', async () => {
  const first = await aSimulator();
  const place = await aPlace(anExport(sim));
  await expect(start(place, { httpPort: first.httpPort })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await start(place);
});
