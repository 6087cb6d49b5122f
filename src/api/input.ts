// What a request brings along, read at the border: body, query, language, the cookie of a flow.
import { bodyParser } from '@koa/bodyparser';
import type Koa from 'koa';
import { AppError } from '../errors.ts';
import { InputError, inputErrorOf } from './problems.ts';
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
  if (writtenNul.test(ctx.request.rawBody)) throw hasNul('');
  const parsed = await input.safeParseAsync(ctx.request.body);
  if (parsed.success) return parsed.data;
  throw inputErrorOf(parsed.error);
}

/** The query, checked against what the route says of it; unknown parameters stay. Throws InputError. */
export function readQuery(ctx: Koa.Context, { query }: Pick<Route, 'query'>): URLSearchParams {
  const { searchParams } = ctx.URL;
  if (query === undefined) return searchParams;
  const given = Object.fromEntries(searchParams);
  for (const name of Object.keys(query.shape)) if (given[name]?.includes(nul)) throw hasNul(name);
  const parsed = query.safeParse(given);
  if (parsed.success) return searchParams;
  throw inputErrorOf(parsed.error);
}

const nul = '\u0000';
// As JSON writes it, and not behind a backslash that is itself written with one.
const writtenNul = /(?<!\\)(?:\\\\)*\\u0000/;

// No text of a database can hold it.
function hasNul(field: string): InputError {
  return new InputError([{ field, problem: 'has the character U+0000' }]);
}

const longestId = 200;

/** The ids in the path. Throws AppError('not_found') for what cannot be one. */
export function readParams(ctx: { readonly params: Readonly<Record<string, string>> }): Record<string, string> {
  const { params } = ctx;
  const isOdd = (id: string) => id.length > longestId || /\p{Cc}/u.test(id);
  if (Object.values(params).some(isOdd)) throw new AppError('not_found');
  return { ...params };
}

/** First of our languages that the caller reads; the brand's own for whoever names none. */
export function localeOf(ctx: Koa.Context, otherwise: 'fr' | 'en' = 'fr'): 'fr' | 'en' {
  const named = ctx.acceptsLanguages(otherwise, otherwise === 'fr' ? 'en' : 'fr');
  return named === 'fr' || named === 'en' ? named : otherwise;
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
