// What pages and APIs can ask of the shop: a phone with or without a new plan, paid by card or on the next bill, and
// more data paid by card.
import type { AccountId } from '../identifiers.ts';
import type { Amount, Locale, OrderView } from './order-types.ts';
import type { PaymentView } from './payment-types.ts';
import type { TopUpOutcome, TopUpView, TopUpWish } from './usage-types.ts';

export type PurchaseMethod = 'card' | 'deferred';

export interface HandsetWish {
  readonly accountId: AccountId;
  readonly contractId: string;
  readonly handsetId: string;
  /** What is paid at once, as the customer has read it. */
  readonly acceptedPrice: Amount;
  /** A plan that comes with it: both or none. */
  readonly offerId: string | undefined;
  readonly acceptedPlanPrice: Amount | undefined;
  readonly method: PurchaseMethod;
  readonly locale: Locale;
  /** By card: checked already, it leads to the client that asked. */
  readonly returnUrl: string | undefined;
  readonly idempotencyKey: string;
}

export type HandsetRefusal = {
  readonly kind:
    | 'not-found'
    | 'unknown-handset'
    | 'unknown-item'
    | 'incompatible'
    | 'order-open'
    | 'out-of-stock'
    | 'price-changed'
    /** The holder has not let this proxy order on the bill. */
    | 'deferral-not-allowed'
    /** The contract gets no bills. */
    | 'deferral-not-possible'
    | 'key-reused';
};

export type HandsetOutcome =
  | { readonly kind: 'ordered'; readonly order: OrderView }
  | HandsetRefusal
  | { readonly kind: 'unavailable' };

export type CancelOutcome =
  | { readonly kind: 'cancelled'; readonly order: OrderView }
  /** `refused`: it has been sent, has ended, or is of a kind that only staff cancel. */
  | { readonly kind: 'not-found' | 'refused' };

export interface CardTopUpWish extends TopUpWish {
  readonly locale: Locale;
  readonly returnUrl: string | undefined;
}

export interface CardTopUp {
  readonly topUp: TopUpView;
  readonly payment: PaymentView;
}

export type CardTopUpOutcome =
  | ({ readonly kind: 'started' } & CardTopUp)
  | Exclude<TopUpOutcome, { readonly kind: 'done' }>
  | { readonly kind: 'unavailable' };

export interface PurchaseDesk {
  orderHandset(wish: HandsetWish): Promise<HandsetOutcome>;
  /** Until it is sent; by whoever ordered it and by the holder. Money comes back, a charge goes. */
  cancel(accountId: AccountId, orderId: string): Promise<CancelOutcome>;
  payTopUp(wish: CardTopUpWish): Promise<CardTopUpOutcome>;
  /** One of the caller's own, however it is paid. */
  topUp(accountId: AccountId, id: string): Promise<TopUpView | undefined>;
  /** Models of which none is left. */
  soldOut(): Promise<readonly string[]>;
}
