// Staff operations on notifications to clients: what was told, how often it was tried, and once more. Never a token.
import { z } from 'zod';
import { type AdminContext, adminOperation } from './admin-operations-type.ts';
import { AppError } from './errors.ts';
import {
  findNotification,
  listDeliveries,
  listNotifications,
  type NotificationRow,
} from './storage/client-notifications.ts';

const ofOne = z.strictObject({ id: z.string().min(1).max(64) });

async function found({ database: { db }, secrets }: AdminContext, id: string): Promise<NotificationRow> {
  const { oidc } = await secrets();
  const row = await findNotification(db, oidc.issuer, id);
  if (row === undefined) throw new AppError('not_found', { detail: 'there is no such notification' });
  return row;
}

function view(row: NotificationRow) {
  const { id, clientId, correlationId, uri, outcome, createdAt, deliveries, redeliveries, deliveredAt } = row;
  const { lastAt, lastStatus, lastFault } = row;
  return {
    ...{ id, clientId, correlationId, uri, outcome, createdAt, deliveries, redeliveries, deliveredAt },
    ...{ lastAt, lastStatus, lastFault, canBeSent: row.bodySealed !== null },
  };
}

/** All of them. */
export const notificationOperations = [
  adminOperation(
    'notification.list',
    z.strictObject({ clientId: z.string().max(256).optional(), limit: z.int().min(1).max(500).default(50) }),
    async ({ database, secrets }, { clientId, limit }) => {
      const { oidc } = await secrets();
      const rows = await listNotifications(database.db, { issuer: oidc.issuer, clientId, limit });
      return { issuer: oidc.issuer, notifications: rows.map(view) };
    },
  ),
  adminOperation('notification.show', ofOne, async (context, { id }) => {
    const row = await found(context, id);
    const tries = await listDeliveries(context.database.db, id);
    return { ...view(row), tries: tries.map(({ number, at, status, fault }) => ({ number, at, status, fault })) };
  }),
  adminOperation('notification.redeliver', ofOne, async (context, { id }) => {
    const row = await found(context, id);
    if (context.redeliver === undefined || !(await context.redeliver(id))) {
      throw new AppError('conflict', { detail: 'what the notification said is not kept any more' });
    }
    await context.database.transaction((tx) => context.audit.adminAction(tx, { operation: 'notification.redeliver' }));
    return { redelivering: row.id };
  }),
];
