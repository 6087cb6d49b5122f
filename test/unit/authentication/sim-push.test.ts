// Starting, repeating and cancelling requests: who is rung, who gets a decoy that looks the same, who gives way.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { referenceCodeOf, sourceOf } from '../../../src/authentication/sim-push.ts';
import { encodeAppletText } from '../../../src/messaging/applet-text.ts';
import type { AttemptRow } from '../../../src/storage/attempt-tables.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { muteSource, rememberDevice } from '../../../src/storage/push-sources.ts';
import { aPush, type Customer, deliver, openSimWorld, ring, type SimWorld } from './sim-world.ts';
import { codeOf } from './small-card.ts';

let world: SimWorld;

beforeAll(async () => {
  world = await openSimWorld();
});
afterAll(() => world.close());

type Changes = Parameters<typeof ring>[2];

const end = (attempt: AttemptRow, state: AttemptRow['state']) =>
  world.database.db.updateTable('attempts').set({ state }).where('id', '=', attempt.id).execute();
const aDevice = () => world.masterKey.index('device', randomBytes(8).toString('hex'));
const known = async (customer: Customer) => {
  const device = aDevice();
  const slot = aPush(world, await world.line(customer)).slot;
  await world.database.transaction((tx) => rememberDevice(tx, slot, device));
  return device;
};
/** A request that was left unanswered. */
async function unanswered(customer: Customer, changes: Changes = {}): Promise<AttemptRow> {
  const attempt = await ring(world, customer, changes);
  await end(attempt, 'expired');
  return attempt;
}
const isDecoy = (attempt: AttemptRow) => attempt.simId === null && attempt.lineId === null;

describe('a request', () => {
  test('shows the name, the sentence and the code that the page shows too, and asks for the PIN', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    const { data } = customer.card.latest();
    expect(data.subarray(0, 2)).toEqual(Buffer.of(0x12, 0x02));
    expect(data[2]).toBe(0x01 | 0x02);
    expect(data.readUInt16BE(3)).toBe(120);
    expect(data.subarray(5, 21)).toEqual(attempt.challenge);
    expect(codeOf(data)).toBe(referenceCodeOf(attempt));
    expect(attempt).toMatchObject({ confirmation: 'compare', level: 'sim-pin', state: 'pending', progress: 'queued' });
  });

  test('shows what is to be approved, and by whose request, beside its own code; its answer serves no other (A01)', async () => {
    const customer = await world.customer();
    const message = 'Pay 12.50 to the bakery?';
    const payment = await ring(world, customer, {
      client: { id: 'shop', name: 'The Shop', confirmation: undefined },
      message,
    });
    const { data } = customer.card.latest();
    for (const words of ['The Shop', message]) {
      const encoded = encodeAppletText(words);
      expect(encoded.kind === 'encoded' && data.includes(encoded.value)).toBe(true);
    }
    const answers = world.answersWith();
    await answers.receive({ source: customer.msisdn.slice(1), body: customer.card.reply() });
    await answers.settle();
    expect((await world.attempt(payment.id)).state).toBe('approved');
    const next = await ring(world, customer, { message: 'Pay 99.00 to somebody else?' });
    const { challenge } = payment;
    await answers.receive({ source: customer.msisdn.slice(1), body: customer.card.reply({ challenge }) });
    await answers.settle();
    expect((await world.attempt(next.id)).state).toBe('pending');
  });

  test('at the level sim-ok asks for OK, and its proof is a MAC', async () => {
    const customer = await world.customer();
    await ring(world, customer, { level: 'sim-ok' });
    const { data } = customer.card.latest();
    expect([data[0], data[2]]).toEqual([0x11, 0x02]);
  });

  test('whose code is to be typed does not show it on the phone (decision 8)', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer, { client: { id: 'shop', name: 'Shop', confirmation: 'type' } });
    expect(attempt.confirmation).toBe('type');
    expect(customer.card.latest().data[2]! & (0x02 | 0x20)).toBe(0x20);
  });

  test('is kept sealed, and no two have a challenge in common', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    const row = await world.attempt(attempt.id);
    expect(row.requestData).toMatch(/^v[0-9a-f]{8}\./);
    await end(attempt, 'approved');
    expect((await ring(world, customer)).challenge).not.toEqual(attempt.challenge);
  });
});

describe('who is not rung', () => {
  const cases: [string, (customer: Customer) => Promise<unknown>][] = [
    ['a locked service', (customer) => change(customer, { lockedUntil: new Date('2040-01-01') })],
    ['a new SIM that is on hold', (customer) => change(customer, { holdUntil: new Date('2040-01-01') })],
    ['a card that seems to exist twice', (customer) => change(customer, { suspendedByFork: true })],
    ['a line that waits for its PIN', (customer) => change(customer, { baseState: 'AWAITING_PIN' })],
    ['a suspended line', suspend],
  ];
  const change = async (customer: Customer, set: object) =>
    world.database.db
      .updateTable('enrolments')
      .set(set)
      .where('id', '=', (await world.enrolment(customer)).id)
      .execute();
  async function suspend(customer: Customer) {
    const set = { status: 'suspended' as const };
    return await world.database.db.updateTable('lines').set(set).where('msisdn', '=', customer.msisdn).execute();
  }

  test.each(cases)('%s gets a decoy: the same row without a SIM (decision 18)', async (_what, prepare) => {
    const customer = await world.customer();
    await prepare(customer);
    const attempt = await ring(world, customer);
    expect(isDecoy(attempt)).toBe(true);
    expect(world.wire.sentTo(customer.msisdn)).toEqual([]);
    expect(attempt).toMatchObject({ state: 'pending', holdsSlot: true, confirmation: 'compare', sends: 0 });
    expect(attempt.requestData).toMatch(/^v/);
    expect(referenceCodeOf(attempt)).toMatch(/^\d{4}$/);
  });

  test('a number of nobody and one that was never enrolled get one too', async () => {
    const nobody = await world.database.transaction((tx) => world.pushWith().start(tx, aPush(world, undefined)));
    const inactive = await ring(world, await world.customer({ enrolled: false }));
    expect([isDecoy(nobody.attempt), isDecoy(inactive)]).toEqual([true, true]);
  });

  test('a test SIM outside the sandbox gets one, a live one is rung', async () => {
    const production = { testSimsAllowed: false };
    expect(isDecoy(await ring(world, await world.customer(), { rules: production }))).toBe(true);
    expect(isDecoy(await ring(world, await world.customer({ origin: 'live' }), { rules: production }))).toBe(false);
  });

  test('a decoy has the same columns filled as a request, but for those that name the SIM', async () => {
    const request = await ring(world, await world.customer());
    const decoy = await ring(world, await world.customer({ enrolled: false }));
    const filled = (row: AttemptRow) => Object.entries(row).flatMap(([name, value]) => (value === null ? [] : [name]));
    const ofSim = ['simId', 'enrolmentId', 'lineId'];
    expect(filled(decoy)).toEqual(filled(request).filter((name) => !ofSim.includes(name)));
    expect({ flags: decoy.flags, op: decoy.op, level: decoy.level }).toEqual({
      flags: request.flags,
      op: request.op,
      level: request.level,
    });
    expect(decoy.expiresAt.getTime() - decoy.createdAt.getTime()).toBe(
      request.expiresAt.getTime() - request.createdAt.getTime(),
    );
  });
});

describe('the budget', () => {
  test('after three unanswered requests of strangers the number is left in peace for 15 minutes (X13)', async () => {
    const customer = await world.customer();
    for (const address of ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24']) {
      const source = sourceOf(world.masterKey, 'portal', address);
      expect(isDecoy(await unanswered(customer, { source }))).toBe(false);
    }
    const decoy = await ring(world, customer);
    expect(isDecoy(decoy)).toBe(true);
    expect(decoy.confirmation).toBe('type');
    await end(decoy, 'expired');
    await advanceClock(world.database.db, 15 * 60);
    expect(isDecoy(await ring(world, customer))).toBe(false);
  });

  test('fifty requests ring three times (X13)', async () => {
    const customer = await world.customer();
    for (let n = 0; n < 50; n++) await unanswered(customer);
    expect(customer.card.requests).toHaveLength(3);
  });

  test('the browser of the owner still rings, on a budget of its own (decision 9)', async () => {
    const customer = await world.customer();
    const device = await known(customer);
    for (let n = 0; n < 4; n++) await unanswered(customer);
    const own: boolean[] = [];
    for (let n = 0; n < 4; n++) own.push(isDecoy(await unanswered(customer, { device })));
    expect(own).toEqual([false, false, false, true]);
  });

  test('an approval in between costs nothing', async () => {
    const customer = await world.customer();
    for (let n = 0; n < 5; n++) {
      const attempt = await ring(world, customer);
      expect(isDecoy(attempt)).toBe(false);
      await end(attempt, 'approved');
    }
  });

  test('after a request that nobody answered the code must be typed, also by the owner', async () => {
    const customer = await world.customer();
    const device = await known(customer);
    await unanswered(customer);
    const attempt = await ring(world, customer, { device });
    expect(attempt).toMatchObject({ confirmation: 'type', fromKnownDevice: true });
    await end(attempt, 'approved');
    await advanceClock(world.database.db, 15 * 60);
    expect(await ring(world, customer, { device })).toMatchObject({ confirmation: 'compare' });
  });

  test('a muted source gets decoys, the browser of the owner rings from there', async () => {
    const customer = await world.customer();
    const device = await known(customer);
    const { slot, source } = aPush(world, await world.line(customer));
    await world.database.transaction((tx) => muteSource(tx, { slot, source, minutes: 60 }));
    const decoy = await ring(world, customer);
    expect(isDecoy(decoy)).toBe(true);
    await end(decoy, 'expired');
    expect(isDecoy(await ring(world, customer, { device }))).toBe(false);
  });

  test('new browsers type the code when the operator wants that', async () => {
    const rules = { confirmNewBrowser: 'type' as const };
    const customer = await world.customer();
    expect(await ring(world, customer, { rules })).toMatchObject({ confirmation: 'type' });
  });
});

describe('two at once on one number', () => {
  test('the second is a decoy whose code must be typed, and the first goes on (X15)', async () => {
    const customer = await world.customer();
    const first = await ring(world, customer, { device: aDevice() });
    const second = await ring(world, customer, { device: aDevice() });
    expect(isDecoy(first)).toBe(false);
    expect(isDecoy(second)).toBe(true);
    expect(second).toMatchObject({ holdsSlot: false, confirmation: 'type', state: 'pending' });
    expect(customer.card.requests).toHaveLength(1);
    expect(await world.attempt(first.id)).toMatchObject({ state: 'pending' });
  });

  test('twenty at once ring once', async () => {
    const customer = await world.customer();
    const target = await world.line(customer);
    const push = world.pushWith();
    const started = await Promise.all(
      Array.from({ length: 20 }, () =>
        world.database.transaction((tx) => push.start(tx, aPush(world, target, { device: aDevice() }))),
      ),
    );
    expect(started.filter(({ attempt }) => !isDecoy(attempt))).toHaveLength(1);
    expect(started.filter(({ attempt }) => attempt.holdsSlot)).toHaveLength(1);
  });

  test('a stranger who rings nobody makes the second one a decoy too', async () => {
    const customer = await world.customer({ enrolled: false });
    expect(await ring(world, customer)).toMatchObject({ holdsSlot: true });
    expect(await ring(world, customer)).toMatchObject({ holdsSlot: false });
  });

  test('the browser of the owner takes the place of a stranger, whose screen goes first (decision 9)', async () => {
    const customer = await world.customer();
    const stranger = await ring(world, customer, { device: aDevice() });
    const device = await known(customer);
    const push = world.pushWith();
    const target = await world.line(customer);
    const { attempt, goodbyes } = await world.database.transaction((tx) =>
      push.start(tx, aPush(world, target, { device })),
    );
    expect(await world.attempt(stranger.id)).toMatchObject({ state: 'cancelled' });
    expect(isDecoy(attempt)).toBe(false);
    expect(goodbyes).toMatchObject([{ purpose: 'cancel', simId: stranger.simId, holdsSlot: false }]);
    for (const { id } of [...goodbyes, attempt]) {
      await deliver(world, world.sender, { customer, attemptId: id });
    }
    const [, goodbye, request] = customer.card.requests.map(({ data }) => data);
    expect(goodbye![1]).toBe(0x08);
    expect(goodbye!.subarray(21)).toEqual(Buffer.concat([Buffer.of(0xc7, 16), stranger.challenge]));
    expect(request!.subarray(5, 21)).toEqual(attempt.challenge);
  });

  test('a browser takes the place of its own earlier request, known or not', async () => {
    const customer = await world.customer();
    const device = aDevice();
    const first = await ring(world, customer, { device });
    const second = await ring(world, customer, { device });
    expect(await world.attempt(first.id)).toMatchObject({ state: 'cancelled' });
    expect(second).toMatchObject({ holdsSlot: true, simId: first.simId });
  });
});

describe('what changes between the look-up of a number and its request', () => {
  const startLate = async (change: (customer: Customer) => Promise<unknown>): Promise<AttemptRow> => {
    const customer = await world.customer();
    const asLookedUp = await world.line(customer);
    await change(customer);
    const { attempt } = await world.database.transaction((tx) => world.pushWith().start(tx, aPush(world, asLookedUp)));
    return attempt;
  };
  const update = (customer: Customer, set: object) =>
    world.database.db.updateTable('lines').set(set).where('msisdn', '=', customer.msisdn).execute();

  test('nothing: it rings', async () => {
    expect(isDecoy(await startLate(async () => undefined))).toBe(false);
  });

  test.each<[string, (customer: Customer) => Promise<unknown>]>([
    ['a suspension', (customer) => update(customer, { status: 'suspended' })],
    ['another number', (customer) => update(customer, { msisdn: `${customer.msisdn.slice(0, -4)}0000` })],
    [
      'a lock',
      async (customer) => {
        const { id } = await world.enrolment(customer);
        const set = { lockedUntil: new Date('2040-01-01') };
        await world.database.db.updateTable('enrolments').set(set).where('id', '=', id).execute();
      },
    ],
  ])('%s counts: nobody is rung (A52, A54)', async (_what, change) => {
    expect(isDecoy(await startLate(change))).toBe(true);
  });
});

describe('a resend', () => {
  test('keeps request, challenge and code under a new packet counter, 20 s apart and twice', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    const push = world.pushWith();
    const sent: boolean[] = [];
    for (let n = 0; n < 4; n++) {
      await advanceClock(world.database.db, 20);
      sent.push(await push.resend(attempt.id));
      await deliver(world, world.sender, { customer, attemptId: attempt.id });
    }
    expect(sent).toEqual([true, true, false, false]);
    expect(customer.card.requests.map(({ counter }) => counter)).toEqual([1, 2, 3]);
    expect(new Set(customer.card.requests.map(({ data }) => data.toString('hex'))).size).toBe(1);
  });

  test('too soon is refused', async () => {
    const attempt = await ring(world, await world.customer());
    expect(await world.pushWith().resend(attempt.id)).toBe(false);
  });
});

describe('cancelling', () => {
  const cancel = async (attempt: AttemptRow) => {
    const fresh = await world.attempt(attempt.id);
    return await world.database.transaction((tx) => world.pushWith().cancel(tx, fresh));
  };

  test('ends the attempt and asks the phone to take its screen away', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    const goodbye = await cancel(attempt);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'cancelled' });
    await deliver(world, world.sender, { customer, attemptId: goodbye!.id });
    const { data } = customer.card.latest();
    expect(data[1]).toBe(0x08);
    expect(data.subarray(23, 39)).toEqual(attempt.challenge);
    expect(data.subarray(5, 21)).not.toEqual(attempt.challenge);
  });

  test('what was never sent, a decoy and what has ended need no goodbye', async () => {
    const customer = await world.customer();
    world.wire.bound = false;
    const unsent = await ring(world, customer);
    world.wire.bound = true;
    const decoy = await ring(world, await world.customer({ enrolled: false }));
    const ended = await ring(world, await world.customer());
    await end(ended, 'refused');
    expect([await cancel(unsent), await cancel(decoy), await cancel(ended)]).toEqual([undefined, undefined, undefined]);
    expect(await world.attempt(ended.id)).toMatchObject({ state: 'refused' });
    expect(await world.attempt(decoy.id)).toMatchObject({ state: 'cancelled' });
  });

  test('counts as a start that was not answered (decision 8)', async () => {
    const customer = await world.customer();
    await cancel(await ring(world, customer));
    expect(await ring(world, customer)).toMatchObject({ confirmation: 'type' });
  });
});
