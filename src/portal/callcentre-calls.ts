// What the agents of the call centre are waiting for: one call for each agent's browser, watched in the background so
// that a page only has to look. Everything is in memory and ends with the portal.

import { setTimeout as pause } from 'node:timers/promises';
import { ClientError, ResponseBodyError } from 'openid-client';
import type { CallCentreClient, Caller, PollAnswer, StartedRequest } from './callcentre-client.ts';
import { IssuerUnreachable } from './discovery.ts';
import type { Report } from './report.ts';

/** Why the phone could not be rung; keys of the texts. */
export type AskProblem = 'number' | 'reason' | 'limited' | 'unavailable' | 'unreachable' | 'refused';

/** How a call stands; keys of the texts. `lost`: the provider's answer could not be had. */
export type CallStatus = 'pending' | 'approved' | 'refused' | 'unanswered' | 'cancelled' | 'lost';

export interface Call {
  /** Masked: the agent has typed it, others may look over a shoulder. */
  readonly numberShown: string;
  readonly reason: string;
  readonly referenceCode: string | undefined;
  readonly expiresAt: Date;
  readonly status: CallStatus;
  readonly caller: Caller | undefined;
}

export interface WatchedCall {
  current(): Call;
  /** Resolves when the status is another one, after the time, or when the signal comes. */
  waitForChange(wait: { readonly seconds: number; readonly signal: AbortSignal }): Promise<void>;
  cancel(): Promise<void>;
}

export interface CallsDeps {
  readonly client: CallCentreClient;
  readonly now: () => Date;
  readonly report: Report;
  /** Aborted when the portal stops. */
  readonly closing: AbortSignal;
}

export interface CallRequest {
  readonly number: string;
  readonly numberShown: string;
  readonly reason: string;
}

export type AskOutcome =
  | { readonly kind: 'ringing'; readonly call: WatchedCall }
  | { readonly kind: 'problem'; readonly problem: AskProblem };

/** Rings the phone and begins to watch. */
export async function ask(deps: CallsDeps, request: CallRequest): Promise<AskOutcome> {
  try {
    const started = await deps.client.ask(request);
    return { kind: 'ringing', call: watch(deps, request, started) };
  } catch (error) {
    const problem = askProblemOf(error);
    if (problem === undefined) throw error;
    deps.report({ event: 'call-not-started', site: 'callcentre', problem, error });
    return { kind: 'problem', problem };
  }
}

const problemOfOauthError: Readonly<Record<string, AskProblem>> = {
  invalid_binding_message: 'reason',
  invalid_request: 'number',
  unknown_user_id: 'number',
  slow_down: 'limited',
  temporarily_unavailable: 'unavailable',
  server_error: 'unavailable',
};

function askProblemOf(error: unknown): AskProblem | undefined {
  if (error instanceof IssuerUnreachable) return 'unreachable';
  if (error instanceof ResponseBodyError) return problemOfOauthError[error.error] ?? 'refused';
  if (error instanceof ClientError) return problemOfClientError(error);
  if (error instanceof TypeError && error.message === 'fetch failed') return 'unreachable';
  return undefined;
}

function problemOfClientError({ code, cause }: ClientError): AskProblem {
  if (code === 'OAUTH_TIMEOUT') return 'unreachable';
  return cause instanceof Response && cause.status >= 500 ? 'unavailable' : 'refused';
}

function watch(deps: CallsDeps, { numberShown, reason }: CallRequest, started: StartedRequest): WatchedCall {
  const { referenceCode, expiresAt } = started;
  let call: Call = { numberShown, reason, referenceCode, expiresAt, status: 'pending', caller: undefined };
  let changed = Promise.withResolvers<void>();
  const ended = new AbortController();
  const end = (status: CallStatus, caller?: Caller): void => {
    if (call.status !== 'pending') return;
    call = { ...call, status, caller };
    ended.abort();
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  const signal = AbortSignal.any([deps.closing, ended.signal]);
  void follow(deps, started, { signal, end });
  return {
    current: () => call,
    async waitForChange({ seconds, signal: stop }) {
      if (call.status !== 'pending') return;
      const limit = pause(seconds * 1_000, undefined, { signal: AbortSignal.any([stop, signal]) }).catch(() => {});
      await Promise.race([changed.promise, limit]);
    },
    async cancel() {
      end('cancelled');
      await deps.client.cancel(started.authReqId).catch((error: unknown) => {
        deps.report({ event: 'call-not-cancelled', site: 'callcentre', error });
      });
    },
  };
}

interface Following {
  readonly signal: AbortSignal;
  readonly end: (status: CallStatus, caller?: Caller) => void;
}

// Somewhat longer than the request lives: its end is the provider's to tell.
const graceMs = 15_000;

async function follow(deps: CallsDeps, started: StartedRequest, { signal, end }: Following): Promise<void> {
  let intervalSeconds = started.intervalSeconds;
  while (!signal.aborted) {
    const answer = await pollOnce(deps, started, signal);
    if (answer === 'over') return end('lost');
    if (answer?.kind === 'approved') return end('approved', answer.caller);
    if (answer?.kind === 'refused' || answer?.kind === 'unanswered') return end(answer.kind);
    if (deps.now().getTime() > started.expiresAt.getTime() + graceMs) return end('lost');
    // CIBA Core 11: from now on.
    if (answer?.kind === 'slow-down') intervalSeconds += 5;
    await pause(intervalSeconds * 1_000, undefined, { signal }).catch(() => {});
  }
}

/** Undefined when nobody answered and another try makes sense. */
async function pollOnce(
  { client, report }: CallsDeps,
  { authReqId }: StartedRequest,
  signal: AbortSignal,
): Promise<PollAnswer | 'over' | undefined> {
  try {
    return await client.poll(authReqId, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    report({ event: 'poll-failed', site: 'callcentre', error });
    const problem = askProblemOf(error);
    return problem === 'unreachable' || problem === 'unavailable' ? undefined : 'over';
  }
}
