// Chapter: logging in with the password, and what it is worth.
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import {
  alice,
  approve,
  david,
  expectAccessibleInBoth,
  isFocused,
  openLogin,
  ring,
  type Stage,
  untilHeading,
} from '../support/browser-stage.ts';

export function passwordLogin(stage: Stage): void {
  describe('A login with the password', () => {
    test('asks again after a wrong one, tells the phone, and may be confirmed there later (A39, A40)', async () => {
      const { page } = await stage.visitor();
      await openLogin(stage, page);
      await page.getByRole('textbox').fill(alice.email);
      await page.getByRole('button', { name: 'Utiliser mon mot de passe' }).click();
      await untilHeading(page, 'Tapez votre mot de passe');
      await expectAccessibleInBoth(page);
      await page.getByRole('link', { name: 'Français' }).click();
      await page.getByLabel('Mot de passe').fill('alice-wrong-password');
      await page.getByRole('button', { name: 'Se connecter' }).click();
      const summary = page.getByRole('alert');
      await summary.waitFor();
      expect(await isFocused(summary)).toBe(true);
      // A password is never sent back to the page.
      expect(await page.getByLabel('Mot de passe').inputValue()).toBe('');
      await expectAccessible(page);
      await page.getByLabel('Mot de passe').fill(alice.password);
      await page.getByRole('button', { name: 'Se connecter' }).click();
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
      expect(await page.getByRole('main').innerText()).toContain('Sécurité simple');
      await expectAccessible(page);
      expect((await stage.demo.phone(alice.msisdn).waitForSms()).text).toContain('mot de passe');

      await page.getByRole('main').getByText('Confirmer avec mon téléphone').click();
      await page.getByRole('textbox').fill(alice.typed);
      await page.getByRole('button', { name: 'Continuer' }).click();
      await page.locator('[data-status="pending"]').waitFor();
      await approve(stage, alice);
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
      expect(await page.getByRole('main').innerText()).toContain('Sécurité élevée');
    });

    test('is one button away while the phone is asked, in English on a small screen', async () => {
      const { page } = await stage.visitor({ locale: 'en-GB', viewport: phoneWindow });
      await page.goto(`${stage.demo.at.portal}/login`);
      await page.getByRole('textbox').fill(david.typed);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('button', { name: 'Use my password' }).click();
      await untilHeading(page, /password/);
      await expectAccessible(page);
      await expectNoSideways(page);
      await page.getByLabel('Password').fill(david.password);
      await page.keyboard.press('Enter');
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
    });

    test('gives way to the phone again', async () => {
      const { page } = await stage.visitor();
      await ring(stage, page, david);
      await page.getByRole('button', { name: 'Utiliser mon mot de passe' }).click();
      await page.getByRole('button', { name: 'Utiliser mon téléphone' }).click();
      await page.locator('[data-status="pending"]').waitFor();
      const phone = stage.demo.phone(david.msisdn);
      await phone.waitForScreen();
      await page.getByRole('button', { name: /^Annuler/ }).click();
      await untilHeading(page, 'Connexion annulée');
    });
  });
}
