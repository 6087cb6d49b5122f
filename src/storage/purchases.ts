// What orders cost at once and how that is paid: on the order's own row, on its payment or on the charge that waits for
// a bill; and how many handsets are left.
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { Db, Tx } from './database.ts';
import type { OrderPurchase, OrderState } from './order-tables.ts';
import type { PaymentState } from './payment-tables.ts';

/** Names the charge of an order for all time. */
export function chargeSourceOf(orderId: string): string {
  return `order:${orderId}`;
}

/** Writes what an order costs. */
export async function insertPurchase(tx: Tx, purchase: OrderPurchase): Promise<void> {
  await tx.insertInto('orderPurchases').values(purchase).execute();
}

/** What an order costs; undefined for one that costs nothing at once. */
export async function findPurchase(db: Db, orderId: string): Promise<OrderPurchase | undefined> {
  return await db.selectFrom('orderPurchases').selectAll().where('orderId', '=', orderId).executeTakeFirst();
}

export interface PurchaseRow extends OrderPurchase {
  readonly paymentId: string | null;
  readonly paymentState: PaymentState | null;
  readonly payerAccountId: AccountId | null;
  readonly checkoutUrl: string | null;
  readonly expiresAt: Date | null;
  readonly isRefunded: boolean;
  /** Of the charge: it is on a bill, or waits for one; null for none. */
  readonly invoiceId: string | null;
  readonly isCharged: boolean;
}

/** What some orders cost, with what became of it. */
export async function listPurchases(db: Db, orderIds: readonly string[]): Promise<PurchaseRow[]> {
  if (orderIds.length === 0) return [];
  return await db
    .selectFrom('orderPurchases')
    .leftJoin('paymentItems', (join) =>
      join.onRef('paymentItems.itemId', '=', 'orderPurchases.orderId').on('paymentItems.purpose', '=', 'order'),
    )
    .leftJoin('payments', 'payments.id', 'paymentItems.paymentId')
    .leftJoin('refunds', (join) =>
      join
        .onRef('refunds.paymentId', '=', 'paymentItems.paymentId')
        .onRef('refunds.itemId', '=', 'paymentItems.itemId'),
    )
    .leftJoin('pendingCharges', (join) =>
      join.on(sql<boolean>`pending_charges.source_id = 'order:' || order_purchases.order_id`),
    )
    .selectAll('orderPurchases')
    .select(['payments.id as paymentId', 'payments.state as paymentState', 'payments.payerAccountId'])
    .select(['payments.checkoutUrl', 'payments.expiresAt', 'pendingCharges.invoiceId'])
    .select(sql<boolean>`refunds.id is not null`.as('isRefunded'))
    .select(sql<boolean>`pending_charges.id is not null`.as('isCharged'))
    .where('orderPurchases.orderId', 'in', orderIds)
    .execute();
}

/** The payment that has paid a thing, if one has. */
export async function findSettlement(
  db: Db,
  { purpose, itemId }: { purpose: 'order' | 'topup'; itemId: string },
): Promise<{ readonly paymentId: string; readonly unit: string; readonly amountMinor: number } | undefined> {
  return await db
    .selectFrom('paymentItems')
    .innerJoin('payments', 'payments.id', 'paymentItems.paymentId')
    .select(['paymentItems.paymentId', 'payments.unit', 'paymentItems.amountMinor'])
    .where('paymentItems.purpose', '=', purpose)
    .where('paymentItems.itemId', '=', itemId)
    .where('paymentItems.state', '=', 'settled')
    .executeTakeFirst();
}

/** The payment that was begun for a thing, whatever became of it. */
export async function findPaymentOfItem(
  db: Db,
  { purpose, itemId }: { purpose: 'order' | 'topup'; itemId: string },
): Promise<string | undefined> {
  const row = await db
    .selectFrom('paymentItems')
    .select('paymentId')
    .where('purpose', '=', purpose)
    .where('itemId', '=', itemId)
    .executeTakeFirst();
  return row?.paymentId;
}

/** Frees the key of an order that came to nothing, for another try. */
export async function freeOrderKey(tx: Tx, orderId: string): Promise<void> {
  await tx
    .updateTable('orders')
    .set({ idempotencyKey: sql<string>`idempotency_key || ' ' || id` })
    .where('id', '=', orderId)
    .execute();
}

interface Model {
  readonly brand: string;
  readonly handsetId: string;
}

/** Takes one from the stock; false if none is left. */
export async function takeHandset(tx: Tx, { brand, handsetId }: Model): Promise<boolean> {
  const row = await tx
    .selectFrom('handsetStock')
    .select('remaining')
    .where('brand', '=', brand)
    .where('handsetId', '=', handsetId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return true;
  if (row.remaining === 0) return false;
  await addToStock(tx, { brand, handsetId }, -1);
  return true;
}

/** Gives one back. */
export async function returnHandset(tx: Tx, model: Model): Promise<void> {
  await addToStock(tx, model, 1);
}

async function addToStock(tx: Tx, { brand, handsetId }: Model, by: 1 | -1): Promise<void> {
  await tx
    .updateTable('handsetStock')
    .set({ remaining: sql<number>`remaining + ${by}` })
    .where('brand', '=', brand)
    .where('handsetId', '=', handsetId)
    .execute();
}

/** How many are left from now on; null: they are not counted any more. */
export async function putStock(
  tx: Tx,
  { remaining, ...model }: Model & { readonly remaining: number | null },
): Promise<void> {
  if (remaining === null) {
    await tx
      .deleteFrom('handsetStock')
      .where('brand', '=', model.brand)
      .where('handsetId', '=', model.handsetId)
      .execute();
    return;
  }
  await tx
    .insertInto('handsetStock')
    .values({ ...model, remaining })
    .onConflict((conflict) => conflict.columns(['brand', 'handsetId']).doUpdateSet({ remaining }))
    .execute();
}

/** Models of a brand of which none is left. */
export async function listSoldOut(db: Db, brand: string): Promise<string[]> {
  const rows = await db
    .selectFrom('handsetStock')
    .select('handsetId')
    .where('brand', '=', brand)
    .where('remaining', '=', 0)
    .execute();
  return rows.map(({ handsetId }) => handsetId);
}

/**
 * Orders of handsets whose next step is due, oldest first: packed and sent by the clock where it stands for the
 * warehouse (minutes; 0: staff say so), at their end once they have been delivered. Uses orders_handsets.
 */
export async function listDueHandsetOrders(
  db: Db,
  { toShip, toDeliver, most }: { toShip: number; toDeliver: number; most: number },
): Promise<{ id: string; state: OrderState }[]> {
  const since = (minutes: number) => sql<Date>`app_now() - make_interval(mins => ${minutes})`;
  return await db
    .selectFrom('orders')
    .innerJoin('orderSteps', (join) =>
      join.onRef('orderSteps.orderId', '=', 'orders.id').onRef('orderSteps.state', '=', 'orders.state'),
    )
    .select(['orders.id', 'orders.state'])
    .where('orders.type', '=', 'handset')
    .where('orders.state', 'not in', ['created', 'done', 'cancelled'])
    .where((eb) =>
      eb.or([
        eb('orders.state', '=', 'delivered'),
        ...(toShip === 0
          ? []
          : [
              eb('orders.state', '=', 'confirmed'),
              eb.and([eb('orders.state', '=', 'preparing'), eb('orderSteps.at', '<=', since(toShip))]),
            ]),
        ...(toDeliver === 0
          ? []
          : [eb.and([eb('orders.state', '=', 'shipped'), eb('orderSteps.at', '<=', since(toDeliver))])]),
      ]),
    )
    .orderBy('orders.createdAt')
    .limit(most)
    .execute();
}
