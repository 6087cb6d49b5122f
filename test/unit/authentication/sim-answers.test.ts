// What comes back from the SIMs: committed first, processed until it is done, dropped in silence when a check fails.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AnswerJudge } from '../../../src/authentication/answer-judge.ts';
import { createSimAnswers, type SimAnswers } from '../../../src/authentication/sim-answers.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { type Customer, deliver, endLease, openSimWorld, ring, type SimWorld } from './sim-world.ts';
import { strangeKeys } from './small-card.ts';

let world: SimWorld;
let answers: SimAnswers;

beforeAll(async () => {
  world = await openSimWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  answers = world.answersWith();
});
afterEach(() => {
  world.facts.length = 0;
  world.logged.length = 0;
});

async function deliverUp(source: string, body: Buffer, to: SimAnswers = answers): Promise<void> {
  await to.receive({ source, body });
  await to.settle();
}
const numberOf = (customer: Customer) => customer.msisdn.slice(1);
const drops = () => world.facts.map(({ action, details }) => `${action} ${details['reason']}`);
const messages = () => world.database.db.selectFrom('inboundMessages').selectAll().orderBy('id').execute();
const lastMessage = async () => (await messages()).at(-1)!;
const packetCounter = async (customer: Customer) => (await world.line(customer)).sim!.packetCounter;

describe('receiving', () => {
  test('keeps the message sealed before anybody is told, and notes what became of it', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    const body = customer.card.reply();
    await answers.receive({ source: numberOf(customer), body });
    const stored = await lastMessage();
    await answers.settle();
    expect(JSON.stringify(stored)).not.toContain(numberOf(customer));
    expect(stored.bodySealed).not.toContain(body.toString('base64url').slice(0, 20));
    expect(await lastMessage()).toMatchObject({ id: stored.id, state: 'done', outcome: 'handled' });
  });

  test('refuses to take a message that cannot be kept, so that the SMSC repeats it', async () => {
    const own = await openSimWorld();
    const broken = own.answersWith();
    await own.close();
    await expect(broken.receive({ source: '33639982001', body: Buffer.alloc(10) })).rejects.toThrow();
  });

  test('takes the number with and without its plus sign', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await deliverUp(customer.msisdn, customer.card.reply());
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
  });

  test.each([
    ['a number of nobody', '33639989998'],
    ['a short code', '12345'],
    ['letters', 'Exemple'],
    ['nothing', ''],
    ['five hundred digits', '3'.repeat(500)],
  ])('from %s drops what came', async (_what, source) => {
    const customer = await world.customer();
    await ring(world, customer);
    await deliverUp(source, customer.card.reply());
    expect(drops()).toEqual(['answer.dropped unknown-source']);
    expect(await lastMessage()).toMatchObject({ state: 'done', outcome: 'unknown-source' });
  });

  test.each([
    ['no octet', Buffer.alloc(0), 'packet-not-a-response'],
    ['140 zeros', Buffer.alloc(140), 'packet-not-a-response'],
    ['a text', Buffer.from('hello'), 'packet-not-a-response'],
    ['a packet that is cut short', Buffer.from('0271000004', 'hex'), 'packet-length'],
  ])('%s is dropped', async (_what, body, reason) => {
    const customer = await world.customer();
    await ring(world, customer);
    await deliverUp(numberOf(customer), body);
    expect(drops()).toEqual([`answer.dropped ${reason}`]);
  });

  test('every octet counts: a packet that was changed anywhere changes nothing (X17, X20)', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    const body = customer.card.reply();
    for (let at = 0; at < body.length; at += 7) {
      const changed = Buffer.from(body);
      changed[at] = changed[at]! ^ 0x01;
      await answers.receive({ source: numberOf(customer), body: changed });
    }
    await answers.settle();
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending', receivedAt: null });
    await deliverUp(numberOf(customer), body);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
  });

  test('a bare proof of receipt says nothing about its user', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await deliverUp(numberOf(customer), customer.card.seal(Buffer.alloc(0)));
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending' });
    expect(await lastMessage()).toMatchObject({ outcome: 'handled' });
    expect(world.facts).toEqual([]);
  });

  test('a packet with a right CC and no answer of any form in it is dropped', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await deliverUp(numberOf(customer), customer.card.seal(Buffer.alloc(27, 0x11)));
    expect(drops()).toEqual(['answer.dropped answer-length']);
  });
});

describe('whom to believe', () => {
  test('a test SIM is not believed outside the sandbox, a live one is (sim-channel 5.7)', async () => {
    const production = world.answersWith({ testSimsAllowed: false });
    const [played, live] = [await world.customer(), await world.customer({ origin: 'live' })];
    const [first, second] = [await ring(world, played), await ring(world, live)];
    await deliverUp(numberOf(played), played.card.reply(), production);
    await deliverUp(numberOf(live), live.card.reply(), production);
    expect(await world.attempt(first.id)).toMatchObject({ state: 'pending' });
    expect(await world.attempt(second.id)).toMatchObject({ state: 'approved' });
    expect(drops()).toContain('answer.dropped unknown-source');
  });

  test('the keys of a SIM that was replaced are not tried any more (X56)', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await world.database.db
      .updateTable('sims')
      .set({ state: 'terminated' })
      .where('iccid', '=', customer.iccid as never)
      .execute();
    await deliverUp(numberOf(customer), customer.card.reply());
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending' });
    expect(drops()).toEqual(['answer.dropped unknown-source']);
  });
});

describe('the status of a packet', () => {
  const status = (customer: Customer, rsc: number, counter?: number) =>
    deliverUp(
      numberOf(customer),
      customer.card.seal(Buffer.alloc(0), { rsc, ...(counter === undefined ? {} : { counter }) }),
    );

  test('02 to the latest packet jumps 65,536 ahead, and the same request is sent again under the new counter', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    expect(await packetCounter(customer)).toBe(1);
    await status(customer, 0x02);
    expect(await packetCounter(customer)).toBe(65_537);
    await deliver(world, world.sender, { customer, attemptId: attempt.id });
    const [first, second] = customer.card.requests;
    expect([first!.counter, second!.counter]).toEqual([1, 65_538]);
    expect(second!.data).toEqual(first!.data);
    await deliverUp(numberOf(customer), customer.card.reply());
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
  });

  test('02 that echoes another counter than the latest changes nothing', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await status(customer, 0x02, 0);
    await status(customer, 0x02, 2);
    expect(await packetCounter(customer)).toBe(1);
    expect((await world.attempt(attempt.id)).sentAt).not.toBeNull();
  });

  test('02 that comes a second time does not jump again', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await status(customer, 0x02);
    await status(customer, 0x02, 1);
    expect(await packetCounter(customer)).toBe(65_537);
  });

  test('02 under strange keys changes nothing', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await deliverUp(numberOf(customer), customer.card.seal(Buffer.alloc(0), { rsc: 0x02, keys: strangeKeys() }));
    expect(await packetCounter(customer)).toBe(1);
    expect(drops()).toEqual(['answer.dropped packet-integrity']);
  });

  test('02 for an attempt that has ended sends nothing again', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await world.database.transaction((tx) => world.pushWith().cancel(tx, attempt));
    await status(customer, 0x02);
    const sent = customer.card.requests.length;
    await endLease(world, attempt.id);
    await deliver(world, world.sender, { customer, attemptId: attempt.id });
    expect(customer.card.requests).toHaveLength(sent);
  });

  test('sends three times at most, however often the card says 02', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    for (let n = 0; n < 5; n++) {
      await status(customer, 0x02);
      await deliver(world, world.sender, { customer, attemptId: attempt.id });
    }
    expect(customer.card.requests).toHaveLength(3);
  });

  test.each([0x01, 0x04, 0x05, 0x06, 0x0a, 0x0b, 0xff])('%i is counted and changes nothing', async (rsc) => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await status(customer, rsc);
    expect(await packetCounter(customer)).toBe(1);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending' });
    expect(drops()).toEqual([`answer.dropped status-${rsc.toString(16).padStart(2, '0')}`]);
  });

  test('other than 00 is not an approval, whatever answer comes with it', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await deliverUp(numberOf(customer), customer.card.reply({}, { rsc: 0x01 }));
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending' });
  });
});

describe('a crash in between', () => {
  /** A judge that fails as often as it is told, and then does its work. */
  const failingAnswers = (failures: number): SimAnswers => {
    const { judge } = world.judgeWith();
    let left = failures;
    const failing: AnswerJudge = {
      dropped: judge.dropped,
      async judge(unproved) {
        if (left-- > 0) throw new Error('the database went away');
        return await judge.judge(unproved);
      },
    };
    return createSimAnswers({ ...world, judge: failing, testSimsAllowed: true });
  };

  test('leaves the message, which the next sweep processes', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer, { rules: { ttlSeconds: 600 } });
    const failing = failingAnswers(1);
    await deliverUp(numberOf(customer), customer.card.reply(), failing);
    expect(await lastMessage()).toMatchObject({ state: 'new', tries: 1 });
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending' });
    await failing.sweep();
    await failing.settle();
    expect(await lastMessage()).toMatchObject({ state: 'new' });
    await advanceClock(world.database.db, 6);
    await failing.sweep();
    await failing.settle();
    expect(await lastMessage()).toMatchObject({ state: 'done', outcome: 'handled' });
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
  });

  test('after the work and before its note is a duplicate the second time', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer, { rules: { ttlSeconds: 600 } });
    await deliverUp(numberOf(customer), customer.card.reply());
    const { id } = await lastMessage();
    await world.database.db.updateTable('inboundMessages').set({ state: 'new' }).where('id', '=', id).execute();
    await advanceClock(world.database.db, 6);
    await answers.sweep();
    await answers.settle();
    expect(await lastMessage()).toMatchObject({ state: 'done', outcome: 'duplicate' });
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
    expect(world.facts.filter(({ action }) => action === 'attempt.answered')).toHaveLength(1);
  });

  test('an answer is judged by the time of its arrival, not by that of its processing', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer, { rules: { ttlSeconds: 30 } });
    const failing = failingAnswers(1);
    await deliverUp(numberOf(customer), customer.card.reply(), failing);
    await advanceClock(world.database.db, 3_600);
    await failing.sweep();
    await failing.settle();
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
  });

  test('a message that fails ten times is left where it is, and tells no number in the log', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    const failing = failingAnswers(Number.POSITIVE_INFINITY);
    await deliverUp(numberOf(customer), customer.card.reply(), failing);
    await advanceClock(world.database.db, 6);
    for (let n = 0; n < 12; n++) {
      await failing.sweep();
      await failing.settle();
    }
    expect(await lastMessage()).toMatchObject({ state: 'new', tries: 10 });
    expect(world.logged.join('')).toContain('will be tried again');
    expect(world.logged.join('')).not.toContain(numberOf(customer));
  });
});
