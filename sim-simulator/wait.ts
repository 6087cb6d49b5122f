// Waits for the next screen or SMS of a phone: what is there already counts, unless its `seq` was seen before.

import type { EventLog } from './event-log.ts';
import type { Fleet } from './fleet.ts';
import type { Sms } from './phone.ts';
import type { ShownScreen } from './phone-view.ts';
import type { Timers } from './timers.ts';

export interface WaitDeps {
  readonly fleet: Fleet;
  readonly events: EventLog;
  readonly timers: Timers;
  readonly msisdn: string;
}

export interface WaitWish {
  readonly for: 'screen' | 'sms';
  /** Seconds to wait at most. */
  readonly timeout: number;
  readonly after?: number | undefined;
}

/** The screen or SMS, or undefined when none came in time or `gone` resolved first. */
export function waitFor(deps: WaitDeps, wish: WaitWish, gone: Promise<void>): Promise<ShownScreen | Sms | undefined> {
  const there = present(deps, wish);
  if (there !== undefined) {
    return Promise.resolve(there);
  }
  return new Promise((resolve) => {
    const end = (found: ShownScreen | Sms | undefined) => {
      stopListening();
      stopTimer();
      resolve(found);
    };
    const stopTimer = deps.timers.after(wish.timeout * 1000, () => end(undefined));
    const stopListening = deps.events.listen((event) => {
      if (event.msisdn !== deps.msisdn || !event.type.startsWith('phone.')) {
        return;
      }
      const found = present(deps, wish);
      if (found !== undefined) {
        end(found);
      }
    });
    gone.then(() => end(undefined));
  });
}

// Without `after` the newest counts; with it the oldest that was not seen.
function present({ fleet, msisdn }: WaitDeps, wish: WaitWish): ShownScreen | Sms | undefined {
  const phone = fleet.phone(msisdn);
  if (phone === undefined) {
    return undefined;
  }
  const after = wish.after ?? -1;
  if (wish.for === 'screen') {
    const { screen } = phone.view();
    return screen !== null && screen.seq > after ? screen : undefined;
  }
  const unseen = phone.inbox().filter((sms) => sms.seq > after);
  return wish.after === undefined ? unseen[0] : unseen.at(-1);
}
