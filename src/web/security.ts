// Security headers of every answer, and limits of requests per address.
import helmet from 'koa-helmet';
import { AppError } from '../errors.ts';
import { addressKey } from './proxies.ts';
import type { WebLimits, WebMiddleware } from './web-types.ts';

const yearSeconds = 365 * 24 * 3_600;

// No `form-action`: Chromium applies it also to the redirects after a POST, and ours end at the relying parties.
function contentPolicy(images: readonly string[]) {
  return {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', ...images],
      connectSrc: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
  };
}

/** Headers for all answers; `secure` adds HSTS. The provider adds hashes of its own scripts to the policy. */
export function setSecurityHeaders({ secure }: { secure: boolean }): WebMiddleware {
  return helmet({
    contentSecurityPolicy: contentPolicy([]),
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    // A relying party may open the login in a pop-up (display=popup) and must find its own window again after it.
    crossOriginOpenerPolicy: { policy: 'unsafe-none' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    strictTransportSecurity: secure ? { maxAge: yearSeconds, includeSubDomains: false } : false,
  });
}

/** Lets one page show one image from elsewhere: the logo of a relying party. */
export function allowImage(imageUrl: string): WebMiddleware {
  return helmet.contentSecurityPolicy(contentPolicy([new URL(imageUrl).origin]));
}

/** Keeps a page out of every cache, the browser's history included. */
export function forbidCaching(): WebMiddleware {
  return (ctx, next) => {
    ctx.set('Cache-Control', 'no-store');
    return next();
  };
}

/** Refuses what comes too often from one address. Throws AppError('too_many_requests'). */
export function limitRequests(limits: WebLimits): WebMiddleware {
  return async (ctx, next) => {
    const kind = ctx.method === 'POST' ? 'form' : 'page';
    const retryAfterSeconds = await limits.take(kind, addressKey(ctx.state.address));
    if (retryAfterSeconds !== undefined) throw new AppError('too_many_requests', { retryAfterSeconds });
    return next();
  };
}
