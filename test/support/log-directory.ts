// Where a run keeps what provider, portal and simulator print, and the secrets that must not be in there.
// TEST_LOG_DIR names the directory: logs as `*.log`, secrets as `*.needles` (JSON lines, outside what is searched).
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Needle } from './needles.ts';

/** Makes a directory for this run if none is named; the tests' processes inherit its name. */
export function openLogDirectory(): void {
  if (logDirectory() !== undefined) return;
  process.env['TEST_LOG_DIR'] = mkdtempSync(join(tmpdir(), 'test-logs-'));
  process.env['TEST_LOG_DIR_OWNED'] = '1';
}

/** Removes what `openLogDirectory` made; a directory that was named stays. */
export function dropLogDirectory(): void {
  const directory = logDirectory();
  if (directory === undefined || process.env['TEST_LOG_DIR_OWNED'] !== '1') return;
  rmSync(directory, { recursive: true, force: true });
}

/** The directory of this run, or undefined when none is kept. */
export function logDirectory(): string | undefined {
  return process.env['TEST_LOG_DIR'] || undefined;
}

/** Adds to the log of one program (`provider`, `simulator`, `portal`). */
export function appendLog(program: string, text: string | Buffer): void {
  const directory = logDirectory();
  if (directory === undefined) return;
  mkdirSync(directory, { recursive: true });
  appendFileSync(join(directory, `${program}-${process.pid}.log`), text);
}

/** Remembers secrets that were used (a PIN, a code that was sent, a token), for the search at the end of the run. */
export function noteNeedles(...needles: Needle[]): void {
  const directory = logDirectory();
  if (directory === undefined) return;
  mkdirSync(directory, { recursive: true });
  const lines = needles.map((needle) => `${JSON.stringify(needle)}\n`).join('');
  appendFileSync(join(directory, `${process.pid}.needles`), lines);
}

/** All secrets remembered in a directory, each once. */
export function notedNeedles(directory: string): Needle[] {
  const lines = filesEnding(directory, '.needles').flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  return [...new Set(lines.filter((line) => line !== ''))].map((line) => JSON.parse(line) as Needle);
}

/** Full paths of the files whose name ends so; none when the directory is missing. */
export function filesEnding(directory: string, ending: string): string[] {
  try {
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => name.endsWith(ending))
      .sort()
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}
