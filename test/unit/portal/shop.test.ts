// The third-party shop beside the portal: its own client, its own sessions, a pairwise sub, and a level that it demands.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { csrfOf, wordsOf } from './browser.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

test('the shop asks as a Mobile Connect client does, and for no API of the operator', async () => {
  const left = await world.browser().get('/shop/login');
  const asked = Object.fromEntries(new URL(left.location!).searchParams);
  expect(asked).toMatchObject({
    client_id: 'shop',
    redirect_uri: `${world.portal.url}/shop/callback`,
    scope: 'openid profile email',
    version: 'mc_di_r2_v2.3',
    acr_values: '2',
    code_challenge_method: 'S256',
  });
  for (const name of ['client_name', 'state', 'nonce']) expect(asked[name]).toBeTruthy();
  expect(asked).not.toHaveProperty('resource');
});

test('the shop shows the pairwise sub and what was shared', async () => {
  const page = await world.browser().open('/shop/account');
  expect(page.url).toBe(`${world.portal.url}/shop/account`);
  expect(page.body).toContain('<code data-subject>pairwise-of-alice-at-shop</code>');
  expect(wordsOf(page)).toContain('Bienvenue Alice Martin');
  expect(wordsOf(page)).toContain('Accès accordés openid profile email');
  expect(page.body).not.toContain('alice@');
});

test('what was not allowed is not there', async () => {
  world.issuer.behaviour.userInfo = {};
  const page = await world.browser().open('/shop/account');
  expect(wordsOf(page)).toContain('Vous n’avez rien partagé');
});

test('a login with the password alone does not open the shop, even if the provider sends it', async () => {
  world.issuer.behaviour.idToken = { acr: '1', amr: ['pwd'] };
  const browser = world.browser();
  const page = await browser.open('/shop/login');
  expect(page.status).toBe(400);
  expect(wordsOf(page)).toContain('Confirmation insuffisante');
  expect(page.body).toContain('href="/shop/login?returnTo=');
  expect(browser.cookies.has('exemple_shop')).toBe(false);
});

test('a login at the portal is none at the shop, and the other way round', async () => {
  const browser = world.browser();
  await browser.open('/login');
  expect((await browser.get('/shop/account')).location).toContain('/shop/login');
  const other = world.browser();
  await other.open('/shop/login');
  expect((await other.get('/profile')).location).toContain('/login');
});

test('an answer for the shop is not taken at the portal, and the other way round', async () => {
  const browser = world.browser();
  const forShop = await browser.loginUpToCallback('/shop/login');
  expect((await browser.get(forShop.replace('/shop/callback', '/callback'))).status).toBe(400);
  const forPortal = await browser.loginUpToCallback('/login');
  expect((await browser.get(forPortal.replace('/callback', '/shop/callback'))).status).toBe(400);
  expect([...browser.cookies.keys()].sort()).toEqual(['exemple_portal_login', 'exemple_shop_login']);
});

test('logging out of the shop ends the session of the shop alone, without asking the operator', async () => {
  const browser = world.browser();
  await browser.open('/login');
  const page = await browser.open('/shop/account');
  const left = await browser.post('/shop/logout', { csrf: csrfOf(page) });
  expect(left.location).toBe(`${world.portal.url}/shop?notice=signed-out`);
  expect(wordsOf(await browser.get(left.location!))).toContain('La déconnexion de la boutique est faite');
  expect((await browser.get('/shop/account')).status).toBe(303);
  expect((await browser.get('/profile')).status).toBe(200);
});

test('the form token of the portal does not log out of the shop', async () => {
  const browser = world.browser();
  const portalPage = await browser.open('/profile');
  await browser.open('/shop/account');
  expect((await browser.post('/shop/logout', { csrf: csrfOf(portalPage) })).status).toBe(403);
});

test.each(['/profile', '/', '//evil.test', '/shopping', 'https://evil.test/shop'])(
  'a login at the shop never leads to %s',
  async (returnTo) => {
    const page = await world.browser().open(`/shop/login?${new URLSearchParams({ returnTo })}`);
    expect(page.url).toBe(`${world.portal.url}/shop/account`);
  },
);

test('a login at the shop leads back to the page of the shop that was asked for', async () => {
  const page = await world.browser().open('/shop/login?returnTo=%2Fshop%3Fweek%3D1');
  expect(page.url).toBe(`${world.portal.url}/shop?week=1`);
  expect(page.body).toContain('action="/shop/logout"');
});

test('an error at the shop is told in the shop', async () => {
  world.issuer.behaviour.answer = { code: null, error: 'access_denied' };
  const page = await world.browser().open('/shop/login');
  expect(wordsOf(page)).toContain('Connexion annulée');
  expect(page.body).toContain('class="site-shop"');
  expect(page.body).toContain('href="/shop"');
});

test('an order asks for an approval of its words on the phone, by the person who is logged in', async () => {
  const browser = world.browser();
  expect((await browser.open('/shop')).body).not.toContain('/shop/login?order=');
  await browser.open('/shop/login');
  expect((await browser.open('/shop')).body).toContain('href="/shop/login?order=mug"');
  const left = await browser.get('/shop/login?order=mug');
  expect(Object.fromEntries(new URL(left.location!).searchParams)).toMatchObject({
    scope: 'openid profile email mc_authz',
    client_name: 'Petite Boutique',
    context: 'Tasse en grès, 24 €',
    binding_message: 'Commande',
    acr_values: '3 2',
    login_hint: 'PCR:pairwise-of-alice-at-shop',
  });
});

test('an order counts as confirmed by the receipt of its own words, and by nothing else', async () => {
  const confirmed = async (displayed: unknown) => {
    world.issuer.behaviour.idToken = { acr: '3', displayed_data: displayed };
    const browser = world.browser();
    await browser.open('/shop/login');
    return (await browser.open('/shop/login?order=mug')).body.includes('data-order="mug"');
  };
  expect(await confirmed('Commande\nTasse en grès, 24 €')).toBe(true);
  expect(await confirmed('Commande\nTasse en grès, 1 €')).toBe(false);
  expect(await confirmed(undefined)).toBe(false);
  expect(await confirmed(['Commande'])).toBe(false);
});

test.each(['', '?order=', '?order=car', '?order=toString'])('"/shop/login%s" is a plain login', async (query) => {
  const browser = world.browser();
  await browser.open('/shop/login');
  const left = await browser.get(`/shop/login${query}`);
  expect(new URL(left.location!).searchParams.get('scope')).toBe('openid profile email');
});
