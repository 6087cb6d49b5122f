// How much may be on its way to the SMSC at once: a window, a bounded waiting line, and an optional rate.

export interface SendWindow {
  /** Waits for a place. Undefined, at once or later, when there is none before `signal` or the line is full. */
  enter(signal: AbortSignal): Promise<{ leave(): void } | undefined>;
  /** How many are in it now, and how many wait for a place. */
  load(): { readonly inFlight: number; readonly waiting: number };
}

export interface SendWindowOptions {
  /** Requests without an answer at one time. */
  readonly size: number;
  /** Requests that may wait for a place. */
  readonly mostWaiting: number;
  /** Undefined: as fast as the window lets. */
  readonly perSecond?: number | undefined;
  readonly now: () => Date;
}

/** Makes a window; first come, first served. */
export function createSendWindow({ size, mostWaiting, perSecond, now }: SendWindowOptions): SendWindow {
  const line: Set<(granted: boolean) => void> = new Set();
  const bucket = perSecond === undefined ? undefined : createBucket(perSecond, now);
  let inside = 0;
  let timer: NodeJS.Timeout | undefined;

  function admit(): void {
    clearTimeout(timer);
    for (const grant of line) {
      if (inside >= size) return;
      const waitMs = bucket?.take() ?? 0;
      if (waitMs > 0) {
        timer = setTimeout(admit, waitMs);
        return;
      }
      line.delete(grant);
      inside++;
      grant(true);
    }
  }

  function place(): { leave(): void } {
    let left = false;
    return {
      leave() {
        if (left) return;
        left = true;
        inside--;
        admit();
      },
    };
  }

  return {
    load: () => ({ inFlight: inside, waiting: line.size }),
    async enter(signal) {
      if (signal.aborted || line.size >= mostWaiting) return undefined;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const giveUp = () => {
        if (line.delete(resolve)) resolve(false);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      line.add(resolve);
      admit();
      const granted = await promise;
      signal.removeEventListener('abort', giveUp);
      return granted ? place() : undefined;
    },
  };
}

// A token bucket that holds one second's worth.
function createBucket(perSecond: number, now: () => Date) {
  let tokens = perSecond;
  let filledAt = now().getTime();
  return {
    /** Takes a token, or tells how many milliseconds are left until there is one. */
    take(): number {
      const time = now().getTime();
      tokens = Math.min(perSecond, tokens + (Math.max(0, time - filledAt) * perSecond) / 1000);
      filledAt = time;
      if (tokens < 1) return Math.ceil(((1 - tokens) * 1000) / perSecond);
      tokens -= 1;
      return 0;
    },
  };
}
