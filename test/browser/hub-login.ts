// Chapter: somebody enters a public service by a hub, which asks the operator who she is.
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import {
  alice,
  approve,
  expectAccessibleInBoth,
  giveIdentifier,
  type Stage,
  tabTo,
  untilHeading,
} from '../support/browser-stage.ts';

const selfApproving = '06 39 98 25 00';

export function hubLogin(stage: Stage): void {
  describe('A login at the hub', () => {
    test('opens each service under another identifier, and asks anew after a logout (A35, A36)', async () => {
      const hub = `${stage.demo.at.portal}/hub`;
      const { page } = await stage.visitor();
      await page.goto(hub);
      await untilHeading(page, 'Une seule connexion pour les services publics');
      await expectAccessibleInBoth(page);
      await page.getByRole('link', { name: 'Français' }).click();
      await page.getByRole('link', { name: 'Impôts' }).click();
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Entrer par le portail des services' }).click();
      await page.locator('input[name="identifier"]').waitFor();
      await expectAccessibleInBoth(page);
      await giveIdentifier(page, alice.typed);
      await page.locator('[data-status="pending"]').waitFor();
      await expectAccessible(page);
      expect(await page.getByRole('button', { name: 'Cancel and return to Portail des services' }).count()).toBe(1);
      await approve(stage, alice);
      await untilHeading(page, 'Portail des services demande votre accord');
      await expectAccessibleInBoth(page);
      await page.getByRole('button', { name: /^I agree|^Allow/ }).click();
      await page.waitForURL(`${hub}/services/taxes`);
      await expectAccessible(page);
      const atTaxes = await page.locator('[data-pseudonym]').innerText();
      await page.goto(`${hub}/enter/library`);
      await page.waitForURL(`${hub}/services/library`);
      expect(await page.locator('[data-pseudonym]').innerText()).not.toBe(atTaxes);

      await page.goto(hub);
      await untilHeading(page, /Alice/);
      await expectAccessibleInBoth(page);
      await page.getByRole('button', { name: 'Log out' }).click();
      // The operator asks nothing: the hub's hint says enough.
      await page.waitForURL(`${hub}?state=signed-out`);
      await page.goto(`${hub}/enter/taxes`);
      await page.locator('input[name="identifier"]').waitFor();
    });

    test('leads back to the hub from the waiting page, by keyboard and without JavaScript (F15)', async () => {
      const { page } = await stage.visitor({ javaScriptEnabled: false, viewport: phoneWindow });
      await page.goto(`${stage.demo.at.portal}/hub/login`);
      await giveIdentifier(page, '06 39 98 22 08');
      await page.locator('[data-status="pending"]').waitFor();
      await expectNoSideways(page);
      await tabTo(page, page.getByRole('button', { name: 'Annuler et revenir à Portail des services' }));
      await page.keyboard.press('Enter');
      await untilHeading(page, 'Connexion annulée');
      expect(new URL(page.url()).pathname).toBe('/hub/callback');
    });

    test('ends at the hub when consent is denied (F09)', async () => {
      const { page } = await stage.visitor({ viewport: phoneWindow });
      await page.goto(`${stage.demo.at.portal}/hub/enter/health`);
      await giveIdentifier(page, selfApproving);
      await untilHeading(page, 'Portail des services demande votre accord');
      await expectNoSideways(page);
      await page.getByRole('button', { name: 'Je refuse' }).click();
      await untilHeading(page, 'Connexion annulée');
      await expectAccessible(page);
    });
  });
}
