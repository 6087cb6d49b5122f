// Answers of real keys to real requests: only the card of the number, for the very request, in time, approves it.
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SimAnswers } from '../../../src/authentication/sim-answers.ts';
import { readWallClock } from '../../../src/storage/database.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { type Customer, deliver, endLease, openSimWorld, ring, type SimWorld } from './sim-world.ts';
import { type Said, type Sealing, strangeKeys } from './small-card.ts';

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

async function deliverUp(customer: Customer, body: Buffer): Promise<void> {
  await answers.receive({ source: customer.msisdn.slice(1), body });
  await answers.settle();
}
const reply = (customer: Customer, said: Said = {}, sealing: Sealing = {}) =>
  deliverUp(customer, customer.card.reply(said, sealing));
const drops = () =>
  world.facts.filter(({ action }) => action === 'answer.dropped').map(({ details }) => details['reason']);
const actions = () => world.facts.map(({ action }) => action);

describe('a rightful answer', () => {
  test('signed with the PIN key approves its attempt, and its news are kept', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await reply(customer, { triesLeft: 3 });
    const ended = await world.attempt(attempt.id);
    expect(ended).toMatchObject({
      state: 'approved',
      result: 'approved',
      appletCounter: 1,
      triesLeft: 3,
      wrongPins: 0,
    });
    expect(ended.receivedAt).toBeInstanceOf(Date);
    expect((await world.line(customer)).sim).toMatchObject({ appletCounter: 1 });
    expect((await world.enrolment(customer)).lastUsedAt).toEqual(ended.receivedAt);
    expect(actions()).toEqual(['attempt.answered']);
    expect(world.facts[0]).toMatchObject({ outcome: 'success', object: attempt.id, details: { counted: true } });
  });

  test('with OK alone is proved by MAC at the level sim-ok', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer, { level: 'sim-ok' });
    expect(customer.card.latest().data[2]! & 0x01).toBe(0);
    await reply(customer);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved', level: 'sim-ok' });
  });

  test.each([
    [0x01, 'refused', 'cancelled'],
    [0x02, 'expired', 'no-response'],
    [0x03, 'fraud', 'fraud'],
    [0x04, 'blocked', 'blocked'],
    [0x05, 'failed', 'not-enrolled'],
    [0x06, 'failed', 'disabled'],
    [0x08, 'failed', 'not-shown'],
    [0x09, 'failed', 'bad-request'],
    [0x0a, 'failed', 'pin-refused'],
    [0x0b, 'failed', 'no-authority'],
    [0x0c, 'refused', 'wrong-code'],
  ])('with result %i ends it as %s', async (result, state, word) => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await reply(customer, { result });
    expect(await world.attempt(attempt.id)).toMatchObject({ state, result: word });
    expect((await world.enrolment(customer)).lastUsedAt).toBeNull();
  });

  test('of a card that was busy with another request makes this one due again, three seconds later', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    expect((await world.attempt(attempt.id)).sentAt).toBeInstanceOf(Date);
    await reply(customer, { result: 0x07 });
    const { state, sentAt, leaseUntil } = await world.attempt(attempt.id);
    expect({ state, sentAt }).toEqual({ state: 'pending', sentAt: null });
    const now = await readWallClock(world.database.db);
    expect(leaseUntil!.getTime() - now.getTime()).toBeLessThanOrEqual(3_000);
    await endLease(world, attempt.id);
    await deliver(world, world.sender, { customer, attemptId: attempt.id });
    expect(customer.card.requests.map(({ counter }) => counter)).toEqual([1, 2]);
    await reply(customer);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
  });

  test('tells the tries that are left, whatever its result', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await reply(customer, { result: 0x01, triesLeft: 2, wrongPins: 1 });
    expect(await world.enrolment(customer)).toMatchObject({ triesLeft: 2, lockedUntil: null });
  });
});

describe('an answer that is not what was asked', () => {
  async function refused(said: Said, sealing: Sealing = {}): Promise<string[]> {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await reply(customer, said, sealing);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending', receivedAt: null, result: null });
    expect((await world.line(customer)).sim).toMatchObject({ appletCounter: 0 });
    expect(actions()).toEqual(['answer.dropped']);
    expect(world.notices).toEqual([]);
    return drops() as string[];
  }

  test('signed by the PIN key of another SIM is dropped (X21)', async () => {
    const other = await world.customer();
    expect(await refused({ signWith: other.card.pinKey })).toEqual(['answer-proof']);
  });

  test('MACed where a signature is demanded is dropped: whoever holds the packet keys cannot approve', async () => {
    expect(await refused({ proof: 'mac' })).toEqual(['answer-proof-kind']);
  });

  test('signed where a MAC is demanded is dropped', async () => {
    expect(await refused({ result: 0x01, proof: 'signature' })).toEqual(['answer-proof-kind']);
  });

  test('over other request data is dropped (X20)', async () => {
    expect(await refused({ sha256: randomBytes(32) })).toEqual(['answer-proof']);
  });

  test('for an unknown challenge is dropped', async () => {
    expect(await refused({ challenge: randomBytes(16) })).toEqual(['unknown-challenge']);
  });

  test('of another kind than was asked is dropped', async () => {
    expect(await refused({ op: 0x03 })).toEqual(['answer-op']);
  });

  test('bound to another card is dropped', async () => {
    expect(await refused({ iccid: '8933010999999999999' })).toEqual(['answer-proof']);
  });

  test('under the counter 0 is dropped', async () => {
    expect(await refused({ appletCounter: 0 })).toEqual(['answer-counter']);
  });

  test('in a packet with a broken CC changes nothing (X17, X20)', async () => {
    expect(await refused({}, { keys: strangeKeys() })).toEqual(['packet-integrity']);
  });

  test('to the request of one attempt never completes another, even on one SIM (X15, X20, O32)', async () => {
    const customer = await world.customer();
    const first = await ring(world, customer);
    const body = customer.card.reply();
    const push = world.pushWith();
    await world.database.transaction((tx) => push.cancel(tx, first));
    const second = await ring(world, customer);
    await deliverUp(customer, body);
    expect(await world.attempt(first.id)).toMatchObject({ state: 'cancelled' });
    expect(await world.attempt(second.id)).toMatchObject({ state: 'pending' });
    expect(world.facts.at(-1)).toMatchObject({ outcome: 'failure', details: { result: 'approved', counted: false } });
  });

  test('from another number is judged by the keys of that number only', async () => {
    const [alice, mallory] = [await world.customer(), await world.customer()];
    const attempt = await ring(world, alice);
    await deliverUp(mallory, alice.card.reply());
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending' });
    expect(drops()).toEqual(['packet-integrity']);
  });
});

describe('the row of a credential that was changed by hand', () => {
  test.each([
    ['its key', { pinKey: 'swap' }],
    ['where its key came from', { pinKeyProvenance: 'reset' }],
    ['its MAC', { credentialMac: Buffer.alloc(32) }],
    ['its MAC, taken away', { credentialMac: null }],
  ] as const)('in %s is believed in nothing', async (_what, change) => {
    const customer = await world.customer();
    const stranger = await world.customer({ enrolled: false });
    const attempt = await ring(world, customer);
    const { id } = await world.enrolment(customer);
    const set = 'pinKey' in change ? { pinKey: Buffer.from(stranger.pinPublicHex, 'hex') } : change;
    await world.database.db.updateTable('enrolments').set(set).where('id', '=', id).execute();
    await reply(customer, 'pinKey' in change ? { signWith: stranger.card.pinKey } : {});
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending' });
    expect(drops()).toEqual(['credential-changed']);
  });

  test('by taking its key away is believed in nothing, not even in an OK that a MAC proves', async () => {
    const [customer, victim] = [await world.customer(), await world.customer()];
    const attempt = await ring(world, customer, { level: 'sim-ok' });
    const { id: enrolmentId } = await world.enrolment(customer);
    const row = { enrolmentId, accountId: victim.accountIds[0]!, linkedAt: new Date() };
    await world.database.db.insertInto('mobileConnectLinks').values(row).execute();
    await world.database.db
      .updateTable('enrolments')
      .set({ pinKey: null, pinKeyProvenance: null, credentialMac: null })
      .where('id', '=', enrolmentId)
      .execute();
    await reply(customer);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending' });
    expect(drops()).toEqual(['credential-changed']);
  });

  test('by a link to another account is believed in nothing', async () => {
    const [customer, other] = [await world.customer(), await world.customer()];
    const attempt = await ring(world, customer);
    const { id: enrolmentId } = await world.enrolment(customer);
    const row = { enrolmentId, accountId: other.accountIds[0]!, linkedAt: new Date() };
    await world.database.db.insertInto('mobileConnectLinks').values(row).execute();
    await reply(customer);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending' });
    expect(drops()).toEqual(['credential-changed']);
  });
});

describe('an answer after its time', () => {
  test('approves nothing, and that is told (X18)', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await advanceClock(world.database.db, 121);
    await reply(customer);
    expect(await world.attempt(attempt.id)).not.toMatchObject({ state: 'approved' });
    expect((await world.enrolment(customer)).lastUsedAt).toBeNull();
    expect(world.facts.at(-1)).toMatchObject({ action: 'attempt.answered', details: { counted: false } });
  });

  test('to an attempt that was cancelled in the browser approves nothing (X28)', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await world.database.transaction((tx) => world.pushWith().cancel(tx, attempt));
    await reply(customer);
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'cancelled', result: null });
  });

  test('that says blocked still locks, from its arrival on', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await advanceClock(world.database.db, 600);
    await reply(customer, { result: 0x04 });
    const { lockedUntil, triesLeft } = await world.enrolment(customer);
    const stored = await world.database.db
      .selectFrom('answers')
      .innerJoin('sims', 'sims.id', 'answers.simId')
      .select('answers.receivedAt')
      .where('sims.iccid', '=', customer.iccid as never)
      .executeTakeFirstOrThrow();
    expect(lockedUntil!.getTime() - stored.receivedAt.getTime()).toBe(86_400_000);
    expect(triesLeft).toBe(0);
    expect(world.notices.map(({ name }) => name)).toEqual(['serviceLocked']);
  });

  test('that reports fraud still mutes and warns', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    await advanceClock(world.database.db, 600);
    await reply(customer, { result: 0x03 });
    expect(actions()).toContain('fraud.reported');
    expect(world.notices.map(({ name }) => name)).toEqual(['fraudReported']);
    const muted = await world.database.db
      .selectFrom('mutedSources')
      .selectAll()
      .where('slot', '=', attempt.slot)
      .execute();
    expect(muted).toMatchObject([{ source: attempt.source }]);
  });
});

describe('counters of the applet', () => {
  test('the same answer ten times over is processed once (X19)', async () => {
    const customer = await world.customer();
    const attempt = await ring(world, customer);
    const body = customer.card.reply({ wrongPins: 2 });
    await Promise.all(Array.from({ length: 10 }, () => answers.receive({ source: customer.msisdn.slice(1), body })));
    await answers.settle();
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
    expect(actions()).toEqual(['attempt.answered']);
    expect(world.notices.map(({ name }) => name)).toEqual(['wrongPins']);
  });

  test('the stored answer under another packet counter is a duplicate too', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    const answer = customer.card.answer();
    await deliverUp(customer, customer.card.seal(answer, { counter: 1 }));
    await deliverUp(customer, customer.card.seal(answer, { counter: 2 }));
    expect(actions()).toEqual(['attempt.answered']);
    expect((await world.enrolment(customer)).suspendedByFork).toBe(false);
  });

  test('the same counter with other octets means two cards: suspended, and told once', async () => {
    const customer = await world.customer();
    const first = await ring(world, customer);
    await reply(customer, { result: 0x01, appletCounter: 7 });
    const second = await ring(world, customer);
    await reply(customer, { appletCounter: 7 });
    await reply(customer, { appletCounter: 7, wrongPins: 1 });
    expect(await world.attempt(first.id)).toMatchObject({ state: 'refused' });
    expect(await world.attempt(second.id)).toMatchObject({ state: 'pending' });
    const { suspendedByFork, id } = await world.enrolment(customer);
    expect(suspendedByFork).toBe(true);
    const forked = world.facts.filter(({ action }) => action === 'card.forked');
    expect(forked).toMatchObject([{ object: id }]);
    const third = await ring(world, customer);
    expect(third).toMatchObject({ simId: null });
  });

  test('a lower one that was not seen counts for an open attempt within 32, and its old news does not', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await reply(customer, { result: 0x01, appletCounter: 40, triesLeft: 2 });
    const attempt = await ring(world, customer);
    await reply(customer, { appletCounter: 8, triesLeft: 3 });
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'approved' });
    expect(await world.enrolment(customer)).toMatchObject({ triesLeft: 2 });
    expect((await world.line(customer)).sim).toMatchObject({ appletCounter: 40 });
  });

  test('one that is lower by more than 32 is dropped', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await reply(customer, { result: 0x01, appletCounter: 40 });
    const attempt = await ring(world, customer);
    await reply(customer, { appletCounter: 7 });
    expect(await world.attempt(attempt.id)).toMatchObject({ state: 'pending' });
    expect(drops()).toEqual(['stale-counter']);
  });

  test('a lower one for an attempt that has ended is dropped, also when it reports fraud', async () => {
    const customer = await world.customer();
    const closed = await ring(world, customer);
    const data = customer.card.latest().data;
    await world.database.transaction((tx) => world.pushWith().cancel(tx, closed));
    await ring(world, customer);
    await reply(customer, { result: 0x01, appletCounter: 40 });
    await deliverUp(customer, customer.card.seal(customer.card.answer({ result: 0x03, appletCounter: 39 }, data)));
    expect(drops()).toEqual(['stale-counter']);
    expect(world.notices).toEqual([]);
  });

  test('an old "blocked" that comes late and out of order does not lock', async () => {
    const customer = await world.customer();
    await ring(world, customer);
    await reply(customer, { appletCounter: 40 });
    await ring(world, customer);
    await reply(customer, { result: 0x04, appletCounter: 39 });
    expect(await world.enrolment(customer)).toMatchObject({ lockedUntil: null, triesLeft: 3 });
  });
});
