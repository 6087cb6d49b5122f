// A customer's own account through its APIs: names, preferences, contacts, addresses, bank details, what happened.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { channelsOf } from '../../../src/customer/edit-profile.ts';
import { findPreferences } from '../../../src/storage/account-changes.ts';
import { isAddressRecent } from '../../../src/storage/address-changes.ts';
import { listResetChannels } from '../../../src/storage/reset-channels.ts';
import type { Owner } from '../../storage/activation-world.ts';
import type { CallApi } from '../../support/api-client.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { type AccountWorld, createAccountWorld } from './account-world.ts';
import type { Person, SoldContract } from './contract-world.ts';
import { giveAlias } from './mailbox-world.ts';

const me = '/account/v1/me';
const place = { street: '1 rue du Port', postCode: '44000', city: 'Nantes', country: 'FR' };
const other = { street: '9 quai de la Fosse', postCode: '44100', city: 'Nantes' };

describe.each(engines)('an account on %s', (engine) => {
  let open: TestDatabase;
  let use: AccountWorld;
  let person: Person;
  let call: CallApi;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    use = await createAccountWorld(open.database);
  });
  afterAll(() => open.close());
  beforeEach(async () => {
    person = await use.world.person();
    call = use.client.as(person.accountId);
    use.told.length = 0;
    use.strong.check = async () => ({ kind: 'proved' });
  });

  describe('B45 personal information', () => {
    test('is changed in part, told and written down', async () => {
      const changed = await call('PATCH', me, { body: { title: 'Mme', familyName: 'Le Goff-d’Arc' } });
      expect(changed).toMatchObject({ status: 200, body: { title: 'Mme', name: 'Zoé Le Goff-d’Arc' } });
      expect(use.told.map(({ kind }) => kind)).toEqual(['profile']);
      expect(await use.journal(person.accountId)).toEqual(['profile.changed']);
      await call('PATCH', me, { body: { title: 'Mme' } });
      expect(use.told).toHaveLength(1);
    });

    test('that was checked against a document stays, the civility aside', async () => {
      const { db } = open.database;
      await db.updateTable('persons').set({ identityProofing: 'eidas1' }).where('id', '=', person.personId).execute();
      expect((await call('GET', me)).body.readOnly).toEqual(['givenName', 'familyName']);
      const refused = await call('PATCH', me, { body: { title: 'Mme', givenName: 'Zoë' } });
      expect(refused).toMatchObject({ status: 422, body: { fields: [{ field: 'givenName' }] } });
      expect((await call('GET', me)).body).not.toHaveProperty('title');
      expect((await call('PATCH', me, { body: { title: 'M.', givenName: 'Zoé' } })).status).toBe(200);
    });

    test.each([{}, { givenName: '' }, { givenName: '<b>Zoé</b>' }, { familyName: 'x'.repeat(61) }, { kind: 'group' }])(
      'takes no %j',
      async (body) => {
        expect((await call('PATCH', me, { body })).status).toBe(422);
      },
    );

    test('is not changed over another change of it (If-Match)', async () => {
      const { ETag: _, etag = '' } = (await call('GET', me)).headers;
      const edit = (familyName: string) => call('PATCH', me, { body: { familyName }, headers: { 'if-match': etag } });
      expect((await edit('Un')).status).toBe(200);
      expect(await edit('Deux')).toMatchObject({ status: 412, body: { code: 'version_mismatch' } });
      expect((await call('GET', me)).body.familyName).toBe('Un');
    });

    test('of two changes of one version, twenty at once change it once', async () => {
      const { etag = '' } = (await call('GET', me)).headers;
      const edits = Array.from({ length: 20 }, (_, n) =>
        call('PATCH', me, { body: { familyName: `Nom-${'ab'[n % 2]}` }, headers: { 'if-match': etag } }),
      );
      const statuses = (await Promise.all(edits)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    });
  });

  describe('B45 preferences', () => {
    test('are as usual until they are chosen, and kept as a whole', async () => {
      const { body, headers } = await call('GET', `${me}/preferences`);
      expect(body).toMatchObject({ language: 'fr', topics: { security: ['email', 'sms'], news: [] } });
      const wanted = { language: 'en', topics: { ...body.topics, usage: [], news: ['sms', 'email'] } };
      const match = { headers: { 'if-match': headers['etag'] ?? '' } };
      const kept = await call('PUT', `${me}/preferences`, { body: wanted, ...match });
      expect(kept.body).toMatchObject({ language: 'en', topics: { usage: [], news: ['email', 'sms'] } });
      expect((await call('GET', `${me}/preferences`)).body).toEqual(kept.body);
      const stored = await findPreferences(open.database.db, person.accountId);
      const channels = (['usage', 'news', 'orders'] as const).map((topic) => channelsOf(stored, topic));
      expect(channels).toEqual([[], ['email', 'sms'], ['email']]);
      expect((await call('PUT', `${me}/preferences`, { body: wanted, ...match })).status).toBe(412);
    });

    test('cannot switch alerts about security off', async () => {
      const { body } = await call('GET', `${me}/preferences`);
      const wanted = { ...body, topics: { ...body.topics, security: ['email'] } };
      const refused = await call('PUT', `${me}/preferences`, { body: wanted });
      expect(refused).toMatchObject({ status: 422, body: { fields: [{ field: 'topics.security' }] } });
    });
  });

  describe('B45 a new contact', () => {
    test('X95 is no alias of a mailbox', async () => {
      await giveAlias(open.database, person.accountId, 'detour@exemple.test');
      const contact = (emailAddress: string) => ({ mediumType: 'email', characteristic: { emailAddress } });
      const refused = await call('POST', `${me}/contacts`, { body: contact('de.tour@exemple.test') });
      expect(refused.status).toBe(422);
      expect((await call('POST', `${me}/contacts`, { body: contact('detour-bis@exemple.test') })).status).toBe(202);
    });
    const email = { mediumType: 'email', characteristic: { emailAddress: 'Neuve@Exemple.test' } };
    const mobile = (phoneNumber: string) => ({ mediumType: 'mobile', characteristic: { phoneNumber } });
    const start = (body: object) => call('POST', `${me}/contacts`, { body });
    const verify = (id: string, code: string) => call('POST', `${me}/contacts/${id}/verification`, { body: { code } });

    test('takes its place with the code that went there; the old one is told; for a day it opens nothing (B08)', async () => {
      const started = await start(email);
      expect(started).toMatchObject({ status: 202, body: { sentTo: 'n***@exemple.test', mediumType: 'email' } });
      expect((await call('GET', me)).body.contactMedium[0].characteristic.emailAddress).toBe('p***@exemple.test');
      expect((await verify(started.body.id, '000000')).body).toMatchObject({ code: 'code_invalid' });
      expect((await verify(started.body.id, await use.sentCode())).status).toBe(204);
      const { characteristic } = (await call('GET', me)).body.contactMedium[0];
      expect(characteristic).toMatchObject({ emailAddress: 'n***@exemple.test', isVerified: true });
      expect(new Date(characteristic.codesFrom).getTime()).toBeGreaterThan(Date.now() + 23 * 3_600_000);
      expect(use.told.map(({ kind }) => kind)).toEqual(['code', 'contact']);
      expect(await listResetChannels(open.database.db, person.accountId)).toEqual([]);
      expect(await use.journal(person.accountId)).toEqual(['contact.change_started', 'contact.changed']);
    });

    test('A02 that is a mobile belongs to an operator that is served', async () => {
      expect((await start(mobile('06 12 34 56 78'))).body.fields[0].field).toBe('characteristic.phoneNumber');
      expect((await start(mobile('+33 1 42 00 00 00'))).status).toBe(422);
      expect((await start({ ...email, characteristic: { emailAddress: 'nobody' } })).status).toBe(422);
      const started = await start(mobile('06 39 98 77 01'));
      expect(started).toMatchObject({ status: 202, body: { mediumType: 'mobile' } });
      expect((await verify(started.body.id, await use.sentCode())).status).toBe(204);
      expect((await start(mobile('+33639987701'))).body).toMatchObject({ code: 'conflict', reason: 'contact_known' });
    });

    test('is nobody else’s to verify, and a later one voids it', async () => {
      const first = await start(email);
      const code = await use.sentCode();
      const stranger = use.client.as((await use.world.person()).accountId);
      const path = `${me}/contacts/${first.body.id}/verification`;
      expect((await stranger('POST', path, { body: { code } })).status).toBe(422);
      await start({ ...email, characteristic: { emailAddress: 'autre@exemple.test' } });
      expect((await verify(first.body.id, code)).status).toBe(422);
    });

    test('of twenty right codes at once one counts', async () => {
      const { body } = await start(email);
      const code = await use.sentCode();
      const all = await Promise.all(Array.from({ length: 20 }, () => verify(body.id, code)));
      expect(all.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(use.told.filter(({ kind }) => kind === 'contact')).toHaveLength(1);
    });

    test('is not even begun without the PIN, where there is one', async () => {
      use.strong.check = async () => ({ kind: 'needs-pin' });
      expect((await start(email)).status).toBe(401);
      expect(use.told).toEqual([]);
    });
  });

  describe('a change of address', () => {
    let first: SoldContract;
    let second: SoldContract;
    beforeEach(async () => {
      first = await use.world.contract(person, { address: place });
      second = await use.world.contract(person, { kind: 'INTERNET' });
    });
    const draft = (contractIds: readonly string[], more: object = {}) =>
      call('POST', `${me}/address-changes`, { body: { contractIds, place: { ...other, ...more } } });
    const confirm = (id: string) =>
      call('POST', `${me}/address-changes/${id}/confirmation`, { body: { confirm: true } });
    const addressOf = async ({ contractId }: SoldContract) =>
      (
        await open.database.db
          .selectFrom('contracts')
          .select('address')
          .where('id', '=', contractId)
          .executeTakeFirstOrThrow()
      ).address;

    test('B46 B47 shows old and new, then changes the ticked contracts and no other', async () => {
      const third = await use.world.contract(person, { address: place });
      const drafted = await draft([first.contractId, second.contractId]);
      expect(drafted).toMatchObject({ status: 201, body: { state: 'draft', place: other } });
      expect(drafted.body.contract).toMatchObject([
        { id: first.contractId, kind: 'MOBILE', formerPlace: place },
        { id: second.contractId, kind: 'INTERNET' },
      ]);
      expect((await call('GET', `${me}/address-changes/${drafted.body.id}`)).body).toEqual(drafted.body);
      expect(await addressOf(first)).toEqual(place);
      expect(await confirm(drafted.body.id)).toMatchObject({ status: 200, body: { state: 'done' } });
      expect((await addressOf(first))?.city).toBe('Nantes');
      expect([(await addressOf(second))?.street, (await addressOf(third))?.street]).toEqual([
        other.street,
        place.street,
      ]);
      expect(use.told).toMatchObject([{ kind: 'address', about: { count: 2 } }]);
      expect(await isAddressRecent(open.database.db, first.contractId)).toBe(true);
      expect(await isAddressRecent(open.database.db, third.contractId)).toBe(false);
    });

    test('B46 X76 with one contract that is not the caller’s own is refused as a whole', async () => {
      const foreign = await use.world.contract(await use.world.person(), { address: place });
      await use.world.proxy(foreign, person);
      expect((await draft([first.contractId, foreign.contractId])).status).toBe(404);
      expect((await draft([first.contractId, 'ctr_nobody'])).status).toBe(404);
    });

    test('is confirmed once by twenty at once, and says the same to a repeat', async () => {
      const { body } = await draft([first.contractId]);
      const all = await Promise.all(Array.from({ length: 20 }, () => confirm(body.id)));
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
      expect(use.told).toHaveLength(1);
    });

    test('B47 changes nothing if one contract has left or moved meanwhile', async () => {
      const both = await draft([first.contractId, second.contractId]);
      const moved = await draft([first.contractId], { city: 'Rezé' });
      await confirm(moved.body.id);
      expect(await confirm(both.body.id)).toMatchObject({ status: 409, body: { reason: 'address_changed' } });
      const gone = await draft([first.contractId, second.contractId]);
      await open.database.db.deleteFrom('accountContracts').where('contractId', '=', second.contractId).execute();
      expect((await confirm(gone.body.id)).status).toBe(404);
      expect((await addressOf(first))?.city).toBe('Rezé');
    });

    test('of somebody else is not there', async () => {
      const { body } = await draft([first.contractId]);
      const stranger = use.client.as((await use.world.person()).accountId);
      expect((await stranger('GET', `${me}/address-changes/${body.id}`)).status).toBe(404);
      const path = `${me}/address-changes/${body.id}/confirmation`;
      expect((await stranger('POST', path, { body: { confirm: true } })).status).toBe(404);
    });

    test.each([[{ postCode: '4400' }], [{ street: 'a\u0000b' }], [{ city: '' }], [{ country: 'XX' }]])(
      'takes no %j',
      async (more) => {
        expect((await draft([first.contractId], more)).status).toBe(422);
      },
    );
  });

  describe('D01 bank details', () => {
    const iban = 'FR76 3000 1007 9412 3456 7890 185';
    const path = `${me}/bank-details`;
    let owner: Owner;
    let own: CallApi;
    const put = (body: object, headers = {}) =>
      own('PUT', path, { body: { accountHolder: 'Zoé Durand', ...body }, headers });
    beforeEach(async () => {
      owner = await use.owner();
      await use.phones.upTo(owner, 'done');
      own = use.client.as(owner.accountId);
    });
    const shown = async () => (await own('GET', path)).body;

    test('are changed when the phone approves this very change, and shown masked', async () => {
      const before = await own('GET', path);
      expect(before.body).toEqual({ '@type': 'BankAccount' });
      const started = await put({ iban }, { 'if-match': before.headers['etag'] ?? '' });
      expect(started).toMatchObject({ status: 202, body: { status: 'pending', iban: 'FR76 •••• 0185' } });
      expect(started.body.referenceCode).toMatch(/^\d{4}$/);
      const { requestData } = (await use.phones.attempts(owner.lineId, 'bank-details'))[0]!;
      expect(requestData).toBeTruthy();
      expect(await shown()).not.toHaveProperty('iban');
      await use.phoneSays(owner.lineId, 'approved');
      expect((await own('GET', `${path}/changes/${started.body.id}`)).body.status).toBe('done');
      expect(await shown()).toMatchObject({ iban: 'FR76 •••• 0185', accountHolder: 'Zoé Durand' });
      expect(use.told).toMatchObject([{ kind: 'bank', about: { ends: '0185' } }]);
      const events = (await use.journal(owner.accountId)).filter((event) => event !== 'bank_details.read');
      expect(events.slice(-2)).toEqual(['bank_details.change_started', 'bank_details.changed']);
    });

    test('lie sealed, and stay as they are when the phone says no, too late, or nothing', async () => {
      await put({ iban });
      await use.phoneSays(owner.lineId, 'cancelled');
      await put({ iban });
      await use.phoneSays(owner.lineId, 'approved', { late: true });
      expect(await shown()).not.toHaveProperty('iban');
      const { db } = open.database;
      const rows = await db
        .selectFrom('bankChanges')
        .select('sealed')
        .where('accountId', '=', owner.accountId)
        .execute();
      expect(rows).toHaveLength(2);
      expect(JSON.stringify(rows)).not.toContain('3000100794');
    });

    test.each([
      'FR7630001007941234567890186',
      'FR76',
      'US64SVBKUS6S3300958879',
      'not an account',
      'FR76300010079412345678901850',
    ])('take no %s', async (wrong) => {
      expect((await put({ iban: wrong })).body).toMatchObject({ fields: [{ field: 'iban' }] });
    });

    test('are not changed over another change, nor while the phone shows another question', async () => {
      expect((await put({ iban }, { 'if-match': '"old"' })).status).toBe(412);
      const first = await put({ iban });
      expect((await put({ iban })).body).toMatchObject({ code: 'command_open' });
      expect((await own('DELETE', `${path}/changes/${first.body.id}`)).status).toBe(204);
      expect((await own('GET', `${path}/changes/${first.body.id}`)).body.status).toBe('refused');
    });

    test('need a phone that can say yes, and a contract', async () => {
      await use.world.contract(person);
      const refused = await call('PUT', path, { body: { iban, accountHolder: 'Zoé Durand' } });
      expect(refused).toMatchObject({ status: 409, body: { code: 'shop_identity_check_required' } });
      const nobody = use.client.as((await use.world.person()).accountId);
      expect((await nobody('GET', path)).status).toBe(404);
      const { db } = open.database;
      const lockedUntil = new Date(Date.now() + 3_600_000);
      await db.updateTable('enrolments').set({ lockedUntil }).where('lineId', '=', owner.lineId).execute();
      expect((await put({ iban })).body).toMatchObject({ code: 'mc_temporarily_unavailable' });
    });

    test('are read at level M* only, and changes are the account’s own', async () => {
      const { body } = await put({ iban });
      expect((await call('GET', `${path}/changes/${body.id}`)).status).toBe(404);
      use.strong.check = async () => ({ kind: 'needs-pin' });
      expect((await own('GET', path)).status).toBe(401);
    });
  });

  describe('what happened', () => {
    test('is told of the own account only, newest first, in pages', async () => {
      const { audit } = use.world;
      await open.database.transaction(async (tx) => {
        await audit.passwordLogin(tx, { clientId: 'shop', accountId: person.accountId });
        await audit.passwordFailed(tx, { clientId: 'portal', accountId: person.accountId });
        await audit.passwordLogin(tx, { clientId: 'shop', accountId: 'acc_other' });
        await audit.adminAction(tx, { operation: 'thing' });
      });
      const { body, headers } = await call('GET', `${me}/security-events`);
      expect(body).toMatchObject([
        { event: 'password.failed', outcome: 'failure', by: 'customer' },
        { event: 'password.login', outcome: 'success', client: 'Petite Boutique' },
      ]);
      expect(headers['x-total-count']).toBe('2');
      const page = await call('GET', `${me}/security-events?limit=1&offset=1`);
      expect(page.body.map(({ event }: { event: string }) => event)).toEqual(['password.login']);
    });
  });

  test('a made-up id opens nothing', async () => {
    const id = `x_${randomBytes(8).toString('hex')}`;
    for (const path of [`/address-changes/${id}`, `/bank-details/changes/${id}`]) {
      expect((await call('GET', `${me}${path}`)).status).toBe(404);
    }
  });
});
