// The notification centre of an account: what it was told, and what of it was read.
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { NotificationParams, NotificationRow, NotificationTopic } from './order-tables.ts';

export interface NewNotification {
  readonly id: string;
  readonly accountId: AccountId;
  readonly topic: NotificationTopic;
  readonly key: string;
  readonly params: NotificationParams;
  readonly link: string | null;
  readonly eventId: string;
}

/** Writes one; false if the account was told of this event before, or is closed. */
export async function insertNotification(tx: Tx, { params, ...row }: NewNotification): Promise<boolean> {
  const written = await tx
    .insertInto('notifications')
    .columns(['id', 'accountId', 'topic', 'key', 'params', 'link', 'eventId', 'createdAt'])
    .expression(
      tx
        .selectFrom('accounts')
        .select((eb) => [
          eb.val(row.id).as('id'),
          'accounts.id as accountId',
          eb.val(row.topic).as('topic'),
          eb.val(row.key).as('key'),
          eb.cast<string>(eb.val(JSON.stringify(params)), 'jsonb').as('params'),
          eb.val(row.link).as('link'),
          eb.val(row.eventId).as('eventId'),
          appNow.as('createdAt'),
        ])
        .where('accounts.id', '=', row.accountId)
        .where('accounts.status', '=', 'active'),
    )
    .onConflict((conflict) => conflict.columns(['accountId', 'key', 'eventId']).doNothing())
    .returning('id')
    .execute();
  return written.length === 1;
}

export interface NotificationFilter {
  readonly accountId: AccountId;
  readonly read?: boolean | undefined;
  readonly topic?: NotificationTopic | undefined;
}

/** A page of an account's notifications, newest first, with the length of the whole list and the unread of all. */
export async function listNotificationsOf(
  db: Db,
  { accountId, read, topic, offset, limit }: NotificationFilter & { offset: number; limit: number },
): Promise<{ rows: NotificationRow[]; total: number; unread: number }> {
  let wanted = db.selectFrom('notifications').where('accountId', '=', accountId);
  if (read !== undefined) wanted = wanted.where('readAt', read ? 'is not' : 'is', null);
  if (topic !== undefined) wanted = wanted.where('topic', '=', topic);
  const rows = await wanted
    .selectAll()
    .orderBy('createdAt', 'desc')
    .orderBy('position', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  const all = await wanted.select((eb) => eb.fn.countAll<string | number>().as('n')).executeTakeFirst();
  return { rows, total: Number(all?.n ?? 0), unread: await countUnread(db, accountId) };
}

/** How many an account has not read. */
export async function countUnread(db: Db, accountId: AccountId): Promise<number> {
  const row = await db
    .selectFrom('notifications')
    .select((eb) => eb.fn.countAll<string | number>().as('n'))
    .where('accountId', '=', accountId)
    .where('readAt', 'is', null)
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

interface OneOf {
  readonly accountId: AccountId;
  readonly id: string;
}

/** Marks one as read, the first time; gives it as it is then. */
export async function markNotificationRead(db: Db, { accountId, id }: OneOf): Promise<NotificationRow | undefined> {
  return await db
    .updateTable('notifications')
    .set((eb) => ({ readAt: eb.fn.coalesce('readAt', appNow) }))
    .where('accountId', '=', accountId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** Marks all as read; gives how many were not. */
export async function markAllNotificationsRead(db: Db, accountId: AccountId): Promise<number> {
  const rows = await db
    .updateTable('notifications')
    .set({ readAt: appNow })
    .where('accountId', '=', accountId)
    .where('readAt', 'is', null)
    .returning('id')
    .execute();
  return rows.length;
}

/** Removes one; of security, only what was read. */
export async function deleteNotification(db: Db, { accountId, id }: OneOf): Promise<'deleted' | 'unread' | 'none'> {
  const place = db.deleteFrom('notifications').where('accountId', '=', accountId).where('id', '=', id);
  const rows = await place
    .where((eb) => eb.or([eb('topic', '<>', 'security'), eb('readAt', 'is not', null)]))
    .returning('id')
    .execute();
  if (rows.length === 1) return 'deleted';
  const left = await db
    .selectFrom('notifications')
    .select('id')
    .where('accountId', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
  return left === undefined ? 'none' : 'unread';
}

/** Drops what is older than so many months; of security only what was read. For the purge job. */
export async function purgeNotices(db: Db, months: number): Promise<void> {
  await db
    .deleteFrom('notifications')
    .where('createdAt', '<', sql<Date>`app_now() - make_interval(months => ${months})`)
    .where((eb) => eb.or([eb('topic', '<>', 'security'), eb('readAt', 'is not', null)]))
    .execute();
}
