// The staff commands on Customer IDs: what they ask for, and an issue without a server.
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOperations } from '../../src/admin-operations.ts';
import type { AdminContext } from '../../src/admin-operations-type.ts';
import { openAdminContext } from '../../src/cli-context.ts';
import { addCustomerIdCommands } from '../../src/cli-customer-ids.ts';
import { loadConfig } from '../../src/ops/config.ts';
import { insertCustomerGroup } from '../../src/storage/billing-accounts.ts';

const issueLine = ['customer-id', 'issue', 'Morne', '--identity-document', 'passport:AB123', '--advisor', 'R. R.'];

test.each([
  [['customer-id', 'show', 'Morne'], 'customer-id.show', { company: 'Morne' }],
  [
    [...issueLine, '--number', '+23059990001'],
    'customer-id.issue',
    { company: 'Morne', identityDocument: 'passport:AB123', advisor: 'R. R.', number: '+23059990001' },
  ],
])('%j asks for its operation', async (line, name, input) => {
  const asked: unknown[] = [];
  const program = new Command().exitOverride();
  const run = async (...call: unknown[]) => asked.push(call);
  addCustomerIdCommands(program, { run, print() {}, fail() {} });
  await program.parseAsync([...line], { from: 'user' });
  expect(asked).toEqual([[name, input]]);
});

let context: AdminContext;
let close: () => Promise<void>;
beforeAll(async () => {
  const environment = { DATABASE_URL: 'memory:', MASTER_KEY: Buffer.alloc(32, 5).toString('base64') };
  ({ context, close } = await openAdminContext(loadConfig(environment, 'tool'), { issuerGiven: false }));
  const group = { brand: 'ile', name: 'Sucrerie du Morne', kind: 'sme' as const, createdAt: new Date() };
  await context.database.transaction((tx) => insertCustomerGroup(tx, { ...group, id: 'cgr_1' }));
});
afterAll(() => close());

async function run(name: string, input: unknown): Promise<Record<string, unknown>> {
  const operation = adminOperations.find((one) => one.name === name);
  return JSON.parse(JSON.stringify(await operation!.run(context, input)));
}

test('E24 needs an identity document and an advisor; the ID is in this answer and in no other', async () => {
  const order = {
    company: 'sucrerie du morne',
    advisor: 'R. Ramgoolam',
    identityDocument: 'national-id:R0101801234567',
  };
  await expect(run('customer-id.issue', order)).rejects.toMatchObject({ code: 'conflict' });
  const answer = await run('customer-id.issue', { ...order, number: '+230 5999 0001' });
  expect(answer).toMatchObject({ company: 'Sucrerie du Morne', formerRevoked: false });
  const shown = await run('customer-id.show', { company: 'cgr_1' });
  expect(shown).toMatchObject({ customerId: `C-…${String(answer['customerId']).slice(-3)}`, isRegistered: false });
  expect(JSON.stringify(shown)).not.toContain(answer['customerId']);
  expect(await run('customer-id.issue', order)).toMatchObject({ formerRevoked: true });
});

test.each([
  [{ identityDocument: 'passport' }],
  [{ identityDocument: 'library-card:123456' }],
  [{ advisor: '' }],
  [{ number: 'none' }],
])('%j is refused', async (change) => {
  const order = { company: 'cgr_1', advisor: 'R. R.', identityDocument: 'passport:AB1234', ...change };
  await expect(run('customer-id.issue', order)).rejects.toThrow();
});
