// What pages and APIs can ask of offers, options and orders. A contract or an order that is not hers is not there.
import type { Locale } from '../i18n.ts';
import type { AccountId } from '../identifiers.ts';
import type { Amount, OrderItem, OrderState, OrderType, SubscriptionItemRow } from '../storage/order-tables.ts';
import type { Catalogue, Offer, Option } from './catalogue.ts';

export type { Amount, Locale, OrderItem, OrderState, OrderType };

export interface OrderView {
  readonly id: string;
  readonly type: OrderType;
  readonly state: OrderState;
  readonly contractId: string | undefined;
  readonly items: readonly OrderItem[];
  readonly orderedAt: Date;
  readonly timeline: readonly { readonly state: OrderState; readonly at: Date }[];
  /** Of an order that costs something at once. */
  readonly purchase: PurchaseView | undefined;
}

/**
 * By card `waiting` for the money, `paid`, or without it; deferred `pending_line` until a bill has it (`invoiced`), then
 * `credited` if the order is cancelled; `withdrawn` if it is so before.
 */
export type PurchaseStatus =
  | 'waiting'
  | 'paid'
  | 'declined'
  | 'expired'
  | 'cancelled'
  | 'refunded'
  | 'pending_line'
  | 'invoiced'
  | 'withdrawn'
  | 'credited';

export interface PurchaseView {
  readonly method: 'card' | 'deferred';
  readonly total: Amount;
  readonly status: PurchaseStatus;
  /** For the payer alone. */
  readonly payment:
    | {
        readonly id: string;
        readonly payerAccountId: AccountId;
        readonly checkout: { readonly url: string; readonly expiresAt: Date } | undefined;
      }
    | undefined;
  /** The bill that has the charge. */
  readonly invoiceId: string | undefined;
}

export interface CurrentOffer {
  readonly offer: Offer;
  readonly committedUntil: Date | undefined;
  /** An order that changes it is under way. */
  readonly isChanging: boolean;
}

export interface EligibleOffer {
  readonly offer: Offer;
  /** `change`: to this plan · `renewal`: bind anew, with this plan. */
  readonly actions: readonly ('change' | 'renewal')[];
}

export interface OptionView {
  readonly option: Option;
  readonly status: 'available' | 'incompatible' | 'pending' | 'active' | 'ending';
  readonly since: Date | undefined;
  /** What the contract pays for it; the price of today for one that it does not have. */
  readonly price: Amount;
}

export type OrderOutcome =
  | { readonly kind: 'ordered'; readonly order: OrderView }
  | {
      readonly kind:
        | 'not-found'
        | 'unknown-item'
        | 'incompatible'
        | 'option-active'
        | 'order-open'
        | 'price-changed'
        | 'key-reused';
    };

interface Wish {
  readonly accountId: AccountId;
  readonly contractId: string;
  readonly idempotencyKey: string;
}

export interface OptionWish extends Wish {
  readonly optionId: string;
  readonly acceptedPrice: Amount;
}

export interface PlanWish extends Wish {
  readonly type: 'offer_change' | 'renewal';
  readonly offerId: string;
  readonly acceptedPrice: Amount | undefined;
}

export interface OfferDesk {
  catalogue(): Catalogue;
  offer(accountId: AccountId, contractId: string): Promise<CurrentOffer | undefined>;
  offers(accountId: AccountId, contractId: string): Promise<EligibleOffer[] | undefined>;
  options(accountId: AccountId, contractId: string): Promise<OptionView[] | undefined>;
  subscriptions(accountId: AccountId, contractId: string): Promise<SubscriptionItemRow[] | undefined>;
  addOption(wish: OptionWish): Promise<OrderOutcome>;
  removeOption(wish: Omit<Wish, 'idempotencyKey'> & { readonly optionId: string }): Promise<OrderOutcome>;
  /** Holder and, for a change, a proxy. */
  changePlan(wish: PlanWish): Promise<OrderOutcome>;
}

export interface OrderPage {
  readonly contractId?: string | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface OrderDesk {
  list(accountId: AccountId, page: OrderPage): Promise<{ items: OrderView[]; total: number }>;
  find(accountId: AccountId, id: string): Promise<OrderView | undefined>;
}
