// The premiuminfo endpoint of Mobile Connect: userinfo for the identity scopes. The library reads and checks the token
// and the grant at its userinfo route; here the answer is cut to the identity claims and the errors get their words.
import type Koa from 'koa';
import type { OIDCContext } from 'oidc-provider';
import { isSerialized } from './mobile-connect-check.ts';
import { identityScopes } from './mobile-connect-scopes.ts';

const path = '/premiuminfo';

/** Middleware that answers the endpoint, GET and POST, with the access token in the header or a form. */
export const servePremiumInfo: Koa.Middleware = async (ctx, next) => {
  if (ctx.path !== path) return await next();
  if (!isSerialized(ctx.querystring)) return refuse(ctx, 400, malformed);
  ctx.path = '/userinfo';
  await next();
  ctx.path = path;
  if (ctx.status === 200) return onlyIdentity(ctx);
  if (ctx.status === 401) refuse(ctx, 401, { error: 'invalid_token', description: 'access_token does not exist' });
  if (ctx.status === 403) refuse(ctx, 403, insufficient);
};

const malformed = { error: 'invalid_request', description: 'Malformed request, invalid url encoding' };
const insufficient = { error: 'insufficient_scope', description: 'Insufficient scope' };

function onlyIdentity(ctx: Koa.Context): void {
  const oidc: OIDCContext = Reflect.get(ctx, 'oidc');
  const token = oidc.entities.AccessToken;
  const opened = Object.entries(identityScopes).filter(([scope]) => token?.scopes.has(scope));
  if (opened.length === 0) {
    refuse(ctx, 403, insufficient);
    return;
  }
  const { body } = ctx;
  // A client that registered a signed answer gets all of it as it was signed.
  if (typeof body !== 'object' || body === null) return;
  const asked = Object.keys(token?.claims?.userinfo ?? {});
  const names = new Set(['sub', ...asked, ...opened.flatMap(([, claims]) => [...claims])]);
  ctx.body = Object.fromEntries(Object.entries(body).filter(([name]) => names.has(name)));
}

function refuse(
  ctx: Koa.Context,
  status: number,
  { error, description }: { error: string; description: string },
): void {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  if (status !== 400) ctx.set('WWW-Authenticate', `Bearer error="${error}", error_description="${description}"`);
  ctx.body = { error, error_description: description };
}
