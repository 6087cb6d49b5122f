// The staff commands on lines and SIMs: what they ask for, and that they work without a server too.
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOperations } from '../../src/admin-operations.ts';
import type { AdminContext } from '../../src/admin-operations-type.ts';
import { openAdminContext } from '../../src/cli-context.ts';
import { addLineCommands } from '../../src/cli-lines.ts';
import { loadConfig } from '../../src/ops/config.ts';

type Json = Record<string, unknown>;

/** Runs a command line against an operation that answers as told. */
async function ask(line: readonly string[], answer: unknown = {}) {
  const asked: [name: string, input: unknown][] = [];
  const printed: string[] = [];
  const program = new Command().exitOverride().configureOutput({ writeErr() {} });
  addLineCommands(program, {
    run: async (name, input) => {
      asked.push([name, input]);
      return answer;
    },
    print: (text) => printed.push(text),
    fail() {},
  });
  await program.parseAsync([...line], { from: 'user' });
  return { asked, text: printed.join('\n') };
}

const number = '06 39 98 00 01';
const words = number.split(' ');

test.each([
  [['line', 'show', ...words], 'line.show', { number }],
  [['line', 'suspend', ...words, '--reason', 'lost'], 'line.suspend', { number, reason: 'lost' }],
  [['line', 'suspend', ...words], 'line.suspend', { number, reason: 'other' }],
  [['line', 'reactivate', ...words], 'line.reactivate', { number }],
  [['line', 'change-number', ...words, '--to', '0639980099'], 'line.change-number', { number, to: '0639980099' }],
  [['line', 'terminate', ...words], 'line.terminate', { number }],
  [['sim', 'reserve', ...words], 'sim.reserve', { number }],
  [['sim', 'reserve', ...words, '--iccid', '8933 0100'], 'sim.reserve', { number, iccid: '89330100' }],
  [['sim', 'ship', ...words], 'sim.ship', { number }],
  [['sim', 'cancel', ...words], 'sim.cancel', { number }],
])('%j asks for its operation', async (line, name, input) => {
  expect((await ask(line)).asked).toEqual([[name, input]]);
});

test('what happened is said first, then what the line is now', async () => {
  const answer = { outcome: 'suspended', line: { status: 'suspended', service: 'LINE_SUSPENDED' } };
  const { text } = await ask(['line', 'suspend', ...words], answer);
  expect(text.split('\n')).toEqual(['suspended', 'status   suspended', 'service  LINE_SUSPENDED']);
});

let context: AdminContext;
let close: () => Promise<void>;
beforeAll(async () => {
  const environment = { DATABASE_URL: 'memory:', MASTER_KEY: Buffer.alloc(32, 5).toString('base64') };
  ({ context, close } = await openAdminContext(loadConfig(environment, 'tool'), { issuerGiven: false }));
});
afterAll(() => close());

async function run(name: string, input: unknown): Promise<Json> {
  const operation = adminOperations.find((one) => one.name === name);
  return JSON.parse(JSON.stringify(await operation!.run(context, input)));
}

test('without a server the change is made, and the e-mail about it waits for one', async () => {
  const sim = { iccid: '8933010000000000001', serial13: '9000000000001' };
  const subscriber = {
    brand: 'exemple',
    person: { givenName: 'Zoé', familyName: 'Petit' },
    accounts: [{ email: 'zoe@exemple.test', label: 'Zoé' }],
    contracts: [{ kind: 'MOBILE', customerRef: 'C1', contractRef: 'K1' }],
    lines: [{ msisdn: '+33639980001', contractRef: 'K1', sim }],
  };
  await run('subscriber.import', { subscribers: [subscriber] });
  const answer = await run('line.suspend', { number, reason: 'stolen' });
  expect(answer).toMatchObject({
    outcome: 'suspended',
    line: { number: '+33 6 39 98 ** 01', suspendedReason: 'stolen', sim: { iccidEnd: '0001', state: 'blocked' } },
  });
  expect(JSON.stringify(answer)).not.toMatch(/639980001|9000000000001/);
  const { rows } = await context.database.executeSql(`select data from pgboss.job where name = 'email'`);
  expect(rows).toEqual([
    { data: expect.objectContaining({ message: expect.objectContaining({ key: 'line-suspended' }) }) },
  ]);
});
