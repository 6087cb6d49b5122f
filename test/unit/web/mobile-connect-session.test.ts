// Who is sent to the login of the service’s own pages, and where it may lead back to.
import { expect, test } from 'vitest';
import type { CustomerSession, CustomerSessions } from '../../../src/authentication/customer-session.ts';
import { createMobileConnectSession, safeReturnPath } from '../../../src/web/mobile-connect-session.ts';
import type { WebContext } from '../../../src/web/web-types.ts';

/** A request to a page, from a browser with a session whose password is recent or not. */
function visit({ fresh, brand = 'exemple' }: { fresh: boolean; brand?: string }) {
  const session = { id: 's', accountId: 'acc_1', brand: 'exemple' } as unknown as CustomerSession;
  const sessions = { find: async () => session, isFresh: () => fresh } as unknown as CustomerSessions;
  const headers = new Map<string, string>();
  const ctx = {
    path: '/mobile-connect/activate',
    status: 200,
    state: { site: { basePath: '', secure: false, brand: { id: brand } } },
    cookies: { get: () => 'a-token-that-is-long-enough-to-be-ours' },
    set: (name: string, value: string) => headers.set(name, value),
  } as unknown as WebContext;
  const guard = { token: () => '', check: () => {} };
  return { ctx, headers, session: createMobileConnectSession(sessions, guard) };
}

test('a session alone is not enough where a recent password is demanded: back to the login (A18)', async () => {
  const { ctx, headers, session } = visit({ fresh: false });
  expect(await session.demand(ctx)).toMatchObject({ accountId: 'acc_1' });
  expect(await session.demand(ctx, { fresh: true })).toBeUndefined();
  expect(ctx.status).toBe(303);
  expect(headers.get('Location')).toBe('/mobile-connect/login?next=%2Fmobile-connect%2Factivate&again=1');
});

test('with a recent password it is enough', async () => {
  const { ctx, session } = visit({ fresh: true });
  expect(await session.demand(ctx, { fresh: true })).toMatchObject({ accountId: 'acc_1' });
});

test('a session of another brand counts for nothing', async () => {
  const { ctx, session } = visit({ fresh: true, brand: 'ile' });
  expect(await session.demand(ctx)).toBeUndefined();
});

test.each([
  '/mobile-connect',
  '/mobile-connect/activate',
  '/mobile-connect/activate/enr_AbC-123_x',
  '/mobile-connect/lost',
])('%s may be gone back to after the login', (path) => {
  expect(safeReturnPath(path)).toBe(path);
});

test.each([
  'https://evil.example/mobile-connect',
  '//evil.example/mobile-connect',
  '/mobile-connect//evil.example',
  '/mobile-connect/..',
  '/mobile-connect/../auth',
  '/mobile-connect?x=1',
  '/mobile-connect/activate\r\nSet-Cookie: a=b',
  '/interaction/abc',
  '',
  undefined,
  ['/mobile-connect'],
])('%j leads to the page of the service instead', (wish) => {
  expect(safeReturnPath(wish)).toBe('/mobile-connect/service');
});
