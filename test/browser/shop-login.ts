// Chapter: a third party asks who somebody is, and gets what that person allows.
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import {
  confirm,
  expectAccessibleInBoth,
  giveIdentifier,
  ines,
  openLogin,
  type Stage,
  untilHeading,
} from '../support/browser-stage.ts';

const selfApproving = '06 39 98 25 00';

export function shopLogin(stage: Stage): void {
  describe('A login at the shop', () => {
    test('asks for consent, once, and gives the shop an identifier of its own', async () => {
      const { page } = await stage.visitor();
      await page.goto(stage.demo.at.shop);
      await expectAccessibleInBoth(page);
      await page.getByRole('link', { name: 'Français' }).click();
      await page.getByRole('main').getByText('Se connecter avec mon mobile').click();
      // Its level leaves the password out.
      expect(await page.getByRole('button', { name: /mot de passe/ }).count()).toBe(0);
      await giveIdentifier(page, ines.typed);
      await page.locator('[data-status="pending"]').waitFor();
      await confirm(stage, ines);
      await untilHeading(page, 'Petite Boutique demande votre accord');
      expect(await page.getByRole('listitem').allInnerTexts()).toEqual(
        expect.arrayContaining(['voir votre nom et votre profil', 'voir votre adresse e-mail']),
      );
      await expectAccessibleInBoth(page);
      await page.getByRole('button', { name: /^I agree|^Allow/ }).click();
      await page.waitForURL(`${stage.demo.at.shop}/account`);
      await expectAccessibleInBoth(page);
      const atShop = await page.locator('[data-subject]').innerText();

      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByRole('main').getByText('Log in with my mobile').click();
      // The session at the operator lives, and so does the consent.
      await page.waitForURL(`${stage.demo.at.shop}/account`);
      expect(await page.locator('[data-subject]').innerText()).toBe(atShop);
      await page.goto(`${stage.demo.at.portal}/login`);
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
      await page.getByText('Technical details').click();
      expect(await page.getByRole('main').innerText()).not.toContain(atShop);
    });

    test('ends at the shop when consent is denied, with nothing shared', async () => {
      const { page } = await stage.visitor({ viewport: phoneWindow });
      await page.goto(`${stage.demo.at.shop}/login`);
      await giveIdentifier(page, selfApproving);
      await untilHeading(page, 'Petite Boutique demande votre accord');
      await expectNoSideways(page);
      await page.getByRole('button', { name: 'Je refuse' }).click();
      await untilHeading(page, 'Connexion annulée');
      expect(new URL(page.url()).pathname).toBe('/shop/callback');
      await expectAccessible(page);
      await page.goto(`${stage.demo.at.shop}/account`);
      await untilHeading(page, 'Petite Boutique demande votre accord');
    });

    test('is none of the portal’s business', async () => {
      const { page } = await stage.visitor();
      await openLogin(stage, page);
      await giveIdentifier(page, selfApproving);
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
      await page.goto(stage.demo.at.shop);
      await page.getByRole('main').getByText('Se connecter avec mon mobile').waitFor();
    });
  });
}
