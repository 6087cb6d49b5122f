// The pages of a registration over the real use cases: without JavaScript, in both languages, nothing typed twice.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ileBrand } from '../../support/brands.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import {
  createRegistrationWorld,
  goodPassword,
  type RegistrationWorld,
  typedForm,
} from '../enrolment/registration-world.ts';
import { Browser, textOf } from './browser.ts';
import { startScripted } from './scripted-login.ts';

let open: TestDatabase;
let world: RegistrationWorld;

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = await createRegistrationWorld(open.database);
});
afterAll(() => open.close());

/** The scripted pages are those of another brand: here it is `ile` that they register for. */
function pages(language: string) {
  const registrations = {
    ...world.registrations,
    begin: (start: Parameters<typeof world.registrations.begin>[0]) =>
      world.registrations.begin({ ...start, brand: 'ile' }),
  };
  return new Browser(startScripted({ registrations }).app, { language });
}

async function begin(browser: Browser, identifier: string): Promise<string> {
  const begun = await browser.submit('/register?from=interaction/abc', { identifier });
  expect(begun.status).toBe(303);
  return String(begun.headers['location']);
}

/** The digits of the last code that was sent. */
async function lastDigits(): Promise<string> {
  return (await world.codes.open(world.sent.at(-1)?.codeId ?? ''))?.digits ?? '';
}

test.each([
  ['fr', 'Identifiant de Compte', 'fiche', 'conditions', 'Code d’activation', 'mot de passe', 'confirmé'],
  ['en', 'Account ID', 'form', 'terms', 'Activation code', 'password', 'confirmed'],
])('E02 to E07 in %s, page by page, and back to the login', async (language, ...words) => {
  const browser = pages(language);
  const [start = '', ...others] = words;
  expect(textOf((await browser.get('/register')).text)).toContain(start);
  const flow = await begin(browser, (await world.billed()).code);
  const answers = [
    async () => ({ ...typedForm }),
    async () => ({ version: 'v1', accept: 'yes' }),
    async () => ({ code: await lastDigits() }),
    async () => ({ password: goodPassword, confirmation: goodPassword }),
  ];
  for (const [index, answer] of answers.entries()) {
    expect(textOf((await browser.get(flow)).text)).toContain(others[index]);
    const sent = await browser.submit(flow, await answer());
    expect([sent.status, sent.headers['location']]).toEqual([303, flow]);
  }
  const done = await browser.get(flow);
  expect(textOf(done.text)).toContain(others[4]);
  expect(done.text).toContain('href="/interaction/abc"');
});

test('a mistake is named at its field, and what was typed is still there', async () => {
  const browser = pages('en');
  const malformed = await browser.submit('/register', { identifier: 'anya@exemple.test' });
  expect(malformed.status).toBe(422);
  expect(malformed.text).toContain('value="anya@exemple.test"');
  const flow = await begin(browser, '88888888');
  const wrong = await browser.submit(flow, { ...typedForm, email: 'no address' });
  expect(wrong.status).toBe(422);
  expect(textOf(wrong.text)).toContain('This is not an e-mail address.');
  expect(wrong.text).toMatch(
    /id="email"[^>]*value="no address"[^>]*aria-describedby="problem[^>]*aria-invalid="true"/s,
  );
  expect(wrong.text).toContain(`value="${typedForm.givenName}"`);
  await browser.submit(flow, { ...typedForm });
  expect(textOf((await browser.submit(flow, { version: 'v1' })).text)).toContain('Tick the box');
});

test('wrong codes are named, another one can be sent, and at the end there is a way to begin anew', async () => {
  const browser = pages('en');
  const flow = await begin(browser, '88888888');
  await browser.submit(flow, { ...typedForm });
  await browser.submit(flow, { version: 'v1', accept: 'yes' });
  expect((await browser.submit(flow, { choice: 'resend' })).status).toBe(303);
  const other = String((Number(await lastDigits()) + 1) % 1_000_000).padStart(6, '0');
  const wrong = await browser.submit(flow, { code: other });
  expect([wrong.status, textOf(wrong.text).includes('This code is not right')]).toEqual([422, true]);
  for (let n = 0; n < 3; n++) await browser.submit(flow, { code: other });
  const over = await browser.get(flow);
  expect(textOf(over.text)).toContain('cannot go on');
  expect(over.text).toMatch(/href="\/register"/);
});

test('another browser begins at the start, and another site cannot post', async () => {
  const flow = await begin(pages('en'), '88888888');
  const stranger = pages('en');
  expect((await stranger.get(flow)).status).toBe(303);
  expect((await stranger.post(flow, { code: '1', csrf: 'x' })).status).toBe(403);
});

test('E09 the login of a brand with Account IDs asks for one, and shows the way to register; no phone is asked', async () => {
  const { app } = startScripted({}, { brand: ileBrand });
  const page = await new Browser(app, { language: 'en' }).get('/interaction/uid-1');
  const words = textOf(page.text);
  expect(words).toContain('Account ID or Customer ID');
  expect(words).not.toMatch(/mobile number|phone/i);
  expect(page.text).toContain('href="/register?from=interaction%2Fuid-1"');
  expect(page.text).toContain('href="/account/password-reset?from=interaction%2Fuid-1"');
  expect(page.text).not.toContain('/account/new');
});
