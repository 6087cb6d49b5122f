// Another number, and the end of a line: the old number opens nothing, and nobody inherits what it knew.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ChangeNumberDeps, changeNumber, terminateLine } from '../../src/enrolment/change-number.ts';
import type { Msisdn } from '../../src/identifiers.ts';
import { advanceClock } from '../../src/storage/domain-clock.ts';
import { rememberDevice } from '../../src/storage/push-sources.ts';
import { findAccountByIdentifier, findLineByNumber } from '../../src/storage/subscribers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createLineWorld, type LineWorld } from './line-world.ts';
import { hashOf, knowsDevice, type Subject } from './rows.ts';

const by = { kind: 'staff' } as const;

describe.each(engines)('on %s', (engine) => {
  let opened: TestDatabase;
  let world: LineWorld;
  let deps: ChangeNumberDeps;
  let disabled: string[];
  let fresh = 0;

  beforeAll(async () => {
    opened = await openTestDatabase(engine);
    world = await createLineWorld(opened.database);
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    world.told.length = 0;
    disabled = [];
    const start = async (_tx: unknown, { target }: { target: { line: { msisdn: string } } }) =>
      void disabled.push(target.line.msisdn);
    deps = { ...world.deps, requests: { start: start as ChangeNumberDeps['requests']['start'] } };
  });

  const newNumber = (): Msisdn => `+3363997${String(++fresh).padStart(4, '0')}` as Msisdn;
  const opens = async (msisdn: Msisdn) => {
    const lookupHash = world.masterKey.index('msisdn', msisdn);
    return (await findAccountByIdentifier(opened.database.db, { brand: 'exemple', kind: 'msisdn', lookupHash }))?.id;
  };
  /** A line whose number opens its account. */
  const known = async (): Promise<Subject> => {
    const line = await world.line({ enrolment: { pinKey: randomBytes(33) } });
    const lookupHash = world.masterKey.index('msisdn', line.msisdn);
    const row = { accountId: line.accountId, brand: 'exemple', kind: 'msisdn' as const, lookupHash, isPrimary: true };
    await opened.database.db.insertInto('loginIdentifiers').values(row).execute();
    return line;
  };

  test('A29 the service ends with the old number, and the new one opens the account and is inactive', async () => {
    const line = await known();
    const attempt = await world.ringing(line);
    const msisdn = newNumber();
    expect(await changeNumber(deps, { lineId: line.lineId, by, msisdn })).toBe('changed');
    expect(await findLineByNumber(opened.database.db, line.msisdn)).toBeUndefined();
    expect(await findLineByNumber(opened.database.db, msisdn)).toMatchObject({
      line: { id: line.lineId },
      sim: { id: line.simId, state: 'active' },
      enrolment: undefined,
    });
    expect(await world.enrolment(line.enrolmentId)).toMatchObject({
      baseState: 'DEACTIVATED',
      deactivatedReason: 'number_changed',
      pinKey: null,
      credentialMac: null,
    });
    expect([await opens(line.msisdn), await opens(msisdn)]).toEqual([undefined, line.accountId]);
    expect((await world.rows.readAttempt(attempt.id)).state).toBe('cancelled');
    expect(disabled).toEqual([msisdn]);
    expect(world.told).toEqual([
      expect.objectContaining({ kind: 'numberChanged', enrolled: true, accounts: [line.accountId] }),
    ]);
    expect(await world.audited(line.lineId)).toEqual(['line.number_changed']);
  });

  test('X57 whoever gets the old number next inherits no link, no login and no trusted browser', async () => {
    const line = await known();
    const slot = world.masterKey.index('slot', line.msisdn);
    const device = hashOf('a browser');
    await opened.database.transaction((tx) => rememberDevice(tx, slot, device));
    await changeNumber(deps, { lineId: line.lineId, by, msisdn: newNumber() });
    const next = await world.line({ line: { msisdn: line.msisdn }, enrolment: { baseState: 'INACTIVE' } });
    const found = await findLineByNumber(opened.database.db, line.msisdn);
    expect(found?.line.id).toBe(next.lineId);
    expect(await opens(line.msisdn)).toBeUndefined();
    expect(await opened.database.transaction((tx) => knowsDevice(tx, slot, device))).toBe(false);
  });

  test('a number that another line has is refused, and nothing is changed', async () => {
    const [line, other] = [await known(), await known()];
    expect(await changeNumber(deps, { lineId: line.lineId, by, msisdn: other.msisdn })).toBe('taken');
    expect(await world.state(line.lineId)).toMatchObject({ enrolment: 'ACTIVE' });
    expect(await opens(line.msisdn)).toBe(line.accountId);
    expect(await changeNumber(deps, { lineId: line.lineId, by, msisdn: line.msisdn })).toBe('same');
    expect(world.told).toEqual([]);
  });

  test('X57 b11 a number that was given up rests: nobody else gets it for 90 days, and its line may have it back', async () => {
    const [line, other, ended] = [await known(), await known(), await known()];
    const give = (lineId: string, msisdn: Msisdn) => changeNumber(deps, { lineId, by, msisdn });
    await give(line.lineId, newNumber());
    await terminateLine(deps, { lineId: ended.lineId, by });
    expect(await give(other.lineId, line.msisdn)).toBe('resting');
    expect(await give(other.lineId, ended.msisdn)).toBe('resting');
    expect(await world.state(other.lineId)).toMatchObject({ enrolment: 'ACTIVE' });
    expect(await give(line.lineId, line.msisdn)).toBe('changed');
    await advanceClock(opened.database.db, 90 * 86_400 - 60);
    expect(await give(other.lineId, ended.msisdn)).toBe('resting');
    await advanceClock(opened.database.db, 61);
    expect(await give(other.lineId, ended.msisdn)).toBe('changed');
  });

  test('X58 a2 b13 an ended line takes its SIM, its service and its logins with it', async () => {
    const line = await known();
    expect(await terminateLine(deps, { lineId: line.lineId, by })).toBe('terminated');
    expect(await terminateLine(deps, { lineId: line.lineId, by })).toBe('not-found');
    expect(await findLineByNumber(opened.database.db, line.msisdn)).toBeUndefined();
    expect(await world.simState(line.simId)).toBe('terminated');
    expect((await world.enrolment(line.enrolmentId)).baseState).toBe('DEACTIVATED');
    expect(await opens(line.msisdn)).toBeUndefined();
    expect(world.told.map(({ kind }) => kind)).toEqual(['lineTerminated']);
  });
});
