// What pages and APIs can ask of orders of replacement SIMs (B33 to B35). A line that is not held by the caller has none.
import type { AccountId } from '../identifiers.ts';
import type { Address } from '../storage/contract-tables.ts';
import type { SimOrderContact, SimOrderReason } from '../storage/sim-order-tables.ts';

export type { Address, SimOrderContact, SimOrderReason };

export type SimOrderState = 'ordered' | 'shipped' | 'delivered' | 'activated' | 'cancelled';

export interface SimOrderView {
  readonly id: string;
  readonly lineId: string;
  readonly state: SimOrderState;
  readonly reason: SimOrderReason;
  readonly orderedAt: Date;
  readonly recipient: string;
  readonly address: Address;
  /** Masked. */
  readonly contact: SimOrderContact;
  readonly mayCancel: boolean;
  readonly timeline: readonly { readonly state: SimOrderState; readonly at: Date }[];
}

export interface SimOrderCaller {
  readonly accountId: AccountId;
  readonly brand: string;
  /** The PIN of the SIM was part of the login. */
  readonly withPin: boolean;
}

export interface SimOrderWish {
  readonly lineId: string;
  readonly idempotencyKey: string;
  readonly reason: SimOrderReason;
  readonly title?: string | undefined;
  readonly givenName: string;
  readonly familyName: string;
  /** Undefined: the one on file. */
  readonly address: Address | undefined;
  readonly contact: SimOrderContact;
}

export type SimOrderOutcome =
  | { readonly kind: 'ordered'; readonly order: SimOrderView }
  | { readonly kind: 'wrong-names'; readonly fields: readonly ('givenName' | 'familyName')[] }
  | {
      readonly kind:
        | 'not-found'
        | 'order-open'
        | 'key-reused'
        /** No address on file, and none was given. */
        | 'no-address'
        /** Another address than the one on file, without the PIN of a SIM. */
        | 'other-address'
        /** The one on file was changed in the last seven days. */
        | 'address-changed'
        | 'no-sim';
    };

export type CancelSimOrderOutcome =
  | { readonly kind: 'cancelled'; readonly order: SimOrderView }
  /** It is activated, or about to be. */
  | { readonly kind: 'too-late' | 'not-found' };

export interface SimOrderDesk {
  order(caller: SimOrderCaller, wish: SimOrderWish): Promise<SimOrderOutcome>;
  /** Newest first; undefined where she may order none. */
  list(caller: SimOrderCaller, lineId: string): Promise<SimOrderView[] | undefined>;
  find(caller: SimOrderCaller, lineId: string, orderId: string): Promise<SimOrderView | undefined>;
  cancel(caller: SimOrderCaller, lineId: string, orderId: string): Promise<CancelSimOrderOutcome>;
}
