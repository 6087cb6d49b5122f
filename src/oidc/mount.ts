// Puts a provider into the outer Koa application: which paths are its own, and a request freed of everything by which
// a Host header or an absolute request target could move the issuer.
import type { IncomingMessage } from 'node:http';
import type Koa from 'koa';
import type { Provider } from 'oidc-provider';

/** Paths of the protocol endpoints below an issuer. */
export const exactPaths: ReadonlySet<string> = new Set([
  '/auth',
  '/token',
  '/userinfo',
  '/introspection',
  '/revocation',
  '/jwks',
  '/reg',
  '/par',
  '/backchannel',
  '/premiuminfo',
  '/session/end',
  '/session/end/confirm',
  '/session/end/success',
  '/si-authorize',
  '/discovery/v1',
  '/discovery/v1/',
  '/discovery/v1/operator',
  '/discovery/v1/accepting-sites',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]);
const pathsWithId = /^\/(?:auth|reg|backchannel)\/[^/]+$|^\/brands\/[^/]+\/pictogram\.svg$/;
// RFC 8414 puts the issuer's path behind the well-known part.
const wellKnown = /^(\/\.well-known\/(?:openid-configuration|oauth-authorization-server))(\/.*)$/;

/** The provider's own path for a request, if it is one of this issuer. */
export function ownPath(path: string, basePath: string): string | undefined {
  const moved = basePath === '' ? undefined : wellKnown.exec(path);
  if (moved !== undefined && moved !== null) return moved[2] === basePath ? moved[1] : undefined;
  if (!path.startsWith(`${basePath}/`)) return undefined;
  const rest = path.slice(basePath.length);
  return exactPaths.has(rest) || pathsWithId.test(rest) ? rest : undefined;
}

export interface MountOptions {
  readonly issuer: string;
  readonly basePath: string;
  /** The provider of this moment. */
  readonly provider: () => Provider;
  /** Carries the outer context's state to the library's own. */
  readonly states: WeakMap<IncomingMessage, Koa.DefaultState>;
}

/** Middleware that answers the issuer's protocol endpoints and passes everything else on. */
export function createMount({ issuer, basePath, provider, states }: MountOptions): Koa.Middleware {
  const { host, protocol } = new URL(issuer);
  const handlers = new WeakMap<Provider, ReturnType<Provider['callback']>>();
  return async (ctx, next) => {
    const target = targetOf(ctx.originalUrl);
    const path = target && ownPath(target.pathname, basePath);
    if (path === undefined || target === undefined) return await next();
    const current = provider();
    const handler = handlers.get(current) ?? current.callback();
    handlers.set(current, handler);
    const { headers } = ctx.req;
    headers.host = host;
    headers['x-forwarded-proto'] = protocol.slice(0, -1);
    delete headers['x-forwarded-host'];
    const { url } = ctx.req;
    ctx.req.url = `${path}${target.search}`;
    states.set(ctx.req, ctx.state);
    ctx.respond = false;
    await handler(ctx.req, ctx.res);
    if (url !== undefined) ctx.req.url = url;
  };
}

/** Middleware of the provider that gives its context the state of the outer one, for the pages. */
export function createStateSharing(states: MountOptions['states']): Koa.Middleware {
  return async (ctx, next) => {
    Object.assign(ctx.state, states.get(ctx.req));
    await next();
  };
}

// The original: an outer mount may have taken the issuer's prefix off. In absolute form (RFC 9112 3.2.2) only path and
// query count.
function targetOf(target: string): URL | undefined {
  return URL.parse(/^https?:\/\//i.test(target) ? target : `http://localhost${target}`) ?? undefined;
}
