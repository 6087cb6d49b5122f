// The payment routes over the router: who may call them and how freshly, what is refused, receipts as files, the
// messages of the payment provider. Every JSON answer is held against the published document.
import { randomBytes } from 'node:crypto';
import Koa from 'koa';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildOpenApi } from '../../../src/api/openapi.ts';
import { apiRoutes, createRouter } from '../../../src/api/router.ts';
import { signBody } from '../../../src/customer/payment-signature.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createAnswerCheck } from '../../support/openapi-answers.ts';
import { createPaymentWorld, type PaymentWorld, secret } from '../customer/payment-world.ts';
import { apiDeps } from './api-deps.ts';

let open: TestDatabase;
let world: PaymentWorld;
let serve: ReturnType<Koa['callback']>;
let accountId: AccountId;
let contract: Awaited<ReturnType<PaymentWorld['customer']>>['contract'];
let ageSeconds = 0;
let scopes = new Set(['billing.pay', 'billing.read']);
let check: ReturnType<typeof createAnswerCheck>;
const takenBy: string[] = [];

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = createPaymentWorld(open.database);
  ({ accountId, contract } = await world.customer());
  const deps = apiDeps({
    ...{ issuer: 'http://localhost:3000', database: open.database },
    payments: {
      ...{ desk: world.desk, strongAboveMinor: 50_000 },
      mayReturnTo: async (_client, url) => url.startsWith('https://portal.exemple.test/'),
    },
    takeOpen: async (address) => void takenBy.push(address),
    verifyAccessToken: async () => ({
      ...{ accountId, clientId: 'portal', scopes, loa: 1, brand: 'exemple' },
      authTime: new Date(Date.now() - ageSeconds * 1_000),
    }),
  });
  const routes = apiRoutes(deps);
  check = createAnswerCheck(JSON.parse(JSON.stringify(buildOpenApi(deps, routes))));
  serve = new Koa().use(createRouter(deps, routes)).callback();
});
afterAll(() => open.close());

const base = '/api/billing/v1';

async function send(method: 'get' | 'post', path: string, body?: object, headers: Record<string, string> = {}) {
  const request = supertest(serve)
    [method](base + path)
    .set({ authorization: 'Bearer t', ...headers });
  const response = body === undefined ? await request : await request.send(body);
  const contentType = response.headers['content-type'] ?? null;
  const json = contentType?.includes('json') ? response.body : undefined;
  if (json !== undefined || response.status === 204) {
    check({
      method: method.toUpperCase(),
      url: `http://localhost:3000${base}${path}`,
      contentType,
      ...response,
      body: json,
    });
  }
  return response;
}

const pay = (bills: readonly { id: string; minor: number }[], changes: object = {}) => {
  const value = bills.reduce((sum, { minor }) => sum + minor, 0) / 100;
  const body = { invoiceIds: bills.map(({ id }) => id), amount: { unit: 'EUR', value }, method: 'card', ...changes };
  return send('post', '/payments', body, { 'idempotency-key': randomBytes(8).toString('hex') });
};

async function told(body: object, headers: Record<string, string> = {}) {
  const text = JSON.stringify(body);
  const signature = signBody(Buffer.from(secret), { body: text, now: world.clock.now });
  return await supertest(serve)
    .post(`${base}/psp/notifications`)
    .set({ 'content-type': 'application/json', 'payment-signature': signature, ...headers })
    .send(text);
}

const captureOf = (payment: { id: string; totalAmount: { value: number } }) => ({
  ...{ type: 'payment.captured', merchantReference: payment.id, reference: `chk_${payment.id}` },
  amount: { unit: 'EUR', minor: Math.round(payment.totalAmount.value * 100) },
});

test('A34 B13 a bill is paid: 201 with the page, the signed message, 204, and a receipt in three forms', async () => {
  const bill = await world.bill(contract);
  const begun = await pay([bill], { returnUrl: 'https://portal.exemple.test/bills' });
  expect(begun.status).toBe(201);
  expect(begun.headers['location']).toBe(`http://localhost:3000${base}/payments/${begun.body.id}`);
  expect(begun.body).toMatchObject({ status: 'created', totalAmount: { unit: 'EUR', value: 29.99 } });
  expect(begun.body.redirectUrl).toMatch(/^https:\/\/pay\.exemple\.test\/checkout\//);
  expect((await send('get', '/payments?open=true')).body).toHaveLength(1);

  expect((await told(captureOf(begun.body))).status).toBe(204);
  expect((await told(captureOf(begun.body))).status).toBe(204);
  const paid = (await send('get', `/payments/${begun.body.id}`)).body;
  expect(paid).toMatchObject({ status: 'captured', receipt: { id: expect.stringMatching(/^R\d{7}$/) } });
  expect(paid.redirectUrl).toBeUndefined();

  const path = `/receipts/${paid.receipt.id}`;
  expect((await send('get', path)).body).toMatchObject({ id: paid.receipt.id, totalAmount: { value: 29.99 } });
  expect((await send('get', '/receipts')).body).toHaveLength(1);
  const page = await send('get', `${path}?format=html`);
  expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  expect(page.text).toContain(paid.receipt.id);
  const pdf = await send('get', `${path}?format=pdf`);
  expect(pdf.headers['content-disposition']).toBe(`attachment; filename="${paid.receipt.id}.pdf"`);
  expect(Buffer.from(pdf.body).subarray(0, 5).toString()).toBe('%PDF-');
  expect(Buffer.from((await send('get', `${path}?format=pdf`)).body)).toEqual(Buffer.from(pdf.body));
  expect((await send('get', `${path}?format=doc`)).status).toBe(422);
  expect((await send('get', '/receipts/R9999999?format=pdf')).status).toBe(404);
});

test('X96 X99 what cannot be paid so is refused by a code that says why', async () => {
  const bill = await world.bill(contract);
  const codeOf = async (answer: ReturnType<typeof pay>) => {
    const { status, body } = await answer;
    return [status, body.code];
  };
  expect(await codeOf(pay([bill], { amount: { unit: 'EUR', value: 29.98 } }))).toEqual([422, 'amount_mismatch']);
  expect(await codeOf(pay([bill], { amount: { unit: 'EUR', value: -29.99 } }))).toEqual([422, 'amount_mismatch']);
  expect(await codeOf(pay([bill], { amount: { unit: 'EUR', value: 29.991 } }))).toEqual([422, 'amount_mismatch']);
  expect(await codeOf(pay([bill], { amount: { unit: 'MUR', value: 29.99 } }))).toEqual([422, 'amount_mismatch']);
  expect(await codeOf(pay([bill], { method: 'cash' }))).toEqual([422, 'validation']);
  expect(await codeOf(pay([bill], { returnUrl: 'https://elsewhere.test/' }))).toEqual([422, 'validation']);
  expect(await codeOf(pay([{ id: 'inv_none', minor: 1 }]))).toEqual([404, 'not_found']);
  world.provider.isDown = true;
  expect(await codeOf(pay([bill]))).toEqual([503, 'payment_unavailable']);
  world.provider.isDown = false;
  const begun = await pay([bill]);
  expect(await codeOf(pay([bill]))).toEqual([409, 'payment_open']);
  await told(captureOf(begun.body));
  expect(await codeOf(pay([bill]))).toEqual([409, 'already_paid']);
});

describe('level and scope', () => {
  test('a payment needs its scope, an Idempotency-Key and a login of the last five minutes', async () => {
    const bill = await world.bill(contract);
    ageSeconds = 400;
    expect((await pay([bill])).body.code).toBe('insufficient_user_authentication');
    ageSeconds = 0;
    scopes = new Set(['billing.read']);
    expect((await pay([bill])).body.code).toBe('insufficient_scope');
    scopes = new Set(['billing.pay', 'billing.read']);
    const body = { invoiceIds: [bill.id], amount: { unit: 'EUR', value: 29.99 }, method: 'card' };
    expect((await send('post', '/payments', body)).body.code).toBe('idempotency_key_missing');
  });

  test('above the amount of the configuration it needs level M*', async () => {
    const below = await world.bill(contract, { minor: 50_000 });
    const above = await world.bill(contract, { minor: 50_001 });
    expect((await pay([below])).status).toBe(201);
    expect((await pay([above])).body.code).toBe('insufficient_user_authentication');
  });
});

test('X98 messages that are not the provider’s are refused, and only they count against their address', async () => {
  const begun = await pay([await world.bill(contract)]);
  takenBy.length = 0;
  const old = signBody(Buffer.from(secret), {
    body: JSON.stringify(captureOf(begun.body)),
    now: new Date(world.clock.now.getTime() - 360_000),
  });
  for (const signature of ['', 't=1,v1=x', old]) {
    const { status, body } = await told(captureOf(begun.body), { 'payment-signature': signature });
    expect([status, body.code]).toEqual([400, 'notification_refused']);
  }
  expect(takenBy).toHaveLength(3);
  expect((await told({ ...captureOf(begun.body), merchantReference: 'pay_none' })).status).toBe(400);
  takenBy.length = 0;
  expect((await told(captureOf(begun.body))).status).toBe(204);
  expect(takenBy).toHaveLength(0);
});
