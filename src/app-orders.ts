// Wires offers, orders and shops: for the APIs, the staff, and the clock that moves orders on.
import type { OrderParts } from './api/orders.ts';
import type { AppParts } from './app.ts';
import type { SimChannel } from './app-sim-channel.ts';
import { moveDueHandsetOrders } from './customer/handset-moves.ts';
import { createOfferDesk } from './customer/offer-desk.ts';
import { createOrderDesk, moveOrders } from './customer/order-desk.ts';
import type { OrderMovingDeps } from './customer/order-steps.ts';
import type { OfferDesk } from './customer/order-types.ts';
import { createShopDesk } from './customer/shop-desk.ts';
import { moveDueSimOrders } from './customer/sim-order-moves.ts';
import { createOrderNotices } from './messaging/order-notices.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'audit' | 'channel' | 'randomBytes'>;

interface OrderMovingParts extends Pick<Parts, 'database' | 'audit'> {
  readonly channel: Pick<SimChannel, 'jobs' | 'notifier'>;
}

/** What every step of an order needs. */
export function orderMovingOf(parts: OrderMovingParts): OrderMovingDeps {
  const { database, audit, channel } = parts;
  return { database, audit, notifier: channel.notifier, notices: createOrderNotices(channel.jobs) };
}

/** Moves orders on that need nobody; to be called again and again. */
export function orderMoverOf(parts: Parts): () => Promise<void> {
  const deps = orderMovingOf(parts);
  const { shipMinutes: toShip, deliveryMinutes: toDeliver } = parts.config.simOrders;
  return async () => {
    await moveOrders(deps);
    await moveDueSimOrders(deps, { toShip, toDeliver });
    await moveDueHandsetOrders(deps, { toShip, toDeliver });
  };
}

/** Offers and options of contracts. */
export function offerDeskOf(parts: Parts & Pick<AppParts, 'home'>): OfferDesk {
  const { home, randomBytes } = parts;
  return createOfferDesk({ ...orderMovingOf(parts), brand: home.main.id, randomBytes });
}

/** Orders, shops and appointments. */
export function orderPartsOf(parts: Parts & Pick<AppParts, 'home'>): OrderParts {
  const { home, randomBytes } = parts;
  const deps = orderMovingOf(parts);
  const shops = createShopDesk({ ...deps, brand: home.main.id, randomBytes });
  return { orders: createOrderDesk(deps), shops };
}
