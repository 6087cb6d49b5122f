// A new SIM in the place of the old one: by its 13 digits, once, and with nothing of the old one left.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { credentialHolds } from '../../src/authentication/sim-keyring.ts';
import { tellEndedHolds } from '../../src/enrolment/hold-ended.ts';
import { holdUntilFor } from '../../src/enrolment/new-sim-hold.ts';
import { activateSim } from '../../src/enrolment/replace-sim.ts';
import { cancelSim, reserveSim, shipSim } from '../../src/enrolment/reserve-sim.ts';
import { suspendLine } from '../../src/enrolment/suspend-line.ts';
import { listLinkedAccounts } from '../../src/storage/subscribers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createLineWorld, type LineWorld } from './line-world.ts';
import type { Subject } from './rows.ts';

const by = { kind: 'staff' } as const;
const rules = { holdHours: 24, replacementDays: 30 };
const day = 86_400_000;

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
  });

  /** A spare SIM on its way to the line. */
  const ship = async ({ lineId }: Subject, changes: { appletCapable?: boolean } = {}) => {
    const spare = await world.spare(changes);
    expect(await reserveSim(world.deps, { lineId, by, iccid: spare.iccid })).toMatchObject({ kind: 'done' });
    expect(await shipSim(world.deps, { lineId, by })).toMatchObject({ kind: 'done' });
    return spare;
  };
  const activate = ({ lineId }: Subject, number: string) => activateSim(world.deps, { lineId, by, number });
  const current = async ({ lineId }: Subject) => {
    const { db } = opened.database;
    return await db
      .selectFrom('enrolments')
      .selectAll()
      .where('lineId', '=', lineId)
      .where('baseState', '<>', 'DEACTIVATED')
      .executeTakeFirstOrThrow();
  };
  /** What activation does when the card has made its PIN. */
  const makePin = async (line: Subject, at: Date) => {
    const { id, simId } = await current(line);
    return await opened.database.transaction(async (tx) => {
      const holdUntil = await holdUntilFor(tx, { simId, enrolmentId: id, at }, rules);
      const set = { baseState: 'ACTIVE' as const, pinSetAt: at, pinKey: randomBytes(33), holdUntil };
      await tx.updateTable('enrolments').set(set).where('id', '=', id).execute();
      return holdUntil;
    });
  };

  test('A55 the old SIM is dead with its key, and the new one waits for a PIN under the same accounts', async () => {
    const line = await world.line({ enrolment: { pinKey: randomBytes(33) } });
    const attempt = await world.ringing(line);
    const spare = await ship(line);
    expect(await activate(line, spare.serial13)).toEqual({ kind: 'activated', simId: spare.id, again: false });
    expect(await world.state(line.lineId)).toEqual({
      line: 'active',
      sim: spare.id,
      simState: 'active',
      enrolment: 'AWAITING_PIN',
    });
    expect(await world.simState(line.simId)).toBe('terminated');
    const former = await world.enrolment(line.enrolmentId);
    const deadKey = { pinKey: null, credentialMac: null };
    expect(former).toMatchObject({ baseState: 'DEACTIVATED', deactivatedReason: 'sim_replaced', ...deadKey });
    const now = await current(line);
    expect(now).toMatchObject({ pinKey: null, holdUntil: null, lockedUntil: null });
    expect((await listLinkedAccounts(opened.database.db, now.id)).map(({ id }) => id)).toEqual([line.accountId]);
    const credential = { iccid: spare.iccid, enrolmentId: now.id, accountIds: [line.accountId] };
    const intact = { ...credential, pinKey: null, provenance: null };
    expect(credentialHolds(world.masterKey, intact, now.credentialMac)).toBe(true);
    expect((await world.rows.readAttempt(attempt.id)).state).toBe('cancelled');
  });

  test('b7 b8 both SIMs and the holder are told, once each; a phone that may be stolen is not', async () => {
    const line = await world.line();
    const spare = await ship(line);
    await activate(line, spare.serial13);
    const accounts = [line.accountId];
    expect(world.told).toEqual([
      expect.objectContaining({ kind: 'simChanging', lineId: line.lineId }),
      expect.objectContaining({ kind: 'simChanged', enrolled: true, accounts }),
    ]);
    world.told.length = 0;
    const lost = await world.line();
    const other = await ship(lost);
    await suspendLine(world.deps, { lineId: lost.lineId, by, reason: 'stolen' });
    await activate(lost, other.serial13);
    expect(world.told.map(({ kind }) => kind)).toEqual(['lineSuspended', 'simChanged']);
    expect(await world.state(lost.lineId)).toMatchObject({ line: 'active', enrolment: 'AWAITING_PIN' });
  });

  test('a27 a SIM without the applet ends the service; a line that had none gets none', async () => {
    const line = await world.line();
    const plain = await ship(line, { appletCapable: false });
    await activate(line, plain.serial13);
    expect(await world.state(line.lineId)).toMatchObject({ sim: plain.id, enrolment: undefined });
    const first = await world.line({ enrolment: { baseState: 'INSTALLING' } });
    const spare = await ship(first);
    await activate(first, spare.serial13);
    expect(await world.state(first.lineId)).toMatchObject({ sim: spare.id, enrolment: undefined });
  });

  test('X54 every number but that of the SIM sent to this line gets one answer; spaces are no mistake', async () => {
    const line = await world.line();
    const other = await world.line();
    const foreign = await ship(other);
    const spare = await ship(line);
    const wrong = [foreign.serial13, spare.serial13.slice(1), `${spare.serial13}0`, `x${spare.serial13.slice(1)}`];
    for (const number of wrong) expect(await activate(line, number)).toEqual({ kind: 'invalid' });
    const spaced = spare.serial13.replace(/(\d{4})(?=\d)/g, '$1 ');
    expect(await activate(line, ` ${spaced} `)).toMatchObject({ kind: 'activated', again: false });
    expect(await activate(line, spare.serial13)).toMatchObject({ kind: 'limited' });
    expect(await world.audited(line.lineId)).toEqual([
      'sim.reserved',
      'sim.shipped',
      ...wrong.map(() => 'sim.number_refused'),
      'sim.activating',
      'sim.replaced',
    ]);
  });

  test('X54 a cancelled SIM, an old SIM and one that was not shipped are not activated', async () => {
    const line = await world.line();
    const cancelled = await ship(line);
    await cancelSim(world.deps, { lineId: line.lineId, by });
    expect(await activate(line, cancelled.serial13)).toEqual({ kind: 'invalid' });
    const reserved = await world.spare();
    await reserveSim(world.deps, { lineId: line.lineId, by, iccid: reserved.iccid });
    expect(await activate(line, reserved.serial13)).toEqual({ kind: 'not-shipped' });
    await shipSim(world.deps, { lineId: line.lineId, by });
    await activate(line, reserved.serial13);
    const next = await ship(line);
    await activate(line, next.serial13);
    expect(await activate(line, reserved.serial13)).toEqual({ kind: 'invalid' });
  });

  test('X55 of twenty activations at once one happens, and one SIM is active', async () => {
    const line = await world.line();
    const spare = await ship(line);
    const many = { ...world.deps, limits: { ...world.deps.limits, simNumbers: unlimited } };
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => activateSim(many, { lineId: line.lineId, by, number: spare.serial13 })),
    );
    const done = { kind: 'activated', simId: spare.id };
    expect(outcomes.filter((outcome) => outcome.kind === 'activated' && !outcome.again)).toEqual([
      { ...done, again: false },
    ]);
    expect(outcomes.filter((outcome) => outcome.kind === 'activated' && outcome.again)).toHaveLength(19);
    expect(world.told.map(({ kind }) => kind)).toEqual(['simChanging', 'simChanged']);
    const { db } = opened.database;
    const active = db.selectFrom('sims').select('id').where('lineId', '=', line.lineId).where('state', '=', 'active');
    expect(await active.execute()).toEqual([{ id: spare.id }]);
  });

  test('b4 one SIM at a time is reserved for a line, and one line gets it', async () => {
    const [one, two] = [await world.line(), await world.line()];
    const spare = await world.spare();
    const reserve = ({ lineId }: Subject) => reserveSim(world.deps, { lineId, by, iccid: spare.iccid });
    const outcomes = await Promise.all([reserve(one), reserve(two), reserve(one), reserve(two)]);
    expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(await shipSim(world.deps, { lineId: 'lin_none', by })).toEqual({ kind: 'not-found' });
  });

  test('X53 A53 a PIN made ten days after the activation waits 24 h from then on', async () => {
    const line = await world.line();
    await activate(line, (await ship(line)).serial13);
    const at = new Date(Date.now() + 10 * day);
    expect(await makePin(line, at)).toEqual(new Date(at.getTime() + day));
  });

  test.each([
    ['into summer time, a day of 23 hours', '2026-03-28T12:00:00.000Z'],
    ['into winter time, a day of 25 hours', '2026-10-24T12:00:00.000Z'],
  ])('A53 the hold lasts exactly 86,400 s over the change %s', async (_what, at) => {
    const line = await world.line();
    await activate(line, (await ship(line)).serial13);
    const { id, simId } = await current(line);
    await opened.database.transaction(async (tx) => {
      await sql`set local time zone 'Europe/Paris'`.execute(tx);
      const holdUntil = await holdUntilFor(tx, { simId, enrolmentId: id, at: new Date(at) }, rules);
      await tx.updateTable('enrolments').set({ baseState: 'ACTIVE', holdUntil }).where('id', '=', id).execute();
    });
    const { rows } = await sql<{ seconds: number }>`
      select extract(epoch from hold_until - ${at}::timestamptz)::float8 as seconds
      from enrolments where id = ${id}`.execute(opened.database.db);
    expect(rows[0]?.seconds).toBe(86_400);
  });

  test('X52 a21 another SIM during the hold: the hold is gone, and begins again with the next PIN', async () => {
    const line = await world.line();
    await activate(line, (await ship(line)).serial13);
    const first = new Date();
    await makePin(line, first);
    await activate(line, (await ship(line)).serial13);
    expect(await world.state(line.lineId)).toMatchObject({ enrolment: 'AWAITING_PIN' });
    expect((await current(line)).holdUntil).toBeNull();
    const second = new Date(first.getTime() + day / 2);
    expect(await makePin(line, second)).toEqual(new Date(second.getTime() + day));
  });

  test('a21 another SIM before the PIN was made: it waits for a PIN as the one before did', async () => {
    const line = await world.line();
    await activate(line, (await ship(line)).serial13);
    await activate(line, (await ship(line)).serial13);
    expect(await world.state(line.lineId)).toMatchObject({ enrolment: 'AWAITING_PIN' });
  });

  test('A53 a replaced SIM of a line that never had the service is held all the same', async () => {
    const line = await world.rows.subject({ enrolment: { baseState: 'INSTALLING' } });
    await activate(line, (await ship(line)).serial13);
    const { simId } = { simId: (await world.state(line.lineId)).sim ?? '' };
    const hold = (at: Date) =>
      opened.database.transaction((tx) => holdUntilFor(tx, { simId, enrolmentId: 'enr_new', at }, rules));
    expect(await hold(new Date())).not.toBeNull();
    expect(await hold(new Date(Date.now() + 31 * day))).toBeNull();
  });

  test('A28 the first SIM of a contract is not held', async () => {
    const line = await world.rows.subject({ enrolment: { baseState: 'AWAITING_PIN' } });
    const { simId, enrolmentId } = line;
    const at = new Date();
    const hold = await opened.database.transaction((tx) => holdUntilFor(tx, { simId, enrolmentId, at }, rules));
    expect(hold).toBeNull();
  });

  test('a19 the end of a hold is told once, however many nodes look', async () => {
    const line = await world.line();
    const past = sql<Date>`app_now() - interval '1 second'`;
    const { db } = opened.database;
    await db.updateTable('enrolments').set({ holdUntil: past }).where('id', '=', line.enrolmentId).execute();
    await Promise.all([tellEndedHolds(world.deps), tellEndedHolds(world.deps), tellEndedHolds(world.deps)]);
    const ends = world.told.filter(({ kind, lineId }) => kind === 'holdEnded' && lineId === line.lineId);
    expect(ends).toHaveLength(1);
  });
});

const unlimited = { take: async () => undefined, wait: async () => undefined, forgive: async () => {} };
