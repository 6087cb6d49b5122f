// Logs and noted secrets of a run, in the directory that TEST_LOG_DIR names.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  appendLog,
  dropLogDirectory,
  filesEnding,
  logDirectory,
  notedNeedles,
  noteNeedles,
  openLogDirectory,
} from '../../support/log-directory.ts';
import type { Needle } from '../../support/needles.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'log-directory-'));
  vi.stubEnv('TEST_LOG_DIR', join(directory, 'logs'));
  vi.stubEnv('TEST_LOG_DIR_OWNED', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

const needle: Needle = { form: 'digits', what: 'PIN', value: '4071' };

test('what a program prints is appended to its log', () => {
  appendLog('provider', 'one\n');
  appendLog('provider', Buffer.from('two\n'));
  appendLog('simulator', 'x\n');
  const names = filesEnding(join(directory, 'logs'), '.log').map((file) => file.split('/').at(-1));
  expect(names).toEqual([`provider-${process.pid}.log`, `simulator-${process.pid}.log`]);
});

test('noted secrets come back once each, from all processes', () => {
  noteNeedles(needle, { ...needle, what: 'another' });
  noteNeedles(needle);
  writeFileSync(join(directory, 'logs', '999.needles'), `${JSON.stringify({ ...needle, value: '7391' })}\n`);
  const noted = notedNeedles(join(directory, 'logs'));
  expect(noted).toHaveLength(3);
  expect(noted).toContainEqual(needle);
});

test('without a directory nothing is kept', () => {
  vi.stubEnv('TEST_LOG_DIR', '');
  appendLog('provider', 'x');
  noteNeedles(needle);
  expect(logDirectory()).toBeUndefined();
});

test('a directory that was named stays, one that was made for the run goes', () => {
  appendLog('provider', 'x');
  openLogDirectory();
  dropLogDirectory();
  expect(existsSync(join(directory, 'logs'))).toBe(true);
  vi.stubEnv('TEST_LOG_DIR', '');
  openLogDirectory();
  const made = logDirectory();
  expect(existsSync(made!)).toBe(true);
  dropLogDirectory();
  expect(existsSync(made!)).toBe(false);
});
