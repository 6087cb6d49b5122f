// The checkouts of this provider, in memory: begun by the merchant, paid or not by whoever has the page. Of a card its
// brand and last digits are kept, nothing else.

export interface Amount {
  readonly unit: string;
  readonly minor: number;
}

export interface CheckoutOrder {
  readonly merchantReference: string;
  readonly amount: Amount;
  readonly merchant: string;
  readonly description: string;
  readonly locale: 'fr' | 'en';
  readonly returnUrl?: string | undefined;
  readonly expiresInSeconds: number;
}

export type CheckoutState = 'open' | 'confirming' | 'captured' | 'declined' | 'cancelled' | 'expired';

export interface Checkout extends CheckoutOrder {
  /** Unguessable: whoever knows it has the page. */
  readonly id: string;
  readonly expiresAt: Date;
  state: CheckoutState;
  /** Of the card that is being confirmed, or has paid. */
  card: { readonly brand: string; readonly last4: string } | undefined;
  reason: string | undefined;
  authorizationCode: string | undefined;
}

export interface RefundOrder {
  readonly refundReference: string;
  readonly reference: string;
  readonly amount: Amount;
}

export interface Checkouts {
  /** The same merchant reference gives the same checkout; undefined for another amount under it. */
  create(order: CheckoutOrder): Checkout | undefined;
  find(id: string): Checkout | undefined;
  /** Ends those whose time is over, and gives them. */
  expire(): Checkout[];
  /** Gives money back, the same reference once; never more than was paid. */
  refund(order: RefundOrder): 'done' | 'unknown' | 'refused';
}

/** Makes the store. */
export function createCheckouts({
  now,
  newReference,
}: {
  readonly now: () => Date;
  readonly newReference: () => string;
}): Checkouts {
  const byId = new Map<string, Checkout>();
  const byMerchantReference = new Map<string, Checkout>();
  const refunds = new Map<string, RefundOrder>();

  const isOver = (one: Checkout) => (one.state === 'open' || one.state === 'confirming') && one.expiresAt <= now();
  return {
    create(order) {
      const known = byMerchantReference.get(order.merchantReference);
      if (known !== undefined) return isSame(known.amount, order.amount) ? known : undefined;
      const expiresAt = new Date(now().getTime() + order.expiresInSeconds * 1_000);
      const nothing = { card: undefined, reason: undefined, authorizationCode: undefined };
      const checkout: Checkout = { ...order, ...nothing, id: newReference(), expiresAt, state: 'open' };
      byId.set(checkout.id, checkout);
      byMerchantReference.set(order.merchantReference, checkout);
      return checkout;
    },
    find: (id) => byId.get(id),
    expire() {
      const over = [...byId.values()].filter(isOver);
      for (const one of over) one.state = 'expired';
      return over;
    },
    refund(order) {
      const checkout = byId.get(order.reference);
      if (checkout === undefined) return 'unknown';
      const known = refunds.get(order.refundReference);
      if (known !== undefined) return isSame(known.amount, order.amount) ? 'done' : 'refused';
      const before = [...refunds.values()].filter(({ reference }) => reference === order.reference);
      const given = before.reduce((sum, { amount }) => sum + amount.minor, 0);
      const left = checkout.state === 'captured' ? checkout.amount.minor - given : 0;
      if (order.amount.unit !== checkout.amount.unit || order.amount.minor > left) return 'refused';
      refunds.set(order.refundReference, order);
      return 'done';
    },
  };
}

function isSame(one: Amount, other: Amount): boolean {
  return one.unit === other.unit && one.minor === other.minor;
}
