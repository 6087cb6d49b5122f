// Mobile Connect through the browser, over all the wires: what the shop asks for is read on the phone, and the token
// says what the SIM has answered.
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { answerWithPin, type Login, openLogin, ring } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let alice: FlowPhone;
const pin = '4071';
const correlationId = '6f1c1f0a-2f7e-4b0d-9a55-0d8a3a0f9c11';
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

beforeAll(async () => {
  world = await startFlowWorld();
  alice = world.phone('+33639980001');
});
afterEach(() => world.nextDay());
afterAll(() => world?.stop());

const version = { version: 'mc_di_r2_v2.3', correlation_id: correlationId };
const authorization = {
  ...version,
  client_name: 'Petite Boutique',
  context: 'Payer 34,90 €',
  binding_message: 'K7P2',
};

/** What the shop asks for. */
const atShop = (acrValues: string, more: Record<string, string> = version) => ({
  client: 'shop',
  redirectUri: `${world.portalUrl}/shop/callback`,
  scope: 'context' in more ? 'openid mc_authz' : 'openid mc_authn',
  acr_values: acrValues,
  pkce: false as const,
  browser: world.browser({ stopAt: `${world.portalUrl}/` }),
  more,
});

/** After the phone: over the consent page, if there is one, back to the shop. */
async function backAtShop(login: Login) {
  await login.settled();
  await login.reload();
  if (login.page.stoppedAt === undefined) await login.submit({ decision: 'allow' });
  return await login.finish();
}

describe('a login', () => {
  test('at level 2 is OK on the SIM', async () => {
    const login = await ring(world, alice.msisdn, {
      ...atShop('2'),
      login_hint: 'MSISDN:33639980001',
    });
    const screen = await alice.waitForScreen();
    expect(screen.kind).toBe('confirm');
    await alice.ok();
    const { tokens, claims } = await backAtShop(login);
    expect(claims).toMatchObject({ aud: ['shop'], azp: 'shop', acr: '2', amr: ['SIM_OK'] });
    expect(claims['hashed_login_hint']).toBe(hash('MSISDN:33639980001'));
    expect(claims['display_receipt']).toMatchObject({ reference_code: screen.referenceCode });
    expect(claims).not.toHaveProperty('displayed_data');
    expect(tokens['correlation_id']).toBe(correlationId);
    expect(claims.sub).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test('at level 3 is the PIN, and "3 2" tries for it first', async () => {
    const login = await ring(world, alice.msisdn, atShop('3 2'));
    await answerWithPin(alice, login, pin);
    const { claims } = await backAtShop(login);
    expect(claims).toMatchObject({ acr: '3', amr: ['SIM_PIN'] });
  });
});

describe('an operation', () => {
  test('shows its words on page and phone, and the token is the receipt of them', async () => {
    const login = await ring(world, alice.msisdn, atShop('3', authorization));
    const words = `K7P2\nPayer 34,90 €`;
    expect(login.page.text).toContain('<p data-asked>K7P2</p>');
    expect(login.page.text).toContain('<p data-asked>Payer 34,90 €</p>');
    const screen = await alice.waitForScreen();
    expect(screen.text).toContain(words);
    expect(screen.title).toContain('Petite Boutique');
    await answerWithPin(alice, login, pin);
    const { claims } = await backAtShop(login);
    expect(claims['displayed_data']).toBe(words);
    expect(claims['display_receipt']).toEqual({
      reference_code: login.referenceCode ?? screen.referenceCode,
      request_sha256: expect.stringMatching(/^[\w-]{43}$/),
      answered_at: claims.auth_time,
      text_sha256: createHash('sha256').update(words).digest('base64url'),
    });
  });

  test('rings again although the browser has just logged in', async () => {
    const first = atShop('3');
    const login = await ring(world, alice.msisdn, first);
    await answerWithPin(alice, login, pin);
    await backAtShop(login);
    await world.nextDay();
    const again = await openLogin(world, { ...atShop('3', authorization), browser: first.browser });
    expect(again.page.stoppedAt).toBeUndefined();
    expect(again.page.text).toContain('Payer 34,90 €');
  });
});

test('a refusal goes back in the words of the profile', async () => {
  const login = await ring(world, alice.msisdn, atShop('3', authorization));
  await alice.waitForScreen();
  await alice.cancel();
  expect(await login.settled()).toBe('refused');
  await login.reload();
  await login.choose('cancel');
  const said = Object.fromEntries(login.page.stoppedAt?.searchParams ?? []);
  expect(said).toMatchObject({ error: 'access_denied', correlation_id: correlationId, state: expect.any(String) });
  expect(said['error_description']).toMatch(/^User failed to authenticate(?: \(trace [0-9a-f]{16}\))?$/);
});

test('words that no phone shows as they are meant are refused before anybody is rung', async () => {
  const before = await world.messagesTo(alice.msisdn);
  const login = await openLogin(world, atShop('3', { ...authorization, context: 'Payer \u202e09,43' }));
  expect(login.answer()).toMatchObject({ error: 'invalid_request', code: false });
  expect(login.answer().description).toMatch(/^Invalid context value/);
  expect(await world.messagesTo(alice.msisdn)).toBe(before);
});
