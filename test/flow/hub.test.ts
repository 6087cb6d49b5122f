// A federation hub before the whole system: each form of its tokens with openid-client 5, errors and logout on the way
// that people go, and the four services behind the hub in the portal.
import { custom } from 'openid-client-5';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, createBrowser, type Page, referenceCodeOn } from '../support/browser.ts';
import { answerWithPin } from '../support/flow-login.ts';
import { type FlowPortal, startFlowPortal } from '../support/flow-portal.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';
import {
  type HubKeys,
  type HubParty,
  hubCallback,
  hubClient,
  hubLogoutCallback,
  hubParty,
  publishHubKeys,
} from '../support/hub-party.ts';

let world: FlowWorld;
let portal: FlowPortal;
let keys: HubKeys;

beforeAll(async () => {
  keys = await publishHubKeys();
  world = await startFlowWorld({ environment: { OUTBOUND_ALLOW: keys.host } });
  portal = await startFlowPortal(world);
});
afterEach(() => world.nextDay());
afterAll(async () => {
  await portal?.stop();
  await world?.stop();
  await keys?.close();
});

const selfApproving = '06 39 98 25 00';
const third = { party: 'third', policy_uri: 'https://hub.exemple.test/policy', subject_type: 'pairwise' };

/** A hub that is registered with these algorithms, and its own client. */
async function registered(id: string, more: Record<string, unknown>) {
  const client = hubClient(id, { ...third, ...more });
  await world.app.parts.oidc.clients.add(client);
  const { jwks_uri: _uri, policy_uri: _policy, subject_type: _subject, ...own } = client as Record<string, unknown>;
  return await hubParty(world, own as ReturnType<typeof hubClient>, keys.privateSet);
}

const atHub = () => createBrowser({ stopAt: 'https://hub.exemple.test/' });

/** From the hub's redirect over a number that approves by itself, and consent where it is asked, back to the hub. */
async function logIn(party: HubParty, browser: Browser) {
  const { begun, left } = await comeBack(party, browser);
  return { begun, tokens: await party.exchange(left, begun) };
}

async function comeBack(party: HubParty, browser: Browser) {
  const begun = party.begin();
  const start = await browser.open(begun.url);
  const waiting = await browser.submit(start, { identifier: selfApproving });
  const status = await browser.request(`${waiting.url}/status`, { headers: { prefer: 'wait=10', accept: '*/*' } });
  expect(await status.json()).toEqual({ status: 'approved' });
  let page = await browser.open(waiting.url);
  if (page.stoppedAt === undefined) page = await browser.submit(page, { decision: 'allow' });
  expect(page.stoppedAt?.href.startsWith(hubCallback)).toBe(true);
  return { begun, left: page.stoppedAt! };
}

const sealed = { userinfo_encrypted_response_alg: 'ECDH-ES', userinfo_encrypted_response_enc: 'A256GCM' };

test.each([
  ['flow-es-json', { id_token_signed_response_alg: 'ES256' }],
  ['flow-rs-jws', { id_token_signed_response_alg: 'RS256', userinfo_signed_response_alg: 'RS256' }],
  ['flow-hs-json', { id_token_signed_response_alg: 'HS256' }],
  ['flow-es-jwe', { id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256', ...sealed }],
])('a hub registered as %s logs somebody in and reads her identity (A35, F01, F02, F06, F07)', async (id, more) => {
  const party = await registered(id, {
    ...more,
    ...('userinfo_encrypted_response_alg' in more && { jwks_uri: keys.uri }),
  });
  const { tokens } = await logIn(party, atHub());
  expect(tokens.claims()).toMatchObject({ acr: 'eidas1', iss: world.issuer, aud: id });
  const { iss: _iss, aud: _aud, iat: _iat, exp: _exp, ...told } = await party.client.userinfo(tokens);
  expect(told).toEqual({
    sub: tokens.claims().sub,
    given_name: 'Essai Automatique',
    family_name: '982500',
    birthdate: '1990-01-01',
    gender: 'unspecified',
    birthplace: '75107',
    birthcountry: '99100',
    email: 'essai-982500@exemple.test',
    email_verified: true,
  });
  const again = await fetch(`${world.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect(again.status, 'a token opens userinfo once').toBe(401);
});

describe('the way back', () => {
  let party: HubParty;
  beforeAll(async () => {
    party = await registered('flow-back', { id_token_signed_response_alg: 'HS256' });
  });

  const answerOf = (page: Page) => Object.fromEntries(page.stoppedAt?.searchParams ?? []);

  test('leads from the first page and from the waiting page to the hub, with state (F09, F15)', async () => {
    const browser = atHub();
    const begun = party.begin();
    const start = await browser.open(begun.url);
    expect(start.text).toContain('revenir à Portail des services');
    const waiting = await browser.submit(start, { identifier: '06 39 98 00 04' });
    expect(referenceCodeOn(waiting)).toMatch(/^\d{4}$/);
    expect(waiting.text).toContain('revenir à Portail des services');
    const left = await browser.submit(waiting, { choice: 'cancel' });
    expect(answerOf(left)).toMatchObject({ error: 'access_denied', state: begun.state, iss: world.issuer });
  });

  test('leads back from an unknown number and from a phone that never answered (F09)', async () => {
    for (const number of ['06 39 98 77 77', '06 39 98 22 08']) {
      const browser = atHub();
      const begun = party.begin();
      const waiting = await browser.submit(await browser.open(begun.url), { identifier: number });
      await world.advanceClock(130);
      const expired = await browser.open(waiting.url);
      expect(expired.text).toContain('data-status="expired"');
      expect(answerOf(await browser.submit(expired, { choice: 'cancel' }))).toMatchObject({
        error: 'access_denied',
        state: begun.state,
      });
    }
  });

  test('leads back with state and an error for a level that the person has not (F04, F09)', async () => {
    const browser = atHub();
    const begun = party.begin({ acr_values: 'eidas2' });
    const waiting = await browser.submit(await browser.open(begun.url), { identifier: selfApproving });
    await browser.request(`${waiting.url}/status`, { headers: { prefer: 'wait=10', accept: '*/*' } });
    expect(answerOf(await browser.open(waiting.url))).toMatchObject({
      error: 'unmet_authentication_requirements',
      state: begun.state,
    });
  });

  test('has its answers from the back channel in the hub’s 6 seconds, whatever phones are ringing (F14)', async () => {
    const { begun, left } = await comeBack(party, atHub());
    const ringing = atHub();
    const waiting = await ringing.submit(await ringing.open(party.begin().url), { identifier: '06 39 98 22 08' });
    party.client[custom.http_options] = () => ({ timeout: 6_000 });
    const tokens = await party.exchange(left, begun);
    expect(await party.client.userinfo(tokens)).toMatchObject({ sub: tokens.claims().sub });
    expect((await ringing.open(waiting.url)).text).toContain('data-status="pending"');
  });

  test('out of the operator’s session needs no question and brings state along (F10)', async () => {
    const browser = atHub();
    const { tokens } = await logIn(party, browser);
    const state = 'f'.repeat(64);
    const url = party.client.endSessionUrl({
      id_token_hint: tokens.id_token!,
      post_logout_redirect_uri: hubLogoutCallback,
      state,
    });
    const page = await browser.open(url);
    expect(page.stoppedAt?.href).toBe(`${hubLogoutCallback}?state=${state}`);
  });
});

test('the services behind the portal’s hub learn neither number nor subject, and the operator none of them (A36)', async () => {
  const alice = world.phone('+33639980001');
  const browser = createBrowser();
  const start = await browser.open(`${portal.url}/hub/enter/taxes`);
  expect(start.url.origin).toBe(world.issuer);
  expect(start.text).toContain('Portail des services');
  const waiting = await browser.submit(start, { identifier: '06 39 98 00 01' });
  await answerWithPin(alice, { referenceCode: referenceCodeOn(waiting) }, '4071');
  await browser.request(`${waiting.url}/status`, { headers: { prefer: 'wait=10', accept: '*/*' } });
  const consent = await browser.open(waiting.url);
  expect(consent.text).toContain('voir votre lieu et votre pays de naissance');
  const taxes = await browser.submit(consent, { decision: 'allow' });
  expect(taxes.url.href).toBe(`${portal.url}/hub/services/taxes`);
  const pages = [taxes];
  for (const service of ['health', 'town-hall', 'library'])
    pages.push(await browser.open(`${portal.url}/hub/enter/${service}`));
  const pseudonyms = pages.map(({ text }) => /data-pseudonym>([\w-]{43})</.exec(text)?.[1]);
  expect(new Set(pseudonyms).size).toBe(4);
  const account = await world.database.db
    .selectFrom('accounts')
    .select('id')
    .where('contactEmail', '=', 'alice@exemple.test')
    .executeTakeFirstOrThrow();
  for (const { text } of pages) {
    expect(text).toContain('eidas1');
    expect(text).not.toMatch(/Martin|Alice|alice@|39 ?98 ?00 ?01|1986|75112/);
    expect(text).not.toContain(account.id);
  }
  // What the operator was asked names the hub and no service.
  const asked = start.url.href + world.log.join();
  expect(asked).not.toMatch(/town-hall|library/);

  const hub = await browser.open(`${portal.url}/hub`);
  const out = await browser.submitForm(hub, '/hub/logout');
  expect(out.url.href).toBe(`${portal.url}/hub?state=signed-out`);
  const again = await browser.open(`${portal.url}/hub/enter/taxes`);
  expect(again.url.origin).toBe(world.issuer);
  expect(portal.events).toEqual([]);
});
