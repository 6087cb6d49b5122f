// The real operations on a real database: keys, clients, journal, without a server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOperations, adminRoutes } from '../../src/admin-operations.ts';
import type { AdminContext } from '../../src/admin-operations-type.ts';
import { openAdminContext } from '../../src/cli-context.ts';
import { ConfigError, loadConfig } from '../../src/ops/config.ts';

const masterKey = Buffer.alloc(32, 5).toString('base64');
const configured = (changed: Record<string, string> = {}) =>
  loadConfig({ DATABASE_URL: 'memory:', MASTER_KEY: masterKey, ...changed }, 'tool');

let context: AdminContext;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ context, close } = await openAdminContext(configured(), { issuerGiven: false }));
});
afterAll(() => close());

type Json = Record<string, unknown>;

async function run(name: string, input?: unknown): Promise<Json> {
  const operation = adminOperations.find((one) => one.name === name);
  return JSON.parse(JSON.stringify(await operation!.run(context, input)));
}

const redirect = { redirect_uris: ['https://bank.example.com/callback'], party: 'first' };

async function actions(): Promise<string[]> {
  const rows = await context.database.db.selectFrom('auditEvents').select(['action', 'object']).orderBy('id').execute();
  return rows.map(({ action, object }) => `${action} ${object}`);
}

test('migrate tells the engine and what it has had', async () => {
  const { engine, migrations } = await run('migrate');
  expect(engine).toBe('pglite');
  expect(migrations).toContainEqual(expect.objectContaining({ name: '0003-audit-head' }));
});

test('a rotation lets the next keys sign, keeps the old ones, and is in the journal', async () => {
  const kids = ({ keys }: Json, state: string) =>
    (keys as Json[]).filter((key) => key['state'] === state).map(({ kid }) => kid);
  const before = await run('key.list');
  const after = await run('key.rotate');
  expect(kids(after, 'current').sort()).toEqual(kids(before, 'next').sort());
  expect(kids(after, 'previous').sort()).toEqual(kids(before, 'current').sort());
  for (const kid of kids(after, 'current')) expect(await actions()).toContain(`key.rotated ${kid}`);
});

test('a client is added with a secret that is shown once, listed, shown and removed', async () => {
  const added = await run('client.add', { metadata: { ...redirect, client_id: 'bank' } });
  expect(added['clientSecret']).toMatch(/^[\w-]{32,}$/);
  expect(added['client']).toMatchObject({ clientId: 'bank', origin: 'staff', hasSecret: true });
  expect(JSON.stringify(await run('client.list'))).not.toContain(added['clientSecret']);
  expect(await run('client.show', { clientId: 'bank' })).toMatchObject({ metadata: redirect });
  expect(await run('client.remove', { clientId: 'bank' })).toEqual({ removed: 'bank' });
  await expect(run('client.show', { clientId: 'bank' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(run('client.remove', { clientId: 'bank' })).rejects.toMatchObject({ code: 'not_found' });
  expect(await actions()).toEqual(expect.arrayContaining(['client.added bank', 'client.removed bank']));
});

test('a client that the provider would not take is refused with the reason', async () => {
  const metadata = { ...redirect, redirect_uris: ['not a uri'] };
  const refused = run('client.add', { metadata });
  await expect(refused).rejects.toMatchObject({ code: 'validation', detail: expect.stringContaining('redirect_uris') });
});

test.each([
  ['client.show', {}],
  ['client.show', { clientId: '' }],
  ['client.show', { clientId: 'a', more: 1 }],
  ['client.add', { metadata: 'text' }],
  ['key.list', { more: 1 }],
])('%s refuses the input %j', async (name, input) => {
  await expect(run(name, input)).rejects.toThrow(expect.objectContaining({ name: 'ZodError' }));
});

test('the journal of all this verifies, and a changed row is found', async () => {
  expect(await run('audit.verify')).toEqual({ sealed: expect.any(Number), unsealed: 0 });
  await context.database.executeSql("update audit_events set actor = 'system' where sequence = 2");
  expect((await run('audit.verify'))['problem']).toEqual({ sequence: 2, kind: 'changed' });
});

test('every operation is a route of the admin listener', async () => {
  const routes = adminRoutes({ ...context, ...(await context.secrets()) });
  expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual(
    adminOperations.map(({ name }) => `POST /admin/${name}`),
  );
  const list = routes.find(({ path }) => path === '/admin/client.list');
  const request = { body: undefined, query: new URLSearchParams() };
  expect(await list?.handler(request)).toMatchObject({ issuer: 'http://localhost:3000' });
});

test('without a master key only what needs none works', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cli-context-'));
  const config = loadConfig({ DATABASE_URL: join(directory, 'data') }, 'tool');
  const bare = await openAdminContext(config, { issuerGiven: false });
  const keys = adminOperations.find(({ name }) => name === 'key.list');
  await expect(keys?.run(bare.context, {})).rejects.toThrow(ConfigError);
  const verify = adminOperations.find(({ name }) => name === 'audit.verify');
  expect(await verify?.run(bare.context, {})).toEqual({ sealed: 0, unsealed: 0 });
  await bare.close();
  rmSync(directory, { recursive: true });
});
