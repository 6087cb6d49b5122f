// The staff commands on contracts: what they ask for, what they show, and a transfer without a server.
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOperations } from '../../src/admin-operations.ts';
import type { AdminContext } from '../../src/admin-operations-type.ts';
import { openAdminContext } from '../../src/cli-context.ts';
import { addContractCommands } from '../../src/cli-contracts.ts';
import { loadConfig } from '../../src/ops/config.ts';

test.each([
  [['contract', 'show', 'K1'], 'contract.show', { reference: 'K1' }],
  [['contract', 'transfer', 'K1', '--to', 'a@b.test'], 'contract.transfer', { reference: 'K1', to: 'a@b.test' }],
  [['contract', 'end', 'K1'], 'contract.end', { reference: 'K1' }],
])('%j asks for its operation', async (line, name, input) => {
  const asked: unknown[] = [];
  const program = new Command().exitOverride();
  const run = async (...call: unknown[]) => asked.push(call);
  addContractCommands(program, { run, print() {}, fail() {} });
  await program.parseAsync([...line], { from: 'user' });
  expect(asked).toEqual([[name, input]]);
});

let context: AdminContext;
let close: () => Promise<void>;
beforeAll(async () => {
  const environment = { DATABASE_URL: 'memory:', MASTER_KEY: Buffer.alloc(32, 5).toString('base64') };
  ({ context, close } = await openAdminContext(loadConfig(environment, 'tool'), { issuerGiven: false }));
  const person = (name: string, more: object) => ({
    brand: 'exemple',
    person: { givenName: name, familyName: 'Petit' },
    accounts: [{ email: `${name}@exemple.test`, label: name }],
    ...more,
  });
  const contracts = [{ kind: 'MOBILE', customerRef: 'C1', contractRef: 'K1' }];
  const lines = [{ msisdn: '+33639980001', contractRef: 'K1' }];
  await run('subscriber.import', { subscribers: [person('zoe', { contracts, lines }), person('nora', {})] });
});
afterAll(() => close());

async function run(name: string, input: unknown): Promise<Record<string, unknown>> {
  const operation = adminOperations.find((one) => one.name === name);
  return JSON.parse(JSON.stringify(await operation!.run(context, input)));
}

test('c15 a contract is shown, goes to another holder, and both are told', async () => {
  const before = await run('contract.show', { reference: 'K1' });
  expect(before).toMatchObject({ kind: 'MOBILE', customerRef: 'C1', lines: ['+33 6 39 98 ** 01 (active)'] });
  const answer = await run('contract.transfer', { reference: 'K1', to: 'nora@exemple.test' });
  expect(answer).toMatchObject({ outcome: 'transferred', proxiesEnded: 0 });
  const after = await run('contract.show', { reference: 'K1' });
  expect(after['customerRef']).toBe(answer['customerRef']);
  expect(after['accounts']).not.toEqual(before['accounts']);
  const { rows } = await context.database.executeSql(`select data->'message'->>'by' as by from pgboss.job`);
  expect(rows.map(({ by }) => by).sort()).toEqual(['former', 'new']);
});

test('refuses what is not there, and who holds it already', async () => {
  await expect(run('contract.show', { reference: 'K9' })).rejects.toMatchObject({ code: 'not_found' });
  const to = (address: string) => run('contract.transfer', { reference: 'K1', to: address });
  await expect(to('nobody@exemple.test')).rejects.toMatchObject({ code: 'not_found' });
  await expect(to('nora@exemple.test')).rejects.toMatchObject({ code: 'conflict' });
  await expect(to('no identifier')).rejects.toThrow('expected a phone number');
});

test('c15 a contract ends once, after its lines', async () => {
  const end = () => run('contract.end', { reference: 'K1' });
  await expect(end()).rejects.toMatchObject({ code: 'conflict' });
  await context.database.executeSql(`update lines set status = 'terminated'`);
  expect(await end()).toEqual({ outcome: 'ended', contractRef: 'K1', proxiesEnded: 0 });
  expect(await run('contract.show', { reference: 'K1' })).toMatchObject({ endedAt: expect.any(String) });
  await expect(end()).rejects.toMatchObject({ code: 'conflict' });
});
