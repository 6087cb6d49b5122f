// Receipts: numbered without gaps whatever happens at once, seen by payer and holder alone, printed the same for ever.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readReceiptNumber, receiptNumberText } from '../../../src/customer/payment-receipts.ts';
import { receiptHtml } from '../../../src/customer/receipt-html.ts';
import { receiptPdf } from '../../../src/customer/receipt-pdf.ts';
import { receiptTexts, sayReceipt } from '../../../src/customer/receipt-words.ts';
import type { ReceiptContent } from '../../../src/storage/payment-tables.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createPaymentWorld, type PaymentWorld } from './payment-world.ts';

const twenty = Array.from({ length: 20 }, (_none, index) => index);
const page = { offset: 0, limit: 50 };

describe.each(engines)('receipts on %s', (engine) => {
  let open: TestDatabase;
  let world: PaymentWorld;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = createPaymentWorld(open.database);
  });
  afterAll(() => open.close());

  /** Pays and gives the number of the receipt. */
  async function pay(accountId: Parameters<PaymentWorld['start']>[0], bill: { id: string; minor: number }) {
    const payment = await world.begin(accountId, [bill]);
    await world.tell(payment, 'captured');
    return (await world.desk.payment(accountId, payment.id))?.receipt ?? '';
  }

  test('E13 twenty captures at once, every fourth of them undone: the numbers have no gap', async () => {
    const payments = await Promise.all(
      twenty.map(async () => {
        const { accountId, contract } = await world.customer();
        return await world.begin(accountId, [await world.bill(contract)]);
      }),
    );
    const { paid } = world.deps.telling;
    const undone = new Set(payments.filter((_one, index) => index % 4 === 0).map(({ id }) => id));
    Object.assign(world.deps.telling, {
      paid: (...told: Parameters<typeof paid>) =>
        undone.has(told[1].id) ? Promise.reject(new Error('undone')) : paid(...told),
    });
    const told = await Promise.allSettled(payments.map((one) => world.tell(one, 'captured')));
    Object.assign(world.deps.telling, { paid });
    expect(told.filter(({ status }) => status === 'rejected')).toHaveLength(5);
    expect(await world.receiptNumbers()).toEqual(Array.from({ length: 15 }, (_none, index) => index + 1));
    for (const one of payments.filter(({ id }) => undone.has(id))) await world.tell(one, 'captured');
    expect(await world.receiptNumbers()).toEqual(Array.from({ length: 20 }, (_none, index) => index + 1));
  });

  test('E13 a receipt is printed as page and PDF, the same octets every time, for everybody who may see it', async () => {
    const { accountId, contract } = await world.customer();
    const proxy = await world.person();
    await world.proxy(contract, proxy);
    const number = await pay(proxy.accountId, await world.bill(contract));
    for (const format of ['html', 'pdf'] as const) {
      const prints = await Promise.all(twenty.map(() => world.desk.print(proxy.accountId, number, format)));
      prints.push(await world.desk.print(accountId, number, format));
      const digests = new Set(prints.map((one) => one?.content.toString('base64')));
      expect(digests.size).toBe(1);
    }
    // A later version may write other words: what was printed once stays.
    const other = createPaymentWorld(open.database);
    Object.assign(other.deps, { merchantOf: () => 'Another name' });
    const before = await world.desk.print(accountId, number, 'html');
    expect((await other.desk.print(accountId, number, 'html'))?.content).toEqual(before?.content);
  });

  test('X106 a receipt of another payer is not there, nor is one of a declined payment', async () => {
    const { accountId, contract } = await world.customer();
    const stranger = await world.customer();
    const number = await pay(accountId, await world.bill(contract));
    expect(await world.desk.receipt(accountId, number)).toBeDefined();
    expect(await world.desk.receipt(stranger.accountId, number)).toBeUndefined();
    expect(await world.desk.print(stranger.accountId, number, 'pdf')).toBeUndefined();
    expect((await world.desk.receipts(stranger.accountId, page)).total).toBe(0);
    const declined = await world.begin(accountId, [await world.bill(contract)]);
    await world.tell(declined, 'declined');
    const next = receiptNumberText((readReceiptNumber(number) ?? 0) + 1);
    expect(await world.desk.receipt(accountId, next)).toBeUndefined();
    expect((await world.desk.receipts(accountId, page)).items.map(({ content }) => content.number)).toEqual([number]);
  });

  test('the holder sees the receipts of her bills that a proxy paid, the proxy not those that she paid', async () => {
    const { accountId, contract } = await world.customer();
    const proxy = await world.person();
    await world.proxy(contract, proxy);
    const byProxy = await pay(proxy.accountId, await world.bill(contract));
    const byHolder = await pay(accountId, await world.bill(contract));
    const seenBy = async (one: typeof accountId) =>
      (await world.desk.receipts(one, page)).items.map(({ content }) => content.number);
    expect(await seenBy(accountId)).toEqual([byHolder, byProxy]);
    expect(await seenBy(proxy.accountId)).toEqual([byProxy]);
  });

  test('X102 a group’s bill is paid through its parts: what one has paid alone is never asked for again', async () => {
    const group = await createGroup(world);
    const [first, second, third] = group.parts;
    await world.tell(await world.begin(group.member.accountId, [first!]), 'captured');
    const rest = second!.minor + third!.minor;
    const all = { id: group.id, minor: rest + first!.minor };
    expect(await world.start(group.accountId, [all])).toEqual({ kind: 'amount-mismatch' });
    const payment = await world.begin(group.accountId, [{ id: group.id, minor: rest }]);
    expect(payment.items.map(({ itemId }) => itemId)).toEqual([second!.id, third!.id]);
    expect(await world.start(group.member.accountId, [second!])).toEqual({ kind: 'payment-open' });
    await world.tell(payment, 'captured');
    for (const part of group.parts) expect(await world.dueOf(part.id)).toBe(0);
    expect(await world.start(group.accountId, [{ id: group.id, minor: 0 }])).toEqual({ kind: 'already-paid' });
    const paid = await world.desk.payment(group.accountId, payment.id);
    const receipt = await world.desk.receipt(group.accountId, paid?.receipt ?? '');
    expect(receipt?.content.items.map(({ label }) => label)).toEqual([second!.number, third!.number]);
    expect(receipt?.content.amount.minor).toBe(rest);
  });
});

/** A company with three bills in one, an account that sees all of it, and the holder of its contracts. */
async function createGroup(world: PaymentWorld) {
  const member = await world.customer();
  const { accountId } = await world.person();
  const { db } = world.database;
  const id = `grp_${member.contract.contractId}`;
  const at = new Date('2026-01-01T00:00:00Z');
  await db
    .insertInto('customerGroups')
    .values({
      ...{ id, brand: 'exemple', name: 'Essai SA', kind: 'company', customerIdHash: null, customerIdLast3: null },
      ...{ issuedAt: null, issuedBy: null, identityCheck: null, revokedAt: null, accountId, createdAt: at },
    })
    .execute();
  const bill = `inv_${id}`;
  await db
    .insertInto('invoices')
    .values({
      ...{ id: bill, brand: 'exemple', number: `G${id}`, kind: 'group', customerGroupId: id, billingAccountId: null },
      ...{ contractId: null, groupInvoiceId: null, accountCode: null, holderPersonId: null, currency: 'EUR' },
      ...{ billTo: JSON.stringify({ name: 'Essai SA', lines: [] }), periodStart: at, issuedAt: at, dueAt: at },
      ...{ periodEnd: new Date('2026-02-01T00:00:00Z'), settledAt: null, sentAt: null, overdueToldAt: null },
    })
    .execute();
  const part = (minor: number) => world.bill(member.contract, { minor, groupInvoiceId: bill, customerGroupId: id });
  return { id: bill, accountId, member, parts: [await part(1_001), await part(2_002), await part(3_003)] };
}

describe('what a receipt looks like', () => {
  const content: ReceiptContent = {
    ...{ number: 'R0000042', brand: 'exemple', locale: 'fr', timeZone: 'Europe/Paris', payer: 'Zoé <Durand>' },
    ...{ paidAt: '2026-11-22T12:00:00.000Z', amount: { unit: 'EUR', minor: 123_456 }, description: '2 factures' },
    items: [
      { label: 'F1', amount: { unit: 'EUR', minor: 100_000 } },
      { label: 'F2', amount: { unit: 'EUR', minor: 23_456 }, refunded: { unit: 'EUR', minor: 456 } },
    ],
    ...{ card: { brand: 'Visa', last4: '4242' }, authorizationCode: 'ab12', paymentId: 'pay_1' },
  };
  const texts = receiptTexts();

  test('the page says all of it, in its language, and nothing of it is markup', () => {
    const html = receiptHtml(sayReceipt(texts, content, 'Exemple')).toString();
    expect(html).toContain('<html lang="fr">');
    expect(html).toContain('Zoé &lt;Durand&gt;');
    expect(html).toContain('22 novembre 2026 à 13:00');
    expect(html).toMatch(/1\s234,56\s€/);
    expect(html).toContain('Carte Visa se terminant par 4242');
    expect(html).toMatch(/dont 4,56\s€ remboursés/);
    const english = receiptHtml(sayReceipt(texts, { ...content, locale: 'en' }, 'Exemple')).toString();
    expect(english).toContain('Visa card ending in 4242');
    expect(english).toContain('€1,234.56');
  });

  test('the PDF is the same whenever it is made', async () => {
    const words = sayReceipt(texts, content, 'Exemple');
    const [one, other] = await Promise.all([1, 2].map(() => receiptPdf(words, new Date(content.paidAt))));
    expect(one?.subarray(0, 5).toString()).toBe('%PDF-');
    expect(one).toEqual(other);
  });

  test('a number is read as it is written, and nothing else is one', () => {
    expect(readReceiptNumber(receiptNumberText(42))).toBe(42);
    expect(readReceiptNumber(receiptNumberText(123_456_789))).toBe(123_456_789);
    for (const text of ['R0000000', 'R42', 'R00000042', '0000042', 'r0000042', 'R0000042 ', 'R-000042', '']) {
      expect(readReceiptNumber(text)).toBeUndefined();
    }
  });
});
