// Who is logged in at one relying party: sessions on the server, an opaque id in a cookie, and logins under way.
// Tokens stay here; no cookie and no page ever carries one. Nothing survives a restart: one logs in again, silently.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { createExpiringStore, type ExpiringStore } from './expiring-store.ts';
import type { LoginFacts } from './login-words.ts';
import type { SessionTokens } from './tokens.ts';

/** Claims about a person, as userinfo gave them. */
export type Claims = Readonly<Record<string, unknown>>;

export interface Session {
  /** `sub` of the person for this client. */
  readonly subject: string;
  /** `sid` of the provider's session, by which it can end ours (back-channel logout). */
  readonly providerSessionId: string | undefined;
  /** Sent back once, as the hint of the logout. */
  readonly idToken: string;
  readonly login: LoginFacts & { readonly at: Date | undefined; readonly asked: string | undefined };
  /** What the person read on her phone when she approved, where the provider gives a receipt of it. */
  readonly approved: string | undefined;
  /** Scope that was granted, where the provider said so. */
  readonly scope: string | undefined;
  /** What userinfo said at the login. */
  readonly claims: Claims;
  readonly csrf: string;
  readonly tokens: SessionTokens;
}

/** A login that has left for the provider and has not come back. */
export interface LoginAttempt {
  /** Value of the cookie of the browser that began it. */
  readonly browser: string;
  readonly state: string;
  readonly nonce: string;
  /** Undefined for a client without PKCE. */
  readonly codeVerifier: string | undefined;
  readonly returnTo: string;
  /** Least acr asked for, if one was. */
  readonly askedAcr: string | undefined;
}

const idleSeconds = 60 * 60;
const maxAgeSeconds = 12 * 60 * 60;
const attemptSeconds = 15 * 60;
const maxSessions = 10_000;
const idPattern = /^[\w-]{43}$/;

export interface SessionsOptions {
  /** Name of the relying party; cookies carry it, so that two on one host never mix. */
  readonly name: string;
  /** The part of the host that its cookies go to; the whole of it by default. */
  readonly path?: string;
  /** Whether browsers reach the portal by https: then cookies are Secure and host-bound. */
  readonly secure: boolean;
  readonly now: () => Date;
}

export interface Sessions {
  find(ctx: Context): Session | undefined;
  /** Begins a session under a fresh id and ends the one that this browser had before. */
  begin(ctx: Context, session: Session): void;
  end(ctx: Context): void;
  /** Ends every session for which the test says yes, whatever browser it is in; returns how many. */
  endWhere(test: (session: Session) => boolean): number;
  /** Notes a login under way and ties it to this browser. */
  beginAttempt(ctx: Context, attempt: Omit<LoginAttempt, 'browser'>): void;
  /** Gives out the login with this `state` once, and only to the browser that began it. */
  takeAttempt(ctx: Context, state: string): LoginAttempt | undefined;
}

/** A random value of 256 bits for cookies and forms. */
export function randomId(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares two secrets in constant time; what is not a string is never equal. */
export function sameSecret(expected: string, given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Creates the session store of one relying party. */
export function createSessions({ name, path = '/', secure, now }: SessionsOptions): Sessions {
  const sessions = createExpiringStore<Session>({ now, maxEntries: maxSessions, idleSeconds, maxAgeSeconds });
  // Apart from the sessions: whoever only ever starts logins cannot push out people who are logged in.
  const attempts: ExpiringStore<LoginAttempt> = createExpiringStore({
    now,
    maxEntries: maxSessions,
    idleSeconds: attemptSeconds,
    maxAgeSeconds: attemptSeconds,
  });
  // The stronger prefix is for the whole host only.
  const prefix = secure ? (path === '/' ? '__Host-' : '__Secure-') : '';
  const sessionCookie = `${prefix}exemple_${name}`;
  const loginCookie = `${prefix}exemple_${name}_login`;

  function readId(ctx: Context, cookie: string): string | undefined {
    const id = ctx.cookies.get(cookie);
    return id !== undefined && idPattern.test(id) ? id : undefined;
  }

  function writeId(ctx: Context, cookie: string, { value, maxAge }: { value: string | null; maxAge?: number }): void {
    // Behind a proxy that ends TLS the socket is plain; the base URL says what the browser sees.
    ctx.cookies.secure = secure;
    const life = maxAge === undefined ? {} : { maxAge: maxAge * 1000 };
    ctx.cookies.set(cookie, value, { httpOnly: true, sameSite: 'lax', path, secure, overwrite: true, ...life });
  }

  function end(ctx: Context): void {
    const id = readId(ctx, sessionCookie);
    if (id !== undefined) sessions.delete(id);
    writeId(ctx, sessionCookie, { value: null });
  }

  return {
    find(ctx) {
      const id = readId(ctx, sessionCookie);
      return id === undefined ? undefined : sessions.find(id);
    },
    begin(ctx, session) {
      end(ctx);
      const id = randomId();
      sessions.set(id, session);
      writeId(ctx, sessionCookie, { value: id });
    },
    end,
    endWhere: (test) => sessions.deleteWhere(test),
    beginAttempt(ctx, attempt) {
      // Kept over several tabs: each has its own `state`, all belong to the same browser.
      const browser = readId(ctx, loginCookie) ?? randomId();
      attempts.set(attempt.state, { ...attempt, browser });
      writeId(ctx, loginCookie, { value: browser, maxAge: attemptSeconds });
    },
    takeAttempt(ctx, state) {
      const browser = readId(ctx, loginCookie);
      const attempt = attempts.find(state);
      if (browser === undefined || attempt === undefined || !sameSecret(attempt.browser, browser)) return undefined;
      return attempts.take(state);
    },
  };
}
