// Chapter: the customer area of the second operator, in its own dress: an account by Account ID with the code that the
// phone shows, bills in its currency and in both languages, and a company with all its accounts.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import { expectAccessibleInBoth, type Stage, untilHeading } from '../support/browser-stage.ts';

const password = 'four seasons in the garden';
const areaOf = ({ demo }: Stage): string => `${demo.at.portal}/ile`;

interface Newcomer {
  /** As it stands on a bill. */
  readonly id: string;
  readonly msisdn: string;
  readonly name: string;
}

/** From the first page of the area to the end of the registration. */
async function register(stage: Stage, page: Page, { id, msisdn, name }: Newcomer): Promise<void> {
  await page.goto(areaOf(stage));
  await page.getByRole('link', { name: 'Créer mon compte' }).click();
  await page.waitForURL(`${stage.demo.at.issuer}/ile/register`);
  await expectAccessibleInBoth(page);
  await page.getByLabel('Account ID or Customer ID').fill(id);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('First name').fill(name);
  await page.getByLabel('Last name').fill('Li');
  await page.getByLabel('E-mail address').fill(`${name.toLowerCase()}@exemple.test`);
  await page.getByLabel('Number to reach you at').fill('+230 5999 0202');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('checkbox').check();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Get the code' }).click();
  await page.getByLabel('Activation code').waitFor();
  await expectAccessible(page);
  const { text } = await stage.demo.phone(msisdn).waitForSms();
  await page.getByLabel('Activation code').fill(/\b\d{6}\b/.exec(text)?.[0] ?? '');
  await page.getByRole('button', { name: 'Continue' }).click();
  await untilHeading(page, 'Choose your password');
  await expectAccessible(page);
  for (const field of await page.locator('input[type="password"]').all()) await field.fill(password);
  await page.getByRole('button', { name: 'Finish the registration' }).click();
  await untilHeading(page, 'Your registration is confirmed');
  await expectAccessible(page);
}

/** By the way in that has neither phone nor SIM. */
async function logIn(stage: Stage, page: Page, id: string): Promise<void> {
  await page.goto(`${areaOf(stage)}/login?returnTo=%2File%2Fbills`);
  await expectAccessibleInBoth(page);
  await page.getByLabel('Account ID or Customer ID').fill(id);
  await page.getByRole('main').getByRole('button').first().click();
  await page.locator('input[type="password"]').fill(password);
  await page.locator('input[type="password"]').press('Enter');
  await page.waitForURL(`${areaOf(stage)}/bills`);
}

export function secondOperator(stage: Stage): void {
  describe('The area of the second operator', () => {
    test('E02 E09 E15 lets somebody register with the code on her phone, and shows her bills in rupees', async () => {
      const { page } = await stage.visitor();
      const anya = { id: '9000 0202', msisdn: '+23059990202', name: 'Anya' };
      await register(stage, page, anya);
      await logIn(stage, page, anya.id);
      const words = await page.locator('body').innerText();
      expect(words).toContain('Île Télécom');
      expect(words).toContain('8900');
      expect(words).toMatch(/Rs\s?[\d,]+/);
      expect(words).not.toMatch(/€|Mobile Connect/);
      for (const path of ['', '/bills', '/bills/current', '/bills/receipts', '/profile', '/help']) {
        for (const lang of ['fr', 'en']) {
          await page.goto(`${areaOf(stage)}${path}?lang=${lang}`);
          expect(await page.locator('html').getAttribute('lang')).toBe(lang);
          await expectAccessible(page);
        }
      }
      // Its session is its own: at the first operator's area nobody is logged in, nor is the cookie sent there.
      const cookies = await page.context().cookies(stage.demo.at.portal);
      expect(cookies.map(({ name }) => name)).not.toContain('exemple_ile');
      await page.goto(`${stage.demo.at.portal}/`);
      await page.getByRole('link', { name: 'Log in' }).first().waitFor();
    });

    test('E22 shows a company all its accounts, on a small screen', async () => {
      const { page } = await stage.visitor({ viewport: phoneWindow });
      const priya = { id: 'CDEM0-MARNE-S2026-X7Q4Z-K', msisdn: '+23059990101', name: 'Priya' };
      await register(stage, page, priya);
      await logIn(stage, page, priya.id);
      const words = await page.getByRole('main').innerText();
      for (const account of ['90000101', '90000102', '90000103']) expect(words).toContain(account);
      await expectAccessible(page);
      await expectNoSideways(page);
    });
  });
}
