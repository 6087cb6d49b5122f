// Appointments in shops: a time of a shop belongs to one customer, held by an index.
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { AppointmentRow } from './order-tables.ts';

export interface NewAppointment {
  readonly id: string;
  readonly brand: string;
  readonly shopId: string;
  readonly startsAt: Date;
  readonly accountId: AccountId;
  readonly idempotencyKey: string;
}

/** Takes the account for this transaction, so that its appointments can be counted. */
export async function lockAccount(tx: Tx, accountId: AccountId): Promise<void> {
  await tx.selectFrom('accounts').select('id').where('id', '=', accountId).forUpdate().execute();
}

/** Books a time; undefined if it is somebody's already. */
export async function insertAppointment(tx: Tx, appointment: NewAppointment): Promise<AppointmentRow | undefined> {
  return await tx
    .insertInto('appointments')
    .values({ ...appointment, createdAt: appNow })
    .onConflict((conflict) =>
      conflict.columns(['brand', 'shopId', 'startsAt']).where('cancelledAt', 'is', null).doNothing(),
    )
    .returningAll()
    .executeTakeFirst();
}

/** The appointment that this account made with this key. */
export async function findAppointmentByKey(
  tx: Tx,
  { accountId, idempotencyKey }: { accountId: AccountId; idempotencyKey: string },
): Promise<AppointmentRow | undefined> {
  return await tx
    .selectFrom('appointments')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('idempotencyKey', '=', idempotencyKey)
    .executeTakeFirst();
}

/** The times of a shop that are taken, from now on. */
export async function listTakenTimes(db: Db, { brand, shopId }: { brand: string; shopId: string }): Promise<Date[]> {
  const rows = await db
    .selectFrom('appointments')
    .select('startsAt')
    .where('brand', '=', brand)
    .where('shopId', '=', shopId)
    .where('cancelledAt', 'is', null)
    .where('startsAt', '>=', appNow)
    .execute();
  return rows.map(({ startsAt }) => startsAt);
}

/** An account's appointments that are still ahead, soonest first. */
export async function listAppointmentsAhead(db: Db, accountId: AccountId): Promise<AppointmentRow[]> {
  return await db
    .selectFrom('appointments')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('cancelledAt', 'is', null)
    .where('startsAt', '>=', appNow)
    .orderBy('startsAt')
    .execute();
}

/** Gives a time back, as long as it is ahead; undefined if the account has no such appointment. */
export async function cancelAppointment(
  tx: Tx,
  { accountId, id }: { accountId: AccountId; id: string },
): Promise<AppointmentRow | undefined> {
  return await tx
    .updateTable('appointments')
    .set({ cancelledAt: appNow })
    .where('accountId', '=', accountId)
    .where('id', '=', id)
    .where('cancelledAt', 'is', null)
    .where('startsAt', '>=', appNow)
    .returningAll()
    .executeTakeFirst();
}
