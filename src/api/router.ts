// The resource APIs: one table of routes; each call is token, scope, level, input, use case, answer, in this order.
// Mounted so that it sees `/api/…`. Answers everything below, errors included.
import { bodyParser } from '@koa/bodyparser';
import Router, { type RouterMiddleware } from '@koa/router';
import type Koa from 'koa';
import { AppError } from '../errors.ts';
import type { Log } from '../ops/log.ts';
import { accountRoutes } from './account.ts';
import { lineRoutes } from './lines.ts';
import { mobileConnectRoutes } from './mobile-connect.ts';
import { presentedToken } from './presented-token.ts';
import { answerProblems, InputError, ScopeError } from './problems.ts';
import type { ApiContext, ApiRoute, ApiToken, TokenPresentation } from './route-types.ts';
import { requireLevel } from './step-up.ts';

export interface ApiDeps extends ApiContext {
  /** The provider's own verifier. Throws AppError `invalid_token`, `invalid_dpop_proof` or `use_dpop_nonce`. */
  readonly verifyAccessToken: (token: string, presented: TokenPresentation) => Promise<ApiToken>;
  readonly log: Log;
}

/** Every endpoint there is. */
export function apiRoutes(context: ApiContext): ApiRoute[] {
  return [...accountRoutes(context), ...lineRoutes(context), ...mobileConnectRoutes(context)];
}

/** Builds the middleware for one issuer. */
export function createApiRouter(deps: ApiDeps): Koa.Middleware {
  return createRouter(deps, apiRoutes(deps));
}

/** The same for a table of the caller's choice. */
export function createRouter(deps: ApiDeps, routes: readonly ApiRoute[]): Koa.Middleware {
  const router = new Router({ prefix: '/api' });
  for (const route of routes) router.register(route.path, [route.method], endpoint(deps, route));
  const serve = router.routes();
  const guard = answerProblems(deps.log);
  const refuse = (ctx: Koa.Context): never => {
    const methods = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
    if (methods.length === 0) throw new AppError('not_found');
    ctx.set('Allow', methods.join(', '));
    throw new AppError('method_not_allowed');
  };
  return async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    await guard(ctx, async () => {
      await Reflect.apply(serve, undefined, [ctx, async () => refuse(ctx)]);
    });
  };
}

function endpoint(deps: ApiDeps, route: ApiRoute): RouterMiddleware {
  return async (ctx) => {
    const { value, presented } = presentedToken(ctx, deps.issuer);
    const token = await deps.verifyAccessToken(value, presented);
    if (!token.scopes.has(route.scope)) throw new ScopeError(route.scope);
    await requireLevel(deps, route.level, token);
    const { params, URL: url } = ctx;
    const input = await readInput(ctx, route);
    const { status, body, headers } = await route.handle({
      ...{ token, params, input, query: url.searchParams },
      address: addressOf(ctx),
    });
    ctx.set({ ...headers });
    ctx.status = status ?? (body === undefined ? 204 : 200);
    if (body !== undefined) ctx.body = body;
  };
}

// The outer app has freed it of headers that strangers sent; alone, this router knows only its peer.
function addressOf(ctx: Koa.Context): string {
  const known: unknown = ctx.state['address'];
  return typeof known === 'string' ? known : ctx.ip;
}

const parseBody = bodyParser({
  enableTypes: ['json'],
  jsonLimit: '64kb',
  // A DELETE may carry the code that proves it.
  parsedMethods: ['POST', 'PUT', 'PATCH', 'DELETE'],
  onError(error) {
    const isTooLarge = 'status' in error && error.status === 413;
    throw new AppError(isTooLarge ? 'body_too_large' : 'malformed', { cause: error });
  },
});

async function readInput(ctx: Koa.Context, { input }: ApiRoute): Promise<unknown> {
  if (input === undefined) return undefined;
  if (ctx.is('application/json') === null) {
    // No body at all: right for a route that needs none.
    const empty = await input.safeParseAsync(undefined);
    if (empty.success) return empty.data;
  }
  if (!ctx.is('application/json')) throw new AppError('unsupported_media_type');
  await parseBody(ctx, async () => {});
  const parsed = await input.safeParseAsync(ctx.request.body);
  if (parsed.success) return parsed.data;
  throw new InputError(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), problem: message })));
}
