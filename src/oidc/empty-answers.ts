// An answer that is empty names no type. Revocation succeeds with nothing (RFC 7009 2.2); called text, as the framework
// calls it, it is refused by oidc-client-ts, which takes JSON or nothing.
import type Koa from 'koa';

/** Middleware of the provider: takes the type off empty answers. */
export const nameNoTypeOfNothing: Koa.Middleware = async (ctx, next) => {
  await next();
  if (ctx.body === '') ctx.remove('Content-Type');
};
