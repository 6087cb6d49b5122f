// Staff operations: through the server that owns the data directory, else straight on the database.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { type AdminContext, type AdminOperation, adminOperation } from '../../src/admin-operations-type.ts';
import { OperationRefused, runOperation, ServerUnreachable } from '../../src/cli-operations.ts';
import { AppError } from '../../src/errors.ts';
import { startAdminListener } from '../../src/ops/admin-listener.ts';
import { loadConfig } from '../../src/ops/config.ts';
import { announceAdmin, keepSecret } from '../../src/ops/data-files.ts';
import { lockDirectory } from '../../src/storage/directory-lock.ts';
import { captureLog } from '../support/logs.ts';

const token = 'the-token-of-this-server';
let directory: string;
let cleanUp: (() => unknown)[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cli-operations-'));
  cleanUp = [() => rmSync(directory, { recursive: true, force: true })];
});
afterEach(async () => {
  for (const one of cleanUp.reverse()) await one();
});

const echo = adminOperation('echo', z.strictObject({ n: z.int() }), async (_context, { n }) => ({
  n,
  where: 'direct',
}));
const refusing = adminOperation('refusing', z.strictObject({}), async () => {
  throw new AppError('not_found', { detail: 'there is no such client' });
});

function run(operation: AdminOperation, input: unknown, environment: Record<string, string> = {}) {
  const config = loadConfig({ DATABASE_URL: directory, ...environment }, 'tool');
  const opened = { closed: 0 };
  const openContext = async () => ({
    context: {} as AdminContext,
    close: async () => {
      opened.closed += 1;
    },
  });
  return { answer: runOperation({ config, openContext }, operation, input), opened };
}

/** A server in charge of the directory, with one operation. */
async function aServer(options: { announce?: boolean; keepToken?: boolean } = {}): Promise<void> {
  const handler = async ({ body }: { body: unknown }): Promise<unknown> => {
    const { n } = z.strictObject({ n: z.int() }).parse(body);
    if (n === 0) throw new AppError('conflict', { detail: 'zero is taken' });
    return n === 204 ? undefined : { n, where: 'server' };
  };
  const routes = [{ method: 'POST' as const, path: '/admin/echo', handler }];
  const listener = await startAdminListener({ port: 0, token, routes, log: captureLog().log });
  cleanUp.push(() => listener.close(), lockDirectory(directory));
  if (options.announce !== false) announceAdmin(directory, listener.url);
  if (options.keepToken !== false) keepSecret(directory, 'admin-token', () => token);
}

test('without a server the operation works on the database, which is closed after', async () => {
  const { answer, opened } = run(echo, { n: 1 });
  expect(await answer).toEqual({ n: 1, where: 'direct' });
  expect(opened.closed).toBe(1);
});

test('with a server in charge it is asked, and the database is left alone', async () => {
  await aServer();
  const { answer, opened } = run(echo, { n: 1 });
  expect(await answer).toEqual({ n: 1, where: 'server' });
  expect(opened.closed).toBe(0);
});

test('an answer without content is null', async () => {
  await aServer();
  expect(await run(echo, { n: 204 }).answer).toBeNull();
});

test('the token may come from the environment', async () => {
  await aServer({ keepToken: false });
  expect(await run(echo, { n: 1 }, { ADMIN_TOKEN: token }).answer).toMatchObject({ where: 'server' });
});

test('without a token nobody is asked', async () => {
  await aServer({ keepToken: false });
  await expect(run(echo, { n: 1 }).answer).rejects.toThrow('set ADMIN_TOKEN');
});

test('a wrong token is said in words', async () => {
  await aServer();
  await expect(run(echo, { n: 1 }, { ADMIN_TOKEN: 'another' }).answer).rejects.toThrow(
    'does not accept this ADMIN_TOKEN',
  );
});

test('a server that is in charge and does not answer is an error, not a second opener', async () => {
  cleanUp.push(lockDirectory(directory));
  keepSecret(directory, 'admin-token', () => token);
  announceAdmin(directory, 'http://127.0.0.1:1');
  const { answer, opened } = run(echo, { n: 1 });
  await expect(answer).rejects.toThrow(ServerUnreachable);
  expect(opened.closed).toBe(0);
});

test('another program at that port is recognised', async () => {
  const other = createServer((_request, response) => response.writeHead(502).end('<html>')).listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  cleanUp.push(() => other.close(), lockDirectory(directory));
  keepSecret(directory, 'admin-token', () => token);
  announceAdmin(directory, `http://127.0.0.1:${(other.address() as AddressInfo).port}`);
  await expect(run(echo, { n: 1 }).answer).rejects.toThrow('is no admin listener');
});

test('a refusal is the same both ways', async () => {
  const direct = run(refusing, {}).answer;
  await expect(direct).rejects.toThrow(OperationRefused);
  await expect(direct).rejects.toThrow('there is no such client');
  await aServer();
  await expect(run(echo, { n: 0 }).answer).rejects.toMatchObject({ code: 'conflict', message: 'zero is taken' });
});

test('a wrong input is named by its field both ways, and the database is closed', async () => {
  const { answer, opened } = run(echo, { n: 'one' });
  await expect(answer).rejects.toMatchObject({ code: 'validation', message: expect.stringContaining('n: ') });
  expect(opened.closed).toBe(1);
  await aServer();
  const remote = run(echo, { n: 'one' }).answer;
  await expect(remote).rejects.toMatchObject({ code: 'validation', message: expect.stringContaining('n: ') });
});

test('a bug is not dressed up as a refusal', async () => {
  const buggy = adminOperation('buggy', z.strictObject({}), async () => {
    throw new TypeError('a bug');
  });
  const { answer, opened } = run(buggy, {});
  await expect(answer).rejects.toThrow(TypeError);
  expect(opened.closed).toBe(1);
});

test('PostgreSQL takes commands beside its servers, whoever owns the .data of this place', async () => {
  const before = process.cwd();
  process.chdir(directory);
  cleanUp.push(() => process.chdir(before), lockDirectory('.data'));
  const { answer } = run(echo, { n: 1 }, { DATABASE_URL: 'postgres://db.example.com/app' });
  expect(await answer).toMatchObject({ where: 'direct' });
});
