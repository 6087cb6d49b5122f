// Orders of phones go from the warehouse to the customer: by staff, and by the clock where it stands for the post.

import type { OrderState } from '../storage/order-tables.ts';
import { takeOrder } from '../storage/orders.ts';
import { listDueHandsetOrders } from '../storage/purchases.ts';
import { type OrderMovingDeps, stepOrder } from './order-steps.ts';
import type { PostRules } from './sim-order-moves.ts';

const next: Readonly<Partial<Record<OrderState, OrderState>>> = {
  confirmed: 'preparing',
  preparing: 'shipped',
  shipped: 'delivered',
  // A plan that comes with the phone begins now.
  delivered: 'done',
};

/** Where staff may move one: money or the bill confirms it, nobody else does. */
export const handsetSteps: Readonly<Record<OrderState, readonly OrderState[]>> = {
  created: ['cancelled'],
  confirmed: ['preparing', 'cancelled'],
  preparing: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: ['done'],
  done: [],
  cancelled: [],
};

const mostAtOnce = 20;

/** To be called again and again, by any node. */
export async function moveDueHandsetOrders(deps: OrderMovingDeps, rules: PostRules): Promise<void> {
  for (const { id, state } of await listDueHandsetOrders(deps.database.db, { ...rules, most: mostAtOnce })) {
    const to = next[state];
    if (to === undefined) continue;
    await deps.database.transaction(async (tx) => {
      const order = await takeOrder(tx, id);
      // Another node may have been quicker, or the customer has cancelled it.
      if (order?.state === state) await stepOrder(deps, tx, { order, to, by: 'system' });
    });
  }
}
