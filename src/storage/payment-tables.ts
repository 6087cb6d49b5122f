// Row types of migration 0018: payments with their items, receipts with their numbers and prints, refunds.
import type { ColumnType, Generated, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { Amount } from './order-tables.ts';

type Json<T> = ColumnType<T, string, string>;

export type PaymentPurpose = 'invoices' | 'order' | 'topup';
export type PaymentState = 'created' | 'authorised' | 'captured' | 'declined' | 'cancelled' | 'expired';

export interface Payment {
  id: string;
  brand: string;
  purpose: PaymentPurpose;
  payerAccountId: AccountId;
  unit: string;
  amountMinor: number;
  /** What the payer reads on the hosted page; in her language. */
  description: string;
  locale: 'fr' | 'en';
  state: PaymentState;
  /** Why it ended without money: a word of the provider, such as `insufficient_funds`. */
  endReason: string | null;
  idempotencyKey: string;
  /** Of what was asked for with the key. */
  requestDigest: string;
  returnUrl: string | null;
  /** Null until the provider has its page ready. */
  providerReference: string | null;
  checkoutUrl: string | null;
  authorizationCode: string | null;
  cardBrand: string | null;
  cardLast4: string | null;
  createdAt: Date;
  expiresAt: Date;
  /** When it came into its state. */
  stateAt: Date;
}

/** `open` while its payment is; `settled`: paid by it; `refunded`: somebody else had paid it already. */
export type PaymentItemState = 'open' | 'released' | 'settled' | 'refunded';

export interface PaymentItem {
  paymentId: string;
  purpose: PaymentPurpose;
  /** Of an invoice, an order or a top-up. */
  itemId: string;
  /** As receipts name it: the number of the invoice. */
  label: string;
  amountMinor: number;
  state: PaymentItemState;
}

/** All that a receipt says, as it was at the capture. */
export interface ReceiptContent {
  readonly number: string;
  readonly brand: string;
  readonly locale: 'fr' | 'en';
  /** The brand's time zone: days and times are said in it. */
  readonly timeZone: string;
  /** ISO 8601. */
  readonly paidAt: string;
  readonly payer: string;
  readonly amount: Amount;
  readonly description: string;
  readonly items: readonly {
    readonly label: string;
    readonly amount: Amount;
    /** What of it goes back: it was not due any more. */
    readonly refunded?: Amount;
  }[];
  readonly card?: { readonly brand: string; readonly last4: string };
  readonly authorizationCode?: string;
  readonly paymentId: string;
}

export interface Receipt {
  id: string;
  brand: string;
  /** 1, 2, 3 … in the brand, without gaps. */
  number: number;
  paymentId: string;
  payerAccountId: AccountId;
  issuedAt: Date;
  content: Json<ReceiptContent>;
}

export interface ReceiptDocument {
  receiptId: string;
  format: 'html' | 'pdf';
  content: Buffer;
  /** SHA-256 in hexadecimal. */
  digest: string;
}

export interface Refund {
  id: string;
  paymentId: string;
  itemId: string;
  unit: string;
  amountMinor: number;
  reason: 'already_paid' | 'cancelled';
  state: 'requested' | 'done' | 'refused';
  tries: Generated<number>;
  nextTryAt: Date | null;
  createdAt: Date;
  doneAt: Date | null;
}

export interface PaymentTables {
  payments: Payment;
  paymentItems: PaymentItem;
  receiptCounters: { brand: string; lastNumber: number };
  receipts: Receipt;
  receiptDocuments: ReceiptDocument;
  refunds: Refund;
}

export type PaymentRow = Selectable<Payment>;
export type PaymentItemRow = Selectable<PaymentItem>;
export type ReceiptRow = Selectable<Receipt>;
export type RefundRow = Selectable<Refund>;
