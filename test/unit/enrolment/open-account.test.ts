// Accounts without a contract below the pages: what is asked, what an address that is known hears, and what comes of it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { codeRecipients } from '../../../src/app-codes.ts';
import type { OpenAccountVisit } from '../../../src/enrolment/open-account-types.ts';
import { findAccountHolder } from '../../../src/storage/accounts.ts';
import { findAccountByIdentifier } from '../../../src/storage/subscribers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createPasswordWorld, newPassword } from '../authentication/password-world.ts';
import { giveAlias } from '../customer/mailbox-world.ts';

type World = Awaited<ReturnType<typeof createPasswordWorld>>;

const person = { civility: 'Mme', givenName: 'Léa', familyName: 'N’Guyen-Roche', email: 'lea@exemple.test' };
const choice = { password: newPassword, confirmation: newPassword, accepted: true, termsVersion: 'v1' };

describe.each(engines)('on %s', (engine) => {
  let open: TestDatabase;
  let world: World;
  let last = 0;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = await createPasswordWorld(open.database);
  });
  afterAll(() => open.close());
  beforeEach(() => {
    world.sent.length = 0;
    world.told.length = 0;
  });

  const freshEmail = () => `new-${++last}@exemple.test`;

  async function begin(details: object = {}): Promise<OpenAccountVisit> {
    const typed = { ...person, email: freshEmail(), ...details };
    const begun = await world.openAccounts.begin({ brand: 'exemple', locale: 'en', browser: 'b', details: typed });
    if (begun.kind !== 'begun') throw new Error(JSON.stringify(begun));
    return { id: begun.id, browser: 'b', address: '192.0.2.10' };
  }

  async function passRobot(visit: OpenAccountVisit) {
    const view = await world.openAccounts.view(visit);
    if (view?.step !== 'robot') throw new Error('there is no check');
    return await world.openAccounts.answerRobot(visit, String(view.sum[0] + view.sum[1]));
  }

  /** The digits of the last code to a medium. */
  async function codeTo(medium: string): Promise<string> {
    const { codeId } = world.sent.findLast((one) => one.medium === medium)!;
    return (await world.codes.open(codeId))?.digits ?? '';
  }

  async function upToPassword(details: object = {}) {
    const visit = await begin(details);
    await passRobot(visit);
    const given = { email: await codeTo('email'), mobile: 'mobile' in details ? await codeTo('mobile') : undefined };
    expect(await world.openAccounts.enterCodes(visit, given)).toEqual({ kind: 'ok' });
    return visit;
  }

  const accountOf = (email: string) =>
    findAccountByIdentifier(open.database.db, {
      ...{ brand: 'exemple', kind: 'email', lookupHash: world.masterKey.index('email', email) },
    });

  test('names, a verified address and a password make a main account without a contract (C06, C07)', async () => {
    const email = freshEmail();
    const visit = await upToPassword({ email: email.toUpperCase(), mobile: '06 39 98 00 77' });
    expect(await world.openAccounts.setPassword(visit, choice)).toEqual({ kind: 'ok' });
    expect(await world.openAccounts.view(visit)).toEqual({ step: 'done' });
    const account = await accountOf(email);
    expect(account).toMatchObject({
      ...{ kind: 'main', label: 'Léa N’Guyen-Roche', locale: 'en', contactEmail: email, status: 'active' },
      ...{ contactMobile: '+33639980077', termsVersion: 'v1', contactEmailVerifiedAt: expect.any(Date) },
    });
    expect(await world.opens({ accountId: account!.id }, newPassword)).toBe(true);
    expect(await findAccountHolder(open.database.db, account!.id)).toMatchObject({ civility: 'Mme', givenName: 'Léa' });
    const contracts = await open.database.db
      .selectFrom('accountContracts')
      .selectAll()
      .where('accountId', '=', account!.id)
      .execute();
    expect(contracts).toEqual([]);
    expect(world.told).toEqual([expect.objectContaining({ accountId: account!.id })]);
  });

  test('X95 an alias of a mailbox opens no account, verified or not', async () => {
    const { accountId } = await world.customer();
    await giveAlias(open.database, accountId, 'detour@exemple.test');
    const visit = await upToPassword({ email: 'detour@exemple.test' });
    expect((await world.openAccounts.setPassword(visit, choice)).kind).toBe('wrong');
    expect(await accountOf('detour@exemple.test')).toBeUndefined();
  });

  test('an address that has an account gets a message instead of a code; pages and statements are the same', async () => {
    const known = await world.customer();
    const walk = async (email: string) => {
      world.statements.length = 0;
      const visit = await begin({ email });
      const said = [
        await passRobot(visit),
        await world.openAccounts.enterCodes(visit, { email: '000000' }),
        await world.openAccounts.resendCodes(visit),
      ];
      const view = await world.openAccounts.view(visit);
      return { visit, said, step: view?.step, statements: [...world.statements] };
    };
    const fresh = await walk(freshEmail());
    const taken = await walk(known.email);
    expect([taken.said, taken.step, taken.statements]).toEqual([fresh.said, fresh.step, fresh.statements]);
    const find = codeRecipients(world);
    const recipientOf = ({ id }: OpenAccountVisit) => find({ purpose: 'account', medium: 'email', recipient: id });
    expect(await recipientOf(fresh.visit)).toMatchObject({ known: false, locale: 'en' });
    expect(await recipientOf(taken.visit)).toMatchObject({ known: true, value: known.email });
  });

  test('everything that is not right is said at once, before anything is written', async () => {
    world.statements.length = 0;
    const typed = { civility: 'Dr', givenName: ' ', familyName: '<b>', email: 'nobody', mobile: '+447911123456' };
    const begun = await world.openAccounts.begin({ brand: 'exemple', locale: 'fr', browser: 'b', details: typed });
    expect(begun).toEqual({
      kind: 'refused',
      problems: expect.arrayContaining([
        { field: 'civility', problem: 'malformed' },
        { field: 'givenName', problem: 'missing' },
        { field: 'familyName', problem: 'malformed' },
        { field: 'email', problem: 'malformed' },
        { field: 'mobile', problem: 'not-served' },
      ]),
    });
    expect(world.statements).toEqual([]);
  });

  test('a number is confirmed too, and a right code is not lost by a slip in the other', async () => {
    const visit = await begin({ mobile: '0639980078' });
    await passRobot(visit);
    const right = { email: await codeTo('email'), mobile: await codeTo('mobile') };
    expect(await world.openAccounts.enterCodes(visit, { ...right, mobile: 'nonsense' })).toEqual({ kind: 'wrong' });
    expect(await world.openAccounts.view(visit)).toMatchObject({ email: 'given', mobile: 'sent' });
    expect(await world.openAccounts.enterCodes(visit, { mobile: right.mobile })).toEqual({ kind: 'ok' });
  });

  test('nothing is sent before the robot check, and no password is taken before the code', async () => {
    const visit = await begin();
    expect(await world.openAccounts.enterCodes(visit, { email: '000000' })).toEqual({ kind: 'wrong' });
    expect(await world.openAccounts.setPassword(visit, choice)).toEqual({ kind: 'wrong' });
    expect(world.sent).toEqual([]);
  });

  test.each([
    [{ accepted: false }, 'terms-missing'],
    [{ termsVersion: 'v0' }, 'stale-terms'],
    [{ password: 'Lea 123', confirmation: 'Lea 123' }, 'too-short'],
    [{ confirmation: 'something else' }, 'not-repeated'],
  ])('%j is refused, and the flow stays', async (change, problem) => {
    const visit = await upToPassword();
    expect(await world.openAccounts.setPassword(visit, { ...choice, ...change })).toEqual({ kind: 'refused', problem });
    expect(await world.openAccounts.view(visit)).toEqual({ step: 'password', termsVersion: 'v1' });
  });

  test('twenty at once open one account, from one flow and from two of the same address', async () => {
    const email = freshEmail();
    const [first, second] = [await upToPassword({ email }), await upToPassword({ email })];
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => world.openAccounts.setPassword(n % 2 === 0 ? first : second, choice)),
    );
    expect(outcomes.some(({ kind }) => kind === 'ok')).toBe(true);
    const accounts = await open.database.db
      .selectFrom('accounts')
      .select('id')
      .where('contactEmail', '=', email)
      .execute();
    expect(accounts).toHaveLength(1);
    const steps = [await world.openAccounts.view(first), await world.openAccounts.view(second)].map((one) => one?.step);
    expect(steps.toSorted()).toEqual(['done', 'over']);
  });
});
