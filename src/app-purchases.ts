// Wires the shop: phones and top-ups with how they are paid, for the APIs.
import type { AppParts } from './app.ts';
import { orderMovingOf } from './app-orders.ts';
import { paymentDepsOf } from './app-payments.ts';
import { usageDeskDepsOf } from './app-usage.ts';
import { createPurchaseDesk } from './customer/purchase-desk.ts';
import type { PurchaseDesk } from './customer/purchase-types.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'audit' | 'channel' | 'randomBytes' | 'now' | 'home'>;

/** The desk of the issuer's brand. */
export function purchaseDeskOf(parts: Parts): PurchaseDesk {
  const { home, randomBytes } = parts;
  const usage = usageDeskDepsOf(parts);
  return createPurchaseDesk({
    ...{ ...orderMovingOf(parts), brand: home.main.id, randomBytes, usage, payments: paymentDepsOf(parts) },
  });
}
