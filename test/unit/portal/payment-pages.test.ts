// Paying bills in the customer area, over fake APIs: what is chosen, the way to the provider's page and back, receipts.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { atProvider, detailOf, eur, groupBill, ok, paymentOf, receiptBody, visit } from './bill-world.ts';
import { csrfOf, wordsOf } from './browser.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

const key = 'k'.repeat(22);
const nothingOpen = { 'GET /billing/v1/payments?open=true&limit=100': ok([]) };
const twoBills = {
  'GET /billing/v1/invoices/inv_1': ok(detailOf(1)),
  'GET /billing/v1/invoices/inv_2': ok(detailOf(2, { remainingAmount: eur(0.1) })),
  ...nothingOpen,
};
const plain = (page: { body: string }) => wordsOf(page).replaceAll(/\s/g, ' ');

describe('what is to be paid', () => {
  test('A34 several bills are paid at once, for the sum that stands on the button', async () => {
    const { browser, calls } = await visit(world, {
      ...twoBills,
      'POST /billing/v1/payments': { status: 201, body: paymentOf('created', atProvider) },
    });
    const page = await browser.get('/bills/pay?bill=inv_1&bill=inv_2&bill=inv_1');
    expect(plain(page)).toContain('Payer 30,09 €');
    expect(page.body).toContain('name="bills" value="inv_1 inv_2"');
    expect(page.body).toContain('name="amount" value="30.09 EUR"');
    const form = { csrf: csrfOf(page), key, bills: 'inv_1 inv_2', amount: '30.09 EUR' };
    const sent = await browser.post('/bills/pay', form);
    const post = calls.find(({ method }) => method === 'POST');
    expect(post?.body).toEqual({
      ...{ invoiceIds: ['inv_1', 'inv_2'], amount: eur(30.09), method: 'card' },
      returnUrl: `${world.portal.url}/bills/payment`,
    });
    expect(post?.headers['idempotency-key']).toBe(key);
    expect(sent.location).toBe(`${world.portal.url}/bills/payments/pay_1/card`);
  });

  test('X96 a second press of the button is the same intent', async () => {
    const { browser, calls } = await visit(world, {
      ...twoBills,
      'POST /billing/v1/payments': { status: 201, body: paymentOf('created', atProvider) },
    });
    const page = await browser.get('/bills/pay?bill=inv_1');
    const shown = /name="key" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const form = { csrf: csrfOf(page), key: shown, bills: 'inv_1', amount: '29.99 EUR' };
    await Promise.all([browser.post('/bills/pay', form), browser.post('/bills/pay', form)]);
    const keys = calls.filter(({ method }) => method === 'POST').map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([shown, shown]);
  });

  test('X102 a company’s bill stands for its parts, and what is paid already does not count', async () => {
    const part = detailOf(1, { groupBill: { id: 'inv_9' } });
    const paid = detailOf(2, { payable: false, remainingAmount: eur(0) });
    const { browser } = await visit(world, {
      'GET /billing/v1/invoices/inv_9': ok(groupBill),
      'GET /billing/v1/invoices/inv_1': ok(part),
      'GET /billing/v1/invoices/inv_2': ok(paid),
      ...nothingOpen,
    });
    const page = await browser.get('/bills/pay?bill=inv_9&bill=inv_1&bill=inv_2');
    expect(page.body).toContain('name="bills" value="inv_9"');
    expect(page.body).toContain('name="amount" value="1150 MUR"');
    expect(plain(page)).toContain('Ce qui est déjà payé n’est pas compté');
  });

  test.each([
    ['payment_open', 'Un paiement est déjà en cours'],
    ['already_paid', 'C’est déjà payé'],
    ['amount_mismatch', 'Le montant a changé entre-temps'],
    ['payment_unavailable', 'ne répond pas pour le moment'],
  ])('X96 X99 E19 a refusal %s comes back to the same choice, with its reason', async (code, words) => {
    const { browser } = await visit(world, {
      ...twoBills,
      'POST /billing/v1/payments': { status: 409, body: { code } },
    });
    const page = await browser.get('/bills/pay?bill=inv_1&bill=inv_2');
    const form = { csrf: csrfOf(page), key, bills: 'inv_1 inv_2', amount: '30.09 EUR' };
    const back = await browser.open((await browser.post('/bills/pay', form)).location ?? '');
    expect(plain(back)).toContain(words);
    expect(back.body).toContain('name="bills" value="inv_1 inv_2"');
    expect(back.body).not.toContain(`value="${key}"`);
  });

  test('X99 an amount that was tampered with is sent as no amount of money that a bill could owe', async () => {
    const { browser, calls } = await visit(world, {
      ...twoBills,
      'POST /billing/v1/payments': { status: 422, body: { code: 'amount_mismatch' } },
    });
    const csrf = csrfOf(await browser.get('/bills/pay?bill=inv_1'));
    for (const amount of ['-5 EUR', '1e9 EUR', '29.99', '29,99 EUR']) {
      await browser.post('/bills/pay', { csrf, key, bills: 'inv_1', amount });
    }
    const amounts = calls
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => (body as { amount: unknown }).amount);
    expect(amounts).toEqual([eur(0), eur(0), eur(0), eur(0)]);
  });

  test('nothing is begun without the token of the form', async () => {
    const { browser, calls } = await visit(world, twoBills);
    const sent = await browser.post('/bills/pay', { key, bills: 'inv_1', amount: '29.99 EUR' });
    expect(sent.status).toBe(403);
    expect(calls.some(({ method }) => method === 'POST')).toBe(false);
  });

  test('no bill chosen is said kindly', async () => {
    const { browser } = await visit(world, {});
    expect(plain(await browser.get('/bills/pay'))).toContain('Aucune facture à payer n’est choisie');
  });
});

describe('the way to the card', () => {
  test('is a page that goes on by itself: no redirect of a form leaves the portal', async () => {
    const { browser } = await visit(world, {
      'GET /billing/v1/payments/pay_1': ok(
        paymentOf('created', { redirectUrl: `${atProvider.redirectUrl}?a="1"&b=2` }),
      ),
    });
    const page = await browser.get('/bills/payments/pay_1/card');
    expect(page.status).toBe(200);
    expect(page.location).toBeUndefined();
    const target = 'https://pay.exemple.test/checkout/chk_1?a=%221%22&amp;b=2';
    expect(page.body).toContain(`<meta http-equiv="refresh" content="0;url=${target}">`);
    expect(page.body).toContain(`href="${target}"`);
    expect(plain(page)).toContain('Vous allez payer 29,99 € chez pay.exemple.test');
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' ${world.issuer.issuer}`);
    for (const secret of world.issuer.log.issued) expect(page.body).not.toContain(secret);
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', ''])('never leads to %j', async (redirectUrl) => {
    const { browser } = await visit(world, {
      'GET /billing/v1/payments/pay_1': ok(paymentOf('created', { redirectUrl })),
    });
    const page = await browser.get('/bills/payments/pay_1/card');
    expect(page.location).toBe(`${world.portal.url}/bills/payments/pay_1`);
  });

  test('is over once the payment is', async () => {
    const { browser } = await visit(world, { 'GET /billing/v1/payments/pay_1': ok(paymentOf('captured')) });
    const page = await browser.get('/bills/payments/pay_1/card');
    expect(page.location).toBe(`${world.portal.url}/bills/payments/pay_1`);
  });
});

describe('back from the card', () => {
  const path = 'GET /billing/v1/payments/pay_1';
  const receipt = { id: 'R0000001' };

  test('A34 B13 waits for the provider’s word, and leads to the receipt', async () => {
    const card = { brand: 'Visa', lastFourDigits: '4242' };
    const { browser, calls } = await visit(world, {
      [path]: [
        ok(paymentOf('created', atProvider)),
        ok(paymentOf('authorised', atProvider)),
        ok(paymentOf('captured', { receipt, paymentMethod: card })),
      ],
    });
    const page = await browser.open('/bills/payment?payment=pay_1');
    expect(page.url).toBe(`${world.portal.url}/bills/payments/pay_1`);
    expect(plain(page)).toContain('Merci, c’est payé');
    expect(plain(page)).toContain('Visa terminant par 4242');
    expect(page.body).toContain('href="/bills/receipts/R0000001"');
    expect(calls.filter((call) => `${call.method} ${call.path}` === path)).toHaveLength(3);
  });

  test('X98 still without a word after a while, says so and looks again, with and without JavaScript', async () => {
    const { browser } = await visit(world, { [path]: ok(paymentOf('created', atProvider)) });
    const page = await browser.get('/bills/payments/pay_1');
    expect(plain(page)).toContain('Paiement en attente');
    expect(page.body).toContain('<noscript><meta http-equiv="refresh"');
    expect(page.body).toMatch(/<script type="module" src="\/assets\/reload\.js/);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(page.body).toContain('href="/bills/payments/pay_1/card"');
  });

  test.each([
    ['declined', { statusReason: 'insufficient_funds' }, 'Paiement refusé', 'provision insuffisante'],
    ['declined', { statusReason: 'of_their_own' }, 'Paiement refusé', 'n’a pas été débitée'],
    ['cancelled', {}, 'Paiement abandonné', 'La facture reste à payer'],
    ['expired', {}, 'Délai de paiement dépassé', 'Vous pouvez recommencer'],
  ])('E12 a payment that was %s says so, and offers to try again', async (status, more, title, words) => {
    const { browser } = await visit(world, { [path]: ok(paymentOf(status, more)) });
    const page = await browser.get('/bills/payments/pay_1');
    expect(plain(page)).toContain(title);
    expect(plain(page)).toContain(words);
    expect(plain(page)).not.toContain('of_their_own');
    expect(page.body).toContain('href="/bills/pay?bill=inv_1"');
    expect(page.body).not.toContain('/bills/receipts/');
  });

  test('X100 says what goes back', async () => {
    const refund = [{ amount: eur(29.99), status: 'requested', reason: 'already_paid' }];
    const { browser } = await visit(world, { [path]: ok(paymentOf('captured', { receipt, refund })) });
    expect(plain(await browser.get('/bills/payments/pay_1'))).toContain('29,99 € avaient déjà été payés autrement');
  });

  test('whose session is over meanwhile logs in again and comes to the same payment', async () => {
    const { browser } = await visit(world, { [path]: ok(paymentOf('captured', { receipt })) });
    browser.cookies.clear();
    const page = await browser.open('/bills/payment?payment=pay_1');
    expect(plain(page)).toContain('Merci, c’est payé');
  });

  test('of somebody else, or of nobody, is not there', async () => {
    const { browser } = await visit(world, {});
    expect((await browser.open('/bills/payment?payment=../../../x')).status).toBe(404);
    expect((await browser.open('/bills/payment')).status).toBe(404);
  });
});

describe('receipts', () => {
  test('E13 are listed, newest first', async () => {
    const { browser } = await visit(world, { 'GET /billing/v1/receipts?offset=0&limit=20': ok([receiptBody], 21) });
    const page = await browser.get('/bills/receipts');
    expect(plain(page)).toContain('R0000001 10 novembre 2026 à 11:01 Facture F000000001 29,99 €');
    expect(page.body).toContain('href="?page=2"');
  });

  test('E13 one is a page to print, without what surrounds it', async () => {
    const { browser } = await visit(world, { 'GET /billing/v1/receipts/R0000001': ok(receiptBody) });
    const page = await browser.get('/bills/receipts/R0000001');
    const words = plain(page);
    for (const fact of ['Reçu R0000001', 'Alice Martin', 'Visa terminant par 4242', 'ab12cd34', 'Total payé 29,99 €']) {
      expect(words).toContain(fact);
    }
    expect(page.body).toContain('href="/bills/receipts/R0000001/document"');
    const css = readFileSync(new URL('../../../views/public/portal.css', import.meta.url), 'utf8');
    const [, print = ''] = css.split('@media print');
    for (const part of ['.site-header', '.site-footer', '.not-printed']) expect(print).toContain(part);
  });

  test('E13 its PDF comes through the portal', async () => {
    const { browser } = await visit(world, {
      'GET /billing/v1/receipts/R0000001?format=pdf': {
        ...{ status: 200, file: '%PDF' },
        headers: { 'content-type': 'application/pdf', 'content-disposition': 'attachment; filename="R0000001.pdf"' },
      },
    });
    const file = await browser.get('/bills/receipts/R0000001/document');
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="R0000001.pdf"');
    expect(file.body).toBe('%PDF');
  });

  test('X106 of another payer is not there', async () => {
    const { browser } = await visit(world, {});
    expect((await browser.get('/bills/receipts/R0000002')).status).toBe(404);
  });
});

test('the portal asks for the scopes of bills', async () => {
  await visit(world, {});
  expect(world.issuer.log.authorizations[0]?.get('scope')).toMatch(/billing\.read billing\.pay/);
});
