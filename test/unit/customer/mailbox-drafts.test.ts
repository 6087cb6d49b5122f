// Opening a secondary mailbox: who may, from where, step by step, and how many.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPasswordVerifier } from '../../../src/authentication/password.ts';
import { createMailboxDesk } from '../../../src/customer/mailbox-desk.ts';
import { createRateLimit } from '../../../src/storage/rate-limits.ts';
import { findAccountByIdentifier, findPasswordHash } from '../../../src/storage/subscribers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createMailboxWorld, goodPassword, type Holder, lea, type MailboxWorld } from './mailbox-world.ts';

const twenty = <T>(act: (index: number) => Promise<T>) => Promise.all(Array.from({ length: 20 }, (_, n) => act(n)));

describe.each(engines)('a new mailbox on %s', (engine) => {
  let open: TestDatabase;
  let world: MailboxWorld;
  let desk: MailboxWorld['desk'];
  let holder: Holder;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = createMailboxWorld(open.database);
    desk = world.desk;
    holder = await world.holder();
  });
  afterAll(() => open.close());

  const draftsOf = async (accountId: string) =>
    await open.database.db
      .selectFrom('mailboxDrafts')
      .select('id')
      .where('accountId', '=', accountId as never)
      .execute();
  const loginOf = (address: string) =>
    findAccountByIdentifier(open.database.db, {
      ...{ brand: 'exemple', kind: 'email' },
      lookupHash: world.masterKey.index('email', address),
    });

  describe('may be opened', () => {
    test('D03 by the holder of an Internet or Open contract, not with a mobile one alone', async () => {
      const openHolder = await world.holder({ kind: 'OPEN' });
      const mobile = await world.holder({ kind: 'MOBILE' });
      expect((await desk.begin(openHolder.atHome, lea)).kind).toBe('ok');
      expect(await desk.begin(mobile.atHome, lea)).toEqual({ kind: 'not-holder' });
      expect(await desk.begin(mobile.withPin, lea)).toEqual({ kind: 'not-holder' });
    });
    test('D03 not by the proxy of an Internet contract, not even at that home', async () => {
      const proxy = await world.contracts.person();
      await world.contracts.proxy(holder, proxy);
      expect(await desk.begin({ ...holder.atHome, accountId: proxy.accountId }, lea)).toEqual({ kind: 'not-holder' });
    });
    test('D03 D06 X94 not by a secondary account', async () => {
      const { id } = await world.open(holder.atHome);
      const { db } = open.database;
      const row = await db.selectFrom('mailboxes').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      expect(await desk.begin({ ...holder.withPin, accountId: row.accountId }, lea)).toEqual({ kind: 'not-holder' });
    });
    test('not for a brand without mail', async () => {
      const other = await world.holder();
      await open.database.db.updateTable('accounts').set({ brand: 'ile' }).where('id', '=', other.accountId).execute();
      await open.database.db
        .updateTable('contracts')
        .set({ brand: 'ile' })
        .where('id', '=', other.contractId)
        .execute();
      expect(await desk.begin(other.atHome, lea)).toEqual({ kind: 'not-holder' });
    });
    test('D04 D10 at home, and away nothing is kept (X91)', async () => {
      const one = await world.holder();
      expect(await desk.begin(one.away, lea)).toEqual({ kind: 'not-at-home' });
      expect(await draftsOf(one.accountId)).toEqual([]);
      expect((await desk.begin(one.atHome, lea)).kind).toBe('ok');
    });
    test('D05 with the PIN of the SIM from anywhere', async () => {
      expect((await desk.begin(holder.withPin, lea)).kind).toBe('ok');
    });
  });

  describe('home', () => {
    const isAtHome = async (who: Holder, address: string) =>
      (await desk.eligibility({ ...who.atHome, address })).isAtHome;
    test('X88 is not the neighbour’s, nor a shop’s', async () => {
      const neighbour = await world.holder();
      expect(await isAtHome(holder, neighbour.home)).toBe(false);
      expect(await isAtHome(neighbour, neighbour.home)).toBe(true);
    });
    test.each(['::ffff:203.0.113.77', '::ffff:cb00:714d', '::FFFF:203.0.113.77', '203.0.113.77'])(
      'X89 is the same in IPv6 clothes: %s',
      async (address) => {
        const one = await world.holder({}, ['203.0.113.77/32']);
        expect(await isAtHome(one, address)).toBe(true);
        await open.database.db.deleteFrom('homeNetworks').where('contractId', '=', one.contractId).execute();
      },
    );
    test('X89 is the whole /56 of IPv6, and nothing beside it', async () => {
      const one = await world.holder({}, ['2001:db8:a:100::/56']);
      expect(await isAtHome(one, '2001:db8:a:1ff:dead:beef::1')).toBe(true);
      expect(await isAtHome(one, '2001:db8:a:200::1')).toBe(false);
      expect(await isAtHome(one, '2001:db8:a:ff::1')).toBe(false);
    });
    test('X89 is not proved by an address that several contracts share', async () => {
      const one = await world.holder({}, ['198.51.100.1/32']);
      expect(await isAtHome(one, '198.51.100.1')).toBe(true);
      const other = await world.holder({}, ['198.51.100.1/32']);
      expect([await isAtHome(one, '198.51.100.1'), await isAtHome(other, '198.51.100.1')]).toEqual([false, false]);
    });
    test('is left to the next one when its contract has ended', async () => {
      const before = await world.holder({}, ['198.51.100.2/32']);
      const after = await world.holder({}, ['198.51.100.2/32']);
      const ended = { endedAt: new Date('2026-03-02T00:00:00Z') };
      await open.database.db.updateTable('contracts').set(ended).where('id', '=', before.contractId).execute();
      expect([await isAtHome(before, '198.51.100.2'), await isAtHome(after, '198.51.100.2')]).toEqual([false, true]);
    });
    test.each(['', 'unknown', '192.0.2', '0.0.0.0', '::', "192.0.2.10'; --", 'fe80::1%eth0'])(
      'is not %j',
      async (address) => {
        expect(await isAtHome(holder, address)).toBe(false);
      },
    );
    test('has no other size than one customer’s', async () => {
      await expect(world.holder({}, ['203.0.113.0/24'])).rejects.toThrow();
      await expect(world.holder({}, ['2001:db8::/32'])).rejects.toThrow();
    });
  });

  describe('step by step', () => {
    test('D02 D13 D14 proposes at least three free addresses of the domain for whoever is named', async () => {
      const begun = await desk.begin(holder.atHome, lea);
      expect(begun).toMatchObject({ kind: 'ok', draft: { step: 'address', domain: 'exemple.test', user: lea } });
      const proposals = begun.kind === 'ok' ? begun.draft.proposals : [];
      expect(proposals.length).toBeGreaterThanOrEqual(3);
      expect(proposals[0]).toBe('lea.garcia@exemple.test');
      await world.open(holder.atHome, 'lea.garcia');
      const again = await desk.begin(holder.atHome, lea);
      expect(again.kind === 'ok' && again.draft.proposals).not.toContain('lea.garcia@exemple.test');
      expect(again.kind === 'ok' && again.draft.proposals.length).toBeGreaterThanOrEqual(3);
    });
    test('X12 tries no more than twenty addresses an hour, aliases too, and says how long to wait', async () => {
      const prober = await world.holder();
      const opened = await world.open(prober.atHome);
      const probes = createRateLimit(open.database, { name: 'few-probes', points: 20, seconds: 3_600 });
      const bounded = createMailboxDesk({ ...world.deps, probes });
      const begun = await bounded.begin(prober.atHome, lea);
      const id = begun.kind === 'ok' ? begun.draft.id : '';
      for (let n = 0; n < 20; n += 1) await bounded.chooseAddress(prober.accountId, id, `probe${n}`);
      const limited = { kind: 'limited', retryAfterSeconds: expect.any(Number) };
      expect(await bounded.chooseAddress(prober.accountId, id, 'libre')).toEqual(limited);
      expect(await bounded.addAlias(prober.accountId, opened.id, 'libre')).toEqual(limited);
      expect(await bounded.addAlias(prober.accountId, 'mbx_none', 'libre')).toEqual({ kind: 'not-found' });
    });
    test('D17 nothing can be used before the confirmation; it is the same one however often it is confirmed', async () => {
      const id = await world.ready(holder.atHome, 'patiente');
      expect(await loginOf('patiente@exemple.test')).toBeUndefined();
      world.told.length = 0;
      const results = await twenty(() => desk.confirm(holder.atHome, id));
      const mailboxes = results.map((result) => (result.kind === 'ok' ? result.mailbox.id : result.kind));
      expect(new Set(mailboxes).size).toBe(1);
      const account = await loginOf('patiente@exemple.test');
      expect(account).toMatchObject({ kind: 'secondary', parentAccountId: holder.accountId, label: 'Léa Garcia' });
      // D19: one event, from which both e-mails are made.
      expect(world.told).toEqual([
        { what: 'opened', holder: holder.accountId, user: account?.id, address: 'patiente@exemple.test' },
      ]);
      expect(await desk.draft(holder.accountId, id)).toMatchObject({ step: 'done', mailboxId: mailboxes[0] });
    });
    test('D20 its password opens it and nothing else does', async () => {
      await world.open(holder.atHome, 'a-elle');
      const account = await loginOf('a-elle@exemple.test');
      const hash = await findPasswordHash(open.database.db, account?.id ?? '');
      const { randomBytes } = world.deps;
      const verifier = await createPasswordVerifier(randomBytes, {
        parallel: 2,
        cost: { memoryKib: 1_024, passes: 2 },
      });
      expect(hash).toMatch(/^\$argon2id\$/);
      expect(await verifier.verify(hash, goodPassword)).toBe(true);
      expect(await verifier.verify(hash, 'main-account-password')).toBe(false);
      expect(await findPasswordHash(open.database.db, holder.accountId)).toBeUndefined();
    });
    test('is refused out of order, with the step that is due', async () => {
      const begun = await desk.begin(holder.atHome, lea);
      const id = begun.kind === 'ok' ? begun.draft.id : '';
      const { accountId } = holder;
      expect(await desk.setPassword(accountId, id, goodPassword)).toEqual({ kind: 'wrong-step', due: 'address' });
      expect(await desk.confirm(holder.atHome, id)).toEqual({ kind: 'wrong-step', due: 'address' });
      await desk.chooseAddress(accountId, id, 'en-ordre');
      expect(await desk.confirm(holder.atHome, id)).toEqual({ kind: 'wrong-step', due: 'password' });
      await desk.setPassword(accountId, id, goodPassword);
      expect((await desk.confirm(holder.atHome, id)).kind).toBe('ok');
      expect(await desk.chooseAddress(accountId, id, 'autre-nom')).toEqual({ kind: 'wrong-step', due: 'done' });
      expect(await desk.discard(accountId, id)).toBe(false);
    });
    test('D15 has a password that is no part of the names', async () => {
      const begun = await desk.begin(holder.atHome, lea);
      const id = begun.kind === 'ok' ? begun.draft.id : '';
      await desk.chooseAddress(holder.accountId, id, 'mot-a-mot');
      const weak = (password: string) => desk.setPassword(holder.accountId, id, password);
      expect(await weak('court')).toEqual({ kind: 'weak', fault: 'too-short' });
      expect(await weak('mot-a-mot1')).toEqual({ kind: 'weak', fault: 'about-you' });
      expect(await desk.draft(holder.accountId, id)).toMatchObject({ step: 'password' });
    });
    test('D16 keeps which terms were accepted, and when', async () => {
      const { id } = await world.open(holder.atHome);
      const row = await open.database.db.selectFrom('mailboxes').selectAll().where('id', '=', id).executeTakeFirst();
      expect(row).toMatchObject({ termsVersion: 'v1', termsAcceptedAt: expect.any(Date) });
      const drafts = await open.database.db
        .selectFrom('mailboxDrafts')
        .selectAll()
        .where('mailboxId', '=', id)
        .execute();
      expect(drafts).toMatchObject([{ passwordHash: null }]);
    });
    test('X85 is there for nobody else', async () => {
      const stranger = await world.holder();
      const id = await world.ready(holder.atHome);
      expect(await desk.draft(stranger.accountId, id)).toBeUndefined();
      expect(await desk.chooseAddress(stranger.accountId, id, 'a-moi')).toEqual({ kind: 'not-found' });
      expect(await desk.setPassword(stranger.accountId, id, goodPassword)).toEqual({ kind: 'not-found' });
      expect(await desk.discard(stranger.accountId, id)).toBe(false);
      expect(await desk.confirm(stranger.atHome, id)).toEqual({ kind: 'not-found' });
    });
  });

  describe('the confirmation looks again', () => {
    test('X90 away from home it is refused, with the PIN of the SIM it is not', async () => {
      const one = await world.holder();
      const id = await world.ready(one.atHome);
      expect(await desk.confirm(one.away, id)).toEqual({ kind: 'not-at-home' });
      expect(await desk.draft(one.accountId, id)).toMatchObject({ step: 'confirmation' });
      expect((await desk.confirm(one.withPin, id)).kind).toBe('ok');
    });
    test('D03 a contract that has ended meanwhile opens nothing', async () => {
      const one = await world.holder();
      const id = await world.ready(one.atHome);
      const ended = { endedAt: new Date('2026-03-02T00:00:00Z') };
      await open.database.db.updateTable('contracts').set(ended).where('id', '=', one.contractId).execute();
      expect(await desk.confirm(one.withPin, id)).toEqual({ kind: 'not-holder' });
    });
  });

  describe('nine at most', () => {
    test('D07 X86 the ninth is opened, the tenth is refused, at the start and at the end', async () => {
      const one = await world.holder();
      await world.fill(one, 8);
      const late = await world.ready(one.atHome);
      await world.open(one.atHome);
      expect(await desk.eligibility(one.atHome)).toMatchObject({ slotsLeft: 0 });
      expect(await desk.begin(one.atHome, lea)).toEqual({ kind: 'full' });
      expect(await desk.confirm(one.atHome, late)).toEqual({ kind: 'full' });
    });
    test('D07 X86 of twenty at once at eight exactly one is opened', async () => {
      const one = await world.holder();
      await world.fill(one, 8);
      const drafts: string[] = [];
      for (let n = 0; n < 20; n++) drafts.push(await world.ready(one.atHome));
      const results = await twenty((n) => desk.confirm(one.atHome, drafts[n] ?? ''));
      const kinds = results.map(({ kind }) => kind).sort();
      expect(kinds).toEqual([...Array.from({ length: 19 }, () => 'full'), 'ok'].sort());
      expect(await desk.list(one.accountId)).toHaveLength(9);
    });
    test('D07 the database itself has no tenth slot, and none twice', async () => {
      const one = await world.holder();
      await world.fill(one, 9);
      await expect(world.fill(one, 1)).rejects.toThrow(/mailboxes_slot/);
      await expect(
        open.database.db
          .updateTable('mailboxes')
          .set({ slot: 10 })
          .where('parentAccountId', '=', one.accountId)
          .execute(),
      ).rejects.toThrow();
    });
  });

  test('d7 an idle draft ends after a quarter of an hour and leaves its address to others', async () => {
    const one = await world.holder();
    const id = await world.ready(one.atHome, 'passagere');
    const other = await world.holder();
    const begun = await desk.begin(other.atHome, lea);
    const mine = begun.kind === 'ok' ? begun.draft.id : '';
    expect(await desk.chooseAddress(other.accountId, mine, 'passagere')).toEqual({ kind: 'taken' });
    await world.pass(14 * 60);
    // A step prolongs.
    expect((await desk.chooseAddress(other.accountId, mine, 'autre.passagere')).kind).toBe('ok');
    await world.pass(2 * 60);
    expect(await desk.draft(one.accountId, id)).toBeUndefined();
    expect(await desk.confirm(one.atHome, id)).toEqual({ kind: 'not-found' });
    expect((await desk.chooseAddress(other.accountId, mine, 'passagere')).kind).toBe('ok');
    expect(await desk.discard(other.accountId, mine)).toBe(true);
    expect(await desk.draft(other.accountId, mine)).toBeUndefined();
    await world.open(one.atHome, 'passagere');
  });
});
