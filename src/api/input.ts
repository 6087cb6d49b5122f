// What a request brings along, read at the border: body, query, language, the cookie of a flow.
import { bodyParser } from '@koa/bodyparser';
import type Koa from 'koa';
import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { InputError } from './problems.ts';
import type { Route } from './route-types.ts';

const parseBody = bodyParser({
  enableTypes: ['json'],
  jsonLimit: '64kb',
  // A DELETE may carry a confirmation.
  parsedMethods: ['POST', 'PUT', 'PATCH', 'DELETE'],
  onError(error) {
    const isTooLarge = 'status' in error && error.status === 413;
    throw new AppError(isTooLarge ? 'body_too_large' : 'malformed', { cause: error });
  },
});

/** The JSON body as the route's schema reads it; undefined for a route without one. Throws InputError, AppError. */
export async function readInput(ctx: Koa.Context, { input }: Pick<Route, 'input'>): Promise<unknown> {
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
  throw inputErrorOf(parsed.error);
}

/** The query, checked against what the route says of it; unknown parameters stay. Throws InputError. */
export function readQuery(ctx: Koa.Context, { query }: Pick<Route, 'query'>): URLSearchParams {
  const { searchParams } = ctx.URL;
  if (query === undefined) return searchParams;
  const parsed = query.safeParse(Object.fromEntries(searchParams));
  if (parsed.success) return searchParams;
  throw inputErrorOf(parsed.error);
}

function inputErrorOf({ issues }: z.ZodError): InputError {
  return new InputError(issues.map(({ path, message }) => ({ field: path.join('.'), problem: message })));
}

/** First of our languages that the caller reads. */
export function localeOf(ctx: Koa.Context): 'fr' | 'en' {
  return ctx.acceptsLanguages('fr', 'en') === 'en' ? 'en' : 'fr';
}

const flowCookie = 'flow';

/** The cookie that binds a flow without a token to its browser. */
export function readFlowCookie(ctx: Koa.Context): string | undefined {
  return ctx.cookies.get(flowCookie);
}

/** Sets it, for the APIs of this issuer only. */
export function setFlowCookie(ctx: Koa.Context, value: string): void {
  const path = new URL(ctx.originalUrl, 'http://localhost').pathname.replace(/\/api\/.*$/, '/api');
  ctx.cookies.set(flowCookie, value, { httpOnly: true, sameSite: 'strict', secure: ctx.secure, signed: false, path });
}
