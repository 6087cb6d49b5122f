// The bank account that invoices are taken from, sealed; and the changes of it that wait for the phone.
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { BankChangeRow } from './account-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';

export interface SealedBankDetails {
  readonly sealed: string;
  readonly changedAt: Date;
}

export async function findBankDetails(db: Db, accountId: AccountId): Promise<SealedBankDetails | undefined> {
  return await db
    .selectFrom('bankDetails')
    .select(['sealed', 'changedAt'])
    .where('accountId', '=', accountId)
    .executeTakeFirst();
}

/** Sets or replaces them. */
export async function putBankDetails(tx: Tx, row: { accountId: AccountId; sealed: string }): Promise<void> {
  await tx
    .insertInto('bankDetails')
    .values({ ...row, changedAt: appNow })
    .onConflict((conflict) => conflict.column('accountId').doUpdateSet({ sealed: row.sealed, changedAt: appNow }))
    .execute();
}

export async function insertBankChange(
  tx: Tx,
  change: { id: string; accountId: AccountId; sealed: string; attemptId: string; lifeSeconds: number },
): Promise<void> {
  const { lifeSeconds, ...row } = change;
  const expiresAt = sql<Date>`app_now() + make_interval(secs => ${lifeSeconds})`;
  await tx
    .insertInto('bankChanges')
    .values({ ...row, createdAt: appNow, expiresAt, appliedAt: null })
    .execute();
}

/** The account's own change. */
export async function findBankChange(
  db: Db,
  { id, accountId }: { id: string; accountId: AccountId },
): Promise<BankChangeRow | undefined> {
  return await db
    .selectFrom('bankChanges')
    .selectAll()
    .where('id', '=', id)
    .where('accountId', '=', accountId)
    .executeTakeFirst();
}

/** Marks the change of an attempt as applied: once, and for the account that the attempt was for. */
export async function takeBankChange(
  tx: Tx,
  { attemptId, accountId }: { attemptId: string; accountId: AccountId },
): Promise<BankChangeRow | undefined> {
  return await tx
    .updateTable('bankChanges')
    .set({ appliedAt: appNow })
    .where('attemptId', '=', attemptId)
    .where('accountId', '=', accountId)
    .where('appliedAt', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

/** Drops changes an hour after their end: what was not approved need not be known. For the purge job. */
export async function purgeBankChanges(db: Db): Promise<void> {
  await db.deleteFrom('bankChanges').where('expiresAt', '<', sql<Date>`app_now() - interval '1 hour'`).execute();
}
