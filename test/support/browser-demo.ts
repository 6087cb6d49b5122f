// The demo as a user starts it (`npm start`), in a process of its own on free ports, with an empty database.
// Between provider and SMSC stands a relay, so that a test can take the SMSC away.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openSmscRelay, type SmscRelay } from './browser-smsc-relay.ts';
import { compileCache } from './compile-cache.ts';
import { createFlowPhone, type FlowPhone } from './flow-phone.ts';
import { noteWorldSecrets } from './flow-secrets.ts';
import { appendLog } from './log-directory.ts';

export interface DemoAddresses {
  readonly issuer: string;
  readonly portal: string;
  readonly shop: string;
  readonly simulator: string;
  /** Of the payment provider. */
  readonly payments: string;
  readonly ops: string;
  readonly admin: string;
  readonly smpp: string;
}

export interface BrowserDemo {
  /** What the last line of the greeting said. */
  readonly at: DemoAddresses;
  readonly smsc: Pick<SmscRelay, 'cut' | 'restore'>;
  phone(msisdn: string): FlowPhone;
  /** Moves the sandbox's clock forward. */
  advanceClock(seconds: number): Promise<void>;
  /** The demo world as at first: nobody logged in, no limit used, every phone idle. */
  reset(): Promise<void>;
  /** Stops it as Ctrl-C does; tells its exit code, its processes that are still there, and what followed its greeting. */
  stop(): Promise<{ code: number | null; left: string[]; printedLater: string[] }>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const ports = ['PORT', 'PORTAL_PORT', 'SIM_PORT', 'PSP_PORT', 'OPS_PORT', 'ADMIN_PORT', 'SMPP_PORT', 'SMTP_PORT'];
const startMs = 40_000;
const stopMs = 15_000;
const adminToken = 'admin-token-of-the-browser-tests';

/** Starts it and waits until it rings phones. */
export async function startBrowserDemo(): Promise<BrowserDemo> {
  const directory = mkdtempSync(join(tmpdir(), 'browser-demo-'));
  const relay = await openSmscRelay();
  const child = spawn(process.execPath, ['src/cli.ts', 'demo'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      ...compileCache,
      ...Object.fromEntries(ports.map((name) => [name, '0'])),
      DATABASE_URL: join(directory, 'data'),
      ADMIN_TOKEN: adminToken,
      SMSC_URL: `smpp://provider:smppdemo@127.0.0.1:${relay.port}`,
      SMPP_RECONNECT_MAX_SECONDS: '1',
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.stderr.on('data', (chunk: Buffer) => appendLog('demo', chunk));
  const stop = async () => {
    const family = descendantsOf(child.pid);
    child.kill('SIGTERM');
    const lastResort = setTimeout(() => child.kill('SIGKILL'), stopMs);
    const code = await ended;
    clearTimeout(lastResort);
    await relay.close();
    rmSync(directory, { recursive: true, force: true });
    return { code, left: family.filter((pid) => isAlive(pid)).map(describe), printedLater };
  };
  const printedLater: string[] = [];
  try {
    const at = await readyLine(child, { ended, printedLater });
    relay.leadTo(Number(new URL(at.smpp).port));
    noteWorldSecrets({ exported: readFileSync(join(directory, 'data/simulator/export.json'), 'utf8'), adminToken });
    await untilReady(at);
    return { ...controlsOf(at), smsc: relay, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function controlsOf(at: DemoAddresses): Pick<BrowserDemo, 'at' | 'phone' | 'advanceClock' | 'reset'> {
  const sandbox = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${at.admin}/sandbox/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`the sandbox said ${response.status} to ${path}`);
  };
  return {
    at,
    phone: (msisdn) => createFlowPhone(at.simulator, msisdn),
    advanceClock: (seconds) => sandbox('clock', { advanceSeconds: seconds }),
    reset: () => sandbox('reset', {}),
  };
}

/** The line is the last that the demo prints; its secrets are for the person before it and stay out of the logs. */
function readyLine(
  child: ChildProcess,
  { ended, printedLater }: { ended: Promise<number | null>; printedLater: string[] },
): Promise<DemoAddresses> {
  let isReady = false;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the demo did not start in time')), startMs);
    ended.then((code) => reject(new Error(`the demo ended with ${code} before it was ready`))).catch(reject);
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (isReady) printedLater.push(line);
      if (!line.startsWith('{"ready"')) return;
      isReady = true;
      clearTimeout(timer);
      resolve((JSON.parse(line) as { ready: DemoAddresses }).ready);
    });
  });
}

/** The provider binds at the SMSC by itself; until then the pages say that no phone can be reached. */
export async function untilReady({ ops }: DemoAddresses, wanted = 200): Promise<void> {
  const until = Date.now() + startMs;
  for (;;) {
    const { status } = await fetch(`${ops}/readyz`);
    if (status === wanted) return;
    if (Date.now() > until) throw new Error(`readyz stayed at ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Pids below a process, from /proc; none where there is no /proc. */
function descendantsOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  const parents = new Map<number, number>();
  for (const name of processNames()) {
    const parent = parentOf(Number(name));
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const below = (of: number): number[] =>
    [...parents].filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function processNames(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    // A zombie has no program any more.
    readlinkSync(`/proc/${pid}/exe`);
    return true;
  } catch {
    return false;
  }
}

function describe(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return String(pid);
  }
}
