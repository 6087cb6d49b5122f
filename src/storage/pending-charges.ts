// What waits for the next bill of a contract: top-ups, deferred purchases, use beyond the bundle, credit.
import { sql } from 'kysely';
import type { ChargeKind, PendingChargeRow, TaxCategory } from './billing-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { Amount, LocalText } from './order-tables.ts';

export interface NewPendingCharge {
  readonly contractId: string;
  readonly lineId?: string | null;
  readonly kind: ChargeKind;
  readonly label: LocalText;
  /** How many; the amount is for all of them together. */
  readonly quantity?: number;
  /** Below zero for a credit. */
  readonly amount: Amount;
  /** True for a price as the catalogue shows it. */
  readonly includesTax: boolean;
  /** Of the brand's `taxRates`. */
  readonly taxCategory: TaxCategory;
  /** Names what is charged for all time: `order:ord_…`, `topup:tup_…`. The same source is charged once. */
  readonly sourceId: string;
  /** When it was bought; now, by the domain clock, without one. */
  readonly chargedAt?: Date;
}

/** Writes one. False if its source has been charged already. */
export async function insertPendingCharge(tx: Tx, charge: NewPendingCharge): Promise<boolean> {
  const { contractId, lineId = null, kind, label, quantity = 1, amount, includesTax, taxCategory, sourceId } = charge;
  const rows = await tx
    .insertInto('pendingCharges')
    .values({
      ...{ contractId, lineId, kind, quantity, includesTax, taxCategory, sourceId },
      ...{ label: JSON.stringify(label), unit: amount.unit, minor: amount.minor },
      ...{ chargedAt: charge.chargedAt ?? appNow, invoiceId: null },
    })
    .onConflict((conflict) => conflict.column('sourceId').doNothing())
    .returning('id')
    .execute();
  return rows.length === 1;
}

/** Takes a charge back that is on no bill yet. False if there is none of that source, or a bill has it. */
export async function withdrawPendingCharge(tx: Tx, sourceId: string): Promise<boolean> {
  const rows = await tx
    .deleteFrom('pendingCharges')
    .where('sourceId', '=', sourceId)
    .where('invoiceId', 'is', null)
    .returning('id')
    .execute();
  return rows.length === 1;
}

/** Gives a bill all that a contract was charged before the end of its period; each charge to one bill (X101). */
export async function takePendingCharges(
  tx: Tx,
  { contractId, invoiceId, until }: { contractId: string; invoiceId: string; until: Date },
): Promise<PendingChargeRow[]> {
  const rows = await tx
    .updateTable('pendingCharges')
    .set({ invoiceId })
    .where('contractId', '=', contractId)
    .where('invoiceId', 'is', null)
    .where('chargedAt', '<', until)
    .returningAll()
    .execute();
  return rows.sort((a, b) => a.chargedAt.getTime() - b.chargedAt.getTime() || (a.id < b.id ? -1 : 1));
}

/** What waits, oldest first, of several contracts. */
export async function listPendingCharges(db: Db, contractIds: readonly string[]): Promise<PendingChargeRow[]> {
  if (contractIds.length === 0) return [];
  return await db
    .selectFrom('pendingCharges')
    .selectAll()
    .where('contractId', 'in', contractIds)
    .where(sql<boolean>`invoice_id is null`)
    .orderBy('chargedAt')
    .orderBy('id')
    .execute();
}
