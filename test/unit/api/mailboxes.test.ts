// The mailbox API over its router: the steps of a new mailbox, what is refused with which word, and nothing secret.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StrongResult } from '../../../src/customer/strong-check.ts';
import { type ApiClient, type CallApi, createApiClient } from '../../support/api-client.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createMailboxWorld, goodPassword, type Holder, type MailboxWorld } from '../customer/mailbox-world.ts';

let open: TestDatabase;
let world: MailboxWorld;
let client: ApiClient;
let strong: StrongResult;
let holder: Holder;
/** At home: the calls of this test come from this machine. */
let home: CallApi;
let away: CallApi;
let awayHolder: Holder;
beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = createMailboxWorld(open.database);
  const check = async () => strong;
  client = createApiClient({
    ...{ database: open.database, mailboxes: world.desk },
    strong: { check, sendCode: async () => ({ kind: 'needs-fresh' }) },
  });
  holder = await world.holder({}, ['127.0.0.1/32']);
  home = client.as(holder.accountId);
  awayHolder = await world.holder();
  away = client.as(awayHolder.accountId);
});
afterAll(() => open.close());

const user = { title: 'Mme', familyName: 'Garcia', givenName: 'Léa' };
const password = { password: goodPassword, confirmation: goodPassword, acceptTerms: true };
const drafts = '/mailbox/v1/drafts';
const begin = async (call: CallApi) => (await call('POST', drafts, { body: user })).body.id as string;
const openOne = async (call: CallApi, emailAddress: string) => {
  const id = await begin(call);
  await call('PUT', `${drafts}/${id}/address`, { body: { emailAddress } });
  await call('PUT', `${drafts}/${id}/password`, { body: password });
  return await call('POST', `${drafts}/${id}/confirmation`);
};

describe('a mailbox is opened', () => {
  test('D13 to D18 step by step, and each answer says what is due', async () => {
    const begun = await home('POST', drafts, { body: user });
    expect(begun).toMatchObject({
      status: 201,
      headers: { location: begun.body.href },
      body: { '@type': 'MailboxDraft', step: 'address', user, domain: 'exemple.test' },
    });
    expect(begun.body.proposal.length).toBeGreaterThanOrEqual(3);
    const path = `${drafts}/${begun.body.id}`;
    const emailAddress = begun.body.proposal[1];
    expect((await home('PUT', `${path}/address`, { body: { emailAddress } })).body).toMatchObject({
      ...{ step: 'password', emailAddress },
    });
    expect((await home('PUT', `${path}/password`, { body: password })).body).toMatchObject({ step: 'confirmation' });
    expect((await home('GET', path)).body).toMatchObject({ step: 'confirmation', emailAddress });
    const opened = await home('POST', `${path}/confirmation`);
    expect(opened).toMatchObject({
      status: 201,
      headers: { location: opened.body.href },
      body: { '@type': 'Mailbox', kind: 'secondary', status: 'active', emailAddress, user, alias: [] },
    });
    expect((await home('POST', `${path}/confirmation`)).body.id).toBe(opened.body.id);
    const list = await home('GET', '/mailbox/v1/mailboxes');
    expect(list.body).toMatchObject([{ id: opened.body.id }]);
    expect(list.headers['x-total-count']).toBe('1');
    expect((await home('GET', `/mailbox/v1/mailboxes/${opened.body.id}`)).body).toEqual(opened.body);
    expect(JSON.stringify([list.body, opened.body])).not.toMatch(/argon|jardin/);
    expect((await home('GET', path)).body).toMatchObject({ step: 'done', mailbox: { id: opened.body.id } });
    expect((await home('DELETE', path)).status).toBe(404);
  });

  test('d7 or given up', async () => {
    const path = `${drafts}/${await begin(home)}`;
    expect((await home('DELETE', path)).status).toBe(204);
    expect((await home('GET', path)).status).toBe(404);
  });

  test.each([
    ['no civility', { ...user, title: 'Dr' }, ['title']],
    ['no names', { ...user, givenName: ' ', familyName: '' }, ['familyName', 'givenName']],
    ['names of signs', { ...user, givenName: '<b>', familyName: '-' }, ['familyName', 'givenName']],
    ['a name of 51 characters', { ...user, givenName: 'é'.repeat(51) }, ['givenName']],
    ['more than is asked for', { ...user, password: 'x' }, ['']],
  ])('D13 not for %s', async (_what, body, fields) => {
    const answer = await home('POST', drafts, { body });
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation' } });
    const named = answer.body.fields.map(({ field }: { field: string }) => field);
    expect([...new Set(named)].sort()).toEqual(fields);
  });

  test.each(['Anne-Marie', 'Zoë', 'D’Arc', "O'Neil", 'Nguyễn Thị', 'Ж'])('D13 for %s', async (givenName) => {
    expect((await home('POST', drafts, { body: { ...user, givenName } })).status).toBe(201);
  });

  test('D14 X93 not with an address that somebody has, nor with a reserved one', async () => {
    await openOne(home, 'prise');
    const path = `${drafts}/${await begin(home)}/address`;
    for (const emailAddress of ['Pri.se', 'postmaster@exemple.test', 'x', 'x'.repeat(500), 'a b']) {
      const answer = await home('PUT', path, { body: { emailAddress } });
      expect(answer).toMatchObject({ status: 409, body: { code: 'address_taken' } });
    }
  });

  test('D15 D16 not without the same password twice, a good one, and the terms', async () => {
    const id = await begin(home);
    const path = `${drafts}/${id}/password`;
    const due = await home('PUT', path, { body: password });
    expect(due).toMatchObject({ status: 409, body: { code: 'wrong_step', reason: 'address' } });
    await home('PUT', `${drafts}/${id}/address`, { body: { emailAddress: 'sans-faute' } });
    const refused = async (change: object, field: string) => {
      const answer = await home('PUT', path, { body: { ...password, ...change } });
      expect(answer).toMatchObject({ status: 422, body: { code: 'validation', fields: [{ field }] } });
      expect(JSON.stringify(answer.body)).not.toContain('jardin');
    };
    await refused({ confirmation: `${goodPassword}!` }, 'confirmation');
    await refused({ password: 'court', confirmation: 'court' }, 'password');
    await refused({ acceptTerms: false }, 'acceptTerms');
    const late = await home('POST', `${drafts}/${id}/confirmation`);
    expect(late).toMatchObject({ status: 409, body: { code: 'wrong_step', reason: 'password' } });
  });
});

describe('who may', () => {
  test('D03 holds Internet: 403 for others', async () => {
    const person = await world.contracts.person();
    const answer = await client.as(person.accountId, { loa: 3 })('POST', drafts, { body: user });
    expect(answer).toMatchObject({ status: 403, body: { code: 'not_internet_holder' } });
  });
  test('D10 D11 D12 is at home: 409 away, with the offer of a login that makes it not matter', async () => {
    const answer = await away('POST', drafts, { body: user });
    expect(answer).toMatchObject({ status: 409, body: { code: 'home_network_required' } });
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer error="insufficient_user_authentication", .*acr_values="3"/,
    );
    expect((await client.as(awayHolder.accountId, { loa: 2 })('POST', drafts, { body: user })).status).toBe(409);
  });
  test('D05 or has logged in with the PIN of the SIM; X90 the confirmation asks again', async () => {
    const strongly = client.as(awayHolder.accountId, { loa: 3 });
    const id = await begin(strongly);
    await strongly('PUT', `${drafts}/${id}/address`, { body: { emailAddress: 'de-loin' } });
    await strongly('PUT', `${drafts}/${id}/password`, { body: password });
    const refused = await away('POST', `${drafts}/${id}/confirmation`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'home_network_required' } });
    expect(refused.headers['www-authenticate']).toContain('acr_values="3"');
    expect((await strongly('POST', `${drafts}/${id}/confirmation`)).status).toBe(201);
  });
  test('is told beforehand', async () => {
    const path = '/mailbox/v1/eligibility';
    const person = await world.contracts.person();
    expect((await client.as(person.accountId)('GET', path)).body).toEqual({
      ...{ isHolder: false, isAtHome: false, isStrong: false, slotsLeft: 0, allowed: false },
    });
    expect((await home('GET', path)).body).toMatchObject({ isHolder: true, isAtHome: true, allowed: true });
    expect((await away('GET', path)).body).toMatchObject({ isHolder: true, isAtHome: false, allowed: false });
    const strongly = client.as(awayHolder.accountId, { loa: 3 });
    expect((await strongly('GET', path)).body).toMatchObject({ isAtHome: false, isStrong: true, allowed: true });
  });
  test('D07 X86 has a slot left', async () => {
    const one = await world.holder();
    const strongly = client.as(one.accountId, { loa: 3 });
    await world.fill(one, 9);
    const answer = await strongly('POST', drafts, { body: user });
    expect(answer).toMatchObject({ status: 409, body: { code: 'mailbox_limit' } });
    expect((await strongly('GET', '/mailbox/v1/eligibility')).body).toMatchObject({ slotsLeft: 0, allowed: false });
  });
});

describe('an alias', () => {
  test('D09 is added and given up, at most five', async () => {
    const { body } = await openOne(home, 'cinq.alias');
    const path = `/mailbox/v1/mailboxes/${body.id}/aliases`;
    const added = await home('POST', path, { body: { emailAddress: 'alias-0' } });
    expect(added).toMatchObject({ status: 201, body: { emailAddress: 'alias-0@exemple.test' } });
    expect(added.headers['location']).toBe(added.body.href);
    const again = await home('POST', path, { body: { emailAddress: 'alias-0' } });
    expect(again).toMatchObject({ status: 409, body: { code: 'address_taken' } });
    for (let n = 1; n < 5; n++) await home('POST', path, { body: { emailAddress: `alias-${n}` } });
    const sixth = await home('POST', path, { body: { emailAddress: 'alias-6' } });
    expect(sixth).toMatchObject({ status: 409, body: { code: 'alias_limit' } });
    expect((await home('DELETE', `${path}/${added.body.id}`)).status).toBe(204);
    expect((await home('DELETE', `${path}/${added.body.id}`)).status).toBe(404);
    expect((await home('POST', path, { body: { emailAddress: 'alias-6' } })).status).toBe(201);
  });
  test('wants a fresh login, and a mailbox that is one’s own', async () => {
    const { body } = await openOne(home, 'pas-fraiche');
    const path = `/mailbox/v1/mailboxes/${body.id}/aliases`;
    const stale = client.as(holder.accountId, { authTime: new Date(Date.now() - 400_000) });
    expect((await stale('POST', path, { body: { emailAddress: 'alias-x' } })).status).toBe(401);
    expect((await away('POST', path, { body: { emailAddress: 'alias-x' } })).status).toBe(404);
  });
});

describe('a deletion', () => {
  test('d8 is of level M*, needs a word of confirmation, and happens once', async () => {
    const { body } = await openOne(home, 'a-supprimer');
    const path = `/mailbox/v1/mailboxes/${body.id}`;
    strong = { kind: 'needs-pin' };
    expect((await home('DELETE', path, { body: { confirm: true } })).status).toBe(401);
    strong = { kind: 'needs-code' };
    expect((await home('DELETE', path, { body: { confirm: true } })).body).toMatchObject({ code: 'code_required' });
    strong = { kind: 'proved' };
    expect((await home('DELETE', path, { body: {} })).status).toBe(422);
    expect((await away('DELETE', path, { body: { confirm: true } })).status).toBe(404);
    expect((await home('DELETE', path, { body: { confirm: true } })).status).toBe(204);
    expect((await home('DELETE', path, { body: { confirm: true } })).status).toBe(404);
    expect((await home('GET', path)).status).toBe(404);
  });
  test('is not for the main mailbox', async () => {
    const main = { id: 'mbx_main', brand: 'exemple', kind: 'primary' as const, accountId: holder.accountId };
    const row = { ...main, address: 'la.mienne@exemple.test', createdAt: new Date('2026-03-01T08:00:00Z') };
    await open.database.db.insertInto('mailboxes').values(row).execute();
    strong = { kind: 'proved' };
    const answer = await home('DELETE', '/mailbox/v1/mailboxes/mbx_main', { body: { confirm: true } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });
});

test('X85 drafts and mailboxes of others are not there', async () => {
  const id = await begin(home);
  for (const [method, path, body] of [
    ['GET', `${drafts}/${id}`, undefined],
    ['PUT', `${drafts}/${id}/address`, { emailAddress: 'a-moi' }],
    ['PUT', `${drafts}/${id}/password`, password],
    ['POST', `${drafts}/${id}/confirmation`, undefined],
    ['DELETE', `${drafts}/${id}`, undefined],
  ] as const) {
    expect([method, path, (await away(method, path, { body })).status]).toEqual([method, path, 404]);
  }
});
