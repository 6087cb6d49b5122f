// One owner for an embedded database: a second opener is refused, a dead owner is replaced.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/storage/database.ts';
import { DirectoryInUseError, findOwner, lockDirectory } from '../../src/storage/directory-lock.ts';

let directory: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'directory-lock-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const lockFile = (): string => join(directory, 'owner.lock');
const ended = (process: ChildProcess): Promise<void> => new Promise((resolve) => process.once('exit', () => resolve()));

/** Another process that holds the lock until it is killed. */
async function startOwner(): Promise<ChildProcess> {
  const source = new URL('../../src/storage/directory-lock.ts', import.meta.url).href;
  const script = `const { lockDirectory } = await import(${JSON.stringify(source)});
    lockDirectory(${JSON.stringify(directory)}); console.log('locked'); setInterval(() => {}, 60_000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => owner.stdout?.once('data', resolve));
  return owner;
}

test('the owner is known while it holds the directory, and forgotten after', () => {
  expect(findOwner(directory)).toBeUndefined();
  const release = lockDirectory(directory);
  expect(findOwner(directory)).toBe(process.pid);
  release();
  expect(findOwner(directory)).toBeUndefined();
  expect(readdirSync(directory)).toEqual([]);
});

test('a second opener in the same process is refused and told who owns it', () => {
  lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(DirectoryInUseError);
  expect(() => lockDirectory(directory)).toThrow(String(process.pid));
});

test('a living process keeps others out, a killed one is replaced', async () => {
  child = await startOwner();
  expect(findOwner(directory)).toBe(child.pid);
  expect(() => lockDirectory(directory)).toThrow(DirectoryInUseError);
  const end = ended(child);
  child.kill('SIGKILL');
  await end;
  expect(findOwner(directory)).toBeUndefined();
  lockDirectory(directory)();
});

test('a process id that belongs to another process by now does not keep anybody out', () => {
  writeFileSync(lockFile(), JSON.stringify({ pid: process.pid, started: 'long before' }));
  expect(findOwner(directory)).toBeUndefined();
  lockDirectory(directory)();
});

test.each(['', 'nonsense', '{"pid":0,"started":""}', '{"pid":"1"}'])('a lock file that says %j is replaced', (text) => {
  writeFileSync(lockFile(), text);
  lockDirectory(directory)();
});

test('the lock file is for its owner only and whole from the first moment', () => {
  lockDirectory(directory);
  expect(JSON.parse(readFileSync(lockFile(), 'utf8'))).toMatchObject({ pid: process.pid });
});

test('an embedded database is refused to a second opener and keeps its rows for the next', async () => {
  const first = await openDatabase(directory);
  await first.executeSql("create table things (id text); insert into things values ('kept')");
  await expect(openDatabase(directory)).rejects.toThrow(DirectoryInUseError);
  await first.close();
  const second = await openDatabase(directory);
  expect((await second.executeSql('select id from things')).rows).toEqual([{ id: 'kept' }]);
  await second.close();
});
