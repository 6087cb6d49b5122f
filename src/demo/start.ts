// `npm start`: the provider in this process with the demo world in its database, the portal and the simulator beside
// it in processes of their own, and a page of words about what to try.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApp } from '../app.ts';
import { type Config, dataDirectoryOf, loadConfig } from '../ops/config.ts';
import type { Environment } from '../ops/config-values.ts';
import { adminToken, announceAdmin, demoMasterKey } from '../ops/data-files.ts';
import { createLog } from '../ops/log.ts';
import { type Companion, startCompanion } from './companion.ts';
import { describeWorld, prepareSandbox, resetSandbox, type SandboxPlaces } from './sandbox.ts';
import { findSimulatedPhone } from './simulated-phone.ts';
import { welcome } from './welcome.ts';

export interface Demo {
  /** Resolves when a part has ended by itself, with the words to report; until then it runs. */
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Starts everything; `print` gets the lines for the person in front of it. Throws ConfigError, or when a port is taken. */
export async function startDemo(environment: Environment, print: (line: string) => void): Promise<Demo> {
  const config = loadConfig(await withFreePorts(environment), 'demo');
  const directory = dataDirectoryOf(config);
  const simUrl = `http://localhost:${config.listeners.simPort}`;
  const portalUrl = `http://localhost:${config.listeners.portalPort}`;
  const places: SandboxPlaces = {
    exportFile: join(directory, 'simulator', 'export.json'),
    portalUrl,
    resetSimulator: () => resetSimulator(simUrl),
  };
  const token = adminToken({ given: config.storage.adminToken, directory }, randomBytes);
  const current = config.storage.masterKey ?? demoMasterKey(directory, randomBytes);
  const stoppers: (() => Promise<unknown> | unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stoppers.splice(0).reverse()) await one();
  };
  const ended: Promise<string>[] = [];
  const keep = (companion: Companion): void => {
    ended.push(companion.ended);
    stoppers.push(() => companion.stop());
  };
  // Neither asks the provider for anything before somebody visits it, so all start side by side.
  const visited = Promise.all([
    startPortal(config, { issuer: config.provider.issuer, simUrl, print: complain }).then(keep),
    startPayments(config, complain).then(keep),
  ]);
  visited.catch(() => {});
  try {
    const app = await startApp({
      config,
      masterKey: { current, previous: config.storage.masterKeyPrevious },
      adminToken: token,
      log: createLog(config.provider.logLevel, { write: (line) => void process.stderr.write(line) }),
      now: () => new Date(),
      random: Math.random,
      randomBytes,
      sandbox: {
        links: { portal: portalUrl, simPhone: simUrl },
        async prepare(parts, issuers) {
          await prepareSandbox(parts, places, issuers);
          // The SIMs are known now; the simulator reads them while the rest of the provider starts.
          const { exportFile } = places;
          keep(await startSimulator(config, { directory, exportFile, token, print: complain }));
        },
        reset: (parts) => resetSandbox(parts, places),
        world: async (parts) => describeWorld(parts.masterKey, places),
        findPhone: (msisdn) => findSimulatedPhone(simUrl, msisdn),
      },
    });
    stoppers.push(() => app.stop(), announceAdmin(directory, app.adminUrl));
    await visited;
    for (const line of welcome({ app, token, portalUrl, simUrl, config, directory })) print(line);
  } catch (error) {
    await visited.catch(() => {});
    await stop();
    throw error;
  }
  return { broken: Promise.race(ended), stop };
}

type Print = (line: string) => void;

/** For the logs of all parts: standard output ends with the greeting's last line, which scripts read. */
function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function startSimulator(
  { listeners, smsc }: Config,
  { directory, exportFile, token, print }: { directory: string; exportFile: string; token: string; print: Print },
): Promise<Companion> {
  const { systemId, password } = smsc.address;
  const flags = {
    'export-file': exportFile,
    state: join(directory, 'simulator'),
    port: String(listeners.simPort),
    'smpp-port': String(listeners.smppPort),
    'smtp-port': String(listeners.smtpPort),
    'system-id': systemId,
    password,
    'short-code': smsc.shortCode,
    'network-url': `http://127.0.0.1:${listeners.adminPort}`,
  };
  const args = ['serve', ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
  // Its own greeting would only repeat ours.
  const secrets = { NETWORK_TOKEN: token };
  const script = join(root, 'sim-simulator/cli.ts');
  return await startCompanion('simulator', { script, args, secrets, print: quiet(print) });
}

async function startPortal(
  { listeners }: Config,
  { issuer, simUrl, print }: { issuer: string; simUrl: string; print: Print },
): Promise<Companion> {
  const args = ['--issuer', issuer, '--port', String(listeners.portalPort), '--sim-url', simUrl];
  return await startCompanion('portal', { script: join(root, 'src/portal/main.ts'), args, print });
}

/** Takes test cards and no money; on this machine only, like everything of the sandbox. */
async function startPayments({ listeners, payments, provider }: Config, print: Print): Promise<Companion> {
  const flags = {
    port: String(listeners.pspPort),
    'notify-url': `${provider.issuer}/api/billing/v1/psp/notifications`,
    secret: payments.providerSecret ?? '',
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  return await startCompanion('payment provider', { script: join(root, 'src/payment-sandbox/main.ts'), args, print });
}

function quiet(print: Print): Print {
  return (line) => {
    if (/error|warn/i.test(line)) print(line);
  };
}

async function resetSimulator(simUrl: string): Promise<void> {
  const response = await fetch(`${simUrl}/v1/reset`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`the simulator refused to begin anew (${response.status})`);
}

const demoPorts = ['PORT', 'ADMIN_PORT', 'PORTAL_PORT', 'SIM_PORT', 'PSP_PORT', 'SMPP_PORT', 'SMTP_PORT'] as const;

/** `0` means any free port; it must be known before the parts can be told of each other. */
async function withFreePorts(environment: Environment): Promise<Environment> {
  const found = await Promise.all(
    demoPorts.map(
      async (name) => [name, environment[name] === '0' ? String(await freePort()) : environment[name]] as const,
    ),
  );
  return { ...environment, ...Object.fromEntries(found.filter(([, value]) => value !== undefined)) };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
