// A forgotten PIN below the pages: equal work for every number, who gets an SMS, and what the signed answer changes.
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOneTimeCodes } from '../../../src/authentication/one-time-code.ts';
import { createPasswordVerifier, hashPassword } from '../../../src/authentication/password.ts';
import { createServiceRequests } from '../../../src/authentication/service-request.ts';
import { createPinResets } from '../../../src/enrolment/reset-pin.ts';
import type { PinResets, ResetView, ResetVisit } from '../../../src/enrolment/reset-pin-types.ts';
import type { Tx } from '../../../src/storage/database.ts';
import { createRateLimit } from '../../../src/storage/rate-limits.ts';
import { startWakeUps, type WakeUps } from '../../../src/storage/wake-ups.ts';
import { recordStatements } from '../authentication/sign-in-world.ts';
import { type Customer, openSimWorld, rules, type SimWorld } from '../authentication/sim-world.ts';

let world: SimWorld;
let wakeUps: WakeUps;
let resets: PinResets;
let statements: string[];
const sent: { codeId: string; lineId: string | null }[] = [];
const mailed: { codeId: string; accountId: string | null }[] = [];
let verified: (string | undefined)[] = [];
let codes: ReturnType<typeof createOneTimeCodes>;

beforeAll(async () => {
  world = await openSimWorld();
  wakeUps = await startWakeUps(world.database);
  const recorded = recordStatements(world.database);
  const { database } = recorded;
  statements = recorded.statements;
  const limit = () => createRateLimit(database, { name: randomUUID(), points: 1_000, seconds: 3_600 });
  codes = createOneTimeCodes({
    database,
    masterKey: world.masterKey,
    randomBytes,
    limits: { recipient: [limit()], address: [limit()] },
    rules: { lifeSeconds: 600, tries: 3 },
  });
  const verifier = await createPasswordVerifier(randomBytes, { parallel: 1, cost: { memoryKib: 64, passes: 1 } });
  resets = createPinResets({
    ...world,
    home: { path: '' },
    database,
    codes,
    async sendCode(_tx: Tx, { codeId, lineId }) {
      sent.push({ codeId, lineId });
    },
    async sendEmailCode(_tx: Tx, about) {
      mailed.push(about);
    },
    requests: createServiceRequests({
      ...world,
      randomBytes,
      rules: { ttlSeconds: 180, maxWrongPins: 3, pinPolicy: [] },
    }),
    push: world.pushWith(),
    transport: world.wire,
    verifier: {
      verify(stored, password) {
        verified.push(stored);
        return verifier.verify(stored, password);
      },
    },
    passwordLimits: { account: limit(), address: limit() },
    wakeUps,
    randomBytes,
    requestText: () => ({ serviceName: 'Operator', message: 'New PIN' }),
    rules: { ...rules, flowSeconds: 1_800, robotSeconds: 300 },
  });
});
afterAll(async () => {
  await wakeUps.stop();
  await world.close();
});
beforeEach(() => {
  sent.length = 0;
  mailed.length = 0;
  verified = [];
});

const browser = randomUUID();

async function begin(number: string): Promise<ResetVisit> {
  const begun = await resets.begin({ brand: 'exemple', number, browser });
  if (begun.kind !== 'begun') throw new Error(begun.kind);
  return { id: begun.id, browser, address: '192.0.2.10', locale: 'en' };
}

async function passRobot(visit: ResetVisit): Promise<void> {
  const view = await resets.view(visit);
  if (view?.step !== 'robot') throw new Error('there is no check');
  expect(await resets.answerRobot(visit, String(view.sum[0] + view.sum[1]))).toEqual({ kind: 'ok' });
}

/** Every number that may be asked for, and which of them hears of it. */
async function numbers(): Promise<Record<string, string>> {
  const { db } = world.database;
  const [active, locked, held, suspended, inactive, incapable] = [
    await world.customer(),
    await world.customer(),
    await world.customer(),
    await world.customer(),
    await world.customer({ enrolled: false }),
    await world.customer({ enrolled: false, appletCapable: false }),
  ];
  const tomorrow = new Date(Date.now() + 80_000_000);
  const enrolmentOf = async (customer: Customer) => (await world.enrolment(customer)).id;
  await db
    .updateTable('enrolments')
    .set({ lockedUntil: tomorrow })
    .where('id', '=', await enrolmentOf(locked))
    .execute();
  await db
    .updateTable('enrolments')
    .set({ holdUntil: tomorrow })
    .where('id', '=', await enrolmentOf(held))
    .execute();
  const { line } = await world.line(suspended);
  await db.updateTable('lines').set({ status: 'suspended' }).where('id', '=', line.id).execute();
  return {
    active: active.msisdn,
    unknown: '+33639989999',
    abroad: '+447911123456',
    locked: locked.msisdn,
    held: held.msisdn,
    suspended: suspended.msisdn,
    inactive: inactive.msisdn,
    incapable: incapable.msisdn,
  };
}

const emailOf = (view: ResetView | undefined) => (view?.step === 'code' ? view.email : undefined);

/** One whole flow up to a wrong code with a wrong password; what it did and said. */
async function walk(number: string) {
  statements.length = 0;
  verified = [];
  sent.length = 0;
  mailed.length = 0;
  const visit = await begin(number);
  const first = await resets.view(visit);
  await passRobot(visit);
  const second = await resets.view(visit);
  const wrong = await resets.enterCode(visit, { code: '000000' });
  const withPassword = await resets.enterCode(visit, { code: '000000', password: 'no such password' });
  const resent = await resets.resendCode(visit);
  const byEmail = await resets.sendEmailCode(visit);
  const third = await resets.view(visit);
  const withEmail = await resets.enterCode(visit, { code: '000000', emailCode: '000000' });
  return {
    statements: [...statements],
    argon2: verified.length,
    said: {
      first: first?.step,
      second: second?.step,
      wrong,
      withPassword,
      resent,
      byEmail,
      withEmail,
      third: emailOf(third),
    },
    recipients: [...sent.map(({ lineId }) => lineId !== null), ...mailed.map(({ accountId }) => accountId !== null)],
  };
}

describe('every number', () => {
  test('costs the same statements and one Argon2, and hears the same; only the active one gets SMS (A45, X02, X38)', async () => {
    const people = await numbers();
    const active = await walk(people['active'] ?? '');
    expect(active).toMatchObject({ argon2: 1, recipients: [true, true, true] });
    expect(active.said).toMatchObject({ byEmail: { kind: 'ok' }, withEmail: { kind: 'wrong' }, third: 'asked' });
    expect(active.statements.length).toBeGreaterThan(20);
    for (const [who, number] of Object.entries(people)) {
      if (who === 'active') continue;
      const walked = await walk(number);
      expect([who, walked.statements]).toEqual([who, active.statements]);
      expect([who, walked.said]).toEqual([who, active.said]);
      expect([who, walked.argon2]).toEqual([who, 1]);
      expect([who, walked.recipients]).toEqual([who, [false, false, false]]);
    }
  });

  test('may be spelt in any usual way, and what is none is refused before anything is looked up (X06)', async () => {
    statements.length = 0;
    expect(await resets.begin({ brand: 'exemple', number: '０６３９９８', browser })).toEqual({ kind: 'malformed' });
    expect(await resets.begin({ brand: 'exemple', number: 'alice@exemple.test', browser })).toEqual({
      kind: 'malformed',
    });
    expect(statements).toEqual([]);
  });
});

describe('the robot check', () => {
  test('answers for one try, also when two come at once (A46)', async () => {
    const visit = await begin((await world.customer()).msisdn);
    const view = await resets.view(visit);
    if (view?.step !== 'robot') throw new Error('there is no check');
    const answer = String(view.sum[0] + view.sum[1]);
    const outcomes = await Promise.all([resets.answerRobot(visit, answer), resets.answerRobot(visit, answer)]);
    expect(outcomes.filter(({ kind }) => kind === 'ok').length).toBeGreaterThan(0);
    expect(sent).toHaveLength(1);
  });

  test('a code cannot be entered before it (A46)', async () => {
    const visit = await begin((await world.customer()).msisdn);
    expect(await resets.enterCode(visit, { code: '123456' })).toEqual({ kind: 'wrong' });
    expect(sent).toEqual([]);
  });
});

/** The right code of a flow, as the phone would show it. */
async function codeOf(): Promise<string> {
  return (await codes.open(sent.at(-1)?.codeId ?? ''))?.digits ?? '';
}

describe('the right code', () => {
  test('brings one request to the phone, however often it is sent at once (X67)', async () => {
    const customer = await world.customer();
    const visit = await begin(customer.msisdn);
    await passRobot(visit);
    const code = await codeOf();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => resets.enterCode(visit, { code })));
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(1);
    const { line } = await world.line(customer);
    const attempts = await world.database.db
      .selectFrom('attempts')
      .select(['purpose', 'subject', 'confirmation'])
      .where('lineId', '=', line.id)
      .execute();
    expect(attempts).toEqual([{ purpose: 'pin-reset', subject: visit.id, confirmation: 'type' }]);
  });

  test('of one flow is refused in another of the same number, and a newer flow ends the older (X65, A47)', async () => {
    const customer = await world.customer();
    const [one, two] = [await begin(customer.msisdn), await begin(customer.msisdn)];
    await passRobot(one);
    const first = await codeOf();
    await passRobot(two);
    expect(await resets.enterCode(two, { code: first })).toEqual({ kind: 'wrong' });
    expect(await resets.enterCode(one, { code: first })).toEqual({ kind: 'wrong' });
    expect(await resets.view(one)).toEqual({ step: 'over' });
    expect(await resets.enterCode(two, { code: await codeOf() })).toEqual({ kind: 'ok' });
  });

  test('asks no phone when the service was locked meanwhile, and does not say so (X38, X61, A50)', async () => {
    const customer = await world.customer();
    const visit = await begin(customer.msisdn);
    await passRobot(visit);
    const code = await codeOf();
    const { id } = await world.enrolment(customer);
    const lockedUntil = new Date(Date.now() + 80_000_000);
    await world.database.db.updateTable('enrolments').set({ lockedUntil }).where('id', '=', id).execute();
    expect(await resets.enterCode(visit, { code })).toEqual({ kind: 'wrong' });
    expect(await world.enrolment(customer)).toMatchObject({ lockedUntil });
    expect(await resets.view(visit)).toEqual({ step: 'over' });
  });

  test('is not used up while no phone can be reached', async () => {
    const customer = await world.customer();
    const visit = await begin(customer.msisdn);
    await passRobot(visit);
    const code = await codeOf();
    world.wire.bound = false;
    expect(await resets.enterCode(visit, { code })).toEqual({ kind: 'unavailable' });
    world.wire.bound = true;
    expect(await resets.enterCode(visit, { code })).toEqual({ kind: 'ok' });
  });

  test('after three wrong ones opens nothing any more, with no other word (A47, X68)', async () => {
    const visit = await begin((await world.customer()).msisdn);
    await passRobot(visit);
    const code = await codeOf();
    for (let n = 0; n < 3; n++) await resets.enterCode(visit, { code: code === '111111' ? '222222' : '111111' });
    expect(await resets.enterCode(visit, { code })).toEqual({ kind: 'wrong' });
  });
});

test.each([
  ['to another line, or none, counts beside the SMS', false],
  ['to this very line counts no more than the SMS does', true],
])('a password that was set with a code %s (decisions 11)', async (_where, same) => {
  const customer = await world.customer();
  const { line } = await world.line(customer);
  const passwordHash = await hashPassword('corbeau violet agrafe', { memoryKib: 64, passes: 1 });
  const codeLineId = same ? line.id : 'lin_other';
  await world.database.db
    .insertInto('passwords')
    .values({ accountId: customer.accountIds[0]!, passwordHash, changedAt: new Date(), codeLineId })
    .execute();
  const visit = await begin(customer.msisdn);
  await passRobot(visit);
  const given = { code: await codeOf(), password: 'corbeau violet agrafe' };
  expect(await resets.enterCode(visit, given)).toEqual({ kind: 'ok' });
  const flow = await world.database.db
    .selectFrom('pinResets')
    .select(['strong', 'step'])
    .where('id', '=', visit.id)
    .executeTakeFirst();
  expect(flow).toEqual({ strong: !same, step: 'phone' });
});

describe('the code by e-mail', () => {
  const digitsOf = async () => (await codes.open(mailed.at(-1)?.codeId ?? ''))?.digits ?? '';
  const strongOf = async ({ id }: ResetVisit) =>
    (await world.database.db.selectFrom('pinResets').select('strong').where('id', '=', id).executeTakeFirst())?.strong;

  test('goes to the account of the number, and with the code by SMS makes the new PIN count at once (decisions 11)', async () => {
    const customer = await world.customer();
    const visit = await begin(customer.msisdn);
    await passRobot(visit);
    await resets.sendEmailCode(visit);
    expect(mailed).toEqual([{ codeId: expect.any(String), accountId: customer.accountIds[0] }]);
    const emailCode = await digitsOf();
    expect(await resets.enterCode(visit, { code: await codeOf(), emailCode })).toEqual({ kind: 'ok' });
    expect(await strongOf(visit)).toBe(true);
  });

  test('once given stays given, whatever slip there is in the other; none of them does for both', async () => {
    const visit = await begin((await world.customer()).msisdn);
    await passRobot(visit);
    await resets.sendEmailCode(visit);
    const [code, emailCode] = [await codeOf(), await digitsOf()];
    expect(await resets.enterCode(visit, { code: emailCode, emailCode: code })).toEqual({ kind: 'wrong' });
    expect(await resets.enterCode(visit, { code: 'slip', emailCode })).toEqual({ kind: 'wrong' });
    expect(emailOf(await resets.view(visit))).toBe('given');
    expect(await resets.enterCode(visit, { code })).toEqual({ kind: 'ok' });
    expect(await strongOf(visit)).toBe(true);
  });

  test('that is wrong costs a try and not the code by SMS; a newer one voids it (X66)', async () => {
    const visit = await begin((await world.customer()).msisdn);
    await passRobot(visit);
    await resets.sendEmailCode(visit);
    const first = await digitsOf();
    await resets.sendEmailCode(visit);
    const code = await codeOf();
    expect(await resets.enterCode(visit, { code, emailCode: first })).toEqual({ kind: 'wrong' });
    expect(await strongOf(visit)).toBe(false);
    expect(await resets.enterCode(visit, { code, emailCode: await digitsOf() })).toEqual({ kind: 'ok' });
  });

  test('cannot be asked for before the robot check, nor by another browser (A46)', async () => {
    const visit = await begin((await world.customer()).msisdn);
    await resets.sendEmailCode(visit);
    expect(await resets.sendEmailCode({ ...visit, browser: 'another' })).toEqual({ kind: 'lost' });
    expect(mailed).toEqual([]);
  });
});
