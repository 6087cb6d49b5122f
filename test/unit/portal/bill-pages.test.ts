// Bills in the customer area, over fake APIs: lists, lines and taxes, a company's accounts, files, what waits.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { billWords, sumOf } from '../../../src/portal/bill-words.ts';
import { billOf, detailOf, eur, groupBill, ok, visit } from './bill-world.ts';
import { wordsOf } from './browser.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

const list = 'GET /billing/v1/invoices?offset=0&limit=20';
const nothingOpen = { 'GET /billing/v1/payments?open=true&limit=100': ok([]) };

describe('the list', () => {
  test('B13 E18 shows number, account, period, state and amounts, and offers to pay what is due', async () => {
    const paid = billOf(2, { state: 'settled', payable: false, remainingAmount: eur(0) });
    const { browser } = await visit(world, { [list]: ok([billOf(1), paid], 2) });
    const page = await browser.get('/bills');
    expect(page.status).toBe(200);
    const words = wordsOf(page).replaceAll(/\s/g, ' ');
    expect(words).toContain(
      'F000000001 1084821187 octobre 2026 à payer à payer avant la fin du 22 novembre 2026 29,99 €',
    );
    expect(words).toContain('2 factures, la plus récente en premier');
    expect(page.body.match(/<input type="checkbox" name="bill"/g)).toHaveLength(1);
    expect(page.body).toContain('aria-label="Choisir la facture F000000001" checked');
    expect(page.body).toContain('<caption>');
    expect(page.body).toContain('<th scope="row"><a href="/bills/inv_1">');
  });

  test('E18 keeps the filter from page to page, and in the other language', async () => {
    const { browser } = await visit(world, {
      'GET /billing/v1/invoices?status=unpaid&offset=20&limit=20': ok([billOf(1)], 55),
    });
    const page = await browser.get('/bills?status=unpaid&page=2&evil=%22');
    expect(page.body).toContain('href="?status=unpaid&amp;page=1"');
    expect(page.body).toContain('href="?status=unpaid&amp;page=3"');
    expect(page.body).toContain('href="/bills?status=unpaid&amp;page=2&amp;evil=%22&amp;lang=en"');
    expect(page.body).toMatch(/href="\/bills\?status=unpaid" aria-current="page"/);
  });

  test('E18 says it when nothing is left to pay', async () => {
    const { browser } = await visit(world, { 'GET /billing/v1/invoices?status=unpaid&offset=0&limit=20': ok([], 0) });
    expect(wordsOf(await browser.get('/bills?status=unpaid'))).toContain('Toutes vos factures sont payées');
  });

  test('E22 E23 a company sees its accounts, and its bill is chosen for all of its parts', async () => {
    const part = billOf(1, { groupBill: { id: 'inv_9' } });
    const balance = (balanceType: string, value: number) => ({ balanceType, amount: { unit: 'MUR', value } });
    const account = { id: 'bil_1', name: '90000101', unpaidBills: 1 };
    const { browser } = await visit(world, {
      [list]: ok([groupBill, part], 2),
      'GET /billing/v1/groups/me/accounts?limit=100': ok([
        { ...account, accountBalance: [balance('billed', 5_000), balance('due', 1_150)] },
      ]),
    });
    const page = await browser.get('/bills');
    expect(wordsOf(page)).toMatch(/90000101 1 5\s000,00 MUR 1\s150,00 MUR/);
    expect(page.body).toMatch(/value="inv_9"[^>]* checked/);
    expect(page.body).not.toMatch(/value="inv_1"[^>]* checked/);
  });
});

describe('one bill', () => {
  test('B13 E10 shows lines, taxes, total, what is due and the Account ID, and leads to paying it', async () => {
    const credit = { number: 'A1', date: '2026-11-05T10:00:00Z', reason: 'Geste', amount: eur(2) };
    const payment = { appliedAmount: eur(10), date: '2026-11-06T10:00:00Z' };
    const partly = { appliedPayment: [payment], creditNote: [credit], remainingAmount: eur(17.99) };
    const { browser } = await visit(world, {
      'GET /billing/v1/invoices/inv_1': ok(detailOf(1, partly)),
      ...nothingOpen,
    });
    const page = await browser.get('/bills/inv_1');
    expect(page.status).toBe(200);
    const words = wordsOf(page).replaceAll(/\s/g, ' ');
    expect(words).toContain('Facture F000000001');
    expect(words).toContain('À payer 17,99 €');
    expect(words).toContain('Forfait &lt;5 Go&gt; forfait 1 octobre 2026 25,00 € 20 % 29,99 €');
    expect(words).toContain('20 % 25,00 € 4,99 €');
    expect(words).toContain('10,00 € payés le 6 novembre 2026');
    expect(words).toContain('2,00 € d’avoir le 5 novembre 2026 (n° A1) : Geste');
    expect(page.body).toContain('<dd data-account>1084821187</dd>');
    expect(page.body).toContain('href="/bills/pay?bill=inv_1"');
    for (const table of page.body.match(/<table>[\s\S]*?<\/table>/g) ?? []) expect(table).toContain('<caption');
  });

  test('X96 that is being paid shows the payment instead of a second one', async () => {
    const open = {
      ...{ id: 'pay_7', status: 'created', paymentDate: '2026-11-10T10:00:00Z', totalAmount: eur(29.99) },
      ...{ paymentMethod: {}, redirectUrl: 'https://pay.exemple.test/x' },
      paymentItem: [{ item: { id: 'inv_1', name: 'F1', '@referredType': 'CustomerBill' }, amount: eur(29.99) }],
    };
    const { browser } = await visit(world, {
      'GET /billing/v1/invoices/inv_1': ok(detailOf(1)),
      'GET /billing/v1/payments?open=true&limit=100': ok([open]),
    });
    const { body } = await browser.get('/bills/inv_1');
    expect(body).toContain('href="/bills/payments/pay_7"');
    expect(body).not.toContain('href="/bills/pay?bill=inv_1"');
  });

  test('E23 of a company has its lines by account, each with its sub-total, and the state of each part', async () => {
    const { browser } = await visit(world, { 'GET /billing/v1/invoices/inv_9': ok(groupBill), ...nothingOpen });
    const page = await browser.get('/bills/inv_9');
    expect(page.body.match(/<th scope="rowgroup"/g)).toHaveLength(2);
    expect(page.body.match(/data-subtotal="90000101"/g)).toHaveLength(1);
    const words = wordsOf(page).replaceAll(/\s/g, ' ');
    expect(words).toContain('Compte 90000101, facture F00000090 payée');
    expect(words).toContain('Sous-total du compte 90000102 1 000,00 MUR 1 150,00 MUR');
    expect(words).toContain('Total 2 000,00 MUR 2 300,00 MUR');
  });

  test('of somebody else is not there', async () => {
    const { browser } = await visit(world, {});
    expect((await browser.get('/bills/inv_stranger')).status).toBe(404);
  });
});

describe('its files', () => {
  test.each([
    ['pdf', 'application/pdf', '%PDF-1.7 é'],
    ['csv', 'text/csv', 'account,amount'],
  ])('B13 E11 come through the portal as %s, with the token in a header only', async (format, type, text) => {
    const { browser, calls } = await visit(world, {
      [`GET /billing/v1/invoices/inv_1/document?format=${format}`]: {
        ...{ status: 200, file: text },
        headers: { 'content-type': `${type}; charset=utf-8`, 'content-disposition': `inline; filename="F1.${format}"` },
      },
    });
    const file = await browser.get(`/bills/inv_1/document?format=${format}`);
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toContain(type);
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="F1.${format}"`);
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    expect(file.headers.get('cache-control')).toBe('no-store');
    expect(file.body).toBe(text);
    const { path, headers } = calls.at(-1)!;
    expect(headers['authorization']).toMatch(/^Bearer api-token/);
    expect(path).not.toContain('token');
  });

  test('that are no such file, or not hers, are a page that says so', async () => {
    const { browser } = await visit(world, {
      'GET /billing/v1/invoices/inv_1/document?format=pdf': {
        ...{ status: 200, file: '<script>1</script>', headers: { 'content-type': 'text/html' } },
      },
    });
    const page = await browser.get('/bills/inv_1/document?format=pdf');
    expect(page.status).toBe(503);
    expect(page.body).not.toContain('<script>1');
    expect((await browser.get('/bills/inv_2/document')).status).toBe(404);
  });
});

describe('what is not billed yet', () => {
  const waiting = {
    ...{ product: { id: 'ctr_1' }, startDateTime: '2026-10-31T23:00:00Z', taxIncludedAmount: eur(36.4) },
    appliedBillingRate: [
      {
        ...{ name: 'Coque', quantity: 1, date: '2026-11-03T10:00:00Z' },
        ...{ taxExcludedAmount: eur(29.08), taxIncludedAmount: eur(34.9) },
      },
    ],
    usage: [
      {
        ...{ date: '2026-11-04T10:00:00Z', usageType: 'voice', category: 'international', quantity: 126 },
        ...{ included: 0, taxIncludedAmount: eur(1.5) },
      },
      {
        ...{ date: '2026-11-04T11:00:00Z', usageType: 'sms', category: 'national', quantity: 1 },
        ...{ included: 1, taxIncludedAmount: eur(0) },
      },
    ],
  };
  const current = { 'GET /billing/v1/current-usage?limit=100': ok([waiting]) };

  test('E10 shows purchases and what is beyond the plan, by contract', async () => {
    const contract = { id: 'ctr_1', kind: 'MOBILE', label: 'Le mien', realizingResource: [{ name: '+33639980001' }] };
    const { browser } = await visit(world, {
      ...current,
      'GET /contract/v1/contracts?limit=100': ok([contract]),
    });
    const words = wordsOf(await browser.get('/bills/current')).replaceAll(/\s/g, ' ');
    expect(words).toContain('Le mien, +33639980001');
    expect(words).toContain('a commencé le 1er novembre 2026. Taxes comprises : 36,40 €');
    expect(words).toContain('Coque 1 3 novembre 2026 29,08 € 34,90 €');
    expect(words).toContain('Appels, vers l’étranger 2 min 06 s 1,50 €');
    expect(words).not.toContain('SMS');
  });

  test('E22 is there for a session that sees no contracts', async () => {
    const refused = { status: 403, body: { code: 'insufficient_scope' } };
    const { browser } = await visit(world, { ...current, 'GET /contract/v1/contracts?limit=100': refused });
    const page = await browser.get('/bills/current');
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('Contrat 1');
  });
});

describe('the home page', () => {
  test('B12 B13 shows the last bill, and the button to pay it', async () => {
    const { browser } = await visit(world, { 'GET /billing/v1/invoices?limit=1': ok([billOf(1)]) });
    const page = await browser.get('/');
    expect(wordsOf(page).replaceAll(/\s/g, ' ')).toContain('Facture F000000001, octobre 2026 à payer 29,99 €');
    expect(page.body).toContain('href="/bills/pay?bill=inv_1"');
  });

  test('B12 says so in its place when bills do not answer, and shows the rest', async () => {
    const contract = { id: 'ctr_1', kind: 'MOBILE', label: 'Le mien', relation: 'user' };
    const { browser } = await visit(world, {
      'GET /billing/v1/invoices?limit=1': { status: 503, body: { code: 'internal' } },
      'GET /contract/v1/contracts?limit=100': ok([contract]),
    });
    const page = await browser.get('/');
    expect(page.body).toMatch(/data-source="bills">\s*<h2[^>]*>Dernière facture<\/h2>\s*<p class="notice">/);
    expect(wordsOf(page)).toContain('Le mien');
  });
});

describe('amounts and days', () => {
  const utc = (text: string) => new Date(text);
  const plain = (text: string) => text.replaceAll(/[\s\u2009]/g, ' ');

  test.each([
    ['fr-FR', 'Europe/Paris', 'octobre 2026', '1 234,50 €', '1er octobre 2026'],
    ['en-GB', 'Europe/Paris', 'October 2026', '€1,234.50', '1 October 2026'],
  ])('are written as in %s', (region, timeZone, month, amount, day) => {
    const say = billWords({ region, timeZone });
    expect(say.period(utc('2026-09-30T22:00:00Z'), utc('2026-10-31T23:00:00Z'))).toBe(month);
    expect(plain(say.money(eur(1_234.5)))).toBe(amount);
    expect(say.day(utc('2026-09-30T22:00:00Z'))).toBe(day);
  });

  test('of a brand elsewhere have its currency, its days and its months', () => {
    const say = billWords({ region: 'en-MU', timeZone: 'Indian/Mauritius' });
    expect(plain(say.money({ unit: 'MUR', value: 1_150 }))).toBe('Rs 1,150.00');
    expect(say.period(utc('2026-09-30T20:00:00Z'), utc('2026-10-31T20:00:00Z'))).toBe('October 2026');
    expect(plain(say.period(utc('2026-09-15T20:00:00Z'), utc('2026-10-15T20:00:00Z')))).toBe('16 Sept – 15 Oct 2026');
  });

  test('add up without what binary fractions would add, in one currency only', () => {
    expect(sumOf([eur(0.1), eur(0.2)])).toEqual(eur(0.3));
    expect(sumOf([eur(78.96), eur(72.96)])).toEqual(eur(151.92));
    expect(
      sumOf([
        { unit: 'JPY', value: 100 },
        { unit: 'JPY', value: 23 },
      ]),
    ).toEqual({ unit: 'JPY', value: 123 });
    expect(sumOf([eur(1), { unit: 'MUR', value: 1 }])).toBeUndefined();
    expect(sumOf([])).toBeUndefined();
  });
});
