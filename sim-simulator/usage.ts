// What phones use: calls, messages, data. Each becomes a call detail record, is listed, and is given to the operator in
// batches, again and again until it has answered. A record keeps its id, so that sending it twice counts once.

import type { EventLog } from './event-log.ts';
import type { NetworkEventsOptions } from './network-events.ts';
import type { Timers } from './timers.ts';

export type UsageType = 'voice' | 'sms' | 'mms' | 'data';

/** What somebody does with a phone. */
export interface UsageWish {
  readonly type: UsageType;
  /** Seconds, messages or bytes. */
  readonly quantity: number;
  /** Whom it goes to: E.164 or a short number. */
  readonly peer?: string | undefined;
  /** ISO 3166-1 of the country that the phone is in, when that is not its own. */
  readonly abroad?: string | undefined;
}

/** `unsent`: no operator is named; `refused`: it has answered that it does not take this one. */
export type UsageState = 'waiting' | 'delivered' | 'refused' | 'unsent';

export interface UsageEntry extends UsageWish {
  readonly eventId: string;
  readonly at: string;
  readonly msisdn: string;
  state: UsageState;
}

export interface UsageDeps {
  /** The operator's listener; without one records are only listed. */
  readonly network: NetworkEventsOptions | undefined;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  readonly timers: Timers;
  readonly events: EventLog;
}

export interface UsageBook {
  /** Writes a record and has it delivered soon. */
  add(msisdn: string, wish: UsageWish): UsageEntry;
  /** Newest first; of one number if it is named. */
  list(msisdn?: string): UsageEntry[];
  clear(): void;
}

const KEPT = 1_000;
const AT_ONCE = 100;
const SOON_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
const TIMEOUT_MS = 10_000;

/** An empty book. */
export function createUsageBook({ network, now, randomBytes, timers, events }: UsageDeps): UsageBook {
  let entries: UsageEntry[] = [];
  let isPlanned = false;
  let pauseMs = SOON_MS;

  function plan(): void {
    if (network === undefined || isPlanned || !entries.some(({ state }) => state === 'waiting')) {
      return;
    }
    isPlanned = true;
    timers.after(pauseMs, () => {
      deliver(network)
        .then(() => {
          pauseMs = SOON_MS;
        })
        .catch((error: unknown) => {
          // The first pause is short, the next ones are twice as long each.
          pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(1_000, pauseMs * 2));
          events.emit('usage.untold', { reason: error instanceof Error ? error.message : String(error) });
        })
        .finally(() => {
          isPlanned = false;
          plan();
        });
    });
  }

  async function deliver(to: NetworkEventsOptions): Promise<void> {
    const batch = entries.filter(({ state }) => state === 'waiting').slice(-AT_ONCE);
    if (batch.length === 0) {
      return;
    }
    const refused = await post(
      to,
      batch.map(({ state: _state, ...record }) => record),
    );
    for (const entry of batch) {
      entry.state = refused.has(entry.eventId) ? 'refused' : 'delivered';
    }
    events.emit('usage.told', { count: batch.length });
  }

  return {
    add(msisdn, wish) {
      const eventId = `sim-${randomBytes(12).toString('hex')}`;
      const state = network === undefined ? 'unsent' : 'waiting';
      const entry: UsageEntry = { eventId, at: now().toISOString(), msisdn, ...wish, state };
      entries = [entry, ...entries].slice(0, KEPT);
      events.emit('phone.used', { msisdn, kind: wish.type, quantity: wish.quantity });
      plan();
      return entry;
    },
    list: (msisdn) => entries.filter((entry) => msisdn === undefined || entry.msisdn === msisdn),
    clear() {
      entries = [];
    },
  };
}

/** Gives the ids that the operator refuses for good. Throws when it could not be told. */
async function post({ url, token }: NetworkEventsOptions, records: readonly object[]): Promise<Set<string>> {
  const response = await fetch(`${url}/admin/usage.import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events: records }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the operator answered ${response.status}`);
  }
  const answer: unknown = await response.json();
  return new Set(refusedOf(answer));
}

function refusedOf(answer: unknown): string[] {
  const refused = typeof answer === 'object' && answer !== null && 'refused' in answer ? answer.refused : undefined;
  if (!Array.isArray(refused)) {
    return [];
  }
  return refused.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'eventId' in one ? String(one.eventId) : [],
  );
}
