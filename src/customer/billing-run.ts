// The billing run of a month: a bill for each post-paid contract, one for each company over those of its accounts, each
// in one transaction with what it takes and whom it tells. Started twice, or on two nodes at once, it does the rest.
import { newId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import {
  type BillableContract,
  type BillingPeriod,
  billingMonth,
  dueOfGroup,
  hasPendingCharges,
  isBilled,
  listBillableContracts,
  listOptionsToBill,
  listSubscriptionsToBill,
  takeContractToBill,
  takeGroupToBill,
  takeOverdue,
} from '../storage/billing-runs.ts';
import type { InvoiceRow } from '../storage/billing-tables.ts';
import type { ContractRow } from '../storage/contract-tables.ts';
import { listLinesOfContract } from '../storage/contracts.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import { dueOf } from '../storage/invoice-payments.ts';
import { type Charge, chargesOfMonth } from './bill-charges.ts';
import { type BillTellingDeps, tellBill } from './billing-telling.ts';
import { catalogueOf } from './catalogue.ts';
import { billingAccountOf, type IssuingDeps, issueGroupInvoice, issueInvoice } from './issue-invoice.ts';

export interface BillingDeps extends IssuingDeps, BillTellingDeps {
  readonly database: Database;
  readonly audit: Pick<Audit<Tx>, 'invoiceIssued' | 'invoiceCredited'>;
}

export interface BillingRun {
  readonly brand: string;
  /** `2026-10`; default: the last month that is over. */
  readonly month?: string | undefined;
}

export interface BillingResult {
  readonly period: BillingPeriod;
  readonly invoices: number;
  readonly groupInvoices: number;
  readonly currency: string;
  /** Of the individual bills; a group's has no money of its own. */
  readonly totalMinor: number;
}

export class MonthNotOver extends Error {
  override readonly name = 'MonthNotOver';
  constructor() {
    super('the month is not over yet');
  }
}

const batch = 100;

/** Runs it. Throws MonthNotOver. */
export async function runBilling(deps: BillingDeps, { brand, month }: BillingRun): Promise<BillingResult> {
  const { db } = deps.database;
  const { timeZone, currency } = deps.brands.of(brand);
  const period = await billingMonth(db, { timeZone, month });
  if (period.end > (await readAppNow(db))) throw new MonthNotOver();
  const result = { period, currency, invoices: 0, groupInvoices: 0, totalMinor: 0 };
  const groups = new Set<string>();
  for (let after = ''; ; ) {
    const contracts = await listBillableContracts(db, { brand, period, after, limit: batch });
    for (const one of contracts) {
      const { customerGroupId } = one;
      if (customerGroupId !== null && groups.has(customerGroupId)) continue;
      if (customerGroupId !== null) groups.add(customerGroupId);
      const issued = await deps.database.transaction((tx) =>
        customerGroupId === null
          ? billContract(deps, tx, { contractId: one.contractId, period, groupInvoiceId: null })
          : billGroup(deps, tx, { brand, customerGroupId, period }),
      );
      count(result, issued);
    }
    const last = contracts.at(-1);
    if (last === undefined) return result;
    after = last.contractId;
  }
}

function count(result: { invoices: number; groupInvoices: number; totalMinor: number }, issued: readonly InvoiceRow[]) {
  for (const { kind, totalMinor } of issued) {
    if (kind === 'group') result.groupInvoices += 1;
    else {
      result.invoices += 1;
      result.totalMinor += totalMinor;
    }
  }
}

interface ContractMonth {
  readonly contractId: string;
  readonly period: BillingPeriod;
  readonly groupInvoiceId: string | null;
}

/** The bill of one contract, in an array; an empty one if it has its bill already or there is nothing to bill. */
async function billContract(deps: BillingDeps, tx: Tx, { contractId, period, groupInvoiceId }: ContractMonth) {
  const contract = await takeContractToBill(tx, contractId);
  if (contract === undefined || (await isBilled(tx, { contractId, start: period.start }))) return [];
  const charges = await chargesOf(deps, tx, contract, period);
  if (charges.length === 0 && !(await hasPendingCharges(tx, { contractId, until: period.end }))) return [];
  const issuedAt = await readAppNow(tx);
  const account = await billingAccountOf(deps, tx, { contract, createdAt: issuedAt });
  const invoice = await issueInvoice(deps, tx, { account, contract, period, charges, issuedAt, groupInvoiceId });
  // A company hears of its own bill, and the users of its numbers of theirs.
  await tellBill(deps, tx, { invoice, event: 'issued', dueMinor: dueOf(invoice) });
  return [invoice];
}

async function chargesOf(
  { brands }: BillingDeps,
  tx: Tx,
  contract: ContractRow,
  period: BillingPeriod,
): Promise<Charge[]> {
  const { id: contractId, brand, offerId, endedAt } = contract;
  // After its end only what still waits is billed.
  if (endedAt !== null && endedAt <= period.start) return [];
  const { timeZone } = brands.of(brand);
  const options = await listOptionsToBill(tx, { contractId, period });
  const subscriptions = await listSubscriptionsToBill(tx, { contractId, period, timeZone });
  const [line, ...more] = await listLinesOfContract(tx, contractId);
  const lineId = line !== undefined && more.length === 0 ? line.id : null;
  return chargesOfMonth({ catalogue: catalogueOf(brand), offerId, options, subscriptions, period, lineId });
}

interface GroupMonth {
  readonly brand: string;
  readonly customerGroupId: string;
  readonly period: BillingPeriod;
}

async function billGroup(deps: BillingDeps, tx: Tx, { brand, customerGroupId, period }: GroupMonth) {
  const group = await takeGroupToBill(tx, customerGroupId);
  if (group === undefined) return [];
  const contracts = await contractsOfGroup(tx, { brand, customerGroupId, period });
  // Whoever joins later gets a bill apart: the company's stays as it was sent.
  const isLate = await isBilled(tx, { customerGroupId, start: period.start });
  const id = isLate ? null : newId('inv', deps.randomBytes);
  const parts: InvoiceRow[] = [];
  for (const { contractId } of contracts) {
    parts.push(...(await billContract(deps, tx, { contractId, period, groupInvoiceId: id })));
  }
  if (id === null || parts.length === 0) return parts;
  const issuedAt = await readAppNow(tx);
  const invoice = await issueGroupInvoice(deps, tx, { id, brand, group, period, parts, issuedAt });
  await tellBill(deps, tx, { invoice, event: 'issued', dueMinor: invoice.totalMinor });
  return [...parts, invoice];
}

async function contractsOfGroup(tx: Tx, { brand, customerGroupId, period }: GroupMonth): Promise<BillableContract[]> {
  const all: BillableContract[] = [];
  for (let after = ''; ; ) {
    const page = await listBillableContracts(tx, { brand, period, after, limit: batch });
    all.push(...page.filter((one) => one.customerGroupId === customerGroupId));
    const last = page.at(-1);
    if (last === undefined) return all;
    after = last.contractId;
  }
}

/** Tells of bills whose due day is over, each once; to be called again and again, by any node. */
export async function tellOverdueBills(deps: BillTellingDeps & { readonly database: Database }): Promise<void> {
  await deps.database.transaction(async (tx) => {
    for (const invoice of await takeOverdue(tx, 20)) {
      const dueMinor = invoice.kind === 'group' ? await dueOfGroup(tx, invoice.id) : dueOf(invoice);
      if (dueMinor > 0) await tellBill(deps, tx, { invoice, event: 'overdue', dueMinor });
    }
  });
}
