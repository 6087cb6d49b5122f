// Chapter: the simulator's pages, where the phones of the demo are.
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import { alice, farid, openPhone, ring, type Stage, untilHeading } from '../support/browser-stage.ts';

export function webPhones(stage: Stage): void {
  describe('The web phones', () => {
    test('are found by name or number, in both languages, in the light and in the dark', async () => {
      const { page } = await stage.visitor();
      await page.goto(stage.demo.at.simulator);
      await page.getByLabel('Chercher un nom ou un numéro').fill('alice');
      await page.getByRole('link', { name: /Alice/ }).waitFor();
      expect(await page.locator('.phone:visible').count()).toBe(1);
      await expectAccessible(page);
      await page.getByRole('button', { name: 'English' }).click();
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.getByLabel('Search by name or number').fill('06 39 98 00 01');
      await expectAccessible(page);
      await page.getByRole('link', { name: /Alice/ }).click();
      await untilHeading(page, alice.name);
      await page.getByText('Nothing to answer').first().waitFor();
      await expectAccessible(page);
    });

    test('fit a screen of 360 pixels, all of them', async () => {
      const { page } = await stage.visitor({ viewport: phoneWindow });
      await page.goto(stage.demo.at.simulator);
      await page.locator('.phone').first().waitFor();
      await expectNoSideways(page);
      await page.getByLabel('Chercher un nom ou un numéro').fill('83005');
      await expectAccessible(page);
    });

    test('that do not exist are said not to exist', async () => {
      stage.forgive(/\/v1\/sims\/.*: 404$/);
      const { page } = await stage.visitor();
      await page.goto(`${stage.demo.at.simulator}/phone/+33600000000`);
      await untilHeading(page, /06 00 00 00 00/);
      await expectAccessible(page);
    });

    test('show the request when they are switched on again', async () => {
      const visitor = await stage.visitor();
      const tab = await visitor.newTab();
      await tab.goto(`${stage.demo.at.simulator}/phone/${farid.msisdn}`);
      // Before the phone's state is there, it shows as switched off.
      await tab.getByLabel('Allumé').and(tab.locator(':checked')).waitFor();
      await tab.getByLabel('Allumé').uncheck();
      await tab.getByText('Le téléphone est éteint.').waitFor();
      await expectAccessible(tab);
      await ring(stage, visitor.page, farid);
      await tab.getByLabel('Allumé').check();
      await tab.locator('#sheet').waitFor();
      await tab.close();
      const again = await openPhone(stage, visitor, farid);
      await again.locator('[data-key="cancel"]').click();
      await untilHeading(visitor.page, 'La demande a été refusée');
    });
  });
}
