// A client whose contract lets it hear that nobody can be rung hears why, at once and of nobody who is locked, held
// back or suspended; for every other client the equality of sign-in-equal-work.test.ts holds.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNotRung } from '../../../src/authentication/not-rung.ts';
import type { SignIn } from '../../../src/authentication/sign-in-types.ts';
import { aBrowser, openSignInWorld, type SignInWorld } from './sign-in-world.ts';
import type { Customer, CustomerOptions } from './sim-world.ts';

let world: SignInWorld;
let signIn: SignIn;

beforeAll(async () => {
  world = await openSignInWorld();
  signIn = world.signInWith();
});
afterAll(() => world.close());

type Changes = Parameters<typeof aBrowser>[0];
const told = ({ client, ...changes }: NonNullable<Changes> = {}) =>
  aBrowser({ client: { allowPasswordFallback: false, revealEnrolment: true, ...client }, least: 'sim-ok', ...changes });
const attempts = () => world.database.db.selectFrom('attempts').selectAll().orderBy('createdAt', 'desc').execute();

/** A customer whose enrolment or line is another. */
async function customer(change: { options?: CustomerOptions; enrolment?: object; line?: object } = {}) {
  const made = await world.customer(change.options);
  const { db } = world.database;
  if (change.enrolment !== undefined) {
    const { id } = await world.enrolment(made);
    await db.updateTable('enrolments').set(change.enrolment).where('id', '=', id).execute();
  }
  if (change.line !== undefined) {
    await db.updateTable('lines').set(change.line).where('msisdn', '=', made.msisdn).execute();
  }
  return made;
}
const future = new Date('2040-01-01');

describe('a client that may hear it', () => {
  test.each([
    ['of nobody', '+33639989993'],
    ['of another operator', '+33612345678'],
    ['of a fixed line', '01 99 00 12 34'],
  ])('hears that a number %s is unknown, and the login is over (X01)', async (_what, number) => {
    const browser = told();
    expect(await signIn.identify(browser, number)).toEqual({ kind: 'not-rung', because: 'unknown' });
    expect(await signIn.view(browser)).toEqual({ step: 'identify' });
    expect((await attempts())[0]).toMatchObject({ state: 'cancelled', simId: null, lineId: null });
  });

  test.each<[string, string, () => Promise<Customer>]>([
    ['a terminated line', 'unknown', () => customer({ line: { status: 'terminated' } })],
    ['a line that never had the service', 'not-registered', () => customer({ options: { enrolled: false } })],
    ['a SIM without an applet', 'not-registered', () => customer({ options: { appletCapable: false } })],
    ['a line that waits for its PIN', 'not-registered', () => customer({ enrolment: { baseState: 'AWAITING_PIN' } })],
    ['a service that was ended', 'not-registered', () => customer({ enrolment: { baseState: 'DEACTIVATED' } })],
    ['a 4G box', 'not-registered', () => customer({ line: { kind: '4g-box' } })],
    ['a brand without the service', 'not-registered', () => customer({ line: { brand: 'ile' } })],
  ])('hears of %s: %s; no phone rings (X01)', async (_what, because, make) => {
    const { msisdn } = await make();
    expect(await signIn.identify(told(), msisdn)).toEqual({ kind: 'not-rung', because });
    await world.idle();
    expect(world.wire.sentTo(msisdn)).toEqual([]);
  });

  test('hears of a line whose account is not confirmed that it is not registered (A27)', async () => {
    const made = await customer();
    const { id } = await world.enrolment(made);
    await world.database.db.deleteFrom('mobileConnectLinks').where('enrolmentId', '=', id).execute();
    expect(await signIn.identify(told(), made.msisdn)).toEqual({ kind: 'not-rung', because: 'not-registered' });
  });

  test.each<[string, () => Promise<Customer>]>([
    ['locked', () => customer({ enrolment: { lockedUntil: future, triesLeft: 0 } })],
    ['on hold', () => customer({ enrolment: { holdUntil: future } })],
    ['a card that seems to exist twice', () => customer({ enrolment: { suspendedByFork: true } })],
    ['on a suspended line', () => customer({ line: { status: 'suspended' } })],
  ])('sees a phone that nobody answers where the customer is %s (X01)', async (_what, make) => {
    const browser = told();
    expect(await signIn.identify(browser, (await make()).msisdn)).toEqual({ kind: 'ok' });
    expect(await signIn.view(browser)).toMatchObject({ step: 'phone', status: 'pending' });
  });

  test('hears that the line is busy while another attempt holds it, and that one goes on (X15)', async () => {
    const { msisdn, card } = await customer();
    const owner = told({ device: 'browser of the owner' });
    expect(await signIn.identify(owner, msisdn)).toEqual({ kind: 'ok' });
    const second = told({ device: 'another browser' });
    expect(await signIn.identify(second, msisdn)).toEqual({ kind: 'not-rung', because: 'busy' });
    await world.idle();
    expect(world.wire.sentTo(msisdn).length).toBeGreaterThan(0);
    expect(card.requests).toHaveLength(0);
    expect(await signIn.view(owner)).toMatchObject({ status: 'pending' });
    // Its own browser is never in its own way.
    expect(await signIn.identify(owner, msisdn)).toEqual({ kind: 'ok' });
  });

  test('rings whoever can be rung, again after the line was busy or somebody was told', async () => {
    const made = await customer({ enrolment: { baseState: 'AWAITING_PIN' } });
    expect(await signIn.identify(told(), made.msisdn)).toMatchObject({ because: 'not-registered' });
    await world.database.db
      .updateTable('enrolments')
      .set({ baseState: 'ACTIVE' })
      .where('id', '=', (await world.enrolment(made)).id)
      .execute();
    expect(await signIn.identify(told(), made.msisdn)).toEqual({ kind: 'ok' });
    await world.phoneTakes(made);
    expect(made.card.requests).toHaveLength(1);
  });

  test('hears nothing of an e-mail address, nor where the password is another way in', async () => {
    expect(await signIn.identify(told(), 'nobody@exemple.test')).toEqual({ kind: 'ok' });
    const open = told({ client: { allowPasswordFallback: true }, least: 'pwd' });
    expect(await signIn.identify(open, '+33639989992')).toEqual({ kind: 'ok' });
    expect(await signIn.view(open)).toMatchObject({ step: 'phone', passwordOffered: true });
  });

  test('is limited in its questions like everybody (X04)', async () => {
    const limited = world.signInWith({ startsPerAddress: 1 });
    await limited.identify(told(), '+33639989990');
    expect(await limited.identify(told(), '+33639989991')).toMatchObject({ kind: 'limited' });
  });
});

test('a client without that right hears nothing, whatever the number is (X01)', async () => {
  for (const revealEnrolment of [undefined, false]) {
    const browser = told({ client: { revealEnrolment } });
    expect(await signIn.identify(browser, '+33639989994')).toEqual({ kind: 'ok' });
    expect(await signIn.view(browser)).toMatchObject({ step: 'phone', status: 'pending' });
  }
});

test('a number that is no longer of a configured operator is unknown, whoever had it (A02)', async () => {
  const target = await world.line(await world.customer());
  const facts = { target, state: 'NOT_ELIGIBLE', isLinked: true, slotTaken: false } as const;
  expect(whyNotRung(facts, { isServed: () => false })).toBe('unknown');
  expect(whyNotRung(facts, { isServed: () => true })).toBe('not-registered');
});
