// Mailboxes that are there: the list, addresses that nobody else may have, aliases, deletion, and the end of a contract.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepUpMailboxes } from '../../../src/customer/mailbox-upkeep.ts';
import { isAliasAddress, purgeAddresses } from '../../../src/storage/mail-addresses.ts';
import { purgeMailboxDrafts } from '../../../src/storage/mailbox-drafts.ts';
import { findAccount, findAccountByIdentifier, findPasswordHash } from '../../../src/storage/subscribers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createMailboxWorld, type Holder, lea, type MailboxWorld } from './mailbox-world.ts';

const daySeconds = 86_400;

describe.each(engines)('mailboxes on %s', (engine) => {
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

  const accountOf = (address: string) =>
    findAccountByIdentifier(open.database.db, {
      ...{ brand: 'exemple', kind: 'email' },
      lookupHash: world.masterKey.index('email', address),
    });
  const draftOf = async (who: Holder) => {
    const begun = await desk.begin(who.atHome, lea);
    return begun.kind === 'ok' ? begun.draft.id : '';
  };
  const endContract = async ({ contractId }: Holder, endedAt: Date | null = new Date('2026-03-02T00:00:00Z')) =>
    await open.database.db.updateTable('contracts').set({ endedAt }).where('id', '=', contractId).execute();
  /** As an import writes it. */
  const giveMainMailbox = async ({ accountId }: Holder, address: string) => {
    const row = { id: `mbx_main_${accountId}`, brand: 'exemple', kind: 'primary' as const, accountId, address };
    await open.database.db
      .insertInto('mailboxes')
      .values({ ...row, createdAt: new Date('2026-03-01T08:00:00Z') })
      .execute();
    return row.id;
  };

  describe('the list', () => {
    test('D01 D18 has the main mailbox, then the secondary ones with status and aliases, and no secret', async () => {
      const one = await world.holder();
      await giveMainMailbox(one, 'principale@exemple.test');
      const opened = await world.open(one.atHome, 'seconde');
      await desk.addAlias(one.accountId, opened.id, 'seconde-bis');
      const list = await desk.list(one.accountId);
      expect(list.map(({ kind, address, status }) => [kind, address, status])).toEqual([
        ['primary', 'principale@exemple.test', 'active'],
        ['secondary', 'seconde@exemple.test', 'active'],
      ]);
      expect(list[1]).toMatchObject({ user: lea, aliases: [{ address: 'seconde-bis@exemple.test' }] });
      expect(JSON.stringify(list)).not.toMatch(/argon|pass|slot/);
    });
    test('of a secondary account has its own alone', async () => {
      const one = await world.holder();
      await world.open(one.atHome, 'soeur');
      const own = await world.open(one.atHome, 'frere');
      const user = await accountOf('frere@exemple.test');
      expect((await desk.list(user?.id ?? one.accountId)).map(({ id }) => id)).toEqual([own.id]);
    });
    test('has no main mailbox whose address is somebody else’s domain', async () => {
      const one = await world.holder();
      const id = await giveMainMailbox(one, 'moi@ailleurs.test');
      expect(await desk.list(one.accountId)).toEqual([]);
      expect(await desk.addAlias(one.accountId, id, 'chez-vous')).toEqual({ kind: 'not-found' });
    });
    test('X85 shows nobody another one’s', async () => {
      const stranger = await world.holder();
      const { id } = await world.open(holder.atHome);
      expect(await desk.find(stranger.accountId, id)).toBeUndefined();
      expect(await desk.addAlias(stranger.accountId, id, 'a-moi')).toEqual({ kind: 'not-found' });
      expect(await desk.remove(stranger.accountId, id)).toBe('not-found');
    });
  });

  describe('an address', () => {
    test('X93 is one whatever its case and dots', async () => {
      await world.open(holder.atHome, 'Jean.Petit');
      const id = await draftOf(holder);
      for (const same of ['jean.petit', 'JEANPETIT', 'j.e.a.n.petit', 'jean.petit@exemple.test']) {
        expect(await desk.chooseAddress(holder.accountId, id, same)).toEqual({ kind: 'taken' });
      }
      expect((await desk.chooseAddress(holder.accountId, id, 'jean-petit')).kind).toBe('ok');
    });
    test('X93 cannot speak for the operator', async () => {
      const id = await draftOf(holder);
      for (const local of ['postmaster', 'Abuse', 'admin', 'no-reply', 'post.master', 'exemple', 'exemple-support']) {
        expect(await desk.chooseAddress(holder.accountId, id, local)).toEqual({ kind: 'taken' });
      }
    });
    test('has 3 to 40 characters that mail can carry', async () => {
      const id = await draftOf(holder);
      const wrong = [
        'ab',
        'x'.repeat(41),
        '.abc',
        'abc.',
        'a..b',
        'léa',
        'a b',
        'a+b',
        'abc@ailleurs.test',
        'ａｂｃ',
        '',
      ];
      for (const local of wrong) {
        expect([local, await desk.chooseAddress(holder.accountId, id, local)]).toEqual([local, { kind: 'taken' }]);
      }
      expect((await desk.chooseAddress(holder.accountId, id, 'x'.repeat(40))).kind).toBe('ok');
    });
    test('that already opens an account is taken', async () => {
      const { accountId } = await world.contracts.person();
      const lookupHash = world.masterKey.index('email', 'deja.la@exemple.test');
      await open.database.db
        .insertInto('loginIdentifiers')
        .values({ accountId, brand: 'exemple', kind: 'email', lookupHash })
        .execute();
      const id = await draftOf(holder);
      expect(await desk.chooseAddress(holder.accountId, id, 'deja.la')).toEqual({ kind: 'taken' });
    });
    test('is kept for one of twenty who want it at once', async () => {
      const drafts: string[] = [];
      for (let n = 0; n < 20; n++) drafts.push(await draftOf(holder));
      const wanted = drafts.map((id) => desk.chooseAddress(holder.accountId, id, 'la-meme'));
      expect((await Promise.all(wanted)).filter(({ kind }) => kind === 'ok')).toHaveLength(1);
    });
  });

  describe('an alias', () => {
    test('D09 X95 is one more address of the mailbox and opens no login', async () => {
      const mailbox = await world.open(holder.atHome, 'avec.alias');
      world.told.length = 0;
      const added = await desk.addAlias(holder.accountId, mailbox.id, 'surnom');
      expect(added).toMatchObject({ kind: 'ok', alias: { address: 'surnom@exemple.test' } });
      expect(await accountOf('surnom@exemple.test')).toBeUndefined();
      const { db } = open.database;
      expect(await isAliasAddress(db, 'Sur.Nom@exemple.test')).toBe(true);
      expect(await isAliasAddress(db, 'avec.alias@exemple.test')).toBe(false);
      const user = await accountOf('avec.alias@exemple.test');
      expect(world.told).toEqual([
        { what: 'alias', holder: holder.accountId, user: user?.id, address: 'surnom@exemple.test' },
      ]);
    });
    test('d10 belongs to the main mailbox as well, takes no slot, and there are five of them: twenty at once', async () => {
      const one = await world.holder();
      const id = await giveMainMailbox(one, 'a-cinq@exemple.test');
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) => desk.addAlias(one.accountId, id, `cinq-${n}`)),
      );
      expect(results.filter(({ kind }) => kind === 'ok')).toHaveLength(5);
      expect(results.filter(({ kind }) => kind === 'full')).toHaveLength(15);
      expect(await desk.eligibility(one.atHome)).toMatchObject({ slotsLeft: 9 });
    });
    test('is not what somebody has, in any form', async () => {
      const mailbox = await world.open(holder.atHome, 'unique.nom');
      expect(await desk.addAlias(holder.accountId, mailbox.id, 'uniquenom')).toEqual({ kind: 'taken' });
      expect(await desk.addAlias(holder.accountId, mailbox.id, 'abuse')).toEqual({ kind: 'taken' });
      await desk.addAlias(holder.accountId, mailbox.id, 'un-alias');
      const id = await draftOf(holder);
      expect(await desk.chooseAddress(holder.accountId, id, 'un-alias')).toEqual({ kind: 'taken' });
      // What was refused has left nothing.
      expect((await desk.find(holder.accountId, mailbox.id))?.aliases).toHaveLength(1);
    });
    test('that was given up rests, and its place is free', async () => {
      const mailbox = await world.open(holder.atHome, 'change-davis');
      const added = await desk.addAlias(holder.accountId, mailbox.id, 'sans-suite');
      const aliasId = added.kind === 'ok' ? added.alias.id : '';
      expect(await desk.removeAlias(holder.accountId, mailbox.id, aliasId)).toBe(true);
      expect(await desk.removeAlias(holder.accountId, mailbox.id, aliasId)).toBe(false);
      expect(await desk.addAlias(holder.accountId, mailbox.id, 'sans-suite')).toEqual({ kind: 'taken' });
      expect((await desk.find(holder.accountId, mailbox.id))?.aliases).toEqual([]);
    });
  });

  describe('a deletion', () => {
    test('d8 ends the login, frees the slot and lets the addresses rest for six months (X93)', async () => {
      const one = await world.holder();
      const mailbox = await world.open(one.atHome, 'ephemere');
      await desk.addAlias(one.accountId, mailbox.id, 'ephemere-bis');
      const user = await accountOf('ephemere@exemple.test');
      world.told.length = 0;
      const results = await Promise.all(Array.from({ length: 20 }, () => desk.remove(one.accountId, mailbox.id)));
      expect(results.filter((result) => result === 'removed')).toHaveLength(1);
      expect(world.told.map(({ what, holder: who }) => [what, who])).toEqual([['deleted', one.accountId]]);
      const { db } = open.database;
      expect(await accountOf('ephemere@exemple.test')).toBeUndefined();
      expect(await findPasswordHash(db, user?.id ?? '')).toBeUndefined();
      expect((await findAccount(db, user?.id ?? ''))?.status).toBe('closed');
      expect(await desk.list(one.accountId)).toEqual([]);
      expect(await desk.eligibility(one.atHome)).toMatchObject({ slotsLeft: 9 });
      const id = await draftOf(one);
      for (const local of ['ephemere', 'ephemere-bis']) {
        expect(await desk.chooseAddress(one.accountId, id, local)).toEqual({ kind: 'taken' });
      }
      await world.pass(190 * daySeconds);
      await purgeAddresses(db);
      await purgeMailboxDrafts(db);
      expect((await world.open(one.atHome, 'ephemere')).id).not.toBe(mailbox.id);
    });
    test('of an address that is somebody’s contact leaves it there, and no code goes to it any more', async () => {
      const one = await world.holder();
      const mailbox = await world.open(one.atHome, 'carnet');
      const friend = await world.contracts.person({ email: 'carnet@exemple.test' });
      await desk.remove(one.accountId, mailbox.id);
      expect(await findAccount(open.database.db, friend.accountId)).toMatchObject({
        ...{ contactEmail: 'carnet@exemple.test', contactEmailVerifiedAt: null },
      });
    });
    test('is not possible for the main mailbox, nor by whoever uses a secondary one', async () => {
      const one = await world.holder();
      const main = await giveMainMailbox(one, 'reste@exemple.test');
      expect(await desk.remove(one.accountId, main)).toBe('primary');
      const mailbox = await world.open(one.atHome, 'pas-a-moi');
      const user = await accountOf('pas-a-moi@exemple.test');
      expect(await desk.remove(user?.id ?? one.accountId, mailbox.id)).toBe('not-found');
    });
  });

  test('d9 without its Internet contract a mailbox can be read only, then it is deleted; a new contract brings it back', async () => {
    const one = await world.holder();
    const mailbox = await world.open(one.atHome, 'en-sursis');
    await keepUpMailboxes(world.deps);
    expect(await desk.list(one.accountId)).toMatchObject([{ status: 'active' }]);
    await endContract(one);
    world.told.length = 0;
    await keepUpMailboxes(world.deps);
    await keepUpMailboxes(world.deps);
    expect(world.told.map(({ what }) => what)).toEqual(['read-only']);
    expect(await desk.list(one.accountId)).toMatchObject([{ status: 'read_only' }]);
    expect(await desk.addAlias(one.accountId, mailbox.id, 'trop-tard')).toEqual({ kind: 'read-only' });
    await endContract(one, null);
    await keepUpMailboxes(world.deps);
    expect(await desk.list(one.accountId)).toMatchObject([{ status: 'active' }]);
    await endContract(one);
    await keepUpMailboxes(world.deps);
    await world.pass(59 * daySeconds);
    await keepUpMailboxes(world.deps);
    expect(await desk.list(one.accountId)).toHaveLength(1);
    await world.pass(2 * daySeconds);
    await keepUpMailboxes(world.deps);
    expect(await desk.list(one.accountId)).toEqual([]);
    expect(await accountOf('en-sursis@exemple.test')).toBeUndefined();
  });
});
