// The staff commands on orders and questions: what they ask for, and that they work without a server too.
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOperations } from '../../src/admin-operations.ts';
import type { AdminContext } from '../../src/admin-operations-type.ts';
import { openAdminContext } from '../../src/cli-context.ts';
import { addOrderCommands } from '../../src/cli-orders.ts';
import { loadConfig } from '../../src/ops/config.ts';

/** Runs a command line against an operation that answers as told. */
async function ask(line: readonly string[], answer: unknown = {}) {
  const asked: [name: string, input: unknown][] = [];
  const printed: string[] = [];
  const program = new Command().exitOverride().configureOutput({ writeErr() {} });
  const run = async (name: string, input: unknown) => {
    asked.push([name, input]);
    return answer;
  };
  addOrderCommands(program, { run, print: (text) => printed.push(text), fail() {} });
  await program.parseAsync([...line], { from: 'user' });
  return { asked, text: printed.join('\n') };
}

test.each([
  [['order', 'list'], 'order.list', {}, { orders: [] }],
  [['order', 'move', 'ord_1', '--to', 'shipped'], 'order.move', { id: 'ord_1', to: 'shipped' }, {}],
  [
    ['order', 'stock', 'phone-1', '--brand', 'exemple', '--left', '3'],
    'order.stock',
    { brand: 'exemple', handset: 'phone-1', left: 3 },
    {},
  ],
  [
    ['order', 'stock', 'phone-1', '--brand', 'exemple', '--left', 'none'],
    'order.stock',
    { brand: 'exemple', handset: 'phone-1', left: null },
    {},
  ],
  [['case', 'list'], 'case.list', {}, { cases: [] }],
  [['case', 'move', 'cas_1', '--to', 'inProgress'], 'case.move', { id: 'cas_1', to: 'inProgress' }, {}],
  [['contact', 'list'], 'contact.list', {}, { questions: [] }],
  [
    ['contact', 'answer', 'cnt_1', 'Bonjour,', 'voici.'],
    'contact.answer',
    { id: 'cnt_1', text: 'Bonjour, voici.' },
    {},
  ],
])('%j asks for its operation', async (line, name, input, answer) => {
  expect((await ask(line, answer)).asked).toEqual([[name, input]]);
});

test('an order is listed with what it is about', async () => {
  const orders = [{ id: 'ord_1', type: 'option', state: 'created', what: 'add Europe', orderedAt: '2026-03-01' }];
  expect((await ask(['order', 'list'], { orders })).text).toContain('add Europe');
});

let opened: { context: AdminContext; close: () => Promise<void> };
beforeAll(async () => {
  const config = loadConfig({ DATABASE_URL: 'memory:', MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }, 'tool');
  opened = await openAdminContext(config, { issuerGiven: false });
});
afterAll(() => opened.close());

const run = (name: string, input: unknown) => {
  const operation = adminOperations.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`no operation ${name}`);
  return operation.run(opened.context, input);
};

test('what is not there cannot be moved or answered, and lists are empty', async () => {
  expect(await run('order.list', {})).toEqual({ orders: [] });
  expect(await run('contact.list', {})).toEqual({ questions: [] });
  expect(await run('case.list', {})).toEqual({ cases: [] });
  await expect(run('case.move', { id: 'cas_none', to: 'closed' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(run('order.move', { id: 'ord_none', to: 'done' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(run('contact.answer', { id: 'cnt_none', text: 'x' })).rejects.toMatchObject({ code: 'not_found' });
  expect(() => run('order.move', { id: 'ord_none', to: 'created' })).toThrow();
});

test('handsets are counted only if the brand sells them, and not counted any more on demand', async () => {
  const stock = (handset: string, left: number | null) => run('order.stock', { brand: 'exemple', handset, left });
  expect(await stock('handset-aster-5', 2)).toEqual({ handset: 'handset-aster-5', left: 2 });
  expect(await stock('handset-aster-5', null)).toEqual({ handset: 'handset-aster-5', left: 'not counted' });
  await expect(stock('handset-nothing', 1)).rejects.toMatchObject({ code: 'not_found' });
});
