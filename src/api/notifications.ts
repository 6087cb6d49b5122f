// The notification API (mission 4.13): the customer's notification centre, with names of TMF681 (communication message).
import { z } from 'zod';
import type { NotificationCentre, NotificationView } from '../customer/notification-centre.ts';
import { AppError } from '../errors.ts';
import { pagedAnswer, pageOf } from './lists.ts';
import { type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { listQuery, moment } from './schemas.ts';

const base = '/notification/v1/notifications';

const topic = z.enum(['security', 'billing', 'usage', 'order', 'case', 'proxy', 'info']);
const notificationSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('CommunicationMessage'),
  topic,
  subject: z.string(),
  content: z.string(),
  /** A path of the customer area, where there is more to see. */
  link: z.string().optional(),
  sendTime: moment,
  isRead: z.boolean(),
  readTime: moment.optional(),
});

type Centre = Pick<NotificationCentre, 'list' | 'read' | 'readAll' | 'remove'>;

/** Its routes; none without a centre. */
export function notificationRoutes({ notifications: centre, issuer }: ApiContext): ApiRoute[] {
  if (centre === undefined) return [];
  const href = `${issuer}/api${base}`;
  return [listRoute(centre, href), readRoute(centre, href), readAllRoute(centre), removeRoute(centre)];
}

function listRoute(centre: Centre, href: string): ApiRoute {
  const query = listQuery.extend({ read: z.enum(['true', 'false']).optional(), topic: topic.optional() });
  return {
    ...{ method: 'GET', path: base, scope: 'notification.read', level: 'P' },
    summary: 'What the customer was told, newest first; X-Unread-Count says how many are unread',
    query,
    answers: { 200: z.array(notificationSchema) },
    async handle(call) {
      const wanted = query.parse(Object.fromEntries(call.query));
      const page = pageOf(call.query);
      const read = wanted.read === undefined ? undefined : wanted.read === 'true';
      const { items, total, unread } = await centre.list(call.token.accountId, {
        ...{ locale: call.locale, read, topic: wanted.topic, ...page },
      });
      const body = items.map((one) => bodyOf(one, href));
      const answer = pagedAnswer(body, { ...page, total, href });
      return { ...answer, headers: { ...answer.headers, 'X-Unread-Count': String(unread) } };
    },
  };
}

function readRoute(centre: Centre, href: string): ApiRoute {
  return withInput({
    ...{ method: 'PATCH', path: `${base}/:id`, scope: 'notification.write', level: 'P' },
    summary: 'Mark one as read',
    input: z.strictObject({ isRead: z.literal(true) }),
    answers: { 200: notificationSchema },
    async handle(call) {
      const read = await centre.read(call.token.accountId, idOf(call), call.locale);
      if (read === undefined) throw new AppError('not_found');
      return { body: bodyOf(read, href) };
    },
  });
}

function readAllRoute(centre: Centre): ApiRoute {
  return {
    ...{ method: 'POST', path: '/notification/v1/read-all', scope: 'notification.write', level: 'P' },
    summary: 'Mark all as read; tells how many were not',
    answers: { 200: z.strictObject({ marked: z.number().int() }) },
    async handle({ token }) {
      return { body: { marked: await centre.readAll(token.accountId) } };
    },
  };
}

function removeRoute(centre: Centre): ApiRoute {
  return {
    ...{ method: 'DELETE', path: `${base}/:id`, scope: 'notification.write', level: 'P' },
    summary: 'Remove one; a notice of security only once it was read',
    answers: { 204: null },
    refusals: ['unread'],
    async handle(call) {
      const outcome = await centre.remove(call.token.accountId, idOf(call));
      if (outcome === 'none') throw new AppError('not_found');
      if (outcome === 'unread') throw new AppError('unread');
      return {};
    },
  };
}

function idOf({ params }: Pick<ApiCall, 'params'>): string {
  return params['id'] ?? '';
}

function bodyOf({ id, topic, subject, content, link, sentAt, readAt }: NotificationView, href: string) {
  return {
    ...{ id, href: `${href}/${id}`, '@type': 'CommunicationMessage' as const, topic, subject, content },
    ...(link === undefined ? {} : { link }),
    ...{ sendTime: sentAt, isRead: readAt !== undefined },
    ...(readAt === undefined ? {} : { readTime: readAt }),
  };
}
