// Starts the demo's other processes, the portal and the simulator, and ends with them and they with us.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { environment } from '../ops/config.ts';

export interface Companion {
  /** What it said of itself in its `ready` line. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Resolves when it has ended, with the words to report. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

interface CompanionStart {
  readonly script: string;
  readonly args: readonly string[];
  /** Variables: what is in arguments stands in every list of processes. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly print: (line: string) => void;
}

const readyLine = z.object({ ready: z.record(z.string(), z.unknown()) });
const startSeconds = 30;
const stopSeconds = 5;

/**
 * Runs a script of this repository in a process of its own and waits for its line `{"ready":{…}}`. The channel between
 * the two closes when this process dies, whatever the cause, and the script ends itself then. Throws when it does not
 * start; what it prints goes to `print`.
 */
export async function startCompanion(
  name: string,
  { script, args, secrets, print }: CompanionStart,
): Promise<Companion> {
  const env = { ...environment(), ...secrets };
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`${name} could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`${name} ended (${signal ?? `exit code ${code}`})`));
  });
  const lastWords: string[] = [];
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastWords.splice(0, Math.max(0, lastWords.length - 4));
      lastWords.push(line);
      print(line);
    });
  }
  const failed = ended.then((how) => Promise.reject(new Error([how, ...lastWords].join('\n'))));
  failed.catch(() => {});
  const ready = await Promise.race([waitForReady(child, print), failed, tooLate(name)]).catch((error: unknown) => {
    // One that only takes too long must not outlive the failure.
    child.kill('SIGKILL');
    throw error;
  });
  return { ready, ended, stop: () => stop(child, ended) };
}

function waitForReady(child: ChildProcess, print: (line: string) => void): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const ready = parseReady(line);
      if (ready === undefined) print(line);
      else resolve(ready);
    });
  });
}

function parseReady(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{"ready"')) return undefined;
  const parsed = readyLine.safeParse(JSON.parse(line));
  return parsed.success ? parsed.data.ready : undefined;
}

function tooLate(name: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`${name} was not ready after ${startSeconds} s`)), startSeconds * 1_000).unref();
  });
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1_000);
  await ended;
  clearTimeout(timer);
}
