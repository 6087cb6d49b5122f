// Runs flows on several sides in turn, and counts what each process used for them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { CpuMeter } from './cpu-time.ts';
import type { Flow, Party } from './flows.ts';
import type { Http } from './http-client.ts';

/** One server that is measured: where it is, what is counted. */
export interface Side {
  readonly name: string;
  readonly party: Party;
  /** The first is the process that answers; the others work for it. */
  readonly meters: readonly CpuMeter[];
}

/** A flow on a side. */
export interface Entry {
  readonly side: Side;
  readonly flow: Flow;
}

/** One block of flows on one side. */
export interface Block {
  readonly flows: number;
  readonly seconds: number;
  readonly requests: number;
  /** Milliseconds by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

export interface MeasureOptions {
  readonly rounds: number;
  readonly flows: number;
  /** Flows before the first round, which are not counted. */
  readonly warmUp: number;
  /** What a flow leaves to do (receipts, jobs) is over so long after it, and counts to it. */
  readonly quietMs?: number;
  /** Called around each block of a round. */
  readonly onBlock?: (entry: Entry, moment: 'before' | 'after', flows: number) => Promise<void>;
}

/** Blocks of each entry, round by round; who begins changes with the round. */
export async function measure(entries: readonly Entry[], options: MeasureOptions): Promise<Block[][]> {
  const { rounds, flows, warmUp, onBlock, quietMs = 150 } = options;
  const block = ({ side, flow, run }: Entry & { readonly run: Run }, count: number): Promise<Block> =>
    runBlock(side, run, { flows: count * flow.times, quietMs });
  const prepared: (Entry & { readonly run: Run; readonly blocks: Block[] })[] = [];
  for (const { side, flow } of entries) {
    const run = await flow.prepare(side.party);
    await block({ side, flow, run }, warmUp);
    prepared.push({ side, flow, run, blocks: [] });
  }
  for (let round = 0; round < rounds; round++) {
    const turn = round % prepared.length;
    for (const entry of [...prepared.slice(turn), ...prepared.slice(0, turn)]) {
      await onBlock?.(entry, 'before', flows);
      entry.blocks.push(await block(entry, flows));
      await onBlock?.(entry, 'after', flows);
    }
  }
  return prepared.map(({ blocks }) => blocks);
}

type Run = (worker: number) => Promise<void>;

async function runBlock(side: Side, run: Run, { flows, quietMs }: { flows: number; quietMs: number }): Promise<Block> {
  const { http, workers } = side.party;
  const before = await readAll(side.meters);
  const requests = http.answered;
  const began = performance.now();
  await spread(run, { flows, workers });
  const seconds = (performance.now() - began) / 1_000;
  const answered = answeredSince(http, requests);
  await sleep(quietMs);
  const after = await readAll(side.meters);
  const cpuMs = Object.fromEntries(side.meters.map(({ name }, n) => [name, (after[n] ?? 0) - (before[n] ?? 0)]));
  return { flows, seconds, requests: answered, cpuMs };
}

function answeredSince({ answered }: Http, before: number): number {
  return answered - before;
}

/** One after the other: a meter that asks a server must not be asked in the middle of the flows. */
async function readAll(meters: readonly CpuMeter[]): Promise<number[]> {
  const read: number[] = [];
  for (const meter of meters) read.push(await meter.read());
  return read;
}

async function spread(run: Run, { flows, workers }: { flows: number; workers: number }): Promise<void> {
  let left = flows;
  const work = async (worker: number): Promise<void> => {
    while (left > 0) {
      left--;
      await run(worker);
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
}
