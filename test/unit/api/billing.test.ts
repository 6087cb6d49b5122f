// The billing API over its router: bills, files by format or Accept, a company’s accounts, what is not billed yet
// (B13, E10, E11, E18, E19, E22, X103).
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBilling } from '../../../src/customer/billing-run.ts';
import { type CallApi, createApiClient } from '../../support/api-client.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createBillingWorld } from '../customer/billing-world.ts';

let open: TestDatabase;
let world: ReturnType<typeof createBillingWorld>;
let holder: CallApi;
let stranger: CallApi;
let company: CallApi;
let contractId: string;

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = createBillingWorld(open.database);
  const client = createApiClient({ database: open.database, billing: world.desk });
  const people = [await world.person(), await world.person(), await world.person()] as const;
  [holder, stranger, company] = people.map(({ accountId }) => client.as(accountId)) as [CallApi, CallApi, CallApi];
  const contract = await world.sold(people[0]);
  contractId = contract.contractId;
  await world.charge(contract);
  const parts = ['2000000001', '2000000002'];
  const sold = await Promise.all(parts.map(() => world.sold(people[1])));
  await world.group(
    parts.map((code, n) => ({ code, contract: sold[n]!, holder: people[1] })),
    people[2],
  );
  for (const month of ['2026-04', '2026-05']) await runBilling(world.deps, { brand: 'exemple', month });
  await world.charge(contract, { sourceId: 'api:waiting', chargedAt: new Date('2026-06-02') });
});
afterAll(() => open.close());

const path = '/billing/v1/invoices';

test('B13 E19 bills are listed newest first, page by page, and by what is to be paid', async () => {
  const list = await holder('GET', `${path}?limit=1`);
  expect(list).toMatchObject({
    ...{ status: 200, headers: { 'x-total-count': '2', 'x-result-count': '1' } },
    body: [{ category: 'individual', state: 'sent', payable: true, remainingAmount: { unit: 'EUR', value: 14.99 } }],
  });
  expect(list.body[0].viewUrl).toBe(`${list.body[0].href}/document?format=pdf`);
  expect((await holder('GET', `${path}?status=unpaid`)).body).toHaveLength(2);
  expect((await holder('GET', `${path}?status=paid`)).body).toEqual([]);
  expect((await holder('GET', `${path}?from=2026-05-02&to=2026-05-31`)).body).toHaveLength(1);
  expect((await holder('GET', `${path}?contract=${contractId}`)).body).toHaveLength(2);
  expect((await holder('GET', `${path}?status=lost`)).status).toBe(422);
});

test('E18 a bill has lines and taxes that add up', async () => {
  const { body: list } = await holder('GET', `${path}?to=2026-04-30`);
  const { body } = await holder('GET', `${path}/${list[0].id}`);
  const cents = (of: { value: number }[]) => of.reduce((sum, { value }) => sum + Math.round(value * 100), 0);
  const rates: { taxIncludedAmount: { value: number }; appliedTax: { taxAmount: { value: number } } }[] =
    body.appliedBillingRate;
  expect(cents(rates.map(({ taxIncludedAmount }) => taxIncludedAmount))).toBe(3_489);
  expect(body.taxIncludedAmount).toEqual({ unit: 'EUR', value: 34.89 });
  expect(cents(body.taxItem.map((one: { taxAmount: { value: number } }) => one.taxAmount))).toBe(
    cents(rates.map(({ appliedTax }) => appliedTax.taxAmount)),
  );
});

test('E22 X103 nobody else sees it', async () => {
  const [{ id }] = (await holder('GET', path)).body;
  for (const tail of ['', '/document?format=pdf']) {
    expect(await stranger('GET', `${path}/${id}${tail}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  }
  expect((await stranger('GET', '/billing/v1/groups/me/accounts')).status).toBe(404);
});

test('E11 a file is given as asked for, is kept by nobody, and is in the journal', async () => {
  const [{ id, billNo }] = (await holder('GET', path)).body;
  const file = (query: string, accept = '*/*') =>
    holder('GET', `${path}/${id}/document${query}`, { headers: { Accept: accept } });
  expect((await file('?format=pdf')).headers).toMatchObject({
    ...{ 'content-type': 'application/pdf', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    'content-disposition': `attachment; filename="facture-${billNo}.pdf"`,
  });
  expect((await file('', 'text/csv')).headers['content-type']).toMatch(/^text\/csv; charset=utf-8/);
  expect((await file('', 'application/pdf;q=0.9, text/csv;q=0.1')).headers['content-type']).toBe('application/pdf');
  for (const refused of [await file('?format=xls'), await file('', 'image/png')]) {
    expect(refused).toMatchObject({ status: 406, body: { code: 'not_acceptable' } });
  }
  const rows = await open.database.db
    .selectFrom('auditEvents')
    .select(['object', 'details'])
    .where('action', '=', 'invoice.downloaded')
    .execute();
  expect(rows.map(({ object }) => object)).toEqual([id, id, id]);
});

test('E18 a company reads its accounts, its bills and their parts', async () => {
  expect((await company('GET', '/billing/v1/groups/me/accounts')).body).toMatchObject([
    {
      name: '2000000001',
      unpaidBills: 2,
      accountBalance: [{ amount: { value: 29.98 } }, { amount: { value: 29.98 } }],
    },
    { name: '2000000002', unpaidBills: 2 },
  ]);
  expect((await company('GET', path)).body).toHaveLength(6);
  const [group] = (await company('GET', `${path}?category=group`)).body;
  const { body } = await company('GET', `${path}/${group.id}`);
  expect(body.subBill.map((one: { billingAccount: { name: string } }) => one.billingAccount.name)).toEqual([
    '2000000001',
    '2000000002',
  ]);
  expect(body.taxIncludedAmount.value).toBe(29.98);
  expect((await company('GET', `${path}/${body.subBill[0].id}`)).body.groupBill.id).toBe(group.id);
});

test('E10 what is not billed yet', async () => {
  expect((await holder('GET', '/billing/v1/current-usage')).body).toMatchObject([
    {
      product: { id: contractId },
      appliedBillingRate: [{ type: 'deferred', taxIncludedAmount: { value: 19.9 } }],
      usage: [],
    },
  ]);
});
