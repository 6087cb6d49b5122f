// The session cookie of the pages below `/mobile-connect`, their form guard, and the way to the login page and back.
import type { CustomerSession, CustomerSessions, NewCustomerSession } from '../authentication/customer-session.ts';
import { clearOpaqueCookie, findOpaqueCookie, setOpaqueCookie } from './cookies.ts';
import type { Csrf } from './csrf.ts';
import type { WebContext } from './web-types.ts';

export interface MobileConnectSession {
  /** The session of this browser, while it lives. */
  find(ctx: WebContext): Promise<CustomerSession | undefined>;
  /**
   * The same; without one (or, with `fresh`, without a recent password) the browser is sent to the login page and
   * back to this address. Undefined: that answer is given, the caller has nothing left to do.
   */
  demand(ctx: WebContext, options?: { readonly fresh?: boolean }): Promise<CustomerSession | undefined>;
  /** Begins one after a right password, under a new token whatever the browser had before. */
  begin(ctx: WebContext, session: NewCustomerSession): Promise<void>;
  end(ctx: WebContext): Promise<void>;
  isFresh(session: CustomerSession): boolean;
  /** The value of a form's hidden field `csrf`; without a session, for the pages that need none. */
  csrf(ctx: WebContext, session?: CustomerSession): string;
  /** Throws AppError('csrf_failed') unless the field is that of this browser and session. */
  checkCsrf(ctx: WebContext, given: string | undefined, session?: CustomerSession): void;
}

/** Where these pages live, below the path of their issuer. */
export const mobileConnectPath = '/mobile-connect';

/** Makes it over the stored sessions and the guard of all forms. */
export function createMobileConnectSession(sessions: CustomerSessions, guard: Csrf): MobileConnectSession {
  const scope = (session: CustomerSession | undefined): string => `mobile-connect:${session?.id ?? ''}`;
  const find = async (ctx: WebContext): Promise<CustomerSession | undefined> => {
    const token = findOpaqueCookie(ctx, 'customer');
    const session = token === undefined ? undefined : await sessions.find(token);
    return session?.brand === ctx.state.site.brand.id ? session : undefined;
  };
  return {
    find,
    async demand(ctx, { fresh = false } = {}) {
      const session = await find(ctx);
      if (session !== undefined && (!fresh || sessions.isFresh(session))) return session;
      const query = new URLSearchParams({ next: ctx.path.slice(ctx.state.site.basePath.length) });
      if (session !== undefined) query.set('again', '1');
      ctx.status = 303;
      ctx.set('Location', `${ctx.state.site.basePath}${mobileConnectPath}/login?${query}`);
      return undefined;
    },
    async begin(ctx, session) {
      const before = findOpaqueCookie(ctx, 'customer');
      if (before !== undefined) await sessions.end(before);
      setOpaqueCookie(ctx, 'customer', await sessions.begin(session));
    },
    async end(ctx) {
      const token = findOpaqueCookie(ctx, 'customer');
      if (token !== undefined) await sessions.end(token);
      clearOpaqueCookie(ctx, 'customer');
    },
    isFresh: (session) => sessions.isFresh(session),
    csrf: (ctx, session) => guard.token(ctx, scope(session)),
    checkCsrf: (ctx, given, session) => guard.check(ctx, scope(session), given),
  };
}

/** A path of these pages that may be gone back to after the login; anything else becomes `/mobile-connect/service`. */
export function safeReturnPath(wish: unknown): string {
  const own = /^\/mobile-connect(?:\/[A-Za-z0-9_-]{1,64}){0,4}$/;
  return typeof wish === 'string' && own.test(wish) ? wish : `${mobileConnectPath}/service`;
}
