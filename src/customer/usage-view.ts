// Consumption of a contract as its caller may see it: the lines that are hers to see, the billing month that she asks
// for, counters against her plan.
import { type AccountId, maskMsisdn } from '../identifiers.ts';
import { listLinesOfContract, type RelatedContract } from '../storage/contracts.ts';
import { type Db, readAppNow } from '../storage/database.ts';
import { listRelatedLines } from '../storage/line-changes.ts';
import type { LineRow } from '../storage/tables.ts';
import { listCountersOf, listOptionIds } from '../storage/usage-rating.ts';
import type { UsageCounterRow, UsageRecordRow, UsageType } from '../storage/usage-tables.ts';
import { type BillingPeriod, billingPeriodAt, periodBefore } from './billing-period.ts';
import { catalogueOf, findOffer } from './catalogue.ts';
import { emptyCounter, gaugeOf, leftOf, planOf, topUpFromPercent, type UsagePlan } from './usage-rating.ts';
import { tariffOf, type UsageTariff } from './usage-tariff.ts';
import type { UsageBucket, UsageRecordView, UsageSummary, WantedPeriod } from './usage-types.ts';

/** A contract with the plan that it has now. */
export interface ContractUse {
  readonly found: RelatedContract;
  readonly tariff: UsageTariff;
  readonly plan: UsagePlan;
  readonly timeZone: string;
  readonly now: Date;
}

/** Reads it; undefined where use is not rated. */
export async function readUse(
  db: Db,
  { found, timeZone }: { found: RelatedContract; timeZone: string },
): Promise<ContractUse | undefined> {
  const { contract } = found;
  const tariff = tariffOf(contract.brand);
  if (tariff === undefined) return undefined;
  const optionIds = (await listOptionIds(db, [contract.id])).get(contract.id) ?? [];
  const plan = planOf(findOffer(catalogueOf(contract.brand), contract.offerId), { tariff, optionIds });
  return { found, tariff, plan, timeZone, now: await readAppNow(db) };
}

const keptMs = 396 * 86_400_000;

/** How far back records go. */
export function oldestOf(now: Date): Date {
  return new Date(now.getTime() - keptMs);
}

/** The billing month that is asked for; undefined for one that is too long ago or has not begun. */
export function wantedPeriod({ found, timeZone, now }: ContractUse, wanted: WantedPeriod): BillingPeriod | undefined {
  const { contract } = found;
  const current = billingPeriodAt(contract, { at: now, timeZone });
  if (wanted === 'current') return current;
  if (wanted === 'previous') return periodBefore(contract, { start: current.start, timeZone });
  const period = billingPeriodAt(contract, { at: wanted, timeZone });
  return period.start > now || period.end < oldestOf(now) ? undefined : period;
}

/** The lines of the contract that the account may see: its user sees her own only. */
export async function visibleLines(
  db: Db,
  accountId: AccountId,
  { contract, relation }: RelatedContract,
): Promise<LineRow[]> {
  const all = await listLinesOfContract(db, contract.id);
  if (relation !== 'user') return all;
  const own = new Set((await listRelatedLines(db, accountId)).map(({ line }) => line.id));
  return all.filter(({ id }) => own.has(id));
}

const mobileTypes: readonly UsageType[] = ['data', 'voice', 'sms', 'mms'];
const homeTypes: readonly UsageType[] = ['internet', 'fixed_voice'];

/** Types that a contract has at home. */
export function homeTypesOf({ found: { contract } }: ContractUse): readonly UsageType[] {
  if (contract.kind === 'MOBILE') return [];
  return contract.kind === 'FIXE' ? ['fixed_voice'] : homeTypes;
}

export interface Shown {
  readonly lines: readonly LineRow[];
  readonly home: boolean;
}

/** Gauge, counters and what is beyond the plan in one billing month. */
export async function summaryOf(
  db: Db,
  use: ContractUse,
  { period, lines, home }: Shown & { period: BillingPeriod },
): Promise<UsageSummary> {
  const { found, tariff, timeZone } = use;
  const contractId = found.contract.id;
  const counters = await listCountersOf(db, { contractId, periodStart: period.start });
  const ofLines = lines
    .filter(({ kind }) => kind !== 'fixed')
    .flatMap((line) => mobileTypes.map((type) => bucketOf(use, { type, line, counters })));
  const ofHome = home ? homeTypesOf(use).map((type) => bucketOf(use, { type, line: undefined, counters })) : [];
  const owners = new Set([...lines.map(({ id }) => id), ...(home ? [contractId] : [])]);
  const shown = counters.filter(({ owner }) => owners.has(owner));
  const updates = shown.map(({ updatedAt }) => updatedAt.getTime());
  return {
    ...{ period, timeZone, buckets: [...ofLines, ...ofHome] },
    gauge: ofLines.find(({ type }) => type === 'data'),
    outOfBundle: { unit: tariff.unit, minor: shown.reduce((sum, { chargeMinor }) => sum + chargeMinor, 0) },
    proposeTopUp: ofLines
      .filter(
        ({ type, percent, allowance }) => type === 'data' && allowance !== 0 && (percent ?? 0) >= topUpFromPercent,
      )
      .flatMap(({ line }) => line?.id ?? []),
    updatedAt: updates.length === 0 ? undefined : new Date(Math.max(...updates)),
  };
}

function bucketOf(
  { found, plan }: ContractUse,
  { type, line, counters }: { type: UsageType; line: LineRow | undefined; counters: readonly UsageCounterRow[] },
): UsageBucket {
  const owner = line?.id ?? found.contract.id;
  const counter = counters.find((one) => one.owner === owner && one.type === type) ?? emptyCounter;
  const left = leftOf(type, plan, counter);
  const number = line && (found.relation === 'proxy' ? maskMsisdn(line.msisdn) : line.msisdn);
  return {
    ...gaugeOf(type, plan, counter),
    ...{ type, line: line === undefined || number === undefined ? undefined : { id: line.id, number } },
    left: Number.isFinite(left) ? left : null,
    ...{ excess: counter.used - counter.included, outside: counter.outside, granted: counter.granted },
  };
}

/** A record as the caller may see it. */
export function recordView(row: UsageRecordRow, relation: RelatedContract['relation']): UsageRecordView {
  const { id, at, type, category, direction, quantity, included, outside } = row;
  const peer = row.peer === null ? undefined : relation === 'proxy' ? maskPeer(row.peer) : row.peer;
  return {
    ...{ id, at, type, category, direction, quantity, included, outside, peer },
    ...{ lineId: row.lineId ?? undefined, blocked: row.blocked ?? undefined },
    charge: { unit: row.unit, minor: row.chargeMinor },
  };
}

/** `+336******12`, `3****`: whom somebody calls is not the business of whoever pays for her. */
export function maskPeer(peer: string): string {
  const [shown, last] = peer.startsWith('+') ? [4, 2] : [1, 0];
  return `${peer.slice(0, shown)}${'*'.repeat(Math.max(1, peer.length - shown - last))}${last === 0 ? '' : peer.slice(-last)}`;
}
