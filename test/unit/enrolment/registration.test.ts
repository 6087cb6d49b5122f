// Registrations below the pages: what each step asks, that what cannot be registered looks like what can, and that a
// code and a completion count once.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createRegistrationWorld, goodPassword, type RegistrationWorld, typedForm } from './registration-world.ts';

const choice = { password: goodPassword, confirmation: goodPassword };
const toldIn = { locale: 'en', timeZone: 'Indian/Mauritius' };
const wrong = { kind: 'wrong' };
const ok = { kind: 'ok' };

describe.each(engines)('on %s', (engine) => {
  let open: TestDatabase;
  let world: RegistrationWorld;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = await createRegistrationWorld(open.database);
  });
  afterAll(() => open.close());
  beforeEach(() => {
    world.sent.length = 0;
    world.told.length = 0;
  });

  /** A code that is not the right one. */
  const otherThan = (digits: string) => String((Number(digits) + 1) % 1_000_000).padStart(6, '0');

  test('E02 E05 E07 E17 X09 an Account ID, the form, the terms, the code on file and a password make an account', async () => {
    const { id, code, number } = await world.billed();
    const visit = await world.begin(` ${code.slice(0, 4)} ${code.slice(4)} `);
    expect(await world.registrations.view(visit)).toEqual({ step: 'form' });
    expect(await world.registrations.fillForm(visit, typedForm)).toEqual(ok);
    expect(await world.registrations.view(visit)).toEqual({ step: 'terms', termsVersion: 'v1' });
    expect(world.sent).toEqual([]);
    expect(await world.registrations.acceptTerms(visit, { accepted: true })).toEqual(ok);
    expect(await world.recipients.findRecipient(visit.id)).toEqual({ ...toldIn, number, isRegistered: false });
    expect(await world.registrations.enterCode(visit, await world.digits(visit))).toEqual(ok);
    expect(await world.registrations.view(visit)).toEqual({ step: 'password' });
    expect(await world.registrations.setPassword(visit, choice)).toEqual(ok);
    expect(await world.registrations.view(visit)).toEqual({ step: 'done', profile: 'individual' });
    const account = await world.accountOf('account_id', code);
    expect(account).toMatchObject({
      ...{ brand: 'ile', kind: 'main', label: 'Anya Li', locale: 'en', termsVersion: 'v1' },
      ...{ contactEmail: typedForm.email, contactEmailVerifiedAt: null, contactPhone: typedForm.phone },
      ...{ contactMobile: number, contactMobileVerifiedAt: expect.any(Date), termsAcceptedAt: expect.any(Date) },
    });
    expect(await world.verify(account?.passwordHash, goodPassword)).toBe(true);
    expect(world.told).toEqual([{ accountId: account?.id, brand: 'ile', at: expect.any(Date) }]);
    const scope = { billingAccountId: id };
    expect(await world.scopeOf(account?.id ?? '')).toEqual(scope);
    expect(await world.recipients.findRegistered(account?.id ?? '')).toMatchObject({
      number,
      address: typedForm.email,
    });
  });

  test('E08 E22 a Customer ID makes an account of profile group that sees the whole group', async () => {
    const { id, customerId } = await world.company();
    const visit = await world.register(customerId.toLowerCase().replace(/(.{5})/g, '$1-'));
    expect(await world.registrations.view(visit)).toEqual({ step: 'done', profile: 'group' });
    const account = await world.accountOf('customer_id', customerId);
    expect(account).toMatchObject({ kind: 'group', label: 'Sucrerie du Morne', contactMobile: '+23059990077' });
    const scope = { customerGroupId: id };
    expect(await world.scopeOf(account?.id ?? '')).toEqual(scope);
  });

  test('E21 E22 two Account IDs of one person are two accounts, each with its own bills', async () => {
    const [first, second] = [await world.billed(), await world.billed()];
    await world.register(first.code);
    await world.register(second.code);
    const [one, other] = [
      await world.accountOf('account_id', first.code),
      await world.accountOf('account_id', second.code),
    ];
    expect(one?.id).not.toBe(other?.id);
    const scope = { billingAccountId: second.id };
    expect(await world.scopeOf(other?.id ?? '')).toEqual(scope);
  });

  test('E02 E08 E14 X10 X107 what cannot be registered gets the same answers by the same statements, and no code', async () => {
    const walk = async (identifier: string) => {
      world.statements.length = 0;
      const visit = await world.begin(identifier);
      const said = [
        await world.registrations.enterCode(visit, '123456'),
        await world.registrations.fillForm(visit, typedForm),
        await world.registrations.acceptTerms(visit, { accepted: true }),
        await world.registrations.enterCode(visit, otherThan(await world.digits(visit))),
        await world.registrations.resendCode(visit),
        await world.registrations.enterCode(visit, 'nonsense'),
      ];
      const view = await world.registrations.view(visit);
      return {
        said,
        view,
        statements: [...world.statements],
        recipient: await world.recipients.findRecipient(visit.id),
      };
    };
    const { recipient, ...real } = await walk((await world.billed()).code);
    expect(recipient).toBeDefined();
    const registered = await world.billed();
    await world.register(registered.code);
    const suspended = await world.billed();
    await open.database.db
      .updateTable('lines')
      .set({ status: 'suspended' })
      .where('id', '=', suspended.lineId)
      .execute();
    const { customerId } = await world.company();
    await world.register(customerId);
    const cases: [string, string, object | undefined][] = [
      ['unknown', '99999999', undefined],
      ['registered', registered.code, { ...toldIn, isRegistered: true, number: registered.number }],
      ['prepaid', (await world.billed({ payMode: 'prepaid' })).code, undefined],
      ['suspended', suspended.code, undefined],
      ['customer reference of a consumer', `C${'0'.repeat(20)}`, undefined],
      ['group without a number', (await world.company(null)).customerId, undefined],
      ['registered group', customerId, { ...toldIn, isRegistered: true, number: '+23059990077' }],
    ];
    for (const [name, identifier, expected] of cases) {
      const { recipient: decoyTo, ...decoy } = await walk(identifier);
      expect({ name, ...decoy }).toEqual({ name, ...real });
      expect({ name, decoyTo }).toEqual({ name, decoyTo: expected });
    }
  });

  test.each(['', 'someone@exemple.test', '+230 5999 0001', 'K12', 'C-12345'])(
    'E02 %j is no ID of this brand',
    async (text) => {
      const start = { brand: 'ile', locale: 'fr', browser: 'b' } as const;
      expect(await world.registrations.begin({ ...start, identifier: text })).toEqual({ kind: 'malformed' });
    },
  );

  test('E03 every field of the form is demanded, and told at once', async () => {
    const visit = await world.begin((await world.billed()).code);
    const outcome = await world.registrations.fillForm(visit, {
      givenName: ' ',
      familyName: '<b>',
      email: 'x',
      phone: '1',
    });
    expect(outcome).toEqual({
      kind: 'incomplete',
      problems: [
        { field: 'givenName', problem: 'missing' },
        { field: 'familyName', problem: 'malformed' },
        { field: 'email', problem: 'malformed' },
        { field: 'phone', problem: 'malformed' },
      ],
    });
    expect(await world.registrations.view(visit)).toEqual({ step: 'form' });
  });

  test('E04 no SMS before the terms are accepted, in their present version', async () => {
    const visit = await world.begin((await world.billed()).code);
    await world.registrations.fillForm(visit, typedForm);
    const refused = (problem: string) => ({ kind: 'refused', problem });
    expect(await world.registrations.acceptTerms(visit, { accepted: false })).toEqual(refused('terms-missing'));
    const stale = { accepted: true, termsVersion: 'v0' };
    expect(await world.registrations.acceptTerms(visit, stale)).toEqual(refused('stale-terms'));
    expect(world.sent).toEqual([]);
  });

  test('steps out of order are refused with the one that is due; another browser has no flow', async () => {
    const visit = await world.begin((await world.billed()).code);
    const due = { kind: 'wrong-step', due: 'form' };
    expect(await world.registrations.acceptTerms(visit, { accepted: true })).toEqual(due);
    expect(await world.registrations.resendCode(visit)).toEqual(due);
    expect(await world.registrations.enterCode(visit, '123456')).toEqual(due);
    expect(await world.registrations.setPassword(visit, choice)).toEqual(due);
    const stranger = { ...visit, browser: 'another' };
    expect(await world.registrations.view(stranger)).toBeUndefined();
    expect(await world.registrations.fillForm(stranger, typedForm)).toEqual({ kind: 'lost' });
  });

  test('E05 the third wrong code ends it, and the right one comes too late', async () => {
    const visit = await world.upToCode((await world.billed()).code);
    const right = await world.digits(visit);
    for (let n = 0; n < 3; n++) expect(await world.registrations.enterCode(visit, otherThan(right))).toEqual(wrong);
    expect(await world.registrations.view(visit)).toEqual({ step: 'over' });
    expect(await world.registrations.enterCode(visit, right)).toEqual({ kind: 'over' });
    expect(await world.registrations.resendCode(visit)).toEqual({ kind: 'over' });
  });

  test('E05 X65 the code of another registration is refused', async () => {
    const { code } = await world.billed();
    const [first, second] = [await world.upToCode(code), await world.upToCode(code)];
    expect(await world.registrations.enterCode(first, await world.digits(second))).toEqual(wrong);
    expect(await world.registrations.enterCode(second, await world.digits(second))).toEqual(ok);
  });

  test('E05 X10 another code voids the one before; three an hour, also for whoever begins anew', async () => {
    const { code } = await world.billed();
    const visit = await world.upToCode(code);
    const former = await world.digits(visit);
    expect(await world.registrations.resendCode(visit)).toEqual(ok);
    if (former !== (await world.digits(visit))) {
      expect(await world.registrations.enterCode(visit, former)).toEqual(wrong);
    }
    expect(await world.registrations.resendCode(visit)).toEqual(ok);
    expect(await world.registrations.resendCode(visit)).toEqual(ok);
    const limited = { kind: 'limited', retryAfterSeconds: expect.any(Number) };
    expect(await world.registrations.resendCode(visit)).toEqual(limited);
    const again = await world.begin(code);
    await world.registrations.fillForm(again, typedForm);
    expect(await world.registrations.acceptTerms(again, { accepted: true })).toEqual(limited);
    expect(await world.registrations.enterCode(visit, await world.digits(visit))).toEqual(ok);
  });

  test('E05 E06 code and password each have their fifteen minutes', async () => {
    const late = await world.upToCode((await world.billed()).code);
    const inTime = await world.upToCode((await world.billed()).code);
    await world.advance(899);
    expect(await world.registrations.enterCode(inTime, await world.digits(inTime))).toEqual(ok);
    const digits = await world.digits(late);
    await world.advance(2);
    expect(await world.registrations.enterCode(late, digits)).toEqual({ kind: 'over' });
    expect(await world.registrations.view(inTime)).toEqual({ step: 'password' });
    await world.advance(900);
    expect(await world.registrations.setPassword(inTime, choice)).toEqual({ kind: 'over' });
  });

  test.each([
    [{ confirmation: 'something else' }, 'not-repeated'],
    [{ password: 'short', confirmation: 'short' }, 'too-short'],
  ])('E06 %j is refused without costing the code', async (change, problem) => {
    const { code } = await world.billed();
    const visit = await world.upToPassword(code);
    expect(await world.registrations.setPassword(visit, { ...choice, ...change })).toEqual({
      kind: 'refused',
      problem,
    });
    expect(await world.registrations.setPassword(visit, choice)).toEqual(ok);
  });

  test('E06 the identifier is no password', async () => {
    const { customerId } = await world.company();
    const visit = await world.upToPassword(customerId);
    const same = { password: customerId, confirmation: customerId };
    expect(await world.registrations.setPassword(visit, same)).toEqual({ kind: 'refused', problem: 'about-you' });
  });

  test('f10 X10 whoever has registered is told once a day that somebody tries again', async () => {
    const { code } = await world.billed();
    await world.register(code);
    await world.advance(3_600);
    world.sent.length = 0;
    await world.upToCode(code);
    await world.upToCode(code);
    expect(world.sent.map(({ tellOwner }) => tellOwner)).toEqual([true, false]);
    await world.advance(24 * 3_600);
    await world.upToCode(code);
    expect(world.sent.at(-1)?.tellOwner).toBe(true);
  });

  test('X67 of twenty uses of the right code one goes on, and nobody ends the registration', async () => {
    const visit = await world.upToCode((await world.billed()).code);
    const digits = await world.digits(visit);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => world.registrations.enterCode(visit, digits)));
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'wrong-step')).toHaveLength(19);
    expect(await world.registrations.view(visit)).toEqual({ step: 'password' });
  });

  test('E06 twenty completions, from one registration and from two, make one credential', async () => {
    const { code, id } = await world.billed();
    const [first, second] = [await world.upToPassword(code), await world.upToPassword(code)];
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => world.registrations.setPassword(n % 2 === 0 ? first : second, choice)),
    );
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(1);
    expect(world.told).toHaveLength(1);
    const { db } = open.database;
    const accounts = await db.selectFrom('accounts').select('id').where('contactMobile', 'is not', null).execute();
    const bound = await db.selectFrom('billingAccounts').select('accountId').where('id', '=', id).executeTakeFirst();
    expect(accounts.filter((one) => one.id === bound?.accountId)).toHaveLength(1);
    const identifiers = await db
      .selectFrom('loginIdentifiers')
      .select('accountId')
      .where('lookupHash', '=', world.masterKey.index('account_id', code))
      .execute();
    expect(identifiers).toEqual([{ accountId: bound?.accountId }]);
    const steps = [await world.registrations.view(first), await world.registrations.view(second)].map(
      (one) => one?.step,
    );
    expect(steps.toSorted()).toEqual(['done', 'over']);
  });
});
