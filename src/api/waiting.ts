// Long polls of the APIs: how long a client would wait, and when there is nobody left to wait for.
import type Koa from 'koa';
import { preferredWait } from '../ops/prefer-wait.ts';

export interface Wait {
  readonly seconds: number;
  /** Aborts when the client has gone or the server stops. */
  readonly signal: AbortSignal;
}

/** Runs `act` with what the client wished for; undefined where it wants its answer at once. */
export async function withWait<T>(
  ctx: Koa.Context,
  closing: AbortSignal | undefined,
  act: (wait: Wait | undefined) => Promise<T>,
): Promise<T> {
  const seconds = preferredWait(ctx.get('Prefer'));
  if (seconds === 0) return await act(undefined);
  const left = new AbortController();
  const abort = () => left.abort();
  ctx.res.once('close', abort);
  const signal = closing === undefined ? left.signal : AbortSignal.any([left.signal, closing]);
  try {
    return await act({ seconds, signal });
  } finally {
    ctx.res.removeListener('close', abort);
  }
}
