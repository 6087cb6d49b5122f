// Chapter: links that are foreign, old, wrong or lead nowhere. A neutral page, and nothing happens.
import { describe, expect, test } from 'vitest';
import { expectAccessible } from '../support/browser-chromium.ts';
import {
  alice,
  approve,
  expectAccessibleInBoth,
  openLogin,
  ring,
  type Stage,
  untilHeading,
} from '../support/browser-stage.ts';

export function guards(stage: Stage): void {
  describe('A link that somebody should not follow', () => {
    test('to the waiting page shows nothing in another browser, and the login stays where it began (X30)', async () => {
      const victim = await stage.visitor();
      const attacker = await stage.visitor();
      const code = await ring(stage, attacker.page, alice);
      await victim.page.goto(attacker.page.url());
      await untilHeading(victim.page, 'Cette connexion n’est plus en cours');
      const words = await victim.page.content();
      for (const secret of [code, '98 ** 01', 'Espace client']) expect(words).not.toContain(secret);
      await expectAccessibleInBoth(victim.page);
      await approve(stage, alice);
      await attacker.page.waitForURL(`${stage.demo.at.portal}/profile`);
      await victim.page.goto(`${stage.demo.at.portal}/profile`);
      await untilHeading(victim.page, /Connectez-vous|Log in/);
    });

    test('to a login that never was gets the same page', async () => {
      const { page } = await stage.visitor();
      const answer = await page.goto(`${stage.demo.at.issuer}/interaction/never-was`);
      expect(answer?.status()).toBe(400);
      await untilHeading(page, 'Cette connexion n’est plus en cours');
    });

    test('with a redirect_uri of somebody else stays at the provider and names the client', async () => {
      const { page } = await stage.visitor();
      const query = new URLSearchParams({
        client_id: 'portal',
        response_type: 'code',
        scope: 'openid',
        redirect_uri: 'https://evil.exemple.test/callback',
      });
      await page.goto(`${stage.demo.at.issuer}/auth?${query}`);
      await untilHeading(page, 'Ce service ne peut pas vous connecter');
      expect(new URL(page.url()).origin).toBe(stage.demo.at.issuer);
      await page.getByText('Détails techniques').click();
      expect(await page.locator('code').allInnerTexts()).toContain('invalid_redirect_uri');
      expect(await page.getByRole('main').innerHTML()).not.toContain('evil.exemple.test');
      await expectAccessibleInBoth(page);
    });

    test('to a page that is not there says so, at the provider, the portal and the shop', async () => {
      const { page } = await stage.visitor();
      for (const site of [stage.demo.at.issuer, stage.demo.at.portal, stage.demo.at.shop]) {
        const answer = await page.goto(`${site}/no-such-page`);
        expect(answer?.status()).toBe(404);
        await untilHeading(page, 'Page introuvable');
        await expectAccessible(page);
      }
      await page.getByRole('link', { name: 'English' }).click();
      await untilHeading(page, /./);
      await page.goto(`${stage.demo.at.issuer}/no-such-page?lang=en`);
      await untilHeading(page, 'Page not found');
    });

    test('back to the portal with an answer that nobody asked for logs nobody in', async () => {
      const { page } = await stage.visitor();
      await page.goto(`${stage.demo.at.portal}/callback?code=stolen&state=foreign`);
      await untilHeading(page, 'Cette connexion n’est plus valable');
      await expectAccessible(page);
    });
  });

  test('A form whose browser has lost its cookies does nothing and says how to go on', async () => {
    const { page, context } = await stage.visitor();
    await openLogin(stage, page);
    await context.clearCookies({ name: 'provider_csrf' });
    await page.getByRole('textbox').fill(alice.typed);
    await page.getByRole('button', { name: 'Continuer' }).click();
    await untilHeading(page, 'Page ouverte trop longtemps');
    await expectAccessible(page);
    await page.getByRole('main').getByText('Revenir à la page').click();
    await untilHeading(page, 'Connectez-vous');
  });

  test('The front page of the provider says what it is', async () => {
    const { page } = await stage.visitor();
    await page.goto(stage.demo.at.issuer);
    await expectAccessibleInBoth(page);
  });
}
