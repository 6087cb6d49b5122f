// Turning Mobile Connect on, using it at once, and turning it off again, over the real wires.
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loginWithPin, openLogin, ring } from '../support/flow-login.ts';
import { noteTokens } from '../support/flow-relying-party.ts';
import {
  activate,
  activateUpToPin,
  confirmOnPhone,
  createPin,
  offeredLines,
  openService,
  stepOn,
  visitService,
} from '../support/flow-service.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
beforeAll(async () => {
  world = await startFlowWorld();
});
afterAll(() => world?.stop());

const bruno = { msisdn: '+33639980002', typed: '06 39 98 00 02', password: 'bruno-demo-password', pin: '6318' };
const brunoPhone = () => world.phone(bruno.msisdn);
const byNumber = { identifier: bruno.typed, password: bruno.password };

describe('before it is activated', () => {
  test('a new line is off: a login on it rings nobody (A10)', async () => {
    const before = await world.messagesTo(bruno.msisdn);
    const login = await ring(world, bruno.msisdn);
    expect(login.shownStatus).toBe('pending');
    expect(await world.messagesTo(bruno.msisdn)).toBe(before);
    await login.choose('cancel');
  });

  test('the front page leads everywhere without a login (A14, A44)', async () => {
    const visit = visitService(world);
    const { text, status } = await visit.open('');
    expect(status).toBe(200);
    for (const path of ['activate', 'service', 'reset', 'lost', 'found', 'sim', 'puk'])
      expect(text).toContain(`/mobile-connect/${path}"`);
  });

  test('a wrong password gets nobody in', async () => {
    const visit = await openService(world, { path: '/activate', ...byNumber, password: 'wrong' });
    expect(visit.page.status).toBe(422);
    expect(visit.page.text).toContain('data-problem="passwordWrong"');
    await visit.open('/service');
    expect(visit.page.url.pathname).toBe('/mobile-connect/login');
  });

  test.each([
    ['a SIM that is not compatible (A09)', 'chloe@exemple.test', 'chloe-demo-password', 'SIM'],
    ['a 4G box', 'jean@exemple.test', 'jean-demo-password', '4G'],
  ])('%s is told clearly, and nothing can be started', async (_what, identifier, password, word) => {
    const visit = await openService(world, { path: '/activate', identifier, password });
    expect(offeredLines(visit.page)).toEqual([]);
    expect(visit.page.text).toContain(word);
  });
});

describe('activation', () => {
  test('with an e-mail address the line is chosen among the account’s; without a mobile line nothing is offered (A17)', async () => {
    const visit = await openService(world, {
      path: '/activate',
      identifier: 'bruno@exemple.test',
      password: bruno.password,
    });
    expect(offeredLines(visit.page)).toHaveLength(1);
    expect(visit.page.text).toContain('+33 6 39 98 ** 02');
    const gisele = { identifier: 'gisele@exemple.test', password: 'gisele-demo-password' };
    const none = await openService(world, { path: '/activate', ...gisele });
    expect(offeredLines(none.page)).toEqual([]);
    expect(none.page.text).toContain('pas de ligne mobile');
  });

  test('without the ticked box nothing begins (A19)', async () => {
    const visit = await openService(world, { path: '/activate', ...byNumber });
    expect(offeredLines(visit.page)).toHaveLength(1);
    await visit.submit({ line: offeredLines(visit.page)[0]! });
    expect(stepOn(visit.page)).toBe('terms');
    expect(visit.page.text).not.toMatch(/name="accept"[^>]*checked/);
    const before = await world.messagesTo(bruno.msisdn);
    await visit.submit({ choice: 'accept', version: '2026-01' });
    expect(visit.page.status).toBe(422);
    expect(stepOn(visit.page)).toBe('terms');
    expect(await world.messagesTo(bruno.msisdn)).toBe(before);
    await visit.submit({ choice: 'accept', accept: 'yes', version: '2020-01' });
    expect(visit.page.text).toContain('data-problem="stale_terms"');
  });

  test('"next" before the SIM has answered goes nowhere (A21), and after its time the line is off again (A20)', async () => {
    await brunoPhone().power(false);
    const visit = await openService(world, { path: '/activate', ...byNumber });
    await visit.submit({ line: offeredLines(visit.page)[0]! });
    await visit.submit({ choice: 'accept', accept: 'yes', version: '2026-01' });
    expect(stepOn(visit.page)).toBe('installing');
    await visit.submit({ choice: 'next' });
    expect(visit.page.status).toBe(409);
    expect(visit.page.text).toContain('data-problem="install_pending"');
    await world.advanceClock(15 * 60);
    await visit.settle();
    expect(stepOn(visit.page)).toBe('failed');
    await brunoPhone().power(true);
    const lines = await openService(world, { path: '/service', ...byNumber });
    expect(lines.page.text).toContain('data-line-state="INACTIVE"');
  });

  test('5555 is refused by the card, and who gives up on the phone may ask again', async () => {
    const visit = await activateUpToPin(world, byNumber);
    expect(stepOn(visit.page)).toBe('pin');
    const phone = brunoPhone();
    await createPin(phone, visit, '5555');
    expect((await phone.screen())?.kind).toBe('new-pin');
    await phone.cancel();
    await visit.settle();
    expect(stepOn(visit.page)).toBe('installed');
    expect(visit.page.text).toContain('data-problem="refused"');
  });

  test('goes on in another browser where it stood, and ends with the PIN (A08, A15, A16, A26)', async () => {
    const visit = await openService(world, { path: '/activate', ...byNumber });
    await visit.submit({ line: offeredLines(visit.page)[0]! });
    expect(stepOn(visit.page)).toBe('installed');
    await visit.submit({ choice: 'pin' });
    await createPin(brunoPhone(), visit, bruno.pin);
    await visit.settle();
    expect(stepOn(visit.page)).toBe('pin_set');
    expect(visit.page.text).toContain('Bruno Lefèvre');
  });

  test('until the last step is taken no login to the account rings (A27)', async () => {
    const before = await world.messagesTo(bruno.msisdn);
    const login = await ring(world, bruno.msisdn);
    expect(await world.messagesTo(bruno.msisdn)).toBe(before);
    await login.choose('cancel');
  });

  test('the last step links the account, says so by e-mail once, and the first login works at once (A27, A28)', async () => {
    await world.advanceClock(16 * 60);
    const visit = await openService(world, { path: '/activate', ...byNumber });
    await visit.submit({ line: offeredLines(visit.page)[0]! });
    await visit.submit({ choice: 'confirm' });
    expect(stepOn(visit.page)).toBe('done');
    await visit.submit({ choice: 'confirm' }).catch(() => undefined);
    const mails = await until('the e-mail', async () => {
      const all = await world.mail('bruno@exemple.test');
      return all.some(({ subject }) => subject === 'Mobile Connect est activé') && all;
    });
    expect(mails.filter(({ subject }) => subject === 'Mobile Connect est activé')).toHaveLength(1);
    const { done } = await loginWithPin(world, { phone: brunoPhone(), pin: bruno.pin });
    expect(done.claims).toMatchObject({ acr: '3' });
  });

  test('the page of the service says what is and what was: state, accounts, uses, ways out (A41)', async () => {
    const { page } = await openService(world, { path: '/service', ...byNumber });
    expect(page.text).toContain('data-line-state="ACTIVE"');
    expect(page.text).toContain('Bruno Lefèvre');
    expect(page.text).toContain('Banc d’essai');
    expect(page.text).toContain('value="deactivate"');
  });
});

describe('deactivation', () => {
  const askToDeactivate = async () => {
    const visit = await openService(world, { path: '/service', ...byNumber });
    const [line = ''] = offeredLines(visit.page);
    await visit.submit({ choice: 'deactivate', line });
    return visit;
  };

  test('is shown by name on the phone, and refusing it leaves everything as it is (A41, A42)', async () => {
    const visit = await askToDeactivate();
    const screen = await brunoPhone().waitForScreen();
    expect(screen).toMatchObject({ kind: 'code', referenceCode: null });
    expect(`${screen.title} ${screen.text}`).toContain('Désactiver');
    await brunoPhone().cancel();
    await visit.settle();
    expect(visit.page.text).toContain('data-confirmation="refused"');
    await world.nextDay();
    await loginWithPin(world, { phone: brunoPhone(), pin: bruno.pin });
  });

  test('leaves everything as it is when nobody answers (A42)', async () => {
    const visit = await askToDeactivate();
    await world.advanceClock(181);
    await visit.settle();
    expect(visit.page.text).toContain('data-confirmation="expired"');
    await world.nextDay();
  });

  test('with the PIN it is over at once: PIN and key gone, no push, the password alone (A43)', async () => {
    const wish = { phone: brunoPhone(), pin: bruno.pin, scope: 'openid offline_access' };
    const earlier = await loginWithPin(world, wish);
    const silent = async () =>
      (await openLogin(world, { browser: earlier.browser, prompt: 'none', acr_values: '3' })).answer();
    expect(await silent()).toMatchObject({ code: true });
    const visit = await askToDeactivate();
    await confirmOnPhone(brunoPhone(), visit, bruno.pin);
    await visit.settle();
    expect(visit.page.text).toContain('data-confirmation="done"');
    await until('the card is empty', async () => (await brunoPhone().state()).triesLeft === null);
    const mails = await until('the e-mail', async () => {
      const all = await world.mail('bruno@exemple.test');
      return all.some(({ subject }) => subject.startsWith('Mobile Connect n’ouvre plus')) && all;
    });
    expect(mails.filter(({ subject }) => subject.startsWith('Mobile Connect n’ouvre plus'))).toHaveLength(1);
    const before = await world.messagesTo(bruno.msisdn);
    const login = await openLogin(world);
    await login.identify(bruno.msisdn);
    expect(login.shownStatus).toBe('pending');
    expect(await world.messagesTo(bruno.msisdn)).toBe(before);
    await login.choose('cancel');
    // What was granted stays what it was; no session and no refresh makes a level of the SIM out of it again.
    const refreshed = await openid.refreshTokenGrant(earlier.begun.config, earlier.done.tokens.refresh_token!);
    noteTokens(refreshed);
    expect(refreshed.claims()).toMatchObject({ auth_time: earlier.done.claims.auth_time });
    expect(await silent()).toMatchObject({ error: 'login_required', code: false });
    const { page } = await openService(world, { path: '/service', ...byNumber });
    expect(page.text).toContain('data-line-state="DEACTIVATED"');
  });

  test('the service can be turned on again on the same SIM, without a wait', async () => {
    await world.nextDay();
    const visit = await activate(world, { ...byNumber, phone: brunoPhone(), pin: '2749' });
    expect(stepOn(visit.page)).toBe('done');
    await loginWithPin(world, { phone: brunoPhone(), pin: '2749' });
  });
});
