// What money that has come does, by what it was for: bills, orders, top-ups.
import type { AppParts } from './app.ts';
import { orderMovingOf } from './app-orders.ts';
import { usageDeskDepsOf } from './app-usage.ts';
import { invoicePayments } from './customer/invoice-payments.ts';
import type { PurposeHandlers } from './customer/payment-types.ts';
import { orderPayments } from './customer/purchase-payments.ts';
import { topUpPayments } from './customer/top-up-payments.ts';

type Parts = Pick<AppParts, 'config' | 'database' | 'audit' | 'channel' | 'randomBytes'>;

/** One for each purpose that payments have. */
export function purposesOf(parts: Parts): PurposeHandlers {
  return {
    invoices: invoicePayments,
    order: orderPayments(orderMovingOf(parts)),
    topup: topUpPayments(usageDeskDepsOf(parts)),
  };
}
