// The product against the library: which flow against which, what is aimed at, and what came out.
import { figuresOf, type Ratio, ratioOf, type SideFigures } from './figures.ts';
import { type Flow, flows, grantsOffered } from './flows.ts';
import { type Entry, type MeasureOptions, measure, type Side } from './measure.ts';

/** What can be chosen, with the letter of the plan. */
export const comparisonNames = ['ciba', 'code', 'token', 'api'] as const;
export type ComparisonName = (typeof comparisonNames)[number];

interface Comparison {
  readonly part: ComparisonName;
  readonly flow: Flow;
  /** Of the library, where it has another one that stands for ours. */
  readonly against?: Flow;
  /** Provider's CPU for a flow, at most so many times that of the library in memory, or on the same store. */
  readonly most?: number;
  readonly mostOnStore?: number;
  /** Left out, and said so, where the product does not grant it. */
  readonly grant?: string;
}

const comparisons: readonly Comparison[] = [
  { part: 'ciba', flow: flows.ciba, most: 3 },
  { part: 'code', flow: flows.code, most: 2 },
  { part: 'token', flow: flows.client, mostOnStore: 1.3, grant: 'client_credentials' },
  { part: 'token', flow: flows.clientJwt, mostOnStore: 1.3, grant: 'client_credentials' },
  { part: 'token', flow: flows.refresh, mostOnStore: 1.3 },
  { part: 'token', flow: flows.refreshJwt, mostOnStore: 1.3 },
  { part: 'token', flow: flows.introspection, mostOnStore: 1.3 },
  { part: 'api', flow: flows.api, against: flows.userinfo },
];

export interface ComparisonReport {
  readonly part: ComparisonName;
  readonly id: string;
  readonly title: string;
  readonly sides: readonly SideFigures[];
  readonly ratios: readonly Ratio[];
}

/** Who is compared; without the second of the libraries only with the first. */
export interface Sides {
  readonly product: Side;
  readonly library: Side;
  readonly libraryOnStore: Side | undefined;
}

export interface Compared {
  readonly comparisons: readonly ComparisonReport[];
  /** What was left out, in words. */
  readonly remarks: readonly string[];
}

/** Measures the chosen ones, each told of before it begins. */
export async function compareAll(
  sides: Sides,
  { parts, tell, ...options }: MeasureOptions & { parts: readonly ComparisonName[]; tell: (title: string) => void },
): Promise<Compared> {
  const offered = await grantsOffered(sides.product.party);
  const reports: ComparisonReport[] = [];
  const remarks: string[] = [];
  for (const comparison of comparisons.filter(({ part }) => parts.includes(part))) {
    const { grant, flow } = comparison;
    if (grant !== undefined && !offered.includes(grant)) {
      remarks.push(`${flow.title}: not compared, the provider does not offer ${grant}`);
      continue;
    }
    tell(flow.title);
    reports.push(await compare(sides, comparison, options));
  }
  return { comparisons: reports, remarks };
}

async function compare(sides: Sides, comparison: Comparison, options: MeasureOptions): Promise<ComparisonReport> {
  const { part, flow, against = flow } = comparison;
  const { product, library, libraryOnStore } = sides;
  const entries: Entry[] = [
    { side: library, flow: against },
    ...(libraryOnStore === undefined ? [] : [{ side: libraryOnStore, flow: against }]),
    { side: product, flow },
  ];
  const blocks = await measure(entries, options);
  const named = entries.map(({ side }, place) => ({ name: side.name, blocks: blocks[place] ?? [] }));
  const ours = named.at(-1) ?? { name: product.name, blocks: [] };
  return {
    ...{ part, id: flow.id, title: flow.title },
    sides: entries.map((entry, place) =>
      figuresOf({ side: entry.side.name, flow: entry.flow.id }, blocks[place] ?? []),
    ),
    ratios: named
      .slice(0, -1)
      .map((other, place) => ratioOf(ours, other, place === 0 ? comparison.most : comparison.mostOnStore)),
  };
}
