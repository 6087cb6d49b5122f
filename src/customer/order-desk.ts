// Orders as customers follow them (B42), and how they move on: by the clock where nothing has to be sent, else by staff.
import type { Database, Db } from '../storage/database.ts';
import type { OrderRow, OrderState, OrderStepRow } from '../storage/order-tables.ts';
import {
  findOrder,
  findOrderFor,
  listOpenOrders,
  listOrderSteps,
  listOrdersFor,
  listOrdersToMove,
  takeOrder,
} from '../storage/orders.ts';
import { listPurchases, type PurchaseRow } from '../storage/purchases.ts';
import { handsetSteps } from './handset-moves.ts';
import { type OrderMovingDeps, stepOrder } from './order-steps.ts';
import type { OrderDesk, OrderView } from './order-types.ts';
import { purchaseView } from './purchase-views.ts';
import { moveSimOfOrder } from './sim-order-moves.ts';

/** Makes the part that customers read. */
export function createOrderDesk({ database: { db } }: { database: Database }): OrderDesk {
  return {
    async list(accountId, page) {
      const { rows, total } = await listOrdersFor(db, { accountId, ...page });
      return { items: await viewsOf(db, rows), total };
    },
    async find(accountId, id) {
      const row = await findOrderFor(db, { accountId, id });
      return row && (await viewOfOrder(db, row));
    },
  };
}

async function viewsOf(db: Db, rows: readonly OrderRow[]): Promise<OrderView[]> {
  const ids = rows.map(({ id }) => id);
  const steps = Map.groupBy(await listOrderSteps(db, ids), ({ orderId }) => orderId);
  const purchases = new Map((await listPurchases(db, ids)).map((one) => [one.orderId, one]));
  return rows.map((row) => viewOf(row, steps.get(row.id) ?? [], purchases.get(row.id)));
}

/** An order with its steps. */
export async function viewOfOrder(db: Db, row: OrderRow): Promise<OrderView> {
  const [view] = await viewsOf(db, [row]);
  if (view === undefined) throw new Error('a row gives a view');
  return view;
}

function viewOf(row: OrderRow, steps: readonly OrderStepRow[], bought: PurchaseRow | undefined): OrderView {
  const { id, type, state, contractId, items, createdAt } = row;
  const timeline = steps.map((step) => ({ state: step.state, at: step.at }));
  const purchase = bought && purchaseView(bought, state);
  return { id, type, state, contractId: contractId ?? undefined, items, orderedAt: createdAt, timeline, purchase };
}

/** What may follow a state. What was sent is not cancelled any more. */
const following: Readonly<Record<OrderState, readonly OrderState[]>> = {
  created: ['confirmed', 'cancelled'],
  confirmed: ['preparing', 'done', 'cancelled'],
  preparing: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: ['done'],
  done: [],
  cancelled: [],
};

// A first step at once, the end at the next round: long enough to be seen, short enough to be waited for.
const mostAtOnce = 20;

/** Moves orders that need nobody on by one step; to be called again and again, by any node. */
export async function moveOrders(deps: OrderMovingDeps): Promise<void> {
  // One transaction each: two orders of one contract never wait for each other.
  for (const { id, state } of await listOrdersToMove(deps.database.db, mostAtOnce)) {
    await deps.database.transaction(async (tx) => {
      const order = await takeOrder(tx, id);
      // Another node may have been quicker.
      if (order === undefined || order.state !== state) return;
      await stepOrder(deps, tx, { order, to: state === 'created' ? 'confirmed' : 'done', by: 'system' });
    });
  }
}

export type MoveOutcome = { readonly kind: 'moved'; readonly order: OrderView } | { readonly kind: 'none' | 'refused' };

/** A step by staff. `refused`: the order is not where this may follow. */
export async function moveOrderByStaff(
  deps: OrderMovingDeps,
  { id, to }: { id: string; to: OrderState },
): Promise<MoveOutcome> {
  const { db } = deps.database;
  const found = await findOrder(db, id);
  if (found?.type === 'sim') {
    if (!(await moveSimOfOrder(deps, { orderId: id, to }))) return { kind: 'refused' };
    return { kind: 'moved', order: await viewOfOrder(db, (await findOrder(db, id)) ?? found) };
  }
  return await deps.database.transaction(async (tx): Promise<MoveOutcome> => {
    const order = await takeOrder(tx, id);
    if (order === undefined) return { kind: 'none' };
    const steps = order.type === 'handset' ? handsetSteps : following;
    if (!steps[order.state].includes(to)) return { kind: 'refused' };
    const moved = await stepOrder(deps, tx, { order, to, by: 'staff' });
    return moved === undefined ? { kind: 'refused' } : { kind: 'moved', order: await viewOfOrder(tx, moved) };
  });
}

/** What staff see: which orders wait. */
export async function openOrders({ database: { db } }: Pick<OrderMovingDeps, 'database'>): Promise<OrderView[]> {
  return await viewsOf(db, await listOpenOrders(db, 100));
}
