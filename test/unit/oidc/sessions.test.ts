// Single sign-on: when a session will do, when the customer has to act again, and what a token then says.
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alice, hugo } from './people.ts';
import { authorize, type Browser, login, openWorld, type World } from './relying-party.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});
beforeEach(() => world.answer(() => ({})));

const agoSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) - seconds;

/** A browser that has logged in, at a level and some time ago. */
async function loggedIn(level: 'pwd' | 'sim-ok' | 'sim-pin', secondsAgo = 600): Promise<Browser> {
  world.answer(() => ({ level, authTime: agoSeconds(secondsAgo) }));
  const { browser } = await login(world);
  world.answer(() => ({}));
  return browser;
}

/** Counts the pages that a request opens. */
async function pagesOf<T>(work: () => Promise<T>): Promise<{ result: T; pages: number }> {
  const before = world.seen.length;
  const result = await work();
  return { result, pages: world.seen.length - before };
}

const errorOf = (left: URL | undefined) => left?.searchParams.get('error');

describe('a session', () => {
  test('is good for another login without a page, with its level and time', async () => {
    const authTime = agoSeconds(600);
    world.answer(() => ({ authTime }));
    const { browser } = await login(world);
    const { result, pages } = await pagesOf(() => login(world, { browser }));
    expect(pages).toBe(0);
    expect(result.claims).toMatchObject({ acr: '3', auth_time: authTime });
  });

  test('of a password is not enough for who asks for 3', async () => {
    const browser = await loggedIn('pwd');
    const { result, pages } = await pagesOf(() => login(world, { browser, parameters: { acr_values: '3' } }));
    expect(pages).toBe(1);
    expect(result.claims).toMatchObject({ acr: '3' });
  });

  test('that is higher than asked is enough, and the token says the requested value', async () => {
    const browser = await loggedIn('sim-pin');
    const { result, pages } = await pagesOf(() => login(world, { browser, parameters: { acr_values: '2' } }));
    expect(pages).toBe(0);
    expect(result.claims).toMatchObject({ acr: '2', amr: ['sc', 'pin', 'mfa', 'mca'] });
  });

  test('is renewed by prompt=login and by max_age, with a fresh auth_time (O43)', async () => {
    for (const parameters of [{ prompt: 'login' }, { max_age: '60' }, { max_age: '0' }]) {
      const browser = await loggedIn('sim-pin', 600);
      const { result, pages } = await pagesOf(() => login(world, { browser, parameters }));
      expect(pages).toBe(1);
      expect(result.claims!.auth_time).toBeGreaterThan(agoSeconds(30));
    }
  });

  test('young enough for max_age is kept', async () => {
    const browser = await loggedIn('sim-pin', 30);
    expect((await pagesOf(() => login(world, { browser, parameters: { max_age: '300' } }))).pages).toBe(0);
  });

  test('ends when the account’s sessions are ended', async () => {
    const browser = await loggedIn('sim-pin');
    await world.oidc.endSessionsAndGrants(alice);
    expect((await pagesOf(() => login(world, { browser }))).pages).toBe(1);
  });
});

describe('prompt=none', () => {
  const none = { prompt: 'none' };

  test('without a session is login_required, and no page is opened (O43)', async () => {
    const { result, pages } = await pagesOf(() => authorize(world, { parameters: none }));
    expect({ error: errorOf(result.left), pages }).toEqual({ error: 'login_required', pages: 0 });
  });

  test('answers from a session that will do', async () => {
    const browser = await loggedIn('sim-pin');
    expect((await login(world, { browser, parameters: none })).claims?.sub).toBe(alice);
  });

  test.each([
    ['a level above the session’s', { acr_values: '3' }],
    ['an essential acr above it', { claims: JSON.stringify({ id_token: { acr: { essential: true, value: '3' } } }) }],
    ['a session that is too old', { max_age: '60' }],
    ['a hint at another account', { login_hint: 'hugo@exemple.test' }],
    ['a hint that is none', { login_hint: 'alice' }],
  ])('with %s is login_required', async (_what, parameters) => {
    const browser = await loggedIn('pwd');
    const { result, pages } = await pagesOf(() =>
      authorize(world, { browser, parameters: { ...none, ...parameters } }),
    );
    expect({ error: errorOf(result.left), pages }).toEqual({ error: 'login_required', pages: 0 });
  });
});

describe('login_hint', () => {
  test.each(['alice@exemple.test', '+33639980001', 'MSISDN:33639980001', '06 39 98 00 01'])(
    '%s that names the session’s account needs no page',
    async (login_hint) => {
      const browser = await loggedIn('sim-pin');
      expect((await pagesOf(() => login(world, { browser, parameters: { login_hint } }))).pages).toBe(0);
    },
  );

  test('that names another account starts a new login', async () => {
    const browser = await loggedIn('sim-pin');
    const parameters = { login_hint: 'hugo@exemple.test' };
    const { result, pages } = await pagesOf(() => authorize(world, { browser, parameters }));
    expect(pages).toBe(1);
    expect(result.left!.searchParams.get('code')).toEqual(expect.any(String));
  });

  test('does not stop the customer from logging in as somebody else', async () => {
    world.answer(() => ({ accountId: hugo }));
    const { result, pages } = await pagesOf(() => login(world, { parameters: { login_hint: 'alice@exemple.test' } }));
    expect({ sub: result.claims?.sub, pages }).toEqual({ sub: hugo, pages: 1 });
  });
});

describe('a login as another person', () => {
  test('ends the first session before the second begins (O55)', async () => {
    const browser = await loggedIn('sim-pin');
    world.answer(() => ({ accountId: hugo }));
    const { page, config, checks } = await authorize(world, { browser, parameters: { prompt: 'login' } });
    const html = await page!.text();
    const [, action = ''] = /action="([^"]+)"/.exec(html) ?? [];
    const fields = [...html.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]): [string, string] => [
      name!,
      value!,
    ]);
    const next = await browser.fetch(action, { method: 'POST', body: new URLSearchParams(fields) });
    const { left } = await browser.follow(new URL(next.headers.get('location')!, world.issuer));
    expect((await openid.authorizationCodeGrant(config, left!, checks)).claims()?.sub).toBe(hugo);
  });

  test('is refused when an ID token names the one who is wanted', async () => {
    const { tokens } = await login(world);
    world.answer(() => ({ accountId: hugo }));
    const { result, pages } = await pagesOf(() =>
      authorize(world, { parameters: { id_token_hint: tokens.id_token! } }),
    );
    expect({ error: errorOf(result.left), pages }).toEqual({ error: 'login_required', pages: 1 });
  });
});

describe('a login that ends too low', () => {
  const essential = { claims: JSON.stringify({ id_token: { acr: { essential: true, values: ['3'] } } }) };

  test('is said honestly to a lenient client', async () => {
    world.answer(() => ({ level: 'pwd' }));
    const { result, pages } = await pagesOf(() => login(world, { parameters: { acr_values: '3' } }));
    expect({ acr: result.claims?.['acr'], amr: result.claims?.['amr'], pages }).toEqual({
      acr: '1',
      amr: ['pwd'],
      pages: 1,
    });
  });

  test.each([
    ['a strict client', 'strict', { acr_values: '3' }],
    ['an essential acr', 'portal', essential],
  ])('is an error for %s, never a token', async (_what, client, parameters) => {
    for (const level of ['pwd', 'sim-ok'] as const) {
      world.answer(() => ({ level }));
      const { result, pages } = await pagesOf(() => authorize(world, { client, parameters }));
      expect(result.left!.searchParams.get('code')).toBeNull();
      expect({ error: errorOf(result.left), pages }).toEqual({ error: 'unmet_authentication_requirements', pages: 1 });
    }
  });

  test('is met by the lowest of several values', async () => {
    world.answer(() => ({ level: 'sim-ok' }));
    const { claims } = await login(world, { client: 'strict', parameters: { acr_values: '3 2' } });
    expect(claims).toMatchObject({ acr: '2', amr: ['sc', 'mca'] });
  });

  test('is foreseen: values that nobody knows are refused without a page', async () => {
    const parameters = { acr_values: 'urn:x' };
    const { result, pages } = await pagesOf(() => authorize(world, { client: 'strict', parameters }));
    expect({ error: errorOf(result.left), pages }).toEqual({ error: 'unmet_authentication_requirements', pages: 0 });
  });
});
