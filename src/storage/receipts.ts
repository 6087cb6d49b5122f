// Receipts: numbered 1, 2, 3 … in each brand without a gap, fixed when they are made, printed the same for ever.

import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { ReceiptContent, ReceiptRow } from './payment-tables.ts';

/**
 * The next number of a brand. Whoever has one holds the counter until the end of the transaction; a transaction that
 * is undone gives its number back.
 */
export async function takeReceiptNumber(tx: Tx, brand: string): Promise<number> {
  const row = await tx
    .insertInto('receiptCounters')
    .values({ brand, lastNumber: 1 })
    .onConflict((conflict) =>
      conflict.column('brand').doUpdateSet({ lastNumber: sql`receipt_counters.last_number + 1` }),
    )
    .returning('lastNumber')
    .executeTakeFirstOrThrow();
  return row.lastNumber;
}

export interface NewReceipt {
  readonly id: string;
  readonly number: number;
  readonly payerAccountId: AccountId;
  readonly content: ReceiptContent;
}

/** Writes a receipt. Throws a unique violation for a second one of a payment. */
export async function insertReceipt(tx: Tx, { content, ...receipt }: NewReceipt): Promise<void> {
  const { brand, paymentId } = content;
  await tx
    .insertInto('receipts')
    .values({ ...receipt, brand, paymentId, issuedAt: appNow, content: JSON.stringify(content) })
    .execute();
}

/**
 * Those that an account may see: of its own payments, and of invoices of contracts that it holds now and held then.
 */
function visibleReceipts(db: Db, accountId: AccountId) {
  return db
    .selectFrom('receipts')
    .where((eb) =>
      eb.or([
        eb('receipts.payerAccountId', '=', accountId),
        eb.exists(
          eb
            .selectFrom('paymentItems')
            .innerJoin('invoices', 'invoices.id', 'paymentItems.itemId')
            .innerJoin('accountContracts', 'accountContracts.contractId', 'invoices.contractId')
            .innerJoin('contracts', 'contracts.id', 'invoices.contractId')
            .select('paymentItems.paymentId')
            .whereRef('paymentItems.paymentId', '=', 'receipts.paymentId')
            .where('paymentItems.purpose', '=', 'invoices')
            .where('accountContracts.accountId', '=', accountId)
            .where('accountContracts.relation', '=', 'holder')
            .whereRef('contracts.holderPersonId', '=', 'invoices.holderPersonId'),
        ),
      ]),
    );
}

/** A page of them, newest first, with the length of the whole. */
export async function listReceiptsFor(
  db: Db,
  { accountId, offset, limit }: { accountId: AccountId; offset: number; limit: number },
): Promise<{ rows: ReceiptRow[]; total: number }> {
  const wanted = visibleReceipts(db, accountId);
  const rows = await wanted
    .selectAll('receipts')
    .orderBy('receipts.issuedAt', 'desc')
    .orderBy('receipts.number', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  const all = await wanted.select((eb) => eb.fn.countAll<string | number>().as('n')).executeTakeFirst();
  return { rows, total: Number(all?.n ?? 0) };
}

/** One of them, by its number in the account's brand. */
export async function findReceiptFor(
  db: Db,
  { accountId, number }: { accountId: AccountId; number: number },
): Promise<ReceiptRow | undefined> {
  return await visibleReceipts(db, accountId)
    .innerJoin('accounts', (join) =>
      join.onRef('accounts.brand', '=', 'receipts.brand').on('accounts.id', '=', accountId),
    )
    .selectAll('receipts')
    .where('receipts.number', '=', number)
    .executeTakeFirst();
}

/** The numbers of receipts, by their payments. */
export async function listReceiptsOfPayments(
  db: Db,
  paymentIds: readonly string[],
): Promise<Pick<ReceiptRow, 'paymentId' | 'content'>[]> {
  if (paymentIds.length === 0) return [];
  return await db
    .selectFrom('receipts')
    .select(['paymentId', 'content'])
    .where('paymentId', 'in', paymentIds)
    .execute();
}

export interface StoredPrint {
  readonly content: Buffer;
  readonly digest: string;
}

type Format = 'html' | 'pdf';

/** The print that was made first. */
export async function findPrint(db: Db, receiptId: string, format: Format): Promise<StoredPrint | undefined> {
  return await db
    .selectFrom('receiptDocuments')
    .select(['content', 'digest'])
    .where('receiptId', '=', receiptId)
    .where('format', '=', format)
    .executeTakeFirst();
}

/** Keeps a print unless there is one; gives the one that stays. */
export async function keepPrint(
  db: Db,
  print: StoredPrint & { readonly receiptId: string; readonly format: Format },
): Promise<StoredPrint> {
  await db
    .insertInto('receiptDocuments')
    .values(print)
    .onConflict((conflict) => conflict.columns(['receiptId', 'format']).doNothing())
    .execute();
  return (await findPrint(db, print.receiptId, print.format)) ?? print;
}
