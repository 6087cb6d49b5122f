// Chapter: a forgotten password and a new account, in both languages, without a mouse where a person could do without.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import {
  emma,
  expectAccessibleInBoth,
  isFocused,
  openLogin,
  type Stage,
  untilHeading,
} from '../support/browser-stage.ts';
import { codeFromSms, newestSms, sumIn } from '../support/flow-reset.ts';
import { until } from '../support/flow-until.ts';

export function passwordReset(stage: Stage): void {
  describe('A forgotten password', () => {
    test('is replaced from the login on, which it comes back to, in French and in English (B06 to B09)', async () => {
      const { page } = await stage.visitor();
      await openLogin(stage, page);
      await page.getByRole('textbox').fill(emma.email);
      await page.getByRole('button', { name: 'Utiliser mon mot de passe' }).click();
      await untilHeading(page, 'Tapez votre mot de passe');
      await page.getByRole('link', { name: 'Mot de passe oublié' }).click();
      await untilHeading(page, 'Mot de passe oublié');
      await expectAccessibleInBoth(page);
      await page.getByLabel('Mobile number').fill(emma.email);
      await page.keyboard.press('Enter');
      await untilHeading(page, 'One check');
      await expectAccessible(page);
      await passRobot(page);
      await untilHeading(page, 'Where shall the code go?');
      await expectAccessible(page);
      const phone = stage.demo.phone(emma.msisdn);
      const before = await newestSms(phone);
      await page.getByRole('button', { name: 'By SMS to 06 ** ** ** 05' }).click();
      await untilHeading(page, 'Type the code that came');
      await page.getByLabel('Code of six digits').fill('nonsense');
      await page.keyboard.press('Enter');
      const summary = page.getByRole('alert');
      await summary.waitFor();
      expect(await isFocused(summary)).toBe(true);
      await expectAccessible(page);
      await page.getByLabel('Code of six digits').fill(await codeFromSms(phone, before));
      await page.keyboard.press('Enter');
      await untilHeading(page, 'Choose a new password');
      await page.getByRole('link', { name: 'Français' }).click();
      await untilHeading(page, 'Choisissez un nouveau mot de passe');
      await choose(page, 'court');
      await page.getByRole('alert').waitFor();
      await expectAccessible(page);
      await choose(page, 'lampadaire cerise tunnel');
      await untilHeading(page, 'Votre nouveau mot de passe est enregistré');
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Se connecter' }).click();
      await untilHeading(page, 'Tapez votre mot de passe');
      await page.getByLabel('Mot de passe').fill('lampadaire cerise tunnel');
      await page.getByRole('button', { name: 'Se connecter' }).click();
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
    });
  });

  describe('An account without a contract', () => {
    test('is opened from the login on, on a small screen (C06, C07)', async () => {
      const { page } = await stage.visitor({ locale: 'en-GB', viewport: phoneWindow });
      await page.goto(`${stage.demo.at.portal}/login`);
      await page.getByRole('link', { name: 'Open an account without a contract' }).click();
      await untilHeading(page, 'Open an account');
      await page.getByRole('link', { name: 'Français' }).click();
      await untilHeading(page, 'Ouvrir un compte');
      await expectAccessibleInBoth(page);
      await page.getByLabel('First name').fill('Paul');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      // What was typed is still there.
      expect(await page.getByLabel('First name').inputValue()).toBe('Paul');
      await expectAccessible(page);
      await expectNoSideways(page);
      await page.getByLabel('First name').fill('Paul');
      await page.getByLabel('Last name').fill('Noël');
      await page.getByLabel('E-mail address').fill('paul.noel@exemple.test');
      await page.getByRole('button', { name: 'Continue' }).click();
      await passRobot(page);
      await untilHeading(page, 'Type what has come');
      await expectAccessible(page);
      await page.getByLabel('Code from the e-mail').fill(await codeFromMail(stage, 'paul.noel@exemple.test'));
      await page.keyboard.press('Enter');
      await untilHeading(page, 'Choose your password');
      await expectAccessible(page);
      await expectNoSideways(page);
      await page.getByLabel('New password').fill('lampadaire cerise tunnel');
      await page.getByLabel('The same once more').fill('lampadaire cerise tunnel');
      await page.getByRole('checkbox').check();
      await page.getByRole('button', { name: 'Open my account' }).click();
      await untilHeading(page, 'Your account is open');
      await expectAccessible(page);
    });
  });
}

async function passRobot(page: Page): Promise<void> {
  await page.getByRole('textbox').fill(sumIn(await page.getByRole('main').innerText()));
  await page.keyboard.press('Enter');
}

async function choose(page: Page, password: string): Promise<void> {
  await page.getByLabel('Nouveau mot de passe').fill(password);
  await page.getByLabel('Le même, une seconde fois').fill(password);
  await page.keyboard.press('Enter');
}

async function codeFromMail({ demo }: Stage, to: string): Promise<string> {
  const address = `${demo.at.simulator}/v1/mail?to=${encodeURIComponent(to)}`;
  const mails = await until('the e-mail', async () => {
    const all = (await (await fetch(address)).json()) as { text: string }[];
    return all.length > 0 && all;
  });
  return /\b\d{6}\b/.exec(mails[0]?.text ?? '')?.[0] ?? '';
}
