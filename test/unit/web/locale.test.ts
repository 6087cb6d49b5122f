// Which language a page has, how it is switched, and what a browser is called in an alert.
import { describe, expect, test } from 'vitest';
import { chooseLocale, createTexts, matchLocale } from '../../../src/i18n.ts';
import { deviceLabel } from '../../../src/web/device-label.ts';
import { Browser } from './browser.ts';
import { startScripted } from './scripted-login.ts';

const page = '/interaction/uid-1';

function start(uiLocales: readonly string[] = []) {
  const scripted = startScripted();
  scripted.interactions.current = { ...scripted.interactions.current, uiLocales };
  return scripted;
}

const languageOf = async (browser: Browser, path = page) => (await browser.get(path)).headers['content-language'];

describe('the language of a page', () => {
  test('is French when nobody wishes anything that there is', async () => {
    expect(await languageOf(new Browser(start().app, { language: 'de-CH, *;q=0.1' }))).toBe('fr');
  });

  test('is what the browser accepts best', async () => {
    expect(await languageOf(new Browser(start().app, { language: 'de, fr;q=0.3, en-GB;q=0.8' }))).toBe('en');
  });

  test('is what the relying party asks for, before the browser’s', async () => {
    expect(await languageOf(new Browser(start(['de', 'en-US', 'fr']).app))).toBe('en');
  });

  test('is what the person switches to, before all, and stays', async () => {
    const { app } = start(['en']);
    const browser = new Browser(app, { language: 'en' });
    const switched = await browser.get(`${page}?lang=fr`);
    expect([switched.status, switched.headers['location']]).toEqual([303, `http://localhost:3000${page}`]);
    expect(await languageOf(browser)).toBe('fr');
    expect(await languageOf(browser, '/')).toBe('fr');
  });

  test('in another login is again what its relying party asks for', async () => {
    const { app, interactions } = start(['en']);
    const browser = new Browser(app);
    await browser.get(`${page}?lang=fr`);
    interactions.current = { ...interactions.current, uid: 'uid-2' };
    expect(await languageOf(browser, '/interaction/uid-2')).toBe('en');
    interactions.current = { ...interactions.current, uiLocales: [] };
    expect(await languageOf(browser, '/interaction/uid-2')).toBe('fr');
  });
});

describe('the language switch', () => {
  test('is on every page, each language by its own name', async () => {
    const { text } = await new Browser(start().app).get(page);
    expect(text).toMatch(/href="\?lang=fr" lang="fr" hreflang="fr" aria-current="true">Français</);
    expect(text).toMatch(/href="\?lang=en" lang="en" hreflang="en">English</);
  });

  test('keeps the rest of the query, escaped', async () => {
    const { text } = await new Browser(start().app).get('/nix?a=1&b=%22%3E%3Cscript%3E');
    expect(text).toContain('href="?a=1&amp;b=%22%3E%3Cscript%3E&amp;lang=en"');
  });

  test('wins over the relying party’s wish that stands in the same address', async () => {
    const { headers } = await new Browser(start().app).get('/session/end?ui_locales=fr&state=s&lang=en');
    expect(headers['location']).toBe('http://localhost:3000/session/end?ui_locales=en&state=s');
  });

  test('never leads to another host', async () => {
    const response = await new Browser(start().app).get('//evil.example/?lang=en');
    expect(response.headers['location']).toBe('http://localhost:3000//evil.example/');
  });

  test('ignores languages that there are not', async () => {
    const browser = new Browser(start().app);
    expect((await browser.get(`${page}?lang=de`)).status).toBe(200);
    expect(browser.cookies.has('provider_locale')).toBe(false);
  });
});

describe('texts', () => {
  const texts = createTexts();

  test('take parameters as they are; the views escape', () => {
    expect(texts.t('en', 'login.cancel', { client: 'A & <B>' })).toBe('Cancel and return to A & <B>');
  });

  test('that do not exist are a bug', () => {
    expect(() => texts.t('fr', 'login.nothing')).toThrow('login.nothing');
    expect(texts.has('login.nothing')).toBe(false);
    expect(texts.has('login.cancel')).toBe(true);
  });

  test('language tags match by their first part', () => {
    expect(matchLocale(['pt-BR', 'EN-gb'])).toBe('en');
    expect(matchLocale(['french'])).toBeUndefined();
    expect(chooseLocale({ here: 'en', uiLocales: ['fr'], before: 'fr', accepted: ['fr'] })).toBe('en');
    expect(chooseLocale({})).toBe('fr');
    expect(chooseLocale({ accepted: ['de', '*'], otherwise: 'en' })).toBe('en');
  });
});

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36', 'Chrome, Linux'],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge, Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1', 'Safari, iPhone'],
  ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'Chrome, Android'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) Gecko/20100101 Firefox/140.0', 'Firefox, macOS'],
  ['curl/8.1', 'navigateur inconnu'],
  ['', 'navigateur inconnu'],
])('%s is called %s', (userAgent, label) => {
  expect(deviceLabel(userAgent, 'navigateur inconnu')).toBe(label);
});
