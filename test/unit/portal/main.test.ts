// The portal as a process: one line when it is ready, exit codes, and a clean end on a signal.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/portal/main.ts', import.meta.url));

function run(...flags: string[]) {
  const child: ChildProcess = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const output = { out: '', err: '' };
  child.stdout!.on('data', (chunk) => {
    output.out += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    output.err += chunk;
  });
  return { child, output, ended: once(child, 'close') };
}

test('it starts without a provider, says where it is in one line, and ends with 0 on SIGTERM', async () => {
  const { child, output, ended } = run('--port', '0', '--issuer', 'http://localhost:9');
  await once(child.stdout!, 'data');
  const { ready } = JSON.parse(output.out);
  const page = await fetch(ready.url);
  child.kill('SIGTERM');
  const [code, signal] = await ended;
  expect(page.status).toBe(200);
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  expect(output.out.trim().split('\n')).toEqual([JSON.stringify({ ready: { url: ready.url } })]);
  expect(output.err).toBe('');
});

test('it ends when the process that started it goes away', async () => {
  const { child } = run('--port', '0');
  await once(child.stdout!, 'data');
  const exited = once(child, 'exit');
  child.disconnect();
  expect(await exited).toEqual([0, null]);
});

test('wrong flags end it with 2 and all mistakes', async () => {
  const { output, ended } = run('--port', 'x', '--issuer', 'http://id.exemple.test');
  expect((await ended)[0]).toBe(2);
  expect(output.err).toMatch(/--issuer[\s\S]*--port/);
  expect(output.out).toBe('');
});

test('--help explains the flags', async () => {
  const { output, ended } = run('--help');
  expect((await ended)[0]).toBe(0);
  expect(output.out).toContain('--sim-url');
});
