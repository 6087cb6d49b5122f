// Knows when waiting for news is of no use any more: the client has gone, or the server stops.
import type { WebContext } from './web-types.ts';

/** A signal that aborts in either case; call `end` when the waiting is over, so that no listener stays behind. */
export function watchClient(ctx: WebContext, closing: AbortSignal): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (closing.aborted || ctx.res.destroyed) abort();
  closing.addEventListener('abort', abort);
  ctx.res.once('close', abort);
  return {
    signal: controller.signal,
    end() {
      closing.removeEventListener('abort', abort);
      ctx.res.removeListener('close', abort);
    },
  };
}
