// Providers in processes of their own over one database, and the simulator beside them: for killing, restarting and
// sharing. What each node prints is kept with the logs of the run.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Simulator } from '../../sim-simulator/serve.ts';
import { createBrowser } from './browser.ts';
import { compileCache } from './compile-cache.ts';
import { createEmptyDatabase, type Engine, postgresUrl } from './databases.ts';
import { createFlowPhone, type FlowPhone } from './flow-phone.ts';
import { createRelyingParties, type RelyingParties } from './flow-relying-party.ts';
import { noteWorldSecrets } from './flow-secrets.ts';
import { until } from './flow-until.ts';
import { openSimulator } from './flow-world.ts';
import { freePorts } from './free-ports.ts';
import { appendLog } from './log-directory.ts';

export interface Node {
  readonly port: number;
  /** Packet counters in the order in which this node was about to send. */
  readonly sending: readonly (number | undefined)[];
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** SIGKILL: nothing is tidied up. */
  kill(): Promise<void>;
}

export interface NodeWorld extends RelyingParties {
  readonly issuer: string;
  /** Where the nodes look for the payment provider. */
  readonly paymentsPort: number;
  phone(msisdn: string): FlowPhone;
  browser(): ReturnType<typeof createBrowser>;
  /**
   * Starts a provider, to which everything goes from then on. `atSend`: it stands still when it would write to the
   * SMSC, or dies the moment its first attempt is committed. `atCapture`: it dies in the transaction of a payment's
   * capture, or right behind it. `skewSeconds`: how far its own clock is ahead.
   */
  startNode(options?: {
    port?: number;
    atSend?: 'wait' | 'die';
    atCapture?: 'die-within' | 'die-behind';
    skewSeconds?: number;
  }): Promise<Node>;
  /** Sends browser and relying party to these nodes in turn, request by request. */
  balance(...nodes: readonly Node[]): void;
  /** One statement on the database; PostgreSQL only. */
  query(statement: string): Promise<Record<string, unknown>[]>;
  /** A port for one more node. */
  freePort(): Promise<number>;
  /** Kills every node. */
  killAll(): Promise<void>;
  stop(): Promise<void>;
}

const script = fileURLToPath(new URL('flow-provider-process.ts', import.meta.url));

/** Prepares database, ports and keys; the first node that is started brings the demo world and the simulator. */
export async function openNodeWorld(engine: Engine): Promise<NodeWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'flow-nodes-'));
  const server = engine === 'postgres' ? await createEmptyDatabase(postgresUrl!) : undefined;
  const [port = 0, portalPort = 0, smppPort = 0, smtpPort = 0, paymentsPort = 0] = await freePorts(5);
  const issuer = `http://localhost:${port}`;
  const exportFile = join(directory, 'export.json');
  const adminToken = randomBytes(24).toString('base64url');
  const environment = {
    DATABASE_URL: server?.url ?? join(directory, 'data'),
    ISSUER: issuer,
    SMPP_PORT: String(smppPort),
    SMTP_PORT: String(smtpPort),
    PSP_PORT: String(paymentsPort),
    ...{ OPS_PORT: '0', ADMIN_PORT: '0', ADMIN_TOKEN: adminToken, SEND_LEASE_SECONDS: '1' },
    SMPP_RECONNECT_MAX_SECONDS: '1',
    MASTER_KEY: randomBytes(32).toString('base64'),
    FLOW_EXPORT_FILE: exportFile,
    FLOW_PORTAL_URL: `http://localhost:${portalPort}`,
  };
  const nodes: Node[] = [];
  const killAll = async (): Promise<void> => {
    await Promise.all(nodes.splice(0).map((node) => node.kill()));
  };
  let simulator: Simulator | undefined;
  let targets: readonly Node[] = [];
  let turn = 0;
  const route = (url: URL): URL => {
    const target = targets[turn++ % targets.length];
    if (target === undefined || url.origin !== issuer) return url;
    return Object.assign(new URL(url), { port: String(target.port) });
  };
  return {
    ...createRelyingParties(issuer, (url, options) => fetch(route(new URL(url)), options as RequestInit)),
    issuer,
    paymentsPort,
    phone: (msisdn) => createFlowPhone(simulator?.url ?? '', msisdn),
    browser: () => createBrowser({ route }),
    async startNode({ port: wished = port, atSend, atCapture, skewSeconds = 0 } = {}) {
      const dying = { ...(atSend && { FLOW_AT_SEND: atSend }), ...(atCapture && { FLOW_AT_CAPTURE: atCapture }) };
      const more = { FLOW_SKEW_SECONDS: String(skewSeconds), ...dying };
      const node = await launch({ ...environment, PORT: String(wished), ...more });
      nodes.push(node);
      targets = [node];
      if (simulator === undefined) {
        noteWorldSecrets({ exported: readFileSync(exportFile, 'utf8'), adminToken });
        simulator = await openSimulator({ exportFile, directory, smppPort, smtpPort, onEvent: () => {} });
      }
      await node.bound();
      return node;
    },
    balance(...some) {
      targets = some;
    },
    async query(statement) {
      const client = new pg.Client({ connectionString: server?.url });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(statement)).rows;
      } finally {
        await client.end();
      }
    },
    freePort: async () => (await freePorts(1))[0] ?? 0,
    killAll,
    async stop() {
      await killAll();
      await simulator?.stop();
      await server?.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

type Message = { about: 'ready'; opsUrl: string } | { about: 'sending'; counter?: number };

async function launch(environment: Record<string, string>): Promise<Node & { bound(): Promise<void> }> {
  const child = fork(script, {
    env: { ...pathOnly(), ...compileCache, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lastWords = keepOutput(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const sending: (number | undefined)[] = [];
  const opsUrl = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: Message) => {
      if (message.about === 'ready') resolve(message.opsUrl);
      else sending.push(message.counter);
    });
    void ended.then(() => reject(new Error(`a node ended before it was ready: ${lastWords.join('')}`)));
  });
  return {
    port: Number(environment['PORT']),
    sending,
    ended,
    bound: () =>
      // One that is to die may do so before.
      Promise.race([ended, until('the node is ready', async () => await isReady(opsUrl))]).then(() => {}),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function isReady(opsUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${opsUrl}/readyz`)).ok;
  } catch {
    return false;
  }
}

function keepOutput(child: ChildProcess): string[] {
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => {
      appendLog('provider-node', text);
      last.push(text.toString());
      last.splice(0, Math.max(0, last.length - 5));
    });
  }
  return last;
}

function pathOnly(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
}
