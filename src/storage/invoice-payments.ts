// What bills still owe, and how payments and credit settle them. A bill of a group is settled through its parts: what
// it owes is what they owe, so nothing is paid twice (X102).
import { sql } from 'kysely';
import type { InvoiceRow } from './billing-tables.ts';
import { appNow, type Tx } from './database.ts';

/** A bill that payments are made to: never a group's own, always its parts. */
export interface PayableInvoice {
  readonly id: string;
  readonly groupInvoiceId: string | null;
  readonly brand: string;
  readonly currency: string;
  /** Zero for one that is settled. */
  readonly dueMinor: number;
}

/** What an individual bill owes. */
export function dueOf(row: Pick<InvoiceRow, 'totalMinor' | 'paidMinor' | 'creditedMinor'>): number {
  return row.totalMinor - row.paidMinor - row.creditedMinor;
}

/**
 * Takes bills for this transaction, a group's as its parts, by id so that two payments never wait for each other in a
 * circle. Who may pay them is asked before (`seenInvoices`). Bills that are not there are left out.
 */
export async function takePayableInvoices(tx: Tx, invoiceIds: readonly string[]): Promise<PayableInvoice[]> {
  if (invoiceIds.length === 0) return [];
  const rows = await tx
    .selectFrom('invoices')
    .selectAll()
    .where('kind', '=', 'individual')
    .where((eb) => eb.or([eb('id', 'in', invoiceIds), eb('groupInvoiceId', 'in', invoiceIds)]))
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, groupInvoiceId: row.groupInvoiceId, brand: row.brand, currency: row.currency },
    dueMinor: dueOf(row),
  }));
}

export interface SettledInvoice {
  /** What the bill took of the amount; the rest of a payment is to be given back (X100). */
  readonly appliedMinor: number;
  readonly dueMinor: number;
}

/**
 * Puts a captured amount on an individual bill, at most what it owes. The same payment is put on it once: a repeat gives
 * the first result. Undefined for a bill that is not there or is a group's.
 */
export async function settleInvoice(
  tx: Tx,
  { invoiceId, paymentId, amountMinor, at }: { invoiceId: string; paymentId: string; amountMinor: number; at: Date },
): Promise<SettledInvoice | undefined> {
  const [row] = (await takePayableInvoices(tx, [invoiceId])).filter(({ id }) => id === invoiceId);
  if (row === undefined) return undefined;
  const known = await tx
    .selectFrom('invoicePayments')
    .select('amountMinor')
    .where('invoiceId', '=', invoiceId)
    .where('paymentId', '=', paymentId)
    .executeTakeFirst();
  if (known !== undefined) return { appliedMinor: known.amountMinor, dueMinor: row.dueMinor };
  const appliedMinor = Math.min(amountMinor, row.dueMinor);
  if (appliedMinor <= 0) return { appliedMinor: 0, dueMinor: row.dueMinor };
  await tx.insertInto('invoicePayments').values({ invoiceId, paymentId, amountMinor: appliedMinor, at }).execute();
  await reduce(tx, { invoiceId, paidMinor: appliedMinor, creditedMinor: 0 });
  return { appliedMinor, dueMinor: row.dueMinor - appliedMinor };
}

/** Lets credit lower what a bill owes; gives how much of it did. */
export async function creditInvoice(
  tx: Tx,
  { invoiceId, amountMinor }: { invoiceId: string; amountMinor: number },
): Promise<number> {
  const [row] = (await takePayableInvoices(tx, [invoiceId])).filter(({ id }) => id === invoiceId);
  const creditedMinor = Math.min(amountMinor, row?.dueMinor ?? 0);
  if (creditedMinor > 0) await reduce(tx, { invoiceId, paidMinor: 0, creditedMinor });
  return creditedMinor;
}

async function reduce(tx: Tx, by: { invoiceId: string; paidMinor: number; creditedMinor: number }): Promise<void> {
  const { invoiceId, paidMinor, creditedMinor } = by;
  await tx
    .updateTable('invoices')
    .set((eb) => ({
      paidMinor: eb('paidMinor', '+', paidMinor),
      creditedMinor: eb('creditedMinor', '+', creditedMinor),
      settledAt: sql<Date | null>`case when paid_minor + credited_minor + ${paidMinor + creditedMinor}::bigint = total_minor
        then ${appNow} end`,
    }))
    .where('id', '=', invoiceId)
    .execute();
}
