// Mailboxes in the customer area: the list, the wizard with the way by the phone, aliases, deletion.
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
const refused = (status: number, code: string, more: object = {}): ApiReply => ({ status, body: { code, ...more } });

const list = 'GET /mailbox/v1/mailboxes?limit=100';
const since = '2026-03-01T08:00:00Z';
const main = { id: 'mbx_1', kind: 'primary', emailAddress: 'ines@exemple.test', status: 'active', creationDate: since };
const second = {
  ...{ id: 'mbx_2', kind: 'secondary', emailAddress: 'leo@exemple.test', status: 'active', creationDate: since },
  ...{ user: { title: 'M.', givenName: 'Léo', familyName: 'Garcia' }, alias: [] },
};
const mailboxes = [{ ...main, alias: [{ id: 'mba_1', emailAddress: 'nes@exemple.test' }] }, second];
const eligible = (changes: object = {}) => ({
  'GET /mailbox/v1/eligibility': ok({
    ...{ isHolder: true, isAtHome: true, isStrong: false, slotsLeft: 2, allowed: true },
    ...changes,
  }),
});
const draft = (changes: object = {}) => ({
  ...{
    id: 'mbd_1',
    step: 'address',
    domain: 'exemple.test',
    proposal: ['lea.garcia@exemple.test', 'l.garcia@exemple.test'],
  },
  ...{ user: { title: 'Mme', givenName: 'Léa', familyName: 'Garcia' } },
  ...changes,
});
const typed = { for: 'relative', title: 'Mme', family_name: 'Garcia', given_name: 'Léa' };

const at = (path: string) => `${world.portal.url}${path}`;

async function loggedIn() {
  const browser = world.browser();
  await browser.open('/login');
  return browser;
}

describe('the list', () => {
  test('D07 D18 has each mailbox with its aliases, and how many may still be created', async () => {
    answer({ ...eligible(), [list]: ok(mailboxes) });
    const page = await (await loggedIn()).get('/mailboxes');
    for (const words of ['ines@exemple.test', 'leo@exemple.test', 'nes@exemple.test', 'Léo Garcia']) {
      expect(wordsOf(page)).toContain(words);
    }
    expect(page.body).toContain('data-slots-left="2"');
    expect(page.body).toContain('href="/mailboxes/new"');
  });
  test('D07 says when all nine are there', async () => {
    answer({ ...eligible({ slotsLeft: 0, allowed: false }), [list]: ok(mailboxes) });
    const page = await (await loggedIn()).get('/mailboxes');
    expect(page.body).not.toContain('href="/mailboxes/new"');
    expect(wordsOf(page)).toContain('Vos neuf adresses secondaires');
  });
  test('D21 of a secondary account shows her own mailbox and nothing to change', async () => {
    answer({ ...eligible({ isHolder: false, slotsLeft: 0, allowed: false }), [list]: ok([second]) });
    const page = await (await loggedIn()).get('/mailboxes');
    expect(wordsOf(page)).toContain('leo@exemple.test');
    expect(page.body).not.toMatch(/href="\/mailboxes\/(new|mbx_2)"/);
  });
});

describe('the wizard', () => {
  test('D13 to D19 goes from the person to the mailbox, each step on a page of its own', async () => {
    let now = draft();
    const calls = answer({
      ...{ ...eligible(), [list]: ok(mailboxes) },
      'POST /mailbox/v1/drafts': () => ok(now, 201),
      'GET /mailbox/v1/drafts/mbd_1': () => ok(now),
      'PUT /mailbox/v1/drafts/mbd_1/address': () => {
        now = draft({ step: 'password', emailAddress: 'l.garcia@exemple.test' });
        return ok(now);
      },
      'PUT /mailbox/v1/drafts/mbd_1/password': () => {
        now = draft({ step: 'confirmation', emailAddress: 'l.garcia@exemple.test' });
        return ok(now);
      },
      'POST /mailbox/v1/drafts/mbd_1/confirmation': ok(second, 201),
    });
    const browser = await loggedIn();
    const first = await browser.get('/mailboxes/new');
    const csrf = csrfOf(first);
    const begun = await browser.post('/mailboxes/new', { csrf, ...typed });
    expect(begun.location).toBe(at('/mailboxes/drafts/mbd_1'));
    const body = { title: 'Mme', familyName: 'Garcia', givenName: 'Léa' };
    expect(calls.find(({ method }) => method === 'POST')?.body).toEqual(body);
    const address = await browser.get('/mailboxes/drafts/mbd_1');
    expect(wordsOf(address)).toContain('lea.garcia@exemple.test');
    const choice = 'l.garcia@exemple.test';
    await browser.post('/mailboxes/drafts/mbd_1/address', { csrf, choice, other: '' });
    expect(calls.findLast(({ method }) => method === 'PUT')?.body).toEqual({ emailAddress: choice });
    expect(wordsOf(await browser.get('/mailboxes/drafts/mbd_1'))).toContain('Au moins 10 caractères');
    const password = 'quatre saisons';
    await browser.post('/mailboxes/drafts/mbd_1/password', { csrf, password, password_again: password, terms: 'yes' });
    expect(calls.findLast(({ method }) => method === 'PUT')?.body).toEqual({
      ...{ password, confirmation: password, acceptTerms: true },
    });
    const last = await browser.get('/mailboxes/drafts/mbd_1');
    expect(wordsOf(last)).toContain('Léa Garcia');
    expect(last.body).not.toContain(password);
    const done = await browser.post('/mailboxes/drafts/mbd_1/confirm', { csrf });
    expect(wordsOf(await browser.get(done.location ?? ''))).toContain('L’adresse est créée');
  });

  test('D10 D11 D12 away from home it says so, offers the phone, and keeps what was typed', async () => {
    world.issuer.behaviour.idToken = { acr: '1', amr: ['pwd'] };
    const away = eligible({ isAtHome: false, allowed: false });
    answer({ ...away, [list]: ok(mailboxes), 'POST /mailbox/v1/drafts': refused(409, 'home_network_required') });
    const browser = await loggedIn();
    const first = await browser.get('/mailboxes/new');
    expect(first.body).toContain('data-message="mailbox.retry_from_home"');
    const csrf = csrfOf(first);
    const sent = await browser.post('/mailboxes/new', { csrf, ...typed });
    const again = await browser.get(sent.location ?? '');
    expect(again.body).toContain('data-problem="home_network_required"');
    expect(wordsOf(again)).toContain('Recommencez depuis chez vous');
    expect(again.body).toContain('value="Léa"');
    world.passSeconds(600);
    const phone = await browser.post('/mailboxes/new', { csrf, ...typed, with: 'phone' });
    expect(phone.location).toMatch(/\/login\?/);
    const back = await browser.open(phone.location ?? '');
    expect(world.issuer.log.authorizations.at(-1)?.get('acr_values')).toBe('3');
    expect(back.body).toContain('value="Léa"');
    expect(back.body).toContain('value="Garcia"');
  });

  test('X90 refused at the confirmation, it offers the phone there as well', async () => {
    const now = draft({ step: 'confirmation', emailAddress: 'l.garcia@exemple.test' });
    answer({
      'GET /mailbox/v1/drafts/mbd_1': ok(now),
      'POST /mailbox/v1/drafts/mbd_1/confirmation': refused(409, 'home_network_required'),
    });
    const browser = await loggedIn();
    const page = await browser.get('/mailboxes/drafts/mbd_1');
    expect(page.body).not.toContain('name="with"');
    const sent = await browser.post('/mailboxes/drafts/mbd_1/confirm', { csrf: csrfOf(page) });
    expect((await browser.get(sent.location ?? '')).body).toContain('name="with" value="phone"');
  });

  test('D08 suggests an alias for oneself, and goes on for whoever insists', async () => {
    const calls = answer({ ...eligible(), [list]: ok(mailboxes), 'POST /mailbox/v1/drafts': ok(draft(), 201) });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/mailboxes/new'));
    const sent = await browser.post('/mailboxes/new', { csrf, ...typed, for: 'self' });
    const page = await browser.get(sent.location ?? '');
    expect(page.body).toContain('data-problem="alias_suggested"');
    expect(page.body).toContain('href="/mailboxes/mbx_1"');
    expect(calls.filter(({ method }) => method === 'POST')).toEqual([]);
    const insisted = await browser.post('/mailboxes/new', { csrf, ...typed, for: 'self', sure: 'yes' });
    expect(insisted.location).toBe(at('/mailboxes/drafts/mbd_1'));
  });

  test('D14 an address that is taken is said on the page of addresses, even when another one was kept', async () => {
    answer({
      'GET /mailbox/v1/drafts/mbd_1': ok(draft({ step: 'password', emailAddress: 'l.garcia@exemple.test' })),
      'PUT /mailbox/v1/drafts/mbd_1/address': refused(409, 'address_taken'),
    });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/mailboxes/drafts/mbd_1?change=address'));
    const sent = await browser.post('/mailboxes/drafts/mbd_1/address', { csrf, choice: 'other', other: 'leo' });
    const page = await browser.get(sent.location ?? '');
    expect(page.body).toContain('data-problem="address_taken"');
    expect(page.body).toMatch(/value="leo"[^>]*aria-invalid="true"/);
  });

  test('D15 D16 two different passwords come back empty, the ticked terms ticked', async () => {
    const fields = [{ field: 'confirmation', problem: 'is not the same' }];
    answer({
      'GET /mailbox/v1/drafts/mbd_1': ok(draft({ step: 'password', emailAddress: 'l.garcia@exemple.test' })),
      'PUT /mailbox/v1/drafts/mbd_1/password': refused(422, 'validation', { fields }),
    });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/mailboxes/drafts/mbd_1'));
    const form = { csrf, password: 'first-password', password_again: 'second-password', terms: 'yes' };
    const page = await browser.get((await browser.post('/mailboxes/drafts/mbd_1/password', form)).location ?? '');
    expect(wordsOf(page)).toContain('ne sont pas les mêmes');
    expect(page.body).not.toMatch(/first-password|second-password/);
    expect(page.body).toMatch(/name="terms"[^>]*checked/);
  });

  test('d7 ends kindly when the draft has run out, and by a button', async () => {
    const calls = answer({ ...eligible(), [list]: ok([]), 'DELETE /mailbox/v1/drafts/mbd_1': { status: 204 } });
    const browser = await loggedIn();
    expect(wordsOf(await browser.get('/mailboxes/drafts/mbd_9'))).toContain('n’est plus en cours');
    const csrf = csrfOf(await browser.get('/mailboxes/new'));
    expect((await browser.post('/mailboxes/drafts/mbd_1/drop', { csrf })).location).toBe(at('/mailboxes?done=dropped'));
    expect(calls.at(-1)?.method).toBe('DELETE');
  });
});

describe('a mailbox', () => {
  const one = { 'GET /mailbox/v1/mailboxes/mbx_1': ok(mailboxes[0]), 'GET /mailbox/v1/mailboxes/mbx_2': ok(second) };

  test('D09 gets an alias and loses one', async () => {
    const calls = answer({
      ...one,
      'POST /mailbox/v1/mailboxes/mbx_1/aliases': ok({ id: 'mba_2', emailAddress: 'x@exemple.test' }, 201),
      'DELETE /mailbox/v1/mailboxes/mbx_1/aliases/mba_1': { status: 204 },
    });
    const browser = await loggedIn();
    const page = await browser.get('/mailboxes/mbx_1');
    expect(wordsOf(page)).not.toContain('Supprimer cette adresse');
    const csrf = csrfOf(page);
    const added = await browser.post('/mailboxes/mbx_1/aliases', { csrf, address: 'surnom' });
    expect(calls.find(({ method }) => method === 'POST')?.body).toEqual({ emailAddress: 'surnom' });
    expect(wordsOf(await browser.get(added.location ?? ''))).toContain('L’alias est créé');
    const gone = await browser.post('/mailboxes/mbx_1/aliases/mba_1/remove', { csrf });
    expect(wordsOf(await browser.get(gone.location ?? ''))).toContain('L’alias est supprimé');
  });

  test('d8 is deleted after a word of confirmation and the code of whoever has no PIN', async () => {
    const calls = answer({
      ...{ ...one, ...eligible(), [list]: ok([]) },
      'POST /account/v1/me/confirmation-codes': ok({ sentTo: 'i***@exemple.test' }, 202),
      'DELETE /mailbox/v1/mailboxes/mbx_2': ({ headers }) =>
        headers['confirmation-code'] === '123456' ? { status: 204 } : refused(409, 'code_required'),
    });
    const browser = await loggedIn();
    const csrf = csrfOf(await browser.get('/mailboxes/mbx_2'));
    const sent = await browser.post('/mailboxes/mbx_2/delete', { csrf, sure: 'yes' });
    const page = await browser.get(sent.location ?? '');
    expect(page.body).toContain('name="confirmation_code"');
    expect(calls.find(({ path }) => path.endsWith('confirmation-codes'))?.body).toEqual({ action: 'mailbox-deletion' });
    const form = { csrf, sure: 'yes', confirmation_code: '123456' };
    const done = await browser.post('/mailboxes/mbx_2/delete', form);
    expect(done.location).toBe(at('/mailboxes?done=deleted'));
    expect(calls.findLast(({ method }) => method === 'DELETE')?.body).toEqual({ confirm: true });
  });
});
