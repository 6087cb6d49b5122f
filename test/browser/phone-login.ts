// Chapter: logging in with the phone, from the portal's home page to the profile.
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import {
  alice,
  approve,
  david,
  emma,
  expectAccessibleInBoth,
  farid,
  giveIdentifier,
  heading,
  hugo,
  ines,
  openLogin,
  openPhone,
  referenceCode,
  ring,
  type Stage,
  tabTo,
  typeDigits,
  untilHeading,
} from '../support/browser-stage.ts';

export function phoneLogin(stage: Stage): void {
  describe('A login with the phone', () => {
    test('goes on by itself on the computer while the PIN is typed on the phone (A30, A31, A32)', async () => {
      const visitor = await stage.visitor();
      const { page } = visitor;
      await page.goto(stage.demo.at.portal);
      await expectAccessible(page);
      await openLogin(stage, page);
      expect(await heading(page)).toBe('Connectez-vous');
      await expectAccessible(page);
      await giveIdentifier(page, alice.typed);
      await untilHeading(page, 'Regardez votre téléphone');
      await expectAccessible(page);
      // The PIN has no place on any page of the provider.
      expect(await page.locator('input:not([type="hidden"])').count()).toBe(0);

      const tab = await openPhone(stage, visitor, alice);
      expect(await tab.locator('[data-reference-code]').innerText()).toBe(await referenceCode(page));
      await expectAccessible(tab);
      await tab.locator('[data-key="ok"]').click();
      await tab.locator('[data-screen="pin"]').waitFor();
      await expectAccessible(tab);
      await typeDigits(tab, alice.pin);

      await page.waitForURL(`${stage.demo.at.portal}/profile`);
      expect(await heading(page)).toBe('Bonjour Alice');
      expect(await page.getByRole('main').innerText()).toMatch(/Alice Martin[\s\S]*Sécurité élevée/);
      await expectAccessible(page);
      await tab.getByText('Rien à répondre pour l’instant.').waitFor();
    });

    test('works in English, chosen on the portal, on a screen of 360 pixels', async () => {
      const visitor = await stage.visitor({ viewport: phoneWindow });
      const { page } = visitor;
      const steps = async () => {
        await expectAccessible(page);
        await expectNoSideways(page);
      };
      await openLogin(stage, page, 'en');
      expect(await heading(page)).toBe('Log in');
      await steps();
      await giveIdentifier(page, david.typed);
      await untilHeading(page, 'Look at your phone');
      await steps();
      const tab = await openPhone(stage, visitor, david);
      await tab.locator('[data-language="en"]').click();
      await expectAccessible(tab);
      await expectNoSideways(tab);
      // The SIM speaks the language of the page that rang it.
      await tab.locator('[data-key="ok"]').click();
      await tab.getByText('Enter your 4-digit PIN', { exact: true }).waitFor();
      await typeDigits(tab, david.pin);
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
      expect(await heading(page)).toBe('Hello David');
      await steps();
    });

    test.each([
      ['fr', emma, 'Bonjour Emma'],
      ['en', farid, 'Hello Farid'],
    ] as const)('works without JavaScript (%s)', async (language, who, greeting) => {
      const { page } = await stage.visitor({ javaScriptEnabled: false, viewport: phoneWindow });
      await openLogin(stage, page, language);
      await giveIdentifier(page, who.typed);
      const code = await referenceCode(page);
      const screen = await stage.demo.phone(who.msisdn).waitForScreen();
      expect(screen.referenceCode).toBe(code);
      await approve(stage, who);
      // Nobody touches the page: it asks again every few seconds.
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
      expect(await heading(page)).toBe(greeting);
    });

    test('needs no mouse', async () => {
      const visitor = await stage.visitor();
      const { page } = visitor;
      await page.goto(stage.demo.at.portal);
      await tabTo(page, page.getByRole('main').getByText('Se connecter'));
      await page.keyboard.press('Enter');
      await page.waitForURL(`${stage.demo.at.issuer}/interaction/**`);
      // The first stop of every page leads past its head.
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await tabTo(page, page.locator('input[name="identifier"]'));
      await page.keyboard.type(ines.typed);
      await tabTo(page, page.getByRole('button', { name: 'Continuer' }));
      await page.keyboard.press('Enter');
      await untilHeading(page, 'Regardez votre téléphone');
      const tab = await openPhone(stage, visitor, ines);
      await tab.keyboard.press('Enter');
      await tab.locator('[data-screen="pin"]').waitFor();
      await tab.keyboard.type(ines.pin);
      await tab.keyboard.press('Enter');
      // The fragment of the skip link stays in the address.
      await page.waitForURL(`${stage.demo.at.portal}/profile*`);
    });

    test('asks for the PIN again after a wrong one, on the phone', async () => {
      const visitor = await stage.visitor();
      const { page } = visitor;
      await ring(stage, page, alice);
      const tab = await openPhone(stage, visitor, alice);
      await tab.locator('[data-key="ok"]').click();
      await tab.locator('[data-screen="pin"]').waitFor();
      await typeDigits(tab, '1111');
      await tab.getByText('Code faux, encore 2 essais', { exact: true }).waitFor();
      expect(await page.locator('[data-status]').getAttribute('data-status')).toBe('pending');
      await typeDigits(tab, alice.pin);
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
    });

    test('asks which account is meant when the SIM serves two', async () => {
      const { page } = await stage.visitor();
      await ring(stage, page, hugo);
      await approve(stage, hugo);
      await untilHeading(page, 'Choisissez un compte');
      await expectAccessibleInBoth(page);
      await page.getByRole('button', { name: /pro/i }).click();
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
      expect(await page.locator('[data-source="userinfo"]').innerText()).toContain('h•••@exemple.test');
    });

    test('is not disturbed by the back button, before and after', async () => {
      const { page } = await stage.visitor();
      const code = await ring(stage, page, david);
      await page.goBack();
      await page.goForward();
      await page.locator('[data-status="pending"]').waitFor();
      expect(await referenceCode(page)).toBe(code);
      await approve(stage, david);
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
      await page.goBack();
      expect(await heading(page)).not.toBe('');
      await expectAccessible(page);
      await page.goto(`${stage.demo.at.portal}/profile`);
      expect(await heading(page)).toBe('Bonjour David');
    });

    test('can be read in the dark', async () => {
      const { page } = await stage.visitor({ colorScheme: 'dark' });
      await openLogin(stage, page);
      expect(await page.evaluate("getComputedStyle(document.querySelector('main article')).backgroundColor")).toBe(
        'rgb(21, 33, 41)',
      );
      await expectAccessible(page);
      await giveIdentifier(page, 'bonjour');
      await expectAccessible(page);
      await giveIdentifier(page, emma.typed);
      await page.locator('[data-status="pending"]').waitFor();
      await expectAccessible(page);
      await approve(stage, emma);
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
    });
  });
}
