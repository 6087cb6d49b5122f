// Wires orders of replacement SIMs for the APIs. What moves them is in app-orders.ts.
import type { AppParts } from './app.ts';
import { lineNoticesOf } from './app-lines.ts';
import { orderMovingOf } from './app-orders.ts';
import { stateRules } from './app-state-rules.ts';
import { simOrdersOf } from './customer/sim-order-moves.ts';
import type { SimOrderDesk } from './customer/sim-order-types.ts';
import { createSimOrderDesk } from './customer/sim-orders.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'audit' | 'channel' | 'randomBytes'>;

/** What holders order. */
export function simOrderDeskOf(parts: Parts): SimOrderDesk {
  const { config, randomBytes } = parts;
  const moving = orderMovingOf(parts);
  return createSimOrderDesk({
    ...{ ...moving, simOrders: simOrdersOf(moving), lineNotices: lineNoticesOf(parts), randomBytes },
    rules: stateRules(config),
    currency: (brand) => config.brands.of(brand).currency,
  });
}
