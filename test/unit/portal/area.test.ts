// The frame of the customer area: login, APIs in the person's name, forms that come back with what was typed, a stronger
// login where an API asks for one. Shown by the contract pages, which are built on it.
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

const contract = {
  ...{ id: 'ctr_1', kind: 'MOBILE', relation: 'holder', label: null, status: 'active' },
  startDate: '2026-01-02T00:00:00Z',
  realizingResource: [{ id: 'lin_1', name: '+33639980001', kind: 'mobile' }],
  may: { manage: true, own: true },
};

/** Answers by `METHOD path`; the rest is not found. Keeps the calls. */
function answer(replies: Readonly<Record<string, ApiReply | (() => ApiReply)>>): ApiCall[] {
  const calls: ApiCall[] = [];
  world.issuer.behaviour.apis = (call) => {
    calls.push(call);
    const reply = replies[`${call.method} ${call.path}`];
    return typeof reply === 'function' ? reply() : reply;
  };
  return calls;
}

const one = { 'GET /contract/v1/contracts/ctr_1': { status: 200, body: contract } };
const noProxies = { 'GET /contract/v1/contracts/ctr_1/proxies': { status: 200, body: [] } };
const stepUp = (acr: string, maxAge?: number): ApiReply => ({
  status: 401,
  body: { code: 'insufficient_user_authentication' },
  headers: {
    'www-authenticate': `Bearer error="insufficient_user_authentication", acr_values="${acr}"${maxAge === undefined ? '' : `, max_age="${maxAge}"`}`,
  },
});

async function loggedIn() {
  const browser = world.browser();
  await browser.open('/login');
  return browser;
}

describe('a page', () => {
  test('asks for the login and comes back', async () => {
    answer({ 'GET /contract/v1/contracts?limit=100': { status: 200, body: [contract] } });
    const visit = await world.browser().open('/contracts');
    expect(visit.url).toMatch(/\/contracts$/);
    expect(wordsOf(visit)).toContain('+33639980001');
  });

  test('sends the API the token, the language and the address of the browser, and shows no token', async () => {
    const calls = answer({ 'GET /contract/v1/contracts?limit=100': { status: 200, body: [] } });
    const browser = await loggedIn();
    const visit = await browser.get('/contracts?lang=en');
    expect(visit.status).toBe(303);
    const page = await browser.get('/contracts');
    expect(wordsOf(page)).toContain('There is no contract');
    expect(calls[0]?.headers).toMatchObject({ 'accept-language': 'en', 'x-forwarded-for': '127.0.0.1' });
    for (const secret of world.issuer.log.issued) expect(page.body).not.toContain(secret);
  });

  test('says that something is not there, or cannot be reached, with the right status', async () => {
    const browser = await loggedIn();
    answer({});
    expect((await browser.get('/contracts/ctr_9')).status).toBe(404);
    answer({ 'GET /contract/v1/contracts?limit=100': { status: 500, body: {} } });
    const page = await browser.get('/contracts');
    expect(page.status).toBe(503);
    expect(wordsOf(page)).toContain('Cette page ne peut pas s’afficher');
  });

  test('renews a token that the API takes no longer', async () => {
    let refused = 0;
    answer({
      'GET /contract/v1/contracts?limit=100': () =>
        refused++ === 0 ? { status: 401, body: { code: 'invalid_token' } } : { status: 200, body: [] },
    });
    const browser = await loggedIn();
    expect((await browser.get('/contracts')).status).toBe(200);
  });

  test('takes no id that would leave its place in the API', async () => {
    const calls = answer({});
    const browser = await loggedIn();
    await browser.get('/contracts/..%2f..%2faccount%2fv1%2fme');
    expect(calls.map(({ path }) => path)).toEqual(['/contract/v1/contracts/..%2F..%2Faccount%2Fv1%2Fme']);
  });
});

describe('a form', () => {
  const put = 'PUT /contract/v1/contracts/ctr_1/label';

  test('does its work and says so', async () => {
    const calls = answer({ ...one, ...noProxies, [put]: { status: 200, body: contract } });
    const browser = await loggedIn();
    const page = await browser.get('/contracts/ctr_1');
    const sent = await browser.post('/contracts/ctr_1/label', { csrf: csrfOf(page), label: 'À la maison' });
    expect(sent.status).toBe(303);
    expect(calls.find(({ method }) => method === 'PUT')?.body).toEqual({ label: 'À la maison' });
    expect(wordsOf(await browser.get(sent.location ?? ''))).toContain('Le nom est enregistré');
  });

  test('of another site is refused and nothing is sent', async () => {
    const calls = answer({ ...one, ...noProxies });
    const browser = await loggedIn();
    expect((await browser.post('/contracts/ctr_1/label', { csrf: 'x', label: 'Mine' })).status).toBe(403);
    expect(calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('comes back with what was typed and why, once', async () => {
    const refusal = { status: 422, body: { code: 'validation', fields: [{ field: 'label', problem: 'too long' }] } };
    answer({ ...one, ...noProxies, [put]: refusal });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/contracts/ctr_1'));
    const sent = await browser.post('/contracts/ctr_1/label', { csrf, label: 'A <b>long</b> name' });
    const page = await browser.get(sent.location ?? '');
    expect(page.body).toContain('value="A &lt;b&gt;long&lt;/b&gt; name"');
    expect(page.body).toContain('aria-invalid="true"');
    expect(wordsOf(page)).toContain('Une valeur ne convient pas');
    expect((await browser.get(sent.location ?? '')).body).not.toContain('long');
  });

  test('that needs a stronger login goes there and comes back filled in', async () => {
    answer({ ...one, ...noProxies, [put]: () => stepUp('3', 300) });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/contracts/ctr_1'));
    world.passSeconds(600);
    const sent = await browser.post('/contracts/ctr_1/label', { csrf, label: 'Typed before' });
    expect(sent.location).toMatch(/\/login\?/);
    const page = await browser.open(sent.location ?? '');
    const asked = world.issuer.log.authorizations.at(-1);
    expect([asked?.get('acr_values'), asked?.get('max_age')]).toEqual(['3', '300']);
    expect(page.body).toContain('value="Typed before"');
    expect(wordsOf(page)).toContain('C’est confirmé');
  });

  test('does not go round in a circle when the stronger login was not reached', async () => {
    world.issuer.behaviour.idToken = { acr: '1', amr: ['pwd'] };
    answer({ ...one, ...noProxies, [put]: () => stepUp('3') });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/contracts/ctr_1'));
    const sent = await browser.post('/contracts/ctr_1/label', { csrf, label: 'x' });
    const page = await browser.open(sent.location ?? '');
    const again = await browser.post('/contracts/ctr_1/label', { csrf: csrfOf(page), label: 'x' });
    expect(again.status).toBe(403);
    expect(wordsOf(again)).toContain('Confirmation insuffisante');
  });

  test('is kept for the person who typed it, not for the next one in the same browser', async () => {
    const refusal = { status: 422, body: { code: 'validation' } };
    answer({ ...one, ...noProxies, [put]: refusal });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/contracts/ctr_1'));
    const sent = await browser.post('/contracts/ctr_1/label', { csrf, label: 'Secret plan' });
    world.issuer.behaviour.idToken = { sub: 'acc-bruno' };
    await browser.open('/login');
    const page = await browser.get(sent.location ?? '');
    expect(page.body).not.toContain('Secret plan');
  });
});

test('C08 a contract is taken out after a word of confirmation, and a proxy is ended', async () => {
  const proxies = [{ id: 'prx_1', name: 'E*** M***', since: '2026-02-01T00:00:00Z' }];
  const calls = answer({
    ...one,
    'GET /contract/v1/contracts/ctr_1/proxies': { status: 200, body: proxies },
    'DELETE /contract/v1/contracts/ctr_1/proxies/prx_1': { status: 204 },
    'DELETE /contract/v1/contracts/ctr_1/attachment': { status: 204 },
    'GET /contract/v1/contracts?limit=100': { status: 200, body: [] },
  });
  const browser = await loggedIn();
  const page = await browser.get('/contracts/ctr_1');
  expect(wordsOf(page)).toContain('E*** M***');
  const csrf = csrfOf(page);
  const ended = await browser.post('/contracts/ctr_1/proxies/prx_1/end', { csrf });
  expect(wordsOf(await browser.get(ended.location ?? ''))).toContain('La procuration a pris fin');
  const removed = await browser.post('/contracts/ctr_1/remove', { csrf, sure: 'yes' });
  expect(wordsOf(await browser.get(removed.location ?? ''))).toContain('ne figure plus');
  expect(calls.findLast(({ method }) => method === 'DELETE')?.body).toEqual({ confirm: true });
});
