// Logout and error pages of the oidc provider, on the real library, inside the web app and alone.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Provider } from 'oidc-provider';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { createProviderPages } from '../../../src/web/provider-pages.ts';
import { exempleBrand, ileBrand } from '../../support/brands.ts';
import { Browser, csrfOf, textOf } from './browser.ts';
import { pages, startScripted } from './scripted-login.ts';

const issuer = new URL('http://localhost:3000');
const keys = ['a cookie key for tests'];
const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

function startProvider(
  shown = createProviderPages({ pages, issuer, brand: exempleBrand }),
  beforeClients: () => void = () => {},
) {
  const provider = new Provider(issuer.href.slice(0, -1), {
    clients: [
      {
        client_id: 'shop',
        client_name: 'La <Boutique>',
        client_secret: 's'.repeat(32),
        redirect_uris: ['https://shop.example/cb'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    // Read at each request for a client.
    extraClientMetadata: { properties: ['checked'], validator: () => beforeClients() },
    cookies: { keys },
    jwks: { keys: [signingKey] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: shown.logoutSource,
        postLogoutSuccessSource: shown.postLogoutSuccessSource,
      },
    },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    renderError: shown.renderError,
  });
  provider.proxy = true;
  return provider;
}

const start = () =>
  startScripted({ keys: { cookies: keys, csrf: randomBytes(32) } }, { provider: startProvider() }).app;

describe('an error of the provider', () => {
  test.each([
    ['fr', 'Ce service ne peut pas vous connecter'],
    ['en', 'This service cannot log you in'],
  ])('is a page in %s that names the error for developers', async (language, heading) => {
    const response = await new Browser(start(), { language }).get(
      '/auth?client_id=shop&redirect_uri=https://evil.example/',
    );
    expect(response.status).toBe(400);
    expect(response.text).toContain(`<h1>${heading}</h1>`);
    expect(response.text).toContain('<code>invalid_redirect_uri</code>');
    expect(response.text).toContain('La &lt;Boutique&gt;');
    expect(response.text).toContain(`data-trace>${response.headers['x-request-id']}<`);
  });

  test('is 503, as a page and as JSON, when the database has gone under it (X120)', async () => {
    const provider = startProvider(undefined, () => {
      throw Object.assign(new Error('Connection terminated unexpectedly'));
    });
    const { app } = startScripted({ keys: { cookies: keys, csrf: randomBytes(32) } }, { provider });
    const page = await new Browser(app).get('/auth?client_id=shop');
    expect([page.status, page.headers['retry-after']]).toEqual([503, '5']);
    expect(page.text).toContain('data-error="temporarily_unavailable"');
    expect(page.text).not.toContain('terminated');
    const document = await supertest(app.callback()).get('/auth?client_id=shop').set('Accept', 'application/json');
    expect([document.status, document.body.code]).toEqual([503, 'temporarily_unavailable']);
  });

  test('follows ui_locales', async () => {
    const path = '/auth?client_id=nobody&ui_locales=de%20en';
    expect((await new Browser(start()).get(path)).text).toContain('<html lang="en"');
  });

  test('escapes what the request brought along', async () => {
    const response = await new Browser(start()).get(
      '/auth?client_id=shop&response_type=%3Cscript%3Ealert(1)%3C/script%3E',
    );
    expect(response.text).not.toContain('<script>alert');
  });

  test('is JSON for programs', async () => {
    const response = await new Browser(start(), { headers: { Accept: 'application/json' } }).get(
      '/auth?client_id=nobody',
    );
    expect([response.status, response.body.error]).toEqual([400, 'invalid_client']);
  });

  test('of an address that the library does not know is our own page', async () => {
    const response = await new Browser(start()).get('/session');
    expect(response.status).toBe(404);
    expect(response.text).toContain('data-error="not_found"');
  });

  test.each([
    [{ error: 'server_error', error_description: 'oops! something went wrong' }, 500, 'internal'],
    [{ error: 'invalid_request', error_description: 'interaction session not found' }, 400, 'interaction_lost'],
    [{ error: 'temporarily_unavailable' }, 400, 'temporarily_unavailable'],
    [{ error: 'invalid_client', error_description: 'client is invalid' }, 400, 'relying_party'],
    [{ error: 'invalid_request' }, 404, 'not_found'],
  ])('%o with status %i is told as %s', async (out, status, code) => {
    const { renderError } = createProviderPages({ pages, issuer, brand: ileBrand });
    const { app } = startScripted(
      {},
      {
        provider: async (ctx) => {
          ctx.status = status;
          await renderError(ctx, out, new Error('inner'));
        },
      },
    );
    const response = await new Browser(app).get('/auth');
    expect([response.status, response.headers['cache-control']]).toEqual([status, 'no-store']);
    expect(response.text).toContain(`data-error="${code}"`);
    expect(response.text).not.toContain('inner');
    expect(response.text.includes('something went wrong')).toBe(false);
  });
});

describe('logout', () => {
  test('asks first, in words, with the library’s own form', async () => {
    const { logoutSource } = createProviderPages({ pages, issuer, brand: exempleBrand });
    const form =
      '<form id="op.logoutForm" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="x"/></form>';
    const { app } = startScripted(
      {},
      { provider: (ctx) => logoutSource(Object.assign(ctx, { oidc: { client: { clientId: 'shop' } } }), form) },
    );
    const { text } = await new Browser(app).get('/session/end');
    expect(text).toContain(form);
    expect(text).toMatch(/<button type="submit" form="op.logoutForm" name="logout" value="yes">Me déconnecter</);
    expect(text).toMatch(/<button type="submit" form="op.logoutForm" class="outline">Rester connecté</);
    expect(textOf(text)).toContain('shop propose de fermer aussi votre session Exemple Télécom');
  });

  test('of a browser without a session passes by a page whose own script the policy allows', async () => {
    const response = await new Browser(start()).get('/session/end');
    expect(response.status).toBe(200);
    expect(response.headers['content-security-policy']).toMatch(/script-src 'self' 'sha256-[^']+';/);
    expect(response.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(csrfOf(response.text)).toBe('');
  });

  test.each([
    ['fr', '/session/end/success', 'Votre session Exemple Télécom est fermée'],
    ['en', '/session/end/success', 'Your Exemple Télécom session is closed'],
    ['en', '/session/end/success?client_id=shop', 'You have left La &lt;Boutique&gt;.'],
  ])('ends with a page in %s: %s', async (language, path, words) => {
    const response = await new Browser(start(), { language }).get(path);
    expect([response.status, response.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(response.text).toContain(words);
  });
});

test('the pages work in a provider that runs without the web app', async () => {
  const response = await new Browser(startProvider()).get('/session/end/success');
  expect(response.status).toBe(200);
  expect(response.text).toContain('data-brand="exemple"');
});
