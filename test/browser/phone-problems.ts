// Chapter: logins with the phone that take another way. Each page says what happened and what to do next.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectAccessible } from '../support/browser-chromium.ts';
import { untilReady } from '../support/browser-demo.ts';
import {
  alice,
  david,
  emma,
  expectAccessibleInBoth,
  farid,
  giveIdentifier,
  ines,
  isFocused,
  openLogin,
  openPhone,
  referenceCode,
  ring,
  type Stage,
  typeDigits,
  untilHeading,
} from '../support/browser-stage.ts';

/** What the page offers as next steps, in its order. */
async function choices(page: Page): Promise<string[]> {
  return await page.getByRole('main').getByRole('button').allInnerTexts();
}

export function phoneProblems(stage: Stage): void {
  describe('A login with the phone that does not go straight', () => {
    test('says that it was refused on the phone; the next request has its code typed there', async () => {
      const visitor = await stage.visitor();
      const { page } = visitor;
      await ring(stage, page, emma);
      const tab = await openPhone(stage, visitor, emma);
      await tab.locator('[data-key="cancel"]').click();
      await untilHeading(page, 'La demande a été refusée');
      expect(await choices(page)).toEqual([
        'Réessayer',
        'Utiliser mon mot de passe',
        'Changer d’identifiant',
        'Annuler et revenir à Espace client',
      ]);
      await expectAccessibleInBoth(page);

      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('Type this code on your phone').waitFor();
      await expectAccessible(page);
      await tab.locator('[data-key="ok"]').click();
      await tab.locator('[data-screen="code"]').waitFor();
      // Whoever does not see the page cannot know it.
      expect(await tab.locator('#reference').isVisible()).toBe(false);
      await expectAccessible(tab);
      await typeDigits(tab, await referenceCode(page));
      await tab.locator('[data-screen="pin"]').waitFor();
      await typeDigits(tab, emma.pin);
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
    });

    test('says no more than "refused" when somebody answers "it was not me"', async () => {
      const visitor = await stage.visitor();
      await ring(stage, visitor.page, ines);
      const tab = await openPhone(stage, visitor, ines);
      await tab.locator('[data-key="fraud"]').click();
      await untilHeading(visitor.page, 'La demande a été refusée');
    });

    test('says that nobody answered in time', async () => {
      const { page } = await stage.visitor();
      await ring(stage, page, farid);
      const phone = stage.demo.phone(farid.msisdn);
      await phone.waitForScreen();
      await stage.demo.advanceClock(121);
      await page.reload();
      await untilHeading(page, 'La demande est restée sans réponse');
      expect((await choices(page))[0]).toBe('Réessayer');
      await expectAccessibleInBoth(page);
      await phone.cancel();
    });

    test('says that no phone can be reached while the SMSC is away, offers the password, and recovers', async () => {
      const { page } = await stage.visitor();
      await openLogin(stage, page);
      stage.demo.smsc.cut();
      await untilReady(stage.demo.at, 503);
      await giveIdentifier(page, david.typed);
      await untilHeading(page, 'Votre téléphone est injoignable pour le moment');
      expect(await choices(page)).toContain('Utiliser mon mot de passe');
      await expectAccessibleInBoth(page);
      stage.demo.smsc.restore();
      await untilReady(stage.demo.at);
      await page.getByRole('button', { name: 'Try again' }).click();
      await untilHeading(page, 'Look at your phone');
      const phone = stage.demo.phone(david.msisdn);
      await phone.waitForScreen();
      await phone.pin(david.pin);
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
    });

    test.each([
      ['fr', '06 39 98', /ni un numéro de mobile ni une adresse/],
      ['en', 'alice@', /neither a mobile number nor an e-mail/],
    ] as const)('keeps what was typed when it is no number, and says so first (%s)', async (language, typed, words) => {
      const { page } = await stage.visitor();
      await openLogin(stage, page, language);
      await giveIdentifier(page, typed);
      const summary = page.getByRole('alert');
      await summary.filter({ hasText: words }).waitFor();
      expect(await isFocused(summary)).toBe(true);
      const field = page.getByRole('textbox');
      expect(await field.inputValue()).toBe(typed);
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      expect(await field.getAttribute('aria-describedby')).toContain('problem');
      await expectAccessible(page);
    });

    test('goes back to the portal when it is cancelled, and the phone is told', async () => {
      const visitor = await stage.visitor();
      const { page } = visitor;
      await ring(stage, page, alice);
      const tab = await openPhone(stage, visitor, alice);
      await page.getByRole('button', { name: 'Annuler et revenir à Espace client' }).click();
      await untilHeading(page, 'Connexion annulée');
      expect(page.url().startsWith(stage.demo.at.portal)).toBe(true);
      await expectAccessible(page);
      await tab.locator('[data-screen="none"]').waitFor();
      await page.getByRole('main').getByText('Réessayer').click();
      await untilHeading(page, 'Connectez-vous');
    });

    test('can be begun anew with another number', async () => {
      const { page } = await stage.visitor();
      await ring(stage, page, alice);
      await page.getByRole('button', { name: 'Changer d’identifiant' }).click();
      await untilHeading(page, 'Connectez-vous');
      await giveIdentifier(page, '+33 6 39 98 25 00');
      await page.waitForURL(`${stage.demo.at.portal}/profile`);
    });
  });
}
