// Chapter: Emma adds David's mobile contract with the code that his phone shows; he contests it by the link of his
// e-mail. In French, then in English.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import {
  approve,
  david,
  emma,
  expectAccessibleInBoth,
  giveIdentifier,
  type Stage,
  untilHeading,
} from '../support/browser-stage.ts';
import { until } from '../support/flow-until.ts';

/** To the first page of the wizard, logging in on the way. */
async function openWizard(stage: Stage, page: Page): Promise<void> {
  await page.goto(`${stage.demo.at.portal}/contracts`);
  await giveIdentifier(page, emma.typed);
  await page.locator('[data-status="pending"]').waitFor();
  await approve(stage, emma);
  await page.waitForURL(`${stage.demo.at.portal}/contracts`);
  await page.getByRole('main').locator('a[href="/contracts/add"]').click();
}

/** The code on David's web phone, which says who asks and what it is good for. */
async function codeOnPhone(stage: Stage, tab: Page): Promise<string> {
  await tab.goto(`${stage.demo.at.simulator}/phone/${david.msisdn}`);
  const sms = tab.locator('#inbox li', { hasText: 'E*** M***' }).first();
  await sms.waitFor();
  const text = await sms.innerText();
  expect(text).toContain('demande à gérer votre contrat');
  return /\b(\d{6})\b/.exec(text)?.[1] ?? '';
}

/** The link in the newest e-mail to David that has one. */
async function linkFor({ demo }: Stage): Promise<string> {
  return await until('the e-mail is there', async () => {
    const response = await fetch(`${demo.at.simulator}/v1/mail?to=${encodeURIComponent(david.email)}`);
    const mails = (await response.json()) as { text: string }[];
    return mails.map(({ text }) => /^ {2}(http\S+)$/m.exec(text)?.[1]).find((link) => link !== undefined);
  });
}

export function attachContract(stage: Stage): void {
  describe('A relative’s contract', () => {
    test('is added with the code from his phone (C02, C09, C13, C17, C19, C20, C23), and contested by the link (C16)', async () => {
      const visitor = await stage.visitor();
      const { page } = visitor;
      await openWizard(stage, page);
      await untilHeading(page, 'Ajouter un contrat');
      await expectAccessible(page);
      await page.getByRole('radio', { name: 'Mobile', exact: true }).check();
      await page.getByRole('button', { name: 'Continuer' }).click();
      await untilHeading(page, /De quel contrat/);
      await expectAccessible(page);

      await page.getByLabel('Référence client').fill('C999999');
      await page.getByLabel('Référence du contrat').fill('K999999');
      await page.getByLabel('Référence du contrat').press('Enter');
      await page.locator('[data-problem="not_matched"]').waitFor();
      await expectAccessible(page);
      await page.getByLabel('Numéro de la ligne mobile').fill(david.typed);
      await page.getByLabel('Numéro de la ligne mobile').press('Enter');
      await untilHeading(page, 'Le code reçu sur la ligne');
      await expectAccessible(page);
      const tab = await visitor.newTab();
      const code = await codeOnPhone(stage, tab);
      await expectAccessible(tab);
      await page.getByLabel('Code à 6 chiffres').fill(code === '000000' ? '111111' : '000000');
      await page.getByRole('button', { name: 'Continuer' }).click();
      await page.locator('[data-problem="code_invalid"]').waitFor();
      await expectAccessible(page);
      await page.getByLabel('Code à 6 chiffres').fill(code);
      await page.getByRole('button', { name: 'Continuer' }).click();
      await untilHeading(page, /Qui utilise la ligne/);
      await expectAccessibleInBoth(page);
      await page.getByRole('radio', { name: 'The holder of the contract' }).check();
      await page.getByRole('button', { name: 'Continue' }).click();
      await untilHeading(page, 'How we reach you');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Yes, continue' }).click();
      await untilHeading(page, 'Last step');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Add this contract' }).click();
      await untilHeading(page, 'The contract is added');
      await expectAccessible(page);
      await page.getByRole('link', { name: 'See this contract' }).click();
      await page.getByText('managed by proxy').waitFor();
      const contract = page.url();

      const { page: his } = await stage.visitor();
      await his.goto(await linkFor(stage));
      await untilHeading(his, 'Contester une procuration');
      await expectAccessibleInBoth(his);
      await his.getByRole('button', { name: 'End the proxy' }).click();
      await untilHeading(his, 'The proxy has ended');
      await expectAccessible(his);

      stage.forgive(/404/);
      await page.goto(contract);
      await untilHeading(page, 'Not found');
    });

    test('is asked for on a screen of 360 pixels without JavaScript, in English (C09, C12)', async () => {
      const { page } = await stage.visitor({ javaScriptEnabled: false, viewport: phoneWindow, locale: 'en-GB' });
      await openWizard(stage, page);
      await expectNoSideways(page);
      await page.getByRole('radio', { name: 'Fixed line' }).check();
      await page.getByRole('button', { name: 'Continue' }).click();
      await untilHeading(page, 'Which contract is it?');
      await expectNoSideways(page);
      await page.getByLabel('Customer reference').fill('C100007');
      await page.getByLabel('Contract reference').fill('K200007');
      await page.getByRole('button', { name: 'Continue' }).click();
      await untilHeading(page, 'How we reach you');
      await expectNoSideways(page);
    });
  });
}
