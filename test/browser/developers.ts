// Chapter: the pages for developers and the call centre, in both languages, by keyboard and without JavaScript.
import { describe, expect, test } from 'vitest';
import { expectAccessible, expectNoSideways, phone as phoneWindow } from '../support/browser-chromium.ts';
import { type Stage, untilHeading } from '../support/browser-stage.ts';

export function developers(stage: Stage): void {
  const root = () => `${stage.demo.at.issuer}/developers`;

  describe('The pages for developers', () => {
    test('are reached from the front page and pass every check, on a desk and on a phone', async () => {
      const { page } = await stage.visitor();
      await page.goto(stage.demo.at.issuer);
      await page.locator('a[href="/developers"]').click();
      await untilHeading(page, 'Pour les développeurs');
      for (const path of ['', '/clients', '/parameters', '/refusal?trace=0123456789abcdef', '/text']) {
        await page.goto(`${root()}${path}`);
        await expectAccessible(page);
      }
      await page.locator('a[href="/api/docs"]').click();
      await untilHeading(page, 'API clients');
      // Some are read open: all alike, and there are many.
      await page.locator('details.operation').evaluateAll((all) => {
        for (const one of all.slice(0, 5)) one.setAttribute('open', '');
      });
      await expectAccessible(page);
      await page.setViewportSize(phoneWindow);
      for (const path of [
        '/developers',
        '/developers/clients',
        '/developers/parameters',
        '/developers/text',
        '/api/docs',
      ]) {
        await page.goto(`${stage.demo.at.issuer}${path}`);
        await expectNoSideways(page);
      }
    });

    test('let a developer register a client and find out why its request was refused', async () => {
      const { page } = await stage.visitor();
      await page.goto(`${root()}/clients?lang=en`);
      await page.getByLabel('Name', { exact: true }).fill('My test');
      await page.getByLabel('Redirect URIs').fill('https://rp.example/cb');
      await page.getByRole('button', { name: 'Register' }).click();
      await untilHeading(page, 'Your test client');
      await expectAccessible(page);
      const clientId = await page.locator('[data-client-id]').getAttribute('data-client-id');
      const wrong = new URLSearchParams({ client_id: clientId ?? '', redirect_uri: 'https://rp.example/other' });
      await page.goto(`${stage.demo.at.issuer}/auth?${wrong}&response_type=code&scope=openid`);
      const trace = await page.locator('[data-trace]').innerText();
      await page.goto(`${root()}/refusal`);
      await page.getByLabel('Trace id').fill(trace);
      await page.getByRole('button', { name: 'Look it up' }).click();
      await page.locator('[data-rule]').waitFor();
      expect(await page.locator('[data-rule]').innerText()).toContain('redirect_uri');
      expect(await page.locator('main').innerText()).toContain(clientId);
      await expectAccessible(page);
    });

    test('show how the phone would show a text', async () => {
      const { page } = await stage.visitor();
      await page.goto(`${root()}/text?lang=en`);
      await page.getByLabel('client_name').fill('Boutique');
      await page.getByLabel('binding_message').fill('Code AB-12');
      await page.getByRole('button', { name: 'Check' }).click();
      await untilHeading(page, 'How will the phone show my text?');
      await page.locator('[data-fit="fits"]').waitFor();
      await expectAccessible(page);
    });
  });

  describe('The call centre', () => {
    test('follows the caller’s phone by itself and shows who has confirmed', async () => {
      const visitor = await stage.visitor();
      const { page } = visitor;
      await page.goto(`${stage.demo.at.portal}/callcentre?lang=en`);
      await expectAccessible(page);
      await page.getByLabel('Number of the caller').fill('+33 6 39 98 20 00');
      await page.getByLabel('Reason').fill('Change of address');
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
      await page.locator('[data-status="pending"]').waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Cancel the request' }).click();
      await page.locator('[data-status="cancelled"]').waitFor();
      await page.getByRole('button', { name: 'New call' }).click();
      // A number of the sandbox that approves by itself.
      await page.getByLabel('Number of the caller').fill('+33639982500');
      await page.getByLabel('Reason').fill('Change of address');
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
      await page.locator('[data-status="approved"]').waitFor();
      await expectAccessible(page);
      expect(page.url()).toBe(`${stage.demo.at.portal}/callcentre`);
    });
  });
}
