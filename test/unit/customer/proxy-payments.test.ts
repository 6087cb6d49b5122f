// A contract that leaves a proxy's account while her payment is open: the money counts, the receipt is hers, the bill is
// hers no more (X74).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBillingDesk } from '../../../src/customer/billing-desk.ts';
import type { BillingDesk } from '../../../src/customer/billing-types.ts';
import { createContractDesk } from '../../../src/customer/contract-desk.ts';
import type { ContractDesk } from '../../../src/customer/contract-types.ts';
import { createDocumentWriter } from '../../../src/customer/invoice-document.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { brands } from './billing-world.ts';
import { createPaymentWorld, type PaymentWorld } from './payment-world.ts';

const page = { offset: 0, limit: 50 };
const twenty = Array.from({ length: 20 }, (_none, index) => index);

describe.each(engines)('a proxy’s payment on %s', (engine) => {
  let open: TestDatabase;
  let world: PaymentWorld;
  let contracts: ContractDesk;
  let bills: BillingDesk;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    const { database } = open;
    world = createPaymentWorld(database);
    const { audit } = world;
    contracts = createContractDesk({ database, audit, notices: { proxyEnded: async () => {} } });
    bills = createBillingDesk({ database, audit, brands, documents: createDocumentWriter({ brands }) });
  });
  afterAll(() => open.close());

  /** A holder's bill that her proxy has begun to pay, and another one. */
  async function begun() {
    const holder = await world.customer();
    const proxy = await world.person();
    const proxyId = await world.proxy(holder.contract, proxy);
    const [bill, later] = [await world.bill(holder.contract), await world.bill(holder.contract)];
    const payment = await world.begin(proxy.accountId, [bill]);
    return { holder, proxy, proxyId, bill, later, payment };
  }
  type Begun = Awaited<ReturnType<typeof begun>>;

  const seen = async ({ proxy }: Begun) =>
    (await bills.list(proxy.accountId, { ...page, brand: 'exemple' })).items.map(({ id }) => id);

  const ways: readonly (readonly [string, (story: Begun) => Promise<unknown>])[] = [
    ['gave back', ({ proxy, holder }) => contracts.detach(proxy.accountId, holder.contract.contractId)],
    [
      'lost to its holder',
      ({ holder, proxyId }) => contracts.endProxy(holder.accountId, holder.contract.contractId, proxyId),
    ],
    [
      'saw end',
      ({ holder }) =>
        open.database.db
          .updateTable('contracts')
          .set({ endedAt: new Date() })
          .where('id', '=', holder.contract.contractId)
          .execute(),
    ],
  ];

  test.each(ways)('X74 for a contract that she %s counts once captured; receipt yes, bill no', async (_how, leave) => {
    const story = await begun();
    const { holder, proxy, bill, later, payment } = story;
    expect((await seen(story)).toSorted()).toEqual([bill.id, later.id].toSorted());
    await leave(story);
    // The bill is gone from her area at once, and so is whatever she had not begun to pay.
    expect(await seen(story)).toEqual([]);
    expect(await world.start(proxy.accountId, [later])).toEqual({ kind: 'not-found' });
    expect(await world.desk.payment(proxy.accountId, payment.id)).toMatchObject({ state: 'created' });

    expect(await world.tell(payment, 'captured')).toBe('applied');
    expect(await world.dueOf(bill.id)).toBe(0);
    const paid = await world.desk.payment(proxy.accountId, payment.id);
    expect(paid).toMatchObject({ state: 'captured', refunds: [] });
    const number = paid?.receipt ?? '';
    expect((await world.desk.receipt(proxy.accountId, number))?.content).toMatchObject({ paymentId: payment.id });
    expect((await world.desk.receipts(proxy.accountId, page)).total).toBe(1);
    expect((await world.desk.print(proxy.accountId, number, 'html'))?.content.toString()).toContain(number);
    expect(await bills.find(proxy.accountId, bill.id)).toBeUndefined();
    expect(await bills.document(proxy.accountId, { id: bill.id, format: 'pdf', locale: 'fr' })).toBeUndefined();
    // Whose bill it is reads that it is paid, and by a receipt that is hers to see, too.
    expect(await bills.find(holder.accountId, bill.id)).toMatchObject({ state: 'settled' });
    expect(await world.desk.receipt(holder.accountId, number)).toBeDefined();
    expect(await world.desk.payment(holder.accountId, payment.id)).toBeUndefined();
  });

  test('X74 that is declined after the contract has left leaves the bill to its holder', async () => {
    const story = await begun();
    await contracts.detach(story.proxy.accountId, story.holder.contract.contractId);
    expect(await world.tell(story.payment, 'declined')).toBe('applied');
    expect(await world.start(story.proxy.accountId, [story.bill])).toEqual({ kind: 'not-found' });
    expect(await world.start(story.holder.accountId, [story.bill])).toMatchObject({ kind: 'started' });
  });

  test('X74 captured twenty times while the contract leaves counts once, whichever comes first', async () => {
    const story = await begun();
    const { holder, proxy, bill, payment } = story;
    const [left, ...told] = await Promise.all([
      contracts.detach(proxy.accountId, holder.contract.contractId),
      ...twenty.map(() => world.tell(payment, 'captured')),
    ]);
    expect(left).toBe(true);
    expect(told.filter((one) => one === 'applied')).toHaveLength(1);
    expect(await world.dueOf(bill.id)).toBe(0);
    expect((await world.desk.receipts(proxy.accountId, page)).total).toBe(1);
    expect(await seen(story)).toEqual([]);
  });
});
