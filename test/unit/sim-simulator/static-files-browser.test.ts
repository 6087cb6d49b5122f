// The web phone in Chromium against the real simulator: screens, keys, both languages, live updates, axe.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { encodeRequest, FLAG, PROOF, referenceCodeOf } from '../../../sim-simulator/applet-message.ts';
import { accessibilityProblems } from '../../support/browser-axe.ts';
import { launchChromium } from '../../support/browser-chromium.ts';
import { chromiumPath } from '../../support/services.ts';
import { bindEsme, submitToCard } from './esme.ts';
import { anExport, aRequest, aSim, octetsOf, openAnswer, sealed } from './provider-end.ts';
import { aPlace, start } from './running.ts';

const desktop = { viewport: { width: 1280, height: 900 }, locale: 'fr-FR' };
const mobile = { viewport: { width: 390, height: 844 }, locale: 'en-GB', hasTouch: true, colorScheme: 'dark' as const };

describe.skipIf(chromiumPath() === undefined)('the web phone', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(() => browser.close());

  async function openPhone(options: BrowserContextOptions = desktop, path = '/phone/0639980001') {
    const simulator = await start(
      await aPlace(anExport(aSim(), aSim({ iccid: '8933010000000000025', msisdn: '+33639980002', label: 'Bruno' }))),
    );
    const esme = await bindEsme(simulator.smppPort);
    onTestFinished(() => esme.close());
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    page.on('pageerror', (error) => void errors.push(error.message));
    await page.goto(`http://127.0.0.1:${simulator.httpPort}${path}`);
    let counter = 0;
    const ring = async (name: string, flags = FLAG.pin | FLAG.showCode) => {
      counter += 1;
      const proof = (flags & FLAG.pin) === 0 ? PROOF.mac : PROOF.signature;
      const data = encodeRequest(aRequest(name, { flags, proof }));
      await submitToCard(esme, '+33639980001', sealed(aSim(), data, { counter }));
    };
    const result = async () => openAnswer(aSim(), (await esme.delivered()).shortMessage).result;
    return { page, ring, result, errors, simulator };
  }

  const screen = (page: Page, kind: string) => page.locator(`[data-screen="${kind}"]`).waitFor();
  const press = (page: Page, ...keys: string[]) =>
    keys.reduce((before, key) => before.then(() => page.locator(`[data-key="${key}"]`).click()), Promise.resolve());

  test('shows the reference code, takes the PIN by mouse, masks it, and clears the screen', async () => {
    const { page, ring, result, errors } = await openPhone();
    await screen(page, 'none');
    await ring('one');
    await screen(page, 'text');
    const code = referenceCodeOf(octetsOf('one', 16));
    expect(await page.locator('[data-reference-code]').textContent()).toBe(code);
    expect(await page.locator('[data-reference-code]').getAttribute('data-reference-code')).toBe(code);
    await press(page, 'ok');
    await screen(page, 'pin');
    await press(page, '4', '0', '7', '1');
    expect(await page.locator('#slots .filled').count()).toBe(4);
    expect(await page.content()).not.toContain('4071');
    await press(page, 'ok');
    await screen(page, 'none');
    expect(await result()).toBe(0);
    expect(errors).toEqual([]);
  });

  test('takes the PIN from the keyboard, a wrong one first, with the last digit erased', async () => {
    const { page, ring, result } = await openPhone();
    await ring('one');
    await screen(page, 'text');
    await page.keyboard.press('Enter');
    await screen(page, 'pin');
    await page.keyboard.type('1111');
    await page.keyboard.press('Enter');
    await page.locator('#tries', { hasText: '2' }).waitFor();
    // While a key is on its way, the next one counts for nothing: nobody answers a screen by a double press.
    await page.locator('body:not(.sending)').waitFor();
    await page.keyboard.type('4072');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('1');
    await page.keyboard.press('Enter');
    await screen(page, 'none');
    expect(await result()).toBe(0);
  });

  test.each([
    ['cancel', 1],
    ['fraud', 3],
  ])('the key %s ends with result %i', async (key, wanted) => {
    const { page, ring, result } = await openPhone();
    await ring('one');
    await screen(page, 'text');
    await press(page, key);
    await screen(page, 'none');
    expect(await result()).toBe(wanted);
  });

  test('back on the PIN goes back to the text, and too few digits are not sent', async () => {
    const { page, ring } = await openPhone();
    await ring('one');
    await screen(page, 'text');
    await press(page, 'ok');
    await screen(page, 'pin');
    await press(page, '4', 'ok');
    await page.getByRole('alert').filter({ hasText: 'Saisissez d’abord 4 chiffres' }).waitFor();
    await press(page, 'back');
    await screen(page, 'text');
  });

  test('takes a reference code that is typed, and shows its digits but no code of its own', async () => {
    const { page, ring } = await openPhone();
    await ring('one', FLAG.pin | FLAG.typeCode);
    await screen(page, 'code');
    expect(await page.locator('[data-reference-code]').isVisible()).toBe(false);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.type(referenceCodeOf(octetsOf('one', 16)));
    expect((await page.locator('#slots').innerText()).replace(/\s/g, '')).toBe(referenceCodeOf(octetsOf('one', 16)));
    await page.keyboard.press('Enter');
    await screen(page, 'pin');
  });

  test('a click is enough where no PIN is wanted', async () => {
    const { page, ring, result } = await openPhone();
    await ring('one', FLAG.showCode);
    await screen(page, 'confirm');
    expect(await page.locator('[data-key="5"]').isVisible()).toBe(false);
    await press(page, 'ok');
    expect(await result()).toBe(0);
  });

  test('switches turn the phone off, out of coverage and locked, and show it', async () => {
    const { page, ring, simulator } = await openPhone();
    await page.locator('[data-switch="unlocked"]').click();
    await page.getByText('Le téléphone est verrouillé').waitFor();
    await ring('one');
    await page.locator('[data-switch="unlocked"]').click();
    await screen(page, 'text');
    await page.locator('[data-switch="coverage"]').click();
    await page.locator('#signal[data-coverage="off"]').waitFor();
    await page.locator('[data-switch="power"]').click();
    await page.getByText('Le téléphone est éteint.').waitFor();
    await screen(page, 'none');
    expect((await simulator.api.get('/v1/sims/33639980001')).body).toMatchObject({ power: false, coverage: false });
  });

  test('follows what others do: a behaviour that approves is shown and can be taken over', async () => {
    const { page, simulator } = await openPhone();
    await simulator.api.patch('+33639980001', { behaviour: { mode: 'refuse' } });
    await page.getByText('Ce téléphone répond tout seul.').waitFor();
    await page.getByRole('button', { name: 'Répondre à la main' }).click();
    await page.getByText('Rien à répondre pour l’instant.').waitFor();
    expect((await simulator.api.get('/v1/sims/33639980001')).body).toMatchObject({ behaviour: { mode: 'manual' } });
  });

  test('speaks the language of the browser, and the other one after a switch that lasts', async () => {
    const { page } = await openPhone(mobile);
    await page.getByText('Nothing to answer now.').waitFor();
    await page.getByRole('button', { name: 'Français' }).click();
    await page.getByText('Rien à répondre pour l’instant.').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
    await page.reload();
    await page.getByText('Rien à répondre pour l’instant.').waitFor();
  });

  test('says that a number is unknown', async () => {
    const { page } = await openPhone(desktop, '/phone/+33639989999');
    await page.getByText('Aucune SIM de ce simulateur').waitFor();
  });

  test('the fleet is found by name and number, and a phone that rings stands out', async () => {
    const { page, ring } = await openPhone(desktop, '/');
    await page.locator('.phone').nth(1).waitFor();
    await ring('one');
    await page.locator('.phone-waiting', { hasText: 'Alice' }).waitFor();
    await page.locator('#search').fill('brun');
    expect(await page.locator('.phone').count()).toBe(1);
    await page.locator('#search').fill('+33 6 39 98 00 01');
    await page.getByRole('link', { name: /Alice/ }).click();
    await screen(page, 'text');
  });

  test.each([
    ['desktop', desktop],
    ['a dark mobile', mobile],
  ])('axe finds nothing on %s, and nothing is wider than the window', async (_name, options) => {
    const { page, ring } = await openPhone(options);
    const check = async (what: string) => {
      expect(await accessibilityProblems(page), what).toEqual([]);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      expect(overflow, what).toBeLessThanOrEqual(0);
    };
    await ring('one');
    await screen(page, 'text');
    await press(page, 'ok');
    await screen(page, 'pin');
    await check('pin');
    await press(page, 'cancel');
    await screen(page, 'none');
    await check('none');
    await page.goto(new URL('/', page.url()).href);
    await page.locator('.phone').first().waitFor();
    await check('fleet');
  });

  test('an exposed simulator asks for its token on the page, then works', async () => {
    const token = 'a-token-for-this-test';
    const simulator = await start(await aPlace(anExport(aSim())), { expose: { token } });
    const context = await browser.newContext(desktop);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${simulator.httpPort}/phone/0639980001`);
    await page.getByLabel('Jeton de ce simulateur').fill(token);
    await page.getByRole('button', { name: 'Utiliser', exact: true }).click();
    await page.getByText('Rien à répondre pour l’instant.').waitFor();
    expect(page.url()).not.toContain(token);
  });
});
