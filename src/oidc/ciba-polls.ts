// Polls of a client that waits for a customer without a browser (CIBA Core 10.1, 11), laid over the library's look-up
// of the stored request: interval and slow_down, waiting on wish (RFC 7240), results that are not delivered yet.
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Backchannel } from '../authentication/backchannel.ts';
import type { CibaKey, CibaState } from '../storage/ciba-requests.ts';
import { hashId } from './adapter.ts';

export interface CibaPollDeps {
  readonly issuer: string;
  readonly backchannel: Pick<Backchannel, 'poll' | 'state' | 'pollAnswered' | 'subscribe'>;
  /** Delivers what is decided; must not run in the context of the request that asks. */
  readonly deliver: (attemptId: string) => Promise<void>;
  readonly now: () => Date;
  /** Aborts when the server stops: then nobody waits any more. */
  readonly closing: AbortSignal;
  /** Told of each poll that waits; what it gives back is called when it waits no more. */
  readonly onWaiting?: (() => () => void) | undefined;
}

type FindOptions = { ignoreExpiration?: boolean } | undefined;
type Stored = InstanceType<Provider['BackchannelAuthenticationRequest']>;

/** Longest wait for a result, in seconds (decisions 40). */
const mostWaitSeconds = 30;
/** Connections that wait on one node; who comes after them is answered at once. */
const mostWaiting = 2_000;

/** Lays the rules over one instance of the library. */
export function pollPolitely(provider: Provider, deps: CibaPollDeps): void {
  const Model = provider.BackchannelAuthenticationRequest;
  const original = Model.find;
  const find = async (id: string, options: FindOptions): Promise<Stored | undefined> => {
    const found: unknown = await Reflect.apply(original, Model, [id, options]);
    return found instanceof Model ? found : undefined;
  };
  const waiting = { count: 0 };
  const politely = async (id: string, options: FindOptions): Promise<Stored | undefined> => {
    const ctx = Provider.ctx;
    const request = await find(id, options);
    if (ctx?.oidc?.route !== 'token' || request === undefined) return request;
    // A used id is as good as unknown: a client that repeats itself must not lose what it has got (oidc.md 1.3, 15b).
    if (request.consumed || request.clientId !== ctx.oidc.client?.clientId) return undefined;
    // The library tells expiry and results; never slow_down for these.
    if (request.isExpired || isResolved(request)) return request;
    const key = { issuer: deps.issuer, requestHash: hashId(request.jti) };
    return (await answerPoll({ ...deps, ctx, key, waiting, reload: () => find(id, options) })) ?? request;
  };
  Reflect.set(Model, 'find', politely);
}

interface Poll extends CibaPollDeps {
  readonly ctx: KoaContextWithOIDC;
  readonly key: CibaKey;
  readonly waiting: { count: number };
  readonly reload: () => Promise<Stored | undefined>;
}

/** The resolved request, or undefined while it is pending. Throws SlowDown, ExpiredToken. */
async function answerPoll(poll: Poll): Promise<Stored | undefined> {
  const noted = await poll.backchannel.poll(poll.key);
  if (noted === undefined) return undefined;
  const settled = await settle(poll, noted);
  if (settled !== undefined) return settled;
  if (noted.tooFast && !noted.ended) throw new errors.SlowDown();
  const seconds = wishedSeconds(poll.ctx.get('prefer'));
  if (seconds === 0 || poll.waiting.count >= mostWaiting) return undefined;
  poll.ctx.set('Preference-Applied', `wait=${seconds}`);
  poll.waiting.count++;
  const end = poll.onWaiting?.();
  try {
    return await waitForResult(poll, noted.attemptId, seconds);
  } finally {
    poll.waiting.count--;
    end?.();
  }
}

/** Delivers what is decided and not delivered, and looks again. */
async function settle(poll: Poll, state: CibaState): Promise<Stored | undefined> {
  if (!state.ended) return undefined;
  if (state.deliveredAt === null) await poll.deliver(state.attemptId);
  const request = await poll.reload();
  if (request !== undefined && isResolved(request)) return request;
  const now = await poll.backchannel.state(poll.key);
  if (now?.outcome === 'expired') throw new errors.ExpiredToken('nobody has answered in time');
  return undefined;
}

async function waitForResult(poll: Poll, attemptId: string, seconds: number): Promise<Stored | undefined> {
  const { backchannel, now } = poll;
  const until = now().getTime() + seconds * 1_000;
  const client = watch(poll.ctx.res, poll.closing);
  // Before the state is read, so that nothing in between is missed. No connection of the database is held.
  const subscription = backchannel.subscribe(attemptId);
  try {
    for (;;) {
      const state = await backchannel.state(poll.key);
      const settled = state && (await settle(poll, state));
      const left = until - now().getTime();
      // Whoever has gone must not use the result up; a turn of the loop, so that a closed connection is known as such.
      if (settled !== undefined) await nextTurn();
      if (client.signal.aborted) throw new errors.AuthorizationPending();
      if (settled !== undefined) return settled;
      if (state === undefined || left <= 0) break;
      await subscription.next(Math.min(left, untilChange(state)), client.signal);
    }
    // The interval counts from the end of this answer.
    await backchannel.pollAnswered(attemptId);
    return undefined;
  } finally {
    subscription.close();
    client.end();
  }
}

// At the end of its life a request changes without a wake-up; what somebody else is delivering, within a moment.
function untilChange({ ended, secondsLeft }: CibaState): number {
  return ended ? 500 : Math.max(0, secondsLeft) * 1_000 + 50;
}

function isResolved({ grantId, error }: Stored): boolean {
  return grantId !== undefined || error !== undefined;
}

/** The seconds of `Prefer: wait=N`, at most 30; 0 without the preference. */
export function wishedSeconds(prefer: string): number {
  const wait = /(?:^|[,;])\s*wait\s*=\s*"?([0-9]{1,9})"?\s*(?:$|[,;])/i.exec(prefer)?.[1];
  return Math.min(mostWaitSeconds, Number(wait ?? 0));
}

function watch(response: ServerResponse, closing: AbortSignal) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (closing.aborted || response.destroyed) abort();
  closing.addEventListener('abort', abort);
  response.once('close', abort);
  return {
    signal: controller.signal,
    end() {
      closing.removeEventListener('abort', abort);
      response.removeListener('close', abort);
    },
  };
}
