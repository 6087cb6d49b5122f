// A contract comes into an area: each step and what it refuses, on both engines.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createContractDesk } from '../../../src/customer/contract-desk.ts';
import { createNotifier } from '../../../src/customer/notification-centre.ts';
import { noteRefusedEmail } from '../../../src/customer/refused-email.ts';
import { applyContactChange } from '../../../src/storage/contacts.ts';
import { sendBackWaiting } from '../../../src/storage/contract-drafts.ts';
import { suspendActiveLine } from '../../../src/storage/line-changes.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createAttachmentWorld, viewOf } from './attachment-world.ts';
import type { Person } from './contract-world.ts';

describe.each(engines)('a contract on its way into an area on %s', (engine) => {
  let open: TestDatabase;
  let world: ReturnType<typeof createAttachmentWorld>;
  let david: Person;
  let emma: Person;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = createAttachmentWorld(open.database);
  });
  beforeEach(async () => {
    david = await world.person({ givenName: 'David', familyName: 'Moreau' });
    emma = await world.person({ givenName: 'Emma', familyName: 'Moreau' });
    world.told.length = 0;
    world.sent.length = 0;
  });
  afterAll(() => open.close());
  const reads = () => createContractDesk(world.deps);

  describe('a relative’s mobile contract', () => {
    test('C02 C15 C16 C17 C21 C23 goes from the number to a proxy that is effective at once, and one e-mail', async () => {
      const { desk } = world;
      const sold = await world.contract(david);
      const draft = await world.begin(emma);
      const asked = viewOf(await desk.identify(draft, world.byNumber(sold)));
      expect(asked).toMatchObject({ step: 'code', code: { sentTo: `** ${sold.number.slice(-2)}` } });
      expect(world.sent).toEqual([{ codeId: expect.any(String), lineId: sold.lineId, requester: 'E*** M***' }]);
      expect(viewOf(await desk.enterCode(draft, await world.lastCode())).step).toBe('line_user');
      const user = { relation: 'other', civility: 'Mme', givenName: 'Léa', familyName: 'Moreau' } as const;
      expect(viewOf(await desk.nameLineUser(draft, user))).toMatchObject({ step: 'contacts', relation: 'proxy' });
      const ready = viewOf(await desk.confirmContacts(draft));
      expect(ready).toMatchObject({ step: 'confirmation', contacts: { email: { isVerified: true } } });
      expect(await reads().find(emma.accountId, sold.contractId)).toBeUndefined();
      const done = viewOf(await desk.confirm(draft));
      expect(done).toMatchObject({ step: 'done', contractId: sold.contractId });
      expect(await reads().find(emma.accountId, sold.contractId)).toMatchObject({ relation: 'proxy' });
      const [proxy] = (await reads().proxies(david.accountId, sold.contractId)) ?? [];
      expect(proxy).toMatchObject({ name: 'E*** M***', grantedVia: 'sms_code' });
      expect(world.told).toEqual([{ what: 'attached', tell: david.accountId, name: 'E*** M***', proxyId: proxy?.id }]);
      const approvals = await open.database.db
        .selectFrom('lineApprovals')
        .selectAll()
        .where('contractId', '=', sold.contractId)
        .execute();
      expect(approvals).toMatchObject([
        {
          ...{ codeId: world.sent[0]?.codeId, lineId: sold.lineId, requesterAccountId: emma.accountId },
          ...{ purpose: 'manage-contract', givenAt: expect.any(Date), proxyId: proxy?.id },
        },
      ]);
      const users = open.database.db.selectFrom('lineUsers').selectAll().where('lineId', '=', sold.lineId);
      expect(await users.execute()).toMatchObject([{ accountId: emma.accountId, givenName: 'Léa', relation: 'other' }]);
    });

    test('C10 C19 shows neither the code nor whose number it is to whoever came by the references', async () => {
      const sold = await world.contract(david);
      const draft = await world.begin(emma);
      const asked = await world.desk.identify(draft, world.references(sold));
      const told = JSON.stringify([asked, await world.desk.find(draft)]);
      expect(told).not.toContain(await world.lastCode());
      expect(told).not.toContain(sold.number.slice(3, -2));
      expect(told).not.toContain(sold.contractId);
    });

    test('c6 c7 the third wrong code sends the draft back, and the right one counts no more', async () => {
      const sold = await world.contract(david);
      const draft = await world.begin(emma);
      await world.desk.identify(draft, world.byNumber(sold));
      const code = await world.lastCode();
      const wrong = code === '111111' ? '222222' : '111111';
      expect(await world.desk.enterCode(draft, wrong)).toEqual({ kind: 'code-wrong', due: 'code' });
      expect(await world.desk.enterCode(draft, wrong)).toEqual({ kind: 'code-wrong', due: 'code' });
      expect(await world.desk.enterCode(draft, wrong)).toEqual({ kind: 'code-wrong', due: 'identifiers' });
      expect(await world.desk.enterCode(draft, code)).toEqual({ kind: 'wrong-step', due: 'identifiers' });
      expect(viewOf(await world.desk.find(draft)).step).toBe('identifiers');
      expect(await world.count('lineApprovals', sold.contractId)).toBe(0);
    });

    test('C18 a code that has run out sends the draft back; another one voids the one before; three an hour', async () => {
      const sold = await world.contract(david);
      const draft = await world.begin(emma);
      await world.desk.identify(draft, world.byNumber(sold));
      const first = await world.lastCode();
      expect(viewOf(await world.desk.resendCode(draft)).step).toBe('code');
      const second = await world.lastCode();
      if (first !== second) expect(await world.desk.enterCode(draft, first)).toMatchObject({ kind: 'code-wrong' });
      await world.passSeconds(601);
      expect(viewOf(await world.desk.find(draft)).step).toBe('identifiers');
      expect(await world.desk.enterCode(draft, second)).toEqual({ kind: 'wrong-step', due: 'identifiers' });
      expect(viewOf(await world.desk.identify(draft, world.byNumber(sold))).step).toBe('code');
      expect(await world.desk.resendCode(draft)).toMatchObject({ kind: 'limited' });
    });

    test('X81 a line that is cut while it is waited for voids the code and sends the draft back', async () => {
      const sold = await world.contract(david);
      const draft = await world.begin(emma);
      await world.desk.identify(draft, world.byNumber(sold));
      const code = await world.lastCode();
      await open.database.transaction(async (tx) => void (await suspendActiveLine(tx, sold.lineId, 'lost')));
      expect(await world.desk.enterCode(draft, code)).toEqual({ kind: 'line-suspended' });
      expect(viewOf(await world.desk.find(draft)).step).toBe('identifiers');
      await expect(world.lastCode()).rejects.toThrow('void');
      expect(await world.desk.identify(draft, world.byNumber(sold))).toEqual({ kind: 'line-suspended' });
    });

    test('X81 the same at the moment of the suspension', async () => {
      const sold = await world.contract(david);
      const draft = await world.begin(emma);
      await world.desk.identify(draft, world.byNumber(sold));
      await open.database.transaction((tx) => sendBackWaiting(tx, sold.lineId));
      await expect(world.lastCode()).rejects.toThrow('void');
      expect(viewOf(await world.desk.find(draft)).step).toBe('identifiers');
    });

    test('C20 C22 X82 a contract over a 4G box asks the box, though it is an Internet one', async () => {
      const sold = await world.contract(david, { kind: 'INTERNET' });
      const line = { id: `${sold.lineId}b`, brand: 'exemple', msisdn: sold.number, kind: '4g-box' as const };
      await open.database.db
        .insertInto('lines')
        .values({ ...line, contractId: sold.contractId })
        .execute();
      const draft = await world.begin(emma, 'INTERNET');
      expect(viewOf(await world.desk.identify(draft, world.references(sold))).step).toBe('code');
      expect(world.sent.at(-1)?.lineId).toBe(line.id);
    });
  });

  describe('an Internet or fixed-line contract', () => {
    test('C06 C07 C12 B15 needs both references and no code; whoever holds nothing may be its proxy', async () => {
      const sold = await world.contract(david, { kind: 'FIXE' });
      const draft = await world.upToConfirmation(emma, sold, 'FIXE');
      expect(world.sent).toEqual([]);
      expect(viewOf(await world.desk.confirm(draft)).contractId).toBe(sold.contractId);
      const [proxy] = (await reads().proxies(david.accountId, sold.contractId)) ?? [];
      expect(proxy).toMatchObject({ grantedVia: 'identifiers' });
    });
    test('is found however its references are written', async () => {
      const sold = await world.contract(david, { kind: 'FIXE', customerRef: 'Cab-1x', contractRef: `Kab-1x${engine}` });
      const draft = await world.begin(emma, 'FIXE');
      const given = { customerRef: 'CAB-1X', contractRef: `kab-1x${engine}` };
      expect(viewOf(await world.desk.identify(draft, given)).step).toBe('contacts');
      expect(sold.contractId).toBeDefined();
    });
  });

  test('C01 C04 X80 one’s own contract held in another area comes as its holder’s, in both areas, told as such', async () => {
    const sold = await world.contract(david, { kind: 'FIXE' });
    const second = await world.anotherAccount(david);
    const draft = await world.upToConfirmation(second, sold, 'FIXE');
    expect(viewOf(await world.desk.find(draft)).relation).toBe('holder');
    viewOf(await world.desk.confirm(draft));
    expect(await reads().find(second.accountId, sold.contractId)).toMatchObject({ relation: 'holder' });
    expect(await reads().find(david.accountId, sold.contractId)).toMatchObject({ relation: 'holder' });
    expect(world.told).toEqual([{ what: 'attached', tell: david.accountId, name: 'D*** M***', proxyId: null }]);
    expect(await world.count('proxies', sold.contractId)).toBe(0);
    const again = await world.begin(second, 'FIXE');
    expect(await world.desk.identify(again, world.references(sold))).toEqual({ kind: 'already-attached' });
  });

  test('C06 C08 one’s own contract that was taken out of the area comes back by its references', async () => {
    const sold = await world.contract(david, { kind: 'FIXE' });
    expect(await reads().detach(david.accountId, sold.contractId)).toBe(true);
    const draft = await world.upToConfirmation(david, sold, 'FIXE');
    viewOf(await world.desk.confirm(draft));
    expect(await reads().find(david.accountId, sold.contractId)).toMatchObject({ relation: 'holder' });
    expect(world.told).toMatchObject([{ what: 'attached', tell: david.accountId, proxyId: null }]);
  });

  describe('is refused', () => {
    test('C09 X78 with one word for everything that does not fit', async () => {
      const sold = await world.contract(david, { kind: 'FIXE', segment: 'professional' });
      const other = await world.contract(david, { kind: 'FIXE' });
      const ended = await world.contract(david, { kind: 'FIXE', endedAt: new Date() });
      const elsewhere = await world.contract(david, { kind: 'FIXE', brand: 'ile' });
      const good = world.references(other);
      const wrong = [
        world.references(sold),
        world.references(ended),
        world.references(elsewhere),
        { ...good, customerRef: 'C0000' },
        { customerRef: good.customerRef, contractRef: world.references(sold).contractRef },
      ];
      for (const [n, identifiers] of wrong.entries()) {
        const draft = await world.begin(await world.person({ givenName: `Nr${n}` }), 'FIXE');
        expect(await world.desk.identify(draft, identifiers)).toEqual({ kind: 'not-matched' });
      }
      const kinds = await world.begin(emma, 'INTERNET');
      expect(await world.desk.identify(kinds, good)).toEqual({ kind: 'not-matched' });
      expect(await world.desk.identify(kinds, { lineNumber: 'no number' })).toEqual({ kind: 'not-matched' });
    });

    test.each(['performance-pro', 'performance-entreprises', 'business-everywhere-pro'])(
      'C11 X77 for an offer of the range %s, by references and by number',
      async (offerRange) => {
        const sold = await world.contract(david, { segment: 'professional', offerRange });
        const draft = await world.begin(emma, 'MOBILE', 'professional');
        for (const identifiers of [world.references(sold), world.byNumber(sold)]) {
          expect(await world.desk.identify(draft, identifiers)).toEqual({ kind: 'not-attachable' });
        }
        expect(world.sent).toEqual([]);
      },
    );

    test('X79 when nobody could tell the holder, now or at the last step', async () => {
      const silent = await world.person({ email: null });
      const sold = await world.contract(silent, { kind: 'FIXE' });
      const draft = await world.begin(emma, 'FIXE');
      expect(await world.desk.identify(draft, world.references(sold))).toEqual({ kind: 'holder-unreachable' });
      const late = await world.contract(david, { kind: 'FIXE' });
      const ready = await world.upToConfirmation(emma, late, 'FIXE');
      const { db } = open.database;
      await db
        .updateTable('accounts')
        .set({ contactEmailVerifiedAt: null })
        .where('id', '=', david.accountId)
        .execute();
      expect(await world.desk.confirm(ready)).toEqual({ kind: 'holder-unreachable' });
      expect(await world.count('proxies', late.contractId)).toBe(0);
    });

    test('X79 when a mail server has refused the holder’s address, until she gives another; she is told once', async () => {
      const refused = await world.person({ email: 'Gone@exemple.test' });
      const sold = await world.contract(refused, { kind: 'FIXE' });
      const notifier = createNotifier({ randomBytes });
      for (let n = 0; n < 2; n++) await noteRefusedEmail({ database: open.database, notifier }, 'gone@exemple.test');
      const draft = await world.begin(emma, 'FIXE');
      expect(await world.desk.identify(draft, world.references(sold))).toEqual({ kind: 'holder-unreachable' });
      const { db } = open.database;
      const told = db.selectFrom('notifications').select('key').where('accountId', '=', refused.accountId);
      expect(await told.execute()).toEqual([{ key: 'email-refused' }]);
      const change = {
        id: 'cch_x79',
        accountId: refused.accountId,
        medium: 'email',
        value: 'new@exemple.test',
      } as const;
      const times = { createdAt: sql<Date>`app_now()`, expiresAt: sql<Date>`app_now() + interval '1 hour'` };
      await open.database.transaction(async (tx) => {
        const row = await tx
          .insertInto('contactChanges')
          .values({ ...change, ...times })
          .returningAll()
          .executeTakeFirstOrThrow();
        expect(await applyContactChange(tx, row)).toBe(true);
      });
      expect(viewOf(await world.desk.identify(draft, world.references(sold))).step).toBe('contacts');
    });

    test('C12 X11 after five failures in an hour; what was no failure does not count', async () => {
      const sold = await world.contract(david, { kind: 'FIXE' });
      for (let n = 0; n < 7; n++) {
        const draft = await world.begin(emma, 'FIXE');
        expect(viewOf(await world.desk.identify(draft, world.references(sold))).step).toBe('contacts');
      }
      const draft = await world.begin(emma, 'FIXE');
      const guess = () => world.desk.identify(draft, { customerRef: 'C1', contractRef: 'K1' });
      const guesses = await Promise.all(Array.from({ length: 20 }, guess));
      expect(guesses.filter(({ kind }) => kind === 'not-matched')).toHaveLength(5);
      expect(guesses.filter(({ kind }) => kind === 'limited')).toHaveLength(15);
      expect(await world.desk.identify(draft, world.references(sold))).toMatchObject({ kind: 'limited' });
      const slow = await world.begin(await world.person(), 'FIXE');
      const kinds: string[] = [];
      for (let n = 0; n < 6; n++) {
        kinds.push((await world.desk.identify(slow, { customerRef: 'C1', contractRef: 'K1' })).kind);
      }
      expect(kinds).toEqual([...Array<string>(5).fill('not-matched'), 'limited']);
    });

    test('C13 with contacts that are not verified', async () => {
      const { db } = open.database;
      const sold = await world.contract(david, { kind: 'FIXE' });
      const draft = await world.begin(emma, 'FIXE');
      await world.desk.identify(draft, world.references(sold));
      const set = (values: object) => db.updateTable('accounts').set(values).where('id', '=', emma.accountId).execute();
      await set({ contactEmailVerifiedAt: null });
      expect(await world.desk.confirmContacts(draft)).toEqual({ kind: 'contact-unverified' });
      await set({ contactEmailVerifiedAt: new Date(), contactMobile: '+33639980177' });
      expect(await world.desk.confirmContacts(draft)).toEqual({ kind: 'contact-unverified' });
      await set({ contactMobileVerifiedAt: new Date() });
      expect(viewOf(await world.desk.confirmContacts(draft)).step).toBe('confirmation');
      await set({ contactMobileVerifiedAt: null });
      expect(await world.desk.confirm(draft)).toEqual({ kind: 'contact-unverified' });
    });

    test('at a step that is not due, naming the one that is; to strangers and after half an hour', async () => {
      const sold = await world.contract(david);
      const draft = await world.begin(emma);
      const due = (step: string) => ({ kind: 'wrong-step', due: step });
      expect(await world.desk.confirm(draft)).toEqual(due('identifiers'));
      expect(await world.desk.enterCode(draft, '000000')).toEqual(due('identifiers'));
      await world.desk.identify(draft, world.byNumber(sold));
      expect(await world.desk.identify(draft, world.byNumber(sold))).toEqual(due('code'));
      expect(await world.desk.confirmContacts(draft)).toEqual(due('code'));
      expect(await world.desk.nameLineUser(draft, { relation: 'self' })).toEqual(due('code'));
      const foreign = world.call(david, draft.draftId);
      expect(await world.desk.find(foreign)).toEqual({ kind: 'not-found' });
      expect(await world.desk.enterCode(foreign, await world.lastCode())).toEqual({ kind: 'not-found' });
      await world.passSeconds(1_801);
      expect(await world.desk.find(draft)).toEqual({ kind: 'expired' });
      expect(await world.desk.resendCode(draft)).toEqual({ kind: 'expired' });
    });

    test('to accounts that are no open main ones', async () => {
      const { db } = open.database;
      await db.updateTable('accounts').set({ status: 'closed' }).where('id', '=', emma.accountId).execute();
      expect(await world.desk.begin(emma.accountId, { kind: 'FIXE', segment: 'consumer' })).toBeUndefined();
    });
  });

  test('C15 C16 twenty confirmations at once make one proxy and one e-mail', async () => {
    const sold = await world.contract(david);
    const draft = await world.upToConfirmation(emma, sold);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => world.desk.confirm(draft)));
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(1);
    expect(await world.count('proxies', sold.contractId)).toBe(1);
    expect(world.told.filter(({ what }) => what === 'attached')).toHaveLength(1);
  });

  test('C15 so do two drafts for one contract', async () => {
    const sold = await world.contract(david, { kind: 'FIXE' });
    const one = await world.upToConfirmation(emma, sold, 'FIXE');
    const other = await world.upToConfirmation(emma, sold, 'FIXE');
    const outcomes = await Promise.all([one, other].map((draft) => world.desk.confirm(draft)));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['already-attached', 'ok']);
    expect(await world.count('proxies', sold.contractId)).toBe(1);
  });

  test('c8 twenty right codes at once make one approval', async () => {
    const sold = await world.contract(david);
    const draft = await world.begin(emma);
    await world.desk.identify(draft, world.byNumber(sold));
    const code = await world.lastCode();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => world.desk.enterCode(draft, code)));
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(1);
    expect(await world.count('lineApprovals', sold.contractId)).toBe(1);
    expect(viewOf(await world.desk.find(draft)).step).toBe('line_user');
  });

  test('X73 C08 C16 a removal bites at the next call, whatever runs beside it; adding it again is told again', async () => {
    const sold = await world.contract(david, { kind: 'FIXE' });
    viewOf(await world.desk.confirm(await world.upToConfirmation(emma, sold, 'FIXE')));
    const desk = reads();
    const reading = Array.from({ length: 10 }, () => desk.find(emma.accountId, sold.contractId));
    const removing = Array.from({ length: 10 }, () => desk.detach(emma.accountId, sold.contractId));
    const [, removed] = await Promise.all([Promise.all(reading), Promise.all(removing)]);
    expect(removed.filter(Boolean)).toHaveLength(1);
    expect(await desk.find(emma.accountId, sold.contractId)).toBeUndefined();
    viewOf(await world.desk.confirm(await world.upToConfirmation(emma, sold, 'FIXE')));
    expect(world.told.filter(({ what }) => what === 'attached')).toHaveLength(2);
    expect(await desk.proxies(david.accountId, sold.contractId)).toHaveLength(1);
  });

  test('an account keeps no more than a few drafts', async () => {
    const first = await world.begin(emma);
    for (let n = 0; n < 6; n++) await world.begin(emma);
    expect(await world.desk.find(first)).toEqual({ kind: 'not-found' });
  });
});
