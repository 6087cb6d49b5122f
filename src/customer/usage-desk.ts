// Consumption of a customer's contracts: what pages and APIs read (B17, B18, B20, B21, B23, E10).
import type { AccountId } from '../identifiers.ts';
import { listUsageRecords } from '../storage/usage-records.ts';
import { findAllowedContract } from './contract-access.ts';
import { taxed } from './money.ts';
import { mayOnContract } from './permissions.ts';
import { readControls, setControls } from './usage-controls.ts';
import { readTopUpOffers, topUp } from './usage-top-ups.ts';
import type {
  OutOfBundleView,
  RecordFilter,
  UsageDesk,
  UsageDeskDeps,
  UsageSummary,
  WantedPeriod,
} from './usage-types.ts';
import {
  type ContractUse,
  homeTypesOf,
  oldestOf,
  readUse,
  recordView,
  type Shown,
  summaryOf,
  visibleLines,
  wantedPeriod,
} from './usage-view.ts';

/** Makes the desk over its dependencies. */
export function createUsageDesk(deps: UsageDeskDeps): UsageDesk {
  return {
    summary: (accountId, contractId, period) => summary(deps, { accountId, contractId, period, homeOnly: false }),
    home: (accountId, contractId, period) => summary(deps, { accountId, contractId, period, homeOnly: true }),
    records: (accountId, contractId, filter) => records(deps, { accountId, contractId, filter }),
    outOfBundle: (accountId, contractId, wanted) => outOfBundle(deps, { accountId, contractId, ...wanted }),
    controls: (accountId, lineId) => readControls(deps, { accountId, lineId }),
    setControls: (caller, lineId, controls) => setControls(deps, { ...caller, lineId, controls }),
    topUpOffers: (accountId, lineId) => readTopUpOffers(deps, { accountId, lineId }),
    topUp: (wish) => topUp(deps, wish),
  };
}

interface Place {
  readonly accountId: AccountId;
  readonly contractId: string;
}

/** The contract with what of it the caller may see. */
async function open(
  { database: { db }, timeZoneOf }: UsageDeskDeps,
  { accountId, contractId }: Place,
): Promise<{ use: ContractUse; shown: Shown } | undefined> {
  const found = await findAllowedContract(db, { accountId, contractId, action: 'use' });
  const use = found && (await readUse(db, { found, timeZone: timeZoneOf(found.contract.brand) }));
  if (use === undefined) return undefined;
  const lines = await visibleLines(db, accountId, use.found);
  return { use, shown: { lines, home: mayOnContract(use.found.relation, 'home') && homeTypesOf(use).length > 0 } };
}

async function summary(
  deps: UsageDeskDeps,
  { period: wanted, homeOnly, ...place }: Place & { period: WantedPeriod; homeOnly: boolean },
): Promise<UsageSummary | 'too-old' | undefined> {
  const opened = await open(deps, place);
  if (opened === undefined || (homeOnly && !opened.shown.home)) return undefined;
  const period = wantedPeriod(opened.use, wanted);
  if (period === undefined) return 'too-old';
  const shown = homeOnly ? { lines: [], home: true } : opened.shown;
  return await summaryOf(deps.database.db, opened.use, { ...shown, period });
}

async function records(deps: UsageDeskDeps, { filter, ...place }: Place & { filter: RecordFilter }) {
  const opened = await open(deps, place);
  if (opened === undefined) return undefined;
  const { use, shown } = opened;
  const { types, from, to, lineId, offset, limit } = filter;
  if (from !== undefined && from < oldestOf(use.now)) return 'too-old' as const;
  if (lineId !== undefined && !shown.lines.some(({ id }) => id === lineId)) return { items: [], total: 0 };
  const page = { contractId: place.contractId, types, from, to, offset, limit };
  const { rows, total } = await listUsageRecords(deps.database.db, { ...page, lineIds: linesOf(opened, lineId) });
  await deps.database.transaction((tx) => deps.audit.usageRead(tx, { ...place, relation: use.found.relation }));
  return { items: rows.map((row) => recordView(row, use.found.relation)), total };
}

/** Undefined: all of the contract. Whoever only uses a line sees that, and nothing of the home. */
function linesOf({ use, shown }: { use: ContractUse; shown: Shown }, lineId?: string): string[] | undefined {
  if (lineId !== undefined) return [lineId];
  return use.found.relation === 'user' ? shown.lines.map(({ id }) => id) : undefined;
}

async function outOfBundle(
  deps: UsageDeskDeps,
  { period: wanted, offset, limit, ...place }: Place & { period: WantedPeriod; offset: number; limit: number },
): Promise<OutOfBundleView | 'too-old' | undefined> {
  const opened = await open(deps, place);
  if (opened === undefined) return undefined;
  const { use } = opened;
  const period = wantedPeriod(use, wanted);
  if (period === undefined) return 'too-old';
  const { rows, total, chargeMinor } = await listUsageRecords(deps.database.db, {
    ...{ contractId: place.contractId, periodStart: period.start, charged: true, offset, limit },
    lineIds: linesOf(opened),
  });
  const taxRate = deps.taxRateOf(use.found.contract.brand);
  return {
    ...{ period, unit: use.tariff.unit, taxRate, count: total },
    total: taxed(chargeMinor, { rate: taxRate, includesTax: true }),
    items: rows.map((row) => recordView(row, use.found.relation)),
  };
}
