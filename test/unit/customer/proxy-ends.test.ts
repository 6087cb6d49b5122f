// How a proxy ends other than by its parties: the user of the line takes her word back, the holder contests it by the
// link of her e-mail, the contract goes to somebody else. On both engines.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createContractDesk } from '../../../src/customer/contract-desk.ts';
import { endContract } from '../../../src/customer/end-contract.ts';
import { contestToken } from '../../../src/customer/proxy-contests.ts';
import { transferContract } from '../../../src/customer/transfer-contract.ts';
import { insertBillingAccount } from '../../../src/storage/billing-accounts.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createAttachmentWorld, viewOf } from './attachment-world.ts';
import type { Person, SoldContract } from './contract-world.ts';

describe.each(engines)('a proxy on %s', (engine) => {
  let open: TestDatabase;
  let world: ReturnType<typeof createAttachmentWorld>;
  let david: Person;
  let emma: Person;
  let sold: SoldContract;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = createAttachmentWorld(open.database);
  });
  beforeEach(async () => {
    david = await world.person({ givenName: 'David', familyName: 'Moreau' });
    emma = await world.person({ givenName: 'Emma', familyName: 'Moreau' });
    sold = await world.contract(david);
  });
  afterAll(() => open.close());

  const seen = (who: Person) => createContractDesk(world.deps).find(who.accountId, sold.contractId);

  async function attached(who = emma): Promise<string> {
    viewOf(await world.desk.confirm(await world.upToConfirmation(who, sold)));
    const told = world.told.findLast(({ what }) => what === 'attached');
    world.told.length = 0;
    return told?.what === 'attached' ? (told.proxyId ?? '') : '';
  }

  describe('by the word of the line’s user', () => {
    test('C21 is listed to her with who asked, line and time, and to nobody else', async () => {
      await attached();
      expect(await world.approvals.list(david.accountId)).toEqual([
        {
          ...{ id: expect.stringMatching(/^apr_/), requester: 'E*** M***', contractKind: 'MOBILE' },
          ...{ line: expect.stringMatching(/\*\*/), givenAt: expect.any(Date) },
        },
      ]);
      expect(await world.approvals.list(emma.accountId)).toEqual([]);
      expect(await world.approvals.list((await world.person()).accountId)).toEqual([]);
    });

    test('ends when she takes it back, once, and both others are told', async () => {
      await attached();
      const [approval] = await world.approvals.list(david.accountId);
      const revoke = () => world.approvals.revoke(david.accountId, approval?.id ?? '');
      expect(await world.approvals.revoke(emma.accountId, approval?.id ?? '')).toBe(false);
      const outcomes = await Promise.all(Array.from({ length: 20 }, revoke));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await seen(emma)).toBeUndefined();
      expect(await seen(david)).toMatchObject({ relation: 'holder' });
      expect(world.told).toEqual([{ what: 'ended', by: 'user', accounts: [emma.accountId, david.accountId] }]);
      expect(await world.approvals.list(david.accountId)).toEqual([]);
    });

    test('never comes to be when she takes it back before the last step', async () => {
      const draft = await world.upToConfirmation(emma, sold);
      const [approval] = await world.approvals.list(david.accountId);
      expect(await world.approvals.revoke(david.accountId, approval?.id ?? '')).toBe(true);
      expect(await world.desk.confirm(draft)).toEqual({ kind: 'wrong-step', due: 'identifiers' });
      expect(await seen(emma)).toBeUndefined();
    });

    test('is in her list no more once it ended another way, or nothing came of it in time', async () => {
      const proxyId = await attached();
      await createContractDesk(world.deps).endProxy(david.accountId, sold.contractId, proxyId);
      expect(await world.approvals.list(david.accountId)).toEqual([]);
      await world.upToConfirmation(emma, sold);
      expect(await world.approvals.list(david.accountId)).toHaveLength(1);
      await world.passSeconds(1_801);
      expect(await world.approvals.list(david.accountId)).toEqual([]);
    });
  });

  describe('that its holder contests by the link', () => {
    const tokenOf = (proxyId: string) => contestToken({ masterKey: world.masterKey }, proxyId);

    test('c14 C16 is shown first, masked, and ends at once when she says so; one of twenty does it', async () => {
      const token = tokenOf(await attached());
      expect(await world.contests.find(token)).toMatchObject({ kind: 'MOBILE', proxy: 'E*** M***', line: /\*\*/ });
      expect(await seen(emma)).toBeDefined();
      // At another operator's issuer the link leads nowhere.
      expect(await world.contestsElsewhere.find(token)).toBeUndefined();
      expect(await world.contestsElsewhere.contest(token)).toBe(false);
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => world.contests.contest(token)));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await seen(emma)).toBeUndefined();
      expect(world.told).toEqual([{ what: 'ended', by: 'contest', accounts: [emma.accountId] }]);
      expect(await world.contests.find(token)).toBeUndefined();
      expect(await world.contests.contest(token)).toBe(false);
    });

    test('is contested for thirty days, with this very token', async () => {
      const proxyId = await attached();
      const token = tokenOf(proxyId);
      const other = tokenOf('prx_other').split('.')[1];
      for (const bad of ['', 'x', proxyId, `${proxyId}.`, `${proxyId}.${other}`, `${token}x`, token.slice(0, -1)]) {
        expect(await world.contests.find(bad)).toBeUndefined();
        expect(await world.contests.contest(bad)).toBe(false);
      }
      await world.passSeconds(30 * 86_400 - 60);
      expect(await world.contests.find(token)).toBeDefined();
      await world.passSeconds(120);
      expect(await world.contests.contest(token)).toBe(false);
      expect(await seen(emma)).toMatchObject({ relation: 'proxy' });
    });

    test('leaves a proxy that was given again by a new code', async () => {
      const first = await attached();
      await world.contests.contest(tokenOf(first));
      const second = await attached();
      expect(await world.contests.contest(tokenOf(first))).toBe(false);
      expect(await seen(emma)).toMatchObject({ relation: 'proxy' });
      expect(second).not.toBe(first);
    });
  });

  describe('of a contract that goes to another holder', () => {
    test('c15 X75 ends; the former holder’s areas lose the contract, the new one has it; everybody is told', async () => {
      const second = await world.anotherAccount(david);
      const own = await world.upToConfirmation(second, sold);
      viewOf(await world.desk.confirm(own));
      await attached();
      const nora = await world.person({ givenName: 'Nora' });
      const outcome = await transferContract(world.deps, { contractId: sold.contractId, to: nora.accountId });
      expect(outcome).toMatchObject({ kind: 'transferred', proxiesEnded: 1, customerRef: /^C[0-9A-Z]+$/ });
      for (const gone of [david, second, emma]) expect(await seen(gone)).toBeUndefined();
      expect(await seen(nora)).toMatchObject({ relation: 'holder', address: undefined });
      expect(world.told).toEqual([
        { what: 'ended', by: 'transfer', accounts: [emma.accountId] },
        { what: 'transferred', by: 'former', accounts: expect.arrayContaining([david.accountId, second.accountId]) },
        { what: 'transferred', by: 'new', accounts: [nora.accountId] },
      ]);
    });

    test('C10 what its former holder knew or had approved brings it into no area', async () => {
      const draft = await world.upToConfirmation(emma, sold);
      const nora = await world.person({ givenName: 'Nora' });
      await transferContract(world.deps, { contractId: sold.contractId, to: nora.accountId });
      expect(await world.desk.confirm(draft)).toMatchObject({ kind: 'wrong-step', due: 'identifiers' });
      expect(await world.desk.identify(draft, world.references(sold))).toEqual({ kind: 'not-matched' });
      expect(await world.approvals.list(nora.accountId)).toEqual([]);
    });

    test('goes nowhere without a person, to the same one, or when it is not there', async () => {
      const to = david.accountId;
      expect(await transferContract(world.deps, { contractId: sold.contractId, to })).toEqual({
        kind: 'already-holder',
      });
      expect(await transferContract(world.deps, { contractId: 'ctr_none', to })).toEqual({ kind: 'not-found' });
      const { db } = open.database;
      await db.updateTable('accounts').set({ personId: null }).where('id', '=', emma.accountId).execute();
      const outcome = await transferContract(world.deps, { contractId: sold.contractId, to: emma.accountId });
      expect(outcome).toEqual({ kind: 'no-person' });
    });

    async function registered(code: string): Promise<Person> {
      const { db } = open.database;
      const anya = await world.person({ givenName: 'Anya' });
      const { contractId, lineId } = sold;
      const row = { id: `bil_${code}`, brand: 'exemple', code, contractId, lineId, createdAt: new Date() };
      const holder = { holderPersonId: david.personId, accountId: anya.accountId };
      await open.database.transaction((tx) => insertBillingAccount(tx, { ...row, ...holder }));
      const lookupHash = world.masterKey.index('account_id', code);
      const login = { accountId: anya.accountId, brand: 'exemple', kind: 'account_id', lookupHash } as const;
      await db.insertInto('loginIdentifiers').values(login).execute();
      return anya;
    }

    test('closes the account that was registered with its Account ID; its bills go to another one', async () => {
      const { db } = open.database;
      const code = String(1_000_000_000 + Math.trunc(Math.random() * 1e9));
      const anya = await registered(code);
      const nora = await world.person({ givenName: 'Nora' });
      await transferContract(world.deps, { contractId: sold.contractId, to: nora.accountId });
      const account = db.selectFrom('accounts').select('status').where('id', '=', anya.accountId);
      expect(await account.execute()).toEqual([{ status: 'closed' }]);
      const logins = db.selectFrom('loginIdentifiers').select('kind').where('accountId', '=', anya.accountId);
      expect(await logins.execute()).toEqual([]);
      const bills = await db
        .selectFrom('billingAccounts')
        .select(['code', 'accountId', 'holderPersonId', 'lineId', 'closedAt'])
        .where('contractId', '=', sold.contractId)
        .orderBy('closedAt')
        .execute();
      expect(bills).toMatchObject([
        { code, accountId: anya.accountId, closedAt: expect.any(Date) },
        { accountId: null, holderPersonId: nora.personId, lineId: sold.lineId, closedAt: null },
      ]);
      expect(bills[1]?.code).not.toBe(code);
    });

    test('X103 does not go to an account that was opened with an Account ID, which takes no contract at all', async () => {
      const anya = await registered(String(2_000_000_000 + Math.trunc(Math.random() * 1e9)));
      const outcome = await transferContract(world.deps, { contractId: sold.contractId, to: anya.accountId });
      expect(outcome).toEqual({ kind: 'self-care' });
      expect(await world.desk.begin(anya.accountId, { kind: 'MOBILE', segment: 'consumer' })).toBe('self-care');
      expect(await seen(anya)).toBeUndefined();
    });

    test('and twenty transfers at once are one', async () => {
      const nora = await world.person({ givenName: 'Nora' });
      const transfer = () => transferContract(world.deps, { contractId: sold.contractId, to: nora.accountId });
      const outcomes = await Promise.all(Array.from({ length: 20 }, transfer));
      expect(outcomes.filter(({ kind }) => kind === 'transferred')).toHaveLength(1);
    });
  });

  describe('with the contract itself', () => {
    test('c15 ends and is told; the holder keeps what is left to read', async () => {
      await attached();
      expect(await endContract(world.deps, sold.contractId)).toEqual({ kind: 'lines-live' });
      expect(await seen(emma)).toMatchObject({ relation: 'proxy' });
      const { db } = open.database;
      await db.updateTable('lines').set({ status: 'terminated' }).where('id', '=', sold.lineId).execute();
      const end = () => endContract(world.deps, sold.contractId);
      const outcomes = await Promise.all(Array.from({ length: 20 }, end));
      expect(outcomes.filter(({ kind }) => kind === 'ended')).toEqual([{ kind: 'ended', proxiesEnded: 1 }]);
      expect(await seen(emma)).toBeUndefined();
      expect(world.told).toEqual([{ what: 'ended', by: 'contract', accounts: [emma.accountId] }]);
      const area = await db.selectFrom('accountContracts').select('relation').where('contractId', '=', sold.contractId);
      expect(await area.execute()).toEqual([{ relation: 'holder' }]);
    });

    test('c15 and nobody adds an ended contract', async () => {
      const draft = await world.upToConfirmation(emma, sold);
      await open.database.db.updateTable('lines').set({ status: 'terminated' }).where('id', '=', sold.lineId).execute();
      await endContract(world.deps, sold.contractId);
      expect(await world.desk.confirm(draft)).toMatchObject({ kind: 'wrong-step', due: 'identifiers' });
      expect(await world.desk.identify(draft, world.references(sold))).toEqual({ kind: 'not-matched' });
    });
  });
});
