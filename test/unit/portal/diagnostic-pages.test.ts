// Assistance in the customer area: what can be tested, the two forms, the run with its bar and steps, history, cases.
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

type Reply = ApiReply | ((call: ApiCall) => ApiReply);

/** Answers by `METHOD path`; the rest is not found. Keeps the calls. */
function answer(replies: Readonly<Record<string, Reply>>): ApiCall[] {
  const calls: ApiCall[] = [];
  world.issuer.behaviour.apis = (call) => {
    calls.push(call);
    const reply = replies[`${call.method} ${call.path}`];
    return typeof reply === 'function' ? reply(call) : reply;
  };
  return calls;
}
const ok = (body: unknown, status = 200): ApiReply => ({ status, body });

const line = { id: 'lin_1', number: '+33639980001', kind: 'mobile' };
const access = { id: 'ctr_1', kind: 'OPEN', relation: 'holder', label: null };
const run = (changes: object = {}) => ({
  ...{ id: 'run_1', category: 'mobile', problemType: 'no_data', own: true, phase: 'running', progress: 32 },
  ...{ startDateTime: '2026-03-01T08:00:00Z', line: { id: 'lin_1' }, testMeasure: [], ...changes },
});
const started = ok(run({ phase: 'queued', progress: 0 }), 202);
const one = (changes: object = {}) => ({ 'GET /diag/v1/runs/run_1': ok(run(changes)) });

async function loggedIn() {
  const browser = world.browser();
  await browser.open('/login');
  return browser;
}
const open = async (changes: object, path = '/diagnostics/runs/run_1') => {
  answer(one(changes));
  return await (await loggedIn()).get(path);
};

describe('the start', () => {
  test('B29 B41 offers the mobile lines and the Internet accesses, and what was tested before', async () => {
    const result = { code: 'no_fault', text: 'Aucun défaut.', action: { text: 'Redémarrez.' } };
    answer({
      'GET /line/v1/lines?limit=100': ok([line, { ...line, id: 'lin_2', number: '+33199980001', kind: 'fixed' }]),
      'GET /contract/v1/contracts?limit=100': ok([
        access,
        { ...access, id: 'ctr_2', kind: 'MOBILE' },
        { ...access, id: 'ctr_3', relation: 'user' },
      ]),
      'GET /diag/v1/runs?limit=20': ok([run({ phase: 'done', result })]),
    });
    const page = await (await loggedIn()).get('/diagnostics');
    expect(page.body).toContain('href="/diagnostics/lines/lin_1"');
    expect(page.body).not.toContain('lin_2');
    expect(page.body).toContain('href="/diagnostics/accesses/ctr_1"');
    expect(page.body).not.toMatch(/ctr_2|ctr_3/);
    expect(wordsOf(page)).toContain('Aucun défaut.');
  });

  test('B29 a line is tested once its number is confirmed and the problem stated; a second press is the same', async () => {
    const calls = answer({ 'GET /line/v1/lines/lin_1': ok(line), 'POST /diag/v1/mobile-runs': started, ...one() });
    const browser = await loggedIn();
    const page = await browser.get('/diagnostics/lines/lin_1');
    const key = /name="key" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const form = { csrf: csrfOf(page), key, number: '06 39 98 00 01', problem_type: 'no_data' };
    const sent = await browser.post('/diagnostics/lines/lin_1', form);
    await browser.post('/diagnostics/lines/lin_1', form);
    expect(sent.location).toMatch(/\/diagnostics\/runs\/run_1$/);
    const posts = calls.filter(({ method }) => method === 'POST');
    expect(posts[0]?.body).toEqual({ lineId: 'lin_1', confirmedNumber: '06 39 98 00 01', problemType: 'no_data' });
    expect(posts.map(({ headers }) => headers['idempotency-key'])).toEqual([key, key]);
  });

  test('a number that is not the line’s comes back marked, with all that was typed', async () => {
    const refusal = { status: 422, body: { code: 'validation', fields: [{ field: 'confirmedNumber', problem: 'x' }] } };
    answer({ 'GET /line/v1/lines/lin_1': ok(line), 'POST /diag/v1/mobile-runs': refusal });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/diagnostics/lines/lin_1'));
    const sent = await browser.post('/diagnostics/lines/lin_1', { csrf, number: '0612345678', problem_type: 'no_sms' });
    const page = await browser.get(sent.location ?? '');
    expect(page.body).toMatch(/value="0612345678"[^>]*aria-invalid="true"/);
    expect(page.body).toMatch(/value="no_sms"[^>]* checked/);
    expect(wordsOf(page)).toContain('Ce n’est pas le numéro de cette ligne');
  });

  test('B30 a diagnosis that is under way is said', async () => {
    answer({
      'GET /contract/v1/contracts/ctr_1': ok({ ...access, place: { street: '1 rue', city: 'Lyon' } }),
      'POST /diag/v1/internet-runs': { status: 409, body: { code: 'run_active' } },
    });
    const browser = await loggedIn();
    const first = await browser.get('/diagnostics/accesses/ctr_1');
    expect(wordsOf(first)).toContain('Lyon');
    const form = { csrf: csrfOf(first), sure: 'yes', fault_type: 'tv' };
    const page = await browser.get((await browser.post('/diagnostics/accesses/ctr_1', form)).location ?? '');
    expect(page.body).toContain('data-problem="run_active"');
    expect(wordsOf(page)).toContain('Un diagnostic est déjà en cours');
  });
});

describe('a run', () => {
  test('B43 shows a bar with words, refreshes itself without JavaScript, and moves with it', async () => {
    const page = await open({ testMeasure: [{ metricName: 'sim', name: 'Carte SIM', value: 'ok' }] });
    expect(page.body).toMatch(/<progress max="100" value="32" aria-labelledby="progress">/);
    expect(page.body).toMatch(/role="status" aria-live="polite" data-percent>32 % – Carte SIM/);
    expect(page.body).toMatch(/<noscript><meta http-equiv="refresh" content="3"><\/noscript>/);
    expect(page.body).toContain('/assets/diagnosis.js');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';connect-src 'self'");
  });

  test('B43 tells its script how far it is, as soon as it has gone on', async () => {
    const calls = answer(one({ progress: 48 }));
    const browser = await loggedIn();
    const told = await browser.get('/diagnostics/runs/run_1/state');
    expect(JSON.parse(told.body)).toEqual({ phase: 'running', progress: 48, last: '' });
    expect(calls.at(-1)?.headers['prefer']).toBeUndefined();
    answer({});
    expect((await browser.get('/diagnostics/runs/run_9/state')).status).toBe(404);
    expect((await world.browser().get('/diagnostics/runs/run_1/state')).status).toBe(401);
  });

  test.each([
    ['awaiting_restart', 'J’ai redémarré mon mobile', 'restart-done', {}, undefined],
    ['awaiting_confirmation', 'Non, toujours pas', 'confirmation', { restored: 'no' }, { restored: false }],
    ['awaiting_confirmation', 'Oui, tout fonctionne', 'confirmation', { restored: 'yes' }, { restored: true }],
  ])('B31 B32 %s asks for the customer’s part', async (phase, words, step, fields, body) => {
    const path = `/diagnostics/runs/run_1/${step}`;
    const calls = answer({ ...one({ phase }), [`POST /diag/v1/runs/run_1/${step}`]: ok(run()) });
    const browser = await loggedIn();
    const page = await browser.get('/diagnostics/runs/run_1');
    expect(wordsOf(page)).toContain(words);
    expect(page.body).not.toContain('http-equiv="refresh"');
    await browser.post(path, { csrf: csrfOf(page), ...fields });
    expect(calls.find(({ method }) => method === 'POST')?.body).toEqual(body);
  });

  test('of somebody else can be watched, not gone on with', async () => {
    const page = await open({ phase: 'awaiting_confirmation', own: false });
    expect(page.body).not.toContain('/confirmation');
    expect(wordsOf(page)).toContain('La suite revient à la personne');
  });

  test('B43 B44 that has ended says what was found, what to do, and that a case is open', async () => {
    const result = {
      code: 'cell_outage',
      text: 'Une antenne est en panne.',
      action: { text: 'Nos équipes réparent.' },
    };
    const testMeasure = [
      { metricName: 'sim', name: 'Carte SIM', value: 'ok' },
      { metricName: 'cell', name: 'Antenne', value: 'outage' },
    ];
    const page = await open({ phase: 'done', progress: 100, result, testMeasure, troubleTicket: { id: 'cas_1' } });
    expect(page.body).toContain('data-result="cell_outage"');
    for (const words of [
      'Une antenne est en panne.',
      'Nos équipes réparent.',
      'un SMS vous le confirme',
      'défaut trouvé',
    ])
      expect(wordsOf(page)).toContain(words);
    expect(page.body).not.toContain('<progress');
  });
});

test('B44 the cases are listed with where they stand', async () => {
  const relatedEntity = [{ id: 'run_1', '@referredType': 'ServiceTest' }];
  const dates = { creationDate: '2026-03-01T08:00:00Z', lastUpdate: '2026-03-01T08:00:00Z' };
  const body = [
    { id: 'cas_1', description: 'Une antenne est en panne.', status: 'inProgress', relatedEntity, ...dates },
  ];
  answer({ 'GET /diag/v1/cases?limit=50': ok(body) });
  const page = await (await loggedIn()).get('/diagnostics/cases');
  expect(wordsOf(page)).toContain('En cours');
  expect(page.body).toContain('href="/diagnostics/runs/run_1"');
});
