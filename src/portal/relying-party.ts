// The routes that every relying party on this host has: login, callback, logout, back-channel logout.
// A relying party is a definition (name, prefix, client, parameters) and pages of its own; this is all they share.

import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { createLogoutTokenVerifier, LogoutTokenRefused } from './backchannel-logout.ts';
import { IdentityIncomplete, LevelUnmet, loginProblemOf, loginProblems } from './login-problems.ts';
import { meetsLevel } from './login-words.ts';
import type { CompletedLogin, OidcClient } from './oidc-client.ts';
import { parseOwnPath } from './own-path.ts';
import { localeOf, type Message, type Pages, type Site } from './pages.ts';
import type { Report } from './report.ts';
import { type Claims, type LoginAttempt, randomId, type Session, type Sessions, sameSecret } from './session.ts';
import { startTokens } from './tokens.ts';

export interface RelyingParty {
  readonly site: Site;
  /** What its paths begin with; '' for the portal itself. */
  readonly prefix: string;
  /** Where a login leads when no other page was asked for. */
  readonly landing: string;
  readonly client: OidcClient;
  readonly sessions: Sessions;
  /** Lowest acr that this party lets in, whatever the provider sends. */
  readonly requiredAcr?: string;
  /** Whether what is known of the person is enough; so by default. */
  accepts?(session: Session): boolean;
  /** Parameters of the authorization request; may depend on what the login link says and who is logged in. */
  authorizationParameters(ctx: Context): Readonly<Record<string, string>>;
  /** Where the browser goes after the local session has ended. */
  afterLogout(ctx: Context, session: Session): Promise<string>;
}

export interface LoginDeps {
  readonly baseUrl: string;
  readonly now: () => Date;
  readonly pages: Pages;
  readonly report: Report;
}

/** Adds the login routes of a relying party. */
export function addLoginRoutes(router: Router, party: RelyingParty, deps: LoginDeps): void {
  const { prefix } = party;
  const verifier = createLogoutTokenVerifier({ client: party.client, now: deps.now });
  router.get(`${prefix}/login`, (ctx) => begin(ctx, party, deps));
  router.get(`${prefix}/callback`, (ctx) => complete(ctx, party, deps));
  router.post(`${prefix}/logout`, (ctx) => logout(ctx, party, deps));
  router.post(`${prefix}/backchannel-logout`, async (ctx) => {
    ctx.body = '';
    ctx.status = 200;
    try {
      const order = await verifier.verify(String(formField(ctx, 'logout_token')));
      const ended = party.sessions.endWhere(
        (session) =>
          (order.providerSessionId === undefined || session.providerSessionId === order.providerSessionId) &&
          (order.subject === undefined || session.subject === order.subject),
      );
      deps.report({ event: 'backchannel-logout', site: party.site, ended });
    } catch (error) {
      // Section 2.8: whatever the reason, the answer to a logout that did not happen is 400.
      deps.report({ event: 'backchannel-logout-refused', site: party.site, error });
      const description = error instanceof LogoutTokenRefused ? 'the logout token was refused' : 'the logout failed';
      ctx.status = 400;
      ctx.body = { error: 'invalid_request', error_description: description };
    }
  });
}

async function begin(ctx: Context, party: RelyingParty, deps: LoginDeps): Promise<void> {
  const returnTo = returnPath(ctx.query['returnTo'], party, deps);
  try {
    const parameters = party.authorizationParameters(ctx);
    const { url, secrets } = await party.client.beginLogin({ parameters, locale: localeOf(ctx) });
    party.sessions.beginAttempt(ctx, { ...secrets, returnTo, askedAcr: parameters['acr_values'] });
    redirect(ctx, url.href);
  } catch (error) {
    showProblem(ctx, error, { party, deps, returnTo });
  }
}

async function complete(ctx: Context, party: RelyingParty, deps: LoginDeps): Promise<void> {
  const state = ctx.query['state'];
  // Taken before anything is awaited: a second call with the same address finds nothing.
  const attempt = typeof state === 'string' ? party.sessions.takeAttempt(ctx, state) : undefined;
  if (attempt === undefined) {
    deps.report({ event: 'login-failed', site: party.site, problem: 'expired' });
    deps.pages.showMessage(
      ctx,
      problemMessage('expired', party, { returnTo: party.landing, session: party.sessions.find(ctx) }),
    );
    return;
  }
  try {
    const session = await openSession(ctx.search, attempt, party);
    if (party.requiredAcr !== undefined && !meetsLevel(session.login.acr, party.requiredAcr)) throw new LevelUnmet();
    if (party.accepts?.(session) === false) throw new IdentityIncomplete();
    party.sessions.begin(ctx, session);
    redirect(ctx, attempt.returnTo);
  } catch (error) {
    showProblem(ctx, error, { party, deps, returnTo: attempt.returnTo });
  }
}

async function openSession(search: string, attempt: LoginAttempt, { client }: RelyingParty): Promise<Session> {
  const login = await client.completeLogin(search, attempt);
  const { sub, sid, acr, amr, auth_time: authTime } = login.idClaims;
  return {
    subject: sub,
    providerSessionId: sid,
    idToken: login.idToken,
    login: { acr, amr, at: authTime === undefined ? undefined : new Date(authTime * 1000), asked: attempt.askedAcr },
    approved: login.idClaims.displayed_data,
    scope: login.scope,
    claims: await claimsOf(client, login),
    csrf: randomId(),
    tokens: startTokens(sub, login),
  };
}

/** Userinfo at the login. Whoever has proved who she is is let in even if userinfo fails just now. */
async function claimsOf(client: OidcClient, { accessToken, idClaims }: CompletedLogin): Promise<Claims> {
  return client.readUserInfo(accessToken.value, idClaims.sub).catch(() => ({ sub: idClaims.sub }));
}

async function logout(ctx: Context, party: RelyingParty, deps: LoginDeps): Promise<void> {
  const session = party.sessions.find(ctx);
  if (session === undefined) {
    redirect(ctx, party.prefix === '' ? '/' : party.prefix);
    return;
  }
  if (!sameSecret(session.csrf, formField(ctx, 'csrf'))) {
    const action = { href: party.landing, text: 'action.back' };
    deps.pages.showMessage(ctx, { site: party.site, key: 'form-expired', status: 403, action });
    return;
  }
  party.sessions.end(ctx);
  const { refreshToken } = session.tokens;
  if (refreshToken !== undefined) {
    await party.client.revoke(refreshToken).catch((error: unknown) => {
      deps.report({ event: 'revocation-failed', site: party.site, error });
    });
  }
  try {
    redirect(ctx, await party.afterLogout(ctx, session));
  } catch (error) {
    deps.report({ event: 'logout-incomplete', site: party.site, error });
    const action = { href: party.prefix === '' ? '/' : party.prefix, text: 'action.home' };
    deps.pages.showMessage(ctx, { site: party.site, key: 'logout-incomplete', status: 503, action });
  }
}

interface ProblemContext {
  readonly party: RelyingParty;
  readonly deps: LoginDeps;
  readonly returnTo: string;
}

function showProblem(ctx: Context, error: unknown, { party, deps, returnTo }: ProblemContext): void {
  const problem = loginProblemOf(error);
  if (problem === undefined) throw error;
  deps.report({ event: 'login-failed', site: party.site, problem, error });
  if (loginProblems[problem] === 503) ctx.set('Retry-After', '5');
  deps.pages.showMessage(ctx, problemMessage(problem, party, { returnTo, session: party.sessions.find(ctx) }));
}

function problemMessage(
  problem: keyof typeof loginProblems,
  party: RelyingParty,
  { returnTo, session }: { returnTo: string; session: Session | undefined },
): Message {
  const href = `${party.prefix}/login?${new URLSearchParams({ returnTo })}`;
  return {
    site: party.site,
    key: `problem.${problem}`,
    status: loginProblems[problem],
    action: { href, text: 'action.try-again' },
    person: session && personOf(session),
  };
}

function returnPath(asked: unknown, party: RelyingParty, { baseUrl }: LoginDeps): string {
  const path = parseOwnPath(asked, baseUrl);
  if (path === undefined) return party.landing;
  const [page = ''] = path.split('?');
  const isOfParty = page === party.prefix || page.startsWith(`${party.prefix}/`);
  // Back to a login route would be a circle, or a used-up address.
  const isLoginRoute = /\/(login|callback|logout|backchannel-logout)\/?$/.test(page);
  return isOfParty && !isLoginRoute ? path : party.landing;
}

/** Who is logged in, for the head of a page. */
export function personOf({ claims, csrf }: Session): { name: string; csrf: string } {
  const { name, given_name: givenName, email } = claims;
  const best = [name, givenName, email].find((value) => typeof value === 'string' && value !== '');
  return { name: typeof best === 'string' ? best.slice(0, 80) : '', csrf };
}

/** 303: whatever the method was, the browser asks for the next page with GET. */
export function redirect(ctx: Context, location: string): void {
  ctx.status = 303;
  ctx.redirect(location);
  // Koa repeats the address in the body; the address of a logout carries the ID token.
  ctx.body = '';
}

function formField(ctx: Context, name: string): unknown {
  return formFields(ctx)[name];
}

/** The fields of a posted form; repeated ones count as their first. */
export function formFields(ctx: Context): Readonly<Record<string, string>> {
  const body: unknown = ctx.request.body;
  if (typeof body !== 'object' || body === null) return {};
  const texts = Object.entries(body).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value] as const);
  return Object.fromEntries(texts.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}
