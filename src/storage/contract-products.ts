// What a contract has: its options, subscriptions to partners, how long it is bound; and what orders do to them.
import { sql } from 'kysely';
import { appNow, type Db, type Tx } from './database.ts';
import type { Commitment, ContractOptionRow, SubscriptionItemRow } from './order-tables.ts';

/** Options that a contract has, or gets by an order that is worked on. */
export async function listContractOptions(db: Db, contractId: string): Promise<ContractOptionRow[]> {
  return await db
    .selectFrom('contractOptions')
    .selectAll()
    .where('contractId', '=', contractId)
    .where('until', 'is', null)
    .orderBy('orderedAt')
    .orderBy('id')
    .execute();
}

export interface NewContractOption {
  readonly id: string;
  readonly contractId: string;
  readonly optionId: string;
  readonly unit: string;
  readonly priceMinor: number;
  readonly recurring: boolean;
  readonly orderId: string | null;
  /** In service already, or by its order. */
  readonly since: Date | null;
}

/** Writes one. Throws a unique violation if the contract has it already. */
export async function insertContractOption(tx: Tx, option: NewContractOption): Promise<void> {
  await tx
    .insertInto('contractOptions')
    .values({ ...option, orderedAt: appNow })
    .execute();
}

/** Says which order ends options of a contract. */
export async function markOptionsEnding(
  tx: Tx,
  { contractId, optionIds, orderId }: { contractId: string; optionIds: readonly string[]; orderId: string },
): Promise<void> {
  if (optionIds.length === 0) return;
  await tx
    .updateTable('contractOptions')
    .set({ endingOrderId: orderId })
    .where('contractId', '=', contractId)
    .where('optionId', 'in', optionIds)
    .where('until', 'is', null)
    .execute();
}

/** The order is done: what it adds begins, what it ends is over. */
export async function applyOrderToOptions(tx: Tx, orderId: string): Promise<void> {
  await tx
    .updateTable('contractOptions')
    .set({ since: appNow })
    .where('orderId', '=', orderId)
    .where('since', 'is', null)
    .execute();
  await tx
    .updateTable('contractOptions')
    .set({ until: appNow })
    .where('endingOrderId', '=', orderId)
    .where('until', 'is', null)
    .execute();
}

/** The order is cancelled: nothing of it has been. */
export async function undoOrderOnOptions(tx: Tx, orderId: string): Promise<void> {
  await tx.deleteFrom('contractOptions').where('orderId', '=', orderId).where('since', 'is', null).execute();
  await tx
    .updateTable('contractOptions')
    .set({ endingOrderId: null })
    .where('endingOrderId', '=', orderId)
    .where('until', 'is', null)
    .execute();
}

/** Gives a contract its plan. */
export async function setContractOffer(tx: Tx, contractId: string, offerId: string): Promise<void> {
  await tx.updateTable('contracts').set({ offerId }).where('id', '=', contractId).execute();
}

/** Binds a contract from now on. */
export async function putCommitment(
  tx: Tx,
  { contractId, orderId, months }: { contractId: string; orderId: string; months: number },
): Promise<void> {
  const until = sql<Date>`app_now() + make_interval(months => ${months})`;
  await tx
    .insertInto('commitments')
    .values({ contractId, orderId, renewedAt: appNow, until })
    .onConflict((conflict) => conflict.column('contractId').doUpdateSet({ orderId, renewedAt: appNow, until }))
    .execute();
}

/** How long a contract is bound, if a renewal has bound it. */
export async function findCommitment(db: Db, contractId: string): Promise<Commitment | undefined> {
  return await db.selectFrom('commitments').selectAll().where('contractId', '=', contractId).executeTakeFirst();
}

/** Subscriptions to television, music, reading, games: by category and name. */
export async function listSubscriptionItems(db: Db, contractId: string): Promise<SubscriptionItemRow[]> {
  return await db
    .selectFrom('subscriptionItems')
    .selectAll()
    .where('contractId', '=', contractId)
    .orderBy('category')
    .orderBy('name')
    .execute();
}

/** Writes one. */
export async function insertSubscriptionItem(tx: Tx, item: SubscriptionItemRow): Promise<void> {
  await tx.insertInto('subscriptionItems').values(item).execute();
}
