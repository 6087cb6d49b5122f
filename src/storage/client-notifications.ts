// Notifications to clients and the log of their deliveries (migration 0006). What they say is sealed by the caller.
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import type { ClientNotification, ClientNotificationDelivery } from './notification-tables.ts';

export type NotificationRow = Selectable<ClientNotification>;
export type DeliveryRow = Selectable<ClientNotificationDelivery>;

export type NewNotification = Pick<
  NotificationRow,
  'id' | 'issuer' | 'clientId' | 'requestHash' | 'correlationId' | 'uri' | 'bodySealed'
>;

/** Writes it, once for a request; false when it is there already. */
export async function insertNotification(tx: Tx, notification: NewNotification): Promise<boolean> {
  const rows = await tx
    .insertInto('clientNotifications')
    .values({ ...notification, outcome: 'undecided' })
    .onConflict((conflict) => conflict.columns(['issuer', 'requestHash']).doNothing())
    .returning('id')
    .execute();
  return rows.length === 1;
}

export async function findNotification(db: Db, issuer: string, id: string): Promise<NotificationRow | undefined> {
  return await db
    .selectFrom('clientNotifications')
    .selectAll()
    .where('id', '=', id)
    .where('issuer', '=', issuer)
    .executeTakeFirst();
}

/** Keeps what is to be told, before it is sent for the first time. */
export async function saveNotificationBody(
  db: Db,
  id: string,
  content: { readonly outcome: string; readonly bodySealed: string },
): Promise<void> {
  await db.updateTable('clientNotifications').set(content).where('id', '=', id).execute();
}

export interface DeliveryTry {
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** One word where there was no answer. */
  readonly fault: string | null;
  readonly taken: boolean;
}

/** Notes one try in the log. */
export async function noteDelivery(tx: Tx, id: string, { status, fault, taken }: DeliveryTry): Promise<void> {
  const now = sql<Date>`clock_timestamp()`;
  const row = await tx
    .updateTable('clientNotifications')
    .set((eb) => ({
      deliveries: eb('deliveries', '+', 1),
      lastAt: now,
      lastStatus: status,
      lastFault: fault,
      ...(taken ? { deliveredAt: now } : {}),
    }))
    .where('id', '=', id)
    .returning('deliveries')
    .executeTakeFirst();
  if (row === undefined) return;
  await tx
    .insertInto('clientNotificationDeliveries')
    .values({ notificationId: id, number: row.deliveries, status, fault })
    .execute();
}

/** The newest first; of one client, if named. */
export async function listNotifications(
  db: Db,
  query: { readonly issuer: string; readonly clientId: string | undefined; readonly limit: number },
): Promise<NotificationRow[]> {
  let rows = db.selectFrom('clientNotifications').selectAll().where('issuer', '=', query.issuer);
  if (query.clientId !== undefined) rows = rows.where('clientId', '=', query.clientId);
  return await rows.orderBy('createdAt', 'desc').limit(query.limit).execute();
}

export async function listDeliveries(db: Db, notificationId: string): Promise<DeliveryRow[]> {
  return await db
    .selectFrom('clientNotificationDeliveries')
    .selectAll()
    .where('notificationId', '=', notificationId)
    .orderBy('number')
    .execute();
}

/** Counts one more delivery by hand; undefined when there is nothing left that could be sent. */
export async function takeRedelivery(tx: Tx, issuer: string, id: string): Promise<number | undefined> {
  const row = await tx
    .updateTable('clientNotifications')
    .set((eb) => ({ redeliveries: eb('redeliveries', '+', 1) }))
    .where('id', '=', id)
    .where('issuer', '=', issuer)
    .where('bodySealed', 'is not', null)
    .returning('redeliveries')
    .executeTakeFirst();
  return row?.redeliveries;
}

/** Drops bodies after `bodyHours`, and the log after `days`. */
export async function purgeNotifications(db: Db, { bodyHours, days }: { bodyHours: number; days: number }) {
  await db
    .updateTable('clientNotifications')
    .set({ bodySealed: null })
    .where('bodySealed', 'is not', null)
    .where('createdAt', '<', sql<Date>`clock_timestamp() - make_interval(hours => ${bodyHours})`)
    .execute();
  await db
    .deleteFrom('clientNotifications')
    .where('createdAt', '<', sql<Date>`clock_timestamp() - make_interval(days => ${days})`)
    .execute();
}
