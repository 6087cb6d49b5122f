// What every answer of the portal carries, whatever page it is: headers against framing, sniffing, leaks and scripts.

import type { Context, Middleware } from 'koa';
import helmet from 'koa-helmet';

/**
 * Security headers. Hardly a page carries a script, so the policy allows none: see `allowOwnScript`.
 *
 * @param issuer where the logout form may lead: Chromium holds redirects after a form to `form-action`.
 */
export function securityHeaders({ issuer, baseUrl }: { issuer: string; baseUrl: string }): Middleware {
  const https = baseUrl.startsWith('https:');
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        // Pico draws its small icons as data: pictures.
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'", new URL(issuer).origin],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    hsts: https,
  });
}

/** For a page with a script of ours that watches what goes on: this answer may load it, and it may ask us. */
export function allowOwnScript(ctx: Context): void {
  const policy = ctx.response.get('Content-Security-Policy');
  ctx.set('Content-Security-Policy', `${policy};script-src 'self';connect-src 'self'`);
}

/** Pages are about one person and one moment: nothing keeps them. Assets set their own rule afterwards. */
export const neverStored: Middleware = async (ctx, next) => {
  ctx.set('Cache-Control', 'no-store');
  await next();
};
