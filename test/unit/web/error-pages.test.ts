// Errors, headers, logs and files: what every answer has, and what none may show.
import type { Middleware } from 'koa';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { AppError, type ErrorCode, errorCatalogue } from '../../../src/errors.ts';
import type { DeveloperTools } from '../../../src/web/developers-types.ts';
import { Browser, textOf } from './browser.ts';
import { startScripted } from './scripted-login.ts';

const noTools: DeveloperTools = {
  registrationOpen: false,
  endpoints: () => [],
  register: async () => ({ kind: 'full' }),
  findRefusal: async () => undefined,
  note() {},
};

function failing(error: () => unknown) {
  const provider: Middleware = () => {
    throw error();
  };
  return startScripted({}, { provider });
}

const requestLines = (log: readonly string[]) =>
  log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');

describe('an error page', () => {
  const codes = Object.keys(errorCatalogue) as ErrorCode[];

  test.each(codes)('says %s in both languages, with its status and the trace id', async (code) => {
    for (const language of ['fr', 'en']) {
      const { app } = failing(() => new AppError(code, { detail: 'inner detail' }));
      const response = await new Browser(app, { language }).get('/auth');
      expect(response.status).toBe(errorCatalogue[code].status);
      expect(response.text).toContain(`<html lang="${language}"`);
      expect(response.text).toContain(`data-trace>${response.headers['x-request-id']}<`);
      expect(response.text).not.toContain('inner detail');
      expect(response.headers['cache-control']).toBe('no-store');
    }
  });

  test('shows nothing of what went wrong inside; the log has it once, under the same trace id (O57)', async () => {
    const { app, log } = failing(() => new TypeError('cannot read secrets of undefined'));
    const response = await new Browser(app).get('/auth');
    expect(response.status).toBe(500);
    expect(response.text).not.toMatch(/secrets|TypeError|\.ts:|node_modules/);
    const lines = log.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ error: 'internal', trace: response.headers['x-request-id'] });
    expect(lines[0].err.message).toContain('secrets of undefined');
  });

  test('is 503 with a time to try again while the database is gone, and says nothing of it (X120)', async () => {
    const gone = Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
    const { app, log } = failing(() => gone);
    const response = await new Browser(app).get('/auth');
    expect([response.status, response.headers['retry-after']]).toEqual([503, '5']);
    expect(response.text).toContain('data-error="temporarily_unavailable"');
    expect(response.text).not.toMatch(/terminating|57P01/);
    expect(log.join('\n')).toContain('terminating connection');
  });

  test('leads a developer to the reason, in the sandbox only', async () => {
    const link = async (registrationOpen: boolean) => {
      const { app } = startScripted({}, { developers: { ...noTools, registrationOpen } });
      const { text, headers } = await new Browser(app).get('/no/such/page');
      return text.includes(`href="/developers/refusal?trace=${headers['x-request-id']}"`);
    };
    expect(await link(true)).toBe(true);
    expect(await link(false)).toBe(false);
  });

  test('is a problem document for programs', async () => {
    const { app } = failing(() => new AppError('temporarily_unavailable', { detail: 'x', retryAfterSeconds: 9 }));
    const response = await supertest(app.callback()).get('/auth');
    expect([response.status, response.headers['retry-after']]).toEqual([503, '9']);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.body).toEqual({
      type: 'about:blank',
      title: errorCatalogue.temporarily_unavailable.meaning,
      status: 503,
      code: 'temporarily_unavailable',
      trace: response.headers['x-request-id'],
    });
  });

  test('says that there is nothing at an unknown address', async () => {
    const { app } = startScripted();
    const response = await new Browser(app).get('/no/such/<page>');
    expect(response.status).toBe(404);
    expect(textOf(response.text)).toContain('Page introuvable');
    expect(response.text).not.toContain('such');
  });

  test('says that an address does not take a method, and which it takes', async () => {
    const { app } = startScripted();
    const response = await supertest(app.callback()).put('/interaction/uid-1').set('Accept', 'text/html');
    expect([response.status, response.headers['allow']]).toEqual([405, 'HEAD, GET, POST']);
    expect(response.text).toContain('data-error="method_not_allowed"');
  });
});

describe('every answer', () => {
  test.each(['/interaction/uid-1', '/', '/nix', '/interaction/uid-1/status'])(
    'of %s has the security headers',
    async (path) => {
      const { app } = startScripted();
      const { headers } = await new Browser(app).get(path);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';" +
          "frame-ancestors 'none';base-uri 'none'",
      );
      expect(headers).toMatchObject({
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'unsafe-none',
      });
      expect(headers['strict-transport-security']).toBeUndefined();
      expect(headers['x-powered-by']).toBeUndefined();
    },
  );

  test('has a trace id of ours, never the browser’s', async () => {
    const { app } = startScripted();
    const browser = new Browser(app);
    const ids = [await browser.get('/', { 'X-Request-Id': 'mine' }), await browser.get('/')].map(
      (response) => response.headers['x-request-id'],
    );
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('the log of requests', () => {
  test('has the pattern of the address, never the address itself', async () => {
    const { app, log } = startScripted();
    const browser = new Browser(app, { headers: { 'User-Agent': 'Agent-Needle' } });
    await browser.get('/interaction/uid-1?login_hint=needle-33639980001');
    await browser.get('/needle/of/mine');
    await browser.submit('/interaction/uid-1', { identifier: '0639980001', password: 'needle-password' });
    const lines = requestLines(log);
    expect(lines.map(({ method, route, status }) => [method, route, status])).toEqual([
      ['GET', '/interaction/:uid', 200],
      ['GET', 'unmatched', 404],
      ['GET', '/interaction/:uid', 200],
      ['POST', '/interaction/:uid', 303],
    ]);
    expect(lines[0]).toMatchObject({ level: 'info', trace: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(log.join('')).not.toMatch(/needle|uid-1|0639980001|127\.0\.0\.1/i);
  });
});

test('the log knows the provider’s own addresses, without the ids in them', async () => {
  const provider: Middleware = (ctx) => {
    ctx.respond = false;
    ctx.res.end('ok');
  };
  const { app, log } = startScripted({}, { provider });
  for (const path of ['/token', '/auth/needle', '/needle']) await new Browser(app).get(path);
  expect(requestLines(log).map(({ route }) => route)).toEqual(['/token', '/auth/:id', 'unmatched']);
});

describe('files', () => {
  const pathOf = async (browser: Browser, pattern: RegExp) => pattern.exec((await browser.get('/')).text)?.[0] ?? '';

  test.each([
    [/\/static\/pico-\w+\.css/, 'text/css; charset=utf-8'],
    [/\/static\/provider-\w+\.css/, 'text/css; charset=utf-8'],
    [/\/static\/login-\w+\.js/, 'text/javascript; charset=utf-8'],
    [/\/static\/favicon-\w+\.svg/, 'image/svg+xml'],
  ])('%s is named by its content and kept for ever', async (pattern, type) => {
    const browser = new Browser(startScripted().app);
    const path = await pathOf(browser, pattern);
    const response = await browser.get(path);
    expect([response.status, response.headers['content-type']]).toEqual([200, type]);
    expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const again = await browser.get(path, { 'If-None-Match': response.headers['etag'] ?? '' });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test('/favicon.ico is there, for an hour', async () => {
    const response = await new Browser(startScripted().app).get('/favicon.ico');
    expect([response.status, response.headers['cache-control']]).toEqual([200, 'public, max-age=3600']);
  });

  test.each(['/static/provider.css', '/static/../package.json', '/static/%2e%2e/package.json', '/static/portal.css'])(
    'nothing else is served: %s',
    async (path) => {
      expect((await new Browser(startScripted().app).get(path)).status).toBe(404);
    },
  );
});

describe('the front page', () => {
  test('says what this address is and where discovery is', async () => {
    const { app } = startScripted({}, { links: { portal: 'http://localhost:3001/' } });
    const { status, text } = await new Browser(app, { language: 'en' }).get('/');
    expect(status).toBe(200);
    expect(text).toContain('<h1>Exemple Télécom login</h1>');
    expect(text).toContain('href="/.well-known/openid-configuration"');
    expect(text).toContain('href="http://localhost:3001/"');
    expect(text).not.toContain('/api/docs');
  });
});
