// A forgotten password below the pages: equal work and words for every identifier, the channels that are shown, and
// what ends with the old password.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { upsertRecord } from '../../../src/storage/oidc-records.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { type Customer, createPasswordWorld, newPassword, oldPassword } from './password-world.ts';

type World = Awaited<ReturnType<typeof createPasswordWorld>>;

const unknown = ['nobody@exemple.test', '06 39 98 99 99', 'jeanne@exemple.test'];
const typed = { password: newPassword, confirmation: newPassword };

describe.each(engines)('on %s', (engine) => {
  let open: TestDatabase;
  let world: World;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = await createPasswordWorld(open.database);
  });
  afterAll(() => open.close());
  beforeEach(() => {
    for (const list of [world.sent, world.told, world.ended, world.verified]) list.length = 0;
  });

  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  const set = async ({ accountId }: Customer, values: object) =>
    await open.database.db.updateTable('accounts').set(values).where('id', '=', accountId).execute();
  const suspend = async ({ lineId }: Customer) =>
    await open.database.db.updateTable('lines').set({ status: 'suspended' }).where('id', '=', lineId).execute();
  const channelsOf = async (identifier: string) => {
    const visit = await world.begin(identifier);
    await world.passRobot(visit);
    const view = await world.resets.view(visit);
    return view?.step === 'channel' ? view.channels : [];
  };

  /** One whole flow up to a wrong code; what it did and said. */
  async function walk(identifier: string, second: 'email' | 'mobile') {
    world.statements.length = 0;
    const visit = await world.begin(identifier);
    const first = await world.resets.view(visit);
    await world.passRobot(visit);
    const shown = await world.resets.view(visit);
    const said = [
      await world.resets.chooseChannel(visit, 'email'),
      await world.resets.enterCode(visit, '000000'),
      await world.resets.chooseChannel(visit, second),
      await world.resets.enterCode(visit, 'nonsense'),
      await world.resets.setPassword(visit, typed),
    ];
    const last = await world.resets.view(visit);
    const recipients = world.sent.splice(0).map(({ recipient }) => recipient);
    return { statements: [...world.statements], said, steps: [first?.step, shown?.step, last?.step], recipients };
  }

  test('every identifier costs the same statements and hears the same; only an owner gets a code (B06)', async () => {
    const customer = await world.customer();
    const closed = await world.customer();
    await set(closed, { status: 'closed' });
    // Of addresses that nobody has, some show no number.
    const cases = [
      ['email', unknown[0]!, customer.email, closed.email],
      ['mobile', unknown[1]!, customer.email, closed.number],
    ] as const;
    for (const [second, nobody, ...others] of cases) {
      const own = await walk(customer.number, second);
      expect(own.recipients).toEqual([customer.accountId, customer.accountId]);
      expect(own.steps).toEqual(['robot', 'channel', 'code']);
      for (const identifier of [nobody, ...others]) {
        const other = await walk(identifier, second);
        expect([identifier, other.statements]).toEqual([identifier, own.statements]);
        expect([identifier, other.said, other.steps]).toEqual([identifier, own.said, own.steps]);
        const isOwner = identifier === customer.number || identifier === customer.email;
        expect([identifier, other.recipients[0] !== null]).toEqual([identifier, isOwner]);
      }
    }
    expect(world.verified).toEqual([]);
  });

  test('no channel is shown and no code sent before the robot check, which answers for one try (B07, X08)', async () => {
    const customer = await world.customer();
    const visit = await world.begin(customer.email);
    const view = await world.resets.view(visit);
    expect(view?.step).toBe('robot');
    expect(await world.resets.chooseChannel(visit, 'email')).toEqual({ kind: 'wrong' });
    expect(await world.resets.answerRobot(visit, 'WRONG')).toEqual({ kind: 'wrong' });
    expect(await world.resets.answerRobot(visit, '99')).toEqual({ kind: 'wrong' });
    expect((await world.resets.view(visit))?.step).toBe('robot');
    expect(world.sent).toEqual([]);
  });

  test('the channels are masked, and only those of some age (B08, X47, X48)', async () => {
    const customer = await world.customer();
    const number = `06 ** ** ** ${customer.number.slice(-2)}`;
    const both = [
      { id: 'email', masked: 'p***@…' },
      { id: 'mobile', masked: number },
    ];
    expect(await channelsOf(customer.email)).toEqual(both);
    await set(customer, { contactEmailChangedAt: hoursAgo(2) });
    expect(await channelsOf(customer.email)).toEqual(both.slice(1));
    await set(customer, { contactEmailChangedAt: hoursAgo(25) });
    await suspend(customer);
    expect(await channelsOf(customer.email)).toEqual(both.slice(0, 1));
  });

  test('who has no account sees a list that looks like one, and always the same (B06)', async () => {
    for (const identifier of unknown) {
      const channels = await channelsOf(identifier);
      expect(channels[0]).toMatchObject({ id: 'email', masked: expect.stringMatching(/^[a-z]\*\*\*@…$/) });
      for (const { id, masked } of channels.slice(1)) {
        expect([id, masked]).toEqual(['mobile', expect.stringMatching(/^0[67] \*\* \*\* \*\* \d\d$/)]);
      }
      expect(await channelsOf(` ${identifier.toUpperCase()} `)).toEqual(channels);
    }
    expect((await channelsOf('0639989999')).at(-1)).toEqual({ id: 'mobile', masked: '06 ** ** ** 99' });
  });

  test('a channel that has gone meanwhile lets nobody in, even with the right code (X48)', async () => {
    const customer = await world.customer();
    const visit = await world.begin(customer.number);
    await world.passRobot(visit);
    await world.resets.chooseChannel(visit, 'mobile');
    await suspend(customer);
    expect(await world.resets.enterCode(visit, await world.digits())).toEqual({ kind: 'wrong' });
  });

  test('a code counts once, for three tries, and only the last one (B09, X66)', async () => {
    const customer = await world.customer();
    const visit = await world.begin(customer.email);
    await world.passRobot(visit);
    await world.resets.chooseChannel(visit, 'email');
    const first = await world.digits();
    await world.resets.chooseChannel(visit, 'mobile');
    const second = await world.digits();
    if (first !== second) expect(await world.resets.enterCode(visit, first)).toEqual({ kind: 'wrong' });
    const miss = second === '000000' ? '000001' : '000000';
    await world.resets.enterCode(visit, miss);
    await world.resets.enterCode(visit, miss);
    expect(await world.resets.enterCode(visit, second)).toEqual({ kind: 'wrong' });
    await world.resets.chooseChannel(visit, 'email');
    const third = await world.digits();
    expect(await world.resets.enterCode(visit, third)).toEqual({ kind: 'ok' });
    const other = await world.begin(customer.email);
    await world.passRobot(other);
    expect(await world.resets.enterCode(other, third)).toEqual({ kind: 'wrong' });
  });

  test('the new password opens, the old one does not; sessions end and both channels are told (B09)', async () => {
    const customer = await world.customer();
    const visit = await world.upToPassword(customer.email);
    const { accountId } = customer;
    for (const model of ['Session', 'Grant', 'RefreshToken']) {
      const key = { issuer: 'https://id.exemple.test', model, idHash: Buffer.from(`${model} ${accountId}`) };
      const content = { payload: {}, grantHash: null, uidHash: null, clientId: null, ttlSeconds: null };
      await upsertRecord(open.database.db, key, { ...content, accountId });
    }
    expect(await world.resets.setPassword(visit, typed)).toEqual({ kind: 'ok' });
    expect(await world.resets.view(visit)).toEqual({ step: 'done' });
    expect([await world.opens(customer, newPassword), await world.opens(customer, oldPassword)]).toEqual([true, false]);
    // Told while it is known what was open; then everything is gone.
    const all = { accountId, current: undefined };
    expect(world.ended).toEqual([
      { ...all, open: 3 },
      { ...all, open: 0 },
    ]);
    expect(world.told).toEqual([
      expect.objectContaining({ accountId: customer.accountId, how: 'reset', lineIds: [customer.lineId] }),
    ]);
  });

  test.each([
    ['too short', 'Court1!', 'too-short'],
    ['everybody’s', 'Password2026', 'too-common'],
    ['the identifier', 'person-PLACE@exemple.test', 'about-you'],
    ['one that was used before', oldPassword, 'used-before'],
  ])('a password that is %s is refused, and the flow stays', async (_what, password, problem) => {
    const customer = await world.customer();
    const visit = await world.upToPassword(customer.email);
    const wished = password.replace('PLACE', customer.accountId.slice(4));
    const refused = await world.resets.setPassword(visit, { password: wished, confirmation: wished });
    expect(refused).toEqual({ kind: 'refused', problem });
    const different = await world.resets.setPassword(visit, { password: newPassword, confirmation: `${newPassword}.` });
    expect(different).toEqual({ kind: 'refused', problem: 'not-repeated' });
    expect(await world.resets.setPassword(visit, typed)).toEqual({ kind: 'ok' });
  });

  test('twenty at once set one password, and tell of it once', async () => {
    const customer = await world.customer();
    const visit = await world.upToPassword(customer.email);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => world.resets.setPassword(visit, typed)));
    expect(outcomes.filter(({ kind }) => kind === 'ok').length).toBeGreaterThan(0);
    expect(world.told).toHaveLength(1);
    const row = await open.database.db
      .selectFrom('passwords')
      .select(['version', 'earlier'])
      .where('accountId', '=', customer.accountId)
      .executeTakeFirstOrThrow();
    expect([row.version, row.earlier.length]).toEqual([2, 1]);
  });

  test('twenty codes at once let one through', async () => {
    const customer = await world.customer();
    const visit = await world.begin(customer.email);
    await world.passRobot(visit);
    await world.resets.chooseChannel(visit, 'email');
    const code = await world.digits();
    await Promise.all(Array.from({ length: 20 }, () => world.resets.enterCode(visit, code)));
    expect((await world.resets.view(visit))?.step).toBe('password');
    const used = await open.database.db
      .selectFrom('oneTimeCodes')
      .selectAll()
      .where('subject', '=', visit.id)
      .execute();
    expect(used.map(({ usedAt }) => usedAt !== null)).toEqual([true]);
  });

  test('a new flow of the same identifier ends the one before once a code is on its way', async () => {
    const customer = await world.customer();
    const first = await world.upToPassword(customer.email);
    await world.upToPassword(customer.email);
    expect(await world.resets.view(first)).toEqual({ step: 'over' });
    expect(await world.resets.setPassword(first, typed)).toEqual({ kind: 'wrong' });
  });

  test('goes on in no other browser', async () => {
    const customer = await world.customer();
    const visit = await world.upToPassword(customer.email);
    const stranger = { ...visit, browser: 'another' };
    expect(await world.resets.view(stranger)).toBeUndefined();
    expect(await world.resets.setPassword(stranger, typed)).toEqual({ kind: 'lost' });
  });

  describe('where the code went', () => {
    const pathOf = async ({ accountId }: Customer) =>
      (
        await open.database.db
          .selectFrom('passwords')
          .select('codeLineId')
          .where('accountId', '=', accountId)
          .executeTakeFirstOrThrow()
      ).codeLineId;
    const change = async (customer: Customer, current: string, wished: string) =>
      await world.change({
        ...{ accountId: customer.accountId, address: '192.0.2.10', current, kept: { session: 'ses_1' } },
        typed: { password: wished, confirmation: wished },
      });

    test('is kept with a password set by SMS, handed on by a change, lifted by an e-mail (decisions 11)', async () => {
      const customer = await world.customer();
      await world.resets.setPassword(await world.upToPassword(customer.email, 'mobile'), typed);
      expect(await pathOf(customer)).toBe(customer.lineId);
      expect(await change(customer, newPassword, 'trombone ardoise lilas')).toEqual({ kind: 'changed' });
      expect(await pathOf(customer)).toBe(customer.lineId);
      const third = { password: 'girafe tabouret nuage', confirmation: 'girafe tabouret nuage' };
      await world.resets.setPassword(await world.upToPassword(customer.email, 'email'), third);
      expect(await pathOf(customer)).toBeNull();
    });

    test('a change asks for the present password, remembers three, keeps its own session', async () => {
      const customer = await world.customer();
      expect(await change(customer, 'not the present one', newPassword)).toEqual({ kind: 'wrong' });
      expect(await change(customer, oldPassword, newPassword)).toEqual({ kind: 'changed' });
      expect(world.ended).toContainEqual({ accountId: customer.accountId, current: 'ses_1', open: 0 });
      expect(world.told).toEqual([expect.objectContaining({ how: 'changed', lineIds: [customer.lineId] })]);
      const [second, third, fourth] = ['trombone ardoise lilas', 'girafe tabouret nuage', 'moulin crayon fougère'];
      await change(customer, newPassword, second!);
      await change(customer, second!, third!);
      expect(await change(customer, third!, newPassword)).toEqual({ kind: 'refused', problem: 'used-before' });
      expect(await change(customer, third!, fourth!)).toEqual({ kind: 'changed' });
      expect(await change(customer, fourth!, newPassword)).toEqual({ kind: 'changed' });
    });

    test('guessing the present password has the budget of a login (B05)', async () => {
      const customer = await world.customer();
      const guesses = [];
      for (let n = 0; n < 6; n++) guesses.push((await change(customer, 'a guess or two', newPassword)).kind);
      expect(guesses).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'limited']);
    });
  });
});

test('the budget of an identifier and channel is the same for those whom nobody has (X06)', async () => {
  const open = await openTestDatabase('pglite');
  const world = await createPasswordWorld(open.database, { codesPerHour: 3 });
  const customer = await world.customer();
  for (const identifier of [customer.number, '+33639989999']) {
    const visit = await world.begin(identifier);
    await world.passRobot(visit);
    const kinds = [];
    for (let n = 0; n < 4; n++) kinds.push((await world.resets.chooseChannel(visit, 'email')).kind);
    expect(kinds).toEqual(['ok', 'ok', 'ok', 'limited']);
    expect((await world.resets.chooseChannel(visit, 'mobile')).kind).toBe('ok');
  }
  await open.close();
});
