// What a billing run reads and writes: the month, contracts that get a bill for it, a bill with its lines at once.
import { type Insertable, type SqlBool, sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { BillingAccountRow, Invoice, InvoiceLine, InvoiceRow } from './billing-tables.ts';
import type { ContractRow } from './contract-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { ContractOptionRow, SubscriptionItemRow } from './order-tables.ts';
import type { Person } from './tables.ts';

/** A calendar month in a time zone; `end` is the first moment after it. */
export interface BillingPeriod {
  readonly start: Date;
  readonly end: Date;
}

/** The month `2026-10`; without one the last month that is over by the domain clock, or `monthsAgo` before that. */
export async function billingMonth(
  db: Db,
  { timeZone, month, monthsAgo = 0 }: { timeZone: string; month?: string | undefined; monthsAgo?: number },
): Promise<BillingPeriod> {
  const first =
    month === undefined
      ? sql`date_trunc('month', ${appNow} at time zone ${timeZone}) - make_interval(months => ${monthsAgo + 1})`
      : sql`to_date(${month}, 'YYYY-MM')::timestamp`;
  const { rows } = await sql<BillingPeriod>`
    select (first at time zone ${timeZone}) as start, ((first + interval '1 month') at time zone ${timeZone}) as end
      from (select ${first} as first) as months`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the database gave no month');
  return row;
}

/** The last moment of the day that is so many days after another, in a time zone. */
export async function endOfDayAfter(
  db: Db,
  { at, days, timeZone }: { at: Date; days: number; timeZone: string },
): Promise<Date> {
  const { rows } = await sql<{ end: Date }>`
    select (date_trunc('day', ${at}::timestamptz at time zone ${timeZone}) + make_interval(days => ${days + 1}))
      at time zone ${timeZone} - interval '1 second' as end`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the database gave no day');
  return row.end;
}

export interface BillableContract {
  readonly contractId: string;
  readonly customerGroupId: string | null;
}

/** Post-paid contracts without a bill for the period, by id; `after` is the last one that the caller has seen. */
export async function listBillableContracts(
  db: Db,
  { brand, period, after, limit }: { brand: string; period: BillingPeriod; after: string; limit: number },
): Promise<BillableContract[]> {
  return await db
    .selectFrom('contracts as c')
    .leftJoin('billingAccounts as b', (join) => join.onRef('b.contractId', '=', 'c.id').on('b.closedAt', 'is', null))
    .select(['c.id as contractId', 'b.customerGroupId'])
    .where('c.brand', '=', brand)
    .where('c.payMode', '=', 'postpaid')
    .where('c.id', '>', after)
    .where('c.startedAt', '<', period.end)
    .where(
      sql<SqlBool>`(c.ended_at is null or c.ended_at > ${period.start} or exists (
        select 1 from pending_charges p where p.contract_id = c.id and p.invoice_id is null))`,
    )
    .where(
      sql<SqlBool>`not exists (select 1 from invoices i where i.contract_id = c.id and i.period_start = ${period.start})`,
    )
    .orderBy('c.id')
    .limit(limit)
    .execute();
}

/** Takes a contract for this transaction, in which nobody else bills it. */
export async function takeContractToBill(tx: Tx, contractId: string): Promise<ContractRow | undefined> {
  return await tx.selectFrom('contracts').selectAll().where('id', '=', contractId).forUpdate().executeTakeFirst();
}

/** Takes a group for this transaction, in which nobody else bills it. */
export async function takeGroupToBill(tx: Tx, groupId: string): Promise<{ id: string; name: string } | undefined> {
  return await tx
    .selectFrom('customerGroups')
    .select(['id', 'name'])
    .where('id', '=', groupId)
    .forUpdate()
    .executeTakeFirst();
}

/** True if the contract, or the group, has its bill for the period. */
export async function isBilled(
  tx: Tx,
  { start, ...of }: { start: Date } & ({ contractId: string } | { customerGroupId: string }),
): Promise<boolean> {
  const found = tx.selectFrom('invoices').select('id').where('periodStart', '=', start);
  const one =
    'contractId' in of
      ? found.where('contractId', '=', of.contractId)
      : found.where('customerGroupId', '=', of.customerGroupId).where('kind', '=', 'group');
  return (await one.executeTakeFirst()) !== undefined;
}

/** The open billing account of a contract. */
export async function findBillingAccountOf(db: Db, contractId: string): Promise<BillingAccountRow | undefined> {
  return await db
    .selectFrom('billingAccounts')
    .selectAll()
    .where('contractId', '=', contractId)
    .where('closedAt', 'is', null)
    .executeTakeFirst();
}

/** Ends one: what was billed to it stays. */
export async function closeBillingAccount(tx: Tx, id: string): Promise<void> {
  await tx.updateTable('billingAccounts').set({ closedAt: appNow }).where('id', '=', id).execute();
}

/** True if charges of a contract wait that a bill of the period takes. */
export async function hasPendingCharges(
  db: Db,
  { contractId, until }: { contractId: string; until: Date },
): Promise<boolean> {
  const row = await db
    .selectFrom('pendingCharges')
    .select('id')
    .where('contractId', '=', contractId)
    .where('invoiceId', 'is', null)
    .where('chargedAt', '<', until)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Options that a contract had in a period: by month, and those bought once in it. */
export async function listOptionsToBill(
  db: Db,
  { contractId, period }: { contractId: string; period: BillingPeriod },
): Promise<ContractOptionRow[]> {
  return await db
    .selectFrom('contractOptions')
    .selectAll()
    .where('contractId', '=', contractId)
    .where('since', '<', period.end)
    .where((eb) =>
      eb.or([
        eb.and([eb('recurring', '=', true), eb.or([eb('until', 'is', null), eb('until', '>', period.start)])]),
        eb.and([eb('recurring', '=', false), eb('since', '>=', period.start)]),
      ]),
    )
    .orderBy('since')
    .orderBy('id')
    .execute();
}

/** Subscriptions to partners that a contract had in a period; those by the year in the month of their anniversary. */
export async function listSubscriptionsToBill(
  db: Db,
  { contractId, period, timeZone }: { contractId: string; period: BillingPeriod; timeZone: string },
): Promise<SubscriptionItemRow[]> {
  return await db
    .selectFrom('subscriptionItems')
    .selectAll()
    .where('contractId', '=', contractId)
    .where('status', '<>', 'ended')
    .where('since', '<', period.end)
    .where(
      sql<SqlBool>`(period = 'month' or extract(month from since at time zone ${timeZone})
        = extract(month from ${period.start}::timestamptz at time zone ${timeZone}))`,
    )
    .orderBy('category')
    .orderBy('name')
    .execute();
}

/** Who holds a contract. */
export async function findHolder(
  db: Db,
  personId: string | null,
): Promise<Pick<Person, 'civility' | 'givenName' | 'familyName'> | undefined> {
  if (personId === null) return undefined;
  return await db
    .selectFrom('persons')
    .select(['civility', 'givenName', 'familyName'])
    .where('id', '=', personId)
    .executeTakeFirst();
}

/** Writes a bill and its lines. Throws a unique violation if the account has one for the period. */
export async function insertInvoice(
  tx: Tx,
  invoice: Insertable<Invoice>,
  lines: readonly Omit<Insertable<InvoiceLine>, 'invoiceId' | 'position'>[],
): Promise<InvoiceRow> {
  const row = await tx.insertInto('invoices').values(invoice).returningAll().executeTakeFirstOrThrow();
  if (lines.length > 0) {
    const numbered = lines.map((line, position) => ({ ...line, invoiceId: row.id, position }));
    await tx.insertInto('invoiceLines').values(numbered).execute();
  }
  return row;
}

/** Accounts that hear of a bill: who holds or manages its contract, and self-care for its Account ID or its group. */
export async function listBillRecipients(
  db: Db,
  { contractId, billingAccountId, customerGroupId, kind }: InvoiceRow,
): Promise<AccountId[]> {
  const { rows } = await sql<{ accountId: AccountId }>`
    select a.id as "account_id" from accounts a
     where a.status = 'active' and (
       a.id in (select account_id from account_contracts where contract_id = ${contractId} and relation in ('holder', 'proxy'))
       or a.id in (select account_id from billing_accounts where id = ${billingAccountId})
       or a.id in (select account_id from customer_groups where id = ${customerGroupId} and ${kind}::text = 'group'))
     order by a.id`.execute(db);
  return rows.map(({ accountId }) => accountId);
}

/** Says that somebody has been told of a bill. */
export async function markSent(tx: Tx, invoiceId: string, at: Date): Promise<void> {
  await tx.updateTable('invoices').set({ sentAt: at }).where('id', '=', invoiceId).execute();
}

/** Takes bills whose due day is over and of which nobody has been told that yet; each to one node. */
export async function takeOverdue(tx: Tx, limit: number): Promise<InvoiceRow[]> {
  return await tx
    .updateTable('invoices')
    .set({ overdueToldAt: appNow })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('invoices')
        .select('id')
        .where('settledAt', 'is', null)
        .where('overdueToldAt', 'is', null)
        .where('dueAt', '<', appNow)
        .orderBy('dueAt')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute();
}

/** What the parts of a group's bill still owe. */
export async function dueOfGroup(db: Db, groupInvoiceId: string): Promise<number> {
  const row = await db
    .selectFrom('invoices')
    .select(sql<number>`coalesce(sum(total_minor - paid_minor - credited_minor), 0)::bigint`.as('due'))
    .where('groupInvoiceId', '=', groupInvoiceId)
    .executeTakeFirstOrThrow();
  return row.due;
}
