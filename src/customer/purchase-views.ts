// How the price of an order stands, as customers see it. Pure.
import type { OrderState } from '../storage/order-tables.ts';
import type { PurchaseRow } from '../storage/purchases.ts';
import type { PurchaseStatus, PurchaseView } from './order-types.ts';

/** `state`: of the order. */
export function purchaseView(row: PurchaseRow, state: OrderState): PurchaseView {
  const { method, unit, totalMinor, invoiceId } = row;
  const status = method === 'card' ? cardStatus(row, state) : deferredStatus(row, state);
  return {
    ...{ method, status, total: { unit, minor: totalMinor }, invoiceId: invoiceId ?? undefined },
    payment: paymentOf(row, status),
  };
}

function paymentOf(row: PurchaseRow, status: PurchaseStatus): PurchaseView['payment'] {
  const { paymentId: id, payerAccountId, checkoutUrl: url, expiresAt } = row;
  if (id === null || payerAccountId === null) return undefined;
  const isOpen = status === 'waiting' && url !== null && expiresAt !== null;
  return { id, payerAccountId, checkout: isOpen ? { url, expiresAt } : undefined };
}

function cardStatus({ paymentState, isRefunded }: PurchaseRow, state: OrderState): PurchaseStatus {
  if (paymentState === 'captured') return isRefunded ? 'refunded' : 'paid';
  if (paymentState === 'created' || paymentState === 'authorised') {
    return state === 'cancelled' ? 'cancelled' : 'waiting';
  }
  return paymentState ?? 'waiting';
}

function deferredStatus({ isCharged, invoiceId }: PurchaseRow, state: OrderState): PurchaseStatus {
  if (!isCharged) return 'withdrawn';
  if (invoiceId === null) return 'pending_line';
  return state === 'cancelled' ? 'credited' : 'invoiced';
}
