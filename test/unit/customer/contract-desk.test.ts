// Contracts as their holder, a proxy and a user may see and change them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContractDesk } from '../../../src/customer/contract-desk.ts';
import type { ContractDesk } from '../../../src/customer/contract-types.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld, type Person, type SoldContract } from './contract-world.ts';

describe.each(engines)('a customer’s contracts on %s', (engine) => {
  let open: TestDatabase;
  let world: ReturnType<typeof createContractWorld>;
  let desk: ContractDesk;
  const told: { by: string; accounts: readonly string[]; contract: object }[] = [];
  let holder: Person;
  let proxy: Person;
  let stranger: Person;
  let mobile: SoldContract;
  let proxyId: string;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = createContractWorld(open.database);
    const notices = {
      proxyEnded: async (_tx: unknown, { by, accounts, contract }: (typeof told)[number]) =>
        void told.push({ by, accounts, contract }),
    };
    desk = createContractDesk({ database: open.database, audit: world.audit, notices });
    holder = await world.person({ givenName: 'David', familyName: 'Moreau' });
    proxy = await world.person({ givenName: 'Emma', familyName: 'Moreau' });
    stranger = await world.person();
    const address = { street: '1 rue du Port', postCode: '44000', city: 'Nantes', country: 'FR' };
    mobile = await world.contract(holder, { address });
    proxyId = await world.proxy(mobile, proxy);
  });
  afterAll(() => open.close());

  describe('the list', () => {
    test('B14 holds own contracts and those of relatives, each with its relation; the holder’s list is unchanged', async () => {
      const own = await world.contract(proxy);
      const list = await desk.list(proxy.accountId, {});
      expect(list.map(({ id, relation }) => [id, relation])).toEqual([
        [mobile.contractId, 'proxy'],
        [own.contractId, 'holder'],
      ]);
      expect((await desk.list(holder.accountId, {})).map(({ id }) => id)).toEqual([mobile.contractId]);
      expect(await desk.list(proxy.accountId, { relation: 'holder' })).toHaveLength(1);
      expect(await desk.list(proxy.accountId, { kind: 'INTERNET' })).toEqual([]);
    });
    test('B01 is empty for an account without a contract', async () => {
      expect(await desk.list(stranger.accountId, {})).toEqual([]);
    });
  });

  describe('one contract', () => {
    test('shows number, address and references to its holder', async () => {
      const found = await desk.find(holder.accountId, mobile.contractId);
      expect(found).toMatchObject({ relation: 'holder', address: { city: 'Nantes' }, references: { contract: /K/ } });
      expect(found?.lines).toEqual([{ id: mobile.lineId, number: mobile.number, kind: 'mobile' }]);
    });
    test('C10 shows a proxy neither references nor address, and the number masked', async () => {
      const found = await desk.find(proxy.accountId, mobile.contractId);
      expect(found).toMatchObject({ relation: 'proxy', address: undefined, references: undefined });
      expect(found?.may).toEqual({ manage: true, own: false, pay: true, defer: false });
      expect(JSON.stringify(found)).not.toContain(mobile.number);
    });
    test('X85 is not there for anybody else, whatever is asked of it', async () => {
      const { accountId } = stranger;
      const { contractId } = mobile;
      expect(await desk.find(accountId, contractId)).toBeUndefined();
      expect(await desk.home(accountId, contractId)).toBeUndefined();
      expect(await desk.rename(accountId, contractId, 'Mine')).toBe(false);
      expect(await desk.detach(accountId, contractId)).toBe(false);
      expect(await desk.proxies(accountId, contractId)).toBeUndefined();
      expect(await desk.endProxy(accountId, contractId, proxyId)).toBe(false);
    });
  });

  test('B16 has a name for each account, and none by default', async () => {
    expect(await desk.rename(proxy.accountId, mobile.contractId, 'Chez David')).toBe(true);
    expect((await desk.find(proxy.accountId, mobile.contractId))?.label).toBe('Chez David');
    expect((await desk.find(holder.accountId, mobile.contractId))?.label).toBeNull();
    expect(await desk.rename(proxy.accountId, mobile.contractId, null)).toBe(true);
    expect((await desk.find(proxy.accountId, mobile.contractId))?.label).toBeNull();
  });

  test('B24 B25 what stands at home is shown for contracts that have a home, and for no mobile one', async () => {
    const home = { fixedLineNumber: '+33199000001', speedDown: 1000, sharedWifi: true };
    const internet = await world.contract(holder, { kind: 'INTERNET', home });
    expect(await desk.home(holder.accountId, internet.contractId)).toEqual(home);
    expect(await desk.home(holder.accountId, mobile.contractId)).toBeUndefined();
  });

  describe('proxies', () => {
    test('are told to the holder, names masked, and to nobody else (X76)', async () => {
      const [view] = (await desk.proxies(holder.accountId, mobile.contractId)) ?? [];
      expect(view).toMatchObject({ id: proxyId, name: 'E*** M***', grantedVia: 'sms_code' });
      expect(await desk.proxies(proxy.accountId, mobile.contractId)).toBeUndefined();
      expect(await desk.endProxy(proxy.accountId, mobile.contractId, proxyId)).toBe(false);
    });
    test('X73 end at once when the holder ends them: the next call finds nothing; the proxy is told once', async () => {
      told.length = 0;
      const contract = await world.contract(holder);
      const id = await world.proxy(contract, proxy);
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => desk.endProxy(holder.accountId, contract.contractId, id)),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await desk.find(proxy.accountId, contract.contractId)).toBeUndefined();
      expect(told).toEqual([
        {
          by: 'holder',
          accounts: [proxy.accountId],
          contract: { kind: 'MOBILE', line: expect.stringMatching(/\*\*/) },
        },
      ]);
    });
    test('C08 are given back by the proxy: the contract and its holder’s area stay, the holder is told', async () => {
      told.length = 0;
      const contract = await world.contract(holder);
      await world.proxy(contract, proxy);
      expect(await desk.detach(proxy.accountId, contract.contractId)).toBe(true);
      expect(await desk.detach(proxy.accountId, contract.contractId)).toBe(false);
      expect(await desk.find(holder.accountId, contract.contractId)).toMatchObject({ relation: 'holder' });
      expect(told).toEqual([expect.objectContaining({ by: 'proxy', accounts: [holder.accountId] })]);
    });
  });

  test('C08 a holder takes a contract out of her area: it is gone there, and nobody else loses it', async () => {
    const contract = await world.contract(holder);
    await world.proxy(contract, proxy);
    expect(await desk.detach(holder.accountId, contract.contractId)).toBe(true);
    expect(await desk.find(holder.accountId, contract.contractId)).toBeUndefined();
    expect(await desk.find(proxy.accountId, contract.contractId)).toMatchObject({ relation: 'proxy' });
  });
});
