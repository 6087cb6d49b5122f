// What the SIM's answer to a request for a new PIN changes, in time and late: the card has switched before it says so.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProvedAnswer } from '../../../src/authentication/answer-effects.ts';
import { credentialIntact } from '../../../src/authentication/credential-check.ts';
import { createServiceRequests } from '../../../src/authentication/service-request.ts';
import { createPinResetAnswers } from '../../../src/enrolment/reset-pin-phone.ts';
import { newId } from '../../../src/identifiers.ts';
import type { AttemptRow } from '../../../src/storage/attempt-tables.ts';
import { insertPinReset, movePinReset } from '../../../src/storage/pin-resets.ts';
import { type Customer, openSimWorld, rules, type SimWorld } from '../authentication/sim-world.ts';

const hourMs = 3_600_000;
let world: SimWorld;
let told: string[] = [];
let answered: ReturnType<typeof createPinResetAnswers>;
let requests: ReturnType<typeof createServiceRequests>;

beforeAll(async () => {
  world = await openSimWorld();
  requests = createServiceRequests({
    ...world,
    randomBytes,
    rules: { ttlSeconds: 180, maxWrongPins: 3, pinPolicy: [] },
  });
  answered = createPinResetAnswers({
    ...world,
    notices: { pinChanged: async (_tx, { accountId }) => void told.push(accountId) },
    rules: { ...rules, trustHours: 24, lateHours: 24 },
  });
});
afterAll(() => world.close());
beforeEach(() => {
  told = [];
});

interface Asked {
  readonly customer: Customer;
  readonly flowId: string;
  readonly attempt: AttemptRow;
}

/** A reset whose request is on the phone. */
async function asked({ strong = false } = {}): Promise<Asked> {
  const customer = await world.customer();
  const target = await world.line(customer);
  const flowId = newId('rst', randomBytes);
  const attempt = await world.database.transaction(async (tx) => {
    await insertPinReset(tx, {
      ...{ id: flowId, browser: randomBytes(32), slot: randomBytes(32), brand: 'exemple', identifierSealed: 'sealed' },
      ...{ lineId: target.line.id, enrolmentId: target.enrolment!.id },
      ...{ robotSealed: 'sealed', robotSeconds: 300, lifeSeconds: 1_800 },
    });
    const made = await requests.start(tx, {
      ...{ purpose: 'pin-reset', target, subject: flowId, accountId: null, brand: 'exemple', locale: 'fr' },
      client: { id: 'mobile-connect', name: 'Operator' },
      message: 'New PIN',
    });
    await movePinReset(tx, { id: flowId, from: 'robot', to: 'phone', attemptId: made!.id, strong });
    return made!;
  });
  return { customer, flowId, attempt };
}

interface Saying {
  readonly counted?: boolean;
  readonly lateMs?: number;
  readonly newest?: boolean;
  readonly state?: AttemptRow['state'];
  readonly result?: string;
}

/** The card says that it has a new PIN; returns the key of it. */
async function say({ customer, attempt }: Asked, saying: Saying = {}): Promise<Buffer> {
  const { counted = true, lateMs = 1, newest = true, state = 'expired', result = 'approved' } = saying;
  const newKey = Buffer.concat([Buffer.of(2), randomBytes(32)]);
  const { sim, enrolment } = await world.line(customer);
  const receivedAt = new Date(attempt.expiresAt.getTime() + (counted ? -1_000 : lateMs));
  const verified = { kind: 'valid', result, newKey, triesLeft: 3, wrongPins: 0, appletCounter: 9 };
  const now = counted ? attempt : { ...attempt, state };
  const proved = { attempt: now, sim, enrolment, verified, receivedAt, newest } as unknown as ProvedAnswer;
  await world.database.transaction((tx) => answered(tx, { ...proved, counted }));
  return newKey;
}

const stepOf = async ({ flowId }: Asked) =>
  (await world.database.db.selectFrom('pinResets').select('step').where('id', '=', flowId).executeTakeFirst())?.step;
const changeEnrolment = async ({ customer }: Asked, set: object) => {
  const { id } = await world.enrolment(customer);
  await world.database.db.updateTable('enrolments').set(set).where('id', '=', id).execute();
};
const isSealed = async ({ customer }: Asked) => {
  const { sim, enrolment } = await world.line(customer);
  return await credentialIntact(world.database.db, world.masterKey, { sim: sim!, enrolment: enrolment! });
};

describe('in time', () => {
  test('the new key takes the place of the old, is told, and counts at once if more than an SMS was given (X61)', async () => {
    const reset = await asked({ strong: true });
    const pinKey = await say(reset);
    expect(await world.enrolment(reset.customer)).toMatchObject({ pinKey, pinTrustedFrom: null });
    expect([await stepOf(reset), await isSealed(reset), told.length]).toEqual(['done', true, 1]);
  });

  test('with nothing but an SMS it counts in full after a day, and that is under the seal (decisions 11)', async () => {
    const reset = await asked();
    await say(reset);
    const { pinSetAt, pinTrustedFrom } = await world.enrolment(reset.customer);
    expect(pinTrustedFrom!.getTime() - pinSetAt!.getTime()).toBe(24 * hourMs);
    expect(await isSealed(reset)).toBe(true);
    await changeEnrolment(reset, { pinTrustedFrom: null });
    expect(await isSealed(reset)).toBe(false);
  });

  test('a refusal leaves the old one (A48)', async () => {
    const reset = await asked();
    const { pinKey } = await world.enrolment(reset.customer);
    await say(reset, { result: 'cancelled' });
    expect(await world.enrolment(reset.customer)).toMatchObject({ pinKey });
    expect([await stepOf(reset), told]).toEqual(['failed', []]);
  });
});

describe('late', () => {
  test.each(['pending', 'expired', 'cancelled'] as const)(
    'after its request was %s the key is taken, or no PIN would open anything; worth an SMS, told by e-mail',
    async (state) => {
      const reset = await asked({ strong: true });
      const pinKey = await say(reset, { counted: false, state });
      const { pinTrustedFrom, pinSetAt, ...row } = await world.enrolment(reset.customer);
      expect(row).toMatchObject({ pinKey, pinKeyProvenance: `pin-reset:sms:${reset.attempt.id}` });
      expect(pinTrustedFrom!.getTime() - pinSetAt!.getTime()).toBe(24 * hourMs);
      expect([await stepOf(reset), await isSealed(reset), told.length]).toEqual(['done', true, 1]);
      // Nothing that could be handed over as a login comes of it.
      expect((await world.attempt(reset.attempt.id)).state).toBe('pending');
    },
  );

  const far = new Date('2040-01-01');
  test.each<[string, Saying, ((reset: Asked) => Promise<unknown>)?]>([
    ['a day and more after the end', { lateMs: 24 * hourMs }],
    ['behind a newer answer of the card', { newest: false }],
    ['for a request that was refused', { state: 'refused' }],
    ['for a request that was answered already', { state: 'approved' }],
    ['that is no approval', { result: 'cancelled' }],
    ['while the service is locked', {}, (reset) => changeEnrolment(reset, { lockedUntil: far })],
    ['while it waits after a new SIM', {}, (reset) => changeEnrolment(reset, { holdUntil: far })],
    ['after the service has ended', {}, (reset) => changeEnrolment(reset, { baseState: 'DEACTIVATED' })],
    [
      'while the line is suspended',
      {},
      ({ customer: { msisdn } }) =>
        world.database.db.updateTable('lines').set({ status: 'suspended' }).where('msisdn', '=', msisdn).execute(),
    ],
    [
      'in a flow that has ended',
      {},
      ({ flowId }) => world.database.transaction((tx) => movePinReset(tx, { id: flowId, from: 'phone', to: 'failed' })),
    ],
  ])('%s it changes nothing', async (_when, saying, change) => {
    const reset = await asked();
    await change?.(reset);
    const read = () =>
      world.database.db
        .selectFrom('enrolments')
        .selectAll()
        .where('id', '=', reset.attempt.enrolmentId ?? '')
        .executeTakeFirst();
    const before = await read();
    await say(reset, { counted: false, ...saying });
    expect(await read()).toEqual(before);
    expect(told).toEqual([]);
  });

  test('a day less a millisecond after the end is soon enough', async () => {
    const reset = await asked();
    const pinKey = await say(reset, { counted: false, lateMs: 24 * hourMs - 1 });
    expect(await world.enrolment(reset.customer)).toMatchObject({ pinKey });
  });
});
