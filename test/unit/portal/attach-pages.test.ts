// Adding a contract in the portal: a page for the step that is due, the form that takes it, and what it sends.
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

const api = '/contract/v1/attachments';
const draft = (step: string, more: object = {}): ApiReply => ({
  status: 200,
  body: { id: 'att_1', kind: 'MOBILE', segment: 'consumer', step, ...more },
});
const refusal = (status: number, code: string, reason?: string): ApiReply => ({ status, body: { code, reason } });

function answer(replies: Readonly<Record<string, ApiReply>>): ApiCall[] {
  const calls: ApiCall[] = [];
  world.issuer.behaviour.apis = (call) => {
    calls.push(call);
    return replies[`${call.method} ${call.path}`];
  };
  return calls;
}

async function loggedIn() {
  const browser = world.browser();
  await browser.open('/login');
  return browser;
}

const page = '/contracts/add/att_1';

test('B01 the list of contracts leads there, with a contract and without one', async () => {
  answer({ 'GET /contract/v1/contracts?limit=100': { status: 200, body: [] } });
  const browser = await loggedIn();
  expect((await browser.get('/contracts')).body).toContain('href="/contracts/add"');
});

test('C03 C09 begins with kind and segment, once for each intent', async () => {
  const calls = answer({ [`POST ${api}`]: { ...draft('identifiers'), status: 201 } });
  const browser = await loggedIn();
  const start = await browser.get('/contracts/add');
  expect(start.body.match(/name="kind"/g)).toHaveLength(4);
  const csrf = csrfOf(start);
  const sent = await browser.post('/contracts/add', {
    csrf,
    kind: 'OPEN',
    segment: 'professional',
    key: 'k'.repeat(22),
  });
  expect(sent.location).toMatch(/\/contracts\/add\/att_1$/);
  expect(calls[0]?.body).toEqual({ kind: 'OPEN', segment: 'professional' });
  expect(calls[0]?.headers['idempotency-key']).toBe('k'.repeat(22));
});

describe('the page of a draft', () => {
  test.each([
    ['identifiers', {}, 'De quel contrat', 'line_number'],
    ['code', { code: { sentTo: '** 04', expiresAt: '2026-11-22T10:00:00Z' } }, 'finit par ** 04', 'typed_code'],
    ['line_user', {}, 'Qui utilise la ligne', 'family_name'],
    [
      'contacts',
      { contactMedium: [{ mediumType: 'email', value: 'e***@exemple.test', isVerified: true }], relation: 'proxy' },
      'e***@exemple.test · vérifié',
      'csrf',
    ],
    ['confirmation', { relation: 'proxy' }, 'par procuration', 'key'],
    ['confirmation', { relation: 'holder' }, 'Ce contrat est le vôtre', 'key'],
  ])('shows the step %s', async (step, more, words, field) => {
    answer({ [`GET ${api}/att_1`]: draft(step, more) });
    const shown = await (await loggedIn()).get(page);
    expect(wordsOf(shown)).toContain(words);
    expect(shown.body).toContain(`name="${field}"`);
  });

  test('asks for references only where there is no line', async () => {
    answer({ [`GET ${api}/att_1`]: draft('identifiers', { kind: 'FIXE' }) });
    const shown = await (await loggedIn()).get(page);
    expect(shown.body).not.toContain('line_number');
    expect(shown.body).toContain('contract_ref');
  });

  test('leads to the contract at its end, and back to the start when its time is over', async () => {
    answer({ [`GET ${api}/att_1`]: draft('done', { product: { id: 'ctr_1' } }) });
    const browser = await loggedIn();
    expect((await browser.get(page)).body).toContain('href="/contracts/ctr_1"');
    answer({ [`GET ${api}/att_1`]: refusal(409, 'draft_expired') });
    expect(wordsOf(await browser.get(page))).toContain('Le délai est dépassé');
  });
});

describe('a step', () => {
  test.each([
    [
      'identifiers',
      { line_number: '06 39 98 00 04' },
      `POST ${api}/att_1/identifiers`,
      { lineNumber: '06 39 98 00 04' },
    ],
    [
      'identifiers',
      { customer_ref: 'C1', contract_ref: 'K1' },
      `POST ${api}/att_1/identifiers`,
      { customerRef: 'C1', contractRef: 'K1' },
    ],
    ['code', { typed_code: '000123' }, `POST ${api}/att_1/code`, { code: '000123' }],
    ['resend', {}, `POST ${api}/att_1/code/resend`, undefined],
    ['line-user', { relation: 'self', given_name: 'x' }, `PUT ${api}/att_1/line-user`, { relation: 'self' }],
    [
      'line-user',
      { relation: 'other', civility: 'Mme', given_name: 'Léa', family_name: 'Roy' },
      `PUT ${api}/att_1/line-user`,
      { relation: 'other', civility: 'Mme', givenName: 'Léa', familyName: 'Roy' },
    ],
    ['contacts', {}, `PUT ${api}/att_1/contacts`, { confirm: true }],
    ['confirmation', {}, `POST ${api}/att_1/confirmation`, undefined],
  ])('%s sends %j', async (step, fields, call, body) => {
    const calls = answer({ [`GET ${api}/att_1`]: draft('identifiers'), [call]: draft('contacts') });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get(page));
    const sent = await browser.post(`${page}/${step}`, { csrf, ...fields });
    expect(sent.location).toMatch(/\/contracts\/add\/att_1$/);
    const made = calls.find(({ method, path }) => `${method} ${path}` === call);
    expect(made?.body).toEqual(body);
  });

  test('that nothing fits comes back with what was typed; a code never does', async () => {
    answer({
      [`GET ${api}/att_1`]: draft('identifiers'),
      [`POST ${api}/att_1/identifiers`]: refusal(422, 'not_matched'),
      [`POST ${api}/att_1/code`]: refusal(422, 'code_invalid', 'identifiers'),
    });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get(page));
    const sent = await browser.post(`${page}/identifiers`, { csrf, customer_ref: 'C-typed', contract_ref: 'K' });
    const back = await browser.get(sent.location ?? '');
    expect(back.body).toContain('value="C-typed"');
    expect(wordsOf(back)).toContain('Aucun contrat ne correspond');
    const wrong = await browser.post(`${page}/code`, { csrf, typed_code: '998877' });
    const again = await browser.get(wrong.location ?? '');
    expect(again.body).not.toContain('998877');
    expect(wordsOf(again)).toContain('Indiquez de nouveau le contrat');
  });
});

test('C21 what the user of a line approved stands among the consents, with the line', async () => {
  const approval = { id: 'apr_1', name: 'E*** M***', grantedAt: '2026-11-22T10:00:00Z', line: '+33 6 39 98 ** 04' };
  const me = '/account/v1/me';
  const calls = answer({
    [`GET ${me}/sessions?limit=100`]: { status: 200, body: [] },
    [`GET ${me}/consents?limit=100`]: { status: 200, body: [approval] },
    [`GET ${me}/security-events?limit=20&offset=0`]: { status: 200, body: [] },
    [`DELETE ${me}/consents/apr_1`]: { status: 204 },
  });
  const browser = await loggedIn();
  const shown = await browser.get('/account/security');
  expect(wordsOf(shown)).toContain('E*** M*** gère le contrat de la ligne +33 6 39 98 ** 04');
  await browser.post('/account/security/consents/apr_1/end', { csrf: csrfOf(shown) });
  expect(calls.at(-1)).toMatchObject({ method: 'DELETE', path: `${me}/consents/apr_1` });
});
