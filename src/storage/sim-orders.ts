// What an order of a replacement SIM has beside every order: which card, for whom, where to. The SIM's own way is in
// sim-replacement.ts; an order only follows it.
import { type Expression, sql } from 'kysely';
import { appNow, type Db, type Tx } from './database.ts';
import type { OrderRow } from './order-tables.ts';
import type { SimOrderRow } from './sim-order-tables.ts';

export interface FoundSimOrder {
  readonly order: OrderRow;
  readonly details: SimOrderRow;
}

/** Writes it beside its order. */
export async function insertSimOrder(tx: Tx, details: SimOrderRow): Promise<void> {
  const { recipient, address, contact, ...rest } = details;
  const texts = { recipient: JSON.stringify(recipient), address: JSON.stringify(address) };
  await tx
    .insertInto('simOrders')
    .values({ ...rest, ...texts, contact: JSON.stringify(contact) })
    .execute();
}

/** The orders of a line, newest first; all of them, or the one of this id. */
export async function listSimOrders(
  db: Db,
  { lineId, orderId }: { lineId: string; orderId?: string | undefined },
): Promise<FoundSimOrder[]> {
  let wanted = db
    .selectFrom('orders')
    .innerJoin('simOrders', 'simOrders.orderId', 'orders.id')
    .selectAll('orders')
    .select(['simOrders.simId', 'simOrders.reason', 'simOrders.recipient', 'simOrders.address', 'simOrders.contact'])
    .where('orders.lineId', '=', lineId);
  if (orderId !== undefined) wanted = wanted.where('orders.id', '=', orderId);
  const rows = await wanted.orderBy('orders.createdAt', 'desc').orderBy('orders.id').execute();
  return rows.map(({ simId, reason, recipient, address, contact, ...order }) => ({
    order,
    details: { orderId: order.id, simId, reason, recipient, address, contact },
  }));
}

/** The open order that the SIM was taken from the stock for, locked; undefined for a SIM that nobody ordered. */
export async function takeOpenOrderOfSim(tx: Tx, simId: string): Promise<OrderRow | undefined> {
  return await tx
    .selectFrom('orders')
    .innerJoin('simOrders', 'simOrders.orderId', 'orders.id')
    .selectAll('orders')
    .where('simOrders.simId', '=', simId)
    .where('orders.state', 'not in', ['done', 'cancelled'])
    .forUpdate('orders')
    .executeTakeFirst();
}

/** Where the SIM of an order belongs: for whoever moves the order. */
export async function findSimOfOrder(db: Db, orderId: string): Promise<{ lineId: string; simId: string } | undefined> {
  const row = await db
    .selectFrom('simOrders')
    .innerJoin('orders', 'orders.id', 'simOrders.orderId')
    .select(['orders.lineId', 'simOrders.simId'])
    .where('orders.id', '=', orderId)
    .executeTakeFirst();
  return row?.lineId == null ? undefined : { lineId: row.lineId, simId: row.simId };
}

export interface DueSimOrder {
  readonly lineId: string;
  readonly simId: string;
  readonly to: 'shipped' | 'delivered';
}

/** Orders whose last step is so long ago that the next one is due, oldest first. Times in minutes; 0: never. */
export async function listDueSimOrders(
  db: Db,
  { toShip, toDeliver, most }: { toShip: number; toDeliver: number; most: number },
): Promise<DueSimOrder[]> {
  const old = (at: Expression<Date>, minutes: number) =>
    sql<boolean>`${minutes} > 0 and ${at} <= ${appNow} - make_interval(mins => ${minutes})`;
  const rows = await db
    .selectFrom('orders')
    .innerJoin('simOrders', 'simOrders.orderId', 'orders.id')
    .innerJoin('orderSteps', (join) =>
      join.onRef('orderSteps.orderId', '=', 'orders.id').onRef('orderSteps.state', '=', 'orders.state'),
    )
    .select(['orders.lineId', 'orders.state', 'simOrders.simId'])
    .where((eb) =>
      eb.or([
        eb.and([eb('orders.state', '=', 'created'), old(eb.ref('orderSteps.at'), toShip)]),
        eb.and([eb('orders.state', '=', 'shipped'), old(eb.ref('orderSteps.at'), toDeliver)]),
      ]),
    )
    .orderBy('orders.createdAt')
    .limit(most)
    .execute();
  return rows.flatMap(({ lineId, state, simId }) =>
    lineId === null ? [] : [{ lineId, simId, to: state === 'created' ? 'shipped' : 'delivered' }],
  );
}
