// The staff commands of billing: what they ask for, and that they work without a server too.
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOperations } from '../../src/admin-operations.ts';
import type { AdminContext } from '../../src/admin-operations-type.ts';
import { addBillingCommands } from '../../src/cli-billing.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createBillingWorld } from './customer/billing-world.ts';

async function ask(line: readonly string[]) {
  const asked: [name: string, input: unknown][] = [];
  const program = new Command().exitOverride().configureOutput({ writeErr() {} });
  const run = async (name: string, input: unknown) => {
    asked.push([name, input]);
    return {};
  };
  addBillingCommands(program, { run, print() {}, fail() {} });
  await program.parseAsync([...line], { from: 'user' });
  return asked;
}

test('they ask for their operations', async () => {
  expect(await ask(['billing', 'run', '--brand', 'ile', '--month', '2026-10'])).toEqual([
    ['billing.run', { brand: 'ile', month: '2026-10' }],
  ]);
  const credit = ['billing', 'credit', 'inv_1', '--amount', '5.50', '--currency', 'EUR', '--reason', 'Geste'];
  expect(await ask([...credit, '--reference', 'case-1'])).toEqual([
    ['billing.credit', { invoiceId: 'inv_1', unit: 'EUR', value: 5.5, reason: 'Geste', reference: 'case-1' }],
  ]);
});

let open: TestDatabase;
let world: ReturnType<typeof createBillingWorld>;
beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = createBillingWorld(open.database);
});
afterAll(() => open.close());

const run = async (name: string, input: unknown): Promise<unknown> => {
  // Only what these operations need.
  const context = { ...world.deps, billing: async () => world.deps } as unknown as AdminContext;
  return await adminOperations.find((one) => one.name === name)!.run(context, input);
};

test('a month is billed and a bill credited, each with words for what cannot be done', async () => {
  const holder = await world.person();
  await world.sold(holder);
  expect(await run('billing.run', { brand: 'exemple', month: '2026-04' })).toMatchObject({
    ...{ invoices: 1, groupInvoices: 0, unit: 'EUR', total: '14.99' },
  });
  expect(await run('billing.run', { brand: 'exemple', month: '2026-04' })).toMatchObject({
    invoices: 0,
    total: '0.00',
  });
  await expect(run('billing.run', { brand: 'exemple', month: '2098-12' })).rejects.toMatchObject({ code: 'conflict' });
  await expect(run('billing.run', { brand: 'exemple', month: '2026-13' })).rejects.toThrow();
  const { id } = await open.database.db.selectFrom('invoices').select('id').executeTakeFirstOrThrow();
  const credit = { invoiceId: id, unit: 'EUR', value: 5, reason: 'Geste', reference: 'case-1' };
  expect(await run('billing.credit', credit)).toEqual({
    number: 'A000000001',
    unit: 'EUR',
    onBill: '5.00',
    onNextBill: '0.00',
  });
  await expect(run('billing.credit', credit)).rejects.toMatchObject({ code: 'conflict' });
  await expect(run('billing.credit', { ...credit, value: 1.001 })).rejects.toMatchObject({ code: 'validation' });
  await expect(run('billing.credit', { ...credit, invoiceId: 'inv_x' })).rejects.toMatchObject({ code: 'not_found' });
});
