// One run of the benchmark: opens the store, starts what is measured, measures the chosen parts, ends everything.
import { type ComparisonName, compareAll, comparisonNames } from './compare.ts';
import { insistOnProc } from './cpu-time.ts';
import type { Entry } from './measure.ts';
import { readProfile } from './profile.ts';
import { type BenchReport, describeMachine, loadNow } from './report.ts';
import { openStage, type Stage } from './stage.ts';
import { measureStart } from './start-up.ts';
import type { StatementCounter, StatementReport } from './statements.ts';
import { openStore, type StoreName } from './stores.ts';
import { measureWaiting } from './waiting.ts';

export const partNames = [...comparisonNames, 'waiting', 'start'] as const;
export type PartName = (typeof partNames)[number];

export interface BenchOptions {
  readonly store: StoreName;
  readonly parts: readonly PartName[];
  readonly rounds: number;
  readonly flows: number;
  readonly workers: number;
  /** Browsers of part `waiting`. */
  readonly waiting: number;
  /** File for a CPU profile of the provider; undefined for none. */
  readonly profile: string | undefined;
  /** Hears what is being done. */
  readonly tell: (words: string) => void;
}

/** Runs it. Throws, in words for people, where something is missing. */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  insistOnProc();
  const { store: name, parts, rounds, flows, workers, tell } = options;
  const machine = describeMachine();
  const compared = comparisonNames.filter((part) => parts.includes(part));
  const waits = parts.includes('waiting');
  const store = await openStore(name, { counting: options.profile !== undefined });
  const measured =
    compared.length === 0 && !waits
      ? nothing
      : await withStage(options, { store, compared, waits }).finally(() => store.close());
  if (measured === nothing) await store.close();
  if (parts.includes('start')) tell('npm start');
  const start = parts.includes('start') ? await measureStart() : undefined;
  return {
    at: new Date().toISOString(),
    ...{ machine, store: name, rounds, flows, workers },
    ...measured,
    remarks: [...store.remarks, ...measured.remarks],
    start,
    loadAtEnd: loadNow(),
  };
}

type Measured = Pick<BenchReport, 'comparisons' | 'waiting' | 'profile' | 'statements' | 'remarks'>;

const nothing: Measured = {
  comparisons: [],
  remarks: [],
  waiting: undefined,
  profile: undefined,
  statements: undefined,
};

async function withStage(
  options: BenchOptions,
  about: {
    store: Awaited<ReturnType<typeof openStore>>;
    compared: readonly ComparisonName[];
    waits: boolean;
  },
): Promise<Measured> {
  const { store, waits } = about;
  const { rounds, flows, workers, tell, profile } = options;
  tell('starting the processes');
  const waiting = waits ? options.waiting : 0;
  const stage = await openStage({ store, workers, waiting, libraries: about.compared.length > 0 });
  try {
    const { library } = stage;
    const watch = profile === undefined ? undefined : profiling(stage, profile, store.statements);
    const compare = {
      rounds,
      flows,
      warmUp: flows,
      parts: about.compared,
      tell,
      ...(watch && { onBlock: watch.onBlock }),
    };
    const compared = library === undefined ? nothing : await compareAll({ ...stage, library }, compare);
    if (waits) tell(`${waiting} waiting browsers`);
    return {
      ...{ comparisons: compared.comparisons, remarks: compared.remarks },
      waiting: waits ? await measureWaiting(stage) : undefined,
      profile: profile === undefined || watch?.written() !== true ? undefined : readProfile(profile),
      statements: watch?.statements(),
    };
  } finally {
    await stage.stop();
  }
}

/** One block of the product, profiled and its statements counted; each replaces the one before. */
function profiling({ product }: Stage, file: string, statements: StatementCounter | undefined) {
  let written = false;
  let counted: StatementReport | undefined;
  return {
    written: () => written,
    statements: () => counted,
    async onBlock({ side, flow }: Entry, moment: 'before' | 'after', flows: number): Promise<void> {
      if (side !== product) return;
      if (moment === 'before') {
        await statements?.reset();
        return void (await product.provider.ask('profile'));
      }
      await product.provider.ask('write profile', file);
      counted = await statements?.read(flows * flow.times);
      written = true;
    },
  };
}
