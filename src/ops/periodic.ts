// Runs a piece of work again and again, never twice at once, until it is stopped.
import type { Log } from './log.ts';

export interface Periodic {
  /** Runs the work soon, without waiting for its turn. */
  nudge(): void;
  /** Resolves when the work that runs has ended; none begins after. */
  stop(): Promise<void>;
}

/** Starts with the first run at once; the next begins `everySeconds` after the last has ended. Failures are logged. */
export function runPeriodically(
  work: () => Promise<void>,
  { name, everySeconds, log }: { name: string; everySeconds: number; log: Log },
): Periodic {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  const run = (): void => {
    clearTimeout(timer);
    if (stopped) return;
    if (running !== undefined) {
      again = true;
      return;
    }
    again = false;
    running = work()
      .catch((error: unknown) => log.error({ err: error, work: name }, 'periodic work failed; it will be tried again'))
      .finally(() => {
        running = undefined;
        if (stopped) return;
        timer = setTimeout(run, again ? 0 : everySeconds * 1_000);
        timer.unref();
      });
  };

  run();
  return {
    nudge: run,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
