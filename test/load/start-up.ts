// How long `npm start` takes until everything can be used, and how much memory its processes take.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { repositoryRoot } from '../support/source-files.ts';
import { childrenOf, residentMb } from './cpu-time.ts';

interface Start {
  readonly seconds: number;
  /** By process; `all` is their sum. */
  readonly memoryMb: Readonly<Record<string, number>>;
}

export interface StartReport {
  /** With an empty data directory. */
  readonly first: Start;
  /** With what the first has left. */
  readonly again: Start;
}

/** Starts it twice, on free ports, with a data directory of its own. */
export async function measureStart(): Promise<StartReport> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-start-'));
  try {
    const first = await startOnce(directory);
    return { first, again: await startOnce(directory) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const ports = ['PORT', 'ADMIN_PORT', 'PORTAL_PORT', 'SIM_PORT', 'PSP_PORT', 'SMPP_PORT', 'SMTP_PORT', 'OPS_PORT'];

async function startOnce(directory: string): Promise<Start> {
  const began = performance.now();
  // As `npm start` does it, without npm's own second.
  const child = spawn(process.execPath, ['src/cli.ts', 'demo'], {
    cwd: repositoryRoot,
    env: {
      ...{ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', DATABASE_URL: join(directory, 'data') },
      ...Object.fromEntries(ports.map((name) => [name, '0'])),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await greeting(child, ended);
    const seconds = Math.round((performance.now() - began) / 10) / 100;
    return { seconds, memoryMb: memoryOf(child.pid ?? 0) };
  } finally {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1_000);
    await ended;
    clearTimeout(timer);
  }
}

const startSeconds = 180;
const stopSeconds = 20;

/** Its last line is for scripts: JSON with `ready`. */
function greeting(child: ChildProcess, ended: Promise<void>): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    const hear = (text: Buffer) => {
      said += text.toString();
      if (/^\{"ready"/m.test(said)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    const fail = (how: string) => reject(new Error(`npm start ${how}:\n${said.slice(-2_000)}`));
    void ended.then(() => fail('ended before it was ready'));
    setTimeout(() => fail(`was not ready after ${startSeconds} s`), startSeconds * 1_000).unref();
  });
}

function memoryOf(pid: number): Record<string, number> {
  const all = [pid, ...childrenOf(pid)].map((one) => [nameOf(one), Math.round(residentMb(one))] as const);
  const sum = all.reduce((total, [, mb]) => total + mb, 0);
  return { ...Object.fromEntries(all), all: sum };
}

/** The program that a process runs: `cli.ts demo` is the provider. */
function nameOf(pid: number): string {
  const [, script = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  if (script.includes('sim-simulator')) return 'simulator';
  if (script.includes('portal')) return 'portal';
  if (script.includes('payment-sandbox')) return 'payment provider';
  return basename(script) === 'cli.ts' ? 'provider' : `process ${pid}`;
}
