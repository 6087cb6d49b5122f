// Three issuers in one process: the one at the root, another operator's, and a third by configuration only. What one
// of them gave is good for nothing at another (E01, decisions 35).
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type App, startApp } from '../../src/app.ts';
import { hashPassword } from '../../src/authentication/password.ts';
import { demoSecret } from '../../src/demo/clients.ts';
import { provisionSubscriber, subscriberSchema } from '../../src/enrolment/provision.ts';
import { newId } from '../../src/identifiers.ts';
import { loadConfig } from '../../src/ops/config.ts';
import { createLog } from '../../src/ops/log.ts';
import type { Database } from '../../src/storage/database.ts';
import { type Browser, createBrowser } from '../support/browser.ts';
import { openTestDatabase } from '../support/databases.ts';
import { openLogin } from '../support/flow-login.ts';
import { createRelyingParties, type FinishedLogin, testerCallback } from '../support/flow-relying-party.ts';
import { freePorts } from '../support/free-ports.ts';

const lune = {
  ...{ id: 'lune', name: 'Lune Mobile', issuerPath: '/lune', currency: 'CHF', country: 'CH', locale: 'fr-CH' },
  ...{ timeZone: 'Europe/Zurich', helpline: '1414', identifierKinds: ['email'], taxRates: { standard: 810 } },
  colours: { light: '#6a1b6a', dark: '#e3a6e3', accent: '#ffd166' },
};
const password = 'a-password-for-three-issuers';
const directory = mkdtempSync(join(tmpdir(), 'issuers-'));
let app: App;
let database: Database;
let root = '';

beforeAll(async () => {
  const file = join(directory, 'brands.json');
  writeFileSync(file, JSON.stringify([lune]));
  const [port = 0, smppPort = 0] = await freePorts(2);
  root = `http://localhost:${port}`;
  const config = loadConfig(
    {
      ...{ PORT: String(port), ISSUER: root, SMPP_PORT: String(smppPort), OPS_PORT: '0', ADMIN_PORT: '0' },
      ...{ DATABASE_URL: 'memory:', BRANDS_FILE: file, WORKERS: 'off' },
    },
    'demo',
  );
  ({ database } = await openTestDatabase('pglite'));
  app = await startApp({
    ...{ config, database, adminToken: 'an-admin-token', masterKey: { current: randomBytes(32) } },
    ...{ log: createLog('silent', { write() {} }), now: () => new Date(), random: Math.random, randomBytes },
  });
  for (const { oidc } of app.issuers) {
    await oidc.clients.seed([
      {
        ...{ client_id: 'tester', client_name: 'Testing bench', party: 'first', client_secret: demoSecret('tester') },
        ...{ token_endpoint_auth_method: 'client_secret_basic', redirect_uris: [testerCallback] },
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ]);
  }
  const passwordHash = await hashPassword(password);
  const person = { civility: 'Mme' as const, givenName: 'Ada', familyName: 'Roy', birthDate: '1990-01-01' };
  const { masterKey, channel, now } = app.parts;
  const idFor = (prefix: string) => newId(prefix, randomBytes);
  const deps = { database, masterKey, keyring: channel.keyring, randomBytes, now, idFor };
  for (const brand of ['exemple', 'lune']) {
    const accounts = [{ email: 'ada@example.test', label: 'Ada Roy', passwordHash }];
    const subscriber = subscriberSchema.parse({ brand, person, accounts, contracts: [], lines: [] });
    await database.transaction((tx) => provisionSubscriber(deps, tx, subscriber));
  }
}, 60_000);

afterAll(async () => {
  await app?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const issuerAt = (path: string): string => `${root}${path}`;
const browserOf = (): Browser => createBrowser({});

const readJson = async (url: string) => (await (await fetch(url)).json()) as Record<string, never[]>;

const scope = 'openid profile offline_access account.read';

async function logIn(path: string, browser = browserOf(), resource?: string): Promise<FinishedLogin> {
  const wish = resource === undefined ? {} : { resource };
  const parties = createRelyingParties(issuerAt(path));
  const login = await openLogin({ ...parties, browser: () => browser }, { browser, scope, ...wish });
  await login.submit({ identifier: 'ada@example.test' });
  await login.password(password);
  return await login.finish(wish);
}

const basic = `Basic ${Buffer.from(`tester:${demoSecret('tester')}`).toString('base64')}`;
const post = (path: string, fields: Record<string, string>) =>
  fetch(issuerAt(path), { method: 'POST', headers: { authorization: basic }, body: new URLSearchParams(fields) });
const bearer = (path: string, token: string) =>
  fetch(issuerAt(path), { headers: { authorization: `Bearer ${token}` } });

describe('what is published', () => {
  test.each([
    ['', 'exemple'],
    ['/ile', 'ile'],
    ['/lune', 'lune'],
  ])('E01: the issuer at “%s” has documents and keys of its own', async (path) => {
    const metadata = await (await fetch(issuerAt(`${path}/.well-known/openid-configuration`))).json();
    expect(metadata).toMatchObject({ issuer: issuerAt(path), jwks_uri: issuerAt(`${path}/jwks`) });
    for (const name of ['openid-configuration', 'oauth-authorization-server']) {
      const found = await fetch(`${root}/.well-known/${name}${path}`);
      expect(await found.json()).toMatchObject({ issuer: issuerAt(path) });
    }
    const document = await (await fetch(issuerAt(`${path}/api/openapi.json`))).json();
    expect(JSON.stringify(document)).toContain(issuerAt(path));
  });

  test('E01: no two issuers have a key in common', async () => {
    const sets = await Promise.all(['', '/ile', '/lune'].map(async (path) => await readJson(issuerAt(`${path}/jwks`))));
    const kids = sets.flatMap(({ keys = [] }) => keys.map(({ kid }: { kid: string }) => kid));
    expect(new Set(kids).size).toBe(kids.length);
  });

  test('E09: an operator without Mobile Connect offers none', async () => {
    const metadata = (await (await fetch(issuerAt('/ile/.well-known/openid-configuration'))).json()) as object;
    expect(metadata).toMatchObject({ acr_values_supported: ['1'] });
    expect(Object.keys(metadata).filter((name) => /^(mc_|premiuminfo|si_|backchannel_auth)/.test(name))).toEqual([]);
    for (const path of ['/mobile-connect', '/mobile-connect/reset', '/backchannel', '/si-authorize']) {
      expect((await fetch(issuerAt(`/ile${path}`))).status, path).toBe(404);
      expect((await post(`/ile${path}`, {})).status, path).toBe(404);
    }
  });
});

describe('its pages', () => {
  const pageAt = async (path: string) => {
    const parties = createRelyingParties(issuerAt(path));
    const login = await openLogin({ ...parties, browser: browserOf }, { ui_locales: 'en' });
    return { login, page: login.page };
  };

  test('E09: ask for an Account ID or a Customer ID, and for no phone', async () => {
    const { login, page } = await pageAt('/ile');
    expect(page.url.pathname).toMatch(/^\/ile\/interaction\//);
    expect(page.text).toContain('Account ID or Customer ID');
    expect(page.text).not.toMatch(/Mobile Connect|value="sim"/);
    expect((await login.choose('sim')).text).not.toContain('reference code');
    expect(await database.db.selectFrom('attempts').select('id').execute()).toEqual([]);
  });

  test('E15: show the helpline of their brand and no other', async () => {
    const texts = Object.fromEntries(
      await Promise.all(['', '/ile', '/lune'].map(async (path) => [path, (await pageAt(path)).page.text] as const)),
    );
    expect(texts['/ile']).toContain('href="tel:8900"');
    expect(texts['/lune']).toContain('href="tel:1414"');
    expect(texts['']).not.toMatch(/8900|1414|tel:/);
    expect(texts['/lune']).not.toContain('8900');
  });

  test('have the colours of their brand from a sheet that the content policy lets in', async () => {
    const { page } = await pageAt('/lune');
    const href = /href="(\/static\/brand-lune-[0-9a-f]+\.css)"/.exec(page.text)?.[1];
    const sheet = await fetch(issuerAt(href ?? '/nowhere'));
    expect(sheet.headers.get('content-type')).toContain('text/css');
    expect(await sheet.text()).toContain('--brand: #6a1b6a;');
    expect(page.text).not.toContain('style=');
  });
});

describe.each([
  ['', '/lune'],
  ['/lune', ''],
])('E01: what the issuer at “%s” gave, at “%s”', (home, other) => {
  let given: FinishedLogin;
  let forApi = '';
  const browser = browserOf();
  beforeAll(async () => {
    given = await logIn(home, browser);
    forApi = (await logIn(home, browserOf(), `${issuerAt(home)}/api`)).tokens.access_token;
  });

  test('is good at home', async () => {
    expect(given.claims.iss).toBe(issuerAt(home));
    expect((await bearer(`${home}/api/account/v1/me`, forApi)).status).toBe(200);
    expect((await bearer(`${home}/userinfo`, given.tokens.access_token)).status).toBe(200);
  });

  test.each(['/api/account/v1/me', '/userinfo'])('as access token opens nothing at %s', async (path) => {
    for (const token of [forApi, given.tokens.access_token]) {
      expect((await bearer(`${other}${path}`, token)).status).toBe(401);
    }
  });

  test('as refresh token renews nothing', async () => {
    const { refresh_token: token = '' } = given.tokens;
    expect(token).not.toBe('');
    const answer = await post(`${other}/token`, { grant_type: 'refresh_token', refresh_token: token });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  test.each(['access_token', 'refresh_token'] as const)('as %s is not introspected', async (kind) => {
    const answer = await post(`${other}/introspection`, { token: given.tokens[kind] ?? '' });
    expect(await answer.json()).toEqual({ active: false });
  });

  test.each(['access_token', 'refresh_token'] as const)('as %s is not revoked', async (kind) => {
    await post(`${other}/revocation`, { token: given.tokens[kind] ?? '' });
    const at = await post(`${home}/introspection`, { token: given.tokens.refresh_token ?? '' });
    expect(await at.json()).toMatchObject({ active: true });
  });

  test('as session and cookies logs nobody in', async () => {
    const parties = createRelyingParties(issuerAt(other));
    const there = await openLogin({ ...parties, browser: () => browser }, { browser, prompt: 'none' });
    expect(there.answer().error).toBe('login_required');
    const back = await openLogin(
      { ...createRelyingParties(issuerAt(home)), browser: () => browser },
      { browser, prompt: 'none' },
    );
    expect(back.answer().error).toBeNull();
  });

  test('as ID token hint names nobody', async () => {
    const parties = createRelyingParties(issuerAt(other));
    const hint = given.tokens.id_token ?? '';
    const { answer } = await openLogin({ ...parties, browser: browserOf }, { id_token_hint: hint, prompt: 'none' });
    expect(answer().code).toBe(false);
  });

  test('as page of a login is not known', async () => {
    const begun = await openLogin(
      { ...createRelyingParties(issuerAt(home)), browser: () => browser },
      { browser, prompt: 'login' },
    );
    const path = begun.page.url.pathname.slice(home.length);
    const page = await browser.open(issuerAt(`${other}${path}`));
    expect(page.status).toBeGreaterThanOrEqual(400);
  });

  test('as ids of what the account has there are found nowhere', async () => {
    const { db } = database;
    const account = await db
      .selectFrom('accounts')
      .select(['id', 'personId'])
      .where('brand', '=', home === '' ? 'exemple' : 'lune')
      .executeTakeFirstOrThrow();
    const atOther = (await logIn(other, browserOf(), `${issuerAt(other)}/api`)).tokens.access_token;
    const paths = ['/contract/v1/contracts', '/billing/v1/invoices', '/mailbox/v1/mailboxes', '/account/v1/accounts'];
    for (const path of paths) {
      const found = await bearer(`${other}/api${path}/${account.id}`, atOther);
      expect(found.status, path).toBeGreaterThanOrEqual(403);
      expect(await found.text(), path).not.toContain('Ada');
    }
    const me = await (await bearer(`${other}/api/account/v1/me`, atOther)).json();
    expect(JSON.stringify(me)).not.toContain(account.id);
  });

  test('as account is another person’s number to the other', async () => {
    const there = await logIn(other);
    expect(there.claims.sub).not.toBe(given.claims.sub);
  });
});

describe.each([
  ['', '/lune'],
  ['/lune', ''],
])('E01: a flow without a login that began at “%s”', (home, other) => {
  test.each([
    ['/account/v1/password-resets', { identifier: 'ada@example.test' }],
    ['/account/v1/accounts', { givenName: 'Eva', familyName: 'Roy', emailAddress: 'eva@example.test' }],
  ])('%s is not known at “%s” with its cookie', async (path, body) => {
    const url = issuerAt(`${home}/api${path}`);
    const headers = { 'content-type': 'application/json' };
    const begun = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const { id } = z.object({ id: z.string() }).parse(await begun.json());
    const at = async (base: string) =>
      (await fetch(issuerAt(`${base}/api${path}/${id}`), { headers: { cookie } })).status;
    expect([await at(home), await at(other)]).toEqual([200, 404]);
  });
});

test('E02: where nobody logs in by e-mail or phone, no account is opened and no PIN forgotten by the APIs', async () => {
  const paths = async (path: string) => {
    const document: unknown = await (await fetch(issuerAt(`${path}/api/openapi.json`))).json();
    return Object.keys(z.object({ paths: z.record(z.string(), z.unknown()) }).parse(document).paths).join(' ');
  };
  const ofRoot = /\/account\/v1\/accounts|\/mobile-connect\/v1|pin-resets/;
  expect(await paths('')).toMatch(ofRoot);
  expect(await paths('')).not.toContain('/registrations');
  expect(await paths('/ile')).not.toMatch(ofRoot);
  expect(await paths('/ile')).toContain('/registrations');
  const opened = await fetch(issuerAt('/ile/api/account/v1/accounts'), { method: 'POST' });
  expect(opened.status).toBe(404);
});

test('E01: whoever wishes no language reads the brand’s own', async () => {
  const languageOf = async (path: string, wish?: string) => {
    const page = await fetch(issuerAt(`${path}/account/password-reset`), {
      headers: wish ? { 'accept-language': wish } : {},
    });
    return /<html lang="([a-z]+)"/.exec(await page.text())?.[1];
  };
  expect([await languageOf(''), await languageOf('/ile'), await languageOf('/ile', 'fr')]).toEqual(['fr', 'en', 'fr']);
  const problem = async (path: string) => await (await fetch(issuerAt(`${path}/api/help/v1/articles/none`))).json();
  expect(await problem('/ile')).not.toEqual(await problem(''));
});

test('keys are rotated for one issuer alone', async () => {
  const [first, second] = app.issuers;
  const before = await first!.oidc.keys.list();
  const answer = await fetch(`${app.adminUrl}/admin/key.rotate`, {
    method: 'POST',
    headers: { authorization: 'Bearer an-admin-token', 'content-type': 'application/json' },
    body: JSON.stringify({ brand: 'ile' }),
  });
  expect(await answer.json()).toMatchObject({ issuer: second!.oidc.issuer });
  expect(await first!.oidc.keys.list()).toEqual(before);
});
