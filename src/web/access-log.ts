// A trace id for every request, and one log line with route pattern and status: never a path, a query or an address.
import { ownPath } from '../oidc/mount.ts';
import { type Log, runWithTrace } from '../ops/log.ts';
import type { WebContext, WebMiddleware } from './web-types.ts';

/** Gives the request, and every line logged in it, a trace id of ours; one that the browser sends along is ignored. */
export function traceRequests(randomBytes: (size: number) => Buffer): WebMiddleware {
  return (ctx, next) => {
    ctx.state.trace = randomBytes(8).toString('hex');
    ctx.set('X-Request-Id', ctx.state.trace);
    return runWithTrace(ctx.state.trace, next);
  };
}

interface RequestLogDeps {
  readonly log: Log;
  readonly now: () => Date;
  readonly observe?: ObserveRequest | undefined;
}

/** A request as the metrics see it; `route` is a pattern, never a path. */
export type ObserveRequest = (request: { route: string; method: string; status: number; seconds: number }) => void;

/** Writes one line per request, when it has been answered (or when its stream has begun). */
export function logRequests({ log, now, observe }: RequestLogDeps): WebMiddleware {
  return async (ctx, next) => {
    const startedAt = now().getTime();
    await next();
    const ms = now().getTime() - startedAt;
    const { method, status } = ctx;
    const route = routePattern(ctx);
    log.info({ trace: ctx.state.trace, method, route, status, ms }, 'request');
    observe?.({ route, method, status, seconds: ms / 1_000 });
  };
}

/**
 * The routers of pages and APIs leave the pattern that matched, a mounted one without its prefix. The provider answers
 * in a context of its own; its paths are known, but for the id at the end of some.
 */
export function routePattern(ctx: WebContext & { _matchedRoute?: unknown }): string {
  const prefix = ctx.state.site.basePath;
  const pattern = ctx._matchedRoute ?? ownPath(ctx.path, prefix)?.replace(/^\/(auth|reg|backchannel)\/.+$/, '/$1/:id');
  if (typeof pattern !== 'string') return 'unmatched';
  return pattern.startsWith(`${prefix}/`) ? pattern : `${prefix}${pattern}`;
}
