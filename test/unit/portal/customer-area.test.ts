// Home and profile: what a person sees of herself, and what she sees when a part of the operator is down.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claimRows } from '../../../src/portal/customer-area.ts';
import { wordsOf } from './browser.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ simUrl: 'http://localhost:3002/' });
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

const sectionOf = (page: { body: string }, source: string) => {
  const [, rest = ''] = page.body.split(`data-source="${source}">`);
  return wordsOf({ body: rest.split('</section>')[0] ?? '' });
};

const refreshes = () => world.issuer.log.tokens.filter((form) => form.get('grant_type') === 'refresh_token');

describe('the home page', () => {
  test('offers the login to whoever comes', async () => {
    const page = await world.browser().get('/');
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('Se connecter');
    expect(page.body).toContain('href="/login"');
  });

  test('greets whoever is logged in', async () => {
    const browser = world.browser();
    await browser.open('/login');
    const page = await browser.get('/');
    expect(wordsOf(page)).toContain('Bonjour Alice Martin.');
    expect(page.body).not.toContain('href="/login"');
  });

  test('shows the demo numbers and the web phone', async () => {
    const page = await world.browser().get('/');
    expect(wordsOf(page)).toMatch(/Alice 06 39 98 00 01 4071 David 06 39 98 00 04 7391/);
    expect(page.body).toContain('href="http://localhost:3002/"');
    expect(page.body).toContain('rel="noopener noreferrer"');
  });

  test('shows them only where there is a simulator', async () => {
    const plain = await startWorld();
    const page = await plain.browser().get('/');
    await plain.stop();
    expect(page.body).not.toContain('4071');
  });

  test.each([
    ['/?state=signed-out', 'La déconnexion est faite'],
    ['/?notice=session-ended', 'Votre session a pris fin'],
  ])('%s is explained', async (path, words) => {
    expect(wordsOf(await world.browser().get(path))).toContain(words);
  });

  test('a link puts no words of its own on the page', async () => {
    const page = await world.browser().get('/?notice=call-me&state=%3Cb%3Ehello');
    expect(page.body).not.toContain('class="notice"');
    expect(page.body).not.toContain('hello');
  });
});

describe('the profile', () => {
  test('sends whoever is not logged in to the login, and back', async () => {
    expect((await world.browser().get('/profile')).location).toBe(`${world.portal.url}/login?returnTo=%2Fprofile`);
  });

  test('shows who she is, number and address masked', async () => {
    const page = await world.browser().open('/profile');
    expect(wordsOf(page)).toContain('Bonjour Alice');
    expect(wordsOf(page)).toContain('Mobile +33 6 39 98 ** 01');
    expect(wordsOf(page)).toContain('E-mail a•••@exemple.test');
    expect(page.body).not.toContain('33639980001');
    expect(page.body).not.toContain('alice@');
  });

  test('shows userinfo and the account API each in a section of its own', async () => {
    const page = await world.browser().open('/profile');
    expect(sectionOf(page, 'userinfo')).toContain('Nom de famille Martin');
    expect(sectionOf(page, 'account-api')).toMatch(/Prénom Alice .*Téléphone \+33 6 39 98 \*\* 01 .*Préféré oui/);
  });

  test.each([
    [
      '3',
      ['sc', 'pin', 'mfa', 'mca'],
      'Connexion faite avec votre téléphone et votre PIN.',
      'Se reconnecter avec mon téléphone',
    ],
    ['2', ['sc', 'mca'], 'Connexion faite avec OK sur votre téléphone.', 'Confirmer avec mon téléphone'],
    ['1', ['pwd'], 'Connexion faite avec votre mot de passe.', 'Confirmer avec mon téléphone'],
  ])('says how she logged in: acr %s (A03)', async (acr, amr, sentence, button) => {
    world.issuer.behaviour.idToken = { acr, amr };
    const page = await world.browser().open('/profile');
    expect(wordsOf(page)).toContain(sentence);
    expect(wordsOf(page)).toContain(button);
  });

  test('says when, in the time of Paris', async () => {
    world.issuer.behaviour.idToken = { auth_time: Date.parse('2026-07-01T10:00:00Z') / 1000 };
    expect(wordsOf(await world.browser().open('/profile'))).toContain('Le 1 juillet 2026 à 12:00');
  });

  test('does without acr, amr and auth_time', async () => {
    world.issuer.behaviour.idToken = { acr: null, amr: null, auth_time: null };
    const page = await world.browser().open('/profile');
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('que ce portail ne connaît pas');
  });

  test('claims that hold HTML are shown as text', async () => {
    world.issuer.behaviour.userInfo = { name: '<script>alert(1)</script>', given_name: '"><img src=x>' };
    const page = await world.browser().open('/profile');
    expect(page.body).toContain('&lt;script&gt;alert(1)');
    expect(page.body).not.toContain('<script');
    expect(page.body).not.toContain('<img');
  });

  test('a person without a name gets a page too', async () => {
    world.issuer.behaviour.userInfo = {};
    const page = await world.browser().open('/profile');
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('Rien à afficher');
  });
});

describe('logging in again with the phone', () => {
  test('asks for level 3', async () => {
    world.issuer.behaviour.idToken = { acr: '1', amr: ['pwd'] };
    const browser = world.browser();
    await browser.open('/login');
    const asked = new URL((await browser.get('/login?level=phone')).location!).searchParams;
    expect(asked.get('acr_values')).toBe('3');
    expect(asked.get('prompt')).toBeNull();
  });

  test('at level 3 already, asks for a new login, not for the old answer', async () => {
    const browser = world.browser();
    await browser.open('/login');
    const asked = new URL((await browser.get('/login?level=phone')).location!).searchParams;
    expect(asked.get('acr_values')).toBe('3');
    expect(asked.get('prompt')).toBe('login');
  });

  test('says so when it was done another way', async () => {
    world.issuer.behaviour.idToken = { acr: '1', amr: ['pwd'] };
    const page = await world.browser().open('/login?level=phone');
    expect(wordsOf(page)).toContain('mais la connexion s’est faite autrement');
  });
});

describe('access tokens', () => {
  test('the code gives a token for userinfo; one refresh gives the token for the API (decision 15)', async () => {
    await world.browser().open('/profile');
    const [exchange, refresh, ...more] = world.issuer.log.tokens;
    expect(exchange?.get('grant_type')).toBe('authorization_code');
    expect(exchange?.get('resource')).toBeNull();
    expect(refresh?.get('grant_type')).toBe('refresh_token');
    expect(refresh?.get('resource')).toBe(`${world.issuer.issuer}/api`);
    expect(more).toEqual([]);
  });

  test('are kept while they live', async () => {
    const browser = world.browser();
    await browser.open('/profile');
    await browser.get('/profile');
    expect(refreshes()).toHaveLength(1);
  });

  test('are renewed when they have expired, each for its own audience', async () => {
    const browser = world.browser();
    await browser.open('/profile');
    world.passSeconds(300);
    const page = await browser.get('/profile');
    expect(sectionOf(page, 'userinfo')).toContain('Martin');
    expect(sectionOf(page, 'account-api')).toContain('Martin');
    expect(refreshes().map((form) => form.get('resource'))).toEqual([
      `${world.issuer.issuer}/api`,
      null,
      `${world.issuer.issuer}/api`,
    ]);
  });

  test('pages loaded at the same time use each refresh token once', async () => {
    const browser = world.browser();
    await browser.open('/profile');
    world.passSeconds(300);
    const pages = await Promise.all([1, 2, 3, 4].map(() => browser.get('/profile')));
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const used = refreshes().map((form) => form.get('refresh_token'));
    expect(new Set(used).size).toBe(used.length);
  });

  test('a token that the API refuses early is renewed once', async () => {
    const browser = world.browser();
    world.issuer.behaviour.apiOnce = [{ status: 401, body: { code: 'invalid_token' } }];
    const page = await browser.open('/profile');
    expect(sectionOf(page, 'account-api')).toContain('Martin');
    expect(world.issuer.log.api).toHaveLength(2);
  });

  test('a refresh token that was revoked ends the session, kindly', async () => {
    const browser = world.browser();
    await browser.open('/profile');
    world.passSeconds(300);
    world.issuer.behaviour.tokenError = { refresh_token: { status: 400, body: { error: 'invalid_grant' } } };
    const page = await browser.open('/profile');
    expect(new URL(page.url).pathname).toBe('/');
    expect(wordsOf(page)).toContain('Votre session a pris fin');
    expect(wordsOf(page)).toContain('Se connecter');
    expect(browser.cookies.has('exemple_portal')).toBe(false);
    expect(world.events).toContainEqual(expect.objectContaining({ event: 'session-ended' }));
  });

  test.each([
    ['fails', { status: 500, body: { error: 'server_error' } }],
    ['refuses the client', { status: 400, body: { error: 'invalid_client' } }],
  ])('a provider that %s at the refresh ends no session', async (_what, failure) => {
    const browser = world.browser();
    await browser.open('/profile');
    world.passSeconds(300);
    world.issuer.behaviour.tokenError = { refresh_token: failure };
    const page = await browser.get('/profile');
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain('Alice Martin');
    expect(sectionOf(page, 'account-api')).toContain('n’est pas disponible');
    world.issuer.reset();
    expect(sectionOf(await browser.get('/profile'), 'account-api')).toContain('Martin');
  });

  test('a refreshed ID token about somebody else is not believed', async () => {
    const browser = world.browser();
    await browser.open('/login?returnTo=/help');
    world.issuer.behaviour.idToken = { sub: 'acc-mallory' };
    expect(sectionOf(await browser.get('/profile'), 'account-api')).toContain('n’est pas disponible');
  });

  test('without a refresh token the API section says that it is not available', async () => {
    world.issuer.behaviour.noRefreshToken = true;
    const page = await world.browser().open('/profile');
    expect(sectionOf(page, 'userinfo')).toContain('Martin');
    expect(sectionOf(page, 'account-api')).toContain('n’est pas disponible');
  });
});

describe('a part that fails is shown kindly, the rest stays', () => {
  test.each([
    ['a failure', { status: 500, body: {} }],
    ['no permission', { status: 403, body: { code: 'insufficient_scope' } }],
    ['a refused token, twice', { status: 401, body: { code: 'invalid_token' } }],
    ['something that is no object', { status: 200, body: ['x'] }],
    ['more than a page needs', { status: 200, body: { givenName: 'x'.repeat(70_000) } }],
  ])('account API: %s', async (_what, api) => {
    world.issuer.behaviour.api = api;
    const page = await world.browser().open('/profile');
    expect(page.status).toBe(200);
    expect(sectionOf(page, 'account-api')).toContain('Votre compte client n’est pas disponible en ce moment');
    expect(sectionOf(page, 'userinfo')).toContain('Martin');
    expect(world.events).toContainEqual(expect.objectContaining({ event: 'account-api-failed' }));
  });

  test('userinfo: name and contacts of the login stay', async () => {
    const browser = world.browser();
    await browser.open('/profile');
    world.issuer.behaviour.userInfoStatus = 503;
    const page = await browser.get('/profile');
    expect(sectionOf(page, 'userinfo')).toContain('ne répond pas en ce moment');
    expect(wordsOf(page)).toContain('Bonjour Alice');
    expect(sectionOf(page, 'account-api')).toContain('Martin');
  });

  test('userinfo about somebody else is not shown', async () => {
    const browser = world.browser();
    await browser.open('/profile');
    world.issuer.behaviour.userInfo = { sub: 'acc-mallory', name: 'Mallory' };
    expect((await browser.get('/profile')).body).not.toContain('Mallory');
  });
});

test('the API learns the address and the language of the browser (decision 50)', async () => {
  await world.browser({ 'accept-language': 'en', 'x-forwarded-for': '192.0.2.10' }).open('/profile');
  expect(world.issuer.log.api[0]).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'accept-language': 'en' });
});

test('claims are shown in a fixed order, others and empty ones are left out', () => {
  const claims = {
    email: 'a@b.test',
    sub: 'x',
    name: 'A',
    birthdate: '',
    address: { locality: 'Paris' },
    email_verified: false,
  };
  expect(claimRows(claims)).toEqual([
    { name: 'name', value: 'A' },
    { name: 'email', value: 'a•••@b.test' },
    { name: 'email_verified', value: 'false', words: 'value.false' },
  ]);
});
