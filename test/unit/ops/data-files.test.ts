// Small secret files in the data directory.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  adminToken,
  announceAdmin,
  demoMasterKey,
  findAdmin,
  findDemoMasterKey,
  keepSecret,
  readSecret,
} from '../../../src/ops/data-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'data-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const modeOf = (name: string): string => (statSync(join(directory, name)).mode & 0o777).toString(8);

test('a secret is made once, kept, and readable by its owner only', () => {
  expect(keepSecret(directory, 'secret', () => 'first')).toBe('first');
  expect(keepSecret(directory, 'secret', () => 'second')).toBe('first');
  expect(modeOf('secret')).toBe('600');
  expect(readdirSync(directory)).toEqual(['secret']);
});

test('a process that comes second takes the secret of the first', () => {
  const made = keepSecret(directory, 'secret', () => {
    keepSecret(directory, 'secret', () => 'of the other process');
    return 'mine';
  });
  expect(made).toBe('of the other process');
});

test('the directory is made, for its owner only', () => {
  const inner = join(directory, 'new');
  keepSecret(inner, 'secret', () => 'x');
  expect((statSync(inner).mode & 0o777).toString(8)).toBe('700');
});

test('a file that others may read is closed to them when it is read', () => {
  writeFileSync(join(directory, 'secret'), 'x\n');
  chmodSync(join(directory, 'secret'), 0o644);
  expect(readSecret(directory, 'secret')).toBe('x');
  expect(modeOf('secret')).toBe('600');
});

test('the admin token is the one that is given, else a long one that is kept', () => {
  expect(adminToken({ given: 'given', directory }, randomBytes)).toBe('given');
  expect(readdirSync(directory)).toEqual([]);
  const made = adminToken({ given: undefined, directory }, randomBytes);
  expect(made).toMatch(/^[\w-]{43}$/);
  expect(adminToken({ given: undefined, directory }, randomBytes)).toBe(made);
  expect(findAdmin(directory).token).toBe(made);
});

test('a server says where its admin listener is, and takes that back when it stops', () => {
  expect(findAdmin(directory)).toEqual({ url: undefined, token: undefined });
  const withdraw = announceAdmin(directory, 'http://127.0.0.1:3004');
  expect(findAdmin(directory).url).toBe('http://127.0.0.1:3004');
  withdraw();
  expect(findAdmin(directory).url).toBeUndefined();
});

test('a server that stops leaves what its successor said', () => {
  const withdraw = announceAdmin(directory, 'http://127.0.0.1:3004');
  announceAdmin(directory, 'http://127.0.0.1:4004');
  withdraw();
  expect(findAdmin(directory).url).toBe('http://127.0.0.1:4004');
});

test('the master key of the demo is 32 octets and stays the same', () => {
  expect(findDemoMasterKey(directory)).toBeUndefined();
  const key = demoMasterKey(directory, randomBytes);
  expect(key).toHaveLength(32);
  expect(demoMasterKey(directory, randomBytes)).toEqual(key);
  expect(findDemoMasterKey(directory)).toEqual(key);
});
