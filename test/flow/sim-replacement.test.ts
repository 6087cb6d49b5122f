// A lost phone and a new SIM over the real wires: suspended, sent, activated by its 13 digits, put into the phone.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoPuk, spareSims } from '../../src/demo/world.ts';
import { allScopes } from '../../src/oidc/scopes.ts';
import { apiAs as callApiAs, entriesOf } from '../support/flow-api.ts';
import { answerWithPin, loginWithPassword, loginWithPin, ring } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { activateUpToPin, createPin, stepOn } from '../support/flow-service.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let david: FlowPhone;
let emma: FlowPhone;
const [spare, second] = spareSims;

beforeAll(async () => {
  world = await startFlowWorld();
  david = world.phone('+33639980004');
  emma = world.phone('+33639980005');
});
afterAll(() => world?.stop());

const staff = async (name: string, body: object) => {
  const response = await world.admin('POST', `/admin/${name}`, body);
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};

const lineScopes = allScopes.filter((scope) => scope.startsWith('line.')).join(' ');

/** A customer's client with a password login that is a few seconds old: calls of the line API. */
const lineApi = (identifier: string, password: string) =>
  callApiAs(world, { identifier, password, scope: lineScopes, base: '/line/v1' });

async function replaceCard(phone: FlowPhone, iccid: string): Promise<void> {
  const response = await fetch(`${world.simulator.url}/v1/sims/${encodeURIComponent(phone.msisdn)}/replace`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ iccid }),
  });
  expect(response.status).toBe(200);
}

const droppedAnswers = async (): Promise<number> =>
  (await world.database.db.selectFrom('auditEvents').select('id').where('action', '=', 'answer.dropped').execute())
    .length;

const holdTexts = async (words: string): Promise<string[]> =>
  (await david.inbox()).map(({ text }) => text).filter((text) => text.includes(words));

test('A56 the SIM in another phone: the same PIN, no wait, nothing to do again', async () => {
  const moved = await fetch(`${world.simulator.url}/v1/sims/${encodeURIComponent(emma.msisdn)}/move`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(moved.status).toBe(200);
  const { done } = await loginWithPin(world, { phone: emma, pin: '8264' });
  expect(done.claims.acr).toBe('3');
});

test('A54 X62 a line suspended by its owner: the screen goes, no login rings, the password alert is an e-mail', async () => {
  const line = await lineApi('david@exemple.test', 'david-demo-password');
  const lines = entriesOf(await line('GET', '/lines'));
  expect(lines).toMatchObject([{ relation: 'holder', status: 'active', mobileConnect: { state: 'ACTIVE' } }]);
  const id = lines[0]?.['id'] ?? '';
  const login = await ring(world, david.msisdn);
  await david.waitForScreen();
  const suspended = await line('POST', `/lines/${id}/suspension`, { reason: 'lost' });
  expect(suspended).toMatchObject({
    status: 200,
    body: { status: 'suspended', suspension: { reason: 'lost' }, mobileConnect: { state: 'LINE_SUSPENDED' } },
  });
  await until('the screen is gone', async () => (await david.screen()) === null);
  expect(await login.status()).not.toBe('approved');
  const sent = await world.messagesTo(david.msisdn);
  const decoy = await ring(world, david.msisdn, { browser: world.browser() });
  expect(decoy.shownStatus).toBe('pending');
  expect(await world.messagesTo(david.msisdn)).toBe(sent);
  await decoy.choose('cancel');
  await loginWithPassword(world, { identifier: 'david@exemple.test', password: 'david-demo-password' });
  const subjects = async () => (await world.mail('david@exemple.test')).map(({ subject }) => subject);
  await until('both e-mails are there', async () => (await subjects()).length >= 2);
  expect((await subjects()).sort()).toEqual([
    'Connexion à votre compte avec le mot de passe',
    'Votre ligne est suspendue',
  ]);
  expect(await world.messagesTo(david.msisdn)).toBe(sent);
});

test('X59 a password alone does not bring the line back: the code of the e-mail does', async () => {
  const line = await lineApi('david@exemple.test', 'david-demo-password');
  const id = entriesOf(await line('GET', '/lines'))[0]?.['id'] ?? '';
  expect(await line('DELETE', `/lines/${id}/suspension`)).toMatchObject({
    status: 409,
    body: { code: 'code_required' },
  });
  const sent = await line('POST', `/lines/${id}/suspension/codes`);
  expect(sent).toEqual({ status: 202, body: { sentTo: 'd***@exemple.test' } });
  const findMail = async () =>
    (await world.mail('david@exemple.test')).find(({ subject }) => /^Votre code/.test(subject));
  await until('the code is there', async () => (await findMail()) !== undefined);
  const code = /^ {2}(\d{6})$/m.exec((await findMail())?.text ?? '')?.[1] ?? '';
  const wrong = code === '000000' ? '000001' : '000000';
  expect(await line('DELETE', `/lines/${id}/suspension`, { code: wrong })).toMatchObject({
    status: 422,
    body: { code: 'code_invalid' },
  });
  const back = await line('DELETE', `/lines/${id}/suspension`, { code });
  expect(back).toMatchObject({ status: 200, body: { status: 'active', mobileConnect: { state: 'ACTIVE' } } });
  const { done } = await loginWithPin(world, { phone: david, pin: '7391' });
  expect(done.claims.acr).toBe('3');
});

test('A55 X56 the new SIM is activated by its 13 digits; what the old one still answers is dropped (O36)', async () => {
  const number = '06 39 98 00 04';
  expect((await staff('sim.reserve', { number, iccid: spare?.iccid })).status).toBe(200);
  expect((await staff('sim.ship', { number })).body).toMatchObject({ sim: { state: 'shipped' } });
  const login = await ring(world, david.msisdn);
  await david.waitForScreen();
  const line = await lineApi('david@exemple.test', 'david-demo-password');
  const id = entriesOf(await line('GET', '/lines'))[0]?.['id'] ?? '';
  expect((await line('POST', `/lines/${id}/sim-activations`, { simNumber: second?.serial13 })).body).toMatchObject({
    code: 'sim_number_invalid',
  });
  const spaced = spare?.serial13.replace(/(\d{4})(?=\d)/g, '$1 ');
  const activated = await line('POST', `/lines/${id}/sim-activations`, { simNumber: spaced });
  expect(activated).toMatchObject({ status: 202, body: { state: 'active' } });
  const activation = activated.body['id'];
  expect((await line('GET', `/lines/${id}/sim-activations/${activation}`)).body).toMatchObject({ state: 'active' });
  expect((await line('GET', `/lines/${id}`)).body).toMatchObject({
    status: 'active',
    mobileConnect: { state: 'AWAITING_PIN' },
  });
  const before = await droppedAnswers();
  await answerWithPin(david, login, '7391');
  await until('the old SIM has been heard and dropped', async () => (await droppedAnswers()) > before);
  expect(await login.status()).not.toBe('approved');
});

test('b8 old SIM, new SIM and holder hear of it once; a login on the new SIM does not ring', async () => {
  const texts = async () => (await david.inbox()).map(({ text }) => text);
  await until('both SMS are there', async () => (await texts()).filter((text) => /carte SIM/.test(text)).length >= 2);
  expect((await texts()).filter((text) => text.startsWith('Une nouvelle carte SIM'))).toHaveLength(1);
  expect((await texts()).filter((text) => text.startsWith('Votre nouvelle carte SIM'))).toHaveLength(1);
  const mails = (await world.mail('david@exemple.test')).filter(({ subject }) => /nouvelle carte SIM/.test(subject));
  expect(mails).toHaveLength(1);
  await replaceCard(david, spare?.iccid ?? '');
  const sent = await world.messagesTo(david.msisdn);
  const login = await ring(world, david.msisdn, { browser: world.browser() });
  expect(login.shownStatus).toBe('pending');
  expect(await world.messagesTo(david.msisdn)).toBe(sent);
  await login.choose('cancel');
});

test('A53 A55 X51 a new PIN is made after the password, and opens nothing for 24 h, for no client', async () => {
  const visit = await activateUpToPin(world, { identifier: '06 39 98 00 04', password: 'david-demo-password' });
  await createPin(david, visit, '9042');
  await visit.settle();
  expect(stepOn(visit.page)).toBe('done');
  await until('the SMS is there', async () => (await holdTexts('créé')).length > 0);
  const sent = await world.messagesTo(david.msisdn);
  for (const client of ['tester', 'app']) {
    const redirect = client === 'app' ? { redirectUri: 'http://127.0.0.1:9876/callback' } : {};
    const login = await ring(world, david.msisdn, { client, ...redirect });
    expect(login.shownStatus).toBe('pending');
    await login.choose('cancel');
  }
  await world.advanceClock(24 * 3_600 - 60);
  const late = await ring(world, david.msisdn, { browser: world.browser() });
  await late.choose('cancel');
  expect(await world.messagesTo(david.msisdn)).toBe(sent);
});

test('A53 a19 after 24 h the new PIN works by itself, and the end of the wait is told once', async () => {
  await world.advanceClock(60);
  const { done } = await loginWithPin(world, { phone: david, pin: '9042' });
  expect(done.claims.acr).toBe('3');
  await until('the SMS is there', async () => (await holdTexts('de nouveau disponible')).length > 0);
  expect(await holdTexts('créé')).toHaveLength(1);
  expect(await holdTexts('de nouveau disponible')).toHaveLength(1);
  const subjects = (await world.mail('david@exemple.test')).map(({ subject }) => subject);
  expect(subjects.filter((subject) => subject === 'Mobile Connect est de nouveau disponible')).toHaveLength(1);
});

test('B27 X60 the PUK of the SIM in the line is shown with a fresh password, three times a day', async () => {
  const line = await lineApi('david@exemple.test', 'david-demo-password');
  const id = entriesOf(await line('GET', '/lines'))[0]?.['id'] ?? '';
  for (let time = 0; time < 3; time++) {
    const shown = await line('POST', `/lines/${id}/puk-disclosures`);
    expect(shown).toEqual({ status: 200, body: { puk: demoPuk(spare?.iccid ?? '') } });
  }
  expect((await line('POST', `/lines/${id}/puk-disclosures`)).status).toBe(429);
});

test('another customer’s line is not there, whatever is asked of it', async () => {
  const line = await lineApi('emma@exemple.test', 'emma-demo-password');
  const other = await lineApi('david@exemple.test', 'david-demo-password');
  const id = entriesOf(await other('GET', '/lines'))[0]?.['id'] ?? '';
  const answers = await Promise.all([
    line('GET', `/lines/${id}`),
    line('POST', `/lines/${id}/suspension`, { reason: 'lost' }),
    line('DELETE', `/lines/${id}/suspension`),
    line('POST', `/lines/${id}/suspension/codes`),
    line('POST', `/lines/${id}/puk-disclosures`),
    line('POST', `/lines/${id}/sim-activations`, { simNumber: second?.serial13 }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
});
