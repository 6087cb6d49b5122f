// Security in the area: where she is logged in, who may read what, what happened.
import { z } from 'zod';
import type { Area, Params } from './area.ts';

const api = '/account/v1/me';

const sessions = z.array(
  z.object({
    id: z.string(),
    kind: z.enum(['browser', 'application']),
    device: z.string().optional(),
    client: z.array(z.string()),
    since: z.coerce.date().optional(),
    lastUsedAt: z.coerce.date().optional(),
    current: z.boolean(),
  }),
);
const consents = z.array(
  // With a line: what its user approved by passing a code on.
  z.object({ id: z.string(), name: z.string(), grantedAt: z.coerce.date(), line: z.string().optional() }),
);
const events = z.array(
  z.object({
    id: z.string(),
    at: z.coerce.date(),
    event: z.string().max(60),
    outcome: z.string(),
    client: z.string().optional(),
    by: z.enum(['customer', 'phone', 'operator', 'system']),
  }),
);

const pageLength = 20;

/** Adds them. */
export function addSecurityPages(area: Area): void {
  area.page('/account/security', async (call) => {
    const { body: open } = await call.api({ path: `${api}/sessions?limit=100` });
    const { body: given } = await call.api({ path: `${api}/consents?limit=100` });
    const offset = offsetOf(call.ctx.query['from']);
    const path = `${api}/security-events?limit=${pageLength}&offset=${offset}`;
    const { body: happened, total = 0 } = await call.api({ path });
    const data = {
      sessions: sessions.parse(open),
      consents: consents.parse(given),
      events: events.parse(happened),
      newer: offset > 0 ? Math.max(0, offset - pageLength) : undefined,
      older: offset + pageLength < total ? offset + pageLength : undefined,
    };
    return { view: 'account-security', title: 'account.security.title', data };
  });
  const options = { page: '/account/security' };
  area.form('/account/security/sessions/:id/end', options, async ({ params, api: call }) => {
    await call({ method: 'DELETE', path: `${api}/sessions/${idOf(params)}` });
    return '/account/security?done=session-ended';
  });
  area.form('/account/security/consents/:id/end', options, async ({ params, api: call }) => {
    await call({ method: 'DELETE', path: `${api}/consents/${idOf(params)}` });
    return '/account/security?done=consent-ended';
  });
}

function offsetOf(from: unknown): number {
  return typeof from === 'string' && /^\d{1,6}$/.test(from) ? Number(from) : 0;
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}
