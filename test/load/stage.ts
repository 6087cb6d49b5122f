// Everything that the benchmark measures, each in a process of its own: the product with its simulator, the bare library
// in memory, and the bare library on the product's store.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/flow-until.ts';
import { freePorts } from '../support/free-ports.ts';
import { benchNumbers, wideLimits } from './bench-world.ts';
import { type Child, startChild } from './children.ts';
import { processMeter } from './cpu-time.ts';
import type { Party } from './flows.ts';
import { createHttp } from './http-client.ts';
import type { Side } from './measure.ts';
import type { BenchStore } from './stores.ts';

export interface StageOptions {
  readonly store: BenchStore;
  readonly workers: number;
  /** Numbers that wait for somebody to press the keys. */
  readonly waiting: number;
  /** Without them only the product is started. */
  readonly libraries: boolean;
}

export interface Stage {
  readonly product: Side & { readonly provider: Child; readonly pid: number };
  readonly library: Side | undefined;
  readonly libraryOnStore: Side | undefined;
  /** Control API of the simulator. */
  readonly simulatorUrl: string;
  readonly waitingNumbers: readonly string[];
  stop(): Promise<void>;
}

/** Flows that wait for a phone and others do not take each other's numbers: so many for each worker. */
const numbersPerWorker = 12;

/** Starts everything or nothing. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return { ...(await open(options, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Closers = (() => Promise<unknown> | unknown)[];

async function open({ store, workers, waiting, libraries }: StageOptions, closers: Closers) {
  const approving = workers * numbersPerWorker;
  const numbers = benchNumbers(approving);
  const party = (origin: string): Party => {
    const http = createHttp(workers * 2);
    closers.push(() => http.close());
    return { origin, http, numbers, workers };
  };
  const { provider, simulator } = await startProduct({ store, approving, waiting }, closers);
  const product = {
    name: 'product',
    provider,
    pid: provider.pid,
    party: party(provider.ready['origin'] ?? ''),
    meters: [
      processMeter('provider', provider.pid),
      ...store.meters,
      processMeter('simulator (not ours to count)', simulator.pid),
    ],
  };
  const startLibrary = async (name: string, address: string): Promise<Side> => {
    const child = await startChild('library-process.ts', { BENCH_STORE: address });
    closers.push(() => child.stop());
    const meters = [processMeter('library', child.pid), ...(address === 'memory' ? [] : store.meters)];
    return { name, party: party(child.ready['origin'] ?? ''), meters };
  };
  return {
    product,
    library: libraries ? await startLibrary('library, in memory', 'memory') : undefined,
    libraryOnStore: libraries ? await startLibrary(`library, on ${store.name}`, store.libraryAddress) : undefined,
    simulatorUrl: simulator.ready['url'] ?? '',
    waitingNumbers: benchNumbers(waiting, approving),
  };
}

/** The provider makes the SIMs, the simulator reads them; ready when the line between the two stands. */
async function startProduct(
  { store, approving, waiting }: { store: BenchStore; approving: number; waiting: number },
  closers: Closers,
): Promise<{ provider: Child; simulator: Child }> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  closers.push(() => rmSync(directory, { recursive: true, force: true }));
  const [port = 0, smppPort = 0, smtpPort = 0] = await freePorts(3);
  const shared = {
    BENCH_EXPORT: join(directory, 'export.json'),
    BENCH_DIRECTORY: directory,
    SMPP_PORT: String(smppPort),
    SMTP_PORT: String(smtpPort),
  };
  const provider = await startChild('provider-process.ts', {
    ...{ ...shared, ...store.environment, ...wideLimits },
    ...{ PORT: String(port), ISSUER: `http://localhost:${port}`, OPS_PORT: '0', ADMIN_PORT: '0' },
    ...{ SMPP_RECONNECT_MAX_SECONDS: '1', LOG_LEVEL: 'info', ATTEMPT_TTL_SECONDS: '300' },
    ...{ BENCH_APPROVING: String(approving), BENCH_WAITING: String(waiting) },
  });
  closers.push(() => provider.stop());
  const simulator = await startChild('simulator-process.ts', shared);
  closers.push(() => simulator.stop());
  const opsUrl = provider.ready['opsUrl'] ?? '';
  await until('the provider is ready', async () => (await fetch(`${opsUrl}/readyz`)).ok, 30);
  return { provider, simulator };
}
