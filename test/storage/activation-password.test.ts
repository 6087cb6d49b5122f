// A password that a code to a SIM has set does not enrol that SIM: whoever holds the phone would be through (decisions
// 11). Any other password lifts it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { type ActivationWorld, createActivationWorld, type Owner } from './activation-world.ts';

describe.each(engines)('on %s', (engine) => {
  let open: TestDatabase;
  let world: ActivationWorld;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = await createActivationWorld(open.database);
  });
  afterAll(() => open.close());

  const setPassword = async ({ accountId }: Owner, path: { codeLineId?: string | null; codeSimId?: string | null }) => {
    const whole = { codeLineId: null, codeSimId: null, ...path };
    await open.database.db
      .insertInto('passwords')
      .values({ accountId, passwordHash: 'hash', changedAt: new Date(), ...whole })
      .onConflict((conflict) => conflict.column('accountId').doUpdateSet(whole))
      .execute();
  };
  const simOf = async ({ lineId }: Owner) =>
    (await open.database.db.selectFrom('sims').select('id').where('lineId', '=', lineId).executeTakeFirstOrThrow()).id;
  const refusal = { kind: 'password-from-this-sim' };

  test('an activation does not begin with it, by line or by SIM; with another one it does', async () => {
    const who = await world.owner();
    await setPassword(who, { codeLineId: who.lineId });
    expect(await world.begin(who)).toEqual(refusal);
    await setPassword(who, { codeSimId: await simOf(who) });
    expect(await world.begin(who)).toEqual(refusal);
    await setPassword(who, { codeLineId: 'lin_other', codeSimId: 'sim_other' });
    expect(await world.begin(who)).toMatchObject({ kind: 'open', created: true });
  });

  test('one that was begun before asks for no PIN with it', async () => {
    const who = await world.owner();
    const request = await world.upTo(who, 'installed');
    await setPassword(who, { codeLineId: who.lineId });
    expect(await world.activation.askPin(request)).toEqual(refusal);
    expect(await world.attempts(who.lineId, 'enrol')).toEqual([]);
    await setPassword(who, {});
    expect(await world.activation.askPin(request)).toEqual({ kind: 'ok' });
  });

  test('it takes nothing away from a service that is active', async () => {
    const who = await world.owner();
    await world.upTo(who, 'done');
    await setPassword(who, { codeLineId: who.lineId });
    expect(await world.begin(who)).toEqual({ kind: 'already-active' });
  });
});
