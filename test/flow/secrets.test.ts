// Logs tell what happened and never a secret: a world of its own does a bit of everything, then its log is searched for
// whatever must not be there (A05, X121, decision 26). So are the answers of its routes (X122).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as openid from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Browser } from '../support/browser.ts';
import { answerWithPin, loginWithPassword, loginWithPin, openLogin, ring } from '../support/flow-login.ts';
import { worldSecrets } from '../support/flow-secrets.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';
import { noteNeedles } from '../support/log-directory.ts';
import { describeFindings, findNeedles, type Needle } from '../support/needles.ts';

let world: FlowWorld;
let directory: string;
const secrets: Needle[] = [];
const browsers: Browser[] = [];

const text = (what: string, value: string | null | undefined): void => {
  if (value !== undefined && value !== null && value !== '') secrets.push({ form: 'text', what, value });
};

function browser(): Browser {
  const one = world.browser();
  browsers.push(one);
  return one;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'secrets-'));
  world = await startFlowWorld();
  const exported = readFileSync(join(world.directory, 'export.json'), 'utf8');
  secrets.push(...worldSecrets({ exported, adminToken: 'not-known-here-but-noted-by-the-world' }));
  await doABitOfEverything();
  for (const one of browsers) {
    for (const value of one.cookieValues()) if (value.length >= 16) text('cookie', value);
  }
  noteNeedles(...secrets.filter(({ form }) => form !== 'hex'));
  writeFileSync(join(directory, 'world.log'), world.log.join(''));
}, 60_000);
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await world?.stop();
});

async function doABitOfEverything(): Promise<void> {
  const alice = world.phone('+33639980001');
  const wish = { scope: 'openid profile email phone offline_access account.read', resource: `${world.issuer}/api` };
  const login = await loginWithPin(world, { phone: alice, pin: '4071', browser: browser(), ...wish });
  rememberLogin(login);
  const { config } = login.begun;
  const fresh = await openid.refreshTokenGrant(config, login.done.tokens.refresh_token!, { resource: wish.resource });
  rememberTokens(fresh);
  await fetch(`${world.issuer}/api/account/v1/me`, { headers: { authorization: `Bearer ${fresh.access_token}` } });
  await openid.tokenIntrospection(config, fresh.refresh_token!);
  await openid.tokenRevocation(config, fresh.refresh_token!);
  await world.nextDay();

  const password = { identifier: '06 39 98 00 01', password: 'alice-demo-password' };
  rememberLogin(await loginWithPassword(world, { ...password, browser: browser() }));
  await alice.waitForSms();
  const wrong = await openLogin(world, { browser: browser() });
  await wrong.submit({ identifier: 'david@exemple.test', choice: 'password' });
  await wrong.password('a-password-that-is-wrong');
  text('password that was wrong', 'a-password-that-is-wrong');

  const emma = world.phone('+33639980005');
  const blocked = await ring(world, emma.msisdn, { browser: browser() });
  await emma.waitForScreen();
  for (const pin of ['9182', '9183', '9184']) {
    secrets.push({ form: 'digits', what: 'PIN that was wrong', value: pin });
    await emma.pin(pin);
  }
  await blocked.settled();
  await emma.waitForSms();

  const farid = world.phone('+33639980006');
  await ring(world, farid.msisdn, { browser: browser() });
  await farid.waitForScreen();
  await farid.fraud();
  await farid.waitForSms();

  const hugo = world.phone('+33639980008');
  const chosen = await ring(world, hugo.msisdn, { browser: browser() });
  await answerWithPin(hugo, chosen, '1593');
  await chosen.settled();
  world.simulator.signWithKeyOf('+33639980009', hugo.msisdn);
  const forged = await ring(world, '+33639980009', { browser: browser() });
  await answerWithPin(world.phone('+33639980009'), forged, '6027');
  await causeErrors();
}

/** Errors are where secrets like to hide: the request is told with them. */
async function causeErrors(): Promise<void> {
  const lost = await openLogin(world, { browser: browser(), login_hint: '+33639980004' });
  await lost.browser.request(`${world.issuer}/nowhere?code=abcdef-secret-code&msisdn=%2B33639980004`);
  text('code in an address', 'abcdef-secret-code');
  await lost.submit({ identifier: '+33639980004', pin: '7391', csrf: 'tampered' });
  for (const body of ['grant_type=authorization_code&code=stolen-code-0123456789', 'grant_type=nonsense']) {
    await fetch(`${world.issuer}/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from('tester:wrong-secret-of-tester').toString('base64')}`,
      },
      body,
    });
  }
  text('code that was tried', 'stolen-code-0123456789');
  text('client secret that was tried', 'wrong-secret-of-tester');
  await fetch(`${world.issuer}/userinfo`, { headers: { authorization: 'Bearer guessed-token-0123456789' } });
  text('token that was tried', 'guessed-token-0123456789');
  await fetch(`${world.app.adminUrl}/sandbox/clock`, { headers: { authorization: 'Bearer guessed-admin-token-42' } });
  text('admin token that was tried', 'guessed-admin-token-42');
}

function rememberLogin({ begun, page, done }: Awaited<ReturnType<typeof loginWithPin>>): void {
  text('code', page.stoppedAt?.searchParams.get('code'));
  text('state', String(begun.checks.expectedState));
  text('PKCE verifier', begun.checks.pkceCodeVerifier);
  rememberTokens(done.tokens);
}

function rememberTokens(tokens: openid.TokenEndpointResponse): void {
  text('access token', tokens.access_token);
  text('refresh token', tokens.refresh_token);
  text('ID token', tokens.id_token);
}

test('the log of the world tells what happened', () => {
  const all = world.log.join('');
  for (const event of [
    'sign_in.started',
    'sign_in.approved',
    'attempt.answered',
    'password.login',
    'password.failed',
  ]) {
    expect(all).toContain(event);
  }
  for (const event of ['service.locked', 'fraud.reported', 'answer.dropped', 'smsc.submitted', 'applet.answer']) {
    expect(all).toContain(event);
  }
  expect(secrets.length).toBeGreaterThan(300);
});

test('and holds no PIN, password, code, token, key, cookie or full number, in no spelling (A05, X121, O59)', () => {
  expect(describeFindings(findNeedles(directory, secrets))).toBe('');
});

test('the search would find them: each kind is found when it is written there', () => {
  const planted = mkdtempSync(join(tmpdir(), 'planted-'));
  try {
    for (const form of ['digits', 'number', 'text', 'hex'] as const) {
      const needle = secrets.find((one) => one.form === form)!;
      writeFileSync(join(planted, 'one.log'), `${world.log.at(-1)}{"msg":"oops ${needle.value} was here"}\n`);
      expect(findNeedles(planted, [needle])).not.toEqual([]);
    }
  } finally {
    rmSync(planted, { recursive: true, force: true });
  }
});

test('no answer that is read tells a card key, a password, a PUK or what is stored of them (X122)', async () => {
  const resource = `${world.issuer}/api`;
  const scope = 'openid account.read line.read mc.self';
  await world.nextDay();
  const alice = world.phone('+33639980001');
  const login = await ring(world, alice.msisdn, { browser: browser(), scope, resource });
  await answerWithPin(alice, login, '4071');
  await login.settled();
  const { tokens } = await login.finish({ resource });
  const headers = { authorization: `Bearer ${tokens.access_token}`, accept: 'application/json' };
  const read = async (url: string) => await (await fetch(url, { headers })).text();
  const document = z.object({ paths: z.record(z.string(), z.object({ get: z.unknown().optional() })) });
  const { paths } = document.parse(JSON.parse(await read(`${resource}/openapi.json`)));
  const lists = Object.keys(paths).filter((path) => paths[path]?.get !== undefined && !path.includes('{'));
  const lines = z.array(z.object({ href: z.string() })).parse(JSON.parse(await read(`${resource}/line/v1/lines`)));
  const urls = [
    ...['/', '/.well-known/openid-configuration', '/jwks', '/mobile-connect', '/nowhere'].map(
      (path) => world.issuer + path,
    ),
    ...['/livez', '/readyz', '/metrics'].map((path) => world.app.opsUrl + path),
    ...lists.map((path) => resource + path),
    ...lines.map(({ href }) => href),
  ];
  const answers = await Promise.all(urls.map(async (url) => `${new URL(url).pathname} ${await read(url)}\n`));
  expect(answers.length).toBeGreaterThan(12);
  expect(answers.join('')).toContain('"@type":"Individual"');
  const told = mkdtempSync(join(tmpdir(), 'answers-'));
  try {
    writeFileSync(join(told, 'answers.log'), answers.join(''));
    const hidden = secrets.filter(({ form, what }) => form === 'hex' || (form === 'text' && !/state/.test(what)));
    expect(describeFindings(findNeedles(told, hidden))).toBe('');
    const stored = /\$argon2|"puk":"|"[a-z]*hash":"|sealed/i;
    expect(answers.filter((answer) => stored.test(answer)).map((answer) => answer.split(' ')[0])).toEqual([]);
  } finally {
    rmSync(told, { recursive: true, force: true });
  }
});

test('what lies in the database holds no token, code, cookie, password, PIN or card key either (decisions 33, 49)', async () => {
  const dumped = mkdtempSync(join(tmpdir(), 'tables-'));
  try {
    writeFileSync(join(dumped, 'tables.log'), await allTables());
    // Numbers are data of the operator and stand in `lines`; PINs of four digits are part of any number.
    const hidden = secrets.filter(
      ({ form, what }) => form === 'hex' || (form === 'text' && !/state|in an address/.test(what)),
    );
    expect(describeFindings(findNeedles(dumped, hidden))).toBe('');
  } finally {
    rmSync(dumped, { recursive: true, force: true });
  }
});

/** Every row of every table, as text. */
async function allTables(): Promise<string> {
  const { rows: tables } = await world.database.executeSql(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss')",
  );
  const texts = [];
  for (const { name } of tables) {
    const { rows } = await world.database.executeSql(`select t::text as line from ${name} t`);
    texts.push(...rows.map(({ line }) => `${name} ${line}\n`));
  }
  return texts.join('');
}
