// Who gets bills: a billing account for each contract, with the Account ID that is printed on its bills, and groups of
// them for companies. Numbers of bills come from here too.
import { type Insertable, sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { BillingAccount, BillingAccountRow, CustomerGroup, CustomerGroupRow } from './billing-tables.ts';
import type { Db, Tx } from './database.ts';

/** Writes one. Throws a unique violation on a code that is taken, and on a contract that has an open one. */
export async function insertBillingAccount(tx: Tx, account: Insertable<BillingAccount>): Promise<BillingAccountRow> {
  return await tx.insertInto('billingAccounts').values(account).returningAll().executeTakeFirstOrThrow();
}

/** Writes one. */
export async function insertCustomerGroup(tx: Tx, group: Insertable<CustomerGroup>): Promise<void> {
  await tx.insertInto('customerGroups').values(group).execute();
}

/** The open billing account of an Account ID. */
export async function findBillingAccountByCode(
  db: Db,
  { brand, code }: { brand: string; code: string },
): Promise<BillingAccountRow | undefined> {
  return await db
    .selectFrom('billingAccounts')
    .selectAll()
    .where('brand', '=', brand)
    .where('code', '=', code)
    .where('closedAt', 'is', null)
    .executeTakeFirst();
}

/** Lets a self-care account see one billing account. False if another one does already. */
export async function bindBillingAccount(tx: Tx, id: string, accountId: AccountId): Promise<boolean> {
  const rows = await tx
    .updateTable('billingAccounts')
    .set({ accountId })
    .where('id', '=', id)
    .where('accountId', 'is', null)
    .returning('id')
    .execute();
  return rows.length === 1;
}

/** Lets a self-care account see all of a group. False if another one does already. */
export async function bindCustomerGroup(tx: Tx, id: string, accountId: AccountId): Promise<boolean> {
  const rows = await tx
    .updateTable('customerGroups')
    .set({ accountId })
    .where('id', '=', id)
    .where('accountId', 'is', null)
    .returning('id')
    .execute();
  return rows.length === 1;
}

/** The group that an account reads for. */
export async function findGroupOfAccount(db: Db, accountId: AccountId): Promise<CustomerGroupRow | undefined> {
  return await db
    .selectFrom('customerGroups')
    .innerJoin('accounts', 'accounts.id', 'customerGroups.accountId')
    .selectAll('customerGroups')
    .where('accounts.id', '=', accountId)
    .where('accounts.status', '=', 'active')
    .executeTakeFirst();
}

/** The billing accounts of a group, by Account ID. */
export async function listBillingAccountsOfGroup(db: Db, customerGroupId: string): Promise<BillingAccountRow[]> {
  return await db
    .selectFrom('billingAccounts')
    .selectAll()
    .where('customerGroupId', '=', customerGroupId)
    .orderBy('code')
    .execute();
}

/** The next number of a kind (`invoice`, `credit`) of a brand; without gaps, for its row is taken until the end. */
export async function nextNumber(tx: Tx, brand: string, kind: string): Promise<number> {
  const { last } = await tx
    .insertInto('billingCounters')
    .values({ brand, kind, last: 1 })
    .onConflict((conflict) =>
      conflict.columns(['brand', 'kind']).doUpdateSet({ last: sql<number>`billing_counters.last + 1` }),
    )
    .returning('last')
    .executeTakeFirstOrThrow();
  return last;
}

/** Contracts whose bills an account may see, by the rule of `invoices.ts`; a company's with all that are in it. */
export async function listBilledContracts(db: Db, accountId: AccountId): Promise<{ id: string; brand: string }[]> {
  const { rows } = await sql<{ id: string; brand: string }>`
    select c.id, c.brand from contracts c
     where c.ended_at is null and c.pay_mode = 'postpaid' and c.id in (
       select ac.contract_id from account_contracts ac
         join accounts a on a.id = ac.account_id
        where a.id = ${accountId} and a.kind = 'main' and a.status = 'active' and a.brand = c.brand
          and ac.relation in ('holder', 'proxy')
       union
       select b.contract_id from billing_accounts b
         join accounts a on a.id = b.account_id
        where a.id = ${accountId} and a.status = 'active' and b.closed_at is null
       union
       select b.contract_id from billing_accounts b
         join customer_groups g on g.id = b.customer_group_id
         join accounts a on a.id = g.account_id
        where a.id = ${accountId} and a.status = 'active' and b.closed_at is null)
     order by c.id`.execute(db);
  return rows;
}

export interface GroupAccountTotals {
  readonly id: string;
  readonly code: string;
  readonly contractId: string;
  readonly billedMinor: number;
  readonly dueMinor: number;
  readonly unpaid: number;
}

/** The billing accounts of a group by Account ID, with what was billed to each and what of it is not paid. */
export async function listGroupTotals(db: Db, customerGroupId: string): Promise<GroupAccountTotals[]> {
  const { rows } = await sql<GroupAccountTotals>`
    select b.id, b.code, b.contract_id,
           coalesce(sum(i.total_minor), 0)::bigint as billed_minor,
           coalesce(sum(i.total_minor - i.paid_minor - i.credited_minor), 0)::bigint as due_minor,
           count(i.id) filter (where i.settled_at is null)::integer as unpaid
      from billing_accounts b left join invoices i on i.billing_account_id = b.id
     where b.customer_group_id = ${customerGroupId}
     group by b.id order by b.code`.execute(db);
  return rows;
}
