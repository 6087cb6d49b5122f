// Chapter: bills are paid at the payment provider's own page. Alice has a card declined, pays and prints her receipt, in
// both languages; David pays without JavaScript on a small screen.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import {
  alice,
  approve,
  david,
  expectAccessibleInBoth,
  giveIdentifier,
  type Person,
  type Stage,
  untilHeading,
} from '../support/browser-stage.ts';

/** Logs in with the SIM on the way to the bills. */
async function openBills(stage: Stage, page: Page, who: Person): Promise<void> {
  const url = `${stage.demo.at.portal}/bills`;
  await page.goto(url);
  await giveIdentifier(page, who.typed);
  await page.locator('[data-status="pending"]').waitFor();
  await approve(stage, who);
  await page.waitForURL(url);
}

async function typeCard(page: Page, number: string): Promise<void> {
  await page.locator('#number').fill(number);
  await page.locator('#expiry').fill('12 / 39');
  await page.locator('#code').fill('123');
  await page.locator('button[value="pay"]').click();
}

/** From the portal's page with the button to the provider's, which is somewhere else. */
async function goToCard({ demo }: Stage, page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Payer|Pay) / }).click();
  await page.waitForURL(`${demo.at.payments}/checkout/**`);
}

export function billPayment(stage: Stage): void {
  describe('A bill', () => {
    test('is paid by card after one was declined, and its receipt is printed (A34, B13, E12, E13)', async () => {
      const { page } = await stage.visitor();
      await openBills(stage, page, alice);
      await expectAccessible(page);
      await page.locator('tr[data-state="overdue"] th a').click();
      await untilHeading(page, /^Facture F/);
      const number = (await page.getByRole('heading', { level: 1 }).innerText()).replace('Facture ', '');
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Payer par carte' }).click();
      await untilHeading(page, 'Payer par carte');
      await expectAccessible(page);
      await goToCard(stage, page);
      await expectAccessibleInBoth(page);
      await typeCard(page, '4242 4242 4242 4241');
      await page.getByRole('alert').waitFor();
      await expectAccessible(page);
      await typeCard(page, '4000 0000 0000 0002');
      await untilHeading(page, 'Paiement refusé');
      expect(await page.getByRole('main').innerText()).toContain('carte refusée par la banque');
      await expectAccessible(page);

      await page.getByRole('link', { name: 'Réessayer' }).click();
      await goToCard(stage, page);
      await typeCard(page, '4000 0000 0000 3220');
      await page.locator('button[value="refuse"]').waitFor();
      await expectAccessible(page);
      await page.locator('button[value="refuse"]').click();
      await untilHeading(page, 'Paiement refusé');
      await page.getByRole('link', { name: 'Réessayer' }).click();
      await goToCard(stage, page);
      const checkout = page.url();
      await typeCard(page, '4242 4242 4242 4242');
      await untilHeading(page, 'Merci, c’est payé');
      await expectAccessible(page);
      const paid = page.url();
      await page.getByRole('link', { name: 'Voir le reçu' }).click();
      await untilHeading(page, /^Reçu R\d{7}$/);
      expect(await page.getByRole('main').innerText()).toContain(number);
      await expectAccessibleInBoth(page);
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByRole('banner').isVisible()).toBe(false);
      expect(await page.getByRole('contentinfo').isVisible()).toBe(false);
      expect(await page.getByText('Total paid').isVisible()).toBe(true);
      await page.emulateMedia({ media: null });

      // The rest in English: what was paid is paid, there and at the provider.
      const { portal } = stage.demo.at;
      for (const address of [
        paid,
        checkout,
        ...['', '/current', '/receipts', '/pay'].map((one) => `${portal}/bills${one}`),
      ]) {
        await page.goto(address);
        await expectAccessible(page);
      }
      await page.goto(`${portal}/bills`);
      await page.getByRole('link', { name: number }).click();
      await page.locator('[data-state="settled"]').first().waitFor();
      expect(await page.getByRole('link', { name: 'Pay by card' }).count()).toBe(0);
      await expectAccessible(page);
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download as PDF' }).click(),
      ]);
      expect(file.suggestedFilename()).toBe(`bill-${number}.pdf`);
      expect(file.url()).not.toMatch(/token|ey[JA]/);
    });

    test('is paid without JavaScript on a screen of 360 pixels, with the bank’s confirmation; or is left (X98)', async () => {
      const { page } = await stage.visitor({ javaScriptEnabled: false, viewport: phoneWindow, locale: 'en-GB' });
      await page.goto(`${stage.demo.at.portal}/bills`);
      await page.locator('input[name="identifier"]').fill(david.email);
      await page.getByRole('button', { name: 'Use my password' }).click();
      await page.getByLabel('Password').fill(david.password);
      await page.getByLabel('Password').press('Enter');
      await untilHeading(page, 'My bills');
      await expectNoSideways(page);
      await page.getByRole('button', { name: 'Pay the bills chosen' }).click();
      await untilHeading(page, 'Pay by card');
      await expectNoSideways(page);
      await goToCard(stage, page);
      await expectNoSideways(page);
      await page.locator('button[value="cancel"]').click();
      await untilHeading(page, 'Payment cancelled');
      await expectNoSideways(page);
      await page.getByRole('link', { name: 'Try again' }).click();
      await goToCard(stage, page);
      await typeCard(page, '4000 0000 0000 3220');
      await page.locator('button[value="confirm"]').waitFor();
      await expectNoSideways(page);
      await page.locator('button[value="confirm"]').click();
      await untilHeading(page, 'Thank you, it is paid');
      await page.getByRole('link', { name: 'See the receipt' }).click();
      await untilHeading(page, /^Receipt R\d{7}$/);
      await expectNoSideways(page);
    });

    test('has a provider whose test cards stand on a page for everybody', async () => {
      const { page } = await stage.visitor();
      await page.goto(stage.demo.at.payments);
      await expectAccessibleInBoth(page);
    });
  });
}
