// A log whose lines a test can look at.
import { createLog, type Log } from '../../src/ops/log.ts';

export interface CapturedLog {
  readonly log: Log;
  readonly lines: string[];
}

/** The real log of the provider, at the given level, writing into an array. */
export function captureLog(level = 'debug'): CapturedLog {
  const lines: string[] = [];
  return { lines, log: createLog(level, { write: (line) => lines.push(line) }) };
}
