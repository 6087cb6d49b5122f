// What a relying party asks for and what it gets: acr, prompt, max_age, single sign-on. A token never says more than
// was achieved, and a strict request never gets less than it asks.
import * as openid from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { answerWithPin, loginWithPassword, loginWithPin, openLogin, ring } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { testerCallback } from '../support/flow-relying-party.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let alice: FlowPhone;
const pin = '4071';
const identifier = 'alice@exemple.test';
const password = 'alice-demo-password';
const essential3 = { id_token: { acr: { essential: true, values: ['3'] } } };

beforeAll(async () => {
  world = await startFlowWorld();
  alice = world.phone('+33639980001');
  const secretOf = (id: string) => `${id}-demo-secret-32-characters-long`;
  await world.app.parts.oidc.clients.seed([
    {
      client_id: 'strict',
      client_name: 'Coffre-fort',
      client_secret: secretOf('strict'),
      party: 'first',
      strict_acr: true,
      redirect_uris: [testerCallback],
      default_acr_values: ['3'],
    },
    {
      client_id: 'click',
      client_name: 'Journal',
      client_secret: secretOf('click'),
      party: 'first',
      redirect_uris: [testerCallback],
      default_acr_values: ['2'],
    },
  ]);
});
afterEach(() => world.nextDay());
afterAll(() => world?.stop());

/** Logs in with the PIN; the browser then has a session. */
async function session(): Promise<{ browser: Browser; authTime: number; sub: string }> {
  const browser = world.browser();
  const { done } = await loginWithPin(world, { phone: alice, pin, browser });
  return { browser, authTime: Number(done.claims.auth_time), sub: done.claims.sub };
}

async function sessionByPassword(): Promise<Browser> {
  const browser = world.browser();
  await loginWithPassword(world, { identifier, password, browser });
  return browser;
}

/** Runs `work` and gives how many requests the phone got by it. */
async function ringsDuring(work: () => Promise<unknown>): Promise<number> {
  const before = await world.messagesTo(alice.msisdn);
  await work();
  return (await world.messagesTo(alice.msisdn)) - before;
}

describe('a strict client that asks for 3', () => {
  test.each([
    ['by acr_values', { acr_values: '3' }],
    ['by its registration', {}],
    ['by the claims parameter', { claims: essential3 }],
  ])('%s is not offered the password, and cannot be given it (X108)', async (_how, wish) => {
    const login = await openLogin(world, { client: 'strict', ...wish });
    expect(login.page.text).not.toContain('value="password"');
    await login.submit({ identifier, choice: 'password' });
    expect(login.page.status).toBe(422);
    await login.identify(alice.msisdn);
    await login.choose('password');
    expect(login.page.status).toBe(422);
    await login.password(password);
    expect(login.page.stoppedAt).toBeUndefined();
    await answerWithPin(alice, login, pin);
    await login.settled();
    expect((await login.finish()).claims.acr).toBe('3');
  });

  test('gets no token out of a session that began with the password: the phone rings (X108)', async () => {
    const browser = await sessionByPassword();
    const login = await ring(world, alice.msisdn, { client: 'strict', browser });
    await answerWithPin(alice, login, pin);
    await login.settled();
    expect((await login.finish()).claims.acr).toBe('3');
  });

  test('hears login_required with prompt=none, and nobody is rung (X115)', async () => {
    const browser = await sessionByPassword();
    let login: Awaited<ReturnType<typeof openLogin>> | undefined;
    const rings = await ringsDuring(async () => {
      login = await openLogin(world, { client: 'strict', browser, prompt: 'none' });
    });
    expect(login?.answer()).toMatchObject({ error: 'login_required', code: false });
    expect(rings).toBe(0);
  });

  test('hears unmet_authentication_requirements for a level that does not exist', async () => {
    const login = await openLogin(world, { client: 'strict', acr_values: '4' });
    expect(login.answer()).toMatchObject({ error: 'unmet_authentication_requirements', code: false });
  });

  test('is held to its registration when acr_values is dropped or lowered on the way (X109)', async () => {
    const browser = await sessionByPassword();
    const lowered = await openLogin(world, { client: 'strict', browser, acr_values: '1' });
    expect(lowered.page.stoppedAt).toBeUndefined();
    expect(lowered.page.text).not.toContain('value="password"');
    const dropped = await openLogin(world, { client: 'strict', browser });
    expect(dropped.page.stoppedAt).toBeUndefined();
  });
});

describe('any other client', () => {
  test('that says essential gets the level or unmet_authentication_requirements, never less', async () => {
    const unknown = { id_token: { acr: { essential: true, value: 'gold' } } };
    const refused = await openLogin(world, { claims: unknown });
    expect(refused.answer()).toMatchObject({ error: 'unmet_authentication_requirements', code: false });

    const browser = await sessionByPassword();
    const login = await openLogin(world, { browser, claims: essential3 });
    expect(login.page.stoppedAt).toBeUndefined();
    expect(login.page.text).not.toContain('value="password"');
  });

  test('that would like 3 and gets a password is told 1', async () => {
    const { done } = await loginWithPassword(world, { identifier, password, acr_values: '3' });
    expect(done.claims).toMatchObject({ acr: '1', amr: ['pwd'] });
  });

  test('that asks for 2 gets a click on the phone, without a PIN', async () => {
    const login = await ring(world, alice.msisdn, { acr_values: '2' });
    const screen = await alice.waitForScreen();
    expect(screen).toMatchObject({ kind: 'confirm', referenceCode: login.referenceCode });
    expect(await alice.ok()).toBeNull();
    expect(await login.settled()).toBe('approved');
    expect((await login.finish()).claims).toMatchObject({ acr: '2', amr: ['sc', 'mca'] });
  });

  test('whose session was a click is asked for the PIN when it wants 3: the level steps up', async () => {
    const browser = world.browser();
    const click = await ring(world, alice.msisdn, { client: 'click', browser });
    await alice.waitForScreen();
    await alice.ok();
    await click.settled();
    expect((await click.finish()).claims.acr).toBe('2');

    const { done } = await loginWithPin(world, { phone: alice, pin, browser, acr_values: '3' });
    expect(done.claims.acr).toBe('3');
    const silent = await openLogin(world, { client: 'click', browser });
    expect((await silent.finish()).claims.acr).toBe('2');
  });
});

describe('single sign-on', () => {
  test('gives a second client its code without a push, and keeps auth_time (A04)', async () => {
    const { browser, authTime } = await session();
    await until(authTime + 1);
    let login: Awaited<ReturnType<typeof openLogin>> | undefined;
    const rings = await ringsDuring(async () => {
      login = await openLogin(world, { client: 'strict', browser });
    });
    const { claims } = (await login?.finish()) ?? { claims: undefined };
    expect(claims).toMatchObject({ acr: '3', auth_time: authTime });
    expect(claims?.iat).toBeGreaterThan(authTime);
    expect(rings).toBe(0);
  });

  test('answers prompt=none at once where the session is enough', async () => {
    const { browser, authTime } = await session();
    const login = await openLogin(world, { browser, prompt: 'none', acr_values: '3' });
    expect((await login.finish()).claims).toMatchObject({ acr: '3', auth_time: authTime });
  });

  test('is over with prompt=login: the phone is asked anew, and auth_time moves', async () => {
    const { browser, authTime } = await session();
    await until(authTime + 1);
    const { done } = await loginWithPin(world, { phone: alice, pin, browser, prompt: 'login' });
    expect(Number(done.claims.auth_time)).toBeGreaterThan(authTime);
  });

  test('is over when max_age is: the phone is asked anew', async () => {
    const { browser, authTime } = await session();
    const young = await openLogin(world, { browser, max_age: 300 });
    expect((await young.finish()).claims.auth_time).toBe(authTime);
    await until(authTime + 2);
    const old = await loginWithPin(world, { phone: alice, pin, browser, max_age: 1 });
    expect(Number(old.done.claims.auth_time)).toBeGreaterThan(authTime);
  });

  test('is for the person who is logged in: the hint of another begins a login (decision 37)', async () => {
    const { browser } = await session();
    const same = await openLogin(world, { browser, login_hint: '+33639980001' });
    expect(same.answer().code).toBe(true);
    const other = await openLogin(world, { browser, login_hint: '+33639980004' });
    expect(other.page.stoppedAt).toBeUndefined();
    const none = await openLogin(world, { browser, login_hint: '+33639980004', prompt: 'none' });
    expect(none.answer()).toMatchObject({ error: 'login_required', code: false });
  });
});

describe('prompt=none', () => {
  test('without a session is login_required, whatever the hint, and rings nobody (A04, X115)', async () => {
    for (const login_hint of ['+33639980001', identifier]) {
      let login: Awaited<ReturnType<typeof openLogin>> | undefined;
      const rings = await ringsDuring(async () => {
        login = await openLogin(world, { prompt: 'none', login_hint, acr_values: '3' });
      });
      expect(login?.answer()).toMatchObject({ error: 'login_required', code: false });
      expect(rings).toBe(0);
    }
    expect(await alice.screen()).toBeNull();
  });

  test('a hint alone rings nobody either: the number is typed for the person, who presses the button', async () => {
    let login: Awaited<ReturnType<typeof openLogin>> | undefined;
    const rings = await ringsDuring(async () => {
      login = await openLogin(world, { login_hint: '+33639980001' });
    });
    expect(rings).toBe(0);
    expect(login?.page.text).toContain('name="identifier"');
  });
});

test('a code is good once; used twice it takes the tokens back (X110)', async () => {
  const login = await ring(world, alice.msisdn);
  await answerWithPin(alice, login, pin);
  await login.settled();
  const { tokens, claims } = await login.finish();
  await expect(login.finish()).rejects.toMatchObject({ error: 'invalid_grant' });
  await expect(openid.fetchUserInfo(login.begun.config, tokens.access_token, claims.sub)).rejects.toThrow();
});

/** Waits until the clock of tokens, in whole seconds, is past this time. */
async function until(seconds: number): Promise<void> {
  while (Math.floor(Date.now() / 1_000) < seconds) await new Promise((resolve) => setTimeout(resolve, 50));
}
