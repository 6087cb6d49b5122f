// The whole system in one test process: the real app on a free port, the real simulator over SMPP and SMTP on
// loopback, the demo world in the database, sandbox and admin listener, and everything that they log kept.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatorEvent } from '../../sim-simulator/event-log.ts';
import { type Simulator, startSimulator } from '../../sim-simulator/serve.ts';
import { type App, startApp } from '../../src/app.ts';
import { describeWorld, prepareSandbox, resetSandbox, type SandboxPlaces } from '../../src/demo/sandbox.ts';
import { loadConfig } from '../../src/ops/config.ts';
import { createLog } from '../../src/ops/log.ts';
import type { Database } from '../../src/storage/database.ts';
import { type Browser, type BrowserOptions, createBrowser } from './browser.ts';
import { type Engine, openTestDatabase } from './databases.ts';
import { createFlowPhone, type FlowPhone } from './flow-phone.ts';
import { createRelyingParties, type RelyingParties } from './flow-relying-party.ts';
import { noteWorldSecrets } from './flow-secrets.ts';
import { until } from './flow-until.ts';
import { freePorts } from './free-ports.ts';
import { appendLog } from './log-directory.ts';
import { fewSelfAnswering } from './small-world.ts';
import { createCustomers } from './world-snapshot.ts';

export interface FlowWorldOptions {
  readonly engine?: Engine;
  /** Variables beside those that the harness sets. */
  readonly environment?: Record<string, string>;
  /** With the hundred numbers that answer after 0 to 99 seconds, which a start without them need not make. */
  readonly everyNumber?: true;
}

export interface FlowWorld extends RelyingParties {
  readonly issuer: string;
  readonly portalUrl: string;
  readonly app: App;
  readonly database: Database;
  /** PostgreSQL only. */
  readonly databaseUrl: string | undefined;
  readonly simulator: Simulator;
  /** Where the simulator's export and state are. */
  readonly directory: string;
  /** Everything that provider and simulator have logged. */
  readonly log: readonly string[];
  /** What has happened in the simulator, with full numbers: not a log. */
  readonly events: readonly SimulatorEvent[];
  phone(msisdn: string): FlowPhone;
  /** A browser that nobody has seen before; `address` is where it says it comes from, through a trusted proxy. */
  browser(options?: BrowserOptions & { readonly address?: string }): Browser;
  /** Moves the sandbox's clock forward. */
  advanceClock(seconds: number): Promise<void>;
  /** After a test: screens go away, and a day and an hour pass for locks, mutes and budgets. */
  nextDay(): Promise<void>;
  /** How many messages for this number the SMSC has taken, once all that was to be sent is sent. */
  messagesTo(msisdn: string): Promise<number>;
  /** A call of the admin and sandbox listener, with its token. */
  admin(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response>;
  /** E-mails to an address, newest first. */
  mail(to: string): Promise<{ to: string; subject: string; text: string }[]>;
  stop(): Promise<void>;
}

// Test files share modules, so all worlds of a process share it.
const customers = createCustomers();

/** Starts everything; `stop` ends it and removes its files. */
export async function startFlowWorld(options: FlowWorldOptions = {}): Promise<FlowWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'flow-world-'));
  const closers: (() => Promise<unknown> | unknown)[] = [() => rmSync(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return { ...(await start(options, { directory, closers })), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ground {
  readonly directory: string;
  readonly closers: (() => Promise<unknown> | unknown)[];
}

async function start(options: FlowWorldOptions, { directory, closers }: Ground): Promise<Omit<FlowWorld, 'stop'>> {
  const { engine = 'pglite', environment = {}, everyNumber } = options;
  const log: string[] = [];
  const events: SimulatorEvent[] = [];
  let yesterday = 0;
  const [port = 0, portalPort = 0, smppPort = 0, smtpPort = 0] = await freePorts(4);
  const adminToken = randomBytes(24).toString('base64url');
  const issuer = `http://localhost:${port}`;
  const portalUrl = `http://localhost:${portalPort}`;
  const config = loadConfig(
    {
      ...baseEnvironment,
      ...{ PORT: String(port), ISSUER: issuer, SMPP_PORT: String(smppPort), SMTP_PORT: String(smtpPort) },
      ...environment,
    },
    'demo',
  );
  const { database, url, close } = await openTestDatabase(engine);
  closers.push(close);
  const exportFile = join(directory, 'export.json');
  let simulator: Simulator | undefined;
  const resetSimulator = async () => simulator?.reset();
  const places: SandboxPlaces = {
    exportFile,
    portalUrl,
    resetSimulator,
    ...(everyNumber ? {} : { selfAnswering: fewSelfAnswering }),
  };
  const app = await startApp({
    config,
    masterKey: { current: customers.masterKey },
    adminToken,
    log: createLog('debug', { write: keepLines('provider', log) }),
    now: () => new Date(),
    random: Math.random,
    randomBytes,
    // Closed by the app; what the test database is made of is dropped after it.
    database,
    sandbox: {
      links: { portal: portalUrl },
      async prepare(parts) {
        if (everyNumber || engine === 'postgres') await prepareSandbox(parts, places);
        else await customers.prepare(parts, places);
        const onEvent = (event: SimulatorEvent) => {
          events.push(event);
          keepEvent(event, log);
        };
        simulator = await openSimulator({ exportFile, directory, smppPort, smtpPort, onEvent });
        closers.push(() => simulator?.stop());
      },
      reset: (parts) => resetSandbox(parts, places),
      world: async (parts) => describeWorld(parts.masterKey, places),
    },
  });
  closers.push(() => app.stop());
  if (simulator === undefined) throw new Error('the simulator was not started');
  noteWorldSecrets({ exported: readFileSync(exportFile, 'utf8'), adminToken });
  const { url: simulatorUrl } = simulator;
  const admin = adminOf(app, adminToken);
  const advanceClock = async (seconds: number): Promise<void> => {
    const response = await admin('POST', '/sandbox/clock', { advanceSeconds: seconds });
    if (!response.ok) throw new Error(`the clock did not move (${response.status})`);
  };
  return {
    ...createRelyingParties(issuer),
    ...{ issuer, portalUrl, app, database, databaseUrl: url, simulator, directory, log, events, admin },
    phone: (msisdn) => createFlowPhone(simulatorUrl, msisdn),
    browser: browserOf,
    advanceClock,
    async nextDay() {
      await until('everything is sent', async () => !(await hasUnsent(database)));
      const isOn = (msisdn: string) => simulator?.fleet.phone(msisdn)?.isReachable() === true;
      await until('everything is delivered', () => !undelivered(events).some(isOn));
      const rung = new Set(events.slice(yesterday).map(({ msisdn }) => msisdn ?? ''));
      for (const msisdn of [...rung].filter(isOn)) {
        // A phone that is switched off works through what it has received before it forgets it.
        await simulator?.fleet.phone(msisdn)?.setPower(false);
        await simulator?.fleet.phone(msisdn)?.setPower(true);
      }
      yesterday = events.length;
      await advanceClock(25 * 3_600);
    },
    async messagesTo(msisdn) {
      await until('everything is sent', async () => !(await hasUnsent(database)));
      return events.filter((event) => event.type === 'smsc.submitted' && event.msisdn === msisdn).length;
    },
    mail: async (to) => (await (await fetch(`${simulatorUrl}/v1/mail?to=${encodeURIComponent(to)}`)).json()) as [],
  };
}

/** The numbers that the SMSC has messages for which no phone has taken yet. */
function undelivered(events: readonly SimulatorEvent[]): string[] {
  const ended = new Set(events.filter(({ type }) => /^smsc\.(delivered|expired)$/.test(type)).map(messageIdOf));
  const waiting = events.filter((event) => event.type === 'smsc.submitted' && !ended.has(messageIdOf(event)));
  return waiting.map(({ msisdn }) => msisdn ?? '');
}

function messageIdOf(event: SimulatorEvent): unknown {
  return event['messageId'];
}

/** True while a request that is meant for a phone has not been taken by the SMSC. */
async function hasUnsent({ db }: Database): Promise<boolean> {
  const unsent = db.selectFrom('attempts').select('id').where('state', '=', 'pending');
  return (await unsent.where('simId', 'is not', null).where('sentAt', 'is', null).execute()).length > 0;
}

const baseEnvironment = {
  DATABASE_URL: 'memory:',
  OPS_PORT: '0',
  ADMIN_PORT: '0',
  SMPP_RECONNECT_MAX_SECONDS: '1',
  // Many tests of one file come from one address.
  STARTS_PER_ADDRESS: '10000',
  STARTS_PER_NUMBER: '10000',
};

function adminOf(app: App, token: string): FlowWorld['admin'] {
  return (method, path, body) =>
    fetch(`${app.adminUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

function browserOf({ address, headers = {}, ...more }: BrowserOptions & { readonly address?: string } = {}): Browser {
  return createBrowser({ ...more, headers: { ...headers, ...(address && { 'x-forwarded-for': address }) } });
}

function keepLines(program: string, lines: string[]): (line: string) => void {
  return (line) => {
    lines.push(line);
    appendLog(program, line);
  };
}

// An event names its phone by the number, as the control API does; everything else in it is searched for secrets.
function keepEvent({ msisdn, ...event }: SimulatorEvent, log: string[]): void {
  keepLines('simulator', log)(`${JSON.stringify({ ...event, phone: msisdn?.slice(-4) })}\n`);
}

interface SimulatorStart {
  readonly exportFile: string;
  readonly directory: string;
  readonly smppPort: number;
  readonly smtpPort: number;
  readonly onEvent: (event: SimulatorEvent) => void;
}

/** Starts the simulator in this process. */
export function openSimulator({
  exportFile,
  directory,
  smppPort,
  smtpPort,
  onEvent,
}: SimulatorStart): Promise<Simulator> {
  return startSimulator({
    exportFile,
    stateDirectory: join(directory, 'simulator'),
    ...{ httpPort: 0, smppPort, smtpPort },
    now: () => new Date(),
    randomBytes,
    onEvent,
  });
}
