// The lock and the mute on both engines: one effect for answers that come together, their ends, and what they cancel.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { effectiveState } from '../../../src/authentication/policies.ts';
import type { SimAnswers } from '../../../src/authentication/sim-answers.ts';
import { sourceOf } from '../../../src/authentication/sim-push.ts';
import { finishAttempt } from '../../../src/storage/attempts.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { isMuted } from '../../../src/storage/push-sources.ts';
import { engines } from '../../support/databases.ts';
import { aPush, type Customer, openSimWorld, ring, type SimWorld } from './sim-world.ts';
import type { Said } from './small-card.ts';

describe.each(engines)('on %s', (engine) => {
  let world: SimWorld;
  let answers: SimAnswers;

  beforeAll(async () => {
    world = await openSimWorld({ engine });
    answers = world.answersWith();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    world.facts.length = 0;
    world.notices.length = 0;
  });

  const receive = (customer: Customer, body: Buffer, by = answers) =>
    by.receive({ source: customer.msisdn.slice(1), body });
  const reply = async (customer: Customer, said: Said): Promise<void> => {
    await receive(customer, customer.card.reply(said));
    await answers.settle();
  };
  const told = (name: string) => world.notices.filter((notice) => notice.name === name);

  test('two third wrong PINs at once, on two nodes: one lock, one end of it, one message (X31, A49)', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    const bodies = [1, 2, 3, 4].map(() => customer.card.reply({ result: 0x04 }));
    const nodes = [world.answersWith(), world.answersWith()];
    await Promise.all(bodies.map((body, index) => receive(customer, body, nodes[index % 2])));
    await Promise.all(nodes.map((node) => node.settle()));
    expect(told('serviceLocked')).toHaveLength(1);
    expect(world.facts.filter(({ action }) => action === 'service.locked')).toHaveLength(1);
    const { lockedUntil } = await world.enrolment(customer);
    expect(told('serviceLocked')[0]?.about['until']).toEqual(lockedUntil);
    expect((await world.line(customer)).sim).toMatchObject({ adminNumber: 1 });
  });

  test('right and wrong together: the request ends once, and a lock that came with it stays (X32, X44)', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    const bodies = [customer.card.reply({ triesLeft: 1 }), customer.card.reply({ result: 0x04 })];
    await Promise.all(bodies.map((body) => receive(customer, body)));
    await answers.settle();
    const { state } = await world.attempt(attempt.id);
    expect(['approved', 'blocked']).toContain(state);
    expect((await world.enrolment(customer)).lockedUntil).not.toBeNull();
    expect(await ring(world, customer)).toMatchObject({ simId: null });
  });

  test('an approval, then a refusal: the first end is the one that everybody sees, and it is handed over once (X23)', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await reply(customer, {});
    await reply(customer, { result: 0x01 });
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved', result: 'approved' });
    const finish = () => world.database.transaction((tx) => finishAttempt(tx, attempt.id, 60));
    const handed = await Promise.all([finish(), finish(), finish()]);
    expect(handed.filter((one) => one !== undefined)).toHaveLength(1);
  });

  test('a request that is pending when the lock comes is cancelled with it (X44)', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    const target = await world.line(customer);
    const { attempt } = await world.database.transaction((tx) =>
      world.pushWith().start(tx, aPush(world, target, { slot: Buffer.from(randomUUID()) })),
    );
    await reply(customer, { result: 0x04 });
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'cancelled' });
  });

  test('one millisecond before 24 h the lock holds, at 24 h it is over, also for another node (X35, A51)', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await reply(customer, { result: 0x04 });
    const { id, lockedUntil } = await world.enrolment(customer);
    const stateAt = async (at: Date) => {
      return effectiveState(await world.line(customer), { mobileConnectEnabled: true, testSimsAllowed: true }, at);
    };
    const end = lockedUntil?.getTime() ?? 0;
    expect(await stateAt(new Date(end - 1))).toBe('LOCKED');
    expect(await stateAt(new Date(end))).toBe('ACTIVE');
    expect((await world.enrolment(customer)).id).toBe(id);
  });

  test('refused twice from one place, that place is silent for an hour on this line, told once (X14)', async () => {
    const customer = await world.customer();
    const { line } = await world.line(customer);
    const source = sourceOf(world.masterKey, 'portal', '192.0.2.0/24');
    const { slot, id: first } = await ring(world, customer);
    await reply(customer, { result: 0x01 });
    expect([first, await isMuted(world.database.db, slot, source)]).toEqual([first, false]);
    const second = await ring(world, customer);
    await reply(customer, { result: 0x01 });
    expect(await isMuted(world.database.db, slot, source)).toBe(true);
    expect(told('requestsMuted').map(({ about }) => about)).toEqual([
      { lineId: line.id, clientName: 'Portal', until: expect.any(Date), eventId: `muted:${second.id}` },
    ]);
    expect(await ring(world, customer)).toMatchObject({ simId: null });
    const elsewhere = sourceOf(world.masterKey, 'portal', '198.51.100.0/24');
    expect(await isMuted(world.database.db, slot, elsewhere)).toBe(false);
    expect(world.facts.filter(({ action }) => action === 'source.muted')).toHaveLength(1);
    await advanceClock(world.database.db, 3_601);
    expect((await ring(world, customer)).simId).not.toBeNull();
  });

  test('a refusal long ago, a typed code that was wrong, or another place do not silence anybody (X14)', async () => {
    const customer = await world.customer();
    const { slot } = await ring(world, customer);
    await reply(customer, { result: 0x01 });
    await advanceClock(world.database.db, 16 * 60);
    await ring(world, customer);
    await reply(customer, { result: 0x01 });
    await ring(world, customer, { source: sourceOf(world.masterKey, 'portal', '198.51.100.0/24') });
    await reply(customer, { result: 0x01 });
    await ring(world, customer);
    await reply(customer, { result: 0x0c });
    expect(await isMuted(world.database.db, slot, sourceOf(world.masterKey, 'portal', '192.0.2.0/24'))).toBe(false);
    expect(told('requestsMuted')).toEqual([]);
  });
});
