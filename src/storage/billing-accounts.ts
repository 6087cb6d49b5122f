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
