// The portal as a server: headers, cookies, languages, pages for what goes wrong, and a provider that is not up.
import request from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startPortal } from '../../../src/portal/app.ts';
import { createBrowser, csrfOf, wordsOf } from './browser.ts';
import { startFakeIssuer } from './fake-issuer.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

describe('every page', () => {
  test.each(['/', '/shop', '/profile', '/login', '/nowhere', '/callback'])(
    '%s carries the headers (55, 57)',
    async (path) => {
      const { headers } = await world.browser().get(path);
      const policy = headers.get('content-security-policy')!.split(';');
      expect(policy).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "style-src 'self'",
          "frame-ancestors 'none'",
          "base-uri 'none'",
          `form-action 'self' ${world.issuer.issuer}`,
        ]),
      );
      expect(policy.join()).not.toMatch(/unsafe|script-src/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('strict-transport-security')).toBeNull();
      expect(headers.get('x-powered-by')).toBeNull();
    },
  );

  test('has no script and no inline style', async () => {
    const browser = world.browser();
    for (const path of ['/', '/shop', '/profile', '/shop/account', '/nowhere']) {
      expect((await browser.open(path)).body).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
    }
  });

  test.each(['/', '/shop', '/nowhere'])('%s has a language, a title, a main part and a skip link', async (path) => {
    const { body } = await world.browser().get(path);
    expect(body).toMatch(/^<!doctype html>\s*<html lang="fr"/i);
    expect(body).toMatch(/<title>[^<]+<\/title>/);
    expect(body.match(/<h1/g)).toHaveLength(1);
    expect(body).toContain('<main id="content"');
    expect(body).toContain('href="#content"');
  });
});

describe('cookies', () => {
  test('are opaque, HttpOnly and SameSite=Lax, for the whole site', async () => {
    const browser = world.browser();
    await browser.open('/login');
    const lines = browser.setCookies.filter((line) => /^exemple_portal(_login)?=[\w-]{43};/.test(line));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/; path=\/;.*samesite=lax; httponly/i);
    expect(lines.join()).not.toMatch(/; secure/i);
  });

  test('are Secure and bound to the host when the portal is reached by https', async () => {
    const baseUrl = 'https://www.exemple.test';
    const portal = await startPortal({ issuer: world.issuer.issuer, port: 0, baseUrl });
    const answer = await fetch(`http://127.0.0.1:${portal.port}/login`, { redirect: 'manual' });
    await portal.stop();
    expect(portal.url).toBe(baseUrl);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-exemple_portal_login=.*; path=\/;.*; secure/i),
    ]);
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=');
    expect(new URL(answer.headers.get('location')!).searchParams.get('redirect_uri')).toBe(
      'https://www.exemple.test/callback',
    );
  });

  test('that are no session ids of ours are ignored', async () => {
    const browser = world.browser();
    for (const value of ['x', 'A'.repeat(43), '../../etc', 'A'.repeat(4000)]) {
      browser.cookies.set('exemple_portal', value);
      expect((await browser.get('/profile')).location).toContain('/login');
    }
  });

  test('a session ends after an hour without use, and after twelve hours in any case', async () => {
    const idle = world.browser();
    await idle.open('/login?returnTo=/');
    world.passSeconds(3600);
    expect((await idle.get('/')).body).toContain('href="/login"');
    const busy = world.browser();
    await busy.open('/login?returnTo=/');
    for (let step = 0; step < 15; step += 1) {
      world.passSeconds(3000);
      await busy.get('/');
    }
    expect((await busy.get('/')).body).toContain('href="/login"');
  });
});

describe('languages', () => {
  test.each([
    [{}, 'fr'],
    [{ 'accept-language': 'en-GB,en;q=0.9' }, 'en'],
    [{ 'accept-language': 'fr-FR,en;q=0.5' }, 'fr'],
    [{ 'accept-language': 'de' }, 'fr'],
    [{ 'accept-language': '*' }, 'fr'],
    [{ 'accept-language': 'en', cookie: 'lang=fr' }, 'fr'],
    [{ 'accept-language': 'fr', cookie: 'lang=en' }, 'en'],
    [{ cookie: 'lang=xx' }, 'fr'],
  ])('%j: %s', async (headers, locale) => {
    const page = await world.browser(headers as Record<string, string>).get('/');
    expect(page.body).toContain(`<html lang="${locale}"`);
    expect(page.headers.get('content-language')).toBe(locale);
  });

  test('the switch keeps the choice and stays on the page', async () => {
    const browser = world.browser();
    expect((await browser.get('/shop')).body).toContain('href="/shop?lang=en"');
    const left = await browser.get('/shop?lang=en&week=1');
    expect(left.location).toBe(`${world.portal.url}/shop?week=1`);
    expect(wordsOf(await browser.open('/shop'))).toContain('Lovely things, made slowly.');
    expect(wordsOf(await browser.open('/'))).toContain('Your phone is your key.');
  });

  test('the switch never leads to another host', async () => {
    const answer = await fetch(`${world.portal.url}//evil.test/?lang=en`, { redirect: 'manual' });
    expect(answer.headers.get('location')).toBe('/');
  });

  test('every page speaks English too', async () => {
    const browser = world.browser({ 'accept-language': 'en' });
    const profile = await browser.open('/profile');
    expect(wordsOf(profile)).toContain('You logged in with your phone and PIN.');
    expect(wordsOf(await browser.open('/shop/account'))).toContain('Your identifier with us');
    expect(wordsOf(await browser.open('/callback'))).toContain('This login is no longer valid');
  });
});

describe('static files', () => {
  test('are found through the pages and may be kept for long', async () => {
    const { body } = await world.browser().get('/');
    const addresses = [...body.matchAll(/href="(\/assets\/[^"]+)"/g)].map((hit) => hit[1]!);
    expect(addresses).toHaveLength(3);
    for (const address of addresses) {
      const asset = await world.browser().get(address);
      expect(asset.status).toBe(200);
      expect(asset.headers.get('cache-control')).toContain('immutable');
      expect(asset.headers.get('content-type')).toMatch(/css|svg/);
      expect(asset.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('are asked for again when the address has an old version, and not sent twice', async () => {
    const old = await world.browser().get('/assets/portal.css?v=old');
    expect(old.headers.get('cache-control')).toBe('no-cache');
    const again = await request(world.portal.url)
      .get('/assets/portal.css')
      .set('if-none-match', old.headers.get('etag')!);
    expect(again.status).toBe(304);
    expect(again.text).toBe('');
  });

  test.each(['/assets/nothing.css', '/assets/../main.ts', '/assets/%2e%2e/package.json', '/assets/'])(
    '%s is not there',
    async (path) => {
      expect((await fetch(`${world.portal.url}${path}`)).status).toBe(404);
    },
  );
});

describe('what goes wrong has a page', () => {
  test('an unknown address', async () => {
    const page = await world.browser().get('/nowhere/<b>');
    expect(page.status).toBe(404);
    expect(wordsOf(page)).toContain('Page introuvable');
    expect(page.body).not.toContain('<b>');
  });

  test('a form that is too long, and nothing is lost', async () => {
    const browser = world.browser();
    const csrf = csrfOf(await browser.open('/profile'));
    const page = await browser.post('/logout', { csrf, more: 'x'.repeat(20_000) });
    expect(page.status).toBe(413);
    expect(wordsOf(page)).toContain('Demande illisible');
    expect((await browser.get('/profile')).status).toBe(200);
  });

  test('a body of another kind counts as an empty form', async () => {
    const browser = world.browser();
    const csrf = csrfOf(await browser.open('/profile'));
    const answer = await fetch(`${world.portal.url}/logout`, {
      method: 'POST',
      body: JSON.stringify({ csrf }),
      headers: {
        'content-type': 'application/json',
        cookie: `exemple_portal=${browser.cookies.get('exemple_portal')}`,
      },
    });
    expect(answer.status).toBe(403);
  });

  test('a logout that the provider does not know', async () => {
    const portal = await startWorld();
    portal.issuer.behaviour.noEndSession = true;
    const browser = portal.browser();
    const csrf = csrfOf(await browser.open('/profile'));
    const page = await browser.post('/logout', { csrf });
    await portal.stop();
    expect(page.status).toBe(503);
    expect(wordsOf(page)).toContain('Déconnexion d’ici seulement');
    expect(browser.cookies.has('exemple_portal')).toBe(false);
  });
});

describe('a provider that is not up', () => {
  test('lets the portal start, is told on a page, and is found as soon as it is there', async () => {
    const probe = await startFakeIssuer();
    await probe.stop();
    const portal = await startPortal({ issuer: probe.issuer, port: 0 });
    const browser = createBrowser(portal.url);
    expect((await browser.get('/')).status).toBe(200);
    const page = await browser.get('/login');
    expect(page.status).toBe(503);
    expect(page.headers.get('retry-after')).toBe('5');
    expect(wordsOf(page)).toContain('Le service de connexion ne répond pas');
    expect(page.body).toContain('href="/login?returnTo=%2Fprofile"');

    const issuer = await startFakeIssuer(Number(new URL(probe.issuer).port));
    const profile = await browser.open('/profile');
    await portal.stop();
    await issuer.stop();
    expect(wordsOf(profile)).toContain('Bonjour Alice');
  });

  test('that goes away takes no session with it', async () => {
    const away = await startWorld();
    const browser = away.browser();
    const csrf = csrfOf(await browser.open('/profile'));
    await away.issuer.stop();
    const profile = await browser.get('/profile');
    const left = await browser.post('/logout', { csrf });
    await away.portal.stop();
    expect(profile.status).toBe(200);
    expect(wordsOf(profile)).toContain('Bonjour Alice');
    expect(wordsOf(profile)).toContain('Votre compte client n’est pas disponible');
    expect(left.status).toBe(303);
    expect(browser.cookies.has('exemple_portal')).toBe(false);
  });
});

test('a port that is taken is an error at the start', async () => {
  const port = Number(new URL(world.portal.url).port);
  await expect(startPortal({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
