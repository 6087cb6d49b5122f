// Chapter: Alice has her Internet access tested and watches the bar, then her line, in English and without JavaScript;
// on the way the pages of home, help and orders are looked at.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import { alice, type Person, type Stage, untilHeading } from '../support/browser-stage.ts';

/** Logs in with a password on the way to a page of the customer area. */
async function openWithPassword(page: Page, url: string, who: Person): Promise<void> {
  await page.goto(url);
  await page.locator('input[name="identifier"]').fill(who.email);
  await page.getByRole('button', { name: /mot de passe|password/ }).click();
  await page.locator('input[name="password"]').fill(who.password);
  await page.locator('input[name="password"]').press('Enter');
  await page.waitForURL(url);
}

export function assistance(stage: Stage): void {
  describe('Assistance', () => {
    test('B41 B43 tests an Internet access, the bar moves by itself to the result; home, help and orders are accessible', async () => {
      const { page } = await stage.visitor();
      const { portal } = stage.demo.at;
      await openWithPassword(page, `${portal}/diagnostics`, alice);
      await expectAccessible(page);
      await page.locator('a[href^="/diagnostics/accesses/"]').first().click();
      await untilHeading(page, 'Tester un accès Internet');
      await expectAccessible(page);
      await page.getByLabel('C’est bien cet accès').check();
      await page.getByLabel('Internet lent').check();
      await page.getByRole('button', { name: 'Lancer les tests' }).click();
      await page.locator('progress').waitFor();
      await expectAccessible(page);
      await page.locator('[data-result="no_fault"]').waitFor({ timeout: 30_000 });
      await expectAccessible(page);
      expect(await page.getByRole('main').innerText()).toContain('aucun défaut');
      for (const path of ['/', '/help', '/orders', '/diagnostics/cases']) {
        await page.goto(`${portal}${path}`);
        await expectAccessible(page);
      }
      await page.setViewportSize(phoneWindow);
      await page.goto(`${portal}/diagnostics`);
      await expectNoSideways(page);
    });

    test('B29 B31 B32 tests a line in English and without JavaScript, through restart and confirmation', async () => {
      const { page } = await stage.visitor({ javaScriptEnabled: false, locale: 'en-GB' });
      const { portal, simulator } = stage.demo.at;
      await openWithPassword(page, `${portal}/diagnostics`, alice);
      await page.locator('a[href^="/diagnostics/lines/"]').first().click();
      await untilHeading(page, 'Test a mobile line');
      await page.locator('#number').fill('06 11 22 33 44');
      await page.getByLabel('No network').check();
      await page.getByRole('button', { name: 'Start the reconfiguration' }).click();
      await page.locator('#number[aria-invalid="true"]').waitFor();
      await page.locator('#number').fill(alice.typed);
      await page.getByRole('button', { name: 'Start the reconfiguration' }).click();
      // The page looks again by itself.
      await page.getByRole('button', { name: 'I have restarted my phone' }).waitFor({ timeout: 30_000 });
      for (const power of [false, true]) {
        await fetch(`${simulator}/v1/sims/${encodeURIComponent(alice.msisdn)}`, {
          ...{ method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ power }) },
        });
      }
      await page.getByRole('button', { name: 'I have restarted my phone' }).click();
      await page.getByRole('button', { name: 'Yes, everything works' }).waitFor({ timeout: 30_000 });
      expect(await page.getByRole('main').innerText()).not.toContain('not seen by the network');
      await page.getByRole('button', { name: 'Yes, everything works' }).click();
      await page.locator('[data-result="restored"]').waitFor();
    });
  });
}
