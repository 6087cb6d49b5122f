// Wires offers, orders and shops: for the APIs, the staff, and the clock that moves orders on.
import type { OrderParts } from './api/orders.ts';
import type { AppParts } from './app.ts';
import { createOfferDesk } from './customer/offer-desk.ts';
import { createOrderDesk, moveOrders, type OrderMovingDeps } from './customer/order-desk.ts';
import type { OfferDesk } from './customer/order-types.ts';
import { createShopDesk } from './customer/shop-desk.ts';
import { createOrderNotices } from './messaging/order-notices.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'audit' | 'channel' | 'randomBytes'>;

/** What every step of an order needs. */
export function orderMovingOf(parts: Pick<Parts, 'database' | 'audit' | 'channel'>): OrderMovingDeps {
  const { database, audit, channel } = parts;
  return { database, audit, notifier: channel.notifier, notices: createOrderNotices(channel.jobs) };
}

/** Moves orders on that need nobody; to be called again and again. */
export function orderMoverOf(parts: Parts): () => Promise<void> {
  const deps = orderMovingOf(parts);
  return () => moveOrders(deps);
}

/** Offers and options of contracts. */
export function offerDeskOf(parts: Parts): OfferDesk {
  const { config, randomBytes } = parts;
  return createOfferDesk({ ...orderMovingOf(parts), brand: config.provider.brand, randomBytes });
}

/** Orders, shops and appointments. */
export function orderPartsOf(parts: Parts): OrderParts {
  const { config, randomBytes } = parts;
  const deps = orderMovingOf(parts);
  const shops = createShopDesk({ ...deps, brand: config.provider.brand, randomBytes });
  return { orders: createOrderDesk(deps), shops };
}
