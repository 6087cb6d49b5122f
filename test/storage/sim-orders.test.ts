// A SIM ordered by the holder of a line: who may, where it goes, and that it, its order and what happens to the line
// never part, however many want something of them at once.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { moveOrderByStaff } from '../../src/customer/order-desk.ts';
import { moveDueSimOrders } from '../../src/customer/sim-order-moves.ts';
import type { SimOrderCaller, SimOrderDesk, SimOrderWish } from '../../src/customer/sim-order-types.ts';
import { createSimOrderDesk } from '../../src/customer/sim-orders.ts';
import { terminateLine } from '../../src/enrolment/change-number.ts';
import { maskImei, seeHandset } from '../../src/enrolment/handset.ts';
import { activateSim, confirmActivation, failActivation } from '../../src/enrolment/replace-sim.ts';
import { deliverSim, reserveSim, shipSim } from '../../src/enrolment/reserve-sim.ts';
import { suspendLine } from '../../src/enrolment/suspend-line.ts';
import { setContractAddress } from '../../src/storage/address-changes.ts';
import { advanceClock } from '../../src/storage/domain-clock.ts';
import { findHandset } from '../../src/storage/line-handsets.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createLineWorld, type LineWorld } from './line-world.ts';

const by = { kind: 'staff' } as const;
const home = { street: '1 rue des Essais', postCode: '75001', city: 'Paris', country: 'FR' };
const away = { ...home, street: '9 rue d’Ailleurs' };
const twenty = Array.from({ length: 20 }, (_, n) => n);
const unlimited = { take: async () => undefined, wait: async () => undefined, forgive: async () => {} };

describe.each(engines)('orders of SIMs on %s', (engine) => {
  let opened: TestDatabase;
  let world: LineWorld;
  let desk: SimOrderDesk;

  beforeAll(async () => {
    opened = await openTestDatabase(engine);
    world = await createLineWorld(opened.database);
    const { deps, moving } = world;
    desk = createSimOrderDesk({
      ...{ ...moving, simOrders: deps.simOrders, lineNotices: deps.notices, randomBytes },
      rules: { mobileConnectEnabled: true, testSimsAllowed: true },
      currency: () => 'EUR',
    });
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    world.told.length = 0;
    world.mails.length = 0;
  });
  afterEach(() => world.networkTakes('at-once'));

  type Held = Awaited<ReturnType<LineWorld['line']>>;

  /** A line whose holder has a name and an address. */
  const held = async (changes: Parameters<LineWorld['line']>[0] = {}): Promise<Held> => {
    const line = await world.line(changes);
    const personId = `per_${line.lineId}`;
    const { db } = opened.database;
    await db
      .insertInto('persons')
      .values({ id: personId, givenName: 'Zoé', familyName: 'De la Tour' } as never)
      .execute();
    await db.updateTable('accounts').set({ personId }).where('id', '=', line.accountId).execute();
    const address = JSON.stringify(home);
    await db
      .updateTable('contracts')
      .set({ holderPersonId: personId, address })
      .where('id', '=', line.contractId)
      .execute();
    return line;
  };
  const callerOf = ({ accountId }: Held, withPin = true): SimOrderCaller => ({ accountId, brand: 'exemple', withPin });
  const wishOf = ({ lineId }: Held, changes: Partial<SimOrderWish> = {}): SimOrderWish => ({
    ...{ lineId, idempotencyKey: randomBytes(9).toString('hex'), reason: 'lost', address: undefined },
    ...{ givenName: 'ZOE', familyName: 'de-la-tour', contact: { phoneNumber: '+33639980042' } },
    ...changes,
  });
  /** Ordered from a stock that holds enough. */
  const ordered = async (line: Held, changes: Partial<SimOrderWish> = {}) => {
    const spare = await world.spare();
    const outcome = await desk.order(callerOf(line), wishOf(line, changes));
    if (outcome.kind !== 'ordered') throw new Error(outcome.kind);
    const { simId } = await opened.database.db
      .selectFrom('simOrders')
      .select('simId')
      .where('orderId', '=', outcome.order.id)
      .executeTakeFirstOrThrow();
    const { serial13 } = await opened.database.db
      .selectFrom('sims')
      .select('serial13')
      .where('id', '=', simId)
      .executeTakeFirstOrThrow();
    return { id: outcome.order.id, simId, serial13: serial13 ?? '', spare };
  };
  const stateOf = async (line: Held, id: string) => (await desk.find(callerOf(line), line.lineId, id))?.state;
  const activate = ({ lineId }: Held, number: string) =>
    activateSim({ ...world.deps, limits: { ...world.deps.limits, simNumbers: unlimited } }, { lineId, by, number });

  test('B33 B35 b4 to b8: ordered, shipped, delivered, activated, each with its time, line and old SIM at work', async () => {
    const line = await held();
    const { id, simId, serial13 } = await ordered(line);
    expect(await world.state(line.lineId)).toMatchObject({ line: 'active', sim: line.simId, enrolment: 'ACTIVE' });
    expect(await activate(line, serial13)).toEqual({ kind: 'not-shipped' });
    await shipSim(world.deps, { lineId: line.lineId, by });
    expect(await stateOf(line, id)).toBe('shipped');
    await deliverSim(world.deps, { lineId: line.lineId, by });
    expect(await activate(line, serial13)).toMatchObject({ kind: 'activated', simId });
    const view = await desk.find(callerOf(line), line.lineId, id);
    expect(view).toMatchObject({ state: 'activated', mayCancel: false, recipient: 'Zoé De la Tour', address: home });
    expect(view?.timeline.map(({ state }) => state)).toEqual(['ordered', 'shipped', 'delivered', 'activated']);
    expect(view?.timeline.every(({ at }) => at instanceof Date)).toBe(true);
    expect(view?.contact).toEqual({ phoneNumber: '+33 6 39 98 ** 42' });
  });

  test('B42 the order is told: an e-mail and an SMS when it is made, and the change of SIM once', async () => {
    const line = await held();
    const { serial13 } = await ordered(line);
    expect(world.mails.map(({ state, by: who }) => [state, who])).toEqual([['created', 'holder']]);
    expect(world.told.map(({ kind }) => kind)).toEqual(['simOrdered']);
    await shipSim(world.deps, { lineId: line.lineId, by });
    await activate(line, serial13);
    expect(world.mails).toHaveLength(1);
    expect(world.told.map(({ kind }) => kind)).toEqual(['simOrdered', 'simChanging', 'simChanged']);
    const notices = await opened.database.db
      .selectFrom('notifications')
      .select('key')
      .where('accountId', '=', line.accountId)
      .orderBy('createdAt')
      .execute();
    expect(notices.map(({ key }) => key)).toEqual(['order-created', 'order-shipped']);
  });

  test('B33 a suspended line may have one, and its phone is not told', async () => {
    const line = await held();
    await suspendLine(world.deps, { lineId: line.lineId, by, reason: 'stolen' });
    world.told.length = 0;
    await ordered(line);
    expect(world.told).toEqual([]);
    expect(await world.state(line.lineId)).toMatchObject({ line: 'suspended', simState: 'blocked' });
  });

  test('B34 the names must be those on file; case, accents and hyphens are no matter', async () => {
    const line = await held();
    const order = (changes: Partial<SimOrderWish>) => desk.order(callerOf(line), wishOf(line, changes));
    expect(await order({ givenName: 'Zora' })).toEqual({ kind: 'wrong-names', fields: ['givenName'] });
    expect(await order({ familyName: 'Tour' })).toEqual({ kind: 'wrong-names', fields: ['familyName'] });
    expect(await desk.list(callerOf(line), line.lineId)).toEqual([]);
  });

  test('B34 X48 another address than the one on file needs the PIN of a SIM that works', async () => {
    const line = await held();
    await world.spare();
    const order = (address: typeof home, withPin: boolean) =>
      desk.order(callerOf(line, withPin), wishOf(line, { address }));
    expect(await order(away, false)).toEqual({ kind: 'other-address' });
    const stolen = await held();
    await suspendLine(world.deps, { lineId: stolen.lineId, by, reason: 'stolen' });
    // A login with the PIN of before; the SIM is blocked now.
    expect(await desk.order(callerOf(stolen), wishOf(stolen, { address: away }))).toEqual({ kind: 'other-address' });
    expect(await order(away, true)).toMatchObject({ kind: 'ordered', order: { address: away } });
    const same = { ...home, street: ' 1 RUE des essais ' };
    await world.spare();
    expect(await desk.order(callerOf(stolen, false), wishOf(stolen, { address: same }))).toMatchObject({
      kind: 'ordered',
    });
  });

  test('X50 X48 after a change of address no SIM is ordered for seven days, and then it goes there', async () => {
    const line = await held();
    await world.spare();
    await opened.database.transaction((tx) => setContractAddress(tx, line.contractId, away));
    const order = () => desk.order(callerOf(line), wishOf(line));
    expect(await order()).toEqual({ kind: 'address-changed' });
    expect(await desk.order(callerOf(line), wishOf(line, { address: home }))).toEqual({ kind: 'address-changed' });
    await advanceClock(opened.database.db, 7 * 86_400 - 60);
    expect(await order()).toEqual({ kind: 'address-changed' });
    await advanceClock(opened.database.db, 61);
    expect(await order()).toMatchObject({ kind: 'ordered', order: { address: away } });
  });

  test('X76 only the holder orders: for a proxy, a user, a stranger there is nothing', async () => {
    const line = await held();
    const other = await held();
    await world.spare();
    const { db } = opened.database;
    for (const relation of ['proxy', 'user'] as const) {
      const since = new Date();
      await db.deleteFrom('accountContracts').where('accountId', '=', other.accountId).execute();
      await db
        .insertInto('accountContracts')
        .values({ accountId: other.accountId, contractId: line.contractId, relation, since })
        .execute();
      expect(await desk.order(callerOf(other), wishOf(line))).toEqual({ kind: 'not-found' });
      expect(await desk.list(callerOf(other), line.lineId)).toBeUndefined();
    }
    const { id } = await ordered(line);
    expect(await desk.cancel(callerOf(other), line.lineId, id)).toEqual({ kind: 'not-found' });
    expect(await desk.find({ ...callerOf(line), brand: 'ile' }, line.lineId, id)).toBeUndefined();
  });

  test('B33 of twenty orders at once one is made, whatever the keys; the same key finds it again', async () => {
    for (const keyOf of [() => 'same', (n: number) => `key-${n}`]) {
      const line = await held();
      await world.spare();
      const outcomes = await Promise.all(
        twenty.map((n) => desk.order(callerOf(line), wishOf(line, { idempotencyKey: keyOf(n) }))),
      );
      const ids = outcomes.flatMap((one) => (one.kind === 'ordered' ? [one.order.id] : []));
      expect(new Set(ids).size).toBe(1);
      expect(outcomes.filter(({ kind }) => kind !== 'ordered' && kind !== 'order-open')).toEqual([]);
      expect(ids).toHaveLength(keyOf(0) === keyOf(1) ? 20 : 1);
      expect(await desk.list(callerOf(line), line.lineId)).toHaveLength(1);
    }
  });

  test('B33 the database itself holds one open order for a line', async () => {
    const line = await held();
    const { id } = await ordered(line);
    const copy = sql`insert into orders (id, brand, account_id, contract_id, line_id, type, items, state,
      idempotency_key, created_at) select 'ord_second', brand, account_id, contract_id, line_id, type, items, 'created',
      'second', created_at from orders where id = ${id}`;
    await expect(copy.execute(opened.database.db)).rejects.toMatchObject({ code: '23505' });
    expect(await desk.order(callerOf(line), wishOf(line))).toEqual({ kind: 'order-open' });
  });

  test('a key of another line’s order is refused, and an empty stock is said', async () => {
    const [one, other] = [await held(), await held()];
    const { db } = opened.database;
    await db
      .updateTable('contracts')
      .set({ address: JSON.stringify(home) })
      .execute();
    await ordered(one, { idempotencyKey: 'k1' });
    await db
      .updateTable('accountContracts')
      .set({ accountId: one.accountId })
      .where('contractId', '=', other.contractId)
      .execute();
    const again = wishOf(other, { idempotencyKey: 'k1' });
    expect(await desk.order(callerOf(one), again)).toEqual({ kind: 'key-reused' });
    await db.updateTable('sims').set({ state: 'cancelled' }).where('state', '=', 'stock').execute();
    expect(await desk.order(callerOf(one), wishOf(other))).toEqual({ kind: 'no-sim' });
  });

  test('b10 X54 a cancelled order frees the line; its number is accepted no more', async () => {
    const line = await held();
    const { id, simId, serial13 } = await ordered(line);
    await shipSim(world.deps, { lineId: line.lineId, by });
    const cancelled = await desk.cancel(callerOf(line), line.lineId, id);
    expect(cancelled).toMatchObject({ kind: 'cancelled', order: { state: 'cancelled', mayCancel: false } });
    expect(await desk.cancel(callerOf(line), line.lineId, id)).toMatchObject({ kind: 'cancelled' });
    expect(await world.simState(simId)).toBe('cancelled');
    expect(await activate(line, serial13)).toEqual({ kind: 'invalid' });
    expect(world.mails.map(({ state }) => state)).toEqual(['created', 'cancelled']);
    await ordered(line);
  });

  test('b10 of cancelling and activating at once one wins, and order and SIM agree', async () => {
    for (const round of [1, 2, 3]) {
      const line = await held();
      const { id, simId, serial13 } = await ordered(line);
      await shipSim(world.deps, { lineId: line.lineId, by });
      const cancelling = () => desk.cancel(callerOf(line), line.lineId, id);
      const activating = () => activate(line, serial13);
      const outcomes = await Promise.all(
        twenty.map((n): Promise<{ kind: string }> => ((n + round) % 2 ? cancelling() : activating())),
      );
      const kinds = new Set(outcomes.map(({ kind }) => kind));
      const won = (await world.simState(simId)) === 'active';
      expect(kinds).toEqual(new Set(won ? ['activated', 'too-late'] : ['cancelled', 'invalid']));
      expect(await stateOf(line, id)).toBe(won ? 'activated' : 'cancelled');
    }
  });

  test('b5 b10 of shipping and cancelling at once each is in time or too late, and both end cancelled', async () => {
    const line = await held();
    const { id, simId } = await ordered(line);
    const shipping = () => shipSim(world.deps, { lineId: line.lineId, by });
    const cancelling = () => desk.cancel(callerOf(line), line.lineId, id);
    const outcomes = await Promise.all(
      twenty.map((n): Promise<{ kind: string }> => (n % 2 ? cancelling() : shipping())),
    );
    expect(outcomes.filter(({ kind }) => kind === 'done').length).toBeLessThanOrEqual(1);
    expect([await stateOf(line, id), await world.simState(simId)]).toEqual(['cancelled', 'cancelled']);
  });

  test('b13 of ordering and terminating at once nothing is left open', async () => {
    const line = await held();
    const spare = await world.spare();
    await Promise.all([
      desk.order(callerOf(line), wishOf(line)),
      terminateLine(world.deps, { lineId: line.lineId, by }),
      desk.order(callerOf(line), wishOf(line)),
    ]);
    const { db } = opened.database;
    const orders = await db.selectFrom('orders').select('state').where('lineId', '=', line.lineId).execute();
    expect(orders.filter(({ state }) => state !== 'cancelled')).toEqual([]);
    expect(['stock', 'cancelled']).toContain(await world.simState(spare.id));
  });

  test('b13 the end of the line cancels what is on its way, and what the network was to take', async () => {
    world.networkTakes('later');
    const line = await held();
    const { id, simId, serial13 } = await ordered(line);
    await shipSim(world.deps, { lineId: line.lineId, by });
    expect(await activate(line, serial13)).toEqual({ kind: 'activating', simId });
    await terminateLine(world.deps, { lineId: line.lineId, by });
    expect(await world.simState(simId)).toBe('cancelled');
    const { db } = opened.database;
    const order = await db.selectFrom('orders').select('state').where('id', '=', id).executeTakeFirst();
    expect(order?.state).toBe('cancelled');
    expect(await confirmActivation(world.deps, { lineId: line.lineId, by })).toBe(false);
  });

  test('b9 the network does not take the SIM: nothing is swapped, and the next try may be', async () => {
    const line = await held();
    const { id, simId, serial13 } = await ordered(line);
    await shipSim(world.deps, { lineId: line.lineId, by });
    world.networkTakes('fails');
    world.told.length = 0;
    expect(await activate(line, serial13)).toEqual({ kind: 'failed', simId });
    expect(await world.state(line.lineId)).toEqual({
      ...{ line: 'active', sim: line.simId, simState: 'active', enrolment: 'ACTIVE' },
    });
    expect([await world.simState(simId), await stateOf(line, id)]).toEqual(['delivered', 'delivered']);
    expect(world.told.map(({ kind }) => kind)).toEqual(['simChanging', 'simNotActivated']);
    world.networkTakes('at-once');
    expect(await activate(line, serial13)).toMatchObject({ kind: 'activated', again: false });
  });

  test('b7 b8 a network that answers later: activating until then, cancelled by nobody, confirmed once', async () => {
    const line = await held();
    const { id, simId, serial13 } = await ordered(line);
    await shipSim(world.deps, { lineId: line.lineId, by });
    world.networkTakes('later');
    expect(await activate(line, serial13)).toEqual({ kind: 'activating', simId });
    expect(await activate(line, serial13)).toEqual({ kind: 'activating', simId });
    expect(await world.state(line.lineId)).toMatchObject({ sim: line.simId, enrolment: 'ACTIVE' });
    expect(await desk.cancel(callerOf(line), line.lineId, id)).toEqual({ kind: 'too-late' });
    const { lineId } = line;
    const ends = await Promise.all(
      twenty.map((n) => (n % 2 ? confirmActivation : failActivation)(world.deps, { lineId, by })),
    );
    expect(ends.filter(Boolean)).toHaveLength(1);
    const taken = (await world.simState(simId)) === 'active';
    expect(await stateOf(line, id)).toBe(taken ? 'activated' : 'delivered');
  });

  test('B35 staff move an order by its SIM, and to no state that a SIM does not have', async () => {
    const line = await held();
    const { id, simId } = await ordered(line);
    const move = async (to: 'confirmed' | 'shipped' | 'delivered' | 'done') =>
      (await moveOrderByStaff(world.moving, { id, to })).kind;
    expect([await move('confirmed'), await move('delivered')]).toEqual(['refused', 'refused']);
    expect([await move('shipped'), await world.simState(simId)]).toEqual(['moved', 'shipped']);
    expect([await move('shipped'), await move('delivered'), await move('done')]).toEqual([
      'refused',
      'moved',
      'refused',
    ]);
    expect(await world.simState(simId)).toBe('delivered');
  });

  test('B35 the post of the sandbox ships and delivers by the domain clock, once; 0 leaves it to staff', async () => {
    const line = await held();
    const { id } = await ordered(line);
    const post = (toShip: number, toDeliver: number) => moveDueSimOrders(world.moving, { toShip, toDeliver });
    await advanceClock(opened.database.db, 119);
    await post(2, 3);
    expect(await stateOf(line, id)).toBe('ordered');
    await advanceClock(opened.database.db, 2);
    await post(0, 0);
    expect(await stateOf(line, id)).toBe('ordered');
    await Promise.all([post(2, 3), post(2, 3), post(2, 3)]);
    expect(await stateOf(line, id)).toBe('shipped');
    await advanceClock(opened.database.db, 180);
    await Promise.all([post(2, 3), post(2, 3)]);
    expect(await stateOf(line, id)).toBe('delivered');
    await post(2, 3);
    expect(await stateOf(line, id)).toBe('delivered');
  });

  test('b4 a SIM that staff reserved without an order is one too many, and goes its way without one', async () => {
    const line = await held();
    await world.spare();
    await reserveSim(world.deps, { lineId: line.lineId, by });
    expect(await desk.order(callerOf(line), wishOf(line))).toEqual({ kind: 'order-open' });
    expect(await shipSim(world.deps, { lineId: line.lineId, by })).toMatchObject({ kind: 'done' });
    expect(await desk.list(callerOf(line), line.lineId)).toEqual([]);
  });

  test('B38 b12 the network sees the SIM in another phone: model and a masked number, told in the journal once', async () => {
    const line = await held();
    const { database } = opened;
    const see = (imei: string, model = 'Exemple One') =>
      seeHandset({ database, audit: world.deps.audit }, { msisdn: line.msisdn, imei, model });
    expect(await see('352099001761481')).toBe('changed');
    expect(await see('352099001761481')).toBe('same');
    expect(await findHandset(database.db, line.lineId)).toMatchObject({
      ...{ model: 'Exemple One', imeiMasked: '35209900*****81' },
    });
    expect(await see('490154203237518', 'Exemple Two')).toBe('changed');
    expect((await world.audited(line.lineId)).filter((action) => action === 'line.handset_changed')).toHaveLength(2);
    expect(await world.state(line.lineId)).toMatchObject({ sim: line.simId, enrolment: 'ACTIVE' });
    const nobody = { msisdn: '+33639989999' as typeof line.msisdn, imei: '490154203237518', model: 'x' };
    expect(await seeHandset({ database, audit: world.deps.audit }, nobody)).toBe('not-found');
    const { rows } = await sql<{ all: string }>`
      select to_jsonb(h)::text || (select string_agg(details::text, '') from audit_events) as all
      from line_handsets h`.execute(database.db);
    expect(rows.map(({ all }) => all).join()).not.toMatch(/490154203237518|352099001761481/);
    expect(maskImei('490154203237518')).toBe('49015420*****18');
  });
});
