// What pages and APIs can ask of bills. A bill that an account may not see is not there.
import type { Locale } from '../i18n.ts';
import type { AccountId } from '../identifiers.ts';
import type { BillAddressee, ChargeKind, TaxCategory } from '../storage/billing-tables.ts';
import type { InvoiceQuery } from '../storage/invoices.ts';
import type { LocalText } from '../storage/order-tables.ts';
import type { UnbilledUsage } from '../storage/usage-records.ts';
import type { ChargedLine, TaxTotal } from './bill-charges.ts';
import type { InvoiceState } from './invoice-state.ts';
import type { Amount } from './money.ts';

export type { Amount, BillAddressee, ChargeKind, InvoiceState, LocalText, TaxCategory };

export interface InvoiceView {
  readonly id: string;
  readonly number: string;
  readonly kind: 'individual' | 'group';
  readonly state: InvoiceState;
  readonly billingAccount: { readonly id: string; readonly code: string } | undefined;
  readonly contractId: string | undefined;
  /** The bill of the company that this one is part of. */
  readonly groupInvoiceId: string | undefined;
  readonly period: { readonly start: Date; readonly end: Date };
  readonly issuedAt: Date;
  readonly dueAt: Date;
  readonly excl: Amount;
  readonly tax: Amount;
  readonly total: Amount;
  /** What is still to be paid. */
  readonly due: Amount;
}

/** One account's part of a company's bill. */
export interface InvoicePart {
  readonly id: string;
  readonly number: string;
  readonly state: InvoiceState;
  readonly billingAccount: { readonly id: string; readonly code: string };
  readonly excl: Amount;
  readonly tax: Amount;
  readonly total: Amount;
  readonly due: Amount;
}

export interface InvoiceLineView extends ChargedLine {
  /** Of whose bill the line is: the Account ID, on a company's bill. */
  readonly accountCode: string | undefined;
}

export interface CreditView {
  readonly id: string;
  readonly number: string;
  readonly issuedAt: Date;
  readonly reason: LocalText;
  readonly amount: Amount;
}

export interface InvoiceDetail extends InvoiceView {
  readonly brand: string;
  readonly billTo: BillAddressee;
  readonly lines: readonly InvoiceLineView[];
  readonly taxes: readonly TaxTotal[];
  /** Of a company's bill, by Account ID; else empty. */
  readonly parts: readonly InvoicePart[];
  readonly payments: readonly { readonly paymentId: string; readonly amount: Amount; readonly at: Date }[];
  readonly credits: readonly CreditView[];
}

export type DocumentFormat = 'pdf' | 'csv';

export interface InvoiceDocument {
  readonly fileName: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

export interface GroupAccountView {
  readonly id: string;
  readonly code: string;
  readonly contractId: string;
  /** Over all of its bills. */
  readonly billed: Amount;
  readonly due: Amount;
  readonly unpaidInvoices: number;
}

/** What will be on the next bill of a contract. */
export interface UnbilledView {
  readonly contractId: string;
  readonly since: Date;
  readonly charges: readonly {
    readonly id: string;
    readonly kind: ChargeKind;
    readonly label: LocalText;
    readonly quantity: number;
    readonly at: Date;
    readonly excl: Amount;
    readonly incl: Amount;
  }[];
  /** Newest first; of a line or, without one, of the home. Nobody's number is in it. */
  readonly usage: readonly (Omit<UnbilledUsage, 'unit' | 'chargeMinor' | 'contractId'> & { readonly charge: Amount })[];
  /** Of charges and usage, with tax; without what the month costs by itself. */
  readonly total: Amount;
}

/** What is asked for; days are those of the brand. */
export interface InvoiceFilter extends Omit<InvoiceQuery, 'timeZone'> {
  readonly brand: string;
}

export interface BillingDesk {
  list(accountId: AccountId, filter: InvoiceFilter): Promise<{ items: InvoiceView[]; total: number }>;
  find(accountId: AccountId, id: string): Promise<InvoiceDetail | undefined>;
  /** A file of a bill; each download is written into the journal. */
  document(
    accountId: AccountId,
    wanted: { readonly id: string; readonly format: DocumentFormat; readonly locale: Locale },
  ): Promise<InvoiceDocument | undefined>;
  /** Undefined for an account that reads for no group. */
  groupAccounts(accountId: AccountId): Promise<GroupAccountView[] | undefined>;
  unbilled(accountId: AccountId): Promise<UnbilledView[]>;
}
