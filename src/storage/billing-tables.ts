// Row types of billing: accounts and groups that get bills, bills with lines, what waits for one, payments, credit.
import type { ColumnType, Generated, Selectable } from 'kysely';
import type { AccountId, Msisdn } from '../identifiers.ts';
import type { LocalText } from './order-tables.ts';

type Json<T> = ColumnType<T, string, string>;

export interface CustomerGroup {
  id: string;
  brand: string;
  name: string;
  kind: 'sme' | 'company' | 'ministry';
  /** HMAC of the Customer ID, which itself is kept nowhere. */
  customerIdHash: Buffer | null;
  customerIdLast3: string | null;
  issuedAt: Date | null;
  issuedBy: string | null;
  /** How the identity of whoever asked for the Customer ID was checked. */
  identityCheck: Json<Record<string, unknown>> | null;
  revokedAt: Date | null;
  /** The self-care account that reads for all of the group. */
  accountId: AccountId | null;
  /** When its owner last heard that somebody tries to register the same again. */
  ownerToldAt: Date | null;
  /** Where codes of the Customer ID go. */
  contactMobile: Msisdn | null;
  createdAt: Date;
}

export interface BillingAccount {
  id: string;
  brand: string;
  /** The Account ID that is printed on bills. */
  code: string;
  contractId: string;
  lineId: string | null;
  holderPersonId: string | null;
  customerGroupId: string | null;
  /** The self-care account that logs in with the Account ID and sees this billing account alone. */
  accountId: AccountId | null;
  /** When its owner last heard that somebody tries to register the same again. */
  ownerToldAt: Date | null;
  createdAt: Date;
  closedAt: Date | null;
}

export interface BillingCounter {
  brand: string;
  kind: string;
  last: number;
}

export interface BillAddressee {
  readonly name: string;
  readonly lines: readonly string[];
}

export interface Invoice {
  id: string;
  brand: string;
  number: string;
  kind: 'individual' | 'group';
  billingAccountId: string | null;
  customerGroupId: string | null;
  /** Of a bill that is part of a company's. */
  groupInvoiceId: string | null;
  contractId: string | null;
  /** Who held the contract then: a later holder does not see it. */
  holderPersonId: string | null;
  accountCode: string | null;
  billTo: Json<BillAddressee>;
  periodStart: Date;
  /** The first moment after the period. */
  periodEnd: Date;
  issuedAt: Date;
  dueAt: Date;
  currency: string;
  exclMinor: Generated<number>;
  taxMinor: Generated<number>;
  totalMinor: Generated<number>;
  paidMinor: Generated<number>;
  creditedMinor: Generated<number>;
  settledAt: Date | null;
  /** Since when somebody has been told of it. */
  sentAt: Date | null;
  overdueToldAt: Date | null;
}

export type ChargeKind =
  | 'subscription'
  | 'option'
  | 'usage'
  | 'out_of_bundle'
  | 'topup'
  | 'deferred'
  | 'third_party'
  | 'credit';

/** As brands say their rates. */
export type TaxCategory = 'standard' | 'reduced' | 'exempt';

export interface InvoiceLine {
  invoiceId: string;
  position: number;
  kind: ChargeKind;
  label: Json<LocalText>;
  quantity: Generated<number>;
  unit: string | null;
  startsAt: Date | null;
  endsAt: Date | null;
  exclMinor: number;
  taxCategory: TaxCategory;
  /** Basis points: 2000 is 20 %. */
  taxRate: number;
  taxMinor: number;
  inclMinor: number;
  lineId: string | null;
}

export interface PendingCharge {
  id: Generated<string>;
  contractId: string;
  lineId: string | null;
  kind: ChargeKind;
  label: Json<LocalText>;
  quantity: Generated<number>;
  /** ISO 4217. */
  unit: string;
  /** In the smallest unit of the currency; below zero for a credit. */
  minor: number;
  includesTax: boolean;
  taxCategory: TaxCategory;
  sourceId: string;
  chargedAt: Date;
  invoiceId: string | null;
}

export interface InvoicePayment {
  invoiceId: string;
  paymentId: string;
  amountMinor: number;
  at: Date;
}

export interface CreditNote {
  id: string;
  brand: string;
  number: string;
  invoiceId: string;
  reason: Json<LocalText>;
  currency: string;
  exclMinor: number;
  taxMinor: number;
  totalMinor: number;
  taxCategory: TaxCategory;
  taxRate: number;
  sourceId: string;
  issuedAt: Date;
}

export interface BillingTables {
  customerGroups: CustomerGroup;
  billingAccounts: BillingAccount;
  billingCounters: BillingCounter;
  invoices: Invoice;
  invoiceLines: InvoiceLine;
  pendingCharges: PendingCharge;
  invoicePayments: InvoicePayment;
  creditNotes: CreditNote;
}

export type CustomerGroupRow = Selectable<CustomerGroup>;
export type BillingAccountRow = Selectable<BillingAccount>;
export type InvoiceRow = Selectable<Invoice>;
export type InvoiceLineRow = Selectable<InvoiceLine>;
export type PendingChargeRow = Selectable<PendingCharge>;
export type CreditNoteRow = Selectable<CreditNote>;
