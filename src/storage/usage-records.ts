// Records of usage: written by rating, read by customers and bills, dropped after their months.
import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import type { UsageCategory, UsageRecordRow, UsageType } from './usage-tables.ts';

/** Which of these events are known already. */
export async function listKnownEvents(
  db: Db,
  brands: readonly string[],
  eventIds: readonly string[],
): Promise<Set<string>> {
  if (eventIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('usageRecords')
    .select(['brand', 'eventId'])
    .where('brand', 'in', brands)
    .where('eventId', 'in', eventIds)
    .execute();
  return new Set(rows.map(({ brand, eventId }) => `${brand} ${eventId}`));
}

/** Parameters of one statement stay far below the protocol's 65,535. */
const rowsAtOnce = 500;

/** Writes many. Throws a unique violation for an event that is there already. */
export async function insertUsageRecords(tx: Tx, rows: readonly UsageRecordRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    await tx
      .insertInto('usageRecords')
      .values(rows.slice(from, from + rowsAtOnce))
      .execute();
  }
}

export interface UsageFilter {
  readonly contractId: string;
  /** Undefined: all of the contract. Else these lines, with what is used at home if `home`. */
  readonly lineIds?: readonly string[] | undefined;
  readonly types?: readonly UsageType[] | undefined;
  readonly from?: Date | undefined;
  /** The first moment after. */
  readonly to?: Date | undefined;
  readonly periodStart?: Date | undefined;
  /** Only what was charged. */
  readonly charged?: boolean | undefined;
}

/** A page of records, newest first, with the length of the whole list and the sum of its charges. */
export async function listUsageRecords(
  db: Db,
  { offset, limit, ...filter }: UsageFilter & { offset: number; limit: number },
): Promise<{ rows: UsageRecordRow[]; total: number; chargeMinor: number }> {
  const wanted = filtered(db, filter);
  const rows = await wanted.selectAll().orderBy('at', 'desc').orderBy('id').offset(offset).limit(limit).execute();
  const all = await wanted
    .select((eb) => [
      eb.fn.countAll<string | number>().as('n'),
      eb.fn.coalesce(eb.fn.sum<string | number>('chargeMinor'), eb.lit(0)).as('charge'),
    ])
    .executeTakeFirst();
  return { rows, total: Number(all?.n ?? 0), chargeMinor: Number(all?.charge ?? 0) };
}

function filtered(db: Db, { contractId, lineIds, types, from, to, periodStart, charged }: UsageFilter) {
  let wanted = db.selectFrom('usageRecords').where('contractId', '=', contractId);
  if (lineIds !== undefined) wanted = wanted.where('lineId', 'in', lineIds.length === 0 ? [''] : lineIds);
  if (types !== undefined) wanted = wanted.where('type', 'in', types);
  if (from !== undefined) wanted = wanted.where('at', '>=', from);
  if (to !== undefined) wanted = wanted.where('at', '<', to);
  if (periodStart !== undefined) wanted = wanted.where('periodStart', '=', periodStart);
  if (charged) wanted = wanted.where('chargeMinor', '>', 0);
  return wanted;
}

/** What a contract has used since its last period was closed, and is not on a bill or waiting for one. */
export interface UnbilledUsage {
  readonly id: string;
  readonly contractId: string;
  readonly lineId: string | null;
  readonly at: Date;
  readonly type: UsageType;
  readonly category: UsageCategory;
  /** Seconds, messages or bytes; what the plan gave of it is `included`. */
  readonly quantity: number;
  readonly included: number;
  /** ISO 4217. */
  readonly unit: string;
  /** With tax (category `standard`); zero for what the plan gave. */
  readonly chargeMinor: number;
}

/**
 * The unbilled detail lines of some contracts, newest first, at most `limit`. Once a period is closed its charges stand
 * among the pending ones and its lines are no longer here, so that nothing is counted twice.
 */
export async function listUnbilledUsage(db: Db, contractIds: readonly string[], limit = 500): Promise<UnbilledUsage[]> {
  if (contractIds.length === 0) return [];
  return await db
    .selectFrom('usageRecords')
    .select(['id', 'contractId', 'lineId', 'at', 'type', 'category', 'quantity', 'included', 'unit', 'chargeMinor'])
    .where('contractId', 'in', contractIds)
    .where('blocked', 'is', null)
    .where('direction', '=', 'out')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('usageClosings')
            .select('usageClosings.contractId')
            .whereRef('usageClosings.contractId', '=', 'usageRecords.contractId')
            .whereRef('usageClosings.periodStart', '=', 'usageRecords.periodStart'),
        ),
      ),
    )
    .orderBy('at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Records and counters are kept for so many months. For the purge job. */
export async function purgeUsage(db: Db, months: number): Promise<void> {
  const before = sql<Date>`app_now() - make_interval(months => ${months})`;
  await db.deleteFrom('usageRecords').where('at', '<', before).execute();
  // A counter goes when the last record that it counts has gone.
  await db.deleteFrom('usageCounters').where('periodEnd', '<', before).execute();
}
