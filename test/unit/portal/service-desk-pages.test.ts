// Home, notifications, offers, orders, help, contact, feedback, shops: the pages over fake APIs.
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

function answer(replies: Readonly<Record<string, ApiReply | (() => ApiReply)>>): ApiCall[] {
  const calls: ApiCall[] = [];
  world.issuer.behaviour.apis = (call) => {
    calls.push(call);
    const reply = replies[`${call.method} ${call.path}`];
    return typeof reply === 'function' ? reply() : reply;
  };
  return calls;
}

async function loggedIn() {
  const browser = world.browser();
  await browser.open('/login?returnTo=/help');
  return browser;
}

const ok = (body: unknown): ApiReply => ({ status: 200, body });
const sectionOf = (body: string, source: string) =>
  wordsOf({ body: new RegExp(`data-source="${source}"[\\s\\S]*?</section>`).exec(body)?.[0] ?? '' });

const price = { priceType: 'recurring', period: 'month', price: { unit: 'EUR', value: 14.99 } };
const offer = { id: 'mobile-40', name: 'Mobile 40 Go', description: 'Tout.', productOfferingPrice: price };
const europe = {
  ...{ id: 'opt-europe', name: 'Europe', description: 'En voyage.', status: 'available' },
  productOfferingPrice: { ...price, price: { unit: 'EUR', value: 3.5 } },
};
const contract = { id: 'ctr_1', kind: 'MOBILE', label: null, relation: 'holder' };
const notice = {
  ...{ id: 'ntf_1', topic: 'security', subject: 'Une <ligne> est suspendue', content: 'Depuis hier.' },
  ...{ link: '/contracts', sendTime: '2026-03-01T08:00:00Z', isRead: false },
};
const order = {
  ...{ id: 'ord_1', category: 'option', state: 'confirmed', orderDate: '2026-03-01T08:00:00Z' },
  ...{
    contract: { id: 'ctr_1' },
    productOrderItem: [{ action: 'add', productOffering: { name: 'Europe' }, itemPrice: price }],
  },
  timeline: [
    { state: 'created', at: '2026-03-01T08:00:00Z' },
    { state: 'confirmed', at: '2026-03-01T08:01:00Z' },
  ],
};
const home = {
  'GET /contract/v1/contracts?limit=100': ok([contract]),
  'GET /contract/v1/contracts/ctr_1/options?limit=100': ok([{ ...europe, status: 'active' }]),
  'GET /notification/v1/notifications?limit=3': ok([notice]),
};

describe('the home page', () => {
  test('B12 shows contracts, options and the latest notices of whoever is logged in', async () => {
    answer(home);
    const { body } = await (await loggedIn()).get('/');
    expect(sectionOf(body, 'contracts')).toContain('vous êtes titulaire');
    expect(sectionOf(body, 'options')).toContain('Europe');
    expect(sectionOf(body, 'notifications')).toContain('est suspendue');
    expect(body).toContain('&lt;ligne&gt;');
  });

  const sources = ['contracts', 'options', 'notifications'] as const;
  test.each([
    ['GET /contract/v1/contracts?limit=100', ['contracts', 'options']],
    ['GET /contract/v1/contracts/ctr_1/options?limit=100', ['options']],
    ['GET /notification/v1/notifications?limit=3', ['notifications']],
  ])('B12 without an answer to %s still shows the rest', async (gone, failed) => {
    for (const reply of [
      { status: 500, body: {} },
      ok('nonsense'),
      { status: 403, body: { code: 'insufficient_scope' } },
    ]) {
      answer({ ...home, [gone]: reply });
      const page = await (await loggedIn()).get('/');
      expect(page.status).toBe(200);
      for (const source of sources) {
        const isGone = sectionOf(page.body, source).includes('Indisponible');
        expect([source, isGone]).toEqual([source, failed.includes(source)]);
      }
    }
  });

  test('asks nothing for a stranger', async () => {
    const calls = answer(home);
    expect((await world.browser().get('/')).body).not.toContain('data-source');
    expect(calls).toEqual([]);
  });
});

describe('the notification centre', () => {
  const list = { 'GET /notification/v1/notifications?limit=50': ok([notice]) };

  test('B54 has a bell on every page of the area with the number of unread notices, and none for strangers', async () => {
    answer({ ...list, 'GET /order/v1/orders?limit=50': ok([]) });
    world.issuer.behaviour.unread = 3;
    const browser = await loggedIn();
    for (const path of ['/notifications', '/orders'])
      expect((await browser.get(path)).body).toContain('aria-label="Notifications, 3 non lues"');
    expect((await world.browser().get('/')).body).not.toContain('class="bell"');
  });

  test('B54 marks one and all as read, removes what was read, and says why a notice stays', async () => {
    const calls = answer({
      ...list,
      'PATCH /notification/v1/notifications/ntf_1': ok({}),
      'POST /notification/v1/read-all': ok({ marked: 1 }),
      'DELETE /notification/v1/notifications/ntf_1': { status: 409, body: { code: 'unread' } },
    });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/notifications'));
    await browser.post('/notifications/ntf_1/read', { csrf });
    expect(calls.find(({ method }) => method === 'PATCH')?.body).toEqual({ isRead: true });
    const all = await browser.post('/notifications/read-all', { csrf });
    expect(wordsOf(await browser.get(all.location ?? ''))).toContain('Tout est marqué comme lu');
    const refused = await browser.post('/notifications/ntf_1/remove', { csrf });
    expect(wordsOf(await browser.get(refused.location ?? ''))).toContain('Lisez d’abord cette notification');
  });

  test('takes no link that leads elsewhere', async () => {
    answer({ 'GET /notification/v1/notifications?limit=50': ok([{ ...notice, link: '//evil.example' }]) });
    const page = await (await loggedIn()).get('/notifications');
    expect(page.status).toBe(200);
    expect(page.body).not.toContain('evil.example');
  });
});

describe('offer and options of a contract', () => {
  const path = '/contract/v1/contracts/ctr_1';
  const plan = {
    [`GET ${path}/offer`]: ok({ productOffering: offer, isChanging: false }),
    [`GET ${path}/offers?limit=100`]: ok([{ ...offer, actions: ['renewal'] }]),
    [`GET ${path}/options?limit=100`]: ok([europe]),
    [`GET ${path}/subscriptions?limit=100`]: ok([]),
    'GET /order/v1/orders/ord_1': ok(order),
  };

  test('B51 orders an option at the price that is shown, with one key for each page, and leads to the order', async () => {
    const calls = answer({ ...plan, [`POST ${path}/options`]: { status: 202, body: order } });
    const browser = await loggedIn();
    const page = await browser.get('/contracts/ctr_1/offer');
    expect(wordsOf(page)).toMatch(/Commander pour 3,50\s€/);
    const key = /name="key" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const form = { csrf: csrfOf(page), key, option: 'opt-europe', price: '3.5 EUR' };
    const sent = await browser.post('/contracts/ctr_1/options', form);
    const post = calls.find(({ method }) => method === 'POST');
    expect(post?.body).toEqual({ optionId: 'opt-europe', acceptedPrice: { unit: 'EUR', value: 3.5 } });
    expect(post?.headers['idempotency-key']).toBe(key);
    const shown = wordsOf(await browser.get(sent.location ?? ''));
    expect(shown).toContain('Votre commande est enregistrée');
    expect(shown).toContain('confirmée, 1 mars 2026');
  });

  test('B51 says that the price has changed and orders nothing', async () => {
    answer({ ...plan, [`POST ${path}/options`]: { status: 409, body: { code: 'price_changed' } } });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/contracts/ctr_1/offer'));
    const sent = await browser.post('/contracts/ctr_1/options', { csrf, option: 'opt-europe', price: '2 EUR' });
    expect(wordsOf(await browser.get(sent.location ?? ''))).toContain('Le prix a changé');
  });

  test('A33 a renewal asks for a code where the API does, and keeps the choice', async () => {
    let tries = 0;
    const calls = answer({
      ...plan,
      [`POST ${path}/renewals`]: () =>
        tries++ === 0 ? { status: 409, body: { code: 'code_required' } } : { status: 202, body: order },
      'POST /account/v1/me/confirmation-codes': { status: 202, body: { sentTo: 'a***@exemple.test' } },
    });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/contracts/ctr_1/offer'));
    const form = { csrf, wish: 'mobile-40 renewal 14.99 EUR', terms: 'yes' };
    const asked = await browser.get((await browser.post('/contracts/ctr_1/offer', form)).location ?? '');
    expect(asked.body).toContain('name="confirmation_code"');
    expect(asked.body).toMatch(/value="mobile-40 renewal 14.99 EUR" required checked/);
    expect(calls.find(({ path: at }) => at.includes('confirmation-codes'))?.body).toEqual({ action: 'offer-change' });
    const sent = await browser.post('/contracts/ctr_1/offer', { ...form, confirmation_code: '123456' });
    expect(sent.location).toMatch(/\/orders\/ord_1\?done=ordered$/);
    const last = calls.findLast(({ path: at }) => at.endsWith('/renewals'));
    expect(last?.headers['confirmation-code']).toBe('123456');
    expect(last?.body).toEqual({ offerId: 'mobile-40', acceptedPrice: { unit: 'EUR', value: 14.99 }, terms: true });
  });

  test('B42 the list of orders leads to each with its steps', async () => {
    answer({ ...plan, 'GET /order/v1/orders?limit=50': ok([order]) });
    const page = await (await loggedIn()).get('/orders');
    expect(page.body).toContain('href="/orders/ord_1"');
    expect(wordsOf(page)).toContain('Option · confirmée');
  });
});

describe('help', () => {
  const articles = [{ id: 'forgotten-password', title: 'J’ai oublié mon mot de passe' }];
  const open = {
    'GET /help/v1/tree': ok([{ id: 'login', title: 'Se connecter', articles }]),
    'GET /help/v1/articles/forgotten-password': ok({
      ...{ ...articles[0], text: ['Ouvrez la page.'], contact: [] },
      links: [
        { rel: 'password-reset', name: 'Mot de passe oublié', href: 'https://id.exemple.test/account/password-reset' },
        { rel: 'contact', name: 'Poser une question' },
        { rel: 'bad', name: 'Pas un lien' },
      ],
    }),
  };

  test('B49 B50 is there without a login, leads to the reset and is linked from every page', async () => {
    const calls = answer(open);
    const stranger = world.browser();
    expect((await stranger.get('/')).body).toContain('class="help-bubble" href="/help" aria-label="Aide"');
    expect((await stranger.get('/help')).body).toContain('href="/help/articles/forgotten-password"');
    const page = await stranger.get('/help/articles/forgotten-password');
    expect(page.body).toContain('href="https://id.exemple.test/account/password-reset"');
    expect(page.body).toContain('href="/help/contact"');
    expect(page.body).not.toContain('Pas un lien');
    for (const { headers } of calls)
      expect([headers['authorization'], headers['x-forwarded-for']]).toEqual([undefined, undefined]);
  });

  test('says that an article is not there, or help cannot be reached', async () => {
    answer({ 'GET /help/v1/tree': { status: 500 } });
    expect((await world.browser().get('/help/articles/none')).status).toBe(404);
    expect((await world.browser().get('/help')).status).toBe(503);
  });

  test('C25 feedback goes without cookie, token and address, and warns against personal data', async () => {
    const calls = answer({ ...open, 'POST /help/v1/feedback': { status: 204 } });
    const browser = await loggedIn();
    expect(wordsOf(await browser.get('/help'))).toContain('n’y mettez aucune donnée personnelle');
    const sent = await browser.post('/help/feedback', { page: 'help', rating: '4', text: 'Clair' });
    expect(wordsOf(await browser.get(sent.location ?? ''))).toContain('Merci');
    const post = calls.find(({ method }) => method === 'POST');
    expect(post?.body).toEqual({ page: 'help', rating: 4, text: 'Clair' });
    for (const name of ['authorization', 'cookie', 'x-forwarded-for', 'referer'])
      expect(post?.headers[name]).toBeUndefined();
  });

  test('C25 feedback from the form of another site is not taken', async () => {
    const calls = answer(open);
    const foreign = world.browser({ origin: 'https://evil.example' });
    expect((await foreign.post('/help/feedback', { page: 'help', rating: '1' })).status).toBe(403);
    expect(calls).toEqual([]);
  });

  test('B48 a question is sent once, and its answer is shown', async () => {
    const asked = {
      id: 'cnt_1',
      topic: 'other',
      text: 'Bonjour',
      creationDate: '2026-03-01T08:00:00Z',
      answer: 'Voici.',
    };
    const calls = answer({
      'GET /help/v1/contact-requests?limit=20': ok([asked]),
      'POST /help/v1/contact-requests': { status: 201, body: asked },
    });
    const browser = await loggedIn();
    const page = await browser.get('/help/contact');
    expect(wordsOf(page)).toContain('Réponse : Voici.');
    expect(wordsOf(page)).toContain('N’écrivez ni code PIN');
    const form = { csrf: csrfOf(page), key: 'k'.repeat(22), topic: 'other', text: 'Bonjour' };
    const sent = await browser.post('/help/contact', form);
    expect(wordsOf(await browser.get(sent.location ?? ''))).toContain('Votre question est envoyée');
    expect(calls.find(({ method }) => method === 'POST')).toMatchObject({
      ...{ body: { topic: 'other', text: 'Bonjour' }, headers: { 'idempotency-key': 'k'.repeat(22) } },
    });
  });
});

test('B53 a shop is found, a time booked and given back', async () => {
  const place = { street: '8 place des Marronniers', postCode: '44000', city: 'Nantes' };
  const appointment = { id: 'apt_1', startDateTime: '2026-03-02T09:30:00Z', shop: { name: 'Nantes', ...place } };
  const calls = answer({
    'GET /order/v1/shops?limit=100&near=Nantes': ok([{ id: 'shop-1', name: 'Nantes', place, kilometres: 1.5 }]),
    'GET /order/v1/shops?limit=100': ok([]),
    'GET /order/v1/appointments': ok([appointment]),
    'GET /order/v1/shops/shop-1/slots?limit=100': ok([{ id: 's1', startDateTime: '2026-03-02T09:30:00Z' }]),
    'POST /order/v1/appointments': { status: 201, body: appointment },
    'DELETE /order/v1/appointments/apt_1': { status: 204 },
  });
  const browser = await loggedIn();
  expect(wordsOf(await browser.get('/shops?near=Nantes'))).toContain('à 1,5 km');
  const page = await browser.get('/shops/shop-1');
  expect(wordsOf(page)).toContain('lundi 2 mars 2026, 10:30');
  const booked = await browser.post('/shops/shop-1/appointments', { csrf: csrfOf(page), slot: 's1' });
  expect(wordsOf(await browser.get(booked.location ?? ''))).toContain('Votre rendez-vous est confirmé');
  const gone = await browser.post('/appointments/apt_1/cancel', { csrf: csrfOf(page) });
  expect(wordsOf(await browser.get(gone.location ?? ''))).toContain('Le rendez-vous est annulé');
  expect(calls.map(({ method }) => method)).toContain('DELETE');
});
