// The parts of the provider that a staff operation needs when it works straight on the database.
import { randomBytes } from 'node:crypto';
import type { AdminContext, AdminSecrets } from './admin-operations-type.ts';
import { transferDepsOf } from './app-attachments.ts';
import { billingDepsOf } from './app-billing.ts';
import { cibaOf } from './app-ciba.ts';
import { type Home, homeOf, homesOf } from './app-issuers.ts';
import { lineDepsOf } from './app-lines.ts';
import { orderMovingOf } from './app-orders.ts';
import { redeliver, serverInitiatedOf } from './app-server-initiated.ts';
import { createSimChannel, type SimChannel } from './app-sim-channel.ts';
import { usageIntakeOf } from './app-usage.ts';
import { missing } from './cli-operations.ts';
import type { TransferDeps } from './customer/transfer-contract.ts';
import type { ChangeNumberDeps } from './enrolment/change-number.ts';
import { createTexts } from './i18n.ts';
import { createOidcProvider, type OidcProvider } from './oidc/provider.ts';
import { createAudit } from './ops/audit.ts';
import { type Config, dataDirectoryOf } from './ops/config.ts';
import { findDemoMasterKey } from './ops/data-files.ts';
import { createLog, type Log } from './ops/log.ts';
import { createMasterKey } from './ops/master-key.ts';
import { createMetrics } from './ops/metrics.ts';
import { insertAuditEvent } from './storage/audit-events.ts';
import { type Database, openDatabase, type Tx } from './storage/database.ts';
import { createDatabaseEphemeralStore } from './storage/ephemeral.ts';
import { createProviderPages } from './web/provider-pages.ts';
import { createPages } from './web/render.ts';

/** Opens (and migrates) the database. `issuerGiven`: ISSUER was set, not derived. */
export async function openAdminContext(
  config: Config,
  { issuerGiven }: { issuerGiven: boolean },
): Promise<{ context: AdminContext; close: () => Promise<void> }> {
  // Lines on standard output would mix with what the command prints.
  const log = createLog('warn', { write: (line) => process.stderr.write(line) });
  const database = await openDatabase(config.storage.databaseUrl);
  const audit = createAudit<Tx>({ insert: insertAuditEvent, log, metrics: createMetrics() });
  const providers = new Map<string, OidcProvider>();
  const secrets = async (): Promise<AdminSecrets> => {
    if (database.engine === 'postgres' && !issuerGiven) throw missing('ISSUER', 'needed: the issuer that is meant');
    const masterKey = createMasterKey(masterKeysOf(config), randomBytes);
    const oidcOf = async (brand: string | undefined): Promise<OidcProvider> => {
      const home = homeOf(homesOf(config), brand);
      const known =
        providers.get(home.issuer) ?? (await openProvider({ config, database, masterKey, log, audit }, home));
      providers.set(home.issuer, known);
      return known;
    };
    return { masterKey, config, oidc: await oidcOf(undefined), oidcOf };
  };
  let channel: SimChannel | undefined;
  const opened = async () => {
    const { masterKey } = await secrets();
    channel ??= await openChannel({ config, database, masterKey, log, audit });
    return { config, database, masterKey, audit, channel, randomBytes };
  };
  const lines = async (): Promise<ChangeNumberDeps> => lineDepsOf(await opened());
  const contracts = async (): Promise<TransferDeps> => transferDepsOf(await opened());
  const orders = async () => orderMovingOf(await opened());
  const usage = async () => usageIntakeOf(await opened());
  const billing = async () => billingDepsOf(await opened());
  const redeliverOne = async (id: string): Promise<boolean> => {
    const { oidc } = await secrets();
    return await redeliver({ ...(await opened()), issuer: oidc.issuer }, id);
  };
  return {
    context: {
      database,
      audit,
      now: () => new Date(),
      randomBytes,
      secrets,
      lines,
      orders,
      contracts,
      usage,
      billing,
      redeliver: redeliverOne,
    },
    async close() {
      await channel?.stop();
      for (const provider of providers.values()) provider.stop();
      await database.close();
    },
  };
}

function masterKeysOf(config: Config): { current: Buffer; previous: Buffer | undefined } {
  const { masterKey, masterKeyPrevious: previous } = config.storage;
  const current = masterKey ?? findDemoMasterKey(dataDirectoryOf(config));
  if (current === undefined) throw missing('MASTER_KEY', 'needed, or MASTER_KEY_FILE: the key that the server uses');
  return { current, previous };
}

interface ProviderParts {
  readonly config: Config;
  readonly database: Database;
  readonly masterKey: ReturnType<typeof createMasterKey>;
  readonly log: Log;
  readonly audit: ReturnType<typeof createAudit<Tx>>;
}

const deafWakeUps = { onWake: () => () => {}, subscribe: () => ({ next: async () => {}, close() {} }) };

/** No listener is opened; a change is told to running nodes by the database. */
async function openProvider(parts: ProviderParts, { issuer, main }: Home): Promise<OidcProvider> {
  const { config, database, masterKey, log } = parts;
  const now = () => new Date();
  const pages = createPages({ texts: createTexts() });
  return await createOidcProvider({
    issuer,
    brand: main.id,
    country: main.country,
    database,
    ephemeral: createDatabaseEphemeralStore(database),
    wakeUps: deafWakeUps,
    masterKey,
    lives: config.tokens,
    pages: createProviderPages({ pages, issuer: new URL(issuer), brand: main }),
    outboundAllow: config.listeners.outboundAllow,
    // Never started: it is there so that clients with this grant can be registered.
    ciba: cibaOf({ ...parts, metrics: createMetrics(), wakeUps: deafWakeUps, now }, createChannel(parts)),
    serverInitiated: serverInitiatedOf(createChannel(parts)),
    now,
    randomBytes,
    log,
  });
}

/** Nothing is sent from here: jobs and requests are written, and the running nodes take them up. */
async function openChannel(parts: ProviderParts): Promise<SimChannel> {
  const channel = createChannel(parts);
  await channel.jobs.start();
  return channel;
}

function createChannel({ config, ...parts }: ProviderParts): SimChannel {
  return createSimChannel(
    {
      ...parts,
      config: { ...config, provider: { ...config.provider, workers: 'off' } },
      metrics: createMetrics(),
      texts: createTexts(),
      deliverLogout: async () => {},
      deliverPing: async () => 'again',
      deliverNotification: async () => 'again',
      now: () => new Date(),
      random: Math.random,
      randomBytes,
    },
    () => {},
  );
}
