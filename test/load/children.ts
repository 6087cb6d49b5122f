// Processes of the benchmark, each with a program of its own: started, asked, ended.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compileCache } from '../support/compile-cache.ts';

export interface Child {
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: Readonly<Record<string, string>>;
  /** Throws what the other side threw. */
  ask(question: string, about?: string): Promise<unknown>;
  stop(): Promise<void>;
}

interface Said {
  readonly ready?: Record<string, string>;
  readonly id?: number;
  readonly said?: unknown;
  readonly failed?: string;
}

/** Starts a program of this folder. Throws, with its last words, when it ends before it is ready. */
export async function startChild(script: string, environment: Readonly<Record<string, string>>): Promise<Child> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...compileCache, ...environment },
    // Logs are written as in production and read by nobody.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const lastWords: string[] = [];
  child.stderr?.on('data', (text: Buffer) => {
    lastWords.push(text.toString());
    lastWords.splice(0, Math.max(0, lastWords.length - 10));
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const waiting = new Map<number, (said: Said) => void>();
  const ready = await new Promise<Record<string, string>>((resolve, reject) => {
    child.on('message', (said: Said) => {
      if (said.ready !== undefined) resolve(said.ready);
      else waiting.get(said.id ?? 0)?.(said);
    });
    void ended.then(() => reject(new Error(`${script} ended before it was ready:\n${lastWords.join('')}`)));
  });
  let asked = 0;
  return {
    pid: child.pid ?? 0,
    ready,
    async ask(question, about = '') {
      const id = ++asked;
      const said = await new Promise<Said>((resolve, reject) => {
        waiting.set(id, resolve);
        child.send({ id, question, about });
        void ended.then(() => reject(new Error(`${script} ended:\n${lastWords.join('')}`)));
      });
      waiting.delete(id);
      if (said.failed !== undefined) throw new Error(said.failed);
      return said.said;
    },
    stop: () => end(child, ended),
  };
}

const patienceMs = 10_000;

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await ended;
  clearTimeout(timer);
}
