// Ends billing months: what was beyond the plan becomes one charge for each line, which the next bill takes. Any node
// may do it again and again; each month of a contract is closed once.
import type { Database } from '../storage/database.ts';
import { insertPendingCharge } from '../storage/pending-charges.ts';
import {
  closePeriod,
  listCountersOf,
  listPeriodsToClose,
  type PeriodToClose,
  takeContractsToRate,
} from '../storage/usage-rating.ts';
import type { UsageCounterRow } from '../storage/usage-tables.ts';
import { tariffOf } from './usage-tariff.ts';

export interface UsageClosingDeps {
  readonly database: Database;
  readonly timeZoneOf: (brand: string) => string;
}

/** Events of the last hours of a month may come late. */
const waitHours = 6;
const mostAtOnce = 50;

/** Closes what is over. */
export async function closeUsagePeriods(deps: UsageClosingDeps): Promise<void> {
  for (const period of await listPeriodsToClose(deps.database.db, { hours: waitHours, most: mostAtOnce })) {
    await close(deps, period);
  }
}

async function close({ database, timeZoneOf }: UsageClosingDeps, period: PeriodToClose): Promise<void> {
  const { contractId } = period;
  await database.transaction(async (tx) => {
    const taken = (await takeContractsToRate(tx, [contractId])).get(contractId);
    if (!(await closePeriod(tx, period))) return;
    const brand = taken?.contract.brand;
    const tariff = brand === undefined ? undefined : tariffOf(brand);
    // A contract that has ended is billed by hand.
    if (brand === undefined || tariff === undefined) return;
    const label = labelOf(period, timeZoneOf(brand));
    // It belongs to the bill of its own month, if that is still to come.
    const chargedAt = new Date(period.periodEnd.getTime() - 1_000);
    for (const { owner, minor } of sumsOf(await listCountersOf(tx, period))) {
      await insertPendingCharge(tx, {
        ...{ contractId, lineId: owner === contractId ? null : owner, kind: 'out_of_bundle', label, chargedAt },
        ...{ amount: { unit: tariff.unit, minor }, includesTax: true, taxCategory: 'standard' },
        sourceId: `usage:${owner}:${period.periodStart.toISOString()}`,
      });
    }
  });
}

function sumsOf(counters: readonly UsageCounterRow[]): { owner: string; minor: number }[] {
  const sums = new Map<string, number>();
  for (const { owner, chargeMinor } of counters) sums.set(owner, (sums.get(owner) ?? 0) + chargeMinor);
  return [...sums].flatMap(([owner, minor]) => (minor > 0 ? { owner, minor } : []));
}

function labelOf({ periodStart, periodEnd }: PeriodToClose, timeZone: string) {
  const last = new Date(periodEnd.getTime() - 1);
  const day = (at: Date, locale: string) =>
    new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'long' }).format(at);
  return {
    fr: `Hors forfait du ${day(periodStart, 'fr-FR')} au ${day(last, 'fr-FR')}`,
    en: `Use beyond the plan, ${day(periodStart, 'en-GB')} to ${day(last, 'en-GB')}`,
  };
}
