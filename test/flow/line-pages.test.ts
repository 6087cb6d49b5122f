// The pages of a line as a person without a phone goes through them, in a browser without JavaScript.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoPuk, spareSims } from '../../src/demo/world.ts';
import type { Browser, Page } from '../support/browser.ts';
import { loginWithPassword, loginWithPin, ring } from '../support/flow-login.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;

beforeAll(async () => {
  world = await startFlowWorld();
});
afterAll(() => world?.stop());

const headingOn = (page: Page): string => /<h1>([^<]*)<\/h1>/.exec(page.text)?.[1] ?? '';

/** Submits the first form of the page: its hidden fields, and what was filled in. */
async function fill(browser: Browser, page: Page, fields: Record<string, string>): Promise<Page> {
  const form = /<form method="post"[\s\S]*?<\/form>/.exec(page.text)?.[0] ?? '';
  const hidden = [...form.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
  const given = hidden.map(([, name = '', value = '']) => [name, value] as const);
  return await browser.submit(page, { ...Object.fromEntries(given), ...fields });
}

/** Opens a page of the service; the password is asked for on the way. */
async function enter(browser: Browser, path: string, who: string): Promise<Page> {
  const login = await browser.open(`${world.issuer}/mobile-connect/${path}`);
  expect(login.text).toContain('name="password"');
  return await fill(browser, login, { identifier: `${who}@exemple.test`, password: `${who}-demo-password` });
}

const staff = async (name: string, body: object): Promise<number> =>
  (await world.admin('POST', `/admin/${name}`, body)).status;

describe.each(['fr', 'en'])('in %s', (language) => {
  const who = language === 'fr' ? 'alice' : 'ines';
  const number = language === 'fr' ? '+33639980001' : '+33639980009';
  const browserOf = () => world.browser({ headers: { 'accept-language': language } });

  test('A54 a lost line is cut in two screens: the password, and one button', async () => {
    const browser = browserOf();
    const page = await enter(browser, 'lost', who);
    expect(headingOn(page)).toBe(language === 'fr' ? 'Mon téléphone est perdu ou volé' : 'My phone is lost or stolen');
    const done = await fill(browser, page, { reason: 'lost' });
    expect(done.status).toBe(200);
    expect(done.text).toContain('data-line-suspended');
    const sent = await world.messagesTo(number);
    const login = await ring(world, number);
    expect(await world.messagesTo(number)).toBe(sent);
    await login.choose('cancel');
  });

  test('b3 X49 X59 a found phone comes back by the code of an e-mail elsewhere, and by no other', async () => {
    const browser = browserOf();
    const page = await enter(browser, 'found', who);
    // The mailbox that her password opens proves nothing, and her phone is lost.
    const shop = await fill(browser, page, { choice: 'send' });
    expect(shop.status).toBe(422);
    expect(shop.text).toMatch(language === 'fr' ? /boutique/ : /shop/);
    const elsewhere = `${who}@courriel.test`;
    await world.app.parts.database.db
      .updateTable('accounts')
      .set({ contactEmail: elsewhere })
      .where('contactEmail', '=', `${who}@exemple.test`)
      .execute();
    const asked = await fill(browser, await browser.open(page.url), { choice: 'send' });
    expect(asked.text).toContain(`${who[0]}***@courriel.test`);
    const codeIn = async () => {
      const mails = await world.mail(elsewhere);
      return mails.map(({ text }) => /^ {2}(\d{6})$/m.exec(text)?.[1]).find((code) => code !== undefined);
    };
    const code = await until('the code is there', codeIn);
    const wrong = await fill(browser, asked, { code: code === '000000' ? '000001' : '000000' });
    expect(wrong.status).toBe(422);
    const back = await fill(browser, wrong, { code: code ?? '' });
    expect(back.status).toBe(200);
    expect(back.text).not.toContain('name="code"');
    const { done } = await loginWithPin(world, { phone: world.phone(number), pin: who === 'alice' ? '4071' : '6027' });
    expect(done.claims.acr).toBe('3');
  });

  test('X54 A55 a new SIM is activated by its 13 digits with spaces; a wrong number is said to be one', async () => {
    const spare = spareSims[language === 'fr' ? 0 : 1];
    expect(await staff('sim.reserve', { number, iccid: spare?.iccid })).toBe(200);
    expect(await staff('sim.ship', { number })).toBe(200);
    const browser = browserOf();
    const page = await enter(browser, 'sim', who);
    const wrong = await fill(browser, page, { number: '9000000000000' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('value="9000000000000"');
    const spaced = spare?.serial13.replace(/(\d{4})(?=\d)/g, '$1 ') ?? '';
    const done = await fill(browser, wrong, { number: spaced });
    expect(done.status).toBe(200);
    expect(done.text).toContain('/mobile-connect/activate');
  });

  test('B27 X60 the PUK is shown on the page that asked for it, and not kept by the browser', async () => {
    const browser = browserOf();
    const page = await enter(browser, 'puk', who);
    const shown = await fill(browser, page, {});
    const spare = spareSims[language === 'fr' ? 0 : 1];
    expect(shown.text).toContain(demoPuk(spare?.iccid ?? ''));
    expect(shown.headers.get('cache-control')).toContain('no-store');
    expect((await browser.open(shown.url)).text).not.toContain(demoPuk(spare?.iccid ?? ''));
  });
});

test('a form without the guard of this session changes nothing', async () => {
  const browser = world.browser();
  const page = await enter(browser, 'lost', 'emma');
  const refused = await fill(browser, page, { reason: 'lost', csrf: 'x' });
  expect(refused.status).toBe(403);
  expect((await browser.open(page.url)).text).not.toContain('data-line-suspended');
});

test('A29 X57 another number, given by staff: the old one rings nobody, the new one opens the account by password', async () => {
  const [from, to] = ['06 39 98 00 06', '06 39 98 77 06'];
  expect(await staff('line.change-number', { number: from, to })).toBe(200);
  expect(await staff('line.show', { number: from })).toBe(404);
  const shown = await (await world.admin('POST', '/admin/line.show', { number: to })).json();
  expect(shown).toMatchObject({ number: '+33 6 39 98 ** 06', status: 'active', service: 'INACTIVE' });
  const sent = await world.messagesTo('+33639980006');
  const login = await ring(world, from);
  expect(login.shownStatus).toBe('pending');
  expect(await world.messagesTo('+33639980006')).toBe(sent);
  await login.choose('cancel');
  const password = 'farid-demo-password';
  await expect(loginWithPassword(world, { identifier: from, password })).rejects.toThrow();
  const { done } = await loginWithPassword(world, { identifier: to, password });
  expect(done.claims.acr).toBe('1');
});

test('b1 b3 b13 staff suspend, put back and end a line; what does not fit is refused in words', async () => {
  const number = '06 39 98 00 08';
  const call = async (name: string, body: object) => {
    const response = await world.admin('POST', `/admin/${name}`, body);
    return { status: response.status, body: (await response.json()) as object };
  };
  expect((await call('line.suspend', { number, reason: 'stolen' })).body).toMatchObject({
    outcome: 'suspended',
    line: { status: 'suspended', service: 'LINE_SUSPENDED' },
  });
  expect((await call('line.suspend', { number })).body).toMatchObject({ outcome: 'already' });
  expect((await call('line.reactivate', { number })).body).toMatchObject({ outcome: 'reactivated' });
  expect(await call('line.change-number', { number, to: '06 39 98 00 05' })).toMatchObject({ status: 409 });
  expect(await call('sim.ship', { number })).toMatchObject({ status: 409 });
  expect(await call('line.suspend', { number: 'nobody' })).toMatchObject({ status: 422 });
  expect((await call('line.terminate', { number })).body).toMatchObject({ outcome: 'terminated' });
  expect(await call('line.terminate', { number })).toMatchObject({ status: 404 });
});

test('after a reset of the sandbox every line has its own SIM and number again', async () => {
  expect((await world.admin('POST', '/sandbox/reset', {})).status).toBe(200);
  const { done } = await loginWithPin(world, { phone: world.phone('+33639980001'), pin: '4071' });
  expect(done.claims.acr).toBe('3');
  expect(await staff('line.show', { number: '06 39 98 00 06' })).toBe(200);
  expect(await staff('sim.reserve', { number: '06 39 98 00 01', iccid: spareSims[0]?.iccid })).toBe(200);
});
