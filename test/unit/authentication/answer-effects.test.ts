// What follows from a proved answer: the lock and its end, the mute, the trust in a browser, the customer's messages.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SimAnswers } from '../../../src/authentication/sim-answers.ts';
import { sourceOf } from '../../../src/authentication/sim-push.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { isMuted, rememberDevice } from '../../../src/storage/push-sources.ts';
import { knowsDevice } from '../../storage/rows.ts';
import { aPush, type Customer, openSimWorld, ring, type SimWorld } from './sim-world.ts';
import type { Said } from './small-card.ts';

let world: SimWorld;
let answers: SimAnswers;

beforeAll(async () => {
  world = await openSimWorld();
  answers = world.answersWith();
});
afterAll(() => world.close());
afterEach(() => {
  world.facts.length = 0;
  world.notices.length = 0;
});

async function reply(customer: Customer, said: Said = {}): Promise<void> {
  await answers.receive({ source: customer.msisdn.slice(1), body: customer.card.reply(said) });
  await answers.settle();
}
const noticesNamed = (name: string) => world.notices.filter((notice) => notice.name === name);
const lastFlags = (customer: Customer) => customer.card.latest().data[2]!;
const restoreTries = 0x10;

describe('a blocked PIN', () => {
  test('locks the service for 24 hours from its arrival, is told once, and leaves the customer a number', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await reply(customer, { result: 0x04 });
    const { receivedAt } = await world.attempt(attempt.id);
    const { lockedUntil, id } = await world.enrolment(customer);
    expect(lockedUntil!.getTime() - receivedAt!.getTime()).toBe(86_400_000);
    const { line, sim } = await world.line(customer);
    expect(sim).toMatchObject({ adminNumber: 1 });
    expect(noticesNamed('serviceLocked').map(({ about }) => about)).toEqual([
      { lineId: line.id, enrolmentId: id, until: lockedUntil, eventId: `locked:${attempt.id}` },
    ]);
    expect(world.facts.filter(({ action }) => action === 'service.locked')).toMatchObject([{ object: id }]);
  });

  test('cancels whatever else is pending on that SIM (X44)', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    const target = await world.line(customer);
    const { attempt: second } = await world.database.transaction((tx) =>
      world.pushWith().start(tx, aPush(world, target, { slot: Buffer.from(`second ${customer.iccid}`) })),
    );
    expect(second.simId).toBe(attempt.simId);
    await reply(customer, { result: 0x04 });
    expect(await world.attempt(second.id)).toMatchObject({ state: 'cancelled' });
  });

  test('said twice at once locks once, with one end and one message (X31)', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    const bodies = [1, 2].map(() => customer.card.reply({ result: 0x04 }));
    await Promise.all(bodies.map((body) => answers.receive({ source: customer.msisdn.slice(1), body })));
    await answers.settle();
    expect(noticesNamed('serviceLocked')).toHaveLength(1);
    expect((await world.line(customer)).sim).toMatchObject({ adminNumber: 1 });
  });

  test('is not rung until the lock has ended, and then with the order to restore the tries (X35, a16)', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await reply(customer, { result: 0x04 });
    expect(await ring(world, customer)).toMatchObject({ simId: null });
    await advanceClock(world.database.db, 86_400);
    const attempt = await ring(world, customer);
    expect(attempt).toMatchObject({ adminNumber: 1 });
    expect(lastFlags(customer) & restoreTries).toBe(restoreTries);
    await reply(customer, { triesLeft: 3 });
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
    expect(await world.enrolment(customer)).toMatchObject({ triesLeft: 3 });
    await ring(world, customer);
    expect(lastFlags(customer) & restoreTries).toBe(0);
  });

  test('keeps one administrative number until an answer shows tries left', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await reply(customer, { result: 0x04 });
    await advanceClock(world.database.db, 86_400);
    expect(await ring(world, customer)).toMatchObject({ adminNumber: 1 });
    await advanceClock(world.database.db, 1_000);
    expect(await ring(world, customer)).toMatchObject({ adminNumber: 1 });
    await reply(customer, { result: 0x04 });
    expect((await world.line(customer)).sim).toMatchObject({ adminNumber: 2 });
    expect(noticesNamed('serviceLocked')).toHaveLength(2);
  });
});

describe('"it was not me"', () => {
  test('mutes the source for this number for an hour and tells the customer and the journal', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await reply(customer, { result: 0x03 });
    const { line, enrolment } = await world.line(customer);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'fraud' });
    expect(noticesNamed('fraudReported').map(({ about }) => about)).toEqual([
      { lineId: line.id, enrolmentId: enrolment!.id, clientName: 'Portal', eventId: `fraud:${attempt.id}` },
    ]);
    expect(world.facts.filter(({ action }) => action === 'fraud.reported')).toMatchObject([{ object: attempt.id }]);
    expect(await ring(world, customer)).toMatchObject({ simId: null });
    await advanceClock(world.database.db, 3_600);
    expect(await ring(world, customer)).toMatchObject({ simId: attempt.simId });
  });

  test('leaves every other source and every other number free', async () => {
    const [customer, neighbour] = [await world.customer(), await world.customer()];
    await ring(world, customer);
    await reply(customer, { result: 0x03 });
    const elsewhere = sourceOf(world.masterKey, 'portal', '198.51.100.0/24');
    expect((await ring(world, customer, { source: elsewhere })).simId).not.toBeNull();
    expect((await ring(world, neighbour)).simId).not.toBeNull();
  });

  test('takes back the trust in the browser that asked, and mutes where it asked from (decision 9)', async () => {
    const customer = await world.customer();
    const device = world.masterKey.index('device', 'a stolen laptop');
    const first = await ring(world, customer, { device });
    await reply(customer);
    expect(await knowsDevice(world.database.db, first.slot, device)).toBe(true);
    const second = await ring(world, customer, { device });
    expect(second).toMatchObject({ fromKnownDevice: true });
    await reply(customer, { result: 0x03 });
    expect(await knowsDevice(world.database.db, first.slot, device)).toBe(false);
    const source = aPush(world, undefined).source;
    expect(await isMuted(world.database.db, first.slot, source)).toBe(true);
    expect(await ring(world, customer, { device })).toMatchObject({ simId: null, fromKnownDevice: false });
    expect(await ring(world, customer)).toMatchObject({ simId: null });
  });
});

describe('an approval', () => {
  test('makes the browser known to this number', async () => {
    const customer = await world.customer();
    const device = world.masterKey.index('device', 'a browser');
    const attempt = await ring(world, customer, { device });
    expect(attempt).toMatchObject({ fromKnownDevice: false });
    await reply(customer);
    expect(await knowsDevice(world.database.db, attempt.slot, device)).toBe(true);
  });

  test('after one wrong PIN is nothing to tell, after two it is (decision 6)', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await reply(customer, { wrongPins: 1 });
    expect(world.notices).toEqual([]);
    const attempt = await ring(world, customer);
    await reply(customer, { wrongPins: 2 });
    const { line } = await world.line(customer);
    expect(noticesNamed('wrongPins').map(({ about }) => about)).toEqual([
      { lineId: line.id, count: 2, clientName: 'Portal', eventId: `wrong-pins:${attempt.id}` },
    ]);
  });

  test('that came too late makes no browser known and tells nothing', async () => {
    const customer = await world.customer();
    const device = world.masterKey.index('device', 'a slow browser');
    const attempt = await ring(world, customer, { device });
    await advanceClock(world.database.db, 120);
    await reply(customer, { wrongPins: 2 });
    expect(await knowsDevice(world.database.db, attempt.slot, device)).toBe(false);
    expect(world.notices).toEqual([]);
  });
});

describe('the numbers that answer by themselves (decision 55)', () => {
  test('are never locked, muted or written to, however they answer', async () => {
    const customer = await world.customer({ selfAnswering: true });
    for (const result of [0x04, 0x03, 0x04, 0x03]) {
      const attempt = await ring(world, customer);
      expect(attempt.simId).not.toBeNull();
      expect(attempt.confirmation).toBe('compare');
      await reply(customer, { result });
    }
    expect(await world.enrolment(customer)).toMatchObject({ lockedUntil: null });
    expect(world.notices).toEqual([]);
  });

  test('approve like everybody else', async () => {
    const customer = await world.customer({ selfAnswering: true });
    const attempt = await ring(world, customer);
    await reply(customer);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
  });
});

describe('an answer to a cancel request', () => {
  test('ends that request and nothing else', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    const sent = await world.attempt(attempt.id);
    const goodbye = await world.database.transaction((tx) => world.pushWith().cancel(tx, sent));
    await world.sender.send(goodbye!.id);
    customer.card.receive([world.wire.submitted.at(-1)!.body]);
    await reply(customer);
    expect(await world.attempt(goodbye!.id)).toMatchObject({ state: 'approved', purpose: 'cancel' });
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'cancelled' });
    expect((await world.enrolment(customer)).lastUsedAt).toBeNull();
    expect(world.facts).toEqual([]);
  });
});

test('a browser that another number approved is not known to this one', async () => {
  const customer = await world.customer();
  const device = world.masterKey.index('device', 'somebody else');
  await world.database.transaction((tx) => rememberDevice(tx, Buffer.from('another slot'), device));
  expect(await ring(world, customer, { device })).toMatchObject({ fromKnownDevice: false });
});
