// The login pages of a federation hub: the way back on each of them, the links that hubs demand, and no dead end.
import { describe, expect, test } from 'vitest';
import type { SignInView } from '../../../src/authentication/sign-in-types.ts';
import { AppError } from '../../../src/errors.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { createProviderPages } from '../../../src/web/provider-pages.ts';
import { exempleBrand } from '../../support/brands.ts';
import { Browser, buttonsOf, textOf } from './browser.ts';
import { account, pages, phoneView, ScriptedInteractions, startScripted } from './scripted-login.ts';

const page = '/interaction/uid-1';
const wayBack = `https://hub.exemple.test/callback?state=${'a'.repeat(64)}&iss=http%3A%2F%2Flocalhost%3A3000`;
const hub = {
  id: 'hub',
  name: 'Portail des services',
  brand: 'exemple',
  party: 'third' as const,
  logoUri: 'https://hub.exemple.test/logo.svg',
  policyUri: 'https://hub.exemple.test/policy',
  allowPasswordFallback: false,
  confirmation: undefined,
};

function open(view: SignInView, details: ConstructorParameters<typeof ScriptedInteractions>[0] = {}) {
  const interactions = new ScriptedInteractions({ client: hub, hub: { wayBack }, ...details });
  const scripted = startScripted({}, { interactions, links: { support: 'https://exemple.test/help' } });
  scripted.signIn.show(view);
  return { ...scripted, interactions, browser: new Browser(scripted.app) };
}

const consent = { accountId: account, accountName: 'Alice', scopes: ['openid', 'birth'], claims: [] };
const steps: [string, SignInView, ConstructorParameters<typeof ScriptedInteractions>[0]][] = [
  ['identifier', { step: 'identify' }, {}],
  ['waiting', phoneView(), {}],
  ['expired', phoneView({ status: 'expired' }), {}],
  ['account chooser', { step: 'choose-account', accounts: [{ id: 'acc_h' as AccountId, label: 'Hugo' }] }, {}],
  ['consent', { step: 'identify' }, { prompt: 'consent', consent }],
];

describe.each(steps)('the %s page of a hub’s login', (_name, view, details) => {
  test('leads back with access_denied by a button that needs no JavaScript (F15, F09)', async () => {
    const { browser, interactions } = open(view, details);
    const { text } = await browser.get(page);
    // Not the first: pressing the first button of a page goes on with the login.
    expect(/<button[^>]*>/.exec(text)?.[0]).not.toContain('cancel');
    expect(buttonsOf(text).filter((button) => button === 'choice=cancel')).toHaveLength(1);
    expect(textOf(text)).toContain('revenir à Portail des services');
    await browser.submit(page, { choice: 'cancel' });
    expect(interactions.calls).toEqual([['abort', 'access_denied']]);
  });

  test('shows the hub’s logo and links to help, activation and the hub’s policy, in both languages', async () => {
    const { app } = open(view, details);
    const response = await new Browser(app, { language: 'en' }).get(page);
    expect(response.headers['content-security-policy']).toContain("img-src 'self' data: https://hub.exemple.test;");
    expect(response.text).toMatch(
      /<img class="logo" src="https:\/\/hub.exemple.test\/logo.svg" alt="Portail des services"/,
    );
    expect(textOf(response.text)).toContain('return to Portail des services');
    for (const address of ['https://exemple.test/help', '/mobile-connect', 'https://hub.exemple.test/policy']) {
      expect(response.text).toContain(`href="${address}"`);
    }
  });
});

test('pages of other clients have nothing of a hub', async () => {
  const { browser } = open(phoneView(), { hub: undefined });
  const { text, headers } = await browser.get(page);
  expect(text).not.toMatch(/hub-top|hub-help/);
  expect(headers['content-security-policy']).not.toContain('hub.exemple.test');
  expect([...browser.cookies.keys()]).not.toContain('provider_way_back');
});

describe('a login of a hub that cannot be ended as usual', () => {
  const backWith = (error: string) => ({ status: 303, location: `${wayBack}&error=${error}` });
  /** Without the trace id, which every error tells and no two share. */
  const answerOf = ({ status, headers }: { status: number; headers: Record<string, string> }) => {
    const [location, trace] = (headers['location'] ?? '').split('&error_description=');
    expect(trace).toMatch(/^%28trace\+[0-9a-f]{16}%29$/);
    return { status, location };
  };

  test('leads back with state when the interaction is over (F09)', async () => {
    const { browser, interactions } = open(phoneView());
    await browser.get(page);
    interactions.details = () => Promise.reject(new AppError('interaction_lost'));
    expect(answerOf(await browser.get(page))).toEqual(backWith('access_denied'));
  });

  test('leads back with state after a fault of ours, which is logged (F09)', async () => {
    const { browser, signIn, log } = open(phoneView());
    await browser.get(page);
    signIn.view = () => Promise.reject(new Error('something broke'));
    expect(answerOf(await browser.get(page))).toEqual(backWith('server_error'));
    expect(log.join()).toContain('something broke');
  });

  test('leads back with state and the hope of another try while the database is gone (F09, X120)', async () => {
    const { browser, signIn } = open(phoneView());
    await browser.get(page);
    signIn.view = () => Promise.reject(Object.assign(new Error('shutting down'), { code: '57P01' }));
    expect(answerOf(await browser.get(page))).toEqual(backWith('temporarily_unavailable'));
  });

  test('shows a page where the person can go on herself', async () => {
    const { browser } = open(phoneView());
    await browser.get(page);
    expect((await browser.post(page, { choice: 'cancel', csrf: 'stale' })).status).toBe(403);
  });

  test.each([
    ['another interaction', '/interaction/uid-2', {}],
    ['an address that is no login', '/somewhere/uid-1', {}],
    ['a cookie that is not ours', page, { Cookie: `provider_way_back=${forged()}; provider_way_back.sig=x` }],
  ])('leads nowhere for %s', async (_what, path, headers) => {
    const { browser, interactions } = open(phoneView());
    await browser.get(page);
    interactions.details = () => Promise.reject(new AppError('interaction_lost'));
    const response = await browser.get(path, headers);
    expect(response.headers['location']).toBeUndefined();
    expect(response.status).toBeGreaterThanOrEqual(400);
  });

  test('leads back from the library’s own page for it too', async () => {
    const provider = createProviderPages({ pages, issuer: new URL('http://localhost:3000'), brand: exempleBrand });
    const interactions = new ScriptedInteractions({ client: hub, hub: { wayBack } });
    const { app } = startScripted(
      {},
      {
        interactions,
        provider: async (ctx) => {
          ctx.status = 400;
          await provider.renderError(
            ctx as never,
            { error: 'invalid_request', error_description: 'interaction session not found' },
            undefined,
          );
        },
      },
    );
    const browser = new Browser(app);
    await browser.get(page);
    expect(answerOf(await browser.get('/auth/uid-1'))).toEqual(backWith('access_denied'));
  });
});

function forged(): string {
  return Buffer.from(JSON.stringify(['uid-1', 'https://evil.exemple.test/'])).toString('base64url');
}
