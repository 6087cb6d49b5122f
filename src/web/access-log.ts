// A trace id for every request, and one log line with route pattern and status: never a path, a query or an address.
import type { Log } from '../ops/log.ts';
import type { WebContext, WebMiddleware } from './web-types.ts';

/** Gives the request a trace id of ours; one that the browser sends along is ignored. */
export function traceRequests(randomBytes: (size: number) => Buffer): WebMiddleware {
  return (ctx, next) => {
    ctx.state.trace = randomBytes(8).toString('hex');
    ctx.set('X-Request-Id', ctx.state.trace);
    return next();
  };
}

/** Writes one line per request, when it has been answered (or when its stream has begun). */
export function logRequests({ log, now }: { log: Log; now: () => Date }): WebMiddleware {
  return async (ctx, next) => {
    const startedAt = now().getTime();
    await next();
    const ms = now().getTime() - startedAt;
    log.info(
      { trace: ctx.state.trace, method: ctx.method, route: routePattern(ctx), status: ctx.status, ms },
      'request',
    );
  };
}

// The routers of pages, provider and APIs leave the pattern that matched; a mounted one leaves it without its prefix.
function routePattern(ctx: WebContext & { _matchedRoute?: unknown }): string {
  const pattern = ctx._matchedRoute;
  if (typeof pattern !== 'string') return 'unmatched';
  const prefix = ctx.state.site.basePath;
  return pattern.startsWith(`${prefix}/`) ? pattern : `${prefix}${pattern}`;
}
