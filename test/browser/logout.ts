// Chapter: logging out of the portal, and of the provider if one wants to.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible } from '../support/browser-chromium.ts';
import {
  expectAccessibleInBoth,
  giveIdentifier,
  openLogin,
  type Stage,
  untilHeading,
} from '../support/browser-stage.ts';

export function logout(stage: Stage): void {
  const logIn = async (page: Page): Promise<void> => {
    await openLogin(stage, page);
    await giveIdentifier(page, '06 39 98 25 00');
    await page.waitForURL(`${stage.demo.at.portal}/profile`);
  };

  describe('A logout', () => {
    test('is confirmed at the provider, ends both sessions and comes back to the portal', async () => {
      const { page } = await stage.visitor();
      await logIn(page);
      await page.goto(stage.demo.at.portal);
      await untilHeading(page, /^Bonjour/);
      await expectAccessibleInBoth(page);
      await page.getByRole('link', { name: 'Français' }).click();
      await page.getByRole('button', { name: 'Se déconnecter' }).click();
      await untilHeading(page, 'Voulez-vous vous déconnecter ?');
      await expectAccessibleInBoth(page);
      await page.getByRole('button', { name: /^Log me out|^Log out/ }).click();
      await page.getByRole('status').waitFor();
      expect(new URL(page.url()).origin).toBe(stage.demo.at.portal);
      await expectAccessible(page);
      await page.goto(`${stage.demo.at.portal}/profile`);
      await untilHeading(page, /Connectez-vous|Log in/);
    });

    test('may leave the session at the provider, so that the next login asks nothing', async () => {
      const { page } = await stage.visitor();
      await logIn(page);
      await page.getByRole('button', { name: 'Se déconnecter' }).click();
      await page.getByRole('button', { name: 'Rester connecté' }).click();
      await page.waitForURL(`${stage.demo.at.portal}/**`);
      await page.goto(`${stage.demo.at.portal}/login`);
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
    });

    test('ends at a page of the provider when nobody sent the browser there', async () => {
      const { page } = await stage.visitor();
      await logIn(page);
      await page.goto(`${stage.demo.at.issuer}/session/end`);
      await untilHeading(page, 'Voulez-vous vous déconnecter ?');
      await page.getByRole('button', { name: 'Me déconnecter' }).click();
      await untilHeading(page, 'C’est fait');
      await expectAccessibleInBoth(page);
      // Back-channel: the portal heard of it.
      await page.goto(`${stage.demo.at.portal}/profile`);
      await untilHeading(page, /Connectez-vous|Log in/);
    });
  });
}
