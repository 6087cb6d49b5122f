// Tells the merchant what became of checkouts: signed, one after the other for each checkout, again and again until it
// answers with a 2xx. What is not delivered yet waits in memory while the merchant is away.
import type { Checkout } from './checkouts.ts';
import { sign, signatureHeader } from './signature.ts';

export type EventType =
  | 'payment.authorised'
  | 'payment.captured'
  | 'payment.declined'
  | 'payment.cancelled'
  | 'payment.expired';

export interface Notifications {
  /** Sends it soon; `delaySeconds` later, `times` over. */
  send(type: EventType, checkout: Checkout, manner?: { delaySeconds?: number; times?: number }): void;
  /** What the merchant has not taken yet. */
  waiting(): number;
  stop(): void;
}

export interface NotificationDeps {
  readonly notifyUrl: string;
  readonly secret: string;
  readonly now: () => Date;
  readonly newReference: () => string;
  readonly fetch: typeof fetch;
  /** First pause between tries; doubles up to thirty times as much. */
  readonly retrySeconds: number;
}

const mostTries = 400;
const timeoutMs = 10_000;

/** Makes the sender. */
export function createNotifications(deps: NotificationDeps): Notifications {
  const ended = new AbortController();
  const last = new Map<string, Promise<void>>();
  let waiting = 0;
  return {
    send(type, checkout, { delaySeconds = 0, times = 1 } = {}) {
      // As it is now: what comes later must not be said by an earlier message.
      const body = JSON.stringify(messageOf(type, checkout, deps));
      waiting += times;
      const work = async (): Promise<void> => {
        await pause(delaySeconds, ended.signal);
        for (let sent = 0; sent < times; sent += 1) {
          await deliver(deps, body, ended.signal);
          waiting -= 1;
        }
      };
      const before = last.get(checkout.id) ?? Promise.resolve();
      // Rejects only when it is stopped.
      last.set(
        checkout.id,
        before.then(work).catch(() => {}),
      );
    },
    waiting: () => waiting,
    stop: () => ended.abort(),
  };
}

function messageOf(type: EventType, checkout: Checkout, { now, newReference }: NotificationDeps): object {
  const { id: reference, merchantReference, amount, card, reason, authorizationCode } = checkout;
  const isCaptured = type === 'payment.captured';
  return {
    ...{ id: newReference(), type, reference, merchantReference, amount, occurredAt: now().toISOString() },
    ...(isCaptured ? { card, authorizationCode } : {}),
    ...(type === 'payment.declined' ? { reason } : {}),
  };
}

async function deliver(deps: NotificationDeps, body: string, signal: AbortSignal): Promise<void> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    if (await post(deps, body, signal)) return;
    await pause(deps.retrySeconds * Math.min(2 ** tries, 30), signal);
  }
}

async function post({ notifyUrl, secret, now, fetch: call }: NotificationDeps, body: string, signal: AbortSignal) {
  try {
    const response = await call(notifyUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [signatureHeader]: sign(secret, body, now()) },
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Rejects when it is stopped. */
function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, seconds * 1_000);
    timer.unref();
    signal.addEventListener('abort', stop, { once: true });
  });
}
