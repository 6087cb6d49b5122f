// Chapter: Inès opens a ninth mailbox away from home, going on by her SIM; its user logs in alone. In French, then in
// English without JavaScript.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import {
  approve,
  expectAccessibleInBoth,
  giveIdentifier,
  ines,
  type Stage,
  untilHeading,
} from '../support/browser-stage.ts';
import { until } from '../support/flow-until.ts';

const address = 'lola.garcia@exemple.test';
const password = 'quatre saisons au jardin';

/** Logs in with a password on the way to a page of the customer area. */
async function openWithPassword(page: Page, url: string, who: { email: string; password: string }): Promise<void> {
  await page.goto(url);
  await page.locator('input[name="identifier"]').fill(who.email);
  await page.getByRole('button', { name: /mot de passe|password/ }).click();
  await page.locator('input[name="password"]').fill(who.password);
  await page.locator('input[name="password"]').press('Enter');
  await page.waitForURL(url);
}

/** Subjects of the e-mails to an address, once there is one about it. */
async function mailTo({ demo }: Stage, to: string, about: RegExp): Promise<string> {
  return await until(`the e-mail to ${to} is there`, async () => {
    const response = await fetch(`${demo.at.simulator}/v1/mail?to=${encodeURIComponent(to)}`);
    const mails = (await response.json()) as { subject: string; text: string }[];
    return mails.map(({ subject, text }) => `${subject}\n${text}`).find((mail) => about.test(mail));
  });
}

export function mailbox(stage: Stage): void {
  describe('A secondary mailbox', () => {
    test('is opened away from home with the SIM, and what was typed is kept (D10 to D19, X91)', async () => {
      const { page } = await stage.visitor();
      await openWithPassword(page, `${stage.demo.at.portal}/mailboxes`, ines);
      await expectAccessible(page);
      expect(await page.locator('[data-slots-left]').getAttribute('data-slots-left')).toBe('1');
      await page.getByRole('link', { name: 'Créer une adresse' }).click();
      await untilHeading(page, 'Créer une adresse e-mail');
      await expectAccessible(page);
      await page.getByLabel('Pour un proche').check();
      await page.getByLabel('Madame').check();
      await page.getByLabel('Nom', { exact: true }).fill('Garcia');
      await page.getByLabel('Prénom').fill('Lola');
      await page.getByRole('button', { name: 'Réessayer sur ma box' }).click();
      await page.locator('[data-problem="home_network_required"]').waitFor();
      expect(await page.getByRole('alert').innerText()).toContain('Recommencez depuis chez vous');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Continuer avec Mobile Connect' }).click();
      await giveIdentifier(page, ines.typed);
      await page.locator('[data-status="pending"]').waitFor();
      await approve(stage, ines);
      await untilHeading(page, 'Créer une adresse e-mail');
      expect(await page.getByLabel('Prénom').inputValue()).toBe('Lola');
      await page.getByRole('button', { name: 'Continuer' }).click();

      await untilHeading(page, 'Choisir l’adresse');
      expect(await page.getByRole('radio').count()).toBeGreaterThanOrEqual(4);
      await expectAccessible(page);
      await page.getByLabel('Une autre adresse').check();
      await page.getByLabel('Votre idée').fill('postmaster');
      await page.getByRole('button', { name: 'Continuer' }).click();
      await page.locator('[data-problem="address_taken"]').waitFor();
      await expectAccessible(page);
      await page.getByLabel(address).check();
      await page.getByRole('button', { name: 'Continuer' }).click();
      await untilHeading(page, 'Choisir le mot de passe');
      await expectAccessible(page);
      await page.getByLabel('Mot de passe', { exact: true }).fill(password);
      await page.getByLabel('Le même mot de passe').fill(`${password}!`);
      await page.getByRole('checkbox').check();
      await page.getByRole('button', { name: 'Continuer' }).click();
      await page.locator('[data-problem="validation"]').waitFor();
      await expectAccessible(page);
      await page.getByLabel('Mot de passe', { exact: true }).fill(password);
      await page.getByLabel('Le même mot de passe').fill(password);
      await page.getByRole('button', { name: 'Continuer' }).click();
      await untilHeading(page, 'Confirmer la création');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Créer cette adresse' }).click();
      await page.locator(`[data-mailbox="${address}"]`).waitFor();
      expect(await page.locator('[data-slots-left]').getAttribute('data-slots-left')).toBe('0');
      await expectAccessibleInBoth(page);
      expect(await mailTo(stage, ines.email, /l\*\*\*@exemple\.test/)).toContain('a été créée');
      expect(await mailTo(stage, address, /./)).toContain('est prête');
    });

    test('has a login of its own that shows nothing of the main account’s (D20, D21)', async () => {
      const { page } = await stage.visitor({ javaScriptEnabled: false, viewport: phoneWindow, locale: 'en-GB' });
      await openWithPassword(page, `${stage.demo.at.portal}/mailboxes`, { email: address, password });
      await untilHeading(page, 'My e-mail addresses');
      expect(await page.locator('[data-mailbox]').count()).toBe(1);
      await page.locator(`[data-mailbox="${address}"]`).waitFor();
      expect(await page.getByRole('link', { name: 'Create an address' }).count()).toBe(0);
      await expectNoSideways(page);
      stage.forgive(/403|409/);
      await page.goto(`${stage.demo.at.portal}/contracts`);
      expect(await page.getByRole('main').innerText()).not.toContain('06 39 98');
    });

    test('gets an alias and is deleted in English (D09)', async () => {
      const { page } = await stage.visitor({ locale: 'en-GB' });
      await page.goto(`${stage.demo.at.portal}/mailboxes`);
      await giveIdentifier(page, ines.typed);
      await page.locator('[data-status="pending"]').waitFor();
      await approve(stage, ines);
      await page.waitForURL(`${stage.demo.at.portal}/mailboxes`);
      await page.getByRole('link', { name: address }).click();
      await untilHeading(page, address);
      await page.getByLabel('New alias').fill('lolita');
      await page.getByRole('button', { name: 'Add this alias' }).click();
      await page.locator('[data-alias="lolita@exemple.test"]').waitFor();
      await expectAccessible(page);
      await page.getByRole('checkbox').check();
      await page.getByRole('button', { name: 'Delete for good' }).click();
      await untilHeading(page, 'My e-mail addresses');
      expect(await page.locator(`[data-mailbox="${address}"]`).count()).toBe(0);
      expect(await page.locator('[data-slots-left]').getAttribute('data-slots-left')).toBe('1');
      await expectAccessible(page);
    });
  });
}
