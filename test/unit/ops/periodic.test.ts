// Work that is done again and again: never twice at once, again after a failure, and not after the end.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLog } from '../../../src/ops/log.ts';
import { type Periodic, runPeriodically } from '../../../src/ops/periodic.ts';

const logged: string[] = [];
const log = createLog('info', { write: (line) => logged.push(line) });

/** Work whose every run the test ends. */
class ScriptedWork {
  runs = 0;
  running = 0;
  most = 0;
  #ends: ((failure?: Error) => void)[] = [];

  readonly work = (): Promise<void> => {
    this.runs++;
    this.running++;
    this.most = Math.max(this.most, this.running);
    return new Promise((resolve, reject) => {
      this.#ends.push((failure) => {
        this.running--;
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  };

  async end(failure?: Error): Promise<void> {
    this.#ends.shift()?.(failure);
    await vi.advanceTimersByTimeAsync(0);
  }
}

let script: ScriptedWork;
let periodic: Periodic;

beforeEach(() => {
  vi.useFakeTimers();
  logged.length = 0;
  script = new ScriptedWork();
  periodic = runPeriodically(script.work, { name: 'the sweep', everySeconds: 10, log });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000);

describe('periodic work', () => {
  test('begins at once', () => {
    expect(script.runs).toBe(1);
  });

  test('runs again its seconds after the end of the last run, not after its beginning', async () => {
    await pass(25);
    expect(script.runs).toBe(1);
    await script.end();
    await pass(9.999);
    expect(script.runs).toBe(1);
    await pass(0.001);
    expect(script.runs).toBe(2);
  });

  test('goes on after a failure, which is logged with its name', async () => {
    await script.end(new Error('the database is away'));
    await pass(10);
    expect(script.runs).toBe(2);
    expect(logged.join('')).toContain('the sweep');
    expect(logged).toHaveLength(1);
    await script.end();
    await pass(10);
    expect(script.runs).toBe(3);
  });

  test('that is nudged runs at once, and its turn begins anew', async () => {
    await script.end();
    await pass(5);
    periodic.nudge();
    expect(script.runs).toBe(2);
    await script.end();
    await pass(9);
    expect(script.runs).toBe(2);
    await pass(1);
    expect(script.runs).toBe(3);
  });

  test('that is nudged ten times while it runs runs once more after, never twice at once', async () => {
    for (let n = 0; n < 10; n++) periodic.nudge();
    expect(script.runs).toBe(1);
    await script.end();
    expect(script.runs).toBe(2);
    await script.end();
    expect(script.runs).toBe(2);
    await pass(10);
    expect(script.runs).toBe(3);
    expect(script.most).toBe(1);
  });
});

describe('stopping', () => {
  test('waits for the run in hand, and none begins after', async () => {
    let stopped = false;
    const stopping = periodic.stop().then(() => {
      stopped = true;
    });
    await pass(60);
    expect(stopped).toBe(false);
    await script.end();
    await stopping;
    periodic.nudge();
    await pass(60);
    expect(script.runs).toBe(1);
  });

  test('between two runs ends at once and leaves no timer', async () => {
    await script.end();
    await periodic.stop();
    expect(vi.getTimerCount()).toBe(0);
    await pass(60);
    expect(script.runs).toBe(1);
  });

  test('does not fail when the run in hand does', async () => {
    const stopping = periodic.stop();
    await script.end(new Error('too late'));
    await stopping;
  });

  test('twice is stopping once', async () => {
    await script.end();
    await Promise.all([periodic.stop(), periodic.stop()]);
  });
});
