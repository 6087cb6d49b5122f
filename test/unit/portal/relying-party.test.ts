// A login at the portal from the first link to the session, and everything that can go wrong on the way.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { csrfOf, wordsOf } from './browser.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

const lastAuthorization = () => world.issuer.log.authorizations.at(-1)!;

describe('the way to the provider', () => {
  test('asks for a code with PKCE, state and nonce, for the account API, in the language of the page (39, 43, A32)', async () => {
    const browser = world.browser({ 'accept-language': 'en' });
    const left = await browser.get('/login');
    expect(left.status).toBe(303);
    const url = new URL(left.location!);
    expect(url.origin + url.pathname).toBe(`${world.issuer.issuer}/auth`);
    const asked = Object.fromEntries(url.searchParams);
    expect(asked).toMatchObject({
      client_id: 'portal',
      response_type: 'code',
      redirect_uri: `${world.portal.url}/callback`,
      scope: expect.stringMatching(/^openid profile email phone offline_access account\.read .*contract\.read/),
      resource: `${world.issuer.issuer}/api`,
      code_challenge_method: 'S256',
      ui_locales: 'en',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked[name]).toMatch(/^[\w-]{43}$/);
    expect(asked).not.toHaveProperty('acr_values');
  });

  test('is new each time: no state, nonce or challenge comes twice', async () => {
    const browser = world.browser();
    const asked = await Promise.all([browser.get('/login'), browser.get('/login')]);
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const [first, second] = asked.map(({ location }) => new URL(location!).searchParams.get(name));
      expect(first).not.toBe(second);
    }
  });
});

describe('the way back', () => {
  test('ends on the page first asked for, under a new session (A32, 55)', async () => {
    const browser = world.browser();
    const page = await browser.open('/profile');
    expect(new URL(page.url).pathname).toBe('/profile');
    expect(wordsOf(page)).toContain('Alice Martin');
    expect([...browser.cookies.keys()].sort()).toEqual(['exemple_portal', 'exemple_portal_login']);
  });

  test('keeps path and query of the page asked for', async () => {
    const page = await world.browser().open('/login?returnTo=%2F%3Fpart%3D2');
    expect(page.url).toBe(`${world.portal.url}/?part=2`);
  });

  test.each([
    'https://evil.test/',
    '//evil.test',
    '/\\evil.test',
    '/.//evil.test',
    '/callback?code=x',
    '/login?returnTo=/login',
    '/shop/login',
    '/logout',
  ])('never leads to %s', async (returnTo) => {
    const page = await world.browser().open(`/login?${new URLSearchParams({ returnTo })}`);
    expect(page.url).toBe(`${world.portal.url}/profile`);
  });

  test('two tabs may log in at once', async () => {
    const browser = world.browser();
    const first = await browser.loginUpToCallback();
    const second = await browser.loginUpToCallback();
    expect((await browser.get(second)).location).toBe(`${world.portal.url}/profile`);
    expect((await browser.get(first)).location).toBe(`${world.portal.url}/profile`);
  });

  test('the session id is new at each login, and the old one is worth nothing', async () => {
    const browser = world.browser();
    await browser.open('/login');
    const before = browser.cookies.get('exemple_portal')!;
    await browser.open('/login');
    expect(browser.cookies.get('exemple_portal')).not.toBe(before);
    const thief = world.browser();
    thief.cookies.set('exemple_portal', before);
    expect((await thief.get('/profile')).location).toContain('/login');
  });

  test('a session id that the browser brings along is never taken on', async () => {
    const browser = world.browser();
    const planted = 'A'.repeat(43);
    browser.cookies.set('exemple_portal', planted);
    await browser.open('/login');
    expect(browser.cookies.get('exemple_portal')).not.toBe(planted);
  });

  test('userinfo that fails keeps nobody out', async () => {
    world.issuer.behaviour.userInfoStatus = 500;
    const page = await world.browser().open('/login');
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('Vos données d’identité');
  });
});

async function failedLogin(path = '/login') {
  const browser = world.browser();
  const callback = await browser.loginUpToCallback(path);
  const page = await browser.get(callback);
  return { browser, callback, page };
}

function expectKindPage(page: { status: number; body: string; location: string | undefined }, title: string) {
  expect(page.location).toBeUndefined();
  expect(wordsOf(page)).toContain(title);
  expect(page.body).toContain('href="/login?returnTo=');
  expect(wordsOf(page)).toContain('Réessayer');
  for (const secret of world.issuer.log.issued) expect(page.body).not.toContain(secret);
}

describe('an answer that does not belong to the question is refused', () => {
  test('wrong state', async () => {
    world.issuer.behaviour.answer = { state: 'A'.repeat(43) };
    const { browser, page } = await failedLogin();
    expect(page.status).toBe(400);
    expectKindPage(page, 'Cette connexion n’est plus valable');
    expect(browser.cookies.has('exemple_portal')).toBe(false);
    expect(world.issuer.log.tokens).toEqual([]);
  });

  test('no state', async () => {
    world.issuer.behaviour.answer = { state: null };
    expectKindPage((await failedLogin()).page, 'Cette connexion n’est plus valable');
  });

  test('two states', async () => {
    const browser = world.browser();
    const callback = await browser.loginUpToCallback();
    expectKindPage(await browser.get(`${callback}&state=x`), 'Cette connexion n’est plus valable');
  });

  test.each([
    ['another issuer', 'https://evil.test'],
    ['no issuer', null],
  ])('%s in iss (42, mix-up)', async (_what, iss) => {
    world.issuer.behaviour.answer = { iss };
    const { page } = await failedLogin();
    expect(page.status).toBe(400);
    expectKindPage(page, 'Réponse refusée');
    expect(world.issuer.log.tokens).toEqual([]);
  });

  test.each([
    ['another nonce', { nonce: 'other' }],
    ['no nonce', { nonce: null }],
    ['another audience', { aud: 'shop' }],
    ['another issuer', { iss: 'https://evil.test' }],
    ['no subject', { sub: null }],
    ['an end in the past', { exp: 1_000_000 }],
  ])('an ID token with %s (43)', async (_what, claims) => {
    world.issuer.behaviour.idToken = claims;
    const { browser, page } = await failedLogin();
    expect(page.status).toBe(400);
    expectKindPage(page, 'Réponse refusée');
    expect(browser.cookies.has('exemple_portal')).toBe(false);
  });

  test('an ID token that another key has signed', async () => {
    world.issuer.behaviour.signWithForeignKey = true;
    expectKindPage((await failedLogin()).page, 'Réponse refusée');
  });

  test('a callback that was used before is refused, and the session of the first use stays', async () => {
    const browser = world.browser();
    const callback = await browser.loginUpToCallback();
    expect((await browser.get(callback)).status).toBe(303);
    const exchanges = world.issuer.log.tokens.length;
    expectKindPage(await browser.get(callback), 'Cette connexion n’est plus valable');
    expect(world.issuer.log.tokens.length).toBe(exchanges);
    expect((await browser.get('/profile')).status).toBe(200);
  });

  test('of two callbacks at the same time one wins', async () => {
    const browser = world.browser();
    const callback = await browser.loginUpToCallback();
    const answers = await Promise.all([browser.get(callback), browser.get(callback), browser.get(callback)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400, 400]);
  });

  test('a callback opened in another browser logs nobody in there, and still works in the first (login CSRF)', async () => {
    const first = world.browser();
    const callback = await first.loginUpToCallback();
    const second = world.browser();
    expectKindPage(await second.get(callback), 'Cette connexion n’est plus valable');
    await second.get('/login');
    expectKindPage(await second.get(callback), 'Cette connexion n’est plus valable');
    expect(second.cookies.has('exemple_portal')).toBe(false);
    expect((await first.get(callback)).status).toBe(303);
  });

  test('a login that took longer than a quarter of an hour', async () => {
    const browser = world.browser();
    const callback = await browser.loginUpToCallback();
    world.passSeconds(901);
    expectKindPage(await browser.get(callback), 'Cette connexion n’est plus valable');
  });
});

describe('an error of the provider becomes a page with a way to try again', () => {
  test.each([
    ['access_denied', 400, 'Connexion annulée'],
    ['unmet_authentication_requirements', 400, 'Confirmation insuffisante'],
    ['login_required', 400, 'Il faut vous connecter'],
    ['interaction_required', 400, 'Il faut vous connecter'],
    ['consent_required', 400, 'Il faut vous connecter'],
    ['temporarily_unavailable', 503, 'Service momentanément indisponible'],
    ['server_error', 503, 'Service momentanément indisponible'],
    ['invalid_request', 502, 'Connexion impossible'],
    ['something_new', 502, 'Connexion impossible'],
  ])('%s', async (error, status, title) => {
    world.issuer.behaviour.answer = { code: null, error, error_description: 'call +33 899 00 00 00 now' };
    const { page } = await failedLogin('/login?returnTo=%2F%3Fa%3D1');
    expect(page.status).toBe(status);
    expectKindPage(page, title);
    expect(page.body).not.toContain('call +33');
    expect(page.body).toContain('href="/login?returnTo=%2F%3Fa%3D1"');
    expect(world.events).toContainEqual(expect.objectContaining({ event: 'login-failed', site: 'portal' }));
  });

  test.each([
    ['invalid_grant', 400, { error: 'invalid_grant' }, 400, 'Cette connexion n’est plus valable'],
    ['invalid_client', 400, { error: 'invalid_client' }, 502, 'Connexion impossible'],
    ['a failure', 500, { error: 'server_error' }, 503, 'Service momentanément indisponible'],
    ['a failure without words', 502, 'bad gateway', 503, 'Service momentanément indisponible'],
    ['an answer without tokens', 200, {}, 400, 'Réponse refusée'],
  ])('at the token endpoint: %s', async (_what, status, body, shown, title) => {
    world.issuer.behaviour.tokenError = { authorization_code: { status, body } };
    const { page } = await failedLogin();
    expect(page.status).toBe(shown);
    expectKindPage(page, title);
  });

  test('an error answer with a wrong state is not believed either', async () => {
    world.issuer.behaviour.answer = { code: null, error: 'access_denied', state: 'B'.repeat(43) };
    expectKindPage((await failedLogin()).page, 'Cette connexion n’est plus valable');
  });

  test('503 says when to come again', async () => {
    world.issuer.behaviour.answer = { code: null, error: 'temporarily_unavailable' };
    expect((await failedLogin()).page.headers.get('retry-after')).toBe('5');
  });

  test('a failed second login leaves the first session as it was', async () => {
    const browser = world.browser();
    await browser.open('/login');
    world.issuer.behaviour.answer = { code: null, error: 'access_denied' };
    const page = await browser.open('/login');
    expectKindPage(page, 'Connexion annulée');
    expect(page.body).toContain('action="/logout"');
    expect((await browser.get('/profile')).status).toBe(200);
  });
});

describe('logging out', () => {
  async function loggedIn() {
    const browser = world.browser();
    const page = await browser.open('/profile');
    return { browser, csrf: csrfOf(page) };
  }

  test('ends the session here and at the provider, and revokes the refresh token (54)', async () => {
    const { browser, csrf } = await loggedIn();
    const left = await browser.post('/logout', { csrf });
    expect(left.status).toBe(303);
    const url = new URL(left.location!);
    expect(url.origin + url.pathname).toBe(`${world.issuer.issuer}/session/end`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'portal',
      post_logout_redirect_uri: `${world.portal.url}/`,
      ui_locales: 'fr',
    });
    expect(url.searchParams.get('id_token_hint')!.split('.')).toHaveLength(3);
    expect(left.body).toBe('');
    expect(world.issuer.log.revoked).toEqual([expect.stringMatching(/^refresh-token-/)]);
    expect(browser.cookies.has('exemple_portal')).toBe(false);
    expect((await browser.get('/profile')).location).toContain('/login');
  });

  test('comes back to the home page, which says so', async () => {
    const { browser, csrf } = await loggedIn();
    const left = await browser.post('/logout', { csrf });
    const page = await browser.open(left.location!);
    expect(new URL(page.url).pathname).toBe('/');
    expect(wordsOf(page)).toContain('La déconnexion est faite');
  });

  test('the old cookie is worth nothing afterwards', async () => {
    const { browser, csrf } = await loggedIn();
    const cookie = browser.cookies.get('exemple_portal')!;
    await browser.post('/logout', { csrf });
    browser.cookies.set('exemple_portal', cookie);
    expect((await browser.get('/profile')).location).toContain('/login');
  });

  test.each([{}, { csrf: '' }, { csrf: 'A'.repeat(43) }])('needs the token of the form: %j (55)', async (form) => {
    const { browser } = await loggedIn();
    const page = await browser.post('/logout', form as Record<string, string>);
    expect(page.status).toBe(403);
    expect(wordsOf(page)).toContain('Cette page a trop attendu');
    expect((await browser.get('/profile')).status).toBe(200);
  });

  test('the token of somebody else does not do', async () => {
    const { browser } = await loggedIn();
    const other = await loggedIn();
    expect((await browser.post('/logout', { csrf: other.csrf })).status).toBe(403);
  });

  test('is done only by a form, never by a link', async () => {
    const { browser } = await loggedIn();
    expect((await browser.get('/logout')).status).toBe(404);
    expect((await browser.get('/profile')).status).toBe(200);
  });

  test('without a session it just leads home', async () => {
    expect((await world.browser().post('/logout', {})).location).toBe(`${world.portal.url}/`);
  });

  test('a second click on the button leads home too', async () => {
    const { browser, csrf } = await loggedIn();
    await browser.post('/logout', { csrf });
    expect((await browser.post('/logout', { csrf })).location).toBe(`${world.portal.url}/`);
  });
});

test('no page and no cookie of a whole visit shows a token', async () => {
  const browser = world.browser();
  const pages = [await browser.open('/profile'), await browser.open('/'), await browser.open('/shop/login')];
  expect(world.issuer.log.issued.length).toBeGreaterThan(5);
  for (const secret of world.issuer.log.issued) {
    for (const page of pages) expect(page.body).not.toContain(secret);
    expect(browser.setCookies.join('\n')).not.toContain(secret);
  }
  expect(lastAuthorization().get('client_id')).toBe('shop');
});
