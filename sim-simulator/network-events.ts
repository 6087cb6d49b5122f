// Tells the operator which phone a SIM is in, as a mobile network's equipment register does when it sees one: after a
// move, a new SIM, a switch-on. The operator takes it at an address with a token; nothing waits for it.

import type { EventLog, SimulatorEvent } from './event-log.ts';
import type { HandsetIdentity } from './handset.ts';

export interface NetworkEventsOptions {
  /** Of the operator's listener for such events, without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

export interface NetworkEventsDeps extends NetworkEventsOptions {
  readonly events: EventLog;
  /** The phone on a number, with what the network sees of it. */
  readonly phone: (msisdn: string) => { identity(): HandsetIdentity } | undefined;
}

const TIMEOUT_MS = 5_000;

/** Starts telling; the function that comes back ends it. What cannot be told is an event, too. */
export function tellNetworkEvents({ url, token, events, phone }: NetworkEventsDeps): () => void {
  return events.listen((event) => {
    const { msisdn } = event;
    const identity = msisdn !== undefined && isSeen(event) ? phone(msisdn)?.identity() : undefined;
    if (identity === undefined) {
      return;
    }
    post({ url, token }, { number: msisdn, ...identity }).catch((error: unknown) => {
      events.emit('network.untold', { msisdn, reason: error instanceof Error ? error.message : String(error) });
    });
  });
}

function isSeen({ type, ...details }: SimulatorEvent): boolean {
  return type === 'phone.moved' || type === 'phone.sim' || (type === 'phone.power' && details['on'] === true);
}

async function post({ url, token }: NetworkEventsOptions, body: object): Promise<void> {
  const response = await fetch(`${url}/admin/line.handset`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) {
    throw new Error(`the operator answered ${response.status}`);
  }
}
