// The customer areas of several operators in one portal: each has its paths, its cookie, its look and its sections.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtInBrands } from '../../../src/ops/brands-built-in.ts';
import { type Portal, startPortal } from '../../../src/portal/app.ts';
import { exemple, ile, operatorOf } from '../../../src/portal/operators.ts';

const views = new URL('../../../views/', import.meta.url);
let portal: Portal;
beforeAll(async () => {
  // Nobody answers there: pages that need no provider are shown all the same.
  portal = await startPortal({ port: 0, issuer: 'http://127.0.0.1:1' });
});
afterAll(() => portal.stop());

const open = (path: string, headers: Record<string, string> = {}) =>
  fetch(portal.url + path, { redirect: 'manual', headers });

describe('the area of the second operator', () => {
  test('E15 has its name, helpline, language and way to a first account, and nothing of the first one’s', async () => {
    const text = await (await open('/ile')).text();
    for (const word of ['Île Télécom', 'href="tel:8900"', '/ile/register"', 'lang="en"', 'href="/ile/login"']) {
      expect(text).toContain(word);
    }
    expect(text).not.toMatch(/PIN|SIM card|href="\/shop"/);
    expect(await (await open('/ile', { 'accept-language': 'fr' })).text()).toContain('lang="fr"');
    expect(await (await open('/')).text()).not.toMatch(/8900|Île Télécom/);
  });

  test('asks for its own login, and comes back to its own page', async () => {
    expect((await open('/ile/bills')).headers.get('location')).toBe('/ile/login?returnTo=%2File%2Fbills');
    expect((await open('/bills')).headers.get('location')).toBe('/login?returnTo=%2Fbills');
  });

  test('has no page of what its customers do not have', async () => {
    for (const path of ['contracts', 'lines', 'mailboxes', 'orders', 'diagnostics', 'usage']) {
      expect((await open(`/ile/${path}`)).status, path).toBe(404);
    }
  });

  test('says what it is called and how it is reached as its brand does, in its colour', () => {
    const brand = builtInBrands.find(({ id }) => id === 'ile');
    const { name, helpline, timeZone, mobileConnect, issuerPath } = brand ?? {};
    expect(ile).toMatchObject({ name, helpline, timeZone, mobileConnect, base: issuerPath });
    const css = readFileSync(new URL('public/portal.css', views), 'utf8');
    const rule = /body\.site-ile \{([^}]*)\}/.exec(css)?.[1] ?? '';
    expect(rule).toContain(`--brand: ${brand?.colours.light};`);
    expect(rule).toContain(`--sun: ${brand?.colours.accent};`);
  });
});

test('views of customer areas name no own path without the operator’s base', () => {
  const others = /^(shop|shop-account|hub|hub-\w+|callcentre|layout)\.eta$/;
  const folder = new URL('portal/', views);
  const files = readdirSync(folder).filter((name) => name.endsWith('.eta') && !others.test(name));
  const bare = files.filter((name) => /(href|action)="\//.test(readFileSync(new URL(name, folder), 'utf8')));
  expect(bare).toEqual([]);
});

test('sites that are nobody’s customer area have no operator', () => {
  expect([operatorOf('portal'), operatorOf('ile'), operatorOf('shop')]).toEqual([exemple, ile, undefined]);
});
