// The notification centre in the customer area: the page, and the number beside the bell of every page.
import { z } from 'zod';
import type { Area } from './area.ts';
import type { CallApi } from './customer-api.ts';

const notification = z.object({
  id: z.string(),
  topic: z.string(),
  subject: z.string(),
  content: z.string(),
  link: z
    .string()
    .regex(/^\/(?!\/)/)
    .optional()
    .catch(undefined),
  sendTime: z.coerce.date(),
  isRead: z.boolean(),
});
export type NotificationRow = z.output<typeof notification>;

const api = '/notification/v1/notifications';

/** The newest few. */
export async function readNotifications(call: CallApi, limit: number): Promise<NotificationRow[]> {
  return z.array(notification).parse((await call({ path: `${api}?limit=${limit}` })).body);
}

/** How many are unread; undefined when that cannot be known now: no page fails for it. */
export async function countUnread(call: CallApi): Promise<number | undefined> {
  try {
    return (await call({ path: `${api}?read=false&limit=1` })).total;
  } catch {
    return undefined;
  }
}

/** Adds the page and what is done on it. */
export function addNotificationPages(area: Area): void {
  const page = '/notifications';
  area.page(page, async (call) => {
    const notifications = await readNotifications(call.api, 50);
    return { view: 'notifications', title: 'notifications.title', data: { notifications } };
  });
  area.form(`${page}/read-all`, { page }, async ({ api: call }) => {
    await call({ method: 'POST', path: '/notification/v1/read-all' });
    return `${page}?done=all-read`;
  });
  area.form(`${page}/:id/read`, { page }, async ({ api: call, params }) => {
    await call({ method: 'PATCH', path: `${api}/${encodeURIComponent(params['id'] ?? '')}`, body: { isRead: true } });
    return page;
  });
  area.form(`${page}/:id/remove`, { page }, async ({ api: call, params }) => {
    await call({ method: 'DELETE', path: `${api}/${encodeURIComponent(params['id'] ?? '')}` });
    return `${page}?done=removed`;
  });
}
