// Chapter: an app of one page, from another origin and without a secret, logs in by oidc-client-ts.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { giveIdentifier, type Stage, untilHeading } from '../support/browser-stage.ts';
import { registerSite, siteMetadata } from '../support/client-login.ts';
import { type SinglePageApp, serveSinglePageApp } from '../support/client-single-page.ts';
import { noteNeedles } from '../support/log-directory.ts';

const shownUser = z.object({
  profile: z.looseObject({ sub: z.string() }),
  token: z.string(),
});
const selfApproving = '06 39 98 25 00';

export function oidcClientTs(stage: Stage): void {
  describe('An app of one page with oidc-client-ts', () => {
    let app: SinglePageApp;
    beforeAll(async () => {
      const { issuer } = stage.demo.at;
      app = await serveSinglePageApp(issuer, (uri) =>
        registerSite(issuer, { ...siteMetadata('Seule page', uri), token_endpoint_auth_method: 'none' }),
      );
    });
    afterAll(() => app?.close());

    const shown = async (page: Page, state: string): Promise<unknown> => {
      const output = page.locator(`output[data-state="${state}"], output[data-state="failed"]`);
      await output.waitFor({ state: 'attached' });
      const text = await output.innerText();
      expect(await output.getAttribute('data-state'), text).toBe(state);
      return JSON.parse(text);
    };
    const user = async (page: Page, state: string) => {
      const { profile, token } = shownUser.parse(await shown(page, state));
      noteNeedles({ form: 'text', what: 'access token', value: token });
      return { profile, token };
    };
    const toConsent = async (page: Page): Promise<void> => {
      await page.goto(app.url);
      await page.getByRole('button', { name: 'Log in' }).click();
      await giveIdentifier(page, selfApproving);
      await untilHeading(page, 'Seule page demande votre accord');
    };

    test('logs in with the SIM, reads userinfo, refreshes, revokes and logs out across origins (O39, O44, O46, O54)', async () => {
      const { page } = await stage.visitor();
      await toConsent(page);
      await page.getByRole('button', { name: 'Je suis d’accord' }).click();
      const first = await user(page, 'in');
      expect(first.profile).toMatchObject({ iss: stage.demo.at.issuer, acr: '3', given_name: 'Essai' });
      await page.getByRole('button', { name: 'Refresh' }).click();
      const second = await user(page, 'refreshed');
      expect(second.profile.sub).toBe(first.profile.sub);
      expect(second.token).not.toBe(first.token);
      await page.getByRole('button', { name: 'Revoke' }).click();
      await shown(page, 'revoked');
      const { issuer } = stage.demo.at;
      const answer = await fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${second.token}` } });
      expect(answer.status).toBe(401);
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByRole('button', { name: 'Me déconnecter' }).click();
      await shown(page, 'out');
      expect(new URL(page.url()).origin).toBe(app.url);
    });

    test('hears that consent was denied', async () => {
      const { page } = await stage.visitor();
      await toConsent(page);
      await page.getByRole('button', { name: 'Je refuse' }).click();
      expect(await shown(page, 'failed')).toEqual({ error: 'access_denied' });
    });
  });
}
