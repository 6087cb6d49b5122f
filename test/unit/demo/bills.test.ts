// Bills of the demo world, on any day of a month: Alice has paid ones, one that is due and one that is overdue.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoBills, writeDemoBills } from '../../../src/demo/bills.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createBillingWorld } from '../customer/billing-world.ts';

let open: TestDatabase;
let world: ReturnType<typeof createBillingWorld>;
beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = createBillingWorld(open.database);
});
afterAll(() => open.close());

test('are paid, open and overdue, and what waits is on none', async () => {
  const alice = await world.person({ givenName: 'Alice', familyName: 'Martin' });
  const contract = await world.sold(alice, { kind: 'OPEN', offerId: 'open-60' });
  const idFor = (prefix: string, name: string) =>
    prefix === 'ctr' && name === 'K200001' ? contract.contractId : `${prefix}_${name}`;
  await open.database.transaction((tx) => writeDemoBills({ ...world.deps, idFor }, tx, demoBills));
  const { items } = await world.desk.list(alice.accountId, { offset: 0, limit: 20, brand: 'exemple' });
  expect(items.map(({ state }) => state)).toEqual(['sent', 'overdue', 'settled', 'settled', 'settled', 'settled']);
  expect(items.map(({ number }) => number)).toEqual(
    items
      .map(({ number }) => number)
      .toSorted()
      .reverse(),
  );
  const [unbilled] = await world.desk.unbilled(alice.accountId);
  expect(unbilled?.charges).toMatchObject([{ kind: 'deferred', incl: { minor: 3_490 } }]);
});
