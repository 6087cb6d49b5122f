// The portal and the shop as a person uses them: two relying parties, one session at the provider, one way out.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, createBrowser, type Page, referenceCodeOn } from '../support/browser.ts';
import { answerWithPin } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { type FlowPortal, startFlowPortal } from '../support/flow-portal.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let portal: FlowPortal;
let alice: FlowPhone;

beforeAll(async () => {
  world = await startFlowWorld();
  portal = await startFlowPortal(world);
  alice = world.phone('+33639980001');
});
afterEach(() => world.nextDay());
afterAll(async () => {
  await portal?.stop();
  await world?.stop();
});

/** From a page of the portal over the number and the PIN back to the portal. */
async function logIn(browser: Browser, from: string): Promise<Page> {
  const start = await browser.open(`${portal.url}${from}`);
  expect(start.url.origin).toBe(world.issuer);
  const waiting = await browser.submit(start, { identifier: '06 39 98 00 01' });
  await answerWithPin(alice, { referenceCode: referenceCodeOn(waiting) }, '4071');
  const status = await browser.request(`${waiting.url}/status`, { headers: { prefer: 'wait=10', accept: '*/*' } });
  expect(await status.json()).toEqual({ status: 'approved' });
  return await browser.open(waiting.url);
}

test('a login ends on the page that was asked for, and it knows who is there (A32)', async () => {
  const page = await logIn(createBrowser(), '/profile');
  expect(page.url.href).toBe(`${portal.url}/profile`);
  expect(page.status).toBe(200);
  expect(page.text).toContain('Alice Martin');
  expect(page.text).not.toContain('+33639980001');
  expect(portal.events).toEqual([]);
});

test('logging out ends the session here and at the provider', async () => {
  const browser = createBrowser();
  const profile = await logIn(browser, '/profile');
  const asked = await browser.submitForm(profile, '/logout');
  expect(asked.url.origin).toBe(world.issuer);
  const home = await browser.submitForm(asked, '/session/end/confirm', { logout: 'yes' });
  expect(home.url.href).toBe(`${portal.url}/?state=signed-out`);
  expect(home.text).not.toContain('Alice Martin');
  const again = await browser.open(`${portal.url}/profile`);
  expect(again.url.origin).toBe(world.issuer);
  expect(again.text).toContain('name="identifier"');
});

test('D01 B46 her bank account changes by her PIN on the phone, her address by one confirmation, her session by a button', async () => {
  const browser = createBrowser();
  const account = await logIn(browser, '/account');
  expect(account.text).toContain('a***@exemple.test');
  const bank = await browser.open(`${portal.url}/account/bank`);
  expect(bank.text).toContain('FR76 •••• 0185');
  const asked = { iban: 'DE89 3704 0044 0532 0130 00', holder: 'Alice Martin' };
  const waiting = await browser.submitForm(bank, '/account/bank', asked);
  const [, referenceCode = ''] = /data-reference-code>(\d{4})</.exec(waiting.text) ?? [];
  expect((await alice.waitForScreen()).text).toContain('compte finissant par 3000');
  await answerWithPin(alice, { referenceCode }, '4071');
  await until('the change is made', async () =>
    (await browser.open(waiting.url)).text.includes('Le compte est changé'),
  );
  expect((await browser.open(`${portal.url}/account/bank`)).text).toContain('DE89 •••• 3000');

  const page = await browser.open(`${portal.url}/account/address`);
  const [, contract = ''] = /name="(contract_[\w-]+)"/.exec(page.text) ?? [];
  const address = { street: '9 quai de la Fosse', zip: '44100', city: 'Nantes', [contract]: 'yes' };
  const draft = await browser.submitForm(page, '/account/address', address);
  expect(draft.text).toContain('12 rue des Lilas');
  const done = await browser.submitForm(draft, draft.url.pathname);
  expect(done.text).toContain('C’est fait');

  const security = await browser.open(`${portal.url}/account/security`);
  expect(security.text).toContain('Compte bancaire changé');
  const [, session = ''] = /data-session="([\w-]+)"(?:(?!data-session)[\s\S])*cette session/.exec(security.text) ?? [];
  await browser.submitForm(security, `/account/security/sessions/${session}/end`);
  // The provider knows this browser no more.
  expect((await browser.open(`${portal.url}/login`)).text).toContain('name="identifier"');
});

/** An order at the shop: the phone shows what is bought, and the shop believes the receipt of it. */
async function orderMug(browser: Browser): Promise<void> {
  await world.nextDay();
  const start = await browser.open(`${portal.url}/shop/login?order=mug`);
  // The shop knows no number: its hint is the subject, and the page shows the number masked.
  expect(start.text).toContain('Tasse en grès, 24 €');
  expect(start.text).not.toContain('39980001');
  const waiting = await browser.submit(start, { identifier: '' });
  const screen = await alice.waitForScreen();
  expect(screen.text).toContain('Commande\nTasse en grès, 24 €');
  await answerWithPin(alice, { referenceCode: referenceCodeOn(waiting) }, '4071');
  await browser.request(`${waiting.url}/status`, { headers: { prefer: 'wait=10', accept: '*/*' } });
  const account = await browser.open(waiting.url);
  expect(account.url.href).toBe(`${portal.url}/shop/account`);
  expect(account.text).toContain('data-order="mug"');
}

test('the shop asks for consent, knows a sub of its own, and is told when the session ends (A38, X114)', async () => {
  const browser = createBrowser();
  const profile = await logIn(browser, '/profile');
  const consent = await browser.open(`${portal.url}/shop/login`);
  expect(consent.text).toContain('Petite Boutique');
  expect(consent.text).toContain('name="decision"');
  const account = await browser.submit(consent, { decision: 'allow' });
  expect(account.url.href).toBe(`${portal.url}/shop/account`);
  expect(account.text).not.toContain(subjectOn(profile));
  await orderMug(browser);

  const asked = await browser.submitForm(profile, '/logout');
  await browser.submitForm(asked, '/session/end/confirm', { logout: 'yes' });
  await until('the shop is told', () =>
    portal.events.some(({ event, site, ended }) => event === 'backchannel-logout' && site === 'shop' && ended === 1),
  );
  const gone = await browser.open(`${portal.url}/shop/account`);
  expect(gone.url.origin).toBe(world.issuer);
});

test('the portal is told by the back channel when the session ends elsewhere', async () => {
  const browser = createBrowser();
  await logIn(browser, '/profile');
  const seen = portal.events.length;
  const asked = await browser.open(`${world.issuer}/session/end`);
  await browser.submitForm(asked, '/session/end/confirm', { logout: 'yes' });
  await until('the portal is told', () => portal.events.length > seen);
  expect(portal.events.at(-1)).toMatchObject({ event: 'backchannel-logout', site: 'portal', ended: 1 });
  const page = await browser.open(`${portal.url}/profile`);
  expect(page.url.origin).toBe(world.issuer);
});

test('cancelling at the provider leads back to the portal with words', async () => {
  const browser = createBrowser();
  const start = await browser.open(`${portal.url}/profile`);
  const page = await browser.submit(start, { choice: 'cancel' });
  expect(page.url.origin).toBe(portal.url);
  expect(page.text).not.toContain('access_denied');
  expect(page.text).toMatch(/<h1>[^<]{5,}<\/h1>/);
});

/** Follows the call as the agent's page does, until it is no longer pending. */
async function callOver(agent: Browser): Promise<string> {
  const headers = { prefer: 'wait=20', accept: 'application/json' };
  for (;;) {
    const state = (await (await agent.request(`${portal.url}/callcentre/state`, { headers })).json()) as {
      status: string;
    };
    if (state.status !== 'pending') return state.status;
  }
}

describe('the call centre', () => {
  const reason = 'Changement d’adresse, dossier 42';

  test('authenticates a caller with no browser at all, who compares the code that the agent reads out', async () => {
    const agent = createBrowser();
    const page = await agent.open(`${portal.url}/callcentre`);
    const ringing = await agent.submitForm(page, '/callcentre/ask', { number: '06 39 98 00 01', reason });
    const screen = await alice.waitForScreen();
    expect(screen).toMatchObject({ title: expect.any(String), text: expect.stringContaining(reason) });
    expect(screen.referenceCode).toBe(referenceCodeOn(ringing));
    await alice.ok();
    expect(await callOver(agent)).toBe('approved');
    const done = await agent.open(`${portal.url}/callcentre`);
    expect(done.text).toContain('Alice Martin');
    expect(done.text).not.toMatch(/0?639980001/);
  });

  test('tells the agent that the caller refused', async () => {
    const agent = createBrowser();
    const page = await agent.open(`${portal.url}/callcentre`);
    await agent.submitForm(page, '/callcentre/ask', { number: '+33639980004', reason });
    const david = world.phone('+33639980004');
    await david.waitForScreen();
    await david.cancel();
    expect(await callOver(agent)).toBe('refused');
  });

  test('shows words for a reason that the SIM cannot show', async () => {
    const agent = createBrowser();
    const page = await agent.open(`${portal.url}/callcentre`);
    const answer = await agent.submitForm(page, '/callcentre/ask', { number: '+33639980004', reason: 'adresse 🏠' });
    expect(answer.text).toContain('data-problem="reason"');
  });
});

test('a developer finds by the trace id of the answer which parameter was refused, and nothing of the customer', async () => {
  const browser = createBrowser();
  const wrong = new URLSearchParams({
    client_id: 'portal',
    redirect_uri: `${portal.url}/callback`,
    response_type: 'code',
    scope: 'openid',
    state: 'abc',
    login_hint: '+33639980001',
  });
  const response = await browser.request(`${world.issuer}/auth?${wrong}`);
  const description = new URL(response.headers.get('location') ?? '').searchParams.get('error_description') ?? '';
  expect(description).toMatch(/ \(trace [0-9a-f]{16}\)$/);
  const page = await browser.open(`${world.issuer}/developers/refusal?trace=${encodeURIComponent(description)}`);
  expect(page.text).toContain('code_challenge: missing');
  expect(page.text).toContain('href="/developers/parameters#code_challenge"');
  expect(page.text).not.toContain('639980001');
});

/** The account's id as the profile page shows it. */
function subjectOn(page: Page): string {
  const [subject] = /acc_[\w-]{22}/.exec(page.text) ?? [];
  if (subject === undefined) throw new Error('the profile shows no subject');
  return subject;
}
