// The billing run on both engines: each contract and charge once, companies with exact sums, credit, reminders; and who
// sees what of it (E18, E19, E20, E22, X101, X102, X103).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBilling, tellOverdueBills } from '../../../src/customer/billing-run.ts';
import { creditBill } from '../../../src/customer/credit-invoice.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { bindBillingAccount } from '../../../src/storage/billing-accounts.ts';
import type { Database } from '../../../src/storage/database.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { settleInvoice } from '../../../src/storage/invoice-payments.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createBillingWorld } from './billing-world.ts';

const all = { offset: 0, limit: 100, brand: 'exemple' };

describe.each(engines)('billing on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  let world: ReturnType<typeof createBillingWorld>;
  const run = (month: string) => runBilling(world.deps, { brand: 'exemple', month });
  const billsOf = async (accountId: AccountId, filter = {}) =>
    (await world.desk.list(accountId, { ...all, ...filter })).items;
  const oneBill = async (accountId: AccountId) => {
    const [first] = await billsOf(accountId);
    return (await world.desk.find(accountId, first!.id))!;
  };

  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
    world = createBillingWorld(database);
  });
  afterAll(() => open.close());

  test('E18 a bill has the plan and what waited, in its month, with taxes that add up', async () => {
    const holder = await world.person({ givenName: 'Zoé', familyName: 'Durand' });
    const contract = await world.sold(holder);
    await world.charge(contract);
    await world.charge(contract, { chargedAt: new Date('2026-05-02'), sourceId: 'test:later' });
    const result = await run('2026-04');
    expect(result).toMatchObject({ invoices: 1, groupInvoices: 0, currency: 'EUR', totalMinor: 3_489 });
    expect(result.period).toEqual({
      start: new Date('2026-03-31T22:00:00Z'),
      end: new Date('2026-04-30T22:00:00Z'),
    });
    const bill = await oneBill(holder.accountId);
    expect(bill).toMatchObject({
      number: 'F000000001',
      kind: 'individual',
      state: 'sent',
      billTo: { name: 'Zoé Durand' },
    });
    // The end of the day, in Paris.
    expect(bill.dueAt.toISOString()).toMatch(/T2[12]:59:59/);
    expect(bill.lines.map(({ kind, inclMinor }) => [kind, inclMinor])).toEqual([
      ['subscription', 1_499],
      ['deferred', 1_990],
    ]);
    expect(bill.total.minor).toBe(bill.excl.minor + bill.tax.minor);
    expect(world.told).toEqual([{ event: 'issued', accountId: holder.accountId, invoiceId: bill.id }]);
    expect(world.noted).toEqual([`invoice-issued ${holder.accountId}`]);
  });

  test('X101 a charge is taken once, by twenty runs at once and by the next month’s', async () => {
    const holder = await world.person();
    const contract = await world.sold(holder);
    for (const n of [1, 2, 3]) {
      await world.charge(contract, { chargedAt: new Date(`2026-05-1${n}`), sourceId: `once:${n}` });
      expect(await world.charge(contract, { sourceId: `once:${n}` })).toBe(false);
    }
    const results = await Promise.all(Array.from({ length: 20 }, () => run('2026-05')));
    // The one of before and this one: two contracts, one bill each.
    expect(results.reduce((sum, { invoices }) => sum + invoices, 0)).toBe(2);
    await run('2026-06');
    const bills = await billsOf(holder.accountId);
    expect(bills.map(({ total }) => total.minor)).toEqual([1_499, 1_499 + 3 * 1_990]);
    const waiting = await database.db
      .selectFrom('pendingCharges')
      .select('id')
      .where('invoiceId', 'is', null)
      .execute();
    expect(waiting).toEqual([]);
    const rows = await database.db.selectFrom('invoices').select('number').orderBy('number').execute();
    expect(rows.map(({ number }) => Number(number.slice(1)))).toEqual(rows.map((_row, at) => at + 1));
  });

  test('E10 what waits is shown before it is billed, and not after', async () => {
    const holder = await world.person();
    const contract = await world.sold(holder);
    await world.charge(contract, { chargedAt: new Date('2026-07-10'), sourceId: 'unbilled:1' });
    const [before] = await world.desk.unbilled(holder.accountId);
    expect(before).toMatchObject({ contractId: contract.contractId, total: { unit: 'EUR', minor: 1_990 } });
    expect(before?.charges).toHaveLength(1);
    await run('2026-07');
    expect((await world.desk.unbilled(holder.accountId))[0]).toMatchObject({ charges: [], total: { minor: 0 } });
  });

  test('E22 B13 holder and proxy see a bill, strangers and users do not', async () => {
    const holder = await world.person();
    const proxy = await world.person();
    const stranger = await world.person();
    const contract = await world.sold(holder);
    await world.proxy(contract, proxy);
    await run('2026-08');
    const bill = await oneBill(holder.accountId);
    expect((await world.desk.find(proxy.accountId, bill.id))?.number).toBe(bill.number);
    expect(await world.desk.find(stranger.accountId, bill.id)).toBeUndefined();
    expect(await billsOf(stranger.accountId)).toEqual([]);
    const ends = { endedAt: new Date('2026-09-01') };
    await database.db.updateTable('contracts').set(ends).where('id', '=', contract.contractId).execute();
    // b13: the holder keeps what was billed to her.
    expect(await world.desk.find(holder.accountId, bill.id)).toBeDefined();
    expect(await world.desk.find(proxy.accountId, bill.id)).toBeUndefined();
    await database.db
      .updateTable('contracts')
      .set({ holderPersonId: stranger.personId, endedAt: null })
      .where('id', '=', contract.contractId)
      .execute();
    await database.db
      .updateTable('accountContracts')
      .set({ accountId: stranger.accountId })
      .where('contractId', '=', contract.contractId)
      .where('relation', '=', 'holder')
      .execute();
    expect(await world.desk.find(stranger.accountId, bill.id)).toBeUndefined();
  });

  test('X103 an Account ID opens the bills of its own number, not those of the person’s other one', async () => {
    const person = await world.person();
    const [a, b] = [await world.sold(person), await world.sold(person)];
    await run('2026-08');
    const mine = await billsOf(person.accountId);
    const selfCare = await world.anotherAccount(person);
    const ofA = mine.find(({ contractId }) => contractId === a.contractId)!;
    const ofB = mine.find(({ contractId }) => contractId === b.contractId)!;
    expect(await database.transaction((tx) => bindBillingAccount(tx, ofA.billingAccount!.id, selfCare.accountId))).toBe(
      true,
    );
    expect((await billsOf(selfCare.accountId)).map(({ id }) => id)).toEqual([ofA.id]);
    expect(await world.desk.find(selfCare.accountId, ofB.id)).toBeUndefined();
    expect(await world.desk.document(selfCare.accountId, { id: ofB.id, format: 'csv', locale: 'fr' })).toBeUndefined();
    expect(await world.desk.groupAccounts(selfCare.accountId)).toBeUndefined();
  });

  test('E18 X102 a company’s bill is the sum of its parts; a part that is paid alone lowers what it owes', async () => {
    const holder = await world.person();
    const reader = await world.person();
    const codes = ['2000000001', '2000000002', '2000000003'];
    const parts = [];
    for (const code of codes) parts.push({ contract: await world.sold(holder), code, holder });
    await world.group(parts, reader);
    const { groupInvoices } = await run('2026-08');
    expect(groupInvoices).toBe(1);
    const [group] = await billsOf(reader.accountId, { kind: 'group' });
    const seen = (await world.desk.find(reader.accountId, group!.id))!;
    expect(seen.parts.map(({ billingAccount }) => billingAccount.code)).toEqual(codes);
    expect(seen.parts.reduce((sum, { total }) => sum + total.minor, 0)).toBe(seen.total.minor);
    expect([seen.total.minor, seen.due.minor, seen.state]).toEqual([4_497, 4_497, 'sent']);
    expect(JSON.stringify(seen.billTo)).toBe('{"name":"Sucrerie du Morne","lines":[]}');
    const pay = async (invoiceId: string) =>
      await database.transaction((tx) =>
        settleInvoice(tx, { invoiceId, paymentId: `pay_${invoiceId}`, amountMinor: 1_499, at: new Date() }),
      );
    expect(await pay(seen.parts[0]!.id)).toEqual({ appliedMinor: 1_499, dueMinor: 0 });
    // Told twice, put on it once.
    expect(await pay(seen.parts[0]!.id)).toEqual({ appliedMinor: 1_499, dueMinor: 0 });
    expect(await world.desk.find(reader.accountId, group!.id)).toMatchObject({
      ...{ due: { minor: 2_998 }, total: { minor: 4_497 }, state: 'partiallyPaid' },
    });
    expect(await world.desk.groupAccounts(reader.accountId)).toMatchObject([
      { code: codes[0], due: { minor: 0 }, unpaidInvoices: 0 },
      { code: codes[1], due: { minor: 1_499 }, unpaidInvoices: 1 },
      { code: codes[2], due: { minor: 1_499 }, unpaidInvoices: 1 },
    ]);
    for (const { id } of seen.parts.slice(1)) await pay(id);
    expect((await world.desk.find(reader.accountId, group!.id))?.state).toBe('settled');
    expect(await billsOf(reader.accountId, { status: 'unpaid' })).toEqual([]);
    expect(
      await database.transaction((tx) =>
        settleInvoice(tx, { invoiceId: group!.id, paymentId: 'p', amountMinor: 1, at: new Date() }),
      ),
    ).toBeUndefined();
  });

  test('credit lowers what is due; what is more waits for the next bill, once', async () => {
    const holder = await world.person();
    await world.sold(holder);
    await run('2026-08');
    const bill = await oneBill(holder.accountId);
    const reason = { fr: 'Geste commercial', en: 'Goodwill' };
    const wish = { invoiceId: bill.id, taxCategory: 'standard' as const, reason };
    const credit = (minor: number, sourceId: string) =>
      creditBill(world.deps, { ...wish, sourceId, amount: { unit: 'EUR', minor } });
    const twenty = await Promise.all(Array.from({ length: 20 }, () => credit(500, 'case:1')));
    expect(twenty.filter(({ kind }) => kind === 'credited')).toHaveLength(1);
    expect(await oneBill(holder.accountId)).toMatchObject({ due: { minor: 999 }, state: 'partiallyPaid' });
    expect(await credit(1_000, 'case:2')).toEqual({ kind: 'too-much' });
    expect(await creditBill(world.deps, { ...wish, sourceId: 'x', amount: { unit: 'MUR', minor: 1 } })).toEqual({
      kind: 'other-currency',
    });
    await database.transaction((tx) =>
      settleInvoice(tx, { invoiceId: bill.id, paymentId: 'pay_c', amountMinor: 999, at: new Date() }),
    );
    expect(await credit(400, 'case:3')).toMatchObject({ onBillMinor: 0, onNextBillMinor: 400 });
    expect((await oneBill(holder.accountId)).credits.map(({ amount }) => amount.minor)).toEqual([500, 400]);
    const [unbilled] = await world.desk.unbilled(holder.accountId);
    expect(unbilled?.total.minor).toBe(-400);
  });

  test('credit that is larger than the next bill is carried over, and nothing is due', async () => {
    const holder = await world.person();
    const contract = await world.sold(holder);
    const amount = { unit: 'EUR', minor: -2_000 };
    await world.charge(contract, {
      kind: 'credit',
      taxCategory: 'exempt',
      amount,
      chargedAt: new Date('2026-08-05'),
      sourceId: 'big',
    });
    await run('2026-08');
    expect(await oneBill(holder.accountId)).toMatchObject({ state: 'settled', total: { minor: 0 }, due: { minor: 0 } });
    await run('2026-09');
    expect((await oneBill(holder.accountId)).total.minor).toBe(1_499 - 501);
  });

  test('a month that is not over is not billed', async () => {
    await expect(run('2099-01')).rejects.toThrow('not over');
  });

  test('E19 a bill whose day is over is overdue by the clock, and told once', async () => {
    const holder = await world.person();
    await world.sold(holder);
    await run('2026-09');
    const bill = await oneBill(holder.accountId);
    expect(await billsOf(holder.accountId, { status: 'overdue' })).toEqual([]);
    await advanceClock(database.db, 22 * 86_400);
    expect((await oneBill(holder.accountId)).state).toBe('overdue');
    expect((await billsOf(holder.accountId, { status: 'overdue' })).map(({ id }) => id)).toEqual([bill.id]);
    for (let n = 0; n < 5; n += 1) await Promise.all([tellOverdueBills(world.deps), tellOverdueBills(world.deps)]);
    expect(world.told.filter(({ event, invoiceId }) => event === 'overdue' && invoiceId === bill.id)).toHaveLength(1);
  });
});
