// Bodies of bills with the names of TMF678 (customerBill, appliedCustomerBillingRate) and of TMF666 for accounts.
import { z } from 'zod';
import type {
  CreditView,
  GroupAccountView,
  InvoiceDetail,
  InvoiceLineView,
  InvoicePart,
  InvoiceView,
  UnbilledView,
} from '../customer/billing-types.ts';
import { toMoney } from '../customer/money.ts';
import { moment, money } from './schemas.ts';

const state = z.enum(['new', 'sent', 'overdue', 'partiallyPaid', 'settled']);
const kinds = [
  'subscription',
  'option',
  'usage',
  'out_of_bundle',
  'topup',
  'deferred',
  'third_party',
  'credit',
] as const;
const type = z.enum(kinds);
const period = z.strictObject({ startDateTime: moment, endDateTime: moment });
/** `name`: the Account ID. */
const account = z.strictObject({ id: z.string(), name: z.string() });
const reference = z.strictObject({ id: z.string(), href: z.string() });

const summary = {
  id: z.string(),
  href: z.string(),
  billNo: z.string(),
  category: z.enum(['individual', 'group']),
  state,
  /** True while something is due. */
  payable: z.boolean(),
  billDate: moment,
  paymentDueDate: moment,
  billingPeriod: period,
  taxExcludedAmount: money,
  taxIncludedAmount: money,
  /** What the bill asked for. */
  amountDue: money,
  /** What is still to be paid. */
  remainingAmount: money,
  /** Absent from a company's bill. */
  billingAccount: account.optional(),
  /** The contract that is billed. */
  product: reference.optional(),
  /** The company's bill that this one is part of. */
  groupBill: reference.optional(),
  viewUrl: z.string(),
  billDocument: z.array(z.strictObject({ url: z.string(), mimeType: z.string(), name: z.string() })),
};

export const invoiceSchema = z.strictObject(summary);

const rate = z.strictObject({
  type,
  name: z.string(),
  quantity: z.number().int(),
  /** Of a line: what it is for; of a purchase its moment alone. */
  periodCoverage: z.strictObject({ startDateTime: moment, endDateTime: moment.optional() }).optional(),
  taxExcludedAmount: money,
  taxIncludedAmount: money,
  appliedTax: z.strictObject({ taxCategory: z.string(), taxRate: z.number(), taxAmount: money }),
  /** On a company's bill: whose line it is. */
  billingAccount: z.strictObject({ name: z.string() }).optional(),
  realizingResource: z.strictObject({ id: z.string() }).optional(),
});

const part = z.strictObject({
  id: z.string(),
  href: z.string(),
  billNo: z.string(),
  state,
  billingAccount: account,
  taxExcludedAmount: money,
  taxIncludedAmount: money,
  remainingAmount: money,
});

export const invoiceDetailSchema = z.strictObject({
  ...summary,
  billTo: z.strictObject({ name: z.string(), address: z.array(z.string()) }),
  appliedBillingRate: z.array(rate),
  /** `taxRate` in percent. */
  taxItem: z.array(
    z.strictObject({ taxCategory: z.string(), taxRate: z.number(), taxExcludedAmount: money, taxAmount: money }),
  ),
  /** The parts of a company's bill, one for each account. */
  subBill: z.array(part),
  appliedPayment: z.array(
    z.strictObject({
      appliedAmount: money,
      date: moment,
      payment: z.strictObject({ id: z.string(), href: z.string() }),
    }),
  ),
  creditNote: z.array(
    z.strictObject({ id: z.string(), number: z.string(), date: moment, reason: z.string(), amount: money }),
  ),
});

interface Place {
  /** Address of all APIs. */
  readonly apis: string;
  readonly locale: 'fr' | 'en';
}

const invoicesPath = '/billing/v1/invoices';

/** One of a list. */
export function invoiceBody(view: InvoiceView, { apis }: Pick<Place, 'apis'>): z.output<typeof invoiceSchema> {
  const { id, number, kind, contractId, groupInvoiceId, billingAccount } = view;
  const href = `${apis}${invoicesPath}/${id}`;
  const file = (format: string) => `${href}/document?format=${format}`;
  return {
    ...{ id, href, billNo: number, category: kind, state: view.state, payable: view.due.minor > 0 },
    ...{ billDate: view.issuedAt, paymentDueDate: view.dueAt },
    billingPeriod: { startDateTime: view.period.start, endDateTime: view.period.end },
    ...{ taxExcludedAmount: toMoney(view.excl), taxIncludedAmount: toMoney(view.total) },
    ...{ amountDue: toMoney(view.total), remainingAmount: toMoney(view.due) },
    ...(billingAccount === undefined ? {} : { billingAccount: accountBody(billingAccount) }),
    ...(contractId === undefined
      ? {}
      : { product: { id: contractId, href: `${apis}/contract/v1/contracts/${contractId}` } }),
    ...(groupInvoiceId === undefined
      ? {}
      : { groupBill: { id: groupInvoiceId, href: `${apis}${invoicesPath}/${groupInvoiceId}` } }),
    viewUrl: file('pdf'),
    billDocument: [
      { url: file('pdf'), mimeType: 'application/pdf', name: `${number}.pdf` },
      { url: file('csv'), mimeType: 'text/csv', name: `${number}.csv` },
    ],
  };
}

/** One with all that it says. */
export function invoiceDetailBody(view: InvoiceDetail, place: Place): z.output<typeof invoiceDetailSchema> {
  const { apis, locale } = place;
  const { unit } = view.total;
  const amount = (minor: number) => toMoney({ unit, minor });
  return {
    ...invoiceBody(view, place),
    billTo: { name: view.billTo.name, address: [...view.billTo.lines] },
    appliedBillingRate: view.lines.map((line) => rateBody(line, { unit, locale })),
    taxItem: view.taxes.map(({ taxCategory, taxRate, exclMinor, taxMinor }) => ({
      ...{ taxCategory, taxRate: taxRate / 100, taxExcludedAmount: amount(exclMinor), taxAmount: amount(taxMinor) },
    })),
    subBill: view.parts.map((one) => partBody(one, apis)),
    appliedPayment: view.payments.map(({ paymentId, amount: paid, at }) => ({
      ...{ appliedAmount: toMoney(paid), date: at },
      payment: { id: paymentId, href: `${apis}/billing/v1/payments/${paymentId}` },
    })),
    creditNote: view.credits.map((one) => creditBody(one, locale)),
  };
}

function accountBody({ id, code }: { readonly id: string; readonly code: string }): z.output<typeof account> {
  return { id, name: code };
}

function creditBody({ id, number, issuedAt, reason, amount }: CreditView, locale: 'fr' | 'en') {
  return { id, number, date: issuedAt, reason: reason[locale], amount: toMoney(amount) };
}

function rateBody(
  line: InvoiceLineView,
  { unit, locale }: { unit: string; locale: 'fr' | 'en' },
): z.output<typeof rate> {
  const { kind, label, quantity, startsAt, endsAt, taxCategory, taxRate, accountCode, lineId } = line;
  const amount = (minor: number) => toMoney({ unit, minor });
  const until = endsAt === null ? {} : { endDateTime: endsAt };
  return {
    ...{ type: kind, name: label[locale], quantity },
    ...(startsAt === null ? {} : { periodCoverage: { startDateTime: startsAt, ...until } }),
    ...{ taxExcludedAmount: amount(line.exclMinor), taxIncludedAmount: amount(line.inclMinor) },
    appliedTax: { taxCategory, taxRate: taxRate / 100, taxAmount: amount(line.taxMinor) },
    ...(accountCode === undefined ? {} : { billingAccount: { name: accountCode } }),
    ...(lineId === null ? {} : { realizingResource: { id: lineId } }),
  };
}

function partBody({ id, number, billingAccount, ...one }: InvoicePart, apis: string): z.output<typeof part> {
  return {
    ...{ id, href: `${apis}${invoicesPath}/${id}`, billNo: number, state: one.state },
    billingAccount: accountBody(billingAccount),
    ...{ taxExcludedAmount: toMoney(one.excl), taxIncludedAmount: toMoney(one.total) },
    remainingAmount: toMoney(one.due),
  };
}

export const groupAccountSchema = z.strictObject({
  id: z.string(),
  /** The Account ID. */
  name: z.string(),
  product: reference,
  /** `billed`: over all of its bills · `due`: what of that is to be paid. */
  accountBalance: z.array(z.strictObject({ balanceType: z.enum(['billed', 'due']), amount: money })),
  unpaidBills: z.number().int(),
});

/** An account of a company. */
export function groupAccountBody(
  { id, code, contractId, billed, due, unpaidInvoices }: GroupAccountView,
  apis: string,
): z.output<typeof groupAccountSchema> {
  return {
    ...{ id, name: code, product: { id: contractId, href: `${apis}/contract/v1/contracts/${contractId}` } },
    accountBalance: [
      { balanceType: 'billed', amount: toMoney(billed) },
      { balanceType: 'due', amount: toMoney(due) },
    ],
    unpaidBills: unpaidInvoices,
  };
}

export const unbilledSchema = z.strictObject({
  product: reference,
  /** Since when the month runs. */
  startDateTime: moment,
  /** Purchases and other charges that the next bill takes. */
  appliedBillingRate: z.array(
    z.strictObject({
      id: z.string(),
      type,
      name: z.string(),
      quantity: z.number().int(),
      date: moment,
      taxExcludedAmount: money,
      taxIncludedAmount: money,
    }),
  ),
  /** `quantity` in seconds, messages or bytes, and what of it the plan included. */
  usage: z.array(
    z.strictObject({
      id: z.string(),
      date: moment,
      usageType: z.string(),
      category: z.string(),
      quantity: z.number(),
      included: z.number(),
      taxIncludedAmount: money,
      realizingResource: z.strictObject({ id: z.string() }).optional(),
    }),
  ),
  /** Of both; the price of the month itself is not in it. */
  taxIncludedAmount: money,
});

/** What is not billed yet of one contract. */
export function unbilledBody(view: UnbilledView, { apis, locale }: Place): z.output<typeof unbilledSchema> {
  const { contractId, since, charges, usage, total } = view;
  return {
    product: { id: contractId, href: `${apis}/contract/v1/contracts/${contractId}` },
    startDateTime: since,
    appliedBillingRate: charges.map(({ id, kind, label, quantity, at, excl, incl }) => ({
      ...{ id, type: kind, name: label[locale], quantity, date: at },
      ...{ taxExcludedAmount: toMoney(excl), taxIncludedAmount: toMoney(incl) },
    })),
    usage: usage.map(({ id, at, type: usageType, category, quantity, included, charge, lineId }) => ({
      ...{ id, date: at, usageType, category, quantity, included, taxIncludedAmount: toMoney(charge) },
      ...(lineId === null ? {} : { realizingResource: { id: lineId } }),
    })),
    taxIncludedAmount: toMoney(total),
  };
}
