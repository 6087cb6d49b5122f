// Sending: one sender at a time, in order on one number, never late, and swept up after a death in between.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSimSender } from '../../../src/authentication/sim-sender.ts';
import type { AttemptRow } from '../../../src/storage/attempt-tables.ts';
import { readAppNow } from '../../../src/storage/database.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { aPush, type Customer, deliver, endLease, openSimWorld, ScriptedWire, type SimWorld } from './sim-world.ts';

let world: SimWorld;
const sendRules = { leaseSeconds: 10, maxSends: 3, leastLifeSeconds: 15 };

beforeAll(async () => {
  world = await openSimWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.wire.bound = true;
  world.wire.outcomes.length = 0;
  world.logged.length = 0;
});

/** An attempt that is committed and not sent. */
async function written(
  customer: Customer,
  changes: { clientName?: string; ttlSeconds?: number } = {},
): Promise<AttemptRow> {
  const { clientName = 'Portal', ttlSeconds = 120 } = changes;
  const target = await world.line(customer);
  const push = world.pushWith({ ttlSeconds });
  const client = { id: 'portal', name: clientName, confirmation: undefined };
  return (await world.database.transaction((tx) => push.start(tx, aPush(world, target, { client })))).attempt;
}
const send = (customer: Customer, { id }: AttemptRow) => deliver(world, world.sender, { customer, attemptId: id });
const sentTo = (customer: Customer) => world.wire.sentTo(customer.msisdn);

describe('a request on the wire', () => {
  test('is an SMS to the SIM itself, valid as long as anybody can answer it (sim-channel 1.6)', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    await send(customer, attempt);
    const [submission] = sentTo(customer);
    expect(submission).toMatchObject({
      destination: customer.msisdn,
      esmClass: 0x40,
      protocolId: 0x7f,
      dataCoding: 0xf6,
      registeredDelivery: 1,
    });
    expect(submission!.validitySeconds).toBeGreaterThan(110);
    expect(submission!.validitySeconds).toBeLessThanOrEqual(120);
    expect(submission!.body.length).toBeLessThanOrEqual(140);
    const { sentAt, progress, sends } = await world.attempt(attempt.id);
    expect({ isSent: sentAt !== null, progress, sends }).toEqual({ isSent: true, progress: 'sent', sends: 1 });
  });

  test('of twenty senders at once is written by one', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    await Promise.all(Array.from({ length: 20 }, () => world.sender.send(attempt.id)));
    expect(sentTo(customer)).toHaveLength(1);
  });

  test('that is sent already is not sent again', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    await send(customer, attempt);
    await endLease(world, attempt.id);
    await send(customer, attempt);
    expect(sentTo(customer)).toHaveLength(1);
  });

  test('for a number of nobody never is one', async () => {
    const before = world.wire.submitted.length;
    const { attempt } = await world.database.transaction((tx) => world.pushWith().start(tx, aPush(world, undefined)));
    await world.sender.send(attempt.id);
    await world.sender.send('att_none');
    expect(world.wire.submitted).toHaveLength(before);
  });

  test('is not begun with under 15 s to live', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    await advanceClock(world.database.db, 106);
    await send(customer, attempt);
    expect(sentTo(customer)).toEqual([]);
  });
});

describe('when the SMSC', () => {
  test('cannot be reached, the request waits and is sent once it can', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    world.wire.bound = false;
    await send(customer, attempt);
    await world.sender.sweep();
    expect(await world.attempt(attempt.id)).toMatchObject({ sends: 0, packetCounter: null });
    world.wire.bound = true;
    await world.sender.sweep();
    expect(sentTo(customer)).toHaveLength(1);
  });

  test.each([{ kind: 'unreachable' } as const, { kind: 'unknown' } as const])(
    'answers $kind, the same request goes out again two seconds later under a new counter',
    async (outcome) => {
      const customer = await world.customer();
      const attempt = await written(customer);
      world.wire.outcomes.push(outcome);
      await send(customer, attempt);
      expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending', sentAt: null });
      await send(customer, attempt);
      expect(sentTo(customer)).toHaveLength(1);
      await endLease(world, attempt.id);
      await send(customer, attempt);
      const [first, second] = customer.card.requests;
      expect([first!.counter, second!.counter]).toEqual([1, 2]);
      expect(second!.data).toEqual(first!.data);
      expect((await world.attempt(attempt.id)).sentAt).not.toBeNull();
    },
  );

  test('never takes it, it is offered three times and no more', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    for (let n = 0; n < 6; n++) {
      world.wire.outcomes.push({ kind: 'unknown' });
      await send(customer, attempt);
      await endLease(world, attempt.id);
    }
    expect(sentTo(customer)).toHaveLength(3);
    world.wire.outcomes.length = 0;
  });

  test('refuses it for good, the attempt has failed', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    world.wire.outcomes.push({ kind: 'refused', status: 0x0b });
    await send(customer, attempt);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'failed', sentAt: null });
    expect(world.logged.join('')).not.toContain(customer.msisdn.slice(1));
  });
});

describe('a node that dies', () => {
  test('between commit and send leaves a request that any other sends', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    await world.sender.sweep();
    expect(sentTo(customer)).toHaveLength(1);
    expect((await world.attempt(attempt.id)).sentAt).not.toBeNull();
  });

  test('in the middle of sending holds it no longer than its lease, and the next packet has a new counter', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    const dying = new ScriptedWire();
    dying.onSubmit = async () => {
      throw new Error('killed');
    };
    await createSimSender({ ...world, transport: dying, rules: sendRules }).send(attempt.id);
    await world.sender.sweep();
    expect(sentTo(customer)).toEqual([]);
    await endLease(world, attempt.id);
    await world.sender.sweep();
    customer.card.receive(sentTo(customer).map(({ body }) => body));
    expect(customer.card.latest().counter).toBe(2);
  });

  test('and is overtaken does not mark the packet of the other as its own', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    const slow = new ScriptedWire();
    slow.onSubmit = async () => {
      await endLease(world, attempt.id);
      world.wire.outcomes.push({ kind: 'unknown' });
      await world.sender.send(attempt.id);
    };
    await createSimSender({ ...world, transport: slow, rules: sendRules }).send(attempt.id);
    expect(await world.attempt(attempt.id)).toMatchObject({ packetCounter: 2, sentAt: null });
  });
});

describe('a request of two SMS', () => {
  const longName = 'Exemple Télécom, espace client et boutique en ligne des particuliers et des professionnels';

  test('leaves part by part and is one for the card', async () => {
    const customer = await world.customer();
    const attempt = await written(customer, { clientName: longName });
    await send(customer, attempt);
    expect(sentTo(customer)).toHaveLength(2);
    expect(customer.card.latest().data.subarray(5, 21)).toEqual(attempt.challenge);
  });

  test('whose lease has run out before a part is not written: another node sends both', async () => {
    const customer = await world.customer();
    const attempt = await written(customer, { clientName: longName });
    const slow = new ScriptedWire();
    const lateSender = createSimSender({ ...world, transport: slow, rules: { ...sendRules, leaseSeconds: 0 } });
    await lateSender.send(attempt.id);
    expect(slow.submitted).toHaveLength(0);
    expect((await world.attempt(attempt.id)).sentAt).toBeNull();
    await send(customer, attempt);
    expect(sentTo(customer)).toHaveLength(2);
  });

  test('that expires between its parts is not finished', async () => {
    const customer = await world.customer();
    const attempt = await written(customer, { clientName: longName });
    world.wire.onSubmit = async () => void (await advanceClock(world.database.db, 200));
    await world.sender.send(attempt.id);
    world.wire.onSubmit = async () => {};
    expect(sentTo(customer)).toHaveLength(1);
  });
});

describe('in turn', () => {
  test('what is meant for one number leaves in the order in which it was given, however slow the first', async () => {
    const customer = await world.customer();
    const first = await written(customer);
    await send(customer, first);
    const device = Buffer.from('a device');
    const push = world.pushWith();
    const target = await world.line(customer);
    await world.database.db.updateTable('attempts').set({ device }).where('id', '=', first.id).execute();
    const { attempt, goodbyes } = await world.database.transaction((tx) =>
      push.start(tx, aPush(world, target, { device })),
    );
    const wire = new ScriptedWire();
    let writtenMeanwhile = 0;
    const bothWritten = Promise.withResolvers<void>();
    wire.onSubmit = async () => {
      if (wire.submitted.length === 2) return bothWritten.resolve();
      // Time enough for the next one to overtake the goodbye, if it did not wait: the database serves them in turn.
      for (let n = 0; n < 40; n++) await readAppNow(world.database.db);
      writtenMeanwhile = wire.submitted.length;
    };
    const sender = createSimSender({ ...world, transport: wire, rules: sendRules });
    for (const one of [...goodbyes, attempt]) sender.sendInTurn(one);
    await bothWritten.promise;
    expect(writtenMeanwhile).toBe(1);
    for (const { body } of wire.submitted) customer.card.receive([body]);
    expect(customer.card.requests.map(({ data, counter }) => [data[1], counter])).toEqual([
      [0x02, 1],
      [0x08, 2],
      [0x02, 3],
    ]);
  });

  test('a sender never throws: what cannot be sent is logged and left to the sweeper', async () => {
    const customer = await world.customer();
    const attempt = await written(customer);
    const broken = createSimSender({
      ...world,
      keyring: { keysOf: async () => Promise.reject(new Error('no root')) },
      transport: world.wire,
      rules: sendRules,
    });
    await broken.send(attempt.id);
    expect(world.logged.join('')).toContain('a request could not be sent to its SIM');
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending', sentAt: null });
  });
});
