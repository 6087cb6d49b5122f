// Chapter: the service's own pages. Turning it on with the web phone, using it, looking at it, turning it off.
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import {
  approve,
  heading,
  type Person,
  referenceCode,
  type Stage,
  typeDigits,
  untilHeading,
} from '../support/browser-stage.ts';

const bruno: Person = {
  ...{ name: 'Bruno', email: 'bruno@exemple.test', msisdn: '+33639980002', typed: '06 39 98 00 02' },
  ...{ pin: '6318', password: 'bruno-demo-password' },
};

export function servicePages(stage: Stage): void {
  const root = () => `${stage.demo.at.issuer}/mobile-connect`;

  describe('The pages of the service', () => {
    test('lead from the front page through the activation to an active line, in French (A14, A19, A25, A26, A27)', async () => {
      const visitor = await stage.visitor();
      const { page } = visitor;
      await page.goto(root());
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Activer Mobile Connect' }).click();
      await untilHeading(page, 'Ouvrez votre espace Mobile Connect');
      await expectAccessible(page);
      await page.getByLabel('Numéro de mobile ou adresse e-mail').fill(bruno.typed);
      await page.getByLabel('Mot de passe').fill(bruno.password);
      await page.getByRole('button', { name: 'Se connecter' }).click();
      await untilHeading(page, /Quelle ligne/);
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Activer sur cette ligne' }).click();
      await untilHeading(page, 'Avant de commencer');
      expect(await page.getByRole('checkbox').isChecked()).toBe(false);
      await page.getByRole('button', { name: 'Accepter et continuer' }).click();
      await page.locator('[data-problem="terms_missing"]').waitFor();
      await expectAccessible(page);
      await page.getByRole('checkbox').check();
      await page.getByRole('button', { name: 'Accepter et continuer' }).click();
      // The page goes on by itself once the SIM has answered.
      await untilHeading(page, 'Votre carte SIM est prête');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Suivant' }).click();
      await untilHeading(page, 'Choisissez votre code sur le téléphone');
      await expectAccessible(page);
      expect(await page.locator('input:not([type="hidden"])').count()).toBe(0);

      const tab = await visitor.newTab();
      await tab.goto(`${stage.demo.at.simulator}/phone/${bruno.msisdn}`);
      await tab.locator('#sheet').waitFor();
      for (const digits of [await referenceCode(page), bruno.pin]) {
        const asked = await tab.locator('#screen-text').innerText();
        await typeDigits(tab, digits);
        await expect.poll(() => tab.locator('#screen-text').innerText()).not.toBe(asked);
      }
      await typeDigits(tab, bruno.pin);
      await untilHeading(page, 'Votre code est enregistré');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Activer sur mon compte' }).click();
      await untilHeading(page, 'Mobile Connect est activé');
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Voir mon service' }).click();
      await untilHeading(page, 'Mon service Mobile Connect');
      await expectAccessible(page);
      expect(await page.locator('[data-line-state="ACTIVE"]').count()).toBe(1);
    });

    test('turn it off in English without JavaScript, on a screen of 360 pixels (A42)', async () => {
      const { page } = await stage.visitor({ javaScriptEnabled: false, viewport: phoneWindow, locale: 'en-GB' });
      await page.goto(`${root()}/service`);
      await page.getByLabel('Mobile number or e-mail address').fill(bruno.email);
      await page.getByLabel('Password').fill(bruno.password);
      await page.getByRole('button', { name: 'Log in' }).click();
      await untilHeading(page, 'My Mobile Connect service');
      await expectNoSideways(page);
      await page.getByRole('button', { name: 'Deactivate for this account' }).click();
      await untilHeading(page, 'Confirm on your phone');
      await expectNoSideways(page);
      const phone = stage.demo.phone(bruno.msisdn);
      expect((await phone.waitForScreen()).text).toContain('Deactivate');
      await phone.code(await referenceCode(page));
      await approve(stage, bruno);
      // Nobody touches the page: it asks again every few seconds.
      await untilHeading(page, 'Mobile Connect is deactivated');
      expect(await heading(page)).toBe('Mobile Connect is deactivated');
      await page.getByRole('link', { name: 'See my service' }).click();
      await page.locator('[data-line-state="DEACTIVATED"]').waitFor();
    });
  });
}
