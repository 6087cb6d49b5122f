// The sandbox payment provider with the real merchant on the other side of the wire: bills are paid on its page.
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHostedPaymentProvider } from '../../../src/customer/hosted-payment-provider.ts';
import { createPaymentDesk } from '../../../src/customer/payment-desk.ts';
import { expirePayments } from '../../../src/customer/payment-progress.ts';
import { sendRefunds } from '../../../src/customer/payment-refunds.ts';
import { type PaymentSandbox, startPaymentSandbox } from '../../../src/payment-sandbox/app.ts';
import { settleInvoice } from '../../../src/storage/invoice-payments.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { until } from '../../support/flow-until.ts';
import { createPaymentWorld, type PaymentWorld, secret } from '../customer/payment-world.ts';

let open: TestDatabase;
let world: PaymentWorld;
let sandbox: PaymentSandbox;
let merchant: Server;
let desk: ReturnType<typeof createPaymentDesk>;
let deps: Parameters<typeof createPaymentDesk>[0];
/** While true the merchant answers 503 to whatever comes. */
let isAway = false;
const seen: string[] = [];
const now = () => new Date();

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = createPaymentWorld(open.database);
  merchant = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString();
    seen.push(body);
    const signature = String(request.headers['payment-signature']);
    const outcome = isAway ? { kind: 'refused' } : await desk.notified({ body, signature });
    response.writeHead(isAway ? 503 : outcome.kind === 'refused' ? 400 : 204).end();
  });
  await new Promise<void>((resolve) => merchant.listen(0, '127.0.0.1', resolve));
  const notifyUrl = `http://127.0.0.1:${(merchant.address() as AddressInfo).port}/`;
  sandbox = await startPaymentSandbox({ notifyUrl, secret, now, randomBytes, fetch, retrySeconds: 0.02 }, 0);
  const provider = createHostedPaymentProvider({ url: new URL(sandbox.url), secret: Buffer.from(secret), now, fetch });
  deps = { ...world.deps, provider };
  desk = createPaymentDesk(deps);
});
afterAll(async () => {
  await sandbox?.stop();
  merchant?.close();
  await open?.close();
});

async function begin(returnUrl?: string) {
  const { accountId, contract } = await world.customer();
  const bill = await world.bill(contract);
  const outcome = await desk.payInvoices({
    ...{ accountId, locale: 'fr', invoiceIds: [bill.id], amount: { unit: 'EUR', minor: bill.minor }, returnUrl },
    idempotencyKey: bill.id,
  });
  if (outcome.kind !== 'started') throw new Error(outcome.kind);
  const { id, checkoutUrl = '' } = outcome.payment;
  return { accountId, bill, id, checkoutUrl, state: async () => (await desk.payment(accountId, id))?.state };
}

const good = { number: '4242 4242 4242 4242', expiry: '12/49', code: '123' };

async function post(url: string, form: Record<string, string>): Promise<{ status: number; to: string; text: string }> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
  return { status: response.status, to: response.headers.get('location') ?? '', text: await response.text() };
}

test('A34 E12 a bill is paid on the provider’s own page, and nothing of the card comes to us but its last digits', async () => {
  const one = await begin('http://localhost:9/bills');
  expect(new URL(one.checkoutUrl).origin).toBe(sandbox.url);
  const shown = await (await fetch(one.checkoutUrl)).text();
  expect(shown).toContain('Payer');
  expect(shown).toContain(`Facture ${one.bill.number}`);
  const { status, to } = await post(one.checkoutUrl, good);
  expect([status, to]).toEqual([303, `http://localhost:9/bills?payment=${one.id}`]);
  await until('the merchant knows', async () => (await one.state()) === 'captured');
  expect(await world.dueOf(one.bill.id)).toBe(0);
  expect(seen.join()).not.toContain('4242424242424242');
  const rows = await open.database.db.selectFrom('payments').selectAll().execute();
  expect(JSON.stringify(rows)).not.toMatch(/4242 ?4242/);
});

test('a declined card, one without money and a cancellation leave the bill unpaid', async () => {
  for (const [form, state] of [
    [{ ...good, number: '4000000000000002' }, 'declined'],
    [{ ...good, number: '4000-0000-0000-9995' }, 'declined'],
    [{ choice: 'cancel' }, 'cancelled'],
  ] as const) {
    const one = await begin();
    expect((await post(one.checkoutUrl, form)).status).toBe(303);
    await until(`it is ${state}`, async () => (await one.state()) === state);
    expect(await world.dueOf(one.bill.id)).toBe(one.bill.minor);
    const end = await (await fetch(`${one.checkoutUrl}?lang=en`)).text();
    expect(end).toContain(state === 'declined' ? 'Payment declined' : 'Payment cancelled');
  }
});

test('a card that asks for a confirmation pays when it is given, and not when it is refused', async () => {
  for (const [choice, state] of [
    ['confirm', 'captured'],
    ['refuse', 'declined'],
  ] as const) {
    const one = await begin();
    const { to } = await post(one.checkoutUrl, { ...good, number: '4000000000003220' });
    expect(await (await fetch(sandbox.url + to)).text()).toContain('3220');
    expect(await one.state()).toBe('created');
    await post(sandbox.url + to, { choice });
    await until(`it is ${state}`, async () => (await one.state()) === state);
  }
});

test('X98 a message that is told twice pays once; one that nobody takes is sent again until somebody does', async () => {
  const one = await begin();
  isAway = true;
  const before = seen.length;
  await post(one.checkoutUrl, { ...good, number: '4000000000000069' });
  await until('it was tried some times', async () => seen.length >= before + 3);
  expect(await one.state()).toBe('created');
  isAway = false;
  await until('all is delivered', async () => sandbox.waiting() === 0);
  expect(await one.state()).toBe('captured');
  const receipts = open.database.db.selectFrom('receipts').select('id').where('paymentId', '=', one.id);
  expect(await receipts.execute()).toHaveLength(1);
});

test('X100 money that came twice is given back by the provider', async () => {
  const one = await begin();
  await world.outlive(one);
  await expirePayments(deps);
  await open.database.transaction(async (tx) => {
    await settleInvoice(tx, { invoiceId: one.bill.id, paymentId: 'pay_other', amountMinor: one.bill.minor, at: now() });
  });
  await post(one.checkoutUrl, good);
  await until('it is captured', async () => (await one.state()) === 'captured');
  await sendRefunds(deps);
  expect((await desk.payment(one.accountId, one.id))?.refunds).toMatchObject([{ state: 'done' }]);
});

describe('the page', () => {
  test('says at each field what is wrong, in words, and never shows again what was typed', async () => {
    const { checkoutUrl } = await begin();
    const { status, text } = await post(checkoutUrl, { number: '4242424242424241', expiry: '01/20', code: '12' });
    expect(status).toBe(422);
    for (const field of ['number', 'expiry', 'code']) {
      expect(text).toContain(`id="${field}-problem"`);
      expect(text).toContain(`href="#${field}"`);
    }
    expect(text).toContain('Ce numéro de carte comporte une erreur.');
    expect(text).not.toContain('4242424242424241');
    expect((await post(`${checkoutUrl}?lang=en`, { ...good, number: '4111111111111111' })).text).toContain(
      'Only the test cards of the list are accepted.',
    );
  });

  test('is of no use twice, and not for other sites or names', async () => {
    const one = await begin();
    const headers = { 'sec-fetch-site': 'cross-site' };
    const foreign = await fetch(one.checkoutUrl, { method: 'POST', headers, body: new URLSearchParams(good) });
    expect(foreign.status).toBe(403);
    await post(one.checkoutUrl, good);
    const again = await post(one.checkoutUrl, { ...good, number: '4000000000000002' });
    expect(again.text).toContain('Paiement accepté');
    expect((await fetch(`${sandbox.url}/checkout/chk_none`)).status).toBe(404);
  });
});

test('requests that the merchant has not signed make no checkout and no refund', async () => {
  for (const path of ['/v1/checkouts', '/v1/refunds']) {
    const headers = { 'content-type': 'application/json', 'payment-signature': `t=1,v1=${'0'.repeat(64)}` };
    const response = await fetch(sandbox.url + path, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(401);
  }
});
