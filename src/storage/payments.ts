// Payments with their items: begun once per key, one open payment per thing, states that only go forward.

import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, isUniqueViolation, type Tx } from './database.ts';
import type { PaymentItemRow, PaymentItemState, PaymentPurpose, PaymentRow, PaymentState } from './payment-tables.ts';

export interface NewPayment {
  readonly id: string;
  readonly brand: string;
  readonly purpose: PaymentPurpose;
  readonly payerAccountId: AccountId;
  readonly unit: string;
  readonly amountMinor: number;
  readonly description: string;
  readonly locale: 'fr' | 'en';
  readonly idempotencyKey: string;
  readonly requestDigest: string;
  readonly returnUrl: string | null;
  readonly items: readonly Pick<PaymentItemRow, 'itemId' | 'label' | 'amountMinor'>[];
  readonly minutes: number;
}

const open: PaymentState[] = ['created', 'authorised'];

/** Writes a payment. Throws a unique violation (`isOpenElsewhere`, `isKeyTaken`) for a second open one of a thing. */
export async function insertPayment(tx: Tx, { items, minutes, ...payment }: NewPayment): Promise<PaymentRow> {
  const row = await tx
    .insertInto('payments')
    .values({
      ...payment,
      state: 'created',
      createdAt: appNow,
      stateAt: appNow,
      expiresAt: sql<Date>`app_now() + make_interval(mins => ${minutes})`,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const { id: paymentId, purpose } = row;
  // Always in the same order: two payments of the same things wait for each other, and neither for ever.
  const sorted = items.toSorted((a, b) => (a.itemId < b.itemId ? -1 : 1));
  await tx
    .insertInto('paymentItems')
    .values(sorted.map((item) => ({ ...item, paymentId, purpose, state: 'open' as const })))
    .execute();
  return row;
}

/** True for the error of `insertPayment` when one of the things has an open payment. */
export function isOpenElsewhere(error: unknown): boolean {
  return isUniqueViolation(error) && constraintOf(error) === 'payment_items_one_open';
}

/** True for its error when the key was used by a payment of this account. */
export function isKeyTaken(error: unknown): boolean {
  return isUniqueViolation(error) && constraintOf(error).startsWith('payments_payer_account_id');
}

function constraintOf(error: unknown): string {
  return error instanceof Error && 'constraint' in error ? String(error.constraint) : '';
}

/** The payment that this account began with this key. */
export async function findPaymentByKey(
  db: Db,
  { accountId, purpose, key }: { accountId: AccountId; purpose: PaymentPurpose; key: string },
): Promise<PaymentRow | undefined> {
  return await db
    .selectFrom('payments')
    .selectAll()
    .where('payerAccountId', '=', accountId)
    .where('purpose', '=', purpose)
    .where('idempotencyKey', '=', key)
    .executeTakeFirst();
}

/** True when one of the things has an open payment. */
export async function hasOpenPayment(db: Db, purpose: PaymentPurpose, itemIds: readonly string[]): Promise<boolean> {
  if (itemIds.length === 0) return false;
  const row = await db
    .selectFrom('paymentItems')
    .select('paymentId')
    .where('purpose', '=', purpose)
    .where('itemId', 'in', itemIds)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return row !== undefined;
}

/** Which of the things have an open payment: by their ids, the payment's. Uses payment_items_one_open. */
export async function listOpenPayments(
  db: Db,
  purpose: PaymentPurpose,
  itemIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (itemIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('paymentItems')
    .select(['itemId', 'paymentId'])
    .where('purpose', '=', purpose)
    .where('itemId', 'in', itemIds)
    .where('state', '=', 'open')
    .execute();
  return new Map(rows.map(({ itemId, paymentId }) => [itemId, paymentId]));
}

/** Writes where the hosted page is; undefined when the payment has ended meanwhile. */
export async function putCheckout(
  tx: Tx,
  { id, reference, url }: { id: string; reference: string; url: string },
): Promise<PaymentRow | undefined> {
  return await tx
    .updateTable('payments')
    .set({ providerReference: reference, checkoutUrl: url })
    .where('id', '=', id)
    .where('state', 'in', open)
    .returningAll()
    .executeTakeFirst();
}

/** A payment, locked until the end of the transaction. */
export async function takePayment(tx: Tx, id: string): Promise<PaymentRow | undefined> {
  return await tx.selectFrom('payments').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

export interface PaymentStep {
  readonly id: string;
  readonly from: readonly PaymentState[];
  readonly to: PaymentState;
  readonly details?: Partial<
    Pick<
      PaymentRow,
      'endReason' | 'providerReference' | 'authorizationCode' | 'cardBrand' | 'cardLast4' | 'idempotencyKey'
    >
  >;
}

/** The next state; undefined when the payment is in none that it follows. */
export async function movePayment(tx: Tx, { id, from, to, details }: PaymentStep): Promise<PaymentRow | undefined> {
  return await tx
    .updateTable('payments')
    .set({ ...details, state: to, stateAt: appNow })
    .where('id', '=', id)
    .where('state', 'in', [...from])
    .returningAll()
    .executeTakeFirst();
}

/** What payments pay, in the order of their ids. */
export async function listPaymentItems(db: Db, paymentIds: readonly string[]): Promise<PaymentItemRow[]> {
  if (paymentIds.length === 0) return [];
  return await db
    .selectFrom('paymentItems')
    .selectAll()
    .where('paymentId', 'in', paymentIds)
    .orderBy('paymentId')
    .orderBy('itemId')
    .execute();
}

/** What became of one item. Throws a unique violation for a thing that another payment has settled. */
export async function setItemState(
  tx: Tx,
  { paymentId, itemId, state }: { paymentId: string; itemId: string; state: PaymentItemState },
): Promise<void> {
  await tx
    .updateTable('paymentItems')
    .set({ state })
    .where('paymentId', '=', paymentId)
    .where('itemId', '=', itemId)
    .execute();
}

/** Frees the things of a payment that has ended, for another one. */
export async function releaseItems(tx: Tx, paymentId: string): Promise<void> {
  await tx
    .updateTable('paymentItems')
    .set({ state: 'released' })
    .where('paymentId', '=', paymentId)
    .where('state', '=', 'open')
    .execute();
}

/**
 * Payments whose time is over, oldest first, and those that never got a page because their process died. Uses
 * payments_open.
 */
export async function listOverduePayments(db: Db, most: number): Promise<string[]> {
  const rows = await db
    .selectFrom('payments')
    .select('id')
    .where('state', 'in', open)
    .where((eb) =>
      eb.or([
        eb('expiresAt', '<=', appNow),
        eb.and([eb('checkoutUrl', 'is', null), eb('createdAt', '<=', sql<Date>`app_now() - interval '60 seconds'`)]),
      ]),
    )
    .orderBy('expiresAt')
    .limit(most)
    .execute();
  return rows.map(({ id }) => id);
}

/** A page of an account's payments, newest first, with the length of the whole. Uses payments_newest. */
export async function listPaymentsOf(
  db: Db,
  { accountId, ...page }: { accountId: AccountId; open?: boolean | undefined; offset: number; limit: number },
): Promise<{ rows: PaymentRow[]; total: number }> {
  let wanted = db.selectFrom('payments').where('payerAccountId', '=', accountId);
  if (page.open !== undefined) wanted = wanted.where('state', page.open ? 'in' : 'not in', open);
  const rows = await wanted
    .selectAll()
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .offset(page.offset)
    .limit(page.limit)
    .execute();
  const all = await wanted.select((eb) => eb.fn.countAll<string | number>().as('n')).executeTakeFirst();
  return { rows, total: Number(all?.n ?? 0) };
}

/** One of an account's payments. */
export async function findPaymentOf(
  db: Db,
  { accountId, id }: { accountId: AccountId; id: string },
): Promise<PaymentRow | undefined> {
  return await db
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', id)
    .where('payerAccountId', '=', accountId)
    .executeTakeFirst();
}
