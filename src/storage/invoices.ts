// Bills as accounts may see them: those of the contracts that they hold or manage, those of one Account ID, or those of
// all of a group. What an account may not see is not there.
import { type SqlBool, sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { CreditNoteRow, InvoiceLineRow, InvoicePayment, InvoiceRow } from './billing-tables.ts';
import type { Db } from './database.ts';

/** A bill with what it owes and has got now; of a group's, summed over its parts. */
export interface SeenInvoice extends InvoiceRow {
  readonly dueMinor: number;
  readonly receivedMinor: number;
  readonly allSettled: boolean;
}

export interface InvoiceQuery {
  readonly status?: 'unpaid' | 'overdue' | 'paid' | undefined;
  readonly kind?: 'individual' | 'group' | undefined;
  /** Billing account. */
  readonly account?: string | undefined;
  readonly contractId?: string | undefined;
  /** Bills of periods that touch these days in the time zone: `2026-10-31`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly timeZone: string;
  readonly offset: number;
  readonly limit: number;
}

/**
 * The rule of who sees a bill, for an account as `alias` names the invoices in a query.
 * Holder: what was billed to whoever holds the contract now, also after its end · proxy: the same while it lives ·
 * self-care by Account ID: that billing account alone (X103) · by Customer ID: all of the group.
 */
function seenBy(accountId: AccountId) {
  return sql<SqlBool>`(
    exists (
      select 1 from accounts a
        join account_contracts ac on ac.account_id = a.id
        join contracts c on c.id = ac.contract_id
       where a.id = ${accountId} and a.kind = 'main' and a.status = 'active' and c.brand = a.brand
         and c.id = i.contract_id and i.holder_person_id is not distinct from c.holder_person_id
         and (ac.relation = 'holder' or (ac.relation = 'proxy' and c.ended_at is null)))
    or exists (
      select 1 from accounts a
        join billing_accounts b on b.account_id = a.id
       where a.id = ${accountId} and a.status = 'active' and b.id = i.billing_account_id)
    or exists (
      select 1 from accounts a
        join customer_groups g on g.account_id = a.id
       where a.id = ${accountId} and a.status = 'active' and g.id = i.customer_group_id))`;
}

const due = sql<number>`(case i.kind when 'group'
  then (select coalesce(sum(p.total_minor - p.paid_minor - p.credited_minor), 0)::bigint
          from invoices p where p.group_invoice_id = i.id)
  else i.total_minor - i.paid_minor - i.credited_minor end)`;
const received = sql<number>`(case i.kind when 'group'
  then (select coalesce(sum(p.paid_minor + p.credited_minor), 0)::bigint from invoices p where p.group_invoice_id = i.id)
  else i.paid_minor + i.credited_minor end)`;

function seenInvoicesOf(db: Db, accountId: AccountId) {
  return db
    .selectFrom('invoices as i')
    .selectAll('i')
    .select([due.as('dueMinor'), received.as('receivedMinor'), sql<boolean>`${due} = 0`.as('allSettled')])
    .where(seenBy(accountId));
}

/** One page, newest first, and how many there are in all. */
export async function listSeenInvoices(
  db: Db,
  accountId: AccountId,
  { offset, limit, timeZone, ...filter }: InvoiceQuery,
): Promise<{ rows: SeenInvoice[]; total: number }> {
  let found = seenInvoicesOf(db, accountId);
  if (filter.status === 'unpaid') found = found.where(sql<SqlBool>`${due} > 0`);
  if (filter.status === 'overdue') found = found.where(sql<SqlBool>`${due} > 0 and i.due_at < app_now()`);
  if (filter.status === 'paid') found = found.where(sql<SqlBool>`${due} = 0`);
  if (filter.kind !== undefined) found = found.where('i.kind', '=', filter.kind);
  if (filter.account !== undefined) found = found.where('i.billingAccountId', '=', filter.account);
  if (filter.contractId !== undefined) found = found.where('i.contractId', '=', filter.contractId);
  if (filter.from !== undefined)
    found = found.where(sql<SqlBool>`i.period_end > ${filter.from}::date::timestamp at time zone ${timeZone}`);
  if (filter.to !== undefined)
    found = found.where(sql<SqlBool>`i.period_start < (${filter.to}::date + 1)::timestamp at time zone ${timeZone}`);
  const rows = await found
    .orderBy('i.issuedAt', 'desc')
    .orderBy('i.kind')
    .orderBy('i.number', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  const counted = await db
    .selectFrom(found.as('all'))
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { rows, total: Number(counted.total) };
}

/** One of them. */
export async function findSeenInvoice(
  db: Db,
  { accountId, id }: { accountId: AccountId; id: string },
): Promise<SeenInvoice | undefined> {
  return await seenInvoicesOf(db, accountId).where('i.id', '=', id).executeTakeFirst();
}

/** Those of the ids that the account may see; for whoever lets it pay. */
export async function seenInvoices(db: Db, accountId: AccountId, ids: readonly string[]): Promise<SeenInvoice[]> {
  if (ids.length === 0) return [];
  return await seenInvoicesOf(db, accountId).where('i.id', 'in', ids).execute();
}

/** The parts of a group's bill, by Account ID. */
export async function listPartsOf(db: Db, groupInvoiceId: string): Promise<InvoiceRow[]> {
  return await db
    .selectFrom('invoices')
    .selectAll()
    .where('groupInvoiceId', '=', groupInvoiceId)
    .orderBy('accountCode')
    .execute();
}

/** Lines of bills, in their order. */
export async function listInvoiceLines(db: Db, invoiceIds: readonly string[]): Promise<InvoiceLineRow[]> {
  if (invoiceIds.length === 0) return [];
  return await db
    .selectFrom('invoiceLines')
    .selectAll()
    .where('invoiceId', 'in', invoiceIds)
    .orderBy('invoiceId')
    .orderBy('position')
    .execute();
}

/** Payments that were put on bills, oldest first. */
export async function listInvoicePayments(db: Db, invoiceIds: readonly string[]): Promise<InvoicePayment[]> {
  if (invoiceIds.length === 0) return [];
  return await db
    .selectFrom('invoicePayments')
    .selectAll()
    .where('invoiceId', 'in', invoiceIds)
    .orderBy('at')
    .orderBy('paymentId')
    .execute();
}

/** Credit notes on bills, oldest first. */
export async function listCreditNotes(db: Db, invoiceIds: readonly string[]): Promise<CreditNoteRow[]> {
  if (invoiceIds.length === 0) return [];
  return await db
    .selectFrom('creditNotes')
    .selectAll()
    .where('invoiceId', 'in', invoiceIds)
    .orderBy('issuedAt')
    .orderBy('number')
    .execute();
}
