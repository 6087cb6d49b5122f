// Money that goes back: asked for in the transaction that finds it superfluous, sent to the provider until it answers.
import { sql } from 'kysely';
import { appNow, type Db, type Tx } from './database.ts';
import type { RefundRow } from './payment-tables.ts';

export type NewRefund = Pick<RefundRow, 'id' | 'paymentId' | 'itemId' | 'unit' | 'amountMinor' | 'reason'>;

/** Writes that an item's money goes back; once for each item of a payment, a second wish changes nothing. */
export async function insertRefund(tx: Tx, refund: NewRefund): Promise<boolean> {
  const row = await tx
    .insertInto('refunds')
    .values({ ...refund, state: 'requested', nextTryAt: sql<Date>`clock_timestamp()`, createdAt: appNow, doneAt: null })
    .onConflict((conflict) => conflict.columns(['paymentId', 'itemId']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export interface DueRefund extends RefundRow {
  readonly providerReference: string | null;
}

/** Longest time that one call to the provider takes; another node leaves the refund alone for so long. */
const leaseSeconds = 60;

/** Takes one refund that is due, for this process alone for a minute. Uses refunds_due. */
export async function takeDueRefund(db: Db): Promise<DueRefund | undefined> {
  return await db
    .updateTable('refunds')
    .from('payments')
    .set({
      tries: sql`refunds.tries + 1`,
      nextTryAt: sql<Date>`clock_timestamp() + make_interval(secs => ${leaseSeconds} * least(refunds.tries + 1, 30))`,
    })
    .whereRef('payments.id', '=', 'refunds.paymentId')
    .where('refunds.id', '=', (eb) =>
      eb
        .selectFrom('refunds as due')
        .select('due.id')
        .where('due.state', '=', 'requested')
        .where('due.nextTryAt', '<=', sql<Date>`clock_timestamp()`)
        .orderBy('due.nextTryAt')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll('refunds')
    .returning('payments.providerReference')
    .executeTakeFirst();
}

/** Its end; undefined when it has ended already. */
export async function endRefund(tx: Tx, id: string, state: 'done' | 'refused'): Promise<RefundRow | undefined> {
  return await tx
    .updateTable('refunds')
    .set({ state, doneAt: appNow, nextTryAt: null })
    .where('id', '=', id)
    .where('state', '=', 'requested')
    .returningAll()
    .executeTakeFirst();
}

/** Of payments, in the order of their items. */
export async function listRefundsOf(db: Db, paymentIds: readonly string[]): Promise<RefundRow[]> {
  if (paymentIds.length === 0) return [];
  return await db
    .selectFrom('refunds')
    .selectAll()
    .where('paymentId', 'in', paymentIds)
    .orderBy('paymentId')
    .orderBy('itemId')
    .execute();
}
