// Timers and a clock that only move when a test says so.

import type { Timers } from '../../../sim-simulator/timers.ts';

export interface ManualTimers extends Timers {
  now: () => Date;
  /** Moves the clock and runs what falls due, in order. */
  advance(ms: number): void;
}

export function createManualTimers(start = new Date('2026-03-01T12:00:00Z')): ManualTimers {
  let nowMs = start.getTime();
  let pending: { at: number; action: () => void }[] = [];
  return {
    now: () => new Date(nowMs),
    after(ms, action) {
      const entry = { at: nowMs + ms, action };
      pending.push(entry);
      return () => {
        pending = pending.filter((each) => each !== entry);
      };
    },
    stop() {
      pending = [];
    },
    advance(ms) {
      const end = nowMs + ms;
      for (;;) {
        const due = pending.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) {
          break;
        }
        pending = pending.filter((each) => each !== due);
        nowMs = Math.max(nowMs, due.at);
        due.action();
      }
      nowMs = end;
    },
  };
}
