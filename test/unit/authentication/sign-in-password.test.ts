// A login with the password, and an e-mail address where the phone is demanded: who may, who is told, what it costs.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SignIn } from '../../../src/authentication/sign-in-types.ts';
import { aBrowser, demoPassword, openSignInWorld, phoneView, type SignInWorld } from './sign-in-world.ts';
import type { Customer, CustomerOptions } from './sim-world.ts';

let world: SignInWorld;
let signIn: SignIn;

beforeAll(async () => {
  world = await openSignInWorld();
  signIn = world.signInWith();
});
afterAll(() => world.close());
afterEach(() => {
  world.facts.length = 0;
  world.notices.length = 0;
});

const customerWithPassword = (options: CustomerOptions = {}) =>
  world.customer({ passwordHash: world.passwordHash, ...options });
const strict = { client: { allowPasswordFallback: false } };

/** A browser on the password page. */
async function onPasswordPage(identifier: string, by: SignIn = signIn) {
  const browser = aBrowser();
  await by.identify(browser, identifier);
  await by.usePassword(browser);
  return browser;
}

describe('the password page', () => {
  test('comes at once for an e-mail address, shows it masked, and rings nobody', async () => {
    const customer = await customerWithPassword();
    const browser = aBrowser();
    expect(await signIn.identify(browser, customer.emails[0]!.toUpperCase())).toEqual({ kind: 'ok' });
    expect(await signIn.view(browser)).toEqual({
      step: 'password',
      identifierShown: 'p***@exemple.test',
      simOffered: true,
    });
    await world.idle();
    expect(world.wire.sentTo(customer.msisdn)).toEqual([]);
  });

  test('comes for every address alike', async () => {
    const browser = aBrowser();
    await signIn.identify(browser, 'personne@exemple.test');
    expect(await signIn.view(browser)).toMatchObject({ step: 'password', identifierShown: 'p***@exemple.test' });
  });

  test('can be asked for while the phone rings, and takes the request away from it', async () => {
    const customer = await customerWithPassword();
    const browser = aBrowser();
    await signIn.identify(browser, customer.msisdn);
    await world.phoneTakes(customer);
    const asked = customer.card.latest();
    await signIn.usePassword(browser);
    expect(await signIn.view(browser)).toMatchObject({ step: 'password' });
    await world.phoneTakes(customer);
    expect(customer.card.latest().data[1]).toBe(0x08);
    customer.card.requests.push(asked);
    await world.answer(customer);
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
  });

  test.each([
    ['its client allows none', { client: { allowPasswordFallback: false } }],
    ['a higher level is demanded', { least: 'sim-ok' as const }],
  ])('does not come when %s', async (_when, changes) => {
    const customer = await customerWithPassword();
    const browser = aBrowser(changes);
    await signIn.identify(browser, customer.msisdn);
    expect(await phoneView(signIn, browser)).toMatchObject({ passwordOffered: false });
    await signIn.usePassword(browser);
    expect(await phoneView(signIn, browser)).toMatchObject({ status: 'pending' });
    expect(await signIn.checkPassword(browser, demoPassword)).toEqual({ kind: 'not-asked' });
  });

  test('can be left for the phone, which then rings', async () => {
    const customer = await customerWithPassword();
    const browser = await onPasswordPage(customer.emails[0]!);
    expect(await signIn.useSim(browser)).toEqual({ kind: 'ok' });
    await world.phoneTakes(customer);
    await world.answer(customer);
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done', accountId: customer.accountIds[0] });
  });

  test('does nothing before somebody is named', async () => {
    const browser = aBrowser();
    await signIn.usePassword(browser);
    expect(await signIn.useSim(browser)).toEqual({ kind: 'malformed' });
    expect(await signIn.checkPassword(browser, demoPassword)).toEqual({ kind: 'not-asked' });
  });
});

describe('an e-mail address where the SIM is demanded', () => {
  test('rings the line of its account', async () => {
    const customer = await world.customer();
    const browser = aBrowser(strict);
    await signIn.identify(browser, customer.emails[0]!);
    await world.phoneTakes(customer);
    expect(await phoneView(signIn, browser)).toMatchObject({
      status: 'pending',
      passwordOffered: false,
      identifierShown: 'p***@exemple.test',
    });
    await world.answer(customer);
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done', level: 'sim-pin' });
  });

  test('of nobody waits for a phone that does not ring', async () => {
    const browser = aBrowser(strict);
    await signIn.identify(browser, 'personne@exemple.test');
    expect(await phoneView(signIn, browser)).toMatchObject({ status: 'pending' });
  });

  test('and the number of the same line share one slot, so that neither gets past the other', async () => {
    const customer = await world.customer();
    await signIn.identify(aBrowser(strict), customer.emails[0]!);
    const second = aBrowser({ ...strict, address: '203.0.113.9' });
    await signIn.identify(second, customer.msisdn);
    await world.phoneTakes(customer);
    expect(customer.card.requests).toHaveLength(1);
    expect(await phoneView(signIn, second)).toMatchObject({ confirmation: 'type' });
  });
});

describe('a password', () => {
  test('that is right proves the level pwd, is written down, and is handed over once', async () => {
    const customer = await customerWithPassword();
    const browser = await onPasswordPage(customer.emails[0]!);
    const before = Math.floor(Date.now() / 1_000);
    expect(await signIn.checkPassword(browser, demoPassword)).toEqual({ kind: 'ok' });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => signIn.finish(browser)));
    const done = outcomes.filter(({ kind }) => kind === 'done');
    expect(done).toMatchObject([{ level: 'pwd', accountId: customer.accountIds[0] }]);
    expect(done[0]!.kind === 'done' && done[0]!.authTime).toBeGreaterThanOrEqual(before);
    expect(world.facts).toMatchObject([{ action: 'password.login', accountId: customer.accountIds[0] }]);
  });

  test('opens with the number too, the primary account if there are several', async () => {
    const customer = await customerWithPassword({ accounts: 2 });
    const browser = await onPasswordPage(customer.msisdn);
    expect(await signIn.checkPassword(browser, demoPassword)).toEqual({ kind: 'ok' });
    expect(await signIn.finish(browser)).toMatchObject({ kind: 'done', accountId: customer.accountIds[0] });
  });

  test('proves nothing above itself', async () => {
    const customer = await customerWithPassword();
    const browser = await onPasswordPage(customer.emails[0]!);
    await signIn.checkPassword(browser, demoPassword);
    expect(await signIn.finish({ ...browser, least: 'sim-ok' })).toEqual({ kind: 'not-ready' });
  });

  test('that is wrong is said to be wrong, as for an account that does not exist or has none', async () => {
    const customer = await customerWithPassword();
    const none = await world.customer();
    for (const email of [customer.emails[0]!, none.emails[0]!, 'personne@exemple.test']) {
      const browser = await onPasswordPage(email);
      for (const password of ['wrong', '', 'x'.repeat(10_000)]) {
        expect(await signIn.checkPassword(browser, password)).toEqual({ kind: 'wrong' });
      }
      expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
    }
    expect(new Set(world.facts.map(({ action }) => action))).toEqual(new Set(['password.failed']));
    expect(world.notices).toEqual([]);
    expect(JSON.stringify(world.facts)).not.toContain('wrong');
  });

  test('of a closed account is wrong even when it is right', async () => {
    const customer = await customerWithPassword();
    await close(customer);
    const browser = await onPasswordPage(customer.emails[0]!);
    expect(await signIn.checkPassword(browser, demoPassword)).toEqual({ kind: 'wrong' });
  });

  test('of an account that was closed after it was checked lets nobody in (X119)', async () => {
    const customer = await customerWithPassword();
    const browser = await onPasswordPage(customer.emails[0]!);
    await signIn.checkPassword(browser, demoPassword);
    await close(customer);
    expect(await signIn.finish(browser)).toEqual({ kind: 'not-ready' });
  });

  test('costs the same statements whether it is wrong, of nobody, or of a closed account (decision 52)', async () => {
    const [customer, closed] = [await customerWithPassword(), await customerWithPassword()];
    await close(closed);
    const seen: string[][] = [];
    for (const email of [customer.emails[0]!, closed.emails[0]!, 'personne@exemple.test']) {
      const browser = await onPasswordPage(email);
      world.statements.length = 0;
      await signIn.checkPassword(browser, 'wrong');
      seen.push([...world.statements]);
    }
    expect(seen[0]!.length).toBeGreaterThan(3);
    expect(seen).toEqual([seen[0], seen[0], seen[0]]);
  });

  const close = ({ accountIds }: Customer) =>
    world.database.db.updateTable('accounts').set({ status: 'closed' }).where('id', '=', accountIds[0]!).execute();
});

describe('guessing', () => {
  test('is limited per account, whoever guesses from wherever, and says how long to wait', async () => {
    const limited = world.signInWith({ passwordsPerAccount: 3 });
    const customer = await customerWithPassword();
    const browser = await onPasswordPage(customer.emails[0]!, limited);
    for (let n = 0; n < 3; n++) {
      const guess = limited.checkPassword({ ...browser, address: `198.51.100.${n}` }, `guess ${n}`);
      expect(await guess).toEqual({ kind: 'wrong' });
    }
    expect(await limited.checkPassword(browser, demoPassword)).toMatchObject({ kind: 'limited' });
    expect(await limited.finish(browser)).toEqual({ kind: 'not-ready' });
  });

  test('in parallel does not slip under the limit', async () => {
    const limited = world.signInWith({ passwordsPerAccount: 3 });
    const customer = await customerWithPassword();
    const browser = await onPasswordPage(customer.emails[0]!, limited);
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, n) => limited.checkPassword(browser, `guess ${n}`)),
    );
    expect(guesses.filter(({ kind }) => kind === 'wrong')).toHaveLength(3);
  });

  test('is limited per address over all accounts, existing or not', async () => {
    const limited = world.signInWith({ passwordsPerAddress: 2 });
    for (const [email, kind] of [
      ['a@exemple.test', 'wrong'],
      ['b@exemple.test', 'wrong'],
      ['c@exemple.test', 'limited'],
    ] as const) {
      const browser = await onPasswordPage(email, limited);
      expect(await limited.checkPassword(browser, 'guess')).toMatchObject({ kind });
    }
  });

  test('starts anew for the account after the right password', async () => {
    const limited = world.signInWith({ passwordsPerAccount: 2 });
    const customer = await customerWithPassword();
    for (let n = 0; n < 3; n++) {
      const browser = await onPasswordPage(customer.emails[0]!, limited);
      expect(await limited.checkPassword(browser, 'wrong')).toEqual({ kind: 'wrong' });
      expect(await limited.checkPassword(browser, demoPassword)).toEqual({ kind: 'ok' });
    }
  });
});

describe('the alert of a password login (A40)', () => {
  async function loggedIn(customer: Customer): Promise<void> {
    const browser = await onPasswordPage(customer.emails[0]!);
    expect(await signIn.checkPassword(browser, demoPassword)).toEqual({ kind: 'ok' });
  }
  const channels = () => world.notices.map(({ about }) => about['channel']);

  test('goes by SMS to the enrolled line, and says by which client and browser', async () => {
    const customer = await customerWithPassword();
    await loggedIn(customer);
    const { line } = await world.line(customer);
    expect(world.notices).toMatchObject([
      {
        name: 'passwordLogin',
        about: {
          channel: 'sms',
          lineId: line.id,
          accountId: customer.accountIds[0],
          clientName: 'Portal',
          deviceLabel: 'Firefox, Linux',
        },
      },
    ]);
  });

  test('goes to every enrolled line of the account, as an event of its own', async () => {
    const [customer, second] = [await customerWithPassword(), await world.customer()];
    const { id: enrolmentId } = await world.enrolment(second);
    await world.database.db
      .insertInto('mobileConnectLinks')
      .values({ enrolmentId, accountId: customer.accountIds[0]!, linkedAt: new Date() })
      .execute();
    await loggedIn(customer);
    expect(channels()).toEqual(['sms', 'sms']);
    expect(new Set(world.notices.map(({ about }) => about['eventId'])).size).toBe(2);
    await loggedIn(customer);
    expect(new Set(world.notices.map(({ about }) => about['eventId'])).size).toBe(4);
  });

  test.each([
    ['a locked service is told by SMS', { lockedUntil: new Date('2040-01-01') }, ['sms']],
    ['a new SIM on hold is told by SMS', { holdUntil: new Date('2040-01-01') }, ['sms']],
    ['a service that has ended is not told', { baseState: 'DEACTIVATED' as const }, []],
  ])('of %s', async (_what, set, expected) => {
    const customer = await customerWithPassword();
    const { id } = await world.enrolment(customer);
    await world.database.db.updateTable('enrolments').set(set).where('id', '=', id).execute();
    await loggedIn(customer);
    expect(channels()).toEqual(expected);
  });

  test('of a suspended line goes by e-mail, for the phone may be in a thief’s hand (X62)', async () => {
    const customer = await customerWithPassword();
    await world.database.db
      .updateTable('lines')
      .set({ status: 'suspended' })
      .where('msisdn', '=', customer.msisdn)
      .execute();
    await loggedIn(customer);
    expect(channels()).toEqual(['email']);
  });

  test('does not go to a line that was never enrolled', async () => {
    await loggedIn(await customerWithPassword({ enrolled: false }));
    expect(world.notices).toEqual([]);
  });
});
