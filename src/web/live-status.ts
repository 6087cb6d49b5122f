// `GET …/status`: where a running attempt stands, as JSON, as a long poll (`Prefer: wait=20`, RFC 7240) or as
// server-sent events. Holds no connection to the database while it waits, and few connections per login.

import { PassThrough } from 'node:stream';
import type { PhoneStatus, SignIn, SignInRequest, SignInView } from '../authentication/sign-in-types.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../ops/log.ts';
import { preferredWait } from '../ops/prefer-wait.ts';
import { watchClient } from './client-gone.ts';
import type { Visit } from './visit.ts';
import type { WebContext } from './web-types.ts';

const keepAliveMs = 15_000;
const longestStreamMs = 10 * 60_000;
const waitersPerLogin = 4;

export interface LiveStatusDeps {
  readonly signIn: SignIn;
  readonly log: Log;
  readonly now: () => Date;
  /** Aborted when the server stops: whoever waits is answered. */
  readonly closing: AbortSignal;
  /** Told of each connection that waits; what it gives back is called when it waits no more. */
  readonly onWaiting?: (() => () => void) | undefined;
}

export interface LiveStatus {
  /** Answers in the form that the request asks for. Throws AppError('not_found') if no phone is asked. */
  answer(visit: Visit): Promise<void>;
}

/** Counts who waits for which login, so that one page cannot hold all connections. */
export function createLiveStatus(deps: LiveStatusDeps): LiveStatus {
  const waiters = new Map<string, number>();
  const enter = (uid: string) => {
    const there = waiters.get(uid) ?? 0;
    if (there >= waitersPerLogin) return false;
    waiters.set(uid, there + 1);
    return true;
  };
  const leave = (uid: string) => {
    const left = (waiters.get(uid) ?? 1) - 1;
    if (left === 0) waiters.delete(uid);
    else waiters.set(uid, left);
  };
  return {
    async answer(visit) {
      const { ctx, request } = visit;
      ctx.vary('Accept');
      ctx.vary('Prefer');
      const first = await readStatus(deps.signIn, request);
      const streaming = ctx.accepts('json', 'text/event-stream') === 'text/event-stream';
      const seconds = streaming ? 0 : preferredWait(ctx.get('Prefer'));
      if (!streaming && (seconds === 0 || first !== 'pending')) return answerJson(ctx, first);
      if (!enter(request.uid)) throw new AppError('too_many_requests', { retryAfterSeconds: 2 });
      const end = deps.onWaiting?.();
      const done = () => {
        leave(request.uid);
        end?.();
      };
      if (streaming) return openStream(deps, visit, { first, done });
      ctx.set('Preference-Applied', `wait=${seconds}`);
      const watch = watchClient(ctx, deps.closing);
      try {
        answerJson(ctx, await waitForNews(deps, request, { seconds, signal: watch.signal }));
      } finally {
        watch.end();
        done();
      }
    },
  };
}

async function waitForNews(
  { signIn, now }: LiveStatusDeps,
  request: SignInRequest,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<PhoneStatus> {
  const until = now().getTime() + seconds * 1000;
  for (;;) {
    const status = await readStatus(signIn, request);
    const leftMs = until - now().getTime();
    if (status !== 'pending' || leftMs <= 0 || signal.aborted) return status;
    await signIn.waitForChange(request, status, { timeoutMs: leftMs, signal });
  }
}

function openStream(
  deps: LiveStatusDeps,
  { ctx, request }: Visit,
  { first, done }: { first: PhoneStatus; done: () => void },
): void {
  const stream = new PassThrough();
  const watch = watchClient(ctx, deps.closing);
  const { trace } = ctx.state;
  ctx.status = 200;
  ctx.type = 'text/event-stream';
  // Proxies that buffer would hold the news back.
  ctx.set('X-Accel-Buffering', 'no');
  ctx.body = stream;
  follow(deps, request, { stream, first, signal: watch.signal })
    .catch((error: unknown) => deps.log.error({ trace, err: error }, 'status stream broke'))
    .finally(() => {
      stream.end();
      watch.end();
      done();
    });
}

async function follow(
  { signIn, now }: LiveStatusDeps,
  request: SignInRequest,
  { stream, first, signal }: { stream: PassThrough; first: PhoneStatus; signal: AbortSignal },
): Promise<void> {
  const until = now().getTime() + longestStreamMs;
  let seen = first;
  stream.write(`retry: 2000\n${eventOf(seen)}`);
  while (!isFinal(seen) && !signal.aborted && now().getTime() < until) {
    await signIn.waitForChange(request, seen, { timeoutMs: keepAliveMs, signal });
    if (signal.aborted) return;
    const status = statusOf(await signIn.view(request));
    if (status === undefined) {
      // Another tab has gone elsewhere; the page that listens has to look again.
      stream.write('event: moved\ndata: {}\n\n');
      return;
    }
    stream.write(status === seen ? ': still here\n\n' : eventOf(status));
    seen = status;
  }
}

function eventOf(status: PhoneStatus): string {
  return `data: ${JSON.stringify({ status })}\n\n`;
}

// The SMSC may come back, so `unavailable` is not the end.
function isFinal(status: PhoneStatus): boolean {
  return status !== 'pending' && status !== 'unavailable';
}

async function readStatus(signIn: SignIn, request: SignInRequest): Promise<PhoneStatus> {
  const status = statusOf(await signIn.view(request));
  if (status === undefined) throw new AppError('not_found', { detail: 'no phone is asked in this login' });
  return status;
}

function statusOf(view: SignInView): PhoneStatus | undefined {
  if (view.step === 'phone') return view.status;
  return view.step === 'choose-account' ? 'approved' : undefined;
}

function answerJson(ctx: WebContext, status: PhoneStatus): void {
  ctx.status = 200;
  ctx.body = { status };
}
