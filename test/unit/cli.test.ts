// The command line as a process: help, exit codes, one clear line for each mistake.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAdminListener } from '../../src/ops/admin-listener.ts';
import { announceAdmin } from '../../src/ops/data-files.ts';
import { lockDirectory } from '../../src/storage/directory-lock.ts';
import { compileCache } from '../support/compile-cache.ts';
import { captureLog } from '../support/logs.ts';
import { repositoryRoot } from '../support/source-files.ts';

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function cli(args: readonly string[], environment: Record<string, string> = {}): Promise<Result> {
  // Nothing of this run's own environment may decide what is tested.
  const env = { PATH: process.env['PATH'] ?? '', ...compileCache, ...environment };
  const child = spawn(process.execPath, [join(repositoryRoot, 'src/cli.ts'), ...args], { env });
  child.stdin.end();
  const result = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    result.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    result.err += chunk;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...result })));
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cli-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.concurrent('help', () => {
  test('--help lists every command', async ({ expect }) => {
    const { code, out } = await cli(['--help']);
    expect(code).toBe(0);
    for (const command of ['demo', 'serve', 'migrate', 'client', 'key', 'audit', 'docs']) {
      expect(out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
  });

  test.for([['client'], ['client', 'add'], ['key', 'rotate'], ['audit', 'verify'], ['serve'], ['docs']])(
    '%j has its own help',
    async (command, { expect }) => {
      const { code, out } = await cli([...command, '--help']);
      expect(code).toBe(0);
      expect(out).toContain(`Usage: cli ${command.join(' ')}`);
    },
  );
});

describe.concurrent('mistakes', () => {
  test.for([[['nope']], [['client']], [['client', 'show']], [['key', 'list', '--nope']], [[]]])(
    '%j is a mistake of usage: exit code 2',
    async ([args], { expect }) => {
      const { code, err } = await cli(args!);
      expect(code).toBe(2);
      expect(err).not.toBe('');
    },
  );

  test('a wrong configuration is exit code 78 with all mistakes, and no value', async ({ expect }) => {
    const { code, out, err } = await cli(['serve'], { PORT: 'needle', SMSC_URL: 'needle' });
    expect(code).toBe(78);
    expect(out).toBe('');
    for (const name of ['PORT', 'ISSUER', 'SMSC_URL', 'SMTP_URL', 'MASTER_KEY']) expect(err).toContain(`  ${name}: `);
    expect(err).not.toContain('needle');
    expect(err).not.toContain('    at ');
  });

  test('a database that cannot be reached is one line without its password', async ({ expect }) => {
    const { code, err } = await cli(['migrate'], { DATABASE_URL: 'postgres://app:needle@127.0.0.1:1/app' });
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toEqual([expect.stringContaining('ECONNREFUSED')]);
    expect(err).not.toContain('needle');
  });
});

test('migrate makes an embedded database, and audit verify finds its journal whole', async () => {
  const environment = { DATABASE_URL: join(directory, 'data') };
  const migrated = await cli(['migrate', '--json'], environment);
  expect(migrated).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(migrated.out)).toMatchObject({ engine: 'pglite' });
  const verified = await cli(['audit', 'verify'], environment);
  expect(verified).toEqual({ code: 0, out: 'the journal is whole: 0 sealed, 0 not sealed yet\n', err: '' });
});

test('a command that needs the master key says so', async () => {
  const { code, err } = await cli(['key', 'list'], { DATABASE_URL: join(directory, 'data') });
  expect(code).toBe(78);
  expect(err).toContain('MASTER_KEY: needed');
});

test('docs --check finds the committed documents up to date', async () => {
  expect(await cli(['docs', '--check'])).toMatchObject({ code: 0 });
});

describe('beside a server that is in charge of the data directory', () => {
  const token = 'token-of-the-running-server';
  const environment = () => ({ DATABASE_URL: join(directory, 'owned'), ADMIN_TOKEN: token });
  let cleanUp: () => Promise<void>;
  beforeAll(async () => {
    const answers: Record<string, unknown> = {
      'client.list': { clients: [{ clientId: 'of-the-server', metadata: {} }] },
      'audit.verify': { sealed: 2, unsealed: 0, problem: { sequence: 1, kind: 'changed' } },
    };
    const routes = Object.entries(answers).map(([name, answer]) => ({
      method: 'POST' as const,
      path: `/admin/${name}`,
      handler: async () => answer,
    }));
    const release = lockDirectory(environment().DATABASE_URL);
    const listener = await startAdminListener({ port: 0, token, routes, log: captureLog().log });
    const withdraw = announceAdmin(environment().DATABASE_URL, listener.url);
    cleanUp = async () => {
      withdraw();
      await listener.close();
      release();
    };
  });
  afterAll(() => cleanUp());

  test('commands go through the server', async () => {
    const { code, out } = await cli(['client', 'list'], environment());
    expect(code).toBe(0);
    expect(out).toContain('of-the-server');
  });

  test('a journal that is not whole is exit code 1', async () => {
    const { code, out } = await cli(['audit', 'verify'], environment());
    expect(code).toBe(1);
    expect(out).toContain('row 1 is changed');
  });

  test('a second server is refused and told who owns the directory', async () => {
    const production = {
      ISSUER: 'http://localhost:3000',
      MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
      SMSC_URL: 'smpp://a:b@127.0.0.1',
      SMTP_URL: 'smtp://127.0.0.1',
      SMTP_FROM: 'a@example.com',
      NUMBERING_PLAN: 'exemple:208_99:+3363998',
    };
    const { code, err } = await cli(['serve'], { ...production, DATABASE_URL: environment().DATABASE_URL });
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toEqual([expect.stringContaining(`in use by process ${process.pid}`)]);
  });
});
