// Where mail to an address goes, as the mail platform asks it.
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOperations } from '../../src/admin-operations.ts';
import type { AdminContext } from '../../src/admin-operations-type.ts';
import { openAdminContext } from '../../src/cli-context.ts';
import { addMailboxCommands } from '../../src/cli-mailboxes.ts';
import { loadConfig } from '../../src/ops/config.ts';
import { takeAddress } from '../../src/storage/mail-addresses.ts';
import { insertAlias } from '../../src/storage/mailboxes.ts';

test('mailbox resolve asks for its operation', async () => {
  const asked: unknown[] = [];
  const program = new Command().exitOverride();
  addMailboxCommands(program, { run: async (...call) => asked.push(call), print() {}, fail() {} });
  await program.parseAsync(['mailbox', 'resolve', 'zoe@exemple.test'], { from: 'user' });
  expect(asked).toEqual([['mailbox.resolve', { address: 'zoe@exemple.test' }]]);
});

let context: AdminContext;
let close: () => Promise<void>;
beforeAll(async () => {
  const environment = { DATABASE_URL: 'memory:', MASTER_KEY: Buffer.alloc(32, 5).toString('base64') };
  ({ context, close } = await openAdminContext(loadConfig(environment, 'tool'), { issuerGiven: false }));
  const person = { givenName: 'Zoé', familyName: 'Petit' };
  const accounts = [{ email: 'zoe@exemple.test', label: 'Zoé Petit' }];
  await run('subscriber.import', { subscribers: [{ brand: 'exemple', person, accounts }] });
});
afterAll(() => close());

async function run(name: string, input: unknown): Promise<unknown> {
  return await adminOperations.find((one) => one.name === name)?.run(context, input);
}
const resolve = (address: string) => run('mailbox.resolve', { address });

test('D09 mail to an alias lands in the mailbox of its owner, and to a given-up one nowhere', async () => {
  expect(await resolve('Zoe@exemple.test')).toEqual({
    deliverTo: 'zoe@exemple.test',
    kind: 'mailbox',
    status: 'active',
  });
  const { database } = context;
  await database.transaction(async (tx) => {
    const { id: mailboxId } = await tx.selectFrom('mailboxes').select('id').executeTakeFirstOrThrow();
    const address = 'jardin@exemple.test';
    await insertAlias(tx, { id: 'mba_1', mailboxId, address });
    await takeAddress(tx, { brand: 'exemple', address }, { use: 'alias', aliasId: 'mba_1' });
  });
  expect(await resolve('jardin@exemple.test')).toEqual({
    deliverTo: 'zoe@exemple.test',
    kind: 'alias',
    status: 'active',
  });
  await database.db.deleteFrom('mailboxAliases').execute();
  await expect(resolve('jardin@exemple.test')).rejects.toMatchObject({ code: 'not_found' });
});

test('an address that nobody has goes nowhere', async () => {
  await expect(resolve('nobody@exemple.test')).rejects.toMatchObject({ code: 'not_found' });
});
