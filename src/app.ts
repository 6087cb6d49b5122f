// The composition root: configuration in, every part wired, { start, stop } out. The only place that knows all.
import { setTimeout as pause } from 'node:timers/promises';
import { adminRoutes } from './admin-operations.ts';
import { transferDepsOf } from './app-attachments.ts';
import { billingDepsOf, overdueTellerOf } from './app-billing.ts';
import { type HousekeepingDeps, startHousekeeping } from './app-housekeeping.ts';
import { createIssuer, type Home, homeOf, homesOf } from './app-issuers.ts';
import { holdTellerOf, lineDepsOf } from './app-lines.ts';
import { watchLoad } from './app-load.ts';
import { mailboxUpkeepOf } from './app-mailboxes.ts';
import { orderMoverOf, orderMovingOf } from './app-orders.ts';
import { paymentUpkeepOf } from './app-payments.ts';
import { startPublic } from './app-public.ts';
import { sandboxRoutes } from './app-sandbox.ts';
import { redeliver } from './app-server-initiated.ts';
import { createSimChannel, type SimChannel, type SimChannelDeps } from './app-sim-channel.ts';
import { openStores, type Stores } from './app-stores.ts';
import { usageCloserOf, usageIntakeOf } from './app-usage.ts';
import { createTexts } from './i18n.ts';
import type { LogoutPost } from './messaging/logout-tokens.ts';
import type { PingPost } from './messaging/pings.ts';
import type { OidcProvider } from './oidc/provider.ts';
import type { Refusals } from './oidc/refusals.ts';
import type { NotificationOutcome } from './oidc/server-initiated-notification.ts';
import { startAdminListener } from './ops/admin-listener.ts';
import { type Audit, createAudit } from './ops/audit.ts';
import type { Config } from './ops/config.ts';
import { currentTrace, type Log } from './ops/log.ts';
import { createMasterKey, type MasterKey } from './ops/master-key.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { startOpsListener } from './ops/monitoring.ts';
import { insertAuditEvent } from './storage/audit-events.ts';
import { type Database, openDatabase, readAppNow, type Tx } from './storage/database.ts';
import { createPages, type Pages } from './web/render.ts';

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
  prepare(root: AppParts, issuers: readonly AppParts[]): Promise<void>;
  reset(root: AppParts, issuers: readonly AppParts[]): Promise<void>;
  world(parts: AppParts): Promise<unknown>;
  /** What a simulated phone is seen to do, for the sandbox's network. */
  findPhone?: SimChannelDeps['findPhone'];
}

/** What the use cases of one issuer are made from; all but the first three is shared by the issuers. */
export interface AppParts extends Stores {
  readonly home: Home;
  readonly oidc: OidcProvider;
  readonly refusals: Refusals;
  readonly config: Config;
  readonly masterKey: MasterKey;
  readonly audit: Audit<Tx>;
  readonly metrics: Metrics;
  readonly pages: Pages;
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
  /** Of the issuer at the root. */
  readonly parts: AppParts;
  /** Of every issuer, the one at the root first. */
  readonly issuers: readonly AppParts[];
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
    const issuers = await createIssuers(options, closers);
    const [parts] = issuers;
    await options.sandbox?.prepare(parts, issuers);
    await parts.channel.start();
    closers.push(() => parts.channel.stop());
    let serving = false;
    const ops = await startOps(parts, () => serving);
    closers.push(() => ops.close());
    const admin = await startAdmin(options, issuers);
    closers.push(() => admin.close());
    const listener = config.provider.workers === 'only' ? null : await startPublic(issuers, options.sandbox?.links);
    closers.push(() => listener?.close());
    // First of all: load balancers see it and send nothing new while everything is answered as before.
    closers.push(async () => {
      serving = false;
      await pause(config.provider.stopDelaySeconds * 1_000);
    });
    const publicPort = listener?.port ?? null;
    serving = true;
    return { issuer: parts.oidc.issuer, publicPort, opsUrl: ops.url, adminUrl: admin.url, parts, issuers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Closers = (() => Promise<unknown> | unknown)[];

async function createIssuers(options: AppOptions, closers: Closers): Promise<Issuers> {
  const { config, log, now, random, randomBytes } = options;
  const findPhone = options.sandbox?.findPhone;
  const opened = options.database ?? (await openDatabase(config.storage.databaseUrl));
  closers.push(() => opened.close());
  const masterKey = createMasterKey(options.masterKey, randomBytes);
  const metrics = createMetrics({ process: true });
  const stores = await openStores({ config, log, metrics }, opened, closers);
  const audit = createAudit<Tx>({ insert: insertAuditEvent, log, metrics, correlationId: currentTrace });
  const texts = createTexts();
  const pages = createPages({ texts });
  const shared = { ...stores, config, masterKey, audit, metrics, pages, log, now, random, randomBytes };
  // Each needs the other: the providers enqueue logout tokens, the job asks a provider to post them.
  const deliveries = {
    deliverLogout: async (post: LogoutPost) => await (await issuers)[0].oidc.deliverLogout(post),
    deliverPing: async (post: PingPost) => await (await issuers)[0].oidc.deliverPing(post),
    deliverNotification: async (id: string) => await deliverNotification(await issuers, id),
  };
  const channel = createSimChannel({ ...shared, texts, ...deliveries, findPhone }, () => housekeeping?.sendNow());
  const issuers = allIssuers(homesOf(config).map((home) => createIssuer(shared, { home, channel }, closers)));
  const all = await issuers;
  const housekeeping = config.provider.workers === 'off' ? undefined : startHousekeeping(housekeepingOf(all));
  closers.push(() => housekeeping?.stop());
  return all;
}

/**
 * Side by side: the keys of a first start are made in threads. One that fails waits for the others, so that what they
 * opened is known and closed.
 */
async function allIssuers(made: readonly Promise<AppParts>[]): Promise<Issuers> {
  await Promise.allSettled(made);
  const [root, ...others] = await Promise.all(made);
  if (root === undefined) throw new Error('there is no brand to serve');
  return [root, ...others];
}

/** The one at the root first. */
type Issuers = readonly [AppParts, ...AppParts[]];

function partsOf(issuers: Issuers, brand: string | undefined): AppParts {
  const home = homeOf(
    issuers.map(({ home: one }) => one),
    brand,
  );
  return issuers.find((one) => one.home === home) ?? issuers[0];
}

/** Each issuer knows its own notifications only. */
async function deliverNotification(issuers: Issuers, id: string): Promise<NotificationOutcome> {
  for (const { oidc } of issuers) {
    const outcome = await oidc.deliverNotification(id);
    if (outcome !== 'never') return outcome;
  }
  return 'never';
}

function housekeepingOf(issuers: Issuers): HousekeepingDeps {
  const [root] = issuers;
  return {
    ...root,
    tellEndedHolds: holdTellerOf(root),
    moveOrders: orderMoverOf(root),
    async tellCibaResults() {
      for (const { oidc } of issuers) await oidc.ciba?.sweep();
    },
    keepUpMailboxes: mailboxUpkeepOf(root),
    keepUpPayments: paymentUpkeepOf(root),
    closeUsage: usageCloserOf(root),
    tellOverdueBills: overdueTellerOf(root),
  };
}

async function startOps({ config, metrics, database, storeChecks, channel }: AppParts, isServing: () => boolean) {
  watchLoad(metrics, { database, channel });
  const { opsHost: host, opsPort: port } = config.listeners;
  const checks = {
    serving: async () => isServing(),
    database: () => readAppNow(database.db),
    ...storeChecks,
    smsc: async () => channel.smsc.isBound(),
    workers: async () => channel.jobs.isStarted(),
  };
  return await startOpsListener({ host, port, metrics, checks });
}

async function startAdmin({ adminToken, sandbox }: AppOptions, issuers: Issuers) {
  const [parts] = issuers;
  const { config, log } = parts;
  const routes = [
    ...adminRoutes({
      ...parts,
      oidcOf: async (brand) => partsOf(issuers, brand).oidc,
      lines: async () => lineDepsOf(parts),
      orders: async () => orderMovingOf(parts),
      billing: async () => billingDepsOf(parts),
      usage: async () => usageIntakeOf(parts),
      contracts: async () => transferDepsOf(parts),
      redeliver: (id) => redeliver({ ...parts, issuer: parts.oidc.issuer }, id),
    }),
    ...(sandbox === undefined ? [] : sandboxRoutes(sandbox, issuers)),
  ];
  return await startAdminListener({ port: config.listeners.adminPort, token: adminToken, routes, log });
}
