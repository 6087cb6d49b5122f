// Orders with their steps. What an order changes in a contract is in contract-products.ts.
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { OrderItem, OrderRow, OrderState, OrderStepRow, OrderType } from './order-tables.ts';

export interface NewOrder {
  readonly id: string;
  readonly brand: string;
  readonly accountId: AccountId;
  readonly contractId: string;
  /** Of an order for one line. */
  readonly lineId?: string;
  readonly type: OrderType;
  readonly items: readonly OrderItem[];
  readonly idempotencyKey: string;
  readonly termsVersion: string | null;
}

/**
 * Writes an order with its first step. Throws a unique violation for a second plan change of one contract, and for a
 * second SIM of one line.
 */
export async function insertOrder(tx: Tx, { items, ...order }: NewOrder): Promise<OrderRow> {
  const row = await tx
    .insertInto('orders')
    .values({
      ...{ ...order, items: JSON.stringify(items), state: 'created', createdAt: appNow },
      changesPlan: items.some(({ what }) => what === 'offer'),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await insertStep(tx, row);
  return row;
}

async function insertStep(tx: Tx, { id, state }: OrderRow): Promise<void> {
  await tx.insertInto('orderSteps').values({ orderId: id, state, at: appNow }).execute();
}

/** The order that this account made with this key. */
export async function findOrderByKey(
  tx: Tx,
  { accountId, idempotencyKey }: { accountId: AccountId; idempotencyKey: string },
): Promise<OrderRow | undefined> {
  return await tx
    .selectFrom('orders')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('idempotencyKey', '=', idempotencyKey)
    .executeTakeFirst();
}

/** True while an order changes the plan of the contract. */
export async function hasOpenPlanOrder(db: Db, contractId: string): Promise<boolean> {
  const row = await db
    .selectFrom('orders')
    .select('id')
    .where('contractId', '=', contractId)
    .where('changesPlan', '=', true)
    .where('state', 'not in', ['done', 'cancelled'])
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * The orders that an account may see: those of contracts that it holds or manages now, whoever made them, and its own
 * without a contract.
 */
function visibleOrders(db: Db, accountId: AccountId) {
  return db
    .selectFrom('orders')
    .where((eb) =>
      eb.or([
        eb.and([eb('orders.contractId', 'is', null), eb('orders.accountId', '=', accountId)]),
        eb.exists(
          eb
            .selectFrom('accountContracts')
            .select('accountContracts.contractId')
            .whereRef('accountContracts.contractId', '=', 'orders.contractId')
            .where('accountContracts.accountId', '=', accountId)
            .where('accountContracts.relation', 'in', ['holder', 'proxy']),
        ),
      ]),
    );
}

/** A page of them, newest first, with the length of the whole. */
export async function listOrdersFor(
  db: Db,
  {
    accountId,
    contractId,
    ...page
  }: { accountId: AccountId; contractId?: string | undefined; offset: number; limit: number },
): Promise<{ rows: OrderRow[]; total: number }> {
  let wanted = visibleOrders(db, accountId);
  if (contractId !== undefined) wanted = wanted.where('orders.contractId', '=', contractId);
  const rows = await wanted
    .selectAll('orders')
    .orderBy('orders.createdAt', 'desc')
    .orderBy('orders.id')
    .offset(page.offset)
    .limit(page.limit)
    .execute();
  const all = await wanted.select((eb) => eb.fn.countAll<string | number>().as('n')).executeTakeFirst();
  return { rows, total: Number(all?.n ?? 0) };
}

/** One of them. */
export async function findOrderFor(
  db: Db,
  { accountId, id }: { accountId: AccountId; id: string },
): Promise<OrderRow | undefined> {
  return await visibleOrders(db, accountId).selectAll('orders').where('orders.id', '=', id).executeTakeFirst();
}

/** The steps of orders, in their order. */
export async function listOrderSteps(db: Db, ids: readonly string[]): Promise<OrderStepRow[]> {
  if (ids.length === 0) return [];
  return await db.selectFrom('orderSteps').selectAll().where('orderId', 'in', ids).orderBy('at').execute();
}

/** An order by its id; for staff. */
export async function findOrder(db: Db, id: string): Promise<OrderRow | undefined> {
  return await db.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst();
}

/** An order by its id, locked until the end of the transaction; for staff and the clock. */
export async function takeOrder(tx: Tx, id: string): Promise<OrderRow | undefined> {
  return await tx.selectFrom('orders').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Orders that nobody has to pack or send and that wait for their next step, oldest first. */
export async function listOrdersToMove(db: Db, most: number): Promise<Pick<OrderRow, 'id' | 'state'>[]> {
  return await db
    .selectFrom('orders')
    .select(['id', 'state'])
    .where('type', 'in', ['option', 'offer_change', 'renewal'])
    .where('state', 'in', ['created', 'confirmed'])
    .orderBy('createdAt')
    .limit(most)
    .execute();
}

/** The next step of an order that is in the state it was read in; undefined if it is there no more. */
export async function moveOrder(
  tx: Tx,
  { id, from, to }: { id: string; from: OrderState; to: OrderState },
): Promise<OrderRow | undefined> {
  const row = await tx
    .updateTable('orders')
    .set({ state: to })
    .where('id', '=', id)
    .where('state', '=', from)
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) await insertStep(tx, row);
  return row;
}

/** Orders that are not at their end, oldest first; for staff. */
export async function listOpenOrders(db: Db, limit: number): Promise<OrderRow[]> {
  return await db
    .selectFrom('orders')
    .selectAll()
    .where('state', 'not in', ['done', 'cancelled'])
    .orderBy('createdAt')
    .limit(limit)
    .execute();
}
