// Orders as a purpose of card payments: they are confirmed by the money and by nothing else. An order whose payment
// ends without money is cancelled, and stays so: money that comes after that goes back, for the stock, the plan and the
// customer have moved on (decision 031).
import type { Tx } from '../storage/database.ts';
import type { OrderRow } from '../storage/order-tables.ts';
import { takeOrder } from '../storage/orders.ts';
import { freeOrderKey } from '../storage/purchases.ts';
import { type OrderMovingDeps, stepOrder } from './order-steps.ts';
import { tellOrder } from './order-telling.ts';
import type { PurposeHandler } from './payment-types.ts';

/** What money for orders does. */
export function orderPayments(deps: OrderMovingDeps): PurposeHandler {
  return {
    async onCaptured(tx, _payment, { itemId, amountMinor }) {
      const order = await takeWaiting(tx, itemId);
      if (order === undefined) return { appliedMinor: 0 };
      // Only now is it told: an order that is never paid concerns nobody else.
      await tellOrder(deps, tx, order);
      await stepOrder(deps, tx, { order, to: 'confirmed', by: 'system' });
      return { appliedMinor: amountMinor };
    },
    async onEnded(tx, { endReason }, items) {
      for (const { itemId } of items) {
        const order = await takeWaiting(tx, itemId);
        if (order === undefined) continue;
        // That the payment failed is told by the payment.
        await stepOrder(deps, tx, { order, to: 'cancelled', by: 'system', silent: true });
        // Its page never came up: the same request may be repeated.
        if (endReason === 'provider_unavailable') await freeOrderKey(tx, order.id);
      }
    },
  };
}

async function takeWaiting(tx: Tx, id: string): Promise<OrderRow | undefined> {
  const order = await takeOrder(tx, id);
  return order?.state === 'created' ? order : undefined;
}
