// What no form of ours would send, and what people mistype: a clear word, nothing lost, nothing rung.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerWithPin, type Login, openLogin, ring } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let alice: FlowPhone;
let login: Login;

beforeAll(async () => {
  world = await startFlowWorld();
  alice = world.phone('+33639980001');
  login = await openLogin(world, { ui_locales: 'en' });
});
afterAll(() => world?.stop());

/** Posts a form as it is, without the page's own csrf field. */
async function post(body: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const response = await login.browser.request(login.page.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
  return { status: response.status, text: await response.text() };
}

const csrfOf = (one: Login): string => /name="csrf" value="([^"]+)"/.exec(one.page.text)?.[1] ?? '';

async function attempts(): Promise<number> {
  return (await world.database.db.selectFrom('attempts').select('id').execute()).length;
}

describe('a number that is none', () => {
  test.each([
    '06 39 98 00',
    '063998000123456',
    'alice',
    'alice@',
    '06 39 98 00 0O',
    '+33 6 39 98 00 01 ext 5',
    '١٢٣٤٥٦٧٨٩٠',
    '06399８0001',
    '0639980001\n',
    '<script>alert(1)</script>',
    "' or 1=1 --",
    '9'.repeat(60),
  ])('is refused with words that a person understands, and kept for correction: %s (A07, X06)', async (typed) => {
    const before = await attempts();
    const page = await login.identify(typed);
    expect(page.status).toBe(422);
    expect(page.text).toMatch(/data-problem="identifierMalformed"[\s\S]*A number has ten digits/);
    expect(page.text).toContain('name="identifier"');
    expect(page.text).not.toContain('<script>alert');
    expect(await attempts()).toBe(before);
  });

  test('and nothing at all has a word of its own', async () => {
    const page = await login.identify('   ');
    expect(page.status).toBe(422);
    expect(page.text).toContain('Type your mobile number or your e-mail address.');
  });
});

describe('a form that is not ours', () => {
  test.each([
    ['without csrf', 'identifier=0639980001'],
    ['with an empty csrf', 'csrf=&identifier=0639980001'],
    ['with a foreign csrf', `csrf=${'A'.repeat(43)}&identifier=0639980001`],
  ])('%s is refused, and rings nobody', async (_what, body) => {
    const before = await attempts();
    expect((await post(body)).status).toBe(403);
    expect(await attempts()).toBe(before);
  });

  test('with the csrf of another browser is refused', async () => {
    const other = await openLogin(world);
    expect((await post(`csrf=${csrfOf(other)}&identifier=0639980001`)).status).toBe(403);
  });

  test('with the csrf of another login in the same browser is refused', async () => {
    const other = await openLogin(world, { browser: login.browser });
    const token = csrfOf(other);
    await login.reload();
    expect(token).not.toBe(csrfOf(login));
    expect((await post(`csrf=${token}&identifier=0639980001`)).status).toBe(403);
  });

  test('sent by another site is refused', async () => {
    const body = `csrf=${csrfOf(login)}&identifier=0639980001`;
    expect((await post(body, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test.each([
    ['too large', `identifier=${'1'.repeat(20_000)}`, {}, 413],
    ['with a field that is too long', `identifier=${'1'.repeat(2_000)}`, {}, 400],
    ['with a field twice', 'identifier=0639980001&identifier=0639980004', {}, 400],
    ['as JSON', '{"identifier":"0639980001"}', { 'content-type': 'application/json' }, 415],
  ])('%s is refused with its own status', async (_what, body, headers, status) => {
    const before = await attempts();
    expect((await post(`csrf=${csrfOf(login)}&${body}`, headers)).status).toBe(status);
    expect(await attempts()).toBe(before);
  });

  test('still leaves the login where it was', async () => {
    await login.reload();
    expect(login.page.status).toBe(200);
    expect(login.page.text).toContain('name="identifier"');
  });
});

describe('a choice', () => {
  test.each(['nonsense', 'acc_AAAAAAAAAAAAAAAAAAAAAA', '__proto__', 'constructor'])(
    'that nobody offered is refused: %s',
    async (choice) => {
      expect((await login.choose(choice)).status).toBe(422);
      expect(login.page.text).toContain('This choice is not possible here');
    },
  );

  test('to resend or to go on before there is anything to resend changes nothing', async () => {
    await login.choose('resend');
    expect(login.page.stoppedAt).toBeUndefined();
    await login.choose('continue');
    expect(login.page.stoppedAt).toBeUndefined();
    expect(await attempts()).toBe(0);
  });
});

test('a password that was not asked for is not checked', async () => {
  await login.password('alice-demo-password');
  expect(login.page.stoppedAt).toBeUndefined();
  expect(login.page.text).toContain('name="identifier"');
});

test('a PIN that is posted to a page is dropped unread, not shown and not logged (A05, A31)', async () => {
  const secret = '907341';
  const waiting = await ring(world, alice.msisdn);
  await alice.waitForScreen();
  for (const field of ['pin', 'code', 'otp']) {
    const page = await waiting.submit({ [field]: secret, identifier: alice.msisdn });
    expect(page.text).not.toContain(secret);
  }
  await waiting.submit({ pin: '4071', choice: 'continue' });
  expect(waiting.page.stoppedAt).toBeUndefined();
  expect(world.log.filter((line) => line.includes(secret))).toEqual([]);
});

test('no page of the login has a field for the PIN (A31)', async () => {
  await world.nextDay();
  const one = await openLogin(world);
  const pages = [one.page.text, (await one.identify(alice.msisdn)).text, (await one.choose('password')).text];
  for (const text of pages) expect(text).not.toMatch(/name="(pin|code|otp)"|autocomplete="one-time-code"/);
});

test('after all that the login that was begun first still works', async () => {
  await world.nextDay();
  await login.identify('06 39 98 00 01');
  await answerWithPin(alice, login, '4071');
  expect(await login.settled()).toBe('approved');
  expect((await login.finish()).claims.acr).toBe('3');
});

test.each(['/interaction/nonsense', '/interaction/', '/nowhere', '/auth', '/auth?client_id=nobody'])(
  'an address that leads nowhere has a page that says so: %s',
  async (path) => {
    const page = await world.browser().open(`${world.issuer}${path}`);
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(page.status).toBeLessThan(500);
    expect(page.text).toContain('data-error');
    expect(page.text).not.toMatch(/at .+\.ts:\d+/);
  },
);
