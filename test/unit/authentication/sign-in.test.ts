// One login in the browser: number, waiting page, answer, proof; handed over once, and only while it is still true.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SignIn } from '../../../src/authentication/sign-in-types.ts';
import type { Msisdn } from '../../../src/identifiers.ts';
import { advanceClock } from '../../../src/storage/domain-clock.ts';
import { aBrowser, openSignInWorld, phoneView, type SignInWorld } from './sign-in-world.ts';
import type { Customer } from './sim-world.ts';
import { codeOf } from './small-card.ts';

let world: SignInWorld;
let signIn: SignIn;

beforeAll(async () => {
  world = await openSignInWorld();
  signIn = world.signInWith();
});
afterAll(() => world.close());
afterEach(() => {
  world.facts.length = 0;
  world.wire.bound = true;
});

/** A browser that has typed the number, and a phone that has the request. */
async function begun(customer: Customer, changes: Parameters<typeof aBrowser>[0] = {}) {
  const browser = aBrowser(changes);
  expect(await signIn.identify(browser, customer.msisdn)).toEqual({ kind: 'ok' });
  await world.phoneTakes(customer);
  return browser;
}
/** The same, and the PIN was typed. */
async function approved(customer: Customer, changes: Parameters<typeof aBrowser>[0] = {}) {
  const browser = await begun(customer, changes);
  await world.answer(customer);
  return browser;
}
const statusOf = async (browser: ReturnType<typeof aBrowser>) => (await phoneView(signIn, browser)).status;

describe('a login with the phone', () => {
  test('goes from the number over the waiting page to the account', async () => {
    const customer = await world.customer();
    const browser = aBrowser();
    expect(await signIn.view(browser)).toEqual({ step: 'identify' });
    expect(await signIn.identify(browser, customer.msisdn.replace('+33', '0'))).toEqual({ kind: 'ok' });
    await world.phoneTakes(customer);
    const waiting = await phoneView(signIn, browser);
    expect(waiting).toMatchObject({
      status: 'pending',
      confirmation: 'compare',
      passwordOffered: true,
      resend: { left: 2, inSeconds: 20 },
    });
    expect(waiting.identifierShown).toMatch(/^\+33 6 39 98 \*\* \d\d$/);
    expect(waiting.referenceCode).toBe(codeOf(customer.card.latest().data));
    expect(waiting.secondsLeft).toBeGreaterThan(115);
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });

    const before = Math.floor(Date.now() / 1_000);
    await world.answer(customer);
    expect(await statusOf(browser)).toBe('approved');
    const done = await signIn.finish(browser);
    expect(done).toMatchObject({ kind: 'done', accountId: customer.accountIds[0], level: 'sim-pin' });
    if (done.kind === 'done') {
      expect(done.authTime).toBeGreaterThanOrEqual(before - 1);
      expect(done.authTime).toBeLessThanOrEqual(Math.ceil(Date.now() / 1_000));
    }
    expect(world.facts.map(({ action }) => action)).toEqual([
      'sign_in.started',
      'attempt.answered',
      'sign_in.approved',
    ]);
    expect(await signIn.view(browser)).toEqual({ step: 'identify' });
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
  });

  test('with OK alone yields the level that was achieved', async () => {
    const customer = await world.customer();
    const browser = await approved(customer, { wanted: 'sim-ok' });
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done', level: 'sim-ok' });
  });

  test('takes the time of the answer as auth_time, whatever the sandbox clock says', async () => {
    const customer = await world.customer();
    const browser = await approved(customer);
    const before = Math.floor(Date.now() / 1_000);
    await advanceClock(world.database.db, 30);
    const done = await signIn.finish(browser);
    expect(done).toMatchObject({ kind: 'done' });
    if (done.kind === 'done') {
      expect(done.authTime).toBeGreaterThanOrEqual(before - 33);
      expect(done.authTime).toBeLessThanOrEqual(before - 29);
    }
  });

  test.each(['alice', '06', '', '+33 1 42', 'alice@', '06 39 98 00 01 and more'])(
    'refuses %j as no number, and begins nothing',
    async (text) => {
      const browser = aBrowser();
      expect(await signIn.identify(browser, text)).toEqual({ kind: 'malformed' });
      expect(await signIn.view(browser)).toEqual({ step: 'identify' });
      expect(world.facts).toEqual([]);
    },
  );

  test('a mistyped number leaves what was begun before as it was', async () => {
    const customer = await world.customer();
    const browser = await begun(customer);
    expect(await signIn.identify(browser, 'oops')).toEqual({ kind: 'malformed' });
    await world.answer(customer);
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done' });
  });

  test('another number ends the first request', async () => {
    const [first, second] = [await world.customer(), await world.customer()];
    const browser = await begun(first);
    await signIn.identify(browser, second.msisdn);
    await world.answer(first);
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
    await world.phoneTakes(second);
    await world.answer(second);
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done', accountId: second.accountIds[0] });
  });
});

describe('what the page says', () => {
  test.each([
    [0x01, 'refused'],
    [0x03, 'refused'],
    [0x04, 'refused'],
    [0x0c, 'refused'],
    [0x02, 'pending'],
    [0x05, 'pending'],
    [0x08, 'pending'],
    [0x09, 'pending'],
  ])('of result %i is %s: whoever is not told the end waits for it (decision 18)', async (result, status) => {
    const customer = await world.customer();
    const browser = await begun(customer);
    await world.answer(customer, { result });
    expect(await statusOf(browser)).toBe(status);
    await advanceClock(world.database.db, 120);
    expect(await statusOf(browser)).toBe(status === 'pending' ? 'expired' : status);
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
  });

  test('a request that the SMSC refuses looks like a phone that nobody answers', async () => {
    const customer = await world.customer();
    world.wire.outcomes.push({ kind: 'refused', status: 0x0b });
    const browser = await begun(customer);
    expect(await statusOf(browser)).toBe('pending');
    await advanceClock(world.database.db, 120);
    expect(await statusOf(browser)).toBe('expired');
  });

  test('while the SMSC is down every number is unavailable, nothing is written, and the password is offered', async () => {
    world.wire.bound = false;
    const numbers = [
      (await world.customer()).msisdn,
      '+33639989997',
      (await world.customer({ enrolled: false })).msisdn,
    ];
    const views = [];
    for (const number of numbers) {
      const browser = aBrowser();
      expect(await signIn.identify(browser, number)).toEqual({ kind: 'ok' });
      const { identifierShown: _shown, expiresAt: _expiresAt, ...view } = await phoneView(signIn, browser);
      views.push(view);
      expect(await signIn.resend(browser)).toEqual({ kind: 'no-more' });
      expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
    }
    expect(views[0]).toMatchObject({ status: 'unavailable', passwordOffered: true, resend: { left: 0 } });
    expect(views).toEqual([views[0], views[0], views[0]]);
    expect(world.facts).toEqual([]);
  });

  test('once the SMSC is back the same browser can ring', async () => {
    const customer = await world.customer();
    world.wire.bound = false;
    const browser = aBrowser();
    await signIn.identify(browser, customer.msisdn);
    world.wire.bound = true;
    expect(await signIn.useSim(browser)).toEqual({ kind: 'ok' });
    expect(await statusOf(browser)).toBe('pending');
  });

  test('while no phone is asked, whoever waits for news is held until it leaves', async () => {
    world.wire.bound = false;
    const browser = aBrowser();
    await signIn.identify(browser, '+33639989996');
    const leave = new AbortController();
    let isHeld = true;
    const waiting = signIn
      .waitForChange(browser, 'unavailable', { timeoutMs: 600_000, signal: leave.signal })
      .then(() => {
        isHeld = false;
      });
    for (let round = 0; round < 3; round++) await signIn.view(browser);
    expect(isHeld).toBe(true);
    leave.abort();
    await waiting;
  });

  test('is nothing in a browser that did not begin (X30)', async () => {
    const customer = await world.customer();
    await approved(customer);
    const other = aBrowser();
    expect(await signIn.view(other)).toEqual({ step: 'identify' });
    expect(await signIn.finish(other)).toEqual({ kind: 'not-ready' });
    expect(await signIn.resend(other)).toEqual({ kind: 'no-more' });
  });

  test('is another issuer’s business under the same uid (decision 35)', async () => {
    const customer = await world.customer();
    const browser = await approved(customer);
    expect(await signIn.finish({ ...browser, issuer: 'http://localhost:3000/ile' })).toEqual({ kind: 'not-ready' });
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done' });
  });
});

describe('limits', () => {
  test('per number count every spelling as one, and say how long to wait (X06)', async () => {
    const limited = world.signInWith({ startsPerNumber: 2 });
    const { msisdn } = await world.customer({ enrolled: false });
    const spelt = [msisdn, msisdn.replace('+33', '0'), msisdn.replace('+', '00')];
    const outcomes = [];
    for (const text of spelt) outcomes.push(await limited.identify(aBrowser(), text));
    expect(outcomes).toMatchObject([{ kind: 'ok' }, { kind: 'ok' }, { kind: 'limited' }]);
    const last = outcomes[2]!;
    expect(last.kind === 'limited' && last.retryAfterSeconds).toBeGreaterThan(500);
    expect(await limited.identify(aBrowser(), '+33639989996')).toEqual({ kind: 'ok' });
  });

  test('per address count whatever was typed', async () => {
    const limited = world.signInWith({ startsPerAddress: 2 });
    expect(await limited.identify(aBrowser(), '+33639989990')).toEqual({ kind: 'ok' });
    expect(await limited.identify(aBrowser(), '+33639989991')).toEqual({ kind: 'ok' });
    expect(await limited.identify(aBrowser(), '+33639989992')).toMatchObject({ kind: 'limited' });
    expect(await limited.identify(aBrowser({ address: '198.51.100.1' }), '+33639989992')).toEqual({ kind: 'ok' });
  });

  test('ring nobody and leave the page as it was', async () => {
    const limited = world.signInWith({ startsPerAddress: 0 });
    const customer = await world.customer();
    const browser = aBrowser();
    expect(await limited.identify(browser, customer.msisdn)).toMatchObject({ kind: 'limited' });
    await world.idle();
    expect(world.wire.sentTo(customer.msisdn)).toEqual([]);
    expect(await limited.view(browser)).toEqual({ step: 'identify' });
  });
});

describe('resend, cancel and starting over', () => {
  test('a resend is too soon, then done, twice, then no more; the code stays', async () => {
    const customer = await world.customer();
    const browser = await begun(customer);
    const { referenceCode } = await phoneView(signIn, browser);
    const soon = await signIn.resend(browser);
    expect(soon).toMatchObject({ kind: 'too-soon' });
    expect(soon.kind === 'too-soon' && soon.inSeconds).toBeLessThanOrEqual(20);
    for (const left of [1, 0]) {
      await advanceClock(world.database.db, 20);
      expect(await signIn.resend(browser)).toEqual({ kind: 'ok' });
      expect(await phoneView(signIn, browser)).toMatchObject({ referenceCode, resend: { left } });
      await world.phoneTakes(customer);
    }
    await advanceClock(world.database.db, 40);
    expect(await signIn.resend(browser)).toEqual({ kind: 'no-more' });
    expect(customer.card.requests.map(({ counter }) => counter)).toEqual([1, 2, 3]);
    await world.answer(customer);
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done' });
  });

  test('a resend for a number of nobody is answered alike', async () => {
    const browser = aBrowser();
    await signIn.identify(browser, '+33639989995');
    expect(await signIn.resend(browser)).toMatchObject({ kind: 'too-soon' });
    await advanceClock(world.database.db, 20);
    expect(await signIn.resend(browser)).toEqual({ kind: 'ok' });
    await advanceClock(world.database.db, 20);
    expect(await signIn.resend(browser)).toEqual({ kind: 'ok' });
    await advanceClock(world.database.db, 20);
    expect(await signIn.resend(browser)).toEqual({ kind: 'no-more' });
  });

  test('a request that was cancelled in the browser is not approved by the PIN typed after it (X28)', async () => {
    const customer = await world.customer();
    const browser = await begun(customer);
    const asked = customer.card.latest();
    await signIn.cancel(browser);
    expect(await statusOf(browser)).toBe('refused');
    await world.phoneTakes(customer);
    expect(customer.card.latest().data[1]).toBe(0x08);
    customer.card.requests.push(asked);
    await world.answer(customer);
    expect(await statusOf(browser)).toBe('refused');
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
  });

  test('starting over forgets the number and ends the request', async () => {
    const customer = await world.customer();
    const browser = await begun(customer);
    await signIn.startOver(browser);
    expect(await signIn.view(browser)).toEqual({ step: 'identify' });
    await world.answer(customer);
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
    await signIn.startOver(aBrowser());
  });

  test('ringing once more replaces the request that nobody answered', async () => {
    const customer = await world.customer();
    const browser = await begun(customer);
    const first = customer.card.latest();
    expect(await signIn.useSim(browser)).toEqual({ kind: 'ok' });
    await world.phoneTakes(customer);
    expect(customer.card.latest().data).not.toEqual(first.data);
    await world.answer(customer);
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done' });
  });
});

describe('two browsers on one number', () => {
  test('the second runs as a decoy that approving the first never completes (X15)', async () => {
    const customer = await world.customer();
    const owner = await begun(customer, { device: 'browser of the owner' });
    const attacker = aBrowser({ device: 'browser of the attacker', address: '203.0.113.9' });
    await signIn.identify(attacker, customer.msisdn);
    await world.phoneTakes(customer);
    const [shown, decoy] = [await phoneView(signIn, owner), await phoneView(signIn, attacker)];
    expect(decoy).toMatchObject({ status: 'pending', confirmation: 'type' });
    expect(decoy.referenceCode).not.toBe(shown.referenceCode);
    expect(customer.card.requests).toHaveLength(1);
    await world.answer(customer);
    expect(await signIn.finish(attacker)).toEqual({ kind: 'not-ready' });
    expect(await statusOf(attacker)).toBe('pending');
    expect(await signIn.finish(owner)).toMatchObject({ kind: 'done' });
    await advanceClock(world.database.db, 120);
    expect(await statusOf(attacker)).toBe('expired');
  });

  test('the browser that the number knows takes the place of a stranger (decision 9)', async () => {
    const customer = await world.customer();
    const device = 'a browser that was approved before';
    await signIn.finish(await approved(customer, { device }));
    const stranger = await begun(customer, { device: 'another browser' });
    const owner = await begun(customer, { device });
    expect(await statusOf(stranger)).toBe('refused');
    const kinds = customer.card.requests.map(({ data }) => data[1]);
    expect(kinds).toEqual([0x02, 0x02, 0x08, 0x02]);
    await world.answer(customer);
    expect(await signIn.finish(stranger)).toEqual({ kind: 'not-ready' });
    expect(await signIn.finish(owner)).toMatchObject({ kind: 'done' });
  });
});

describe('several accounts on one SIM (A13, X118)', () => {
  test('are offered after the PIN, and the one that is chosen is logged in', async () => {
    const customer = await world.customer({ accounts: 2 });
    const browser = await approved(customer);
    expect(await signIn.finish(browser)).toEqual({ kind: 'choose-account' });
    expect(await signIn.view(browser)).toEqual({
      step: 'choose-account',
      accounts: customer.accountIds.map((id, place) => ({ id, label: `Account of ${customer.emails[place]}` })),
    });
    await signIn.chooseAccount(browser, customer.accountIds[1]!);
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done', accountId: customer.accountIds[1] });
  });

  test('an account of somebody else cannot be chosen, nor another after the choice', async () => {
    const [customer, other] = [await world.customer({ accounts: 2 }), await world.customer()];
    const browser = await approved(customer);
    await signIn.finish(browser);
    for (const id of [other.accountIds[0]!, '', 'acc_none']) {
      await signIn.chooseAccount(browser, id);
      expect(await signIn.finish(browser)).toEqual({ kind: 'choose-account' });
    }
    await signIn.chooseAccount(browser, customer.accountIds[0]!);
    await signIn.chooseAccount(browser, customer.accountIds[1]!);
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done', accountId: customer.accountIds[0] });
  });

  test('nothing can be chosen before the PIN', async () => {
    const customer = await world.customer({ accounts: 2 });
    const browser = await begun(customer);
    await signIn.chooseAccount(browser, customer.accountIds[0]!);
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
    expect(await statusOf(browser)).toBe('pending');
  });

  test('a closed one is not offered: with one left there is nothing to choose', async () => {
    const customer = await world.customer({ accounts: 2 });
    await close(customer, 0);
    expect(await signIn.finish(await approved(customer))).toMatchObject({ accountId: customer.accountIds[1] });
  });
});

const close = (customer: Customer, place: number) =>
  world.database.db
    .updateTable('accounts')
    .set({ status: 'closed' })
    .where('id', '=', customer.accountIds[place]!)
    .execute();

describe('handing over', () => {
  test('happens once of twenty calls at once', async () => {
    const customer = await world.customer();
    const browser = await approved(customer);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => signIn.finish(browser)));
    expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(world.facts.filter(({ action }) => action === 'sign_in.approved')).toHaveLength(1);
  });

  test('is refused more than 60 s after the answer (sim-channel 5.6)', async () => {
    const customer = await world.customer();
    const browser = await approved(customer);
    await advanceClock(world.database.db, 60);
    expect(await statusOf(browser)).toBe('expired');
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
  });

  const meanwhile: [string, (customer: Customer) => Promise<unknown>][] = [
    ['the line was suspended', (customer) => setLine(customer, { status: 'suspended' })],
    ['the line was terminated', (customer) => setLine(customer, { status: 'terminated' })],
    ['the account was closed', (customer) => close(customer, 0)],
    ['the service was locked', (customer) => setEnrolment(customer, { lockedUntil: new Date('2040-01-01') })],
    ['the service was ended', (customer) => setEnrolment(customer, { baseState: 'DEACTIVATED' })],
    ['the card turned out to exist twice', (customer) => setEnrolment(customer, { suspendedByFork: true })],
    ['the link was taken away', unlink],
  ];
  const setLine = ({ msisdn }: { msisdn: Msisdn }, set: object) =>
    world.database.db.updateTable('lines').set(set).where('msisdn', '=', msisdn).execute();
  const setEnrolment = async (customer: Customer, set: object) =>
    world.database.db
      .updateTable('enrolments')
      .set(set)
      .where('id', '=', (await world.enrolment(customer)).id)
      .execute();
  async function unlink(customer: Customer) {
    const { id } = await world.enrolment(customer);
    await world.database.db.deleteFrom('mobileConnectLinks').where('enrolmentId', '=', id).execute();
  }

  test.each(meanwhile)('is refused when %s meanwhile (X119, A52)', async (_what, change) => {
    const customer = await world.customer();
    const browser = await approved(customer);
    await change(customer);
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
  });

  test('is refused when the level is below what is demanded', async () => {
    const customer = await world.customer();
    const browser = await approved(customer, { wanted: 'sim-ok' });
    expect(await signIn.finish({ ...browser, least: 'sim-pin' })).toEqual({ kind: 'not-ready' });
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done', level: 'sim-ok' });
  });
});

describe('waiting for the phone', () => {
  test('ends when the answer comes, also through another node', async () => {
    const customer = await world.customer();
    const browser = await begun(customer);
    const waited = signIn.waitForChange(browser, 'pending', { timeoutMs: 20_000 });
    await world.answer(customer);
    await waited;
    expect(await statusOf(browser)).toBe('approved');
  });

  test('ends at once when the page is behind', async () => {
    const customer = await world.customer();
    const browser = await approved(customer);
    await signIn.waitForChange(browser, 'pending', { timeoutMs: 20_000 });
  });

  test('ends when the browser goes away, at the time-out, and where nothing was begun', async () => {
    const customer = await world.customer();
    const browser = await begun(customer);
    const gone = new AbortController();
    const waited = signIn.waitForChange(browser, 'pending', { timeoutMs: 20_000, signal: gone.signal });
    gone.abort();
    await waited;
    await signIn.waitForChange(browser, 'pending', { timeoutMs: 1 });
    await signIn.waitForChange(aBrowser(), 'pending', { timeoutMs: 1 });
    await signIn.waitForChange(aBrowser(), 'pending', { timeoutMs: 20_000, signal: gone.signal });
  });
});
