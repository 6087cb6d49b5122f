// The edge of the APIs: tokens, scopes, levels, bodies and errors, over a table of routes made for the test.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { proofAlgorithms } from '../../../src/api/problems.ts';
import {
  type ApiCall,
  type ApiToken,
  type OpenCall,
  type Route,
  type TokenPresentation,
  withInput,
} from '../../../src/api/route-types.ts';
import { createRouter } from '../../../src/api/router.ts';
import type { IdempotentClaim } from '../../../src/customer/idempotent-answers.ts';
import type { StrongCheck } from '../../../src/customer/strong-check.ts';
import type { LineDesk, StrongDemand } from '../../../src/enrolment/line-desk-types.ts';
import { AppError } from '../../../src/errors.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { createLog } from '../../../src/ops/log.ts';
import { apiDeps } from './api-deps.ts';

const now = new Date('2025-06-01T12:00:00Z');
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1_000);

/** Where a client learns how to get a token (RFC 9728). */
const metadata = 'resource_metadata="https://id.exemple.test/.well-known/oauth-protected-resource/api"';

let token: ApiToken;
let demand: StrongDemand;
let presented: TokenPresentation;
let openWait: number | undefined;
let strong: StrongCheck['check'];
const claims: IdempotentClaim[] = [];
const aToken = (change: Partial<ApiToken> = {}): ApiToken => ({
  accountId: 'acc_alice' as AccountId,
  clientId: 'portal',
  scopes: new Set(['account.read']),
  loa: 1,
  authTime: secondsAgo(60),
  brand: 'exemple',
  ...change,
});

const common = { scope: 'account.read', level: 'P', summary: 'A thing', answers: { 200: z.any() } } as const;
const routes: Route[] = [
  {
    ...common,
    method: 'GET',
    path: '/things/:id',
    handle: async ({ params, query }: ApiCall) => ({ body: { ...params, q: query.get('q') } }),
  },
  { ...common, method: 'GET', path: '/fresh', level: 'Pf', handle: async () => ({ body: {} }) },
  { ...common, method: 'GET', path: '/sim', level: 'M', handle: async () => ({ body: {} }) },
  { ...common, method: 'DELETE', path: '/things/:id', handle: async () => ({}) },
  {
    ...{ ...common, method: 'POST', path: '/order', idempotent: true },
    handle: async ({ idempotencyKey }: ApiCall) => ({ body: { key: idempotencyKey } }),
  },
  { ...common, method: 'POST', path: '/strong', level: 'M*', action: 'order', handle: async () => ({}) },
  {
    ...{ open: true, method: 'POST', path: '/open', summary: 'For anybody', answers: { 200: z.any() } },
    handle: async ({ locale, browser }: OpenCall) => ({ body: { locale, browser }, browser: 'b1' }),
  },
  { ...common, method: 'GET', path: '/broken', handle: async () => Promise.reject(new TypeError('secret inside')) },
  withInput({
    ...common,
    method: 'POST',
    path: '/things',
    input: z.object({ name: z.string().max(10), count: z.number().int() }),
    handle: async ({ input }) => ({ status: 201, body: { name: input.name }, headers: { Location: '/api/things/1' } }),
  }),
];

const lines: string[] = [];
let server: Server;
let base: string;
beforeAll(async () => {
  const app = new Koa();
  app.use(
    createRouter(
      {
        ...apiDeps({ issuer: 'https://id.exemple.test', database: undefined as never }),
        now: () => now,
        takeOpen: async () => openWait,
        strong: {
          check: (caller, claim) => strong(caller, claim),
          sendCode: async () => ({ kind: 'needs-fresh' }),
        },
        answered: {
          async once(claim, act) {
            claims.push(claim);
            return await act();
          },
        },
        log: createLog('debug', { write: (line) => lines.push(line) }),
        lines: { demandNow: async () => demand } as unknown as LineDesk,
        verifyAccessToken: async (value, how) => {
          presented = how;
          if (value === 'nonce') how.offerNonce('n1');
          if (value === 'nonce') throw new AppError('use_dpop_nonce');
          if (value === 'proof') throw new AppError('invalid_dpop_proof');
          if (value !== 'good') throw new AppError('invalid_token', { detail: 'bad' });
          return token;
        },
      },
      routes,
    ),
  );
  server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  token = aToken();
  demand = { kind: 'sim-pin' };
  openWait = undefined;
  claims.length = 0;
  lines.length = 0;
});

async function call(path: string, init: RequestInit & { auth?: string | null } = {}) {
  const { auth = 'Bearer good', ...rest } = init;
  const headers = { ...(auth === null ? {} : { authorization: auth }), ...rest.headers };
  const response = await fetch(`${base}${path}`, { ...rest, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  call('/things', { method: 'POST', body, headers });

describe('a call', () => {
  test('gets path parameters and query, and an answer that no cache keeps', async () => {
    const { status, body, headers } = await call('/things/7?q=a%20b');
    expect({ status, body }).toEqual({ status: 200, body: { id: '7', q: 'a b' } });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('without an answer body is a 204', async () => {
    expect(await call('/things/7', { method: 'DELETE' })).toMatchObject({ status: 204, body: undefined });
  });

  test('to an unknown address is a 404 problem, with or without a token', async () => {
    for (const auth of ['Bearer good', null]) {
      const { status, body, headers } = await call('/nothing', { auth });
      expect(status).toBe(404);
      expect(body).toMatchObject({ type: 'about:blank', status: 404, code: 'not_found' });
      expect(headers.get('content-type')).toContain('application/problem+json');
    }
  });

  test('with a method that the address does not take is a 405 that names those it takes', async () => {
    const { status, body, headers } = await call('/things/7', { method: 'PATCH' });
    expect({ status, code: body.code }).toEqual({ status: 405, code: 'method_not_allowed' });
    expect(headers.get('allow')).toContain('DELETE');
  });

  test('that breaks inside tells nothing and is logged once', async () => {
    const { status, body } = await call('/broken');
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'internal' });
    expect(JSON.stringify(body)).not.toContain('secret inside');
    expect(lines).toHaveLength(1);
  });
});

describe('the access token', () => {
  test('is asked for by a bare challenge when none came', async () => {
    const { status, body, headers } = await call('/things/7', { auth: null });
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'invalid_token' });
    expect(headers.get('www-authenticate')).toBe(`Bearer ${metadata}, DPoP algs="${proofAlgorithms}", ${metadata}`);
  });

  test.each(['Bearer bad', 'Basic Z29vZA==', 'Bearer', 'Bearer good good'])('%s is refused', async (auth) => {
    const { status, headers } = await call('/things/7', { auth });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe(`Bearer error="invalid_token", ${metadata}`);
  });

  test('bound to a key comes with its proof, its address as the issuer has it, and the certificate of the proxy (O49, O48)', async () => {
    const { status } = await call('/things/7?q=1', { auth: 'DPoP good', headers: { dpop: 'p.r.f', 'x-cert': 'PEM' } });
    expect(status).toBe(200);
    expect(presented).toMatchObject({
      scheme: 'DPoP',
      proof: 'p.r.f',
      method: 'GET',
      url: 'https://id.exemple.test/api/things/7',
      certificate: undefined,
    });
  });

  test.each([
    ['DPoP bad', 'DPoP error="invalid_token", algs='],
    ['DPoP proof', 'DPoP error="invalid_dpop_proof", algs='],
    ['Bearer proof', 'DPoP error="invalid_dpop_proof", algs='],
    ['DPoP nonce', 'DPoP error="use_dpop_nonce", algs='],
  ])('%s is refused in the words of DPoP (O49)', async (auth, challenge) => {
    const { status, headers } = await call('/things/7', { auth });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe(`${challenge}"${proofAlgorithms}", ${metadata}`);
    expect(headers.get('dpop-nonce')).toBe(auth === 'DPoP nonce' ? 'n1' : null);
  });

  test('in the query does not count (O45)', async () => {
    expect((await call('/things/7?access_token=good', { auth: null })).status).toBe(401);
  });

  test('without the scope gets 403 and the name of the scope', async () => {
    token = aToken({ scopes: new Set(['usage.read']) });
    const { status, body, headers } = await call('/things/7');
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'insufficient_scope' });
    expect(headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", scope="account.read", ${metadata}`,
    );
  });
});

describe('levels (RFC 9470)', () => {
  const challenge = async (path: string) => {
    const { status, body, headers } = await call(path);
    return { status, code: body.code, header: headers.get('www-authenticate') ?? '' };
  };

  test.each([
    ['/fresh', aToken({ authTime: secondsAgo(300) }), 200],
    ['/fresh', aToken({ authTime: secondsAgo(301) }), 401],
    ['/sim', aToken({ loa: 3, authTime: secondsAgo(900) }), 200],
    ['/sim', aToken({ loa: 3, authTime: secondsAgo(901) }), 401],
    ['/sim', aToken({ loa: 2 }), 401],
    ['/sim', aToken({ loa: 1 }), 401],
  ])('%s with %o answers %i', async (path, given, expected) => {
    token = given;
    expect((await call(path)).status).toBe(expected);
  });

  test('X43 an endpoint of level M is closed during a lock, and says until when; the others stay open', async () => {
    token = aToken({ loa: 3 });
    demand = { kind: 'later', availableAt: new Date('2025-06-02T12:00:00Z') };
    const { status, body } = await call('/sim');
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'mc_temporarily_unavailable' });
    expect(body.availableAt).toBe('2025-06-02T12:00:00.000Z');
    expect((await call('/fresh')).status).toBe(200);
    expect((await call('/things/7')).status).toBe(200);
  });

  test('an endpoint of level M asks for a new login when no line has the service any more', async () => {
    token = aToken({ loa: 3 });
    demand = { kind: 'code' };
    expect(await challenge('/sim')).toMatchObject({ status: 401, code: 'insufficient_user_authentication' });
  });

  test('the challenge says in loa what would do, and how fresh', async () => {
    const { code, header } = await challenge('/sim');
    expect(code).toBe('insufficient_user_authentication');
    expect(header).toMatch(/^Bearer error="insufficient_user_authentication", /);
    expect(header).toContain('acr_values="3"');
    expect(header).toContain('max_age="900"');
  });
});

describe('a body', () => {
  test('that fits reaches the use case', async () => {
    const { status, body, headers } = await post('{"name":"Zoé","count":1}');
    expect({ status, body }).toEqual({ status: 201, body: { name: 'Zoé' } });
    expect(headers.get('location')).toBe('/api/things/1');
  });

  test('that does not fit names every field at once and shows no value', async () => {
    const { status, body } = await post('{"name":"01234567890","count":"x"}');
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'validation' });
    expect(body.fields.map(({ field }: { field: string }) => field)).toEqual(['name', 'count']);
    expect(JSON.stringify(body)).not.toContain('01234567890');
  });

  test.each([
    ['broken JSON', '{"name":', { 'content-type': 'application/json' }, 400, 'malformed'],
    ['a form', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    ['no type', '{}', { 'content-type': '' }, 415, 'unsupported_media_type'],
    [
      'over 64 KiB',
      JSON.stringify({ name: 'x'.repeat(66_000) }),
      { 'content-type': 'application/json' },
      413,
      'body_too_large',
    ],
  ])('of %s is refused', async (_what, body, headers, status, code) => {
    expect(await post(body, headers)).toMatchObject({ status, body: { code } });
  });
});

describe('a route without a token', () => {
  test('answers anybody, in the language asked for, and binds a flow to the browser by a cookie', async () => {
    const response = await call('/open', { method: 'POST', auth: null, headers: { 'accept-language': 'en' } });
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ locale: 'en' });
    expect(response.headers.get('set-cookie')).toBe('flow=b1; path=/api; samesite=strict; httponly');
    const again = await call('/open', { method: 'POST', auth: null, headers: { cookie: 'flow=b1' } });
    expect(again.body).toEqual({ locale: 'fr', browser: 'b1' });
  });
  test('is limited by address', async () => {
    openWait = 30;
    const response = await call('/open', { method: 'POST', auth: null });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('30');
  });
});

describe('a route that demands Idempotency-Key', () => {
  test.each([undefined, ' ', 'with space', 'x'.repeat(65)])('refuses %j', async (key) => {
    const response = await call('/order', {
      method: 'POST',
      headers: key === undefined ? {} : { 'idempotency-key': key },
    });
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ code: 'idempotency_key_missing' });
  });
  test('hands the key to the use case and the request to the memory of answers', async () => {
    const response = await call('/order', { method: 'POST', headers: { 'idempotency-key': 'k-1' } });
    expect(response.body).toEqual({ key: 'k-1' });
    expect(claims).toEqual([{ owner: 'acc_alice POST /order', key: 'k-1', request: '[{},null]' }]);
  });
});

describe('a route of level M*', () => {
  test.each([
    [{ kind: 'needs-pin' }, 401, 'insufficient_user_authentication'],
    [{ kind: 'needs-fresh' }, 401, 'insufficient_user_authentication'],
    [{ kind: 'needs-code' }, 409, 'code_required'],
    [{ kind: 'wrong-code' }, 422, 'code_invalid'],
    [{ kind: 'no-channel' }, 409, 'shop_identity_check_required'],
    [{ kind: 'later', availableAt: now }, 409, 'mc_temporarily_unavailable'],
  ] as const)('tells what is missing: %j', async (result, status, code) => {
    strong = async () => result;
    const response = await call('/strong', { method: 'POST' });
    expect(response.status).toBe(status);
    expect(response.body).toMatchObject({ code });
  });
  test('passes the code of Confirmation-Code on with the action, and lets the proved through', async () => {
    strong = async (caller, claim) => {
      expect(caller).toMatchObject({ accountId: 'acc_alice', withPin: false, fresh: true });
      expect(claim).toEqual({ action: 'order', code: '123456' });
      return { kind: 'proved' };
    };
    const response = await call('/strong', { method: 'POST', headers: { 'confirmation-code': '123456' } });
    expect(response.status).toBe(204);
  });
});
