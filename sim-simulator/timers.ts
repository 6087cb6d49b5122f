// Timers that never keep the process alive and all end with the simulator. Tests bring their own.

export interface Timers {
  /** Runs `action` once after `ms`; the function that comes back calls it off. */
  after(ms: number, action: () => void): () => void;
  stop(): void;
}

// Longer delays overflow setTimeout and would fire at once.
const LONGEST_MS = 2_147_483_647;

/** Timers of the real clock. */
export function createTimers(): Timers {
  const running = new Set<NodeJS.Timeout>();
  return {
    after(ms, action) {
      const timer = setTimeout(
        () => {
          running.delete(timer);
          action();
        },
        Math.min(Math.max(ms, 0), LONGEST_MS),
      );
      timer.unref();
      running.add(timer);
      return () => {
        running.delete(timer);
        clearTimeout(timer);
      };
    },
    stop() {
      for (const timer of running) {
        clearTimeout(timer);
      }
      running.clear();
    },
  };
}
