// What whoever has registered can do with her ID: log in by password, and replace a forgotten one by an SMS to the
// number on file. For any other ID both look the same.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPasswordResets } from '../../../src/authentication/password-reset.ts';
import { createPasswordStep } from '../../../src/authentication/password-step.ts';
import { parseIdentifier } from '../../../src/authentication/sign-in-identifier.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { aBrowser } from '../authentication/sign-in-world.ts';
import { createRegistrationWorld, goodPassword, type RegistrationWorld } from './registration-world.ts';

const kinds = ['account_id', 'customer_id'] as const;
const unlimited = { take: async () => undefined, wait: async () => undefined, forgive: async () => {} };

let open: TestDatabase;
let world: RegistrationWorld;
let code: string;
let number: string;
let customerId: string;
beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = await createRegistrationWorld(open.database);
  ({ code, number } = await world.billed());
  ({ customerId } = await world.company());
  await world.register(code);
  await world.register(customerId);
});
afterAll(() => open.close());

const step = () =>
  createPasswordStep({
    ...{ ...world, database: open.database, audit: world.people.audit as never, randomBytes },
    verifier: world,
    notices: { passwordLogin: async () => {} },
    now: () => new Date(),
    limits: { account: unlimited, address: unlimited },
    rules: { mobileConnectEnabled: false, testSimsAllowed: true },
  });

test('E09 an Account ID and a Customer ID log in with their password, at level pwd', async () => {
  const request = aBrowser({ brand: 'ile' });
  for (const [kind, typed] of [['account_id', code] as const, ['customer_id', customerId] as const]) {
    const identifier = parseIdentifier(typed, kinds)!;
    const account = await world.accountOf(kind, typed);
    expect(await step().check(request, identifier, goodPassword)).toMatchObject({
      ...{ kind: 'proved', proof: { level: 'pwd', accountId: account!.id, enrolmentId: null } },
    });
    expect(await step().check(request, identifier, 'another')).toEqual({ kind: 'wrong' });
    expect(await step().check({ ...request, brand: 'exemple' }, identifier, goodPassword)).toEqual({ kind: 'wrong' });
  }
  const unknown = parseIdentifier('88888888', kinds)!;
  expect(await step().check(request, unknown, goodPassword)).toEqual({ kind: 'wrong' });
});

test('a forgotten password: the code goes to the number on file and nowhere else, whoever asks', async () => {
  const sent: { codeId: string; accountId: string | null; medium: string }[] = [];
  const resets = createPasswordResets({
    ...{ ...world, database: open.database, audit: world.people.audit, randomBytes, verifier: world },
    home: { path: '/ile' },
    hash: async (password) => password,
    endOthers: async () => {},
    notices: { passwordSet: async () => {} },
    sendCode: async (_tx, about) => void sent.push(about),
    kindsOf: () => kinds,
    rules: { flowSeconds: 1_800, robotSeconds: 300 },
  });
  const channelsOf = async (identifier: string) => {
    const begun = await resets.begin({ brand: 'ile', identifier, browser: 'b' });
    const visit = { id: begun.kind === 'begun' ? begun.id : '', browser: 'b', address: '192.0.2.1' };
    const view = await resets.view(visit);
    if (view?.step !== 'robot') throw new Error('there is no check');
    await resets.answerRobot(visit, String(view.sum[0] + view.sum[1]));
    const shown = await resets.view(visit);
    if (shown?.step !== 'channel') throw new Error('there are no channels');
    expect((await resets.chooseChannel(visit, 'mobile')).kind).toBe('ok');
    return shown.channels;
  };
  const account = await world.accountOf('account_id', code);
  const verified = { contactEmailVerifiedAt: new Date('2026-01-01') };
  await open.database.db.updateTable('accounts').set(verified).where('id', '=', account!.id).execute();
  expect(await channelsOf(code)).toEqual([{ id: 'mobile', masked: `06 ** ** ** ${number.slice(-2)}` }]);
  expect(sent.at(-1)).toMatchObject({ accountId: account!.id, medium: 'mobile' });
  for (const nobody of ['88888888', `C${'0'.repeat(20)}`]) {
    expect(await channelsOf(nobody)).toEqual([{ id: 'mobile', masked: expect.stringMatching(/^5\d\*\* \*\*\d\d$/) }]);
    expect(sent.at(-1)).toMatchObject({ accountId: null, medium: 'mobile' });
  }
  expect(await resets.begin({ brand: 'ile', identifier: 'a@b.test', browser: 'b' })).toEqual({ kind: 'malformed' });
});
