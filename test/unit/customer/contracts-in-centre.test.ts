// What is told of contracts stands in the centre, too: each message has its words, and the users of a line hear of it.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tellContractsInCentre } from '../../../src/customer/contracts-in-centre.ts';
import { createNotificationCentre } from '../../../src/customer/notification-centre.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { proxyEnders } from '../../../src/messaging/contract-messages.ts';
import type { ContractNotices } from '../../../src/messaging/contract-notices.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld, type Person } from './contract-world.ts';

let open: TestDatabase;
let world: ReturnType<typeof createContractWorld>;
let centre: ReturnType<typeof createNotificationCentre>;
let told: ContractNotices;
const calls: string[] = [];
const at = new Date('2026-11-22T12:05:00Z');
const contract = { kind: 'MOBILE', line: '+33 6 39 98 ** 04' } as const;

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  const { database } = open;
  world = createContractWorld(database);
  centre = createNotificationCentre({ database, randomBytes, timeZone: 'Europe/Paris' });
  const note = (name: string) => async () => void calls.push(name);
  const notices = { proxyEnded: note('ended'), contractAttached: note('attached'), contractTransferred: note('moved') };
  told = tellContractsInCentre(notices, centre);
});
afterAll(() => open.close());

async function read({ accountId }: { accountId: AccountId }) {
  const { items } = await centre.list(accountId, { locale: 'fr', offset: 0, limit: 20 });
  return items.map(({ subject, content, topic, link }) => ({ subject, content, topic, link }));
}

test('c12 the holder reads who manages the contract, and so does the user of the line', async () => {
  const david = await world.person();
  const nora = await world.person();
  const sold = await world.contract(david);
  const { db } = open.database;
  const use = { accountId: nora.accountId, contractId: sold.contractId, relation: 'user' as const, since: at };
  await db.insertInto('accountContracts').values(use).execute();
  const event = { tell: david.accountId, name: 'E*** M***', proxyId: 'prx_1', lineId: sold.lineId, contract, at };
  for (let repeat = 0; repeat < 2; repeat++) {
    await open.database.transaction((tx) => told.contractAttached(tx, { ...event, eventId: 'prx_1' }));
  }
  expect(await read(david)).toEqual([
    {
      ...{ subject: 'Un de vos contrats est géré par procuration', topic: 'proxy', link: '/contracts' },
      content: expect.stringContaining('E*** M***'),
    },
  ]);
  expect((await read(nora)).map(({ subject }) => subject)).toEqual([
    'Le contrat de votre ligne est géré par procuration',
  ]);
  expect(calls).toEqual(['attached', 'attached']);
});

test('every other message has its words in the centre', async () => {
  const who: Person = await world.person();
  const event = { accounts: [who.accountId], contract, at };
  await open.database.transaction(async (tx) => {
    for (const by of proxyEnders) await told.proxyEnded(tx, { ...event, by, eventId: by });
    for (const side of ['former', 'new'] as const)
      await told.contractTransferred(tx, { ...event, side, eventId: side });
    const own = { tell: who.accountId, name: 'D*** M***', proxyId: null, lineId: null, contract, at, eventId: 'own' };
    await told.contractAttached(tx, own);
  });
  const all = await read(who);
  expect(all).toHaveLength(proxyEnders.length + 3);
  for (const { content } of all) expect(content).toMatch(/22 nov|22\/11/);
});
