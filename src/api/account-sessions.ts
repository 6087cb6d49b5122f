// Sessions and devices of the account API, with revocation; and what happened to the account (mission 4.6).
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { AccountId } from '../identifiers.ts';
import { listAnswer, pagedAnswer, pageOf } from './lists.ts';
import type { ApiContext, ApiRoute } from './route-types.ts';
import { listQuery, moment } from './schemas.ts';

/** What the routes are made from; `oidc/sessions.ts` has it. */
export interface SessionDesk {
  list(accountId: AccountId, current: string | undefined): Promise<readonly ASession[]>;
  end(accountId: AccountId, id: string): Promise<boolean>;
}

interface ASession {
  readonly id: string;
  readonly kind: 'browser' | 'application';
  readonly device: string | undefined;
  readonly clients: readonly string[];
  readonly since: Date | undefined;
  readonly lastUsedAt: Date | undefined;
  readonly current: boolean;
}

const sessionSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('Session'),
  /** `browser`: a login at the provider · `application`: a service that stays connected without one. */
  kind: z.enum(['browser', 'application']),
  device: z.string().optional(),
  client: z.array(z.string()),
  since: moment.optional(),
  lastUsedAt: moment.optional(),
  /** The one that this very request came from. */
  current: z.boolean(),
});

const eventSchema = z.strictObject({
  id: z.string(),
  at: moment,
  event: z.string(),
  outcome: z.enum(['success', 'failure']),
  client: z.string().optional(),
  by: z.enum(['customer', 'phone', 'operator', 'system']),
});

/** Its routes; each kind where there is a desk for it. */
export function sessionRoutes(context: ApiContext): ApiRoute[] {
  return [...ownSessions(context), ...eventRoutes(context)];
}

function ownSessions({ sessions, issuer }: ApiContext): ApiRoute[] {
  if (sessions === undefined) return [];
  const path = '/account/v1/me/sessions';
  const href = `${issuer}/api${path}`;
  return [
    {
      ...{ method: 'GET', path, scope: 'account.read', level: 'P' },
      summary: 'Where the customer is logged in',
      query: listQuery,
      answers: { 200: z.array(sessionSchema) },
      async handle({ token, query }) {
        const found = await sessions.list(token.accountId, token.session);
        const body = found.map((one) => sessionBody(one, href));
        return listAnswer(body, { query, href });
      },
    },
    {
      ...{ method: 'DELETE', path: `${path}/:id`, scope: 'account.write', level: 'P' },
      summary: 'End a session: its tokens end with it, and the services hear of it',
      answers: { 204: null },
      async handle({ token, params }) {
        if (!(await sessions.end(token.accountId, params['id'] ?? ''))) throw new AppError('not_found');
        return {};
      },
    },
  ];
}

function eventRoutes({ account: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const path = '/account/v1/me/security-events';
  return [
    {
      ...{ method: 'GET', path, scope: 'account.read', level: 'P' },
      summary: 'What happened to the account, newest first',
      query: listQuery,
      answers: { 200: z.array(eventSchema) },
      async handle({ token, query }) {
        const page = pageOf(query);
        const { items, total } = await desk.securityEvents(token.accountId, page);
        const body = items.map(({ client, ...event }) => ({ ...event, ...(client === undefined ? {} : { client }) }));
        return pagedAnswer(body, { ...page, total, href: `${issuer}/api${path}` });
      },
    },
  ];
}

function sessionBody({ id, kind, device, clients, since, lastUsedAt, current }: ASession, list: string) {
  return {
    ...{ id, href: `${list}/${id}`, '@type': 'Session', kind, client: clients, current },
    ...(device === undefined ? {} : { device }),
    ...(since === undefined ? {} : { since }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
  };
}
