// Which issuer a request is for, and that neither its Host header nor a missing TLS can change what we say we are.
import { AppError } from '../errors.ts';
import type { Site, WebIssuer, WebMiddleware } from './web-types.ts';

/** What follows from an issuer. */
export function toSite(one: Pick<WebIssuer, 'issuer' | 'brand'> & Partial<Omit<WebIssuer, 'issuer' | 'brand'>>): Site {
  return {
    issuer: one.issuer,
    basePath: one.issuer.pathname.replace(/\/$/, ''),
    brand: one.brand,
    timeZone: one.brand.timeZone,
    secure: one.issuer.protocol === 'https:',
    portal: one.links?.portal,
    simPhone: one.links?.simPhone,
    support: one.links?.support,
    hasApi: one.apiDocuments !== undefined,
    hasDevelopers: one.developers !== undefined,
    helpsDevelopers: one.developers?.registrationOpen === true,
  };
}

/** Puts the site of the path into `ctx.state`. The one with the longest prefix wins; the root takes the rest. */
export function chooseSite(sites: readonly Site[]): WebMiddleware {
  const longestFirst = sites.toSorted((a, b) => b.basePath.length - a.basePath.length);
  const root = longestFirst.at(-1);
  if (root === undefined) throw new Error('there is no issuer to serve');
  return (ctx, next) => {
    ctx.state.site = longestFirst.find(({ basePath }) => isBelow(ctx.path, basePath)) ?? root;
    return next();
  };
}

/**
 * Makes Host and scheme those of the issuer, so that no URL in an answer comes from the request. An https issuer is
 * refused over plain http: behind a proxy that ends TLS, the proxy must be trusted and say `X-Forwarded-Proto: https`.
 */
export function pinIssuer(): WebMiddleware {
  return (ctx, next) => {
    const { issuer, secure } = ctx.state.site;
    if (secure && !ctx.secure) {
      throw new AppError('malformed', { detail: 'plain http for an https issuer; is the proxy in TRUSTED_PROXIES?' });
    }
    ctx.req.headers.host = issuer.host;
    ctx.req.headers['x-forwarded-proto'] = issuer.protocol.slice(0, -1);
    return next();
  };
}

const wellKnown = /^\/\.well-known\/(openid-configuration|oauth-authorization-server)(\/.+)$/;

/** RFC 8414 §3.1 puts the well-known part before the issuer's path; the library knows the other form only. */
export function acceptWellKnownFirst(sites: readonly Site[]): WebMiddleware {
  return (ctx, next) => {
    const [, document, path] = wellKnown.exec(ctx.path) ?? [];
    const site = sites.find(({ basePath }) => basePath !== '' && basePath === path);
    if (site !== undefined) {
      ctx.path = `${site.basePath}/.well-known/${document}`;
      ctx.state.site = site;
    }
    return next();
  };
}

/** True if a path is the given one or something below it. */
export function isBelow(path: string, basePath: string): boolean {
  return path === basePath || path.startsWith(`${basePath}/`);
}
