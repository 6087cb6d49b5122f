// Lines as consumption needs them: what they may do, and what was bought for them.
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { LineRow } from './tables.ts';
import type { ControlCategory, TopUpRow } from './usage-tables.ts';

/** A living line. */
export async function findLine(db: Db, id: string): Promise<LineRow | undefined> {
  return await db
    .selectFrom('lines')
    .selectAll()
    .where('id', '=', id)
    .where('status', '<>', 'terminated')
    .executeTakeFirst();
}

/** Writes what a line may do from now on. */
export async function putControls(
  tx: Tx,
  {
    lineId,
    changedBy,
    controls,
  }: { lineId: string; changedBy: AccountId; controls: ReadonlyMap<ControlCategory, boolean> },
): Promise<void> {
  const rows = [...controls].map(([category, isEnabled]) => ({ lineId, category, isEnabled, changedBy }));
  if (rows.length === 0) return;
  await tx
    .insertInto('usageControls')
    .values(rows.map((row) => ({ ...row, changedAt: appNow })))
    .onConflict((conflict) =>
      conflict.columns(['lineId', 'category']).doUpdateSet((eb) => ({
        isEnabled: eb.ref('excluded.isEnabled'),
        changedBy: eb.ref('excluded.changedBy'),
        changedAt: eb.ref('excluded.changedAt'),
      })),
    )
    .execute();
}

/** The top-up of an intent, by its key. */
export async function findTopUpByKey(
  db: Db,
  { accountId, idempotencyKey }: { accountId: AccountId; idempotencyKey: string },
): Promise<TopUpRow | undefined> {
  return await db
    .selectFrom('topUps')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('idempotencyKey', '=', idempotencyKey)
    .executeTakeFirst();
}

export type NewTopUp = Omit<TopUpRow, 'createdAt'>;

/** Writes one. Throws a unique violation for a key that was used. */
export async function insertTopUp(tx: Tx, topUp: NewTopUp): Promise<TopUpRow> {
  return await tx
    .insertInto('topUps')
    .values({ ...topUp, createdAt: appNow })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** A top-up, locked until the end of the transaction. */
export async function takeTopUp(tx: Tx, id: string): Promise<TopUpRow | undefined> {
  return await tx.selectFrom('topUps').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** One of an account's own. */
export async function findTopUpOf(
  db: Db,
  { accountId, id }: { accountId: AccountId; id: string },
): Promise<TopUpRow | undefined> {
  return await db
    .selectFrom('topUps')
    .selectAll()
    .where('id', '=', id)
    .where('accountId', '=', accountId)
    .executeTakeFirst();
}

export interface TopUpEnd {
  readonly id: string;
  readonly to: 'done' | 'cancelled';
  /** Of the billing month that it counts in. */
  readonly periodStart?: Date;
  /** The key that is free again. */
  readonly idempotencyKey?: string;
}

/** What became of one that waited for its money; undefined if it waits no more. */
export async function endTopUp(tx: Tx, { id, to, ...changes }: TopUpEnd): Promise<TopUpRow | undefined> {
  return await tx
    .updateTable('topUps')
    .set({ ...changes, state: to })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .returningAll()
    .executeTakeFirst();
}
