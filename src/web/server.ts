// The browser's side of the provider: one Koa app for all issuers, its order readable below.
//
// Wiring: `const pages = createPages({ texts: createTexts() })` first; `createProviderPages({ pages, issuer, brand })`
// gives the library its logout and error pages; then `createWebApp`. The library must run with `proxy = true` and the
// same cookie keys: forwarding headers that reach it are already cleaned.

import type Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import mount from 'koa-mount';
import { traceErrors } from '../oidc/trace.ts';
import type { Log } from '../ops/log.ts';
import { logRequests, type ObserveRequest, traceRequests } from './access-log.ts';
import { createApiDocs } from './api-docs.ts';
import { serveBrandSheets } from './brand-sheet.ts';
import { createContestPages } from './contest-pages.ts';
import { createCsrf } from './csrf.ts';
import { createDeveloperPages } from './developers.ts';
import { answerErrors, refuseUnmatched } from './error-pages.ts';
import type { FlowPagesDeps } from './flow-pages.ts';
import { showHome } from './home-page.ts';
import { createLinePages } from './line-pages.ts';
import { createLiveFlow } from './live-flow.ts';
import { createLiveStatus, type LiveStatusDeps } from './live-status.ts';
import { switchLanguage } from './locale.ts';
import { createLoginPages } from './login-pages.ts';
import { createMobileConnectPages } from './mobile-connect-pages.ts';
import { createMobileConnectSession } from './mobile-connect-session.ts';
import { createOpenAccountPages } from './open-account-pages.ts';
import { createPasswordResetPages } from './password-reset-pages.ts';
import { believeProxies, type CertificateHeaders } from './proxies.ts';
import { noteRefusals } from './refusal-notes.ts';
import { createRegistrationPages } from './registration-pages.ts';
import type { Pages } from './render.ts';
import { createResetPages } from './reset-pages.ts';
import { setSecurityHeaders } from './security.ts';
import { acceptWellKnownFirst, chooseSite, isBelow, pinIssuer, toSite } from './sites.ts';
import type { Site, WebIssuer, WebLimits, WebMiddleware, WebState } from './web-types.ts';

export interface WebAppDeps {
  /** At least one, and one of them at the root. */
  readonly issuers: readonly WebIssuer[];
  readonly pages: Pages;
  readonly log: Log;
  /** Counts and times each request. */
  readonly observe?: ObserveRequest | undefined;
  /** Told of each browser that waits for a phone. */
  readonly onWaiting?: LiveStatusDeps['onWaiting'];
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  /** `cookies`: the provider's own keys, newest first · `csrf`: 32 bytes, the same on every node. */
  readonly keys: { readonly cookies: readonly string[]; readonly csrf: Buffer };
  /** Addresses and CIDRs whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. */
  readonly trustedProxies: readonly string[];
  /** Headers in which they hand on clients' certificates; none without it. */
  readonly certificates?: CertificateHeaders | undefined;
  readonly limits: WebLimits;
  /** Aborted when the server stops. */
  readonly closing: AbortSignal;
}

/** Builds the app; listening is the caller's. Throws for a trusted proxy that is no address. */
export function createWebApp(deps: WebAppDeps): Koa<WebState> {
  const { issuers, pages, log, now, randomBytes } = deps;
  const served = issuers.map((one) => ({ ...one, site: toSite(one) }));
  const sites = served.map(({ site }) => site);
  const app = new Koa<WebState>();
  app.proxy = true;
  app.keys = [...deps.keys.cookies];
  app.on('error', (error: unknown) => noteBrokenAnswer(log, error));

  app.use(traceRequests(randomBytes));
  app.use(believeProxies(deps.trustedProxies, deps.certificates));
  app.use(chooseSite(sites));
  app.use(logRequests({ log, now, observe: deps.observe }));
  app.use(setSecurityHeaders({ secure: sites.some(({ secure }) => secure) }));
  app.use(answerErrors({ pages, log }));
  app.use(noteRefusals(({ state }) => served.find(({ site }) => site === state.site)?.developers?.note));
  app.use(traceErrors);
  app.use(pinIssuer());
  app.use(refuseUnmatched());
  app.use(pages.assets.serve);
  app.use(serveBrandSheets(sites.map(({ brand }) => brand)));
  app.use(acceptWellKnownFirst(sites));
  app.use(perSite(served, ({ site, api }) => (api === undefined ? passOn : apiOf(site, api))));
  app.use(switchLanguage());
  app.use(showHome(pages));
  for (const router of loginRouters(deps, served)) app.use(router.routes()).use(router.allowedMethods());
  app.use(perSite(served, ({ site, provider }) => mount(site.basePath || '/', provider)));
  return app;
}

type ServedIssuer = WebIssuer & { readonly site: Site };

const browserLeft = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ECONNABORTED']);

// What breaks after the answer has begun; a browser that closes a waiting page is daily business.
function noteBrokenAnswer(log: Log, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  log[browserLeft.has(code) ? 'debug' : 'warn']({ err: error }, 'an answer did not get through');
}

const passOn: WebMiddleware = (_ctx, next) => next();

/** Sends each request to the part that belongs to its site. */
function perSite(served: readonly ServedIssuer[], build: (one: ServedIssuer) => Middleware): WebMiddleware {
  const parts = new Map(served.map((one) => [one.site, build(one)]));
  return (ctx, next) => (parts.get(ctx.state.site) ?? passOn)(ctx, next);
}

// The page of the document is the web's, with its look and language.
function apiOf({ basePath }: Site, api: Middleware): Middleware {
  const mounted = mount(basePath || '/', api);
  const isApi = (path: string) => isBelow(path, `${basePath}/api`) && path !== `${basePath}/api/docs`;
  return (ctx, next) => (isApi(ctx.path) ? mounted(ctx, next) : next());
}

function loginRouters(deps: WebAppDeps, served: readonly ServedIssuer[]): Router<WebState>[] {
  const { pages, log, now, randomBytes, keys, limits, closing } = deps;
  const csrf = createCsrf({ key: keys.csrf, randomBytes });
  const liveFlow = createLiveFlow({ log, now, closing });
  return served.flatMap((one) => {
    const { site, interactions, developers, apiDocuments: documents, signIn, resets, mobileConnect, lines } = one;
    const live = createLiveStatus({ signIn, log, now, closing, onWaiting: deps.onWaiting });
    const shared = { site, pages, csrf, limits, randomBytes };
    const login = createLoginPages({ ...shared, interactions, signIn, live });
    const routers = [login, ...accountRouters(one, shared)];
    if (developers !== undefined) routers.push(createDeveloperPages({ ...shared, tools: developers }));
    if (documents !== undefined) routers.push(createApiDocs({ ...shared, documents }));
    if (resets !== undefined) routers.push(createResetPages({ ...shared, resets, live: liveFlow }));
    if (mobileConnect !== undefined) {
      const session = createMobileConnectSession(mobileConnect.sessions, csrf);
      if (lines !== undefined) routers.push(createLinePages({ ...shared, desk: lines, session }));
      routers.push(createMobileConnectPages({ ...shared, now, session, use: mobileConnect, live: liveFlow }));
    }
    return routers;
  });
}

/** What anybody may do about an account without being logged in. */
function accountRouters(
  { passwordResets, openAccounts, registrations, contests }: ServedIssuer,
  shared: FlowPagesDeps,
): Router<WebState>[] {
  const routers = [];
  if (passwordResets !== undefined) routers.push(createPasswordResetPages({ ...shared, resets: passwordResets }));
  if (openAccounts !== undefined) routers.push(createOpenAccountPages({ ...shared, accounts: openAccounts }));
  if (registrations !== undefined) routers.push(createRegistrationPages({ ...shared, registrations }));
  if (contests !== undefined) routers.push(createContestPages({ ...shared, contests }));
  return routers;
}
