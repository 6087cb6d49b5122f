// What rating reads and writes: lines and contracts of events, counters, alerts, closed periods. Whoever rates a
// contract has taken it for the transaction, so that counters are written as they were worked out.
import { sql } from 'kysely';
import type { Msisdn } from '../identifiers.ts';
import type { ContractRow } from './contract-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { LineRow } from './tables.ts';
import type { UsageControlRow, UsageCounterRow } from './usage-tables.ts';

/** A contract with what its plan depends on. */
export interface RatedContract {
  readonly contract: ContractRow;
  readonly optionIds: readonly string[];
}

/** Living lines by number. */
export async function listLinesByNumber(db: Db, numbers: readonly Msisdn[]): Promise<LineRow[]> {
  if (numbers.length === 0) return [];
  return await db
    .selectFrom('lines')
    .selectAll()
    .where('msisdn', 'in', numbers)
    .where('status', '<>', 'terminated')
    .execute();
}

/** Ids of living contracts by reference. */
export async function listContractsByReference(
  db: Db,
  references: readonly string[],
): Promise<{ id: string; contractRef: string }[]> {
  if (references.length === 0) return [];
  return await db
    .selectFrom('contracts')
    .select(['id', 'contractRef'])
    .where('contractRef', 'in', references)
    .where('endedAt', 'is', null)
    .execute();
}

/** Takes living contracts for this transaction, always in one order, and reads what rating needs of them. */
export async function takeContractsToRate(tx: Tx, ids: readonly string[]): Promise<Map<string, RatedContract>> {
  if (ids.length === 0) return new Map();
  const contracts = await tx
    .selectFrom('contracts')
    .selectAll()
    .where('id', 'in', ids)
    .where('endedAt', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
  const options = await listOptionIds(tx, ids);
  return new Map(contracts.map((contract) => [contract.id, { contract, optionIds: options.get(contract.id) ?? [] }]));
}

/** Options in service, by contract. */
export async function listOptionIds(db: Db, contractIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('contractOptions')
    .select(['contractId', 'optionId'])
    .where('contractId', 'in', contractIds)
    .where('since', 'is not', null)
    .where('until', 'is', null)
    .execute();
  const found = new Map<string, string[]>();
  for (const { contractId, optionId } of rows) found.set(contractId, [...(found.get(contractId) ?? []), optionId]);
  return found;
}

/** Counters of contracts whose period ends after a moment. */
export async function listCounters(
  db: Db,
  { contractIds, after }: { contractIds: readonly string[]; after: Date },
): Promise<UsageCounterRow[]> {
  if (contractIds.length === 0) return [];
  return await db
    .selectFrom('usageCounters')
    .selectAll()
    .where('contractId', 'in', contractIds)
    .where('periodEnd', '>', after)
    .execute();
}

/** Writes counters as they are now. */
export async function putCounters(tx: Tx, rows: readonly Omit<UsageCounterRow, 'updatedAt'>[]): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insertInto('usageCounters')
    .values(rows.map((row) => ({ ...row, updatedAt: appNow })))
    .onConflict((conflict) =>
      conflict.columns(['owner', 'periodStart', 'type']).doUpdateSet((eb) => ({
        used: eb.ref('excluded.used'),
        included: eb.ref('excluded.included'),
        outside: eb.ref('excluded.outside'),
        granted: eb.ref('excluded.granted'),
        chargeMinor: eb.ref('excluded.chargeMinor'),
        updatedAt: eb.ref('excluded.updatedAt'),
      })),
    )
    .execute();
}

/** The alert of a billing period is this caller's to send: true once, for whoever was first. */
export async function claimUsageAlert(
  tx: Tx,
  alert: { contractId: string; periodStart: Date; recordId: string },
): Promise<boolean> {
  const rows = await tx
    .insertInto('usageAlerts')
    .values({ ...alert, at: appNow })
    .onConflict((conflict) => conflict.columns(['contractId', 'periodStart']).doNothing())
    .returning('contractId')
    .execute();
  return rows.length === 1;
}

/** Periods of contracts that were closed. */
export async function listClosings(
  db: Db,
  contractIds: readonly string[],
): Promise<{ contractId: string; periodStart: Date }[]> {
  if (contractIds.length === 0) return [];
  return await db
    .selectFrom('usageClosings')
    .select(['contractId', 'periodStart'])
    .where('contractId', 'in', contractIds)
    .execute();
}

export interface PeriodToClose {
  readonly contractId: string;
  readonly periodStart: Date;
  readonly periodEnd: Date;
}

/** Periods that have been over for so many hours and are not closed, oldest first. */
export async function listPeriodsToClose(
  db: Db,
  { hours, most }: { hours: number; most: number },
): Promise<PeriodToClose[]> {
  return await db
    .selectFrom('usageCounters')
    .leftJoin('usageClosings', (join) =>
      join
        .onRef('usageClosings.contractId', '=', 'usageCounters.contractId')
        .onRef('usageClosings.periodStart', '=', 'usageCounters.periodStart'),
    )
    .select(['usageCounters.contractId', 'usageCounters.periodStart', 'usageCounters.periodEnd'])
    .distinct()
    .where('usageClosings.closedAt', 'is', null)
    .where('usageCounters.periodEnd', '<', sql<Date>`app_now() - make_interval(hours => ${hours})`)
    .orderBy('usageCounters.periodEnd')
    .orderBy('usageCounters.contractId')
    .limit(most)
    .execute();
}

/** Closes a period: true for the one caller that did it. */
export async function closePeriod(tx: Tx, period: { contractId: string; periodStart: Date }): Promise<boolean> {
  const rows = await tx
    .insertInto('usageClosings')
    .values({ contractId: period.contractId, periodStart: period.periodStart, closedAt: appNow })
    .onConflict((conflict) => conflict.columns(['contractId', 'periodStart']).doNothing())
    .returning('contractId')
    .execute();
  return rows.length === 1;
}

/** Counters of one period of a contract. */
export async function listCountersOf(
  db: Db,
  { contractId, periodStart }: { contractId: string; periodStart: Date },
): Promise<UsageCounterRow[]> {
  return await db
    .selectFrom('usageCounters')
    .selectAll()
    .where('contractId', '=', contractId)
    .where('periodStart', '=', periodStart)
    .orderBy('owner')
    .orderBy('type')
    .execute();
}

/** What was switched on or off on some lines. */
export async function listControls(db: Db, lineIds: readonly string[]): Promise<UsageControlRow[]> {
  if (lineIds.length === 0) return [];
  return await db.selectFrom('usageControls').selectAll().where('lineId', 'in', lineIds).execute();
}
