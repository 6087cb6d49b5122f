// From blocks of flows to figures: smallest, median and largest of the rounds, and how often one side fits into the
// other.
import type { Block } from './measure.ts';

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
  return { min: rounded(sorted[0] ?? Number.NaN), median: rounded(median), max: rounded(sorted.at(-1) ?? Number.NaN) };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export interface SideFigures {
  readonly side: string;
  readonly flow: string;
  readonly requestsPerSecond: Spread;
  readonly flowsPerSecond: Spread;
  /** Milliseconds of CPU for a completed flow, by process; the first is the one that answers. */
  readonly cpuMsPerFlow: Readonly<Record<string, Spread>>;
}

/** The figures of one side. */
export function figuresOf(about: { side: string; flow: string }, blocks: readonly Block[]): SideFigures {
  const names = Object.keys(blocks[0]?.cpuMs ?? {});
  const cpu = (name: string) => spreadOf(blocks.map(({ cpuMs, flows }) => (cpuMs[name] ?? 0) / flows));
  return {
    ...about,
    requestsPerSecond: spreadOf(blocks.map(({ requests, seconds }) => requests / seconds)),
    flowsPerSecond: spreadOf(blocks.map(({ flows, seconds }) => flows / seconds)),
    cpuMsPerFlow: Object.fromEntries(names.map((name) => [name, cpu(name)])),
  };
}

export interface Ratio extends Spread {
  readonly of: string;
  readonly to: string;
  /** What is aimed at, for the median. */
  readonly most: number | undefined;
  readonly reached: boolean | undefined;
}

/** CPU of the answering process for a flow, one side against another, round by round. */
export function ratioOf(
  ours: { readonly name: string; readonly blocks: readonly Block[] },
  other: { readonly name: string; readonly blocks: readonly Block[] },
  most?: number,
): Ratio {
  const values = ours.blocks.map((block, round) => cpuPerFlow(block) / cpuPerFlow(other.blocks[round]));
  const spread = spreadOf(values);
  return {
    of: ours.name,
    to: other.name,
    ...spread,
    most,
    reached: most === undefined ? undefined : spread.median <= most,
  };
}

function cpuPerFlow(block: Block | undefined): number {
  const [first] = Object.values(block?.cpuMs ?? {});
  return (first ?? Number.NaN) / (block?.flows ?? Number.NaN);
}
