// Lost and found: what a suspension ends, what it leaves, and what the line is when it comes back.
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { effectiveState } from '../../src/authentication/policies.ts';
import { pukPlace } from '../../src/enrolment/provision.ts';
import { disclosePuk } from '../../src/enrolment/puk.ts';
import { reactivateLine, suspendLine } from '../../src/enrolment/suspend-line.ts';
import { readAppNow } from '../../src/storage/database.ts';
import { findLine } from '../../src/storage/subscribers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createLineWorld, type LineWorld } from './line-world.ts';

const by = { kind: 'account', accountId: 'acc_1' } as const;

describe.each(engines)('on %s', (engine) => {
  let opened: TestDatabase;
  let world: LineWorld;

  beforeAll(async () => {
    opened = await openTestDatabase(engine);
    world = await createLineWorld(opened.database);
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    world.told.length = 0;
    world.sent.length = 0;
  });

  const service = async (lineId: string) =>
    effectiveState(
      await findLine(opened.database.db, lineId),
      { mobileConnectEnabled: true, testSimsAllowed: true },
      await readAppNow(opened.database.db),
    );

  test('A54 a suspended line is cut at once, its attempts end and their screens are taken away', async () => {
    const line = await world.line();
    const attempt = await world.ringing(line);
    const order = { lineId: line.lineId, by, reason: 'stolen' as const };
    expect(await suspendLine(world.deps, order)).toBe('suspended');
    expect(await service(line.lineId)).toBe('LINE_SUSPENDED');
    expect(await world.state(line.lineId)).toMatchObject({ line: 'suspended', simState: 'blocked' });
    expect((await world.rows.readAttempt(attempt.id)).state).toBe('cancelled');
    const [goodbye = ''] = world.sent;
    expect(await world.rows.readAttempt(goodbye)).toMatchObject({ purpose: 'cancel', simId: line.simId });
    expect(await world.audited(line.lineId)).toEqual(['line.suspended']);
  });

  test('A54 of a suspension and logins at once nothing is left that rings', async () => {
    const {
      deps: { masterKey, database },
      push,
    } = world;
    for (let round = 0; round < 5; round++) {
      const line = await world.line();
      const target = await findLine(database.db, line.lineId);
      const slot = masterKey.index('slot', line.msisdn);
      const start = () =>
        database.transaction((tx) =>
          push.start(tx, {
            ...{ purpose: 'login', slot, target, brand: 'exemple', level: 'sim-pin', locale: 'fr', device: undefined },
            client: { id: 'portal', name: 'Portal', confirmation: undefined },
            source: masterKey.index('source', 'portal'),
          }),
        );
      await Promise.all([start(), suspendLine(world.deps, { lineId: line.lineId, by, reason: 'lost' }), start()]);
      const pending = await database.db
        .selectFrom('attempts')
        .select('simId')
        .where('slot', '=', slot)
        .where('state', '=', 'pending')
        .where('purpose', '=', 'login')
        .execute();
      expect(pending.filter(({ simId }) => simId !== null)).toEqual([]);
    }
  });

  test('A54 a decoy on the number ends like a real attempt', async () => {
    const line = await world.line();
    const nothing = { simId: null, enrolmentId: null, lineId: null, sends: 0 };
    const decoy = await world.ringing(line, nothing);
    await suspendLine(world.deps, { lineId: line.lineId, by, reason: 'lost' });
    expect((await world.rows.readAttempt(decoy.id)).state).toBe('cancelled');
    expect(world.sent).toEqual([]);
  });

  test('b2 suspending again, twenty times at once, changes nothing and tells nobody twice', async () => {
    const line = await world.line();
    const order = { lineId: line.lineId, by, reason: 'lost' as const };
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => suspendLine(world.deps, order)));
    expect(outcomes.filter((outcome) => outcome === 'suspended')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'already')).toHaveLength(19);
    expect(world.told.map(({ kind }) => kind)).toEqual(['lineSuspended']);
    expect(world.told[0]).toMatchObject({ accounts: [line.accountId], line: expect.stringContaining('**') });
  });

  test('X41 a lock runs on while the line is suspended: over or not, as the clock says', async () => {
    for (const { hours, state } of [
      { hours: 23, state: 'LOCKED' },
      { hours: -1, state: 'ACTIVE' },
    ]) {
      const line = await world.line();
      const until = sql<Date>`app_now() + make_interval(hours => ${hours})`;
      const { db } = opened.database;
      await db.updateTable('enrolments').set({ lockedUntil: until }).where('id', '=', line.enrolmentId).execute();
      const before = await world.enrolment(line.enrolmentId);
      await suspendLine(world.deps, { lineId: line.lineId, by, reason: 'lost' });
      expect(await service(line.lineId)).toBe('LINE_SUSPENDED');
      expect(await reactivateLine(world.deps, { lineId: line.lineId, by })).toBe('reactivated');
      expect(await service(line.lineId)).toBe(state);
      expect((await world.enrolment(line.enrolmentId)).lockedUntil).toEqual(before.lockedUntil);
    }
  });

  test('b3 a line comes back once, and the customer hears of it once', async () => {
    const line = await world.line();
    const order = { lineId: line.lineId, by };
    expect(await reactivateLine(world.deps, order)).toBe('not-suspended');
    await suspendLine(world.deps, { ...order, reason: 'other' });
    expect(await Promise.all([reactivateLine(world.deps, order), reactivateLine(world.deps, order)])).toEqual(
      expect.arrayContaining(['reactivated', 'not-suspended']),
    );
    expect(await world.state(line.lineId)).toMatchObject({ line: 'active', simState: 'active', enrolment: 'ACTIVE' });
    expect(world.told.map(({ kind }) => kind)).toEqual(['lineSuspended', 'lineReactivated']);
  });

  test('B27 X60 the PUK is shown three times a day, each time written down and told', async () => {
    const line = await world.line();
    const pukSealed = world.masterKey.seal(pukPlace(line.simId), '01234567');
    const { db } = opened.database;
    await db.updateTable('sims').set({ pukSealed }).where('id', '=', line.simId).execute();
    const order = { lineId: line.lineId, by };
    for (let time = 0; time < 3; time++) {
      expect(await disclosePuk(world.deps, order)).toEqual({ kind: 'shown', puk: '01234567' });
    }
    expect(await disclosePuk(world.deps, order)).toMatchObject({ kind: 'limited' });
    expect(world.told.map(({ kind }) => kind)).toEqual(['pukShown', 'pukShown', 'pukShown']);
    expect(await world.audited(line.lineId)).toEqual(['puk.shown', 'puk.shown', 'puk.shown']);
  });

  test('B27 a SIM whose PUK is not known shows none', async () => {
    const line = await world.line();
    expect(await disclosePuk(world.deps, { lineId: line.lineId, by })).toEqual({ kind: 'none' });
  });
});
