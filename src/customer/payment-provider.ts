// What a payment provider is to us: it has a page of its own where the card is typed, tells us by signed messages what
// came of it, and gives money back. No card number passes through here. A real one is another implementation of this.
import type { Amount } from '../storage/order-tables.ts';

export interface CheckoutRequest {
  /** Our payment: the same one asked for again gives the same page. */
  readonly paymentId: string;
  readonly amount: Amount;
  /** Who is paid, and for what, as the page says it. */
  readonly merchant: string;
  readonly description: string;
  readonly locale: 'fr' | 'en';
  /** Where the page leads back to; without one it stays where it is. */
  readonly returnUrl: string | undefined;
  readonly expiresInSeconds: number;
}

export interface Checkout {
  /** The provider's own name for it. */
  readonly reference: string;
  /** Where the payer's browser goes. */
  readonly url: string;
}

export type ProviderEventKind = 'authorised' | 'captured' | 'declined' | 'cancelled' | 'expired';

/** What a notification says, its signature checked. */
export interface ProviderEvent {
  readonly kind: ProviderEventKind;
  readonly paymentId: string;
  readonly reference: string;
  readonly amount: Amount;
  /** A word of the provider: `card_declined`, `insufficient_funds`. */
  readonly reason: string | undefined;
  readonly card: { readonly brand: string; readonly last4: string } | undefined;
  readonly authorizationCode: string | undefined;
}

/** A notification as it came in: nothing of it is believed yet. */
export interface RawNotification {
  readonly body: string;
  readonly signature: string | undefined;
}

export type ReadNotification =
  | { readonly kind: 'event'; readonly event: ProviderEvent }
  | { readonly kind: 'refused'; readonly why: 'unsigned' | 'forged' | 'old' | 'unreadable' };

export interface RefundRequest {
  /** Ours: the same one asked for again gives the money back once. */
  readonly refundId: string;
  readonly reference: string;
  readonly amount: Amount;
}

export interface PaymentProvider {
  /** Origin of its pages, for those who let a browser go there. */
  readonly origin: string;
  /** Throws PaymentProviderError. */
  createCheckout(request: CheckoutRequest): Promise<Checkout>;
  readNotification(raw: RawNotification): ReadNotification;
  /** `refused`: trying again is of no use. Throws PaymentProviderError. */
  refund(request: RefundRequest): Promise<'done' | 'refused'>;
}

/** The provider could not be reached, or gave no answer that makes sense. */
export class PaymentProviderError extends Error {
  override readonly name = 'PaymentProviderError';
}

/** Where none is configured: nothing can be begun, and nobody's messages are believed. */
export const noPaymentProvider: PaymentProvider = {
  origin: '',
  async createCheckout() {
    throw new PaymentProviderError('no payment provider is configured');
  },
  readNotification: () => ({ kind: 'refused', why: 'unsigned' }),
  async refund() {
    throw new PaymentProviderError('no payment provider is configured');
  },
};
