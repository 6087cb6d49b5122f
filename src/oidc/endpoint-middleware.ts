// Middleware round the library's endpoints: POST where the library takes GET only, and an answer for methods
// that an endpoint does not have.
import type Koa from 'koa';
import { mostFormBytes, readBounded } from './bounded-body.ts';

const redirectable = new Set(['/auth', '/session/end']);

/** OpenID Connect Core 3.1.2.1 and RP-Initiated Logout 2 want POST too; it becomes the GET that the library takes. */
export function createPostToGet(issuer: string): Koa.Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'POST' || !redirectable.has(ctx.path)) return await next();
    if (!isForm(ctx)) return refuse(ctx, 415);
    const body = await readForm(ctx);
    if (body === undefined) return refuse(ctx, 413);
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 303;
    ctx.redirect(`${issuer}${ctx.path}?${new URLSearchParams(body)}`);
  };
}

/** An endpoint of ours with a method that it does not know. */
export const answerUnmatched: Koa.Middleware = async (ctx, next) => {
  await next();
  if (ctx.status === 404 && ctx.body === undefined) refuse(ctx, 404);
};

function refuse(ctx: Koa.Context, status: 404 | 413 | 415): void {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = { error: 'invalid_request' };
}

/** True if the body is a form. */
export function isForm(ctx: Koa.Context): boolean {
  return ctx.is('application/x-www-form-urlencoded') !== false;
}

/** The body as it came, for whoever asks; undefined if it is too long. */
export async function readForm({ req, state }: Koa.Context): Promise<string | undefined> {
  const form: Promise<string | undefined> = state['form'] ?? readBounded(req, mostFormBytes);
  state['form'] = form;
  return await form;
}
