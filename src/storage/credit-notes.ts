// Credit notes: numbered, never changed, on one bill each.
import { type Insertable, sql } from 'kysely';
import type { CreditNote, InvoiceRow } from './billing-tables.ts';
import type { Db, Tx } from './database.ts';

/** A bill by its id, for staff. */
export async function findInvoice(db: Db, id: string): Promise<InvoiceRow | undefined> {
  return await db.selectFrom('invoices').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Writes one. Throws a unique violation on a source that was credited. */
export async function insertCreditNote(tx: Tx, note: Insertable<CreditNote>): Promise<void> {
  await tx.insertInto('creditNotes').values(note).execute();
}

/** What credit a bill has got, and whether a source has been credited on any. */
export async function sumOfCredits(
  tx: Tx,
  { invoiceId, sourceId }: { invoiceId: string; sourceId: string },
): Promise<{ minor: number; hasSource: boolean }> {
  const row = await tx
    .selectFrom('creditNotes')
    .select([
      sql<number>`coalesce(sum(total_minor) filter (where invoice_id = ${invoiceId}), 0)::bigint`.as('minor'),
      sql<boolean>`coalesce(bool_or(source_id = ${sourceId}), false)`.as('hasSource'),
    ])
    .where((eb) => eb.or([eb('invoiceId', '=', invoiceId), eb('sourceId', '=', sourceId)]))
    .executeTakeFirstOrThrow();
  return { minor: row.minor, hasSource: row.hasSource };
}
