// Lost, found, a new SIM, the PUK: as a person without her phone goes through them, in both languages.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible } from '../support/browser-chromium.ts';
import { expectAccessibleInBoth, farid, heading, type Stage, untilHeading } from '../support/browser-stage.ts';
import { until } from '../support/flow-until.ts';

const { typed, email, password } = farid;

async function enter({ demo }: Stage, page: Page, path: string): Promise<void> {
  await page.goto(`${demo.at.issuer}/mobile-connect/${path}`);
  await page.locator('input[name="identifier"]').fill(typed);
  await page.locator('input[name="password"]').fill(password);
  await page.locator('input[name="password"]').press('Enter');
  await page.waitForURL(`**/mobile-connect/${path}`);
}

/** The code in the newest e-mail to this address. */
async function codeFor({ demo }: Stage, to: string): Promise<string> {
  return await until('the code is there', async () => {
    const response = await fetch(`${demo.at.simulator}/v1/mail?to=${encodeURIComponent(to)}`);
    const mails = (await response.json()) as { text: string }[];
    return mails.map(({ text }) => /^ {2}(\d{6})$/m.exec(text)?.[1]).find((code) => code !== undefined);
  });
}

export function linePages(stage: Stage): void {
  describe('a lost phone', () => {
    test('A54 is cut by the password and one button, in words and markup for everybody', async () => {
      const { page } = await stage.visitor();
      await enter(stage, page, 'lost');
      expect(await heading(page)).toBe('Mon téléphone est perdu ou volé');
      await expectAccessibleInBoth(page);
      await page.getByRole('radio', { name: 'It was stolen' }).check();
      await page.getByRole('button', { name: 'Suspend the line now' }).click();
      await page.locator('[data-line-suspended]').waitFor();
      await expectAccessible(page);
      await page.getByRole('link', { name: 'I have a new SIM' }).click();
      await untilHeading(page, 'My new SIM');
      await expectAccessible(page);
      stage.forgive(/422/);
      await page.locator('#number').fill('1234');
      await page.getByRole('button', { name: 'Activate this SIM' }).click();
      await page.locator('[data-problem="numberWrong"]').waitFor();
      await expectAccessible(page);
    });

    test('b3 X59 comes back by the code of the e-mail', async () => {
      const { page } = await stage.visitor();
      await enter(stage, page, 'found');
      await expectAccessibleInBoth(page);
      await page.getByRole('button', { name: 'Send the code' }).click();
      await page.locator('#code').waitFor();
      await expectAccessible(page);
      await page.locator('#code').fill(await codeFor(stage, email));
      await page.getByRole('button', { name: 'Put the line back into service' }).click();
      await page.getByText('Your lines are in service.').waitFor();
      await expectAccessible(page);
    });

    test('B27 the PUK is shown once', async () => {
      const { page } = await stage.visitor();
      await enter(stage, page, 'puk');
      await expectAccessibleInBoth(page);
      await page.getByRole('button', { name: 'Show the PUK' }).click();
      expect(await page.locator('.reference').innerText()).toMatch(/^\d{8}$/);
      await expectAccessible(page);
    });
  });
}
