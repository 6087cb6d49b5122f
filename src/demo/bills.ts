// Bills of the demo: for the months before this one, made as a run makes them, some paid, one open, one overdue.
import { type Charge, chargesOfMonth } from '../customer/bill-charges.ts';
import { catalogueOf } from '../customer/catalogue.ts';
import {
  billingAccountOf,
  daysToPay,
  type IssuingDeps,
  issueGroupInvoice,
  issueInvoice,
} from '../customer/issue-invoice.ts';
import {
  type BillingPeriod,
  billingMonth,
  endOfDayAfter,
  listOptionsToBill,
  listSubscriptionsToBill,
  markSent,
  takeContractToBill,
} from '../storage/billing-runs.ts';
import type { InvoiceRow } from '../storage/billing-tables.ts';
import { setContractOffer } from '../storage/contract-products.ts';
import type { ContractRow } from '../storage/contract-tables.ts';
import { listLinesOfContract } from '../storage/contracts.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { settleInvoice } from '../storage/invoice-payments.ts';
import { insertPendingCharge } from '../storage/pending-charges.ts';

/** How the bill of a month stands. */
type Standing = 'paid' | 'open' | 'overdue';

export interface DemoBills {
  readonly contractRef: string;
  /** The last month first. */
  readonly months: readonly Standing[];
  /** Besides what the month costs, by place in `months`. */
  readonly more?: ReadonlyMap<number, readonly Charge[]>;
  /** Of a contract that has no plan. */
  readonly offerId?: string;
  /** The company that it is billed with. */
  readonly group?: string;
  /** Bought, and not billed yet. */
  readonly waiting?: readonly (Charge & { readonly source: string })[];
}

function abroadOf(minor: number): Charge {
  const label = { fr: 'Appels vers l’étranger', en: 'Calls abroad' };
  return { kind: 'out_of_bundle', minor, includesTax: true, taxCategory: 'standard', label };
}
const abroad = abroadOf(412);
const topUp: Charge = {
  ...{ kind: 'topup', minor: 600, includesTax: true, taxCategory: 'standard' },
  label: { fr: 'Recharge 2 Go', en: 'Top-up 2 GB' },
};
const caseAndGlass: Charge = {
  ...{ kind: 'deferred', minor: 3490, includesTax: true, taxCategory: 'standard' },
  label: { fr: 'Coque et verre de protection', en: 'Case and protective glass' },
};

/** By contract. */
export const demoBills: readonly DemoBills[] = [
  {
    contractRef: 'K200001',
    months: ['open', 'overdue', 'paid', 'paid', 'paid', 'paid'],
    more: new Map([
      [0, [topUp]],
      [2, [abroad]],
    ]),
    waiting: [{ ...caseAndGlass, source: 'demo:case' }],
  },
  { contractRef: 'K200002', months: ['open'] },
  { contractRef: 'K200003', months: ['open', 'paid'] },
  { contractRef: 'K200004', months: ['open', 'paid'], more: new Map([[0, [abroad]]]) },
  { contractRef: 'K200005', months: ['open', 'paid'] },
  { contractRef: 'K200006', months: ['overdue', 'paid'] },
  { contractRef: 'K200007', months: ['open'] },
  { contractRef: 'K200008', months: ['open', 'paid'] },
  { contractRef: 'K200009', months: ['open', 'paid'] },
  { contractRef: 'K200010', months: ['open'] },
];

/** Those of brand `ile`, whose contracts have no plan of their own in the demo. */
export const ileBills: readonly DemoBills[] = [
  { contractRef: 'M200101', months: ['open', 'paid'], offerId: 'ile-business-40', group: 'Sucrerie du Morne' },
  {
    ...{ contractRef: 'M200102', months: ['open', 'paid'], offerId: 'ile-business-40', group: 'Sucrerie du Morne' },
    more: new Map([[0, [abroadOf(18_350)]]]),
  },
  { contractRef: 'M200103', months: ['open', 'paid'], offerId: 'ile-postpay-20', group: 'Sucrerie du Morne' },
  { contractRef: 'M200201', months: ['open', 'paid'], offerId: 'ile-postpay-20' },
  { contractRef: 'M200202', months: ['open'], offerId: 'ile-postpay-5' },
];

export interface DemoBillingDeps extends Omit<IssuingDeps, 'audit'> {
  readonly idFor: (prefix: string, name: string) => string;
}

const day = 86_400_000;

// What was loaded is no event.
const unheard: IssuingDeps['audit'] = { invoiceIssued: async () => {} };

/** Writes bills of contracts that are there; of contracts that are not, none. */
export async function writeDemoBills(deps: DemoBillingDeps, tx: Tx, bills: readonly DemoBills[]): Promise<void> {
  const now = await readAppNow(tx);
  // Oldest first, so that numbers grow with time.
  for (let monthsAgo = 5; monthsAgo >= 0; monthsAgo -= 1) await writeMonths(deps, tx, { bills, monthsAgo, now });
  for (const one of bills) await writeWaiting(deps, tx, one);
}

interface DemoMonths {
  readonly bills: readonly DemoBills[];
  readonly monthsAgo: number;
  readonly now: Date;
}

async function writeMonths(deps: DemoBillingDeps, tx: Tx, { bills, monthsAgo, now }: DemoMonths): Promise<void> {
  const parts = new Map<string, InvoiceRow[]>();
  for (const one of bills.filter(({ months }) => monthsAgo < months.length)) {
    const { group } = one;
    const groupInvoiceId = group === undefined ? null : deps.idFor('inv', `${group} ${monthsAgo}`);
    const invoice = await writeMonth(deps, tx, { one, groupInvoiceId, monthsAgo, now });
    if (invoice === undefined || group === undefined) continue;
    parts.set(group, [...(parts.get(group) ?? []), invoice]);
  }
  for (const [name, some] of parts) await writeGroup(deps, tx, { name, parts: some });
}

async function writeGroup(
  deps: DemoBillingDeps,
  tx: Tx,
  { name, parts }: { name: string; parts: readonly InvoiceRow[] },
): Promise<void> {
  const [first] = parts;
  if (first?.groupInvoiceId == null) return;
  const { brand, groupInvoiceId: id, issuedAt, dueAt } = first;
  const period = { start: first.periodStart, end: first.periodEnd };
  const group = { id: deps.idFor('cgr', name), name };
  await issueGroupInvoice({ ...deps, audit: unheard }, tx, { id, brand, group, period, parts, issuedAt, dueAt });
  await markSent(tx, id, issuedAt);
}

interface DemoMonth {
  readonly one: DemoBills;
  readonly groupInvoiceId: string | null;
  readonly monthsAgo: number;
  readonly now: Date;
}

async function writeMonth(deps: DemoBillingDeps, tx: Tx, month: DemoMonth): Promise<InvoiceRow | undefined> {
  const { one, groupInvoiceId, monthsAgo, now } = month;
  const contract = await takeContractToBill(tx, deps.idFor('ctr', one.contractRef));
  if (contract === undefined) return undefined;
  if (contract.offerId === null && one.offerId !== undefined) await setContractOffer(tx, contract.id, one.offerId);
  const { timeZone } = deps.brands.of(contract.brand);
  const period = await billingMonth(tx, { timeZone, monthsAgo });
  const standing = one.months[monthsAgo] ?? 'paid';
  const account = await billingAccountOf(deps, tx, { contract, createdAt: period.start });
  const bought = new Date(period.start.getTime() + 11.5 * day);
  const more = (one.more?.get(monthsAgo) ?? []).map((charge) => ({ ...charge, startsAt: bought }));
  const offerId = contract.offerId ?? one.offerId ?? null;
  const charges = [...(await chargesOf(deps, tx, { contract: { ...contract, offerId }, period, now })), ...more];
  const issuedAt = period.end;
  // One that is open stays so for a few days whatever day of the month it is.
  const usual = await endOfDayAfter(tx, { at: issuedAt, days: daysToPay, timeZone });
  const later = await endOfDayAfter(tx, { at: now, days: 5, timeZone });
  const dueAt = standing === 'open' && later > usual ? later : usual;
  const invoice = await issueInvoice({ ...deps, audit: unheard }, tx, {
    ...{ account, contract, period, charges, issuedAt, dueAt, groupInvoiceId, withoutPending: true },
  });
  await markSent(tx, invoice.id, issuedAt);
  const paid = { invoiceId: invoice.id, paymentId: `debit_${invoice.number}`, amountMinor: invoice.totalMinor };
  if (standing === 'paid') await settleInvoice(tx, { ...paid, at: new Date(issuedAt.getTime() + 12 * day) });
  return invoice;
}

async function chargesOf(
  { brands }: DemoBillingDeps,
  tx: Tx,
  { contract, period, now }: { contract: ContractRow; period: BillingPeriod; now: Date },
): Promise<Charge[]> {
  const { id: contractId, brand, offerId } = contract;
  // Contracts of the demo began when it was loaded, and their bills before that.
  const running = { start: period.start, end: new Date(now.getTime() + day) };
  const [line, ...others] = await listLinesOfContract(tx, contractId);
  return chargesOfMonth({
    ...{ catalogue: catalogueOf(brand), offerId, period, lineId: others.length === 0 ? (line?.id ?? null) : null },
    options: await listOptionsToBill(tx, { contractId, period: running }),
    subscriptions: await listSubscriptionsToBill(tx, {
      ...{ contractId, period: running, timeZone: brands.of(brand).timeZone },
    }),
  });
}

async function writeWaiting(deps: DemoBillingDeps, tx: Tx, { contractRef, waiting = [] }: DemoBills): Promise<void> {
  if (waiting.length === 0) return;
  const contract = await takeContractToBill(tx, deps.idFor('ctr', contractRef));
  if (contract === undefined) return;
  for (const { source, minor, ...charge } of waiting) {
    const amount = { unit: deps.brands.of(contract.brand).currency, minor };
    await insertPendingCharge(tx, { ...charge, contractId: contract.id, amount, sourceId: source });
  }
}
