// What pages and APIs can ask of payments, and how a purpose takes part in them. Purposes are invoices, orders and
// top-ups: this part knows none of them, they register what they do.
import type { AccountId } from '../identifiers.ts';
import type { Tx } from '../storage/database.ts';
import type { Amount } from '../storage/order-tables.ts';
import type {
  PaymentItemRow,
  PaymentItemState,
  PaymentPurpose,
  PaymentRow,
  PaymentState,
  ReceiptContent,
  RefundRow,
} from '../storage/payment-tables.ts';

export type { Amount, PaymentItemState, PaymentPurpose, PaymentState, ReceiptContent };

/** A thing that is paid, with what is due for it now. */
export interface DueItem {
  /** Of the invoice, the order, the top-up; unique in its purpose. */
  readonly itemId: string;
  /** As receipts and the hosted page name it: a number of a bill, a name of a thing. */
  readonly label: string;
  readonly amount: Amount;
}

/** What a purpose does in the transactions of its payments. */
export interface PurposeHandler {
  /**
   * Money for one item has come. Gives how much of it the item took, at most its amount: what was paid meanwhile, or is
   * wanted no more, takes nothing. The rest goes back by itself.
   */
  onCaptured(tx: Tx, payment: PaymentRow, item: PaymentItemRow): Promise<{ appliedMinor: number }>;
  /** The payment ended without money: declined, cancelled or expired. Its items can be paid by another one again. */
  onEnded(tx: Tx, payment: PaymentRow, items: readonly PaymentItemRow[]): Promise<void>;
}

/** One for each purpose that is offered. */
export type PurposeHandlers = Readonly<Partial<Record<PaymentPurpose, PurposeHandler>>>;

/** What is to be paid, as found in the payment's own transaction. */
export interface DueClaim {
  readonly kind: 'due';
  /** At least one; all of one currency. */
  readonly items: readonly DueItem[];
  /** One line for the hosted page, in the payer's language. */
  readonly description: string;
}

export interface PaymentWish<Refusal extends { readonly kind: string }> {
  readonly purpose: PaymentPurpose;
  readonly accountId: AccountId;
  readonly brand: string;
  readonly locale: 'fr' | 'en';
  readonly idempotencyKey: string;
  /** All that was asked for, in one text: the same key with another one is refused. */
  readonly request: string;
  /** Checked already: it leads to the client that asked. */
  readonly returnUrl: string | undefined;
  /**
   * Locks what is to be paid and says what is due, or why not; called in the transaction that writes the payment, so
   * that an order may be written here too. Not called when the key was used before.
   */
  claim(tx: Tx, paymentId: string): Promise<DueClaim | Refusal>;
}

export type StartRefusal = {
  /** `open`: another payment of one of the items is under way · `unavailable`: the provider cannot be reached. */
  readonly kind: 'payment-open' | 'key-reused' | 'unavailable';
};

export type StartOutcome<Refusal> =
  | { readonly kind: 'started'; readonly payment: PaymentView }
  | StartRefusal
  | Refusal;

export interface PaymentView {
  readonly id: string;
  readonly purpose: PaymentPurpose;
  readonly state: PaymentState;
  readonly stateAt: Date;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly amount: Amount;
  readonly description: string;
  readonly items: readonly {
    readonly itemId: string;
    readonly label: string;
    readonly amount: Amount;
    readonly state: PaymentItemState;
  }[];
  /** The hosted page, while the payment is open. */
  readonly checkoutUrl: string | undefined;
  readonly endReason: string | undefined;
  readonly card: { readonly brand: string; readonly last4: string } | undefined;
  readonly authorizationCode: string | undefined;
  /** Number of its receipt. */
  readonly receipt: string | undefined;
  readonly refunds: readonly {
    readonly amount: Amount;
    readonly state: RefundRow['state'];
    readonly reason: RefundRow['reason'];
  }[];
}

export type InvoiceRefusal = {
  readonly kind: 'not-found' | 'already-paid' | 'amount-mismatch';
};

export interface InvoicesWish {
  readonly accountId: AccountId;
  readonly locale: 'fr' | 'en';
  readonly invoiceIds: readonly string[];
  /** What the caller thinks is due. Undefined: no amount of money. */
  readonly amount: Amount | undefined;
  readonly idempotencyKey: string;
  readonly returnUrl: string | undefined;
}

export interface ReceiptView {
  readonly content: ReceiptContent;
  readonly issuedAt: Date;
}

export interface ReceiptPrint {
  readonly content: Buffer;
  readonly mimeType: 'text/html; charset=utf-8' | 'application/pdf';
  readonly fileName: string;
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
}

interface Page {
  readonly offset: number;
  readonly limit: number;
}

export interface PaymentDesk {
  payInvoices(wish: InvoicesWish): Promise<StartOutcome<InvoiceRefusal>>;
  /** The caller's own, newest first. */
  payments(
    accountId: AccountId,
    page: Page & { open?: boolean | undefined },
  ): Promise<{ items: PaymentView[]; total: number }>;
  payment(accountId: AccountId, id: string): Promise<PaymentView | undefined>;
  /** Hers, and those of invoices of contracts that she holds; newest first. */
  receipts(accountId: AccountId, page: Page): Promise<{ items: ReceiptView[]; total: number }>;
  receipt(accountId: AccountId, number: string): Promise<ReceiptView | undefined>;
  print(accountId: AccountId, number: string, format: 'html' | 'pdf'): Promise<ReceiptPrint | undefined>;
  /** A message of the provider. Resolves when all that it changes is committed. */
  notified(raw: { body: string; signature: string | undefined }): Promise<NotifiedOutcome>;
}

/** `unchanged`: known already, or too late to matter. */
export type NotifiedOutcome = {
  readonly kind: 'applied' | 'unchanged' | 'unknown-payment' | 'amount-mismatch' | 'refused';
};
