// The pages of a customer's lines, over a fake operator: what they show, what they ask of the APIs, and what comes back
// when an API wants more.
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
const loggedIn = async () => {
  const browser = world.browser();
  await browser.open('/login');
  return browser;
};

const base = '/line/v1/lines';
const may = { suspend: true, reactivate: false, orderSim: true, activateSim: false, unblockSim: true };
const line = {
  ...{ id: 'lin_1', number: '+33639980001', kind: 'mobile', status: 'active', relation: 'holder', may },
  sim: { status: 'active', activatedAt: '2026-01-02T00:00:00Z' },
  handset: { model: 'Exemple One', imeiMasked: '35209900*****81', since: '2026-01-02T00:00:00Z' },
  mobileConnect: { state: 'ACTIVE' },
};
const order = {
  ...{ id: 'ord_1', state: 'shipped', reason: 'lost', recipient: 'Alice Martin', mayCancel: true },
  place: { street: '1 rue des Essais', postCode: '75001', city: 'Paris' },
  contact: { phoneNumber: '+33 6 39 98 ** 01' },
  timeline: [
    { state: 'ordered', at: '2026-03-01T09:00:00Z' },
    { state: 'shipped', at: '2026-03-02T09:00:00Z' },
  ],
};
const ok = (body: unknown, status = 200): ApiReply => ({ status, body });
const shown = { [`GET ${base}/lin_1`]: ok(line), [`GET ${base}/lin_1/sim-orders?limit=10`]: ok([order]) };
const stepUp: ApiReply = {
  ...{ status: 401, body: { code: 'insufficient_user_authentication' } },
  headers: {
    'www-authenticate': 'Bearer error="insufficient_user_authentication", acr_values="3", max_age="300"',
  },
};
const wish = {
  ...{ reason: 'lost', given_name: 'Alice', family_name: 'Martin', phone: '06 39 98 00 01', email: '' },
  ...{ where: 'file', street: '', complement: '', zip: '', city: '' },
};

describe('the lines', () => {
  test('B38 are listed with state, phone and Mobile Connect; one click leads to suspending each', async () => {
    answer({ [`GET ${base}?limit=100`]: ok([line]) });
    const page = await (await loggedIn()).get('/lines');
    for (const words of ['+33639980001', 'en service', 'Exemple One', 'actif']) expect(wordsOf(page)).toContain(words);
    expect(page.body).toContain('href="/lines/lin_1/lost"');
  });

  test('B38 show SIM, phone with masked IMEI, Mobile Connect and what may be done', async () => {
    answer(shown);
    const page = await (await loggedIn()).get('/lines/lin_1');
    for (const words of ['35209900*****81', 'Renouveler votre carte SIM', 'expédiée', 'Afficher le code PUK'])
      expect(wordsOf(page)).toContain(words);
    expect(wordsOf(page)).not.toContain('Activer la nouvelle carte SIM');
  });

  test('a proxy sees what proxies may, and no order is asked for', async () => {
    const none = { suspend: true, reactivate: false, orderSim: false, activateSim: false, unblockSim: false };
    const calls = answer({ [`GET ${base}/lin_1`]: ok({ ...line, relation: 'proxy', may: none }) });
    const page = await (await loggedIn()).get('/lines/lin_1');
    for (const words of ['Renouveler', 'PUK']) expect(wordsOf(page)).not.toContain(words);
    expect(calls.map(({ path }) => path)).toEqual([`${base}/lin_1`]);
  });
});

describe('a lost phone', () => {
  test('B28 A54 is suspended on the second screen', async () => {
    const calls = answer({ ...shown, [`POST ${base}/lin_1/suspension`]: ok(line) });
    const browser = await loggedIn();
    const page = await browser.get('/lines/lin_1/lost');
    const sent = await browser.post('/lines/lin_1/lost', { csrf: csrfOf(page), reason: 'stolen' });
    expect(calls.find(({ method }) => method === 'POST')?.body).toEqual({ reason: 'stolen' });
    expect(wordsOf(await browser.get(sent.location ?? ''))).toContain('La ligne est suspendue');
  });

  test('X59 that was found again goes on with a code, which is sent when it is asked for', async () => {
    const suspended = { ...line, status: 'suspended', may: { ...may, suspend: false, reactivate: true } };
    let tries = 0;
    const calls = answer({
      ...{ ...shown, [`GET ${base}/lin_1`]: ok(suspended) },
      [`DELETE ${base}/lin_1/suspension`]: () =>
        tries++ === 0 ? { status: 409, body: { code: 'code_required' } } : ok(line),
      [`POST ${base}/lin_1/suspension/codes`]: ok({ sentTo: 'a***@exemple.test' }, 202),
    });
    const browser = await loggedIn();
    const page = await browser.get('/lines/lin_1/found');
    expect(page.body).not.toContain('line_code');
    const asked = await browser.post('/lines/lin_1/found', { csrf: csrfOf(page) });
    const second = await browser.get(asked.location ?? '');
    expect(second.body).toContain('name="line_code"');
    const sent = await browser.post('/lines/lin_1/found', { csrf: csrfOf(second), line_code: '123456' });
    expect(calls.findLast(({ method }) => method === 'DELETE')?.body).toEqual({ code: '123456' });
    expect(sent.location).toContain('/lines/lin_1?done=reactivated');
  });
});

describe('a new SIM', () => {
  const post = `POST ${base}/lin_1/sim-orders`;

  test('B33 B34 is ordered to the address on file; the order is shown with its days and can be cancelled', async () => {
    const calls = answer({
      ...{ ...shown, [post]: ok(order, 201), [`GET ${base}/lin_1/sim-orders/ord_1`]: ok(order) },
      [`DELETE ${base}/lin_1/sim-orders/ord_1`]: ok({ ...order, state: 'cancelled' }),
    });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/lines/lin_1/sim-order'));
    const sent = await browser.post('/lines/lin_1/sim-order', { ...wish, csrf });
    const made = calls.find(({ method }) => method === 'POST');
    expect(made?.body).toEqual({
      ...{ reason: 'lost', givenName: 'Alice', familyName: 'Martin', contact: { phoneNumber: '06 39 98 00 01' } },
    });
    expect(made?.headers['idempotency-key']).toMatch(/^[\w-]{20,64}$/);
    const page = await browser.get(sent.location ?? '');
    for (const words of ['Votre commande est enregistrée', 'expédiée, 2 mars 2026', '1 rue des Essais'])
      expect(wordsOf(page)).toContain(words);
    const cancelled = await browser.post('/lines/lin_1/sim-orders/ord_1/cancel', { csrf });
    expect(cancelled.location).toContain('/lines/lin_1/sim-orders/ord_1?done=cancelled');
  });

  test('B34 to another address goes with it, after the login with the PIN, and nothing typed is lost', async () => {
    let proved = false;
    const calls = answer({ ...shown, [post]: () => (proved ? ok(order, 201) : stepUp) });
    const browser = await loggedIn();
    world.passSeconds(600);
    const elsewhere = { ...wish, where: 'other', street: '9 rue d’Ailleurs', zip: '69001', city: 'Lyon' };
    const csrf = csrfOf(await browser.get('/lines/lin_1/sim-order'));
    const sent = await browser.post('/lines/lin_1/sim-order', { ...elsewhere, csrf });
    const page = await browser.open(sent.location ?? '');
    expect(world.issuer.log.authorizations.at(-1)?.get('acr_values')).toBe('3');
    for (const value of ['Alice', 'Martin', '06 39 98 00 01', '9 rue d’Ailleurs', '69001'])
      expect(page.body).toContain(`value="${value}"`);
    proved = true;
    await browser.post('/lines/lin_1/sim-order', { ...elsewhere, csrf: csrfOf(page) });
    expect(calls.findLast(({ method }) => method === 'POST')?.body).toMatchObject({
      place: { street: '9 rue d’Ailleurs', postCode: '69001', city: 'Lyon' },
    });
  });

  test('X48 X50 that is refused says why, and what was typed comes back', async () => {
    const refused = { status: 409, body: { code: 'address_recently_changed' } };
    answer({ ...shown, [post]: refused });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/lines/lin_1/sim-order'));
    const sent = await browser.post('/lines/lin_1/sim-order', { ...wish, csrf });
    const page = await browser.get(sent.location ?? '');
    expect(wordsOf(page)).toContain('moins de sept jours');
    expect(page.body).toContain('value="Martin"');
  });

  test('X48 where no PIN can be given a code is sent, and asked for in the same form', async () => {
    const calls = answer({
      ...{ ...shown, [post]: { status: 409, body: { code: 'code_required' } } },
      'POST /account/v1/me/confirmation-codes': ok({ sentTo: 'a***@exemple.test' }, 202),
    });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/lines/lin_1/sim-order'));
    const sent = await browser.post('/lines/lin_1/sim-order', { ...wish, csrf });
    const page = await browser.get(sent.location ?? '');
    expect(page.body).toContain('name="confirmation_code"');
    await browser.post('/lines/lin_1/sim-order', { ...wish, csrf: csrfOf(page), confirmation_code: '123456' });
    expect(calls.find(({ path }) => path.endsWith('confirmation-codes'))?.body).toEqual({ action: 'sim-order' });
    expect(calls.findLast(({ path }) => path.endsWith('sim-orders'))?.headers['confirmation-code']).toBe('123456');
  });

  test('B36 B37 is activated by its 13 digits; a wrong number comes back, a network that fails is said (b9)', async () => {
    let reply: ApiReply = { status: 422, body: { code: 'sim_number_invalid' } };
    const calls = answer({ ...shown, [`POST ${base}/lin_1/sim-activations`]: () => reply });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/lines/lin_1/activate-sim'));
    const activate = () => browser.post('/lines/lin_1/activate-sim', { csrf, sim_number: '9000 0000 00101' });
    const wrong = await browser.get((await activate()).location ?? '');
    expect(wordsOf(wrong)).toContain('Vérifiez les 13 chiffres');
    expect(wrong.body).toContain('value="9000 0000 00101"');
    reply = ok({ id: 'sim_1', state: 'failed' }, 202);
    expect(wordsOf(await browser.get((await activate()).location ?? ''))).toContain('Le réseau n’a pas pu');
    reply = ok({ id: 'sim_1', state: 'active' }, 202);
    expect((await activate()).location).toContain('/lines/lin_1?done=sim-active');
    expect(calls.findLast(({ method }) => method === 'POST')?.body).toEqual({ simNumber: '9000 0000 00101' });
  });

  test('B27 the PUK is shown at once and stands in no address', async () => {
    answer({ ...shown, [`POST ${base}/lin_1/puk-disclosures`]: ok({ puk: '12345678' }) });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/lines/lin_1'));
    const page = await browser.post('/lines/lin_1/puk', { csrf });
    expect([page.status, page.location]).toEqual([200, undefined]);
    expect(wordsOf(page)).toContain('12345678');
  });
});
