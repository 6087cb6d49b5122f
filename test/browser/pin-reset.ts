// Chapter: a forgotten PIN, in both languages, by the sum in words as somebody would who cannot see the picture.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import {
  expectAccessibleInBoth,
  farid,
  isFocused,
  openLogin,
  type Stage,
  untilHeading,
} from '../support/browser-stage.ts';
import { choosePin, codeFromSms, newestSms, sumIn } from '../support/flow-reset.ts';

export function pinReset(stage: Stage): void {
  describe('A forgotten PIN', () => {
    test('is replaced on the phone, from the link of the login page on, in French and in English (A44 to A48)', async () => {
      const { page } = await stage.visitor();
      await openLogin(stage, page);
      await page.getByRole('link', { name: 'Code Mobile Connect oublié' }).click();
      await untilHeading(page, 'Code secret oublié');
      await expectAccessibleInBoth(page);
      await page.getByLabel('Mobile number').fill(farid.typed);
      await page.keyboard.press('Enter');
      await untilHeading(page, 'One check');
      await expectAccessible(page);
      await page.getByRole('textbox').fill('WRONG');
      await page.keyboard.press('Enter');
      const summary = page.getByRole('alert');
      await summary.waitFor();
      expect(await isFocused(summary)).toBe(true);
      await expectAccessible(page);
      const phone = stage.demo.phone(farid.msisdn);
      const before = await newestSms(phone);
      await passRobot(page);
      await untilHeading(page, 'Type the code from the SMS');
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Français' }).click();
      await untilHeading(page, 'Tapez le code reçu par SMS');
      await expectAccessible(page);
      await page.getByLabel('Code à six chiffres').fill(await codeFromSms(phone, before));
      await page.keyboard.press('Enter');
      await page.locator('[data-status="pending"]').waitFor();
      await expectAccessible(page);
      const digits = (await page.locator('[data-reference-code]').getAttribute('data-reference-code')) ?? '';
      await choosePin(phone, { referenceCode: digits, pin: farid.pin });
      // The page goes on by itself.
      await untilHeading(page, 'Votre nouveau code est enregistré');
      await expectAccessible(page);
    });

    test('looks the same for a number that nobody has, on a small screen (A45)', async () => {
      const { page } = await stage.visitor({ locale: 'en-GB', viewport: phoneWindow });
      await page.goto(`${stage.demo.at.issuer}/mobile-connect/reset`);
      await page.getByRole('textbox').fill('06 39 98 99 99');
      await page.getByRole('button', { name: 'Continue' }).click();
      await expectNoSideways(page);
      await passRobot(page);
      await untilHeading(page, 'Type the code from the SMS');
      await expectNoSideways(page);
      await page.getByLabel('Code of six digits').fill('123456');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      await expectAccessible(page);
    });
  });
}

async function passRobot(page: Page): Promise<void> {
  await page.getByRole('textbox').fill(sumIn(await page.getByRole('main').innerText()));
  await page.keyboard.press('Enter');
}
