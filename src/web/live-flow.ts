// Tells a waiting page of the service when to look again: JSON at once, as a long poll (`Prefer: wait=20`, RFC 7240), or
// as server-sent events. Says no more than `pending` or `moved`; the page itself knows what to show.

import { PassThrough } from 'node:stream';
import { AppError } from '../errors.ts';
import type { Log } from '../ops/log.ts';
import { preferredWait } from '../ops/prefer-wait.ts';
import { watchClient } from './client-gone.ts';
import type { WebContext } from './web-types.ts';

/** What a page waits for. */
export interface WaitingFlow {
  /** Names it, so that one page cannot hold all connections. */
  readonly key: string;
  /** False as soon as there is something else to show. */
  isPending(): Promise<boolean>;
  /** Resolves at news, at the time-out, or on abort. */
  waitForChange(wait: { timeoutMs: number; signal: AbortSignal }): Promise<void>;
}

export interface LiveFlow {
  /** Answers in the form that the request asks for. */
  answer(ctx: WebContext, flow: WaitingFlow): Promise<void>;
}

export interface LiveFlowDeps {
  readonly log: Log;
  readonly now: () => Date;
  /** Aborted when the server stops: whoever waits is answered. */
  readonly closing: AbortSignal;
}

// A request that nobody answers runs out without an event: the flow is looked at this often in any case (A30).
const lookMs = 2_000;
const longestStreamMs = 10 * 60_000;
const waitersPerFlow = 4;

/** Counts who waits for which flow. */
export function createLiveFlow(deps: LiveFlowDeps): LiveFlow {
  const waiters = new Map<string, number>();
  const enter = (key: string): void => {
    const there = waiters.get(key) ?? 0;
    if (there >= waitersPerFlow) throw new AppError('too_many_requests', { retryAfterSeconds: 2 });
    waiters.set(key, there + 1);
  };
  const leave = (key: string): void => {
    const left = (waiters.get(key) ?? 1) - 1;
    if (left === 0) waiters.delete(key);
    else waiters.set(key, left);
  };
  return {
    async answer(ctx, flow) {
      ctx.vary('Accept');
      ctx.vary('Prefer');
      const streaming = ctx.accepts('json', 'text/event-stream') === 'text/event-stream';
      const seconds = preferredWait(ctx.get('Prefer'));
      if (!streaming && seconds === 0) return answerJson(ctx, await flow.isPending());
      enter(flow.key);
      const watch = watchClient(ctx, deps.closing);
      const done = (): void => {
        watch.end();
        leave(flow.key);
      };
      if (streaming) return stream(deps, ctx, { flow, signal: watch.signal, done });
      ctx.set('Preference-Applied', `wait=${seconds}`);
      try {
        answerJson(ctx, await stillPending(deps, flow, { ms: seconds * 1_000, signal: watch.signal }));
      } finally {
        done();
      }
    },
  };
}

async function stillPending(
  { now }: LiveFlowDeps,
  flow: WaitingFlow,
  { ms, signal, onLook }: { ms: number; signal: AbortSignal; onLook?: () => void },
): Promise<boolean> {
  const until = now().getTime() + ms;
  for (;;) {
    if (!(await flow.isPending())) return false;
    const leftMs = until - now().getTime();
    if (leftMs <= 0 || signal.aborted) return true;
    onLook?.();
    await flow.waitForChange({ timeoutMs: Math.min(leftMs, lookMs), signal });
  }
}

interface Streaming {
  readonly flow: WaitingFlow;
  readonly signal: AbortSignal;
  readonly done: () => void;
}

function stream(deps: LiveFlowDeps, ctx: WebContext, { flow, signal, done }: Streaming): void {
  const body = new PassThrough();
  const { trace } = ctx.state;
  ctx.status = 200;
  ctx.type = 'text/event-stream';
  ctx.set('X-Accel-Buffering', 'no');
  ctx.body = body;
  body.write('retry: 2000\ndata: {"status":"pending"}\n\n');
  stillPending(deps, flow, { ms: longestStreamMs, signal, onLook: () => body.write(': still here\n\n') })
    .then((pending) => pending || body.write('data: {"status":"moved"}\n\n'))
    .catch((error: unknown) => deps.log.error({ trace, err: error }, 'a live page broke'))
    .finally(() => {
      body.end();
      done();
    });
}

function answerJson(ctx: WebContext, pending: boolean): void {
  ctx.status = 200;
  ctx.body = { status: pending ? 'pending' : 'moved' };
}
