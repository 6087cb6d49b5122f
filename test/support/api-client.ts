// A client of the APIs in the test's own process: the real router over the desks that the test gives, with tokens of
// the test's choice. Every answer is held against the published document, every refusal against the common rules.
import Koa from 'koa';
import supertest from 'supertest';
import { expect } from 'vitest';
import { buildOpenApi } from '../../src/api/openapi.ts';
import { type ApiToken, isOpen, type Route } from '../../src/api/route-types.ts';
import { type ApiDeps, apiRoutes, createRouter } from '../../src/api/router.ts';
import { AppError } from '../../src/errors.ts';
import type { AccountId } from '../../src/identifiers.ts';
import { apiDeps } from '../unit/api/api-deps.ts';
import { createAnswerCheck } from './openapi-answers.ts';

export interface ApiRequest {
  /** Sent as JSON; a string is sent as it stands. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiResponse {
  readonly status: number;
  /** Parsed; undefined for none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its expectations what is in it
  readonly body: any;
  readonly headers: Readonly<Record<string, string>>;
}

/** Calls a path below `/api`. A route that demands an Idempotency-Key gets a new one where the test names none. */
export type CallApi = (method: string, path: string, request?: ApiRequest) => Promise<ApiResponse>;

export interface ApiClient {
  readonly routes: readonly Route[];
  /** Whoever's token it is: by default of a login with the password a moment ago, with every scope there is. */
  as(accountId: string, token?: Partial<ApiToken>): CallApi;
  /** Without a token. */
  readonly anybody: CallApi;
}

const issuer = 'https://id.exemple.test';

/** Makes it. `given`: the database, and the desks whose routes are called; `routes`: another table than all of theirs. */
export function createApiClient(
  given: Pick<ApiDeps, 'database'> & Partial<ApiDeps>,
  routes?: (deps: ApiDeps) => readonly Route[],
): ApiClient {
  const tokens = new Map<string, ApiToken>();
  const deps = apiDeps({
    issuer,
    verifyAccessToken: async (value) => {
      const token = tokens.get(value);
      if (token === undefined) throw new AppError('invalid_token');
      return token;
    },
    ...given,
  });
  const table = routes?.(deps) ?? apiRoutes(deps);
  const call = callerOf(deps, table);
  const everyScope = new Set(table.flatMap((route) => (isOpen(route) ? [] : [route.scope])));
  return {
    routes: table,
    anybody: (method, path, request = {}) => call(method, path, request),
    as(accountId, change = {}) {
      const value = `t${tokens.size + 1}`;
      const base = { accountId: accountId as AccountId, clientId: 'portal', scopes: everyScope, loa: 1 };
      const token = () => ({ ...base, authTime: deps.now(), brand: deps.brand, ...change });
      return (method, path, request = {}) => {
        tokens.set(value, token());
        const headers = { authorization: `Bearer ${value}`, ...request.headers };
        return call(method, path, { ...request, headers });
      };
    },
  };
}

function callerOf(deps: ApiDeps, routes: readonly Route[]) {
  const check = createAnswerCheck(JSON.parse(JSON.stringify(buildOpenApi(deps, routes))));
  const app = new Koa();
  let last = 0;
  app.use((ctx, next) => {
    ctx.state['trace'] = `trace-${++last}`;
    return next();
  });
  app.use(createRouter(deps, routes));
  const serve = app.callback();
  return async (method: string, path: string, { body, headers }: ApiRequest): Promise<ApiResponse> => {
    const request = supertest(serve)[method.toLowerCase() as 'get'](`/api${path}`);
    if (method === 'POST') request.set('Idempotency-Key', `key-${++last}`);
    if (body !== undefined) request.set('Content-Type', 'application/json');
    request.set({ ...headers });
    const response = await (body === undefined
      ? request
      : request.send(typeof body === 'string' ? body : asJson(body)));
    const contentType = response.headers['content-type'] ?? null;
    // Files have no schema.
    const isJson = contentType === null || /json/.test(contentType);
    const answer = isJson ? parsed(response.text) : undefined;
    check({ method, url: `${deps.issuer}/api${path}`, status: response.status, contentType, body: answer });
    if (response.status >= 400) checkRefusal(response.status, response.headers, answer);
    return { status: response.status, body: answer, headers: response.headers };
  };
}

const asJson = (body: unknown) => JSON.stringify(body);

function parsed(text: string | undefined): unknown {
  return text === undefined || text === '' ? undefined : JSON.parse(text);
}

/** What every refusal has, whatever refused (mission 4.3). */
function checkRefusal(status: number, headers: Readonly<Record<string, string>>, body: unknown): void {
  expect(headers['content-type']).toContain('application/problem+json');
  expect(headers['cache-control']).toBe('no-store');
  expect(body).toMatchObject({ status, code: expect.any(String), trace: expect.any(String) });
  expect(JSON.stringify(body)).not.toMatch(/\n\s+at |node_modules|\.ts:\d/);
  if (status === 401) expect(headers['www-authenticate']).toBeTruthy();
}
