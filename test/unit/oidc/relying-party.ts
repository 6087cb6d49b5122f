// A provider on a real port over PGlite, a browser made of fetch and a cookie jar, and openid-client as the relying
// party. Interactions are answered by the test instead of by pages.
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import * as openid from 'openid-client';
import type { Level } from '../../../src/authentication/levels.ts';
import type { NotRung } from '../../../src/authentication/not-rung.ts';
import type { SimReceipt } from '../../../src/authentication/sign-in-record.ts';
import { AppError } from '../../../src/errors.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import type { InteractionDetails } from '../../../src/oidc/interaction-types.ts';
import { createOidcProvider, type OidcProvider, type OidcProviderDeps } from '../../../src/oidc/provider.ts';
import { createLog } from '../../../src/ops/log.ts';
import type { Database } from '../../../src/storage/database.ts';
import { createDatabaseEphemeralStore } from '../../../src/storage/ephemeral.ts';
import { startWakeUps } from '../../../src/storage/wake-ups.ts';
import { type Engine, openTestDatabase } from '../../support/databases.ts';
import { alice, callback, demoClients, masterKey, secretOf, seedAccounts } from './people.ts';

export const lives = {
  codeSeconds: 60,
  accessSeconds: 300,
  hubCodeSeconds: 30,
  hubAccessSeconds: 60,
  idTokenSeconds: 300,
  refreshDays: 30,
  refreshGraceSeconds: 30,
  sessionHours: 8,
  interactionSeconds: 900,
  grantDays: 365,
};

/** What the test answers to an interaction; `login` by default as Alice with the SIM's PIN. */
export type Answer = (interaction: InteractionDetails) => AnswerGiven;
export type AnswerGiven =
  | { accountId?: AccountId; level?: Level; authTime?: number; receipt?: SimReceipt }
  | { consent: 'allow' | 'deny' }
  | { abort: string }
  | { notRung: NotRung };

export interface World {
  issuer: string;
  database: Database;
  oidc: OidcProvider;
  log: string[];
  seen: InteractionDetails[];
  answer(next: Answer): void;
  browser(): Browser;
  client(id: string): Promise<openid.Configuration>;
  close(): Promise<void>;
}

/** Starts everything; `change` alters the provider's dependencies. */
export async function openWorld(change: Partial<OidcProviderDeps> = {}, engine: Engine = 'pglite'): Promise<World> {
  const { database, close } = await openTestDatabase(engine);
  await seedAccounts(database);
  const wakeUps = await startWakeUps(database);
  const app = new Koa();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const log: string[] = [];
  const oidc = await createOidcProvider({
    ...baseDeps(issuer, database),
    wakeUps,
    log: createLog('debug', { write: (line) => log.push(line) }),
    ...change,
  });
  await oidc.clients.seed(demoClients);
  const seen: InteractionDetails[] = [];
  let answer: Answer = () => ({});
  app.use(async (ctx, next) => {
    await next().catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      ctx.respond = true;
      ctx.status = error.status;
      ctx.body = { error: error.code };
    });
  });
  // As the outer application does for every request; here the test chooses the id.
  app.use(async (ctx, next) => {
    const trace = ctx.get('x-trace');
    if (trace !== '') ctx.state['trace'] = trace;
    await next();
  });
  app.use(oidc.middleware);
  app.use(interactionHandler(oidc, seen, (details) => answer(details)));
  server.on('request', app.callback());
  return {
    issuer,
    database,
    oidc,
    log,
    seen,
    answer: (next) => {
      answer = next;
    },
    browser: () => new Browser(issuer),
    client: (id) => configure(issuer, id),
    async close() {
      oidc.stop();
      await wakeUps.stop();
      await closeServer(server);
      await close();
    },
  };
}

/** Dependencies of a provider in tests; `wakeUps` and `log` are added by the caller. */
export function baseDeps(issuer: string, database: Database): Omit<OidcProviderDeps, 'wakeUps' | 'log'> {
  return {
    issuer,
    brand: 'exemple',
    country: 'FR',
    database,
    ephemeral: createDatabaseEphemeralStore(database),
    masterKey,
    lives,
    outboundAllow: [],
    now: () => new Date(),
    randomBytes,
    algorithms: ['ES256', 'EdDSA'],
    pages: {
      logoutSource: (ctx, form) => {
        ctx.body = form;
      },
      postLogoutSuccessSource: (ctx) => {
        ctx.body = 'logged out';
      },
      renderError: (ctx, { error, error_description: description }) => {
        ctx.body = { page: 'error', error, description };
      },
    },
  };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function interactionHandler(oidc: OidcProvider, seen: InteractionDetails[], answer: Answer): Koa.Middleware {
  return async (ctx) => {
    if (!ctx.path.includes('/interaction/')) return;
    const details = await oidc.interactions.details(ctx.req, ctx.res);
    seen.push(details);
    const given = answer(details);
    ctx.respond = false;
    if ('abort' in given) return await oidc.interactions.abort(ctx.req, ctx.res, given.abort);
    if ('notRung' in given) return await oidc.interactions.abortNotRung(ctx.req, ctx.res, given.notRung);
    if (details.prompt === 'consent' || 'consent' in given) {
      const decision = 'consent' in given ? given.consent : 'allow';
      return await oidc.interactions.finishConsent(ctx.req, ctx.res, decision);
    }
    const { accountId = alice, level = 'sim-pin', authTime = Math.floor(Date.now() / 1_000), receipt } = given;
    await oidc.interactions.finishLogin(ctx.req, ctx.res, { accountId, level, authTime, receipt });
  };
}

async function configure(issuer: string, id: string): Promise<openid.Configuration> {
  return await openid.discovery(new URL(issuer), id, undefined, openid.ClientSecretBasic(secretOf(id)), {
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
  });
}

/** Follows redirects within the issuer and keeps cookies by path, as a browser does. */
export class Browser {
  readonly cookies = new Map<string, { value: string; path: string }>();
  readonly #issuer: string;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  async fetch(url: URL | string, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(url);
    const cookie = [...this.cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name.split(' ')[0]}=${value}`)
      .join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /; path=([^;]+)/i.exec(line)?.[1] ?? '/';
    if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(`${name} ${path}`);
    else this.cookies.set(`${name} ${path}`, { value, path });
  }

  /** Goes on until the way leaves the issuer, or a page stays; gives where it left to. */
  async follow(start: URL | string): Promise<{ left: URL | undefined; page: Response | undefined }> {
    let url = new URL(start);
    for (let step = 0; step < 12; step++) {
      const response = await this.fetch(url);
      const location = response.headers.get('location');
      if (location === null) return { left: undefined, page: response };
      await response.body?.cancel();
      url = new URL(location, url);
      if (url.origin !== new URL(this.#issuer).origin) return { left: url, page: undefined };
    }
    throw new Error('too many redirects');
  }
}

export interface LoginOptions {
  client?: string;
  redirectUri?: string;
  browser?: Browser;
  parameters?: Record<string, string>;
  /** For the exchange. */
  resource?: string;
}

/** Begins a login: the address, and what is needed to finish it. */
export async function beginLogin(world: World, options: LoginOptions = {}) {
  const config = await world.client(options.client ?? 'portal');
  const verifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const nonce = openid.randomNonce();
  const parameters: Record<string, string> = {
    redirect_uri: options.redirectUri ?? callback,
    scope: 'openid profile',
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...options.parameters,
  };
  const url = openid.buildAuthorizationUrl(config, parameters);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { config, url, checks, verifier, browser: options.browser ?? world.browser() };
}

/** Logs in up to the relying party's callback. */
export async function authorize(world: World, options: LoginOptions = {}) {
  const begun = await beginLogin(world, options);
  const { left, page } = await begun.browser.follow(begun.url);
  return { ...begun, left, page };
}

/** A whole login: code, exchange, checked ID token. */
export async function login(world: World, options: LoginOptions = {}) {
  const done = await authorize(world, options);
  if (done.left === undefined) throw new Error(`no redirect: ${await done.page?.text()}`);
  const extra = options.resource === undefined ? undefined : { resource: options.resource };
  const tokens = await openid.authorizationCodeGrant(done.config, done.left, done.checks, extra);
  return { ...done, tokens, claims: tokens.claims() };
}
