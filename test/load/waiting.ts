// Many browsers that wait for a phone at once: what they cost in memory, and how soon one of them hears of its answer.
import { setTimeout as sleep } from 'node:timers/promises';
import { createFlowPhone } from '../support/flow-phone.ts';
import { benchPin } from './bench-world.ts';
import { residentMb } from './cpu-time.ts';
import { type Spread, spreadOf } from './figures.ts';
import type { Party } from './flows.ts';
import { startWaiting, type WaitingBrowser } from './flows.ts';
import { createHttp, type Http } from './http-client.ts';

export interface WaitingReport {
  readonly browsers: number;
  readonly memoryMb: { readonly before: number; readonly during: number };
  readonly kibEach: number;
  /** From the last key on a phone to the answer for its page, while the others wait. */
  readonly wakeMs: Spread;
  /** The same with nobody else waiting. */
  readonly aloneMs: Spread;
}

/** Where it is measured; a stage fits. */
export interface WaitingPlace {
  readonly product: { readonly party: Pick<Party, 'origin'>; readonly pid: number };
  /** Control API of the simulator. */
  readonly simulatorUrl: string;
  readonly waitingNumbers: readonly string[];
  /** What came before is over after so long. */
  readonly settleMs?: number;
}

/** How many are woken, one after the other. */
const woken = 25;
const startedAtOnce = 8;

/** Opens one browser for each number that waits. */
export async function measureWaiting(place: WaitingPlace): Promise<WaitingReport> {
  const { product, waitingNumbers, settleMs = 1_000 } = place;
  const http = createHttp(waitingNumbers.length + startedAtOnce);
  try {
    const tried = waitingNumbers.slice(0, woken);
    const alone: number[] = [];
    for (const number of tried) {
      const [browser] = await waitAll(http, product.party.origin, [number]);
      if (browser !== undefined) alone.push(await wake(place, browser));
    }
    await sleep(settleMs);
    const before = residentMb(product.pid);
    const browsers = await waitAll(http, product.party.origin, waitingNumbers);
    await sleep(settleMs);
    const during = residentMb(product.pid);
    const delays: number[] = [];
    for (const browser of browsers.slice(0, woken)) delays.push(await wake(place, browser));
    // The others are let go with the process; nobody waits for their end.
    for (const { answer } of browsers) answer.catch(() => {});
    return {
      browsers: browsers.length,
      memoryMb: { before, during },
      kibEach: ((during - before) / browsers.length) * 1_024,
      wakeMs: spreadOf(delays),
      aloneMs: spreadOf(alone),
    };
  } finally {
    http.close();
  }
}

async function waitAll(http: Http, origin: string, numbers: readonly string[]): Promise<WaitingBrowser[]> {
  const browsers: WaitingBrowser[] = [];
  const left = [...numbers];
  const work = async (): Promise<void> => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) {
      browsers.push(await startWaiting({ http, origin }, number));
    }
  };
  await Promise.all(Array.from({ length: startedAtOnce }, work));
  return browsers;
}

async function wake(
  { simulatorUrl }: WaitingPlace,
  { number, referenceCode, answer }: WaitingBrowser,
): Promise<number> {
  const phone = createFlowPhone(simulatorUrl, number);
  const screen = await phone.waitForScreen({ seconds: 60 });
  if (screen.kind === 'code') await phone.code(referenceCode);
  const began = performance.now();
  const pressed = phone.pin(benchPin);
  const [ended] = await Promise.all([answer.then(() => performance.now()), pressed]);
  return ended - began;
}
