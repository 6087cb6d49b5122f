// The report of a run: for programs as it is, for people as text.
import { cpus, loadavg } from 'node:os';
import type { ComparisonReport } from './compare.ts';
import type { Ratio, SideFigures, Spread } from './figures.ts';
import type { Cost, ProfileSummary } from './profile.ts';
import type { StartReport } from './start-up.ts';
import type { StatementReport } from './statements.ts';
import type { StoreName } from './stores.ts';
import type { WaitingReport } from './waiting.ts';

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly node: string;
  /** Of the last minute. */
  readonly load: number;
}

export interface BenchReport {
  readonly at: string;
  readonly machine: Machine;
  readonly store: StoreName;
  readonly rounds: number;
  readonly flows: number;
  readonly workers: number;
  readonly remarks: readonly string[];
  readonly comparisons: readonly ComparisonReport[];
  readonly waiting: WaitingReport | undefined;
  readonly start: StartReport | undefined;
  readonly profile: ProfileSummary | undefined;
  /** Of the last flow that was profiled. */
  readonly statements: StatementReport | undefined;
  readonly loadAtEnd: number;
}

/** What this runs on, now. */
export function describeMachine(): Machine {
  const all = cpus();
  return { processor: all[0]?.model ?? 'unknown', processors: all.length, node: process.version, load: loadNow() };
}

/** Load average of the last minute. */
export function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

/** The report for people. */
export function printReport(report: BenchReport): string {
  const { at, machine, store, rounds, flows, workers, comparisons } = report;
  const lines = [
    `${at} · ${machine.processors} × ${machine.processor} · Node ${machine.node} · load ${machine.load} to ${report.loadAtEnd}`,
    `store ${store} · ${rounds} rounds of ${flows} flows, ${workers} at once · figures: median (least–most of the rounds)`,
    ...report.remarks.map((remark) => `note: ${remark}`),
    ...comparisons.flatMap(printComparison),
    ...(report.waiting === undefined ? [] : printWaiting(report.waiting)),
    ...(report.start === undefined ? [] : printStart(report.start)),
    ...(report.profile === undefined ? [] : printProfile(report.profile)),
    ...(report.statements === undefined ? [] : printStatements(report.statements)),
  ];
  return `${lines.join('\n')}\n`;
}

function printComparison({ title, sides, ratios }: ComparisonReport): string[] {
  return ['', title, ...sides.map(printSide), ...ratios.map(printRatio)];
}

function printSide({ side, flow, requestsPerSecond, flowsPerSecond, cpuMsPerFlow }: SideFigures): string {
  const cpu = Object.entries(cpuMsPerFlow).map(([name, spread]) => `${name} ${printSpread(spread)} ms`);
  const speed = `${printSpread(flowsPerSecond)} flows/s, ${printSpread(requestsPerSecond)} requests/s`;
  return `  ${side} (${flow}): ${speed}; CPU for a flow: ${cpu.join(', ')}`;
}

function printRatio({ of, to, most, reached, ...spread }: Ratio): string {
  const aim = most === undefined ? '' : ` · aim: at most ${most} ×: ${reached ? 'reached' : 'NOT REACHED'}`;
  return `  ${of} / ${to}: ${printSpread(spread)} × the CPU of the answering process${aim}`;
}

function printSpread({ min, median, max }: Spread): string {
  return `${short(median)} (${short(min)}–${short(max)})`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function printWaiting({ browsers, memoryMb, kibEach, wakeMs, aloneMs }: WaitingReport): string[] {
  return [
    '',
    `${browsers} waiting browsers`,
    `  memory of the provider: ${short(memoryMb.before)} MB before, ${short(memoryMb.during)} MB with them: ${short(kibEach)} KiB each`,
    `  from the last key on the phone to the page's answer: ${printSpread(wakeMs)} ms; with nobody else waiting ${printSpread(aloneMs)} ms`,
  ];
}

function printStart({ first, again }: StartReport): string[] {
  const one = ({ seconds, memoryMb }: StartReport['first']) => {
    const parts = Object.entries(memoryMb).map(([name, mb]) => `${name} ${short(mb)} MB`);
    return `ready after ${short(seconds)} s; memory: ${parts.join(', ')}`;
  };
  return ['', 'npm start', `  first: ${one(first)}`, `  again, on the same data: ${one(again)}`];
}

function printProfile({ functions, parts }: ProfileSummary): string[] {
  const line = ({ share, what }: Cost) => `  ${(share * 100).toFixed(1).padStart(5)} %  ${what}`;
  return [
    '',
    'Most expensive functions of the provider, by the time that they take themselves',
    ...functions.map(line),
    '',
    'Time of the provider by package and folder, with what Node does for them',
    ...parts.map(line),
  ];
}

function printStatements({ costliest, ...sum }: StatementReport): string[] {
  return [
    '',
    `PostgreSQL for a flow: ${sum.callsPerFlow} statements, ${sum.transactionsPerFlow} of them the end of a transaction; ${sum.planMsPerFlow} ms to plan, ${sum.runMsPerFlow} ms to run`,
    ...costliest.map(
      ({ callsPerFlow, planMsPerFlow, runMsPerFlow, text }) =>
        `  ${String(callsPerFlow).padStart(5)} × plan ${planMsPerFlow} ms, run ${runMsPerFlow} ms: ${text}`,
    ),
  ];
}
