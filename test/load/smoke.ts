// The benchmark's flows once each, in this process, so that a change of the provider that they cannot follow is seen
// by the tests. Says nothing about time.

import { type Compared, compareAll, comparisonNames } from './compare.ts';
import { processMeter } from './cpu-time.ts';
import { createHttp } from './http-client.ts';
import { startLibrary } from './library.ts';
import type { Side } from './measure.ts';
import { measureWaiting, type WaitingReport } from './waiting.ts';

export interface SmokeWorld {
  readonly issuer: string;
  readonly simulatorUrl: string;
  /** Its phone approves by itself. */
  readonly approving: string;
  /** Its phone waits; the PIN is the benchmark's. */
  readonly waiting: string;
}

/** Throws when a flow fails on either side. */
export async function runSmoke(world: SmokeWorld): Promise<Compared & { waiting: WaitingReport }> {
  const library = await startLibrary('memory');
  const http = createHttp(2);
  const side = (name: string, origin: string): Side => ({
    name,
    party: { origin, http, numbers: [world.approving], workers: 1 },
    meters: [processMeter(name, process.pid)],
  });
  const product = side('product', world.issuer);
  try {
    const compared = await compareAll(
      { product, library: side('library', library.origin), libraryOnStore: undefined },
      { rounds: 1, flows: 1, warmUp: 0, quietMs: 0, parts: comparisonNames, tell: () => {} },
    );
    const waiting = await measureWaiting({
      ...{ product: { ...product, pid: process.pid }, simulatorUrl: world.simulatorUrl },
      ...{ waitingNumbers: [world.waiting], settleMs: 0 },
    });
    return { ...compared, waiting };
  } finally {
    http.close();
    await library.stop();
  }
}
