// Nothing that a stranger can see or measure tells a number with the service from one without: the same page,
// the same statements, whatever stands behind the number or the address (X01, decisions 18 and 52).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SignIn, SignInRequest } from '../../../src/authentication/sign-in-types.ts';
import { aBrowser, openSignInWorld, type SignInWorld } from './sign-in-world.ts';
import type { Customer } from './sim-world.ts';

let world: SignInWorld;
let signIn: SignIn;

beforeAll(async () => {
  world = await openSignInWorld();
  // What follows the answer to the browser is left out here: it happens after the page was sent.
  signIn = world.signInWith({}, world.silent);
  // Roots of SIMs are opened once in a process, by whichever number comes first.
  await world.customer();
});
afterAll(() => world.close());

const setEnrolment = async (customer: Customer, set: object) => {
  const { id } = await world.enrolment(customer);
  await world.database.db.updateTable('enrolments').set(set).where('id', '=', id).execute();
};
const setLine = (customer: Customer, set: object) =>
  world.database.db.updateTable('lines').set(set).where('msisdn', '=', customer.msisdn).execute();
const future = new Date('2040-01-01');

/** Everybody whom a number may belong to; the first one is rung. */
const people: [string, () => Promise<Customer>][] = [
  ['active', () => world.customer()],
  ['never enrolled', () => world.customer({ enrolled: false })],
  ['with a SIM that has no applet', () => world.customer({ appletCapable: false })],
  ['locked', () => changed({ lockedUntil: future, triesLeft: 0 })],
  ['on hold', () => changed({ holdUntil: future })],
  ['waiting for a PIN', () => changed({ baseState: 'AWAITING_PIN' })],
  ['ended', () => changed({ baseState: 'DEACTIVATED' })],
  ['a card that seems to exist twice', () => changed({ suspendedByFork: true })],
  ['on a suspended line', () => changedLine({ status: 'suspended' })],
  ['on a terminated line', () => changedLine({ status: 'terminated' })],
  ['a 4G box', () => changedLine({ kind: '4g-box' })],
  ['of a brand without the service (A11)', () => changedLine({ brand: 'ile' })],
];
async function changed(set: object): Promise<Customer> {
  const customer = await world.customer();
  await setEnrolment(customer, set);
  return customer;
}
async function changedLine(set: object): Promise<Customer> {
  const customer = await world.customer();
  await setLine(customer, set);
  return customer;
}

/** What differs by nature, or by the moment of the look. */
const changing = ['referenceCode', 'expiresAt', 'identifierShown', 'secondsLeft', 'inSeconds'];

/** What one call did to the database, what it answered, and what the page shows after it. */
async function observe(browser: SignInRequest, work: () => Promise<unknown>) {
  world.statements.length = 0;
  const outcome = await work();
  const statements = [...world.statements];
  const seen = { outcome, statements, shown: await signIn.view(browser) };
  return JSON.parse(JSON.stringify(seen, (name, value) => (changing.includes(name) ? undefined : value)));
}

/** A login that nobody answers, step by step. */
async function unanswered(identifier: string, changes: Parameters<typeof aBrowser>[0] = {}) {
  const browser = aBrowser(changes);
  const steps: unknown[] = [];
  steps.push(await observe(browser, () => signIn.identify(browser, identifier)));
  steps.push(await observe(browser, () => signIn.view(browser)));
  steps.push(await observe(browser, () => signIn.resend(browser)));
  steps.push(await observe(browser, () => signIn.finish(browser)));
  return steps;
}

describe('a number', () => {
  let reference: unknown[];
  beforeAll(async () => {
    reference = await unanswered((await world.customer()).msisdn);
  });

  test('that is rung takes statements at all, so that equality means something', () => {
    const [identify] = reference as { statements: string[] }[];
    expect(identify!.statements.length).toBeGreaterThan(10);
    expect(identify!.statements.filter((text) => text === 'InsertQueryNode attempts')).toHaveLength(1);
  });

  test.each(people)('of a line that is %s gives the same pages by the same statements', async (_what, make) => {
    expect(await unanswered((await make()).msisdn)).toEqual(reference);
  });

  test.each([
    ['of nobody', '+33639989993'],
    ['of another operator', '+33612345678'],
    ['of another country', '+230 5712 3456'],
    ['of a fixed line', '01 99 00 12 34'],
  ])('%s does too', async (_what, number) => {
    expect(await unanswered(number)).toEqual(reference);
  });

  test('that was rung before by somebody else does too, wherever the request goes', async () => {
    const [rung, silent] = [await world.customer(), await world.customer({ enrolled: false })];
    const seen = [];
    for (const { msisdn } of [rung, silent]) {
      await unanswered(msisdn);
      seen.push(await unanswered(msisdn));
    }
    expect(seen[0]).toEqual(seen[1]);
  });

  test('that is cancelled does too, while nothing has left for it', async () => {
    const seen = [];
    for (const customer of [await world.customer(), await world.customer({ enrolled: false })]) {
      const browser = aBrowser();
      await signIn.identify(browser, customer.msisdn);
      seen.push(await observe(browser, () => signIn.cancel(browser)));
    }
    expect(seen[0]).toEqual(seen[1]);
  });
});

describe('an e-mail address where the SIM is demanded', () => {
  const strict = { client: { allowPasswordFallback: false }, least: 'sim-pin' as const };

  test('gives the same pages by the same statements, with and without an account and a service behind it', async () => {
    const enrolled = await world.customer();
    const [plain] = (await world.customer({ enrolled: false })).emails;
    const seen = [];
    for (const email of [enrolled.emails[0]!, plain!, 'nobody@exemple.test']) {
      seen.push(await unanswered(email, strict));
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });
});
