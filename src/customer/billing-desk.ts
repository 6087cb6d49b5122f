// Bills as accounts read them: lists, one with its lines and taxes, files, what is not billed yet (B13, E10, E11, E18,
// E19, E22). Who may see what is one rule of the database (storage/invoices.ts).
import type { AccountId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { Brands } from '../ops/brands.ts';
import { findGroupOfAccount, listGroupTotals } from '../storage/billing-accounts.ts';
import type { CreditNoteRow, InvoiceLineRow, InvoiceRow } from '../storage/billing-tables.ts';
import { type Database, type Db, readAppNow, type Tx } from '../storage/database.ts';
import { dueOf } from '../storage/invoice-payments.ts';
import {
  findSeenInvoice,
  listCreditNotes,
  listInvoiceLines,
  listInvoicePayments,
  listPartsOf,
  listSeenInvoices,
  type SeenInvoice,
} from '../storage/invoices.ts';
import { taxTotals } from './bill-charges.ts';
import type {
  BillingDesk,
  CreditView,
  GroupAccountView,
  InvoiceDetail,
  InvoiceLineView,
  InvoicePart,
  InvoiceView,
} from './billing-types.ts';
import type { DocumentWriter } from './invoice-document.ts';
import { invoiceState } from './invoice-state.ts';
import { unbilledOf } from './unbilled.ts';

export interface BillingDeskDeps {
  readonly database: Database;
  readonly audit: Pick<Audit<Tx>, 'invoiceDownloaded'>;
  readonly brands: Pick<Brands, 'of'>;
  readonly documents: DocumentWriter;
}

/** Makes it. */
export function createBillingDesk(deps: BillingDeskDeps): BillingDesk {
  const { database, brands } = deps;
  const { db } = database;
  return {
    async list(accountId, { brand, ...filter }) {
      const now = await readAppNow(db);
      const { rows, total } = await listSeenInvoices(db, accountId, { ...filter, timeZone: brands.of(brand).timeZone });
      return { items: rows.map((row) => viewOf(row, now)), total };
    },
    async find(accountId, id) {
      return await detailOf(db, { accountId, id });
    },
    async document(accountId, { id, format, locale }) {
      const invoice = await detailOf(db, { accountId, id });
      if (invoice === undefined) return undefined;
      const written = await deps.documents.write(invoice, { format, locale });
      await database.transaction((tx) => deps.audit.invoiceDownloaded(tx, { accountId, invoiceId: id, format }));
      return written;
    },
    groupAccounts: (accountId) => groupAccounts(deps, accountId),
    unbilled: (accountId) => unbilledOf({ db, brands }, accountId),
  };
}

async function groupAccounts(
  { database: { db }, brands }: BillingDeskDeps,
  accountId: AccountId,
): Promise<GroupAccountView[] | undefined> {
  const group = await findGroupOfAccount(db, accountId);
  if (group === undefined) return undefined;
  const unit = brands.of(group.brand).currency;
  const totals = await listGroupTotals(db, group.id);
  return totals.map(({ id, code, contractId, billedMinor, dueMinor, unpaid }) => ({
    ...{ id, code, contractId, unpaidInvoices: unpaid },
    ...{ billed: { unit, minor: billedMinor }, due: { unit, minor: dueMinor } },
  }));
}

function viewOf(row: SeenInvoice, now: Date): InvoiceView {
  const { id, number, kind, billingAccountId, accountCode, currency: unit } = row;
  return {
    ...{ id, number, kind, state: invoiceState(row, now), contractId: row.contractId ?? undefined },
    billingAccount: billingAccountId === null ? undefined : { id: billingAccountId, code: accountCode ?? '' },
    groupInvoiceId: row.groupInvoiceId ?? undefined,
    ...{ period: { start: row.periodStart, end: row.periodEnd }, issuedAt: row.issuedAt, dueAt: row.dueAt },
    ...{ excl: { unit, minor: row.exclMinor }, tax: { unit, minor: row.taxMinor } },
    ...{ total: { unit, minor: row.totalMinor }, due: { unit, minor: row.dueMinor } },
  };
}

async function detailOf(db: Db, wanted: { accountId: AccountId; id: string }): Promise<InvoiceDetail | undefined> {
  const row = await findSeenInvoice(db, wanted);
  if (row === undefined) return undefined;
  const now = await readAppNow(db);
  const parts = row.kind === 'group' ? await listPartsOf(db, row.id) : [];
  const ids = row.kind === 'group' ? parts.map(({ id }) => id) : [row.id];
  const codes = new Map(parts.map(({ id, accountCode }) => [id, accountCode ?? '']));
  const lines = (await listInvoiceLines(db, ids)).toSorted(byPart(ids)).map((line) => lineOf(line, codes));
  const payments = await listInvoicePayments(db, ids);
  const credits = await listCreditNotes(db, ids);
  const unit = row.currency;
  return {
    ...viewOf(row, now),
    ...{ brand: row.brand, billTo: row.billTo, lines, taxes: taxTotals(lines) },
    parts: parts.map((part) => partOf(part, now)),
    payments: payments.map(({ paymentId, amountMinor, at }) => ({
      paymentId,
      at,
      amount: { unit, minor: amountMinor },
    })),
    credits: credits.map(creditOf),
  };
}

function byPart(ids: readonly string[]) {
  const places = new Map(ids.map((id, place) => [id, place]));
  const placeOf = ({ invoiceId }: InvoiceLineRow) => places.get(invoiceId) ?? 0;
  return (a: InvoiceLineRow, b: InvoiceLineRow) => placeOf(a) - placeOf(b) || a.position - b.position;
}

function lineOf(
  { invoiceId, position: _, unit: _unit, ...line }: InvoiceLineRow,
  codes: ReadonlyMap<string, string>,
): InvoiceLineView {
  return { ...line, accountCode: codes.get(invoiceId) };
}

function partOf(row: InvoiceRow, now: Date): InvoicePart {
  const { id, number, currency: unit, billingAccountId, accountCode } = row;
  const dueMinor = dueOf(row);
  const state = invoiceState({ ...row, dueMinor, receivedMinor: row.paidMinor + row.creditedMinor }, now);
  return {
    ...{ id, number, state, billingAccount: { id: billingAccountId ?? '', code: accountCode ?? '' } },
    ...{ excl: { unit, minor: row.exclMinor }, tax: { unit, minor: row.taxMinor } },
    ...{ total: { unit, minor: row.totalMinor }, due: { unit, minor: dueMinor } },
  };
}

function creditOf({ id, number, issuedAt, reason, currency, totalMinor }: CreditNoteRow): CreditView {
  return { id, number, issuedAt, reason, amount: { unit: currency, minor: totalMinor } };
}
