// The pages of the customer's own account, over a fake operator: what they show, what they ask of the APIs, and what
// comes back when an API wants more.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { csrfOf, wordsOf } from './browser.ts';
import type { ApiCall, ApiReply } from './fake-behaviour.ts';
import { startWorld, type World } from './portal-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

function answer(replies: Readonly<Record<string, ApiReply | ((call: ApiCall) => ApiReply)>>): ApiCall[] {
  const calls: ApiCall[] = [];
  world.issuer.behaviour.apisAnswerProfile = true;
  world.issuer.behaviour.apis = (call) => {
    calls.push(call);
    const reply = replies[`${call.method} ${call.path}`];
    return typeof reply === 'function' ? reply(call) : reply;
  };
  return calls;
}
const loggedIn = async () => {
  const browser = world.browser();
  await browser.open('/login');
  return browser;
};

const me = '/account/v1/me';
const alice = {
  ...{ title: 'Mme', name: 'Alice Martin', givenName: 'Alice', familyName: 'Martin' },
  contactMedium: [{ mediumType: 'email', characteristic: { emailAddress: 'a***@exemple.test', isVerified: true } }],
};
const preferences = { language: 'fr', topics: { security: ['email', 'sms'], contracts: ['email'], news: [] } };
const own = {
  [`GET ${me}`]: { status: 200, body: alice, headers: { etag: '"v1"' } },
  [`GET ${me}/preferences`]: { status: 200, body: preferences, headers: { etag: '"p1"' } },
};
const codeRequired = { status: 409, body: { code: 'code_required' } };
const codeSent = { [`POST ${me}/confirmation-codes`]: { status: 202, body: { sentTo: 'a***@exemple.test' } } };

describe('personal information', () => {
  test('B45 is edited in the version that was seen', async () => {
    const calls = answer({ ...own, [`PATCH ${me}`]: { status: 200, body: alice } });
    const browser = await loggedIn();
    const page = await browser.get('/account');
    expect(wordsOf(page)).toContain('a***@exemple.test');
    const fields = { csrf: csrfOf(page), version: 'v1', title: 'Mme', given_name: 'Alice', family_name: 'Duval' };
    const sent = await browser.post('/account/person', fields);
    const patch = calls.find(({ method }) => method === 'PATCH');
    expect(patch?.body).toEqual({ title: 'Mme', givenName: 'Alice', familyName: 'Duval' });
    expect(patch?.headers['if-match']).toBe('"v1"');
    expect(wordsOf(await browser.get(sent.location ?? ''))).toContain('Vos informations sont enregistrées');
  });

  test('B45 that was changed meanwhile comes back with what was typed, and names that were checked are fixed', async () => {
    const fixed = { ...alice, readOnly: ['givenName', 'familyName'] };
    answer({
      ...own,
      [`GET ${me}`]: { status: 200, body: fixed },
      [`PATCH ${me}`]: { status: 412, body: { code: 'version_mismatch' } },
    });
    const browser = await loggedIn();
    const page = await browser.get('/account');
    expect(page.body).toMatch(/id="family_name" readonly/);
    const sent = await browser.post('/account/person', { csrf: csrfOf(page), form: 'person', title: 'M.' });
    const back = await browser.get(sent.location ?? '');
    expect(wordsOf(back)).toContain('modifié entre-temps');
    expect(back.body).toMatch(/value="M\." selected/);
  });

  test('B45 preferences are sent as a whole, security always on', async () => {
    const calls = answer({ ...own, [`PUT ${me}/preferences`]: { status: 200, body: preferences } });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/account'));
    await browser.post('/account/preferences', { csrf, language: 'en', topic_news_sms: 'yes', version: 'p1' });
    expect(calls.find(({ method }) => method === 'PUT')?.body).toMatchObject({
      language: 'en',
      topics: { security: ['email', 'sms'], contracts: [], news: ['sms'] },
    });
  });
});

describe('a new contact', () => {
  test('B45 needs the code by e-mail where no PIN can be given, then the code that went to it', async () => {
    const started = { status: 202, body: { id: 'cnt_1' } };
    const calls = answer({
      ...own,
      ...codeSent,
      [`POST ${me}/contacts`]: ({ headers }) => (headers['confirmation-code'] === '123456' ? started : codeRequired),
      [`POST ${me}/contacts/cnt_1/verification`]: ({ body }) =>
        JSON.stringify(body).includes('654321') ? { status: 204 } : { status: 422, body: { code: 'code_invalid' } },
    });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/account'));
    const fields = { csrf, form: 'mobile', contact: '06 39 98 77 01' };
    const asked = await browser.get((await browser.post('/account/contacts', fields)).location ?? '');
    expect(asked.body).toContain('name="confirmation_code"');
    expect(asked.body).toContain('value="06 39 98 77 01"');
    const sent = await browser.post('/account/contacts', { ...fields, confirmation_code: '123456' });
    expect(sent.location).toMatch(/\/account\/contacts\/cnt_1\?done=mobile$/);
    expect(wordsOf(await browser.get(sent.location ?? ''))).toContain('par SMS');
    const wrong = await browser.post('/account/contacts/cnt_1', { csrf, code: '000000' });
    expect(wordsOf(await browser.get(wrong.location ?? ''))).toContain('Ce code n’est pas le bon');
    const right = await browser.post('/account/contacts/cnt_1', { csrf, code: '654321' });
    expect(right.location).toMatch(/\/account\?done=contact$/);
    expect(calls.find(({ path }) => path === `${me}/contacts`)?.body).toEqual({
      mediumType: 'mobile',
      characteristic: { phoneNumber: '06 39 98 77 01' },
    });
  });
});

describe('a change of address', () => {
  const contracts = [
    { id: 'ctr_1', kind: 'MOBILE', label: 'À moi' },
    { id: 'ctr_2', kind: 'INTERNET', label: null },
  ];
  const place = { street: '9 quai', postCode: '44100', city: 'Nantes' };
  const draft = {
    ...{ id: 'adr_1', state: 'draft', place },
    contract: [{ ...contracts[0], formerPlace: { street: '1 rue du Port', postCode: '44000', city: 'Nantes' } }],
  };
  const list = { 'GET /contract/v1/contracts?relation=holder&limit=100': { status: 200, body: contracts } };

  test('B46 B47 goes from ticked contracts over old and new to the confirmation', async () => {
    const calls = answer({
      ...list,
      [`POST ${me}/address-changes`]: { status: 201, body: draft },
      [`GET ${me}/address-changes/adr_1`]: { status: 200, body: draft },
      [`POST ${me}/address-changes/adr_1/confirmation`]: { status: 200, body: { ...draft, state: 'done' } },
    });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/account/address'));
    const fields = { street: '9 quai', complement: '', zip: '44100', city: 'Nantes', contract_ctr_1: 'yes' };
    const sent = await browser.post('/account/address', { csrf, ...fields });
    expect(calls.find(({ method }) => method === 'POST')?.body).toEqual({ contractIds: ['ctr_1'], place });
    const shown = wordsOf(await browser.get(sent.location ?? ''));
    expect(shown).toContain('9 quai, 44100 Nantes');
    expect(shown).toContain('1 rue du Port, 44000 Nantes');
    const done = await browser.post('/account/address/adr_1', { csrf });
    expect(done.location).toMatch(/\/account\/address\/adr_1\?done=address$/);
    expect(calls.at(-1)?.body).toEqual({ confirm: true });
  });

  test('B46 that was filled in wrongly keeps the ticks and the address', async () => {
    const refusal = { status: 422, body: { code: 'validation', fields: [{ field: 'place.postCode', problem: 'x' }] } };
    answer({ ...list, [`POST ${me}/address-changes`]: refusal });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/account/address'));
    const fields = { csrf, street: '9 quai', zip: '441', city: 'Nantes', contract_ctr_2: 'yes' };
    const back = await browser.get((await browser.post('/account/address', fields)).location ?? '');
    expect(back.body).toMatch(/name="contract_ctr_2" value="yes" checked/);
    expect(back.body).toMatch(/name="zip"[^>]* value="441" aria-invalid="true"/);
  });
});

describe('bank details', () => {
  const path = `${me}/bank-details`;
  const details = { iban: 'FR76 •••• 0185', accountHolder: 'Alice Martin', lastUpdate: '2026-03-01T08:00:00Z' };

  test('D01 are shown at once after a code, and stand in no address', async () => {
    answer({
      ...codeSent,
      [`GET ${path}`]: ({ headers }) =>
        headers['confirmation-code'] === '123456' ? { status: 200, body: details } : codeRequired,
    });
    const browser = await loggedIn();
    const page = await browser.get('/account/bank');
    expect(wordsOf(page)).toContain('Un code est nécessaire');
    const csrf = csrfOf(page);
    const asked = await browser.post('/account/bank/open', { csrf });
    expect((await browser.get(asked.location ?? '')).body).toContain('name="confirmation_code"');
    const open = await browser.post('/account/bank/open', { csrf, confirmation_code: '123456' });
    expect([open.status, wordsOf(open)]).toEqual([200, expect.stringContaining('FR76 •••• 0185')]);
  });

  test('D01 are changed on the phone: the page shows the code to type, then the end', async () => {
    let status = 'pending';
    const change = () => ({
      ...{ id: 'bnk_1', status, iban: 'FR76 •••• 0185', accountHolder: 'Alice Martin' },
      ...(status === 'pending' ? { referenceCode: '4827' } : {}),
    });
    const calls = answer({
      [`GET ${path}`]: { status: 200, body: {}, headers: { etag: '"b1"' } },
      [`PUT ${path}`]: () => ({ status: 202, body: change() }),
      [`GET ${path}/changes/bnk_1`]: () => ({ status: 200, body: change() }),
    });
    const browser = await loggedIn();
    const page = await browser.get('/account/bank');
    expect(wordsOf(page)).toContain('Aucun compte n’est enregistré');
    const fields = { iban: 'FR76 3000', holder: 'Alice Martin', version: 'b1' };
    const sent = await browser.post('/account/bank', { csrf: csrfOf(page), ...fields });
    expect(calls.find(({ method }) => method === 'PUT')?.headers['if-match']).toBe('"b1"');
    const waiting = await browser.get(sent.location ?? '');
    expect(wordsOf(waiting)).toContain('4827');
    expect(waiting.body).toContain('http-equiv="refresh"');
    status = 'done';
    const ended = await browser.get(sent.location ?? '');
    expect(wordsOf(ended)).toContain('Le compte est changé');
    expect(ended.body).not.toContain('http-equiv="refresh"');
  });
});

describe('security', () => {
  const session = {
    ...{ id: 'ses_1', kind: 'browser', device: 'Firefox, Windows', client: ['Espace client'], current: true },
    since: '2026-03-01T08:00:00Z',
  };
  const event = { id: 'evt_1', at: '2026-03-01T08:00:00Z', event: 'password.login', outcome: 'success' };
  const lists = {
    [`GET ${me}/sessions?limit=100`]: { status: 200, body: [session] },
    [`GET ${me}/consents?limit=100`]: {
      status: 200,
      body: [{ id: 'con_1', name: 'Petite Boutique', grantedAt: '2026-03-01T08:00:00Z' }],
    },
    [`GET ${me}/security-events?limit=20&offset=0`]: {
      status: 200,
      body: [
        { ...event, client: 'Espace client', by: 'customer' },
        { ...event, id: 'evt_2', event: 'something.new', by: 'system' },
      ],
      headers: { 'x-total-count': '21' },
    },
  };

  test('shows sessions, services and events in words, and ends what is to end', async () => {
    const calls = answer({
      ...lists,
      [`DELETE ${me}/sessions/ses_1`]: { status: 204 },
      [`DELETE ${me}/consents/con_1`]: { status: 204 },
    });
    const browser = await loggedIn();
    const page = await browser.get('/account/security');
    const words = wordsOf(page);
    for (const shown of ['Firefox, Windows', 'cette session', 'Petite Boutique', 'Connexion avec le mot de passe']) {
      expect(words).toContain(shown);
    }
    expect(words).toContain('Autre événement');
    expect(page.body).toContain('/account/security?from=20');
    const csrf = csrfOf(page);
    const ended = await browser.post('/account/security/sessions/ses_1/end', { csrf });
    expect(wordsOf(await browser.get(ended.location ?? ''))).toContain('La session est terminée');
    await browser.post('/account/security/consents/con_1/end', { csrf });
    expect(calls.filter(({ method }) => method === 'DELETE').map(({ path }) => path)).toEqual([
      `${me}/sessions/ses_1`,
      `${me}/consents/con_1`,
    ]);
  });
});
