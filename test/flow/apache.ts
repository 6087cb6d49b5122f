// Chapter: Apache with mod_auth_openidc, as Debian ships both, guards a page by a login with the SIM.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ApacheSite, startApache } from '../support/client-apache.ts';
import {
  cameBackTo,
  registerSite,
  selfRefusing,
  siteMetadata,
  type Visit,
  visitWithSim,
} from '../support/client-login.ts';
import type { FlowWorld } from '../support/flow-world.ts';
import { noteNeedles } from '../support/log-directory.ts';
import { apachePaths } from '../support/services.ts';

const session = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  id_token: z.looseObject({ sub: z.string() }),
  userinfo: z.looseObject({ sub: z.string() }),
});

export function apacheChapter(world: () => FlowWorld): void {
  describe.skipIf(apachePaths() === undefined)('Apache with mod_auth_openidc', () => {
    let apache: ApacheSite;
    let page: string;

    beforeAll(async () => {
      const { issuer } = world();
      apache = await startApache(issuer, (uri) => registerSite(issuer, siteMetadata('Apache', uri)));
      page = `${apache.url}/private/`;
    });
    afterAll(() => apache?.stop());

    /** What the module keeps of the login: tokens and checked claims. */
    async function sessionOf({ browser }: Visit) {
      const kept = session.parse(await (await browser.request(`${apache.url}/callback?info=json`)).json());
      for (const what of ['access_token', 'refresh_token'] as const) {
        noteNeedles({ form: 'text', what, value: kept[what] });
      }
      return kept;
    }

    test('opens the page to who logged in with the SIM: ES256, PKCE, secret, userinfo (O39, O42, O43)', async () => {
      const visit = await visitWithSim(world(), page);
      expect(visit.page.url.href, apache.log()).toBe(page);
      expect(visit.page.text).toContain('For those who logged in');
      const { id_token: claims, userinfo } = await sessionOf(visit);
      expect(claims).toMatchObject({ iss: world().issuer, acr: '3' });
      expect(userinfo).toMatchObject({ sub: claims.sub, given_name: 'Essai' });
      expect(visit.page.headers.get('x-who')).toContain(claims.sub);
      expect(visit.page.headers.get('x-level')).toBe('3');
    });

    test('refreshes its access token (O44)', async () => {
      const visit = await visitWithSim(world(), page);
      const before = await sessionOf(visit);
      const query = new URLSearchParams({ refresh: page, access_token: before.access_token });
      const after = await visit.browser.open(`${apache.url}/callback?${query}`);
      expect(after.url.href, apache.log()).toBe(page);
      const { access_token: fresh } = await sessionOf(visit);
      expect(fresh).not.toBe(before.access_token);
    });

    test('logs out at the provider too, and then asks the phone again (O54)', async () => {
      const visit = await visitWithSim(world(), page);
      const query = new URLSearchParams({ logout: `${apache.url}/bye` });
      const asked = await visit.browser.open(`${apache.url}/callback?${query}`);
      expect(asked.url.pathname, apache.log()).toBe('/session/end');
      const bye = await visit.browser.submitForm(asked, '/session/end/confirm', { logout: 'yes' });
      expect(bye.text).toBe('logged out\n');
      expect((await visit.browser.open(page)).text).toContain('name="identifier"');
    });

    test('shows nothing to who refused on the phone', async () => {
      const visit = await visitWithSim(world(), page, { number: selfRefusing });
      expect(visit.page.text).not.toContain('For those who logged in');
      expect(visit.page.text).toContain('access_denied');
      expect((await visit.browser.open(page)).url.origin).toBe(world().issuer);
    });

    test('takes no answer with another state, or in another browser (X116)', async () => {
      const visit = await visitWithSim(world(), page, { stopAt: `${apache.url}/callback` });
      const back = cameBackTo(visit);
      const stranger = world().browser({ stopAt: world().issuer });
      expect((await stranger.open(back)).text).not.toContain('For those who logged in');
      back.searchParams.set('state', 'a-state-of-somebody-else');
      expect((await visit.browser.open(back)).text).not.toContain('For those who logged in');
    });
  });
}
