// The hub's mock: how it asks the operator, what it refuses, and what the four services behind it are told (A36).
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hubServices } from '../../../src/portal/hub.ts';
import { csrfOf, wordsOf } from './browser.ts';
import { secrets } from './fake-issuer.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;

const identity = {
  given_name: 'Alice Claire Louise',
  family_name: 'Martin',
  birthdate: '1986-04-12',
  gender: 'female',
  birthplace: '75112',
  birthcountry: '99100',
  email: 'alice@exemple.test',
};

beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => {
  world.reset();
  world.issuer.behaviour.userInfo = identity;
});
afterAll(() => world.stop());

const pseudonymOn = (body: string) => /<code data-pseudonym>([^<]+)</.exec(body)?.[1];

test('the hub asks as hubs do: its secret in the form, no PKCE, a fresh login, one level (F01, F03, F04)', async () => {
  await world.browser().open('/hub/login');
  const asked = Object.fromEntries(world.issuer.log.authorizations.at(-1)!);
  expect(asked).toMatchObject({
    client_id: 'hub',
    redirect_uri: `${world.portal.url}/hub/callback`,
    scope: 'openid profile email birth',
    acr_values: 'eidas1',
    prompt: 'login',
  });
  expect(asked).not.toHaveProperty('code_challenge');
  expect(Object.fromEntries(world.issuer.log.tokens.at(-1)!)).toMatchObject({
    client_id: 'hub',
    client_secret: secrets['hub'],
  });
});

test('each of the four services gets an identifier of its own, after one login (A36)', async () => {
  const browser = world.browser();
  const told = new Set<string | undefined>();
  for (const service of hubServices) {
    const page = await browser.open(`/hub/enter/${service}`);
    expect(page.url).toBe(`${world.portal.url}/hub/services/${service}`);
    told.add(pseudonymOn(page.body));
    // Neither who the operator says that it is, nor anything else that the hub was told.
    for (const secret of [...Object.values(identity), 'pairwise-of-alice-at-hub', 'acc-alice', '+33639980001']) {
      expect(page.body).not.toContain(secret);
    }
    expect(wordsOf(page)).toContain('eidas1');
  }
  expect(told.size).toBe(4);
  expect([...told].every((pseudonym) => /^[\w-]{43}$/.test(pseudonym ?? ''))).toBe(true);
  expect(world.issuer.log.authorizations).toHaveLength(1);
});

test('an identifier follows from the person, not from the operator’s sub (A36)', async () => {
  const first = pseudonymOn((await world.browser().open('/hub/enter/taxes')).body);
  world.issuer.behaviour.idToken = { sub: 'another-sub' };
  world.issuer.behaviour.userInfo = { ...identity, sub: 'another-sub' };
  expect(pseudonymOn((await world.browser().open('/hub/enter/taxes')).body)).toBe(first);
  world.issuer.behaviour.userInfo = { ...identity, sub: 'another-sub', birthdate: '1986-04-13' };
  expect(pseudonymOn((await world.browser().open('/hub/enter/taxes')).body)).not.toBe(first);
});

test.each([
  ['a name that is missing', { family_name: undefined }],
  ['a date that is missing', { birthdate: '' }],
  ['nothing', Object.fromEntries(Object.keys(identity).map((name) => [name, undefined]))],
])('an identity with %s lets nobody in', async (_what, change) => {
  world.issuer.behaviour.userInfo = { ...identity, ...change };
  const browser = world.browser();
  const page = await browser.open('/hub/enter/health');
  expect(page.status).toBe(502);
  expect(wordsOf(page)).toContain('Identité incomplète');
  expect(browser.cookies.has('exemple_hub')).toBe(false);
});

test('a person born abroad has no code of a place, and is let in (F07)', async () => {
  world.issuer.behaviour.userInfo = { ...identity, birthplace: '', birthcountry: '99352', birthdate: '1983-00-00' };
  expect(pseudonymOn((await world.browser().open('/hub/enter/health')).body)).toBeTruthy();
});

test.each(['eidas0', '3', '2'])('a level %s is not enough, whoever sends it', async (acr) => {
  world.issuer.behaviour.idToken = { acr };
  const page = await world.browser().open('/hub/login');
  expect(page.status).toBe(400);
  expect(wordsOf(page)).toContain('Confirmation insuffisante');
});

test('a higher level is enough', async () => {
  world.issuer.behaviour.idToken = { acr: 'eidas2' };
  expect((await world.browser().open('/hub/login')).url).toBe(`${world.portal.url}/hub`);
});

test('one leaves a service alone, and only by its own form', async () => {
  const browser = world.browser();
  const page = await browser.open('/hub/enter/library');
  await browser.open('/hub/enter/taxes');
  await browser.post('/hub/services/library/leave', { csrf: 'guessed' });
  expect(pseudonymOn((await browser.open('/hub/services/library')).body)).toBeTruthy();
  await browser.post('/hub/services/library/leave', { csrf: csrfOf(page) });
  expect(pseudonymOn((await browser.open('/hub/services/library')).body)).toBeUndefined();
  expect(pseudonymOn((await browser.open('/hub/services/taxes')).body)).toBeTruthy();
});

test('logging out leaves every service, and the operator too, with the ID token as the hint (F10)', async () => {
  const browser = world.browser();
  await browser.open('/hub/enter/taxes');
  const left = await browser.post('/hub/logout', { csrf: csrfOf(await browser.open('/hub')) });
  const asked = new URL(left.location!);
  expect(asked.pathname).toBe('/session/end');
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    id_token_hint: expect.stringMatching(/^ey/),
    post_logout_redirect_uri: `${world.portal.url}/hub`,
  });
  expect(pseudonymOn((await browser.open('/hub/services/taxes')).body)).toBeUndefined();
  expect(wordsOf(await browser.open('/hub?state=signed-out'))).toContain(
    'Vous êtes déconnecté du portail des services',
  );
});

test('there are four services and no other', async () => {
  const browser = world.browser();
  expect(hubServices).toHaveLength(4);
  for (const path of ['/hub/services/police', '/hub/enter/police', '/hub/services/constructor']) {
    expect((await browser.open(path)).status).toBe(404);
  }
});
