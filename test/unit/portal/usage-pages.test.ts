// Consumption in the customer area, over fake APIs: pictures that say nothing which a table does not, forms, filters.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { arcOf, quantityText } from '../../../src/portal/usage-words.ts';
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
const gigabyte = 1_000_000_000;
const period = { startDateTime: '2026-03-01T00:00:00Z', endDateTime: '2026-04-01T00:00:00Z' };
const contract = {
  ...{ id: 'ctr_1', kind: 'MOBILE', label: 'Le <mien>', relation: 'holder' },
  realizingResource: [{ id: 'lin_1', name: '+33639980001', kind: 'mobile' }],
};
const bucket = (usageType: string, units: string, used: number, allowance: number | null, percent: number | null) => ({
  ...{ usageType, percent, overLimit: percent === 100, logicalResource: { id: 'lin_1', name: '+33639980001' } },
  ...{ used: { amount: used, units }, allowance: allowance === null ? null : { amount: allowance, units } },
  remainingValue: allowance === null ? null : { amount: allowance - used, units },
  bucketCounter: [{ counterType: 'outsidePlan', value: { amount: 0, units } }],
});
const summary = {
  ...{ validPeriod: period, topUp: [{ lineId: 'lin_1' }] },
  bucket: [
    bucket('data', 'byte', 4.25 * gigabyte, 5 * gigabyte, 85),
    bucket('voice', 'second', 3_900, 7_200, 54),
    bucket('sms', 'message', 14, null, null),
    bucket('mms', 'message', 2, 50, 4),
  ],
  outOfBundle: { taxIncludedAmount: { unit: 'EUR', value: 1.5 } },
};
const rated = {
  ...{ usageDate: '2026-03-10T08:00:00Z', usageType: 'sms', category: 'premium', direction: 'out', peer: '8<1>234' },
  ...{ quantity: { amount: 1, units: 'message' }, blocked: false, taxIncludedAmount: { unit: 'EUR', value: 1.5 } },
};
const switches = {
  ...{ premium_sms: true, premium_calls: true, international: true, roaming_calls: true, roaming_data: false },
};
const offers = [
  {
    ...{ id: 'topup-5', name: 'Recharge 5 Go', amount: { amount: 5 * gigabyte, units: 'byte' }, isProposed: true },
    price: { unit: 'EUR', value: 5 },
  },
];

async function visit(replies: Readonly<Record<string, ApiReply>>) {
  const calls: ApiCall[] = [];
  const all: Readonly<Record<string, ApiReply>> = { 'GET /contract/v1/contracts/ctr_1': ok(contract), ...replies };
  world.issuer.behaviour.apis = (call) => {
    calls.push(call);
    return all[`${call.method} ${call.path}`];
  };
  const browser = world.browser();
  await browser.open('/login?returnTo=/help');
  return { browser, calls };
}

const linePage = {
  'GET /usage/v1/lines/lin_1/controls': { ...ok(switches), headers: { etag: '"v1"' } },
  'GET /usage/v1/lines/lin_1/topups/offers': ok(offers),
};

describe('consumption', () => {
  test('B17 B18 has a gauge that a screen reader skips, and a table with all that it says', async () => {
    const { browser } = await visit({ 'GET /usage/v1/contracts/ctr_1/summary?period=current': ok(summary) });
    const page = await browser.get('/usage/ctr_1');
    expect(page.status).toBe(200);
    const pictures = page.body.match(/<svg[^>]*(?:gauge|usage-bar)[^>]*>/g) ?? [];
    expect(pictures).toHaveLength(4);
    for (const picture of pictures) expect(picture).toContain('aria-hidden="true"');
    expect(page.body).toContain('<caption>Consommation de la ligne +33639980001</caption>');
    const words = wordsOf(page);
    expect(words).toContain('Internet mobile 4,3 Go 5 Go 750 Mo 85 %');
    expect(words).toContain('SMS 14 illimité – –');
    expect(words).toContain('1 h 05 min');
    expect(page.body).toContain('Le &lt;mien&gt;');
  });

  test('B19 proposes more data from 80 % on, and not before', async () => {
    const path = 'GET /usage/v1/contracts/ctr_1/summary?period=current';
    const near = await visit({ [path]: ok(summary) });
    expect(wordsOf(await near.browser.get('/usage/ctr_1'))).toContain('Vous arrivez au bout');
    const far = await visit({ [path]: ok({ ...summary, topUp: [] }) });
    expect(wordsOf(await far.browser.get('/usage/ctr_1'))).not.toContain('Vous arrivez au bout');
  });

  test('B20 filters records by the form and goes from page to page', async () => {
    const path = 'GET /usage/v1/contracts/ctr_1/records?type=sms&from=2026-03-01&offset=50&limit=50';
    const { browser } = await visit({ [path]: { ...ok([rated]), headers: { 'x-total-count': '120' } } });
    const page = await browser.get('/usage/ctr_1/records?type=sms&from=2026-03-01&to=&page=2&evil=%22');
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('8&lt;1&gt;234');
    expect(page.body).toContain('href="?type=sms&amp;from=2026-03-01&amp;page=1"');
    expect(page.body).toContain('href="?type=sms&amp;from=2026-03-01&amp;page=3"');
    expect(page.body).toContain('<option value="sms" selected>');
  });

  test('B21 shows what is beyond the plan with its sum', async () => {
    const beyond = {
      ...{ validPeriod: period, taxRate: 20, item: [rated], taxIncludedAmount: { unit: 'EUR', value: 1.5 } },
      taxExcludedAmount: { unit: 'EUR', value: 1.25 },
    };
    const { browser } = await visit({
      'GET /usage/v1/contracts/ctr_1/out-of-bundle?period=current&limit=100': ok(beyond),
    });
    const words = wordsOf(await browser.get('/usage/ctr_1/out-of-bundle'));
    expect(words).toContain('1,50 €');
    expect(words).toContain('1,25 €');
    expect(words).toContain('numéro surtaxé');
  });
});

describe('a line', () => {
  test('B22 switches are sent all at once, with the version that was seen', async () => {
    const { browser, calls } = await visit({ ...linePage, 'PUT /usage/v1/lines/lin_1/controls': ok(switches) });
    const page = await browser.get('/usage/ctr_1/lines/lin_1');
    expect(page.body).toMatch(/name="international" value="on" checked/);
    expect(page.body).not.toMatch(/name="roaming_data" value="on" checked/);
    const form = { csrf: csrfOf(page), version: 'v1', premium_sms: 'on', roaming_data: 'on' };
    const sent = await browser.post('/usage/ctr_1/lines/lin_1/controls', form);
    const put = calls.find(({ method }) => method === 'PUT');
    expect(put?.body).toEqual({
      ...{ premium_sms: true, premium_calls: false, international: false, roaming_calls: false, roaming_data: true },
    });
    expect(put?.headers['if-match']).toBe('"v1"');
    expect(wordsOf(await browser.get(sent.location ?? ''))).toContain('sont enregistrés');
  });

  test('B22 keeps what was chosen when somebody else was quicker', async () => {
    const { browser } = await visit({
      ...linePage,
      'PUT /usage/v1/lines/lin_1/controls': { status: 412, body: { code: 'version_mismatch' } },
    });
    const csrf = csrfOf(await browser.get('/usage/ctr_1/lines/lin_1'));
    const sent = await browser.post('/usage/ctr_1/lines/lin_1/controls', { csrf, version: 'v1', roaming_data: 'on' });
    const { body } = await browser.get(sent.location ?? '');
    expect(body).toMatch(/name="roaming_data" value="on" checked/);
    expect(body).not.toMatch(/name="international" value="on" checked/);
    expect(body).toContain('data-problem="version_mismatch"');
  });

  test('B19 buys the top-up at the price that stood beside it', async () => {
    const { browser, calls } = await visit({ ...linePage, 'POST /usage/v1/lines/lin_1/topups': ok({}) });
    const page = await browser.get('/usage/ctr_1/lines/lin_1');
    expect(wordsOf(page)).toContain('Recharge 5 Go, 5,00 €');
    const key = 'k'.repeat(22);
    const form = { csrf: csrfOf(page), key, offer: 'topup-5 5 EUR' };
    const sent = await browser.post('/usage/ctr_1/lines/lin_1/top-up', form);
    const post = calls.find(({ method }) => method === 'POST');
    expect(post?.body).toEqual({ offerId: 'topup-5', acceptedPrice: { unit: 'EUR', value: 5 } });
    expect(post?.headers['idempotency-key']).toBe(key);
    expect(sent.location).toContain('/usage/ctr_1?done=top-up');
  });
});

describe('amounts', () => {
  test.each([
    [{ amount: 0, units: 'byte' as const }, '0 octets'],
    [{ amount: 999, units: 'byte' as const }, '999 octets'],
    [{ amount: 1_000, units: 'byte' as const }, '1 ko'],
    [{ amount: 51.4 * gigabyte, units: 'byte' as const }, '51,4 Go'],
    [{ amount: 45, units: 'second' as const }, '45 s'],
    [{ amount: 65, units: 'second' as const }, '1 min 05 s'],
    [{ amount: 7_500, units: 'second' as const }, '2 h 05 min'],
    [{ amount: 12, units: 'message' as const }, '12'],
  ])('%j is said as %s', (quantity, text) => {
    expect(quantityText(quantity, 'fr').replaceAll(/\s/g, ' ')).toBe(text);
  });

  test('a gauge never goes beyond its ends', () => {
    expect([arcOf(-5, 100), arcOf(85, 157), arcOf(250, 100)]).toEqual(['0 100', '133.45 157', '100 100']);
  });
});
