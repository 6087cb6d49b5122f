// Accounts, lines, SIMs and enrolments as a login looks them up.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountId, Msisdn } from '../../src/identifiers.ts';
import type { Database } from '../../src/storage/database.ts';
import {
  findAccount,
  findAccountByIdentifier,
  findEnrolment,
  findFirstEnrolledLine,
  findLine,
  findLineByNumber,
  findPasswordHash,
  findSim,
  findWrappedRoot,
  listEnrolledLines,
  listLinkedAccounts,
  listLinkIds,
} from '../../src/storage/subscribers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createRows, hashOf, type Rows } from './rows.ts';

describe.each(engines)('subscribers on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  let rows: Rows;

  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
    rows = await createRows(database);
  });
  afterAll(() => open.close());

  const link = (enrolmentId: string, accountId: AccountId, changes: { isPrimary?: boolean; linkedAt: Date }) =>
    database.db
      .insertInto('mobileConnectLinks')
      .values({ enrolmentId, accountId, ...changes })
      .execute();

  describe('a line', () => {
    test('is found by its number and by its id, with SIM and enrolment', async () => {
      const { msisdn, lineId, simId, enrolmentId } = await rows.subject();
      const whole = { line: { id: lineId }, sim: { id: simId }, enrolment: { id: enrolmentId } };
      expect(await findLineByNumber(database.db, msisdn)).toMatchObject(whole);
      expect(await findLine(database.db, lineId)).toMatchObject(whole);
    });

    test('that does not exist or is terminated is not found by its number', async () => {
      const { msisdn, lineId } = await rows.subject({ line: { status: 'terminated' } });
      expect(await findLineByNumber(database.db, msisdn)).toBeUndefined();
      expect(await findLine(database.db, lineId)).toMatchObject({ line: { status: 'terminated' } });
      expect(await findLineByNumber(database.db, '+33639989999' as Msisdn)).toBeUndefined();
      expect(await findLine(database.db, 'lin_none')).toBeUndefined();
    });

    test('that was terminated leaves its number to the next one (X57)', async () => {
      const { msisdn } = await rows.subject({ line: { status: 'terminated' } });
      const next = await rows.subject({ line: { msisdn } });
      expect(await findLineByNumber(database.db, msisdn)).toMatchObject({ line: { id: next.lineId } });
    });

    test.each([
      ['in stock', 'stock', false],
      ['active', 'active', true],
      ['blocked', 'blocked', true],
      ['terminated', 'terminated', false],
    ] as const)('shows a SIM that is %s: %s', async (_words, state, shown) => {
      const { lineId } = await rows.subject({ sim: { state } });
      const found = await findLine(database.db, lineId);
      expect([found?.sim !== undefined, found?.enrolment !== undefined]).toEqual([shown, shown]);
    });

    test('does not show an enrolment that was ended, nor that of an earlier SIM', async () => {
      const ended = await rows.subject({ enrolment: { baseState: 'DEACTIVATED' } });
      expect((await findLine(database.db, ended.lineId))?.enrolment).toBeUndefined();
      const replaced = await rows.subject({ sim: { state: 'terminated' } });
      await database.db
        .insertInto('sims')
        .values({
          id: 'sim_next',
          iccid: '8933010999999999999' as never,
          origin: 'test',
          state: 'active',
          appletCapable: true,
          lineId: replaced.lineId,
          rootId: 1,
          keyVersion: 1,
        })
        .execute();
      expect(await findLine(database.db, replaced.lineId)).toMatchObject({
        sim: { id: 'sim_next' },
        enrolment: undefined,
      });
    });
  });

  describe('an account by its identifier', () => {
    const find = (kind: 'email' | 'msisdn', name: string, brand = 'exemple') =>
      findAccountByIdentifier(database.db, { brand, kind, lookupHash: hashOf(name) });

    test('opens with its e-mail in its brand, and with nothing else', async () => {
      const id = await rows.account({ identifiers: [{ kind: 'email', lookupHash: hashOf('a@exemple.test') }] });
      expect(await find('email', 'a@exemple.test')).toMatchObject({ id });
      expect(await find('email', 'a@exemple.test', 'ile')).toBeUndefined();
      expect(await find('msisdn', 'a@exemple.test')).toBeUndefined();
      expect(await find('email', 'b@exemple.test')).toBeUndefined();
    });

    test('of several on one number the primary one opens (X118)', async () => {
      const number = (isPrimary: boolean) => [{ kind: 'msisdn' as const, lookupHash: hashOf('one number'), isPrimary }];
      await rows.account({ identifiers: number(false), account: { createdAt: new Date('2020-01-01') } });
      const primary = await rows.account({ identifiers: number(true), account: { createdAt: new Date('2026-01-01') } });
      expect(await find('msisdn', 'one number')).toMatchObject({ id: primary });
    });

    test('without a primary one the oldest opens', async () => {
      const number = [{ kind: 'msisdn' as const, lookupHash: hashOf('no primary') }];
      await rows.account({ identifiers: number, account: { createdAt: new Date('2026-01-01') } });
      const oldest = await rows.account({ identifiers: number, account: { createdAt: new Date('2020-01-01') } });
      expect(await find('msisdn', 'no primary')).toMatchObject({ id: oldest });
    });
  });

  test('rows are found by their ids, or not at all', async () => {
    const { accountId, simId, enrolmentId } = await rows.subject();
    expect(await findAccount(database.db, accountId)).toMatchObject({ id: accountId });
    expect(await findSim(database.db, simId)).toMatchObject({ id: simId, rootId: 1 });
    expect(await findEnrolment(database.db, enrolmentId)).toMatchObject({ id: enrolmentId, simId });
    expect(await findWrappedRoot(database.db, 1)).toBe('sealed elsewhere');
    expect(await findAccount(database.db, 'acc_none')).toBeUndefined();
    expect(await findSim(database.db, 'sim_none')).toBeUndefined();
    expect(await findEnrolment(database.db, 'enr_none')).toBeUndefined();
    expect(await findWrappedRoot(database.db, 2)).toBeUndefined();
  });

  test('a password hash is that of its account', async () => {
    const accountId = await rows.account();
    expect(await findPasswordHash(database.db, accountId)).toBeUndefined();
    await database.db
      .insertInto('passwords')
      .values({ accountId, passwordHash: 'a hash', changedAt: new Date() })
      .execute();
    expect(await findPasswordHash(database.db, accountId)).toBe('a hash');
    expect(await findPasswordHash(database.db, '')).toBeUndefined();
  });

  describe('links between enrolments and accounts', () => {
    test('the accounts of an enrolment come primary first, then as they were linked, without closed ones', async () => {
      const { enrolmentId, accountId } = await rows.subject();
      const [third, second, closed] = [
        await rows.account(),
        await rows.account(),
        await rows.account({ account: { status: 'closed' } }),
      ];
      await link(enrolmentId, third, { linkedAt: new Date('2026-03-03') });
      await link(enrolmentId, second, { linkedAt: new Date('2026-03-02') });
      await link(enrolmentId, closed, { linkedAt: new Date('2020-01-01') });
      const accounts = await listLinkedAccounts(database.db, enrolmentId);
      expect(accounts.map(({ id }) => id)).toEqual([accountId, second, third]);
      const all = await listLinkIds(database.db, enrolmentId);
      expect(all).toEqual([accountId, second, third, closed].sort());
    });

    test('the enrolled lines of an account come in the order of their links, suspended ones too', async () => {
      const first = await rows.subject();
      const second = await rows.subject({ line: { status: 'suspended' } });
      const ended = await rows.subject({ enrolment: { baseState: 'DEACTIVATED' } });
      const waiting = await rows.subject({ enrolment: { baseState: 'AWAITING_PIN' } });
      const accountId = await rows.account();
      await link(second.enrolmentId, accountId, { linkedAt: new Date('2026-03-02') });
      await link(first.enrolmentId, accountId, { linkedAt: new Date('2026-03-01') });
      await link(ended.enrolmentId, accountId, { linkedAt: new Date('2026-02-01') });
      await link(waiting.enrolmentId, accountId, { linkedAt: new Date('2026-02-01') });
      const lines = await listEnrolledLines(database.db, accountId);
      expect(lines.map(({ line }) => line.id)).toEqual([first.lineId, second.lineId]);
      expect(lines[0]).toMatchObject({ enrolment: { id: first.enrolmentId } });
      expect(await listEnrolledLines(database.db, 'acc_none')).toEqual([]);
      expect(await findFirstEnrolledLine(database.db, accountId)).toMatchObject({ line: { id: first.lineId } });
      expect(await findFirstEnrolledLine(database.db, 'acc_none')).toBeUndefined();
    });

    test('they can be listed inside a transaction', async () => {
      const { accountId, lineId } = await rows.subject();
      const lines = await database.transaction((tx) => listEnrolledLines(tx, accountId));
      expect(lines.map(({ line }) => line.id)).toEqual([lineId]);
    });
  });
});
