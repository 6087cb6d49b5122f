// Writing subscribers: what must be unique is refused, a known SIM keeps its counters, a new world keeps the SIMs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountId } from '../../src/identifiers.ts';
import type { Database } from '../../src/storage/database.ts';
import {
  clearSubscribers,
  ensureSimRoot,
  findSimByIccid,
  hasAccounts,
  insertContract,
  insertPerson,
  listTestSims,
  putPassword,
  putSim,
} from '../../src/storage/provisioning.ts';
import { createRateLimit } from '../../src/storage/rate-limits.ts';
import { findPasswordHash } from '../../src/storage/subscribers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createRows, hashOf, type Rows, twentyTimes } from './rows.ts';

const at = new Date('2026-03-01T08:00:00.000Z');

describe.each(engines)('provisioning on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  let rows: Rows;

  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
  });
  afterAll(() => open.close());

  test('twenty nodes at once make one SIM root', async () => {
    const ids = await twentyTimes(database, (tx, n) =>
      ensureSimRoot(tx, (id) => ({ wrappedKey: `root ${id} of node ${n}`, createdAt: at })),
    );
    expect(new Set(ids)).toEqual(new Set([1]));
    expect(await database.db.selectFrom('simRoots').select('id').execute()).toEqual([{ id: 1 }]);
    await database.db.insertInto('simRoots').values({ id: 7, wrappedKey: 'newer', createdAt: at }).execute();
    const newest = await database.transaction((tx) =>
      ensureSimRoot(tx, () => {
        throw new Error('there is one');
      }),
    );
    expect(newest).toBe(7);
    rows = await createRows(database);
  });

  test('a person, a contract with its parties and a password are written', async () => {
    const accountId = await rows.account();
    await database.transaction(async (tx) => {
      await insertPerson(tx, { id: 'per_1', givenName: 'Alice', familyName: 'Martin' });
      await insertContract(
        tx,
        {
          id: 'ctr_1',
          brand: 'exemple',
          kind: 'MOBILE',
          segment: 'consumer',
          offerRange: 'standard',
          holderPersonId: 'per_1',
          customerRef: 'C1',
          contractRef: 'K1',
          startedAt: at,
        },
        [{ accountId, relation: 'holder', since: at }],
      );
      await putPassword(tx, { accountId, passwordHash: 'first', changedAt: at });
      await putPassword(tx, { accountId, passwordHash: 'second', changedAt: at });
    });
    expect(await findPasswordHash(database.db, accountId)).toBe('second');
    const parties = await database.db.selectFrom('accountContracts').selectAll().execute();
    expect(parties).toMatchObject([{ accountId, contractId: 'ctr_1', relation: 'holder' }]);
  });

  test('an e-mail opens one account only, in one brand', async () => {
    const identifiers = [{ kind: 'email' as const, lookupHash: hashOf('taken@exemple.test') }];
    await rows.account({ identifiers });
    await expect(rows.account({ identifiers })).rejects.toThrow(/unique/);
    await rows.account({ identifiers, account: { brand: 'ile' } });
  });

  test('a number may open several accounts, one of them the primary one (A12)', async () => {
    const identifiers = (isPrimary: boolean) => [
      { kind: 'msisdn' as const, lookupHash: hashOf('shared number'), isPrimary },
    ];
    await rows.account({ identifiers: identifiers(true) });
    await rows.account({ identifiers: identifiers(false) });
    await expect(rows.account({ identifiers: identifiers(true) })).rejects.toThrow(/unique/);
  });

  test('two living lines never share a number, two active SIMs never a line (X55)', async () => {
    const { msisdn, lineId } = await rows.subject();
    await expect(rows.subject({ line: { msisdn } })).rejects.toThrow(/unique/);
    await expect(rows.subject({ sim: { lineId } })).rejects.toThrow(/unique/);
  });

  test('two SIMs never share a PIN key: a key that turns up twice was copied', async () => {
    const pinKey = Buffer.alloc(33, 2);
    await rows.subject({ enrolment: { pinKey } });
    await expect(rows.subject({ enrolment: { pinKey } })).rejects.toThrow(/unique/);
  });

  test('a known SIM moves to its new place and keeps id and counters (decision 54)', async () => {
    const { simId, iccid } = await rows.subject();
    await database.db
      .updateTable('sims')
      .set({ packetCounter: 70_000, appletCounter: 12, adminNumber: 3 })
      .where('id', '=', simId)
      .execute();
    await database.transaction((tx) =>
      putSim(tx, {
        id: 'sim_another',
        iccid,
        serial13: null,
        origin: 'test',
        state: 'stock',
        appletCapable: false,
        lineId: null,
        rootId: 1,
        keyVersion: 1,
        packetCounter: 0,
        appletCounter: 0,
        adminNumber: 0,
        activatedAt: null,
      }),
    );
    expect(await findSimByIccid(database.db, iccid)).toMatchObject({
      id: simId,
      state: 'stock',
      appletCapable: false,
      lineId: null,
      packetCounter: 70_000,
      appletCounter: 12,
      adminNumber: 3,
    });
  });

  test('the test SIMs are listed with their numbers, live ones are not', async () => {
    const played = await rows.subject();
    const real = await rows.subject({ sim: { origin: 'live' } });
    const gone = await rows.subject({ line: { status: 'terminated' } });
    const listed = new Map((await listTestSims(database.db)).map((sim) => [sim.iccid, sim]));
    expect(listed.get(played.iccid)).toMatchObject({ msisdn: played.msisdn, lineKind: 'mobile' });
    expect(listed.has(real.iccid)).toBe(false);
    expect(listed.get(gone.iccid)).toMatchObject({ msisdn: null });
  });

  test('clearing takes customers, services and limits away and leaves SIMs, their counters and their answers', async () => {
    const { simId, lineId, enrolmentId, iccid } = await rows.subject();
    const attempt = await rows.attempt({ simId, lineId, enrolmentId });
    await database.db.updateTable('sims').set({ packetCounter: 9 }).where('id', '=', simId).execute();
    await database.db
      .insertInto('answers')
      .values({ simId, appletCounter: 4, head: Buffer.alloc(12), attemptId: attempt.id, receivedAt: at })
      .execute();
    const limit = createRateLimit(database, { name: 'number', points: 1, seconds: 600 });
    await limit.take('a number');
    expect(await limit.take('a number')).toBeGreaterThan(0);
    expect(await hasAccounts(database.db)).toBe(true);

    await database.transaction(clearSubscribers);

    expect(await hasAccounts(database.db)).toBe(false);
    for (const table of ['attempts', 'enrolments', 'lines', 'persons', 'contracts', 'loginIdentifiers'] as const) {
      expect(await database.db.selectFrom(table).selectAll().execute()).toEqual([]);
    }
    expect(await limit.take('a number')).toBeUndefined();
    expect(await findSimByIccid(database.db, iccid)).toMatchObject({ state: 'stock', lineId: null, packetCounter: 9 });
    const answers = await database.db.selectFrom('answers').select(['simId', 'appletCounter', 'attemptId']).execute();
    expect(answers).toEqual([{ simId, appletCounter: 4, attemptId: null }]);
  });

  test('an account cannot hang on a person who is not there', async () => {
    await expect(rows.account({ account: { personId: 'per_none' } })).rejects.toThrow(/foreign key/);
    expect(
      await database.db
        .selectFrom('accounts')
        .where('id', '=', 'acc_none' as AccountId)
        .execute(),
    ).toEqual([]);
  });
});
