// The composition root: configuration in, every part wired, { start, stop } out. The only place that knows all.
import { createServer } from 'node:http';
import { adminRoutes } from './admin-operations.ts';
import { apisOf } from './app-apis.ts';
import { attachmentDesksOf, transferDepsOf } from './app-attachments.ts';
import { cibaOf } from './app-ciba.ts';
import { developerToolsOf, refusalsOf } from './app-developers.ts';
import { startHousekeeping } from './app-housekeeping.ts';
import { holdTellerOf, lineDepsOf, lineDeskOf } from './app-lines.ts';
import { watchLoad } from './app-load.ts';
import { mailboxUpkeepOf } from './app-mailboxes.ts';
import { createMobileConnect } from './app-mobile-connect.ts';
import { operatorsOf } from './app-operators.ts';
import { orderMoverOf, orderMovingOf } from './app-orders.ts';
import { passwordDeskOf } from './app-passwords.ts';
import { pinResetsOf } from './app-pin-reset.ts';
import { sandboxRoutes } from './app-sandbox.ts';
import { redeliver, serverInitiatedOf } from './app-server-initiated.ts';
import { createSignInOf, passwordStepOf } from './app-sign-in.ts';
import { createSimChannel, type SimChannel } from './app-sim-channel.ts';
import { stateRules } from './app-state-rules.ts';
import { openStores, type Stores } from './app-stores.ts';
import { createPasswordVerifier } from './authentication/password.ts';
import { serviceStands } from './authentication/sim-proof.ts';
import { createTexts } from './i18n.ts';
import { type LogoutPost, logoutJob } from './messaging/logout-tokens.ts';
import type { PingPost } from './messaging/pings.ts';
import { createOidcProvider, type OidcProvider } from './oidc/provider.ts';
import type { Refusals } from './oidc/refusals.ts';
import { startAdminListener } from './ops/admin-listener.ts';
import { type Audit, createAudit } from './ops/audit.ts';
import type { Config } from './ops/config.ts';
import { openListener } from './ops/http-listener.ts';
import type { Log } from './ops/log.ts';
import { createMasterKey, type MasterKey } from './ops/master-key.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { startOpsListener } from './ops/monitoring.ts';
import { insertAuditEvent } from './storage/audit-events.ts';
import { type Database, openDatabase, readAppNow, type Tx } from './storage/database.ts';
import { createMemoryRateLimit, createRateLimit } from './storage/rate-limits.ts';
import { deviceLabel } from './web/device-label.ts';
import { createProviderPages } from './web/provider-pages.ts';
import { createPages, type Pages } from './web/render.ts';
import { createWebApp } from './web/server.ts';

export interface AppOptions {
  readonly config: Config;
  readonly masterKey: { readonly current: Buffer; readonly previous?: Buffer | undefined };
  readonly adminToken: string;
  readonly log: Log;
  readonly now: () => Date;
  /** 0 to below 1. */
  readonly random: () => number;
  readonly randomBytes: (size: number) => Buffer;
  /** Opened already; it is closed with the app. */
  readonly database?: Database | undefined;
  /** Sandbox only: where the demo's portal and web phones are, and how its world is loaded again. */
  readonly sandbox?: SandboxParts | undefined;
}

export interface SandboxParts {
  readonly links: { readonly portal?: string | undefined; readonly simPhone?: string | undefined };
  /** Called before the listeners open, and by `/sandbox/reset`. */
  prepare(parts: AppParts): Promise<void>;
  reset(parts: AppParts): Promise<void>;
  world(parts: AppParts): Promise<unknown>;
}

/** What is made from the options and shared by everything. */
export interface AppParts extends Stores {
  readonly config: Config;
  readonly masterKey: MasterKey;
  readonly audit: Audit<Tx>;
  readonly metrics: Metrics;
  readonly pages: Pages;
  readonly oidc: OidcProvider;
  readonly refusals: Refusals;
  readonly channel: SimChannel;
  readonly log: Log;
  readonly now: () => Date;
  readonly random: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

export interface App {
  readonly issuer: string;
  /** Null where this process serves no pages (`WORKERS=only`). */
  readonly publicPort: number | null;
  readonly opsUrl: string;
  readonly adminUrl: string;
  readonly parts: AppParts;
  /** Takes no new request, ends what runs, closes the database. */
  stop(): Promise<void>;
}

/** Starts a node. Throws when the database, a port or a key is not to be had; what was opened is closed again. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config } = options;
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const parts = await createParts(options, closers);
    await options.sandbox?.prepare(parts);
    await parts.channel.start();
    closers.push(() => parts.channel.stop());
    const ops = await startOps(parts);
    closers.push(() => ops.close());
    const admin = await startAdmin(options, parts);
    closers.push(() => admin.close());
    const publicPort = config.provider.workers === 'only' ? null : await startPublic(options, parts, closers);
    return { issuer: parts.oidc.issuer, publicPort, opsUrl: ops.url, adminUrl: admin.url, parts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Closers = (() => Promise<unknown> | unknown)[];

async function createParts(options: AppOptions, closers: Closers): Promise<AppParts> {
  const { config, log, now, random, randomBytes } = options;
  const opened = options.database ?? (await openDatabase(config.storage.databaseUrl));
  closers.push(() => opened.close());
  const masterKey = createMasterKey(options.masterKey, randomBytes);
  const metrics = createMetrics({ process: true });
  const stores = await openStores({ config, log, metrics }, opened, closers);
  const { database } = stores;
  const audit = createAudit<Tx>({ insert: insertAuditEvent, log, metrics });
  const texts = createTexts();
  const pages = createPages({ texts });
  const refusals = refusalsOf({ config, database, now, log });
  closers.push(() => refusals.stop());
  const shared = {
    ...stores,
    refusals,
    config,
    masterKey,
    audit,
    metrics,
    pages,
    log,
    now,
    random,
    randomBytes,
  };
  // Each needs the other: the provider enqueues logout tokens, the job asks the provider to post them.
  const deliveries = {
    deliverLogout: (post: LogoutPost) => oidc.deliverLogout(post),
    deliverPing: (post: PingPost) => oidc.deliverPing(post),
    deliverNotification: (id: string) => oidc.deliverNotification(id),
  };
  const channel = createSimChannel({ ...shared, texts, ...deliveries }, () => housekeeping?.sendNow());
  const oidc = await createOidc(shared, channel);
  closers.push(() => oidc.stop());
  const parts = { ...shared, oidc, channel };
  const tellEndedHolds = holdTellerOf(parts);
  const moveOrders = orderMoverOf(parts);
  const tellCibaResults = oidc.ciba?.sweep;
  const keepUpMailboxes = mailboxUpkeepOf(parts);
  const housekeeping =
    config.provider.workers === 'off'
      ? undefined
      : startHousekeeping({ ...parts, tellEndedHolds, moveOrders, tellCibaResults, keepUpMailboxes });
  closers.push(() => housekeeping?.stop());
  return parts;
}

async function createOidc(parts: Omit<AppParts, 'oidc' | 'channel'>, channel: SimChannel): Promise<OidcProvider> {
  const { config, pages, database, masterKey, metrics, randomBytes, refusals } = parts;
  const { issuer, brand } = config.provider;
  return await createOidcProvider({
    ...parts,
    issuer,
    brand,
    country: 'FR',
    operators: operatorsOf(config),
    lives: config.tokens,
    mutualTls: config.mutualTls,
    pages: createProviderPages({ pages, issuer: new URL(issuer), brand }),
    outboundAllow: config.listeners.outboundAllow,
    serviceStands: (accountId) => serviceStands({ database, rules: stateRules(config) }, accountId),
    ciba: cibaOf(parts, channel),
    serverInitiated: serverInitiatedOf(channel),
    async enqueueLogout(post) {
      const eventId = randomBytes(16).toString('base64url');
      await channel.jobs.enqueue(database, 'logout', { payload: logoutJob(masterKey, post), eventId });
    },
    deviceOf: (userAgent) => deviceLabel(userAgent, ''),
    onRefusal: refusals.note,
    onEvent: ({ name }) => metrics.countEvent({ action: name, outcome: 'success' }),
  });
}

async function startOps({ config, metrics, database, storeChecks, channel }: AppParts) {
  watchLoad(metrics, { database, channel });
  const { opsHost: host, opsPort: port } = config.listeners;
  const checks = {
    database: () => readAppNow(database.db),
    ...storeChecks,
    smsc: async () => channel.smsc.isBound(),
    workers: async () => channel.jobs.isStarted(),
  };
  return await startOpsListener({ host, port, metrics, checks });
}

async function startAdmin({ adminToken, sandbox }: AppOptions, parts: AppParts) {
  const { config, log } = parts;
  const routes = [
    ...adminRoutes({
      ...parts,
      lines: async () => lineDepsOf(parts),
      orders: async () => orderMovingOf(parts),
      contracts: async () => transferDepsOf(parts),
      redeliver: (id) => redeliver({ ...parts, issuer: parts.oidc.issuer }, id),
    }),
    ...(sandbox === undefined ? [] : sandboxRoutes(sandbox, parts)),
  ];
  return await startAdminListener({ port: config.listeners.adminPort, token: adminToken, routes, log });
}

async function startPublic(options: AppOptions, parts: AppParts, closers: Closers): Promise<number> {
  const { config, oidc } = parts;
  const closing = new AbortController();
  const cost = config.passwords;
  const verifier = await createPasswordVerifier(parts.randomBytes, { parallel: cost.atOnce, cost });
  const signIn = createSignInOf(parts, verifier);
  const lines = lineDeskOf(parts);
  const resets = pinResetsOf(parts, verifier);
  const mobileConnect = createMobileConnect(parts, passwordStepOf(parts, verifier));
  const passwords = passwordDeskOf(parts, verifier);
  const apis = apisOf(parts, { lines, mobileConnect, resets, passwords });
  const web = createWebApp({
    issuers: [
      {
        issuer: new URL(oidc.issuer),
        brand: config.provider.brand,
        timeZone: config.brands.of(config.provider.brand).timeZone,
        interactions: oidc.interactions,
        provider: oidc.middleware,
        developers: developerToolsOf(parts),
        api: apis.serve,
        apiDocuments: apis.documents,
        links: { ...options.sandbox?.links, support: config.provider.supportUrl },
      },
    ],
    signIn,
    resets,
    passwordResets: passwords.resets,
    openAccounts: passwords.openAccounts,
    lines,
    mobileConnect,
    contests: attachmentDesksOf(parts).contests,
    ...parts,
    keys: { cookies: cookieKeys(parts.masterKey), csrf: parts.masterKey.derive('csrf') },
    trustedProxies: config.listeners.trustedProxies,
    certificates: config.mutualTls,
    limits: createWebLimits(parts),
    observe: parts.metrics.observeRequest,
    onWaiting: () => parts.metrics.enterWaiting('browser'),
    closing: closing.signal,
  });
  const listener = await openListener(createServer(web.callback()), config.listeners);
  closers.push(async () => {
    // Long polls and streams end at the signal.
    closing.abort();
    oidc.ciba?.endWaits();
    await listener.close();
  });
  return listener.port;
}

/** A page view is cheap and counted in this process; a form may cost an SMS or an Argon2 run and is counted for all. */
function createWebLimits({ config, database }: AppParts) {
  const { startsPerAddress, windowMinutes } = config.limits;
  const seconds = windowMinutes * 60;
  const page = createMemoryRateLimit({ points: startsPerAddress * 20, seconds });
  const form = createRateLimit(database, { name: 'form', points: startsPerAddress * 5, seconds });
  return { take: (kind: 'page' | 'form', key: string) => (kind === 'page' ? page : form).take(key) };
}

/** The cookie keys are the library's too (decisions 35). */
function cookieKeys(masterKey: MasterKey): string[] {
  return [masterKey.derive('cookies').toString('base64url')];
}
