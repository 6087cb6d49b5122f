// A new phone in the customer area, over fake APIs: choose, confirm, pay by card or on the bill; the order that follows;
// proxies who may defer; top-ups by card.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { csrfOf, wordsOf } from './browser.ts';
import type { ApiCall, ApiReply } from './fake-behaviour.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

const ok = (body: unknown): ApiReply => ({ status: 200, body });
const eur = (value: number) => ({ unit: 'EUR', value });
const once = (value: number) => ({ priceType: 'oneTime', price: eur(value) });
const monthly = (value: number) => ({ priceType: 'recurring', period: 'month', price: eur(value) });
const contract = {
  ...{
    id: 'ctr_1',
    kind: 'MOBILE',
    label: null,
    relation: 'holder',
    status: 'active',
    startDate: '2026-01-01T00:00:00Z',
  },
  realizingResource: [{ id: 'lin_1', name: '+33639980001', kind: 'mobile' }],
  may: { manage: true, own: true, pay: true, defer: true },
};
const handsets = [
  { id: 'phone-1', name: 'Aster <5>', storageGigabytes: 128, productOfferingPrice: once(249), isInStock: true },
  { id: 'phone-2', name: 'Lumen', storageGigabytes: 64, productOfferingPrice: once(149), isInStock: false },
];
const plan = { id: 'mobile-150', name: 'Mobile 150 Go', description: 'Tout.', productOfferingPrice: monthly(24.99) };
const orderOf = (changes: object = {}) => ({
  ...{
    id: 'ord_1',
    category: 'handset',
    state: 'created',
    orderDate: '2026-03-01T08:00:00Z',
    contract: { id: 'ctr_1' },
  },
  productOrderItem: [{ action: 'add', productOffering: { name: 'Aster 5' }, itemPrice: once(249) }],
  timeline: [{ state: 'created', at: '2026-03-01T08:00:00Z' }],
  payment: { method: 'card', status: 'waiting', totalAmount: eur(249), id: 'pay_1', redirectUrl: 'https://pay.test/c' },
  ...changes,
});
const shop = {
  'GET /contract/v1/contracts/ctr_1': ok(contract),
  'GET /contract/v1/contracts/ctr_1/offers?limit=100': ok([{ ...plan, actions: ['change', 'renewal'] }]),
  'GET /order/v1/catalogue': ok({ handsets }),
  'GET /line/v1/lines/lin_1': ok({ handset: { model: 'Vieux <3>' } }),
};

async function visit(replies: Readonly<Record<string, ApiReply | (() => ApiReply)>>) {
  const calls: ApiCall[] = [];
  const all: typeof replies = { ...shop, ...replies };
  world.issuer.behaviour.apis = (call) => {
    calls.push(call);
    const reply = all[`${call.method} ${call.path}`];
    return typeof reply === 'function' ? reply() : reply;
  };
  const browser = world.browser();
  await browser.open('/login?returnTo=/help');
  return { browser, calls };
}

const chosen = '/contracts/ctr_1/handset/confirm?handset=phone-1&offer=mobile-150';
const formOf = (csrf: string, changes: object = {}) => ({
  ...{ csrf, key: 'k'.repeat(22), handset: 'phone-1', price: '249 EUR', method: 'card', terms: 'yes', ...changes },
});

describe('a new phone', () => {
  test('B38 shows the phone of now, the models and the plans; what is sold out cannot be chosen', async () => {
    const { browser } = await visit({});
    const page = await browser.get('/contracts/ctr_1/handset');
    expect(page.status).toBe(200);
    expect(page.body).toContain('Vieux &lt;3&gt;');
    expect(page.body).toContain('Aster &lt;5&gt;');
    expect(page.body).toMatch(/value="phone-2" required disabled/);
    const words = wordsOf(page);
    expect(words).toMatch(/128 Go, 249,00\s€/);
    expect(words).toContain('Garder mon offre');
    expect(words).toContain('Sur la prochaine facture du contrat');
  });

  test('B38 is sold where nothing is known of the phone of now, and on the bill only where that is allowed', async () => {
    const may = { ...contract.may, own: false, defer: false };
    const { browser } = await visit({
      'GET /line/v1/lines/lin_1': { status: 404, body: { code: 'not_found' } },
      'GET /contract/v1/contracts/ctr_1': ok({ ...contract, may }),
    });
    const page = await browser.get('/contracts/ctr_1/handset');
    expect(page.status).toBe(200);
    expect(page.body).not.toContain('value="deferred"');
    expect((await browser.get(`${chosen}&method=deferred`)).body).toContain('name="method" value="card"');
  });

  test('B38 confirms what was chosen with its prices; without a choice it leads back', async () => {
    const { browser } = await visit({});
    const page = await browser.get(`${chosen}&method=deferred`);
    const words = wordsOf(page);
    expect(words).toMatch(/Mobile 150 Go, 24,99\s€ par mois/);
    expect(words).toMatch(/Commander, 249,00\s€ sur ma facture/);
    expect(words).toContain('Mobile Connect reste actif');
    for (const path of ['/contracts/ctr_1/handset/confirm', '/contracts/ctr_1/handset/confirm?handset=x&offer=']) {
      expect((await browser.get(path)).location).toMatch(/\/contracts\/ctr_1\/handset$/);
    }
  });

  test('B39 by card orders at the price that was shown, and leads to the way to the card', async () => {
    const { browser, calls } = await visit({ 'POST /order/v1/orders': { status: 201, body: orderOf() } });
    const csrf = csrfOf(await browser.get(chosen));
    const wish = { offer: 'mobile-150', plan_price: '24.99 EUR' };
    const sent = await browser.post('/contracts/ctr_1/handset', formOf(csrf, wish));
    const post = calls.find(({ method }) => method === 'POST');
    expect(post?.body).toEqual({
      ...{ contractId: 'ctr_1', handsetId: 'phone-1', acceptedPrice: eur(249), method: 'card', terms: true },
      ...{ offerId: 'mobile-150', acceptedPlanPrice: eur(24.99), returnUrl: `${world.portal.url}/bills/payment` },
    });
    expect(post?.headers['idempotency-key']).toBe('k'.repeat(22));
    expect(sent.location).toMatch(/\/bills\/payments\/pay_1\/card$/);
  });

  test('B40 on the bill asks for a code where the API does, and keeps the choice', async () => {
    let tries = 0;
    const { browser, calls } = await visit({
      'POST /order/v1/orders': () =>
        tries++ === 0 ? { status: 409, body: { code: 'code_required' } } : { status: 201, body: orderOf() },
      'POST /account/v1/me/confirmation-codes': { status: 202, body: { sentTo: 'a***@exemple.test' } },
      'GET /order/v1/orders/ord_1': ok(orderOf()),
    });
    const csrf = csrfOf(await browser.get(`${chosen}&method=deferred`));
    const form = formOf(csrf, { method: 'deferred' });
    const asked = await browser.get((await browser.post('/contracts/ctr_1/handset', form)).location ?? '');
    expect(asked.body).toContain('name="confirmation_code"');
    expect(asked.body).toContain('name="handset" value="phone-1"');
    expect(asked.body).toContain('name="method" value="deferred"');
    expect(asked.body).toMatch(/name="terms" value="yes" required checked/);
    expect(calls.find(({ path }) => path.includes('confirmation-codes'))?.body).toEqual({ action: 'order' });
    const sent = await browser.post('/contracts/ctr_1/handset', { ...form, confirmation_code: '123456' });
    expect(sent.location).toMatch(/\/orders\/ord_1\?done=ordered$/);
    const last = calls.findLast(({ path }) => path === '/order/v1/orders');
    expect(last?.headers['confirmation-code']).toBe('123456');
    expect(last?.body).toEqual({
      ...{ contractId: 'ctr_1', handsetId: 'phone-1', acceptedPrice: eur(249), method: 'deferred', terms: true },
    });
  });

  test.each([
    ['out_of_stock', 409, 'plus en stock'],
    ['price_changed', 409, 'Le prix a changé'],
    ['deferral_not_allowed', 403, 'ne vous a pas autorisé'],
    ['payment_unavailable', 503, 'ne répond pas'],
  ])('B38 says why it is not ordered: %s', async (code, status, said) => {
    const { browser } = await visit({ 'POST /order/v1/orders': { status, body: { code } } });
    const csrf = csrfOf(await browser.get(chosen));
    const back = await browser.get((await browser.post('/contracts/ctr_1/handset', formOf(csrf))).location ?? '');
    expect(back.body).toContain('role="alert"');
    expect(wordsOf(back)).toContain(said);
  });
});

describe('the order of a phone', () => {
  test('B39 leads to the card while that is due, and is taken back by one button', async () => {
    const { browser, calls } = await visit({
      'GET /order/v1/orders/ord_1': ok(orderOf()),
      'DELETE /order/v1/orders/ord_1': ok(orderOf({ state: 'cancelled' })),
    });
    const page = await browser.get('/orders/ord_1');
    expect(page.body).toContain('href="/bills/payments/pay_1/card"');
    expect(wordsOf(page)).toContain('en attente de votre paiement');
    const sent = await browser.post('/orders/ord_1/cancel', { csrf: csrfOf(page) });
    expect(calls.some(({ method }) => method === 'DELETE')).toBe(true);
    expect(wordsOf(await browser.get(sent.location ?? ''))).toContain('La commande est annulée');
  });

  test('B40 names the bill that the price is on, and is not taken back once it is sent', async () => {
    const payment = { method: 'deferred', status: 'invoiced', totalAmount: eur(249), bill: { id: 'inv_1' } };
    const { browser } = await visit({ 'GET /order/v1/orders/ord_1': ok(orderOf({ state: 'shipped', payment })) });
    const page = await browser.get('/orders/ord_1');
    expect(page.body).toContain('href="/bills/inv_1"');
    expect(page.body).not.toContain('/orders/ord_1/cancel');
    expect(wordsOf(page)).toContain('facturé');
  });

  test('B39 every state of a price has its words', async () => {
    const states = ['waiting', 'paid', 'declined', 'expired', 'cancelled', 'refunded'];
    for (const status of [...states, 'pending_line', 'invoiced', 'withdrawn', 'credited']) {
      const payment = { method: 'card', status, totalAmount: eur(1) };
      const { browser } = await visit({ 'GET /order/v1/orders/ord_1': ok(orderOf({ payment })) });
      const page = await browser.get('/orders/ord_1');
      expect([status, page.body.includes(`data-payment="${status}"`)]).toEqual([status, true]);
      expect(page.body).not.toContain('order.payment.');
    }
  });

  test('B39 the page of its payment leads to it', async () => {
    const item = { id: 'ord_1', name: 'Aster 5', href: '', '@referredType': 'ProductOrder' };
    const payment = {
      ...{ id: 'pay_1', status: 'declined', paymentDate: '2026-03-01T08:00:00Z', totalAmount: eur(249) },
      ...{ paymentMethod: {}, paymentItem: [{ item, amount: eur(249) }] },
    };
    const { browser } = await visit({ 'GET /billing/v1/payments/pay_1': ok(payment) });
    const page = await browser.get((await browser.get('/bills/payment?payment=pay_1')).location ?? '');
    expect(page.body).toContain('href="/orders/ord_1"');
    expect(wordsOf(page)).toContain('la commande est annulée');
    expect(page.body).not.toContain('/bills/pay?');
  });
});

test('B40 the holder lets a proxy order on the bill, with a code where the API asks for one, and takes it back', async () => {
  const proxies = [{ id: 'prx_1', name: 'E*** M***', since: '2026-02-01T00:00:00Z', mayDefer: false }];
  let tries = 0;
  const { browser, calls } = await visit({
    'GET /contract/v1/contracts/ctr_1/proxies': ok(proxies),
    'PATCH /contract/v1/contracts/ctr_1/proxies/prx_1': () =>
      tries++ === 0 ? { status: 409, body: { code: 'code_required' } } : ok({}),
    'POST /account/v1/me/confirmation-codes': { status: 202, body: { sentTo: 'a***@exemple.test' } },
  });
  const page = await browser.get('/contracts/ctr_1');
  expect(page.body).toContain('href="/contracts/ctr_1/handset"');
  expect(wordsOf(page)).toContain('Ne peut pas commander sur la facture');
  const form = { csrf: csrfOf(page), proxy: 'prx_1', allow: 'yes' };
  const path = '/contracts/ctr_1/proxies/prx_1/deferral';
  const asked = await browser.get((await browser.post(path, form)).location ?? '');
  expect(asked.body).toContain('name="confirmation_code"');
  const sent = await browser.post(path, { ...form, confirmation_code: '123456' });
  const last = calls.findLast(({ method }) => method === 'PATCH');
  expect([last?.body, last?.headers['confirmation-code']]).toEqual([{ mayDefer: true }, '123456']);
  expect(sent.location).toContain('?done=deferral');
  await browser.post(path, { ...form, allow: 'no' });
  expect(calls.findLast(({ method }) => method === 'PATCH')?.body).toEqual({ mayDefer: false });
});

test('B19 a top-up by card leads to the way to the card', async () => {
  const topUp = { status: 201, body: { payment: { id: 'pay_9' } } };
  const switches = {
    premium_sms: true,
    premium_calls: true,
    international: true,
    roaming_calls: true,
    roaming_data: true,
  };
  const offer = { id: 'topup-5', name: '5 Go', amount: { amount: 5, units: 'byte' }, price: eur(5), isProposed: true };
  const { browser, calls } = await visit({
    'GET /usage/v1/lines/lin_1/controls': ok(switches),
    'GET /usage/v1/lines/lin_1/topups/offers': ok([offer]),
    'POST /usage/v1/lines/lin_1/topups': topUp,
  });
  const page = await browser.get('/usage/ctr_1/lines/lin_1');
  expect(page.body).toMatch(/name="method" value="invoice" checked/);
  const form = { csrf: csrfOf(page), key: 'k'.repeat(22), offer: 'topup-5 5 EUR', method: 'card' };
  const sent = await browser.post('/usage/ctr_1/lines/lin_1/top-up', form);
  expect(calls.find(({ method }) => method === 'POST')?.body).toEqual({
    ...{ offerId: 'topup-5', acceptedPrice: eur(5), paymentMethod: 'card' },
    returnUrl: `${world.portal.url}/bills/payment`,
  });
  expect(sent.location).toMatch(/\/bills\/payments\/pay_9\/card$/);
});
