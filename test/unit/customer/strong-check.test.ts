// Level M* of people who have no PIN: a code by a channel that the account's password alone does not open.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOneTimeCodes } from '../../../src/authentication/one-time-code.ts';
import { createStrongCheck, type StrongCheck } from '../../../src/customer/strong-check.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import { insertAlias, insertMailbox } from '../../../src/storage/mailboxes.ts';
import type { StrongChannel } from '../../../src/storage/strong-channels.ts';
import type { Account } from '../../../src/storage/tables.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld, type Person } from './contract-world.ts';

describe.each(engines)('the code of level M* on %s', (engine) => {
  let open: TestDatabase;
  let world: ReturnType<typeof createContractWorld>;
  let strong: StrongCheck;
  let person: Person;
  let address: string;
  const sent: StrongChannel[] = [];
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    const { database } = open;
    world = createContractWorld(database);
    const free = { take: async () => undefined, wait: async () => undefined, forgive: async () => {} };
    const masterKey = createMasterKey({ current: randomBytes(32) }, randomBytes);
    const codes = createOneTimeCodes({
      ...{ database, masterKey, randomBytes, rules: { lifeSeconds: 600, tries: 3 } },
      limits: { recipient: [free], address: [free] },
    });
    strong = createStrongCheck({
      ...{ database, codes, rules: { mobileConnectEnabled: () => true, testSimsAllowed: true, isServed: () => true } },
      sendCode: async (_tx, _code, channel) => void sent.push(channel),
      mailDomainOf: (brand) => (brand === 'exemple' ? 'exemple.test' : undefined),
    });
  });
  afterAll(() => open.close());

  let n = 0;
  beforeEach(async () => {
    sent.length = 0;
    address = `holder-${++n}@exemple.test`;
    person = await world.person({ email: address });
  });

  const mailbox = async (its = address) =>
    await open.database.transaction((tx) =>
      insertMailbox(tx, {
        ...{ id: `mbx_${n}`, brand: 'exemple', kind: 'primary', accountId: person.accountId, address: its },
        createdAt: new Date(),
      }),
    );
  const set = async (values: Partial<Pick<Account, 'contactEmail' | 'contactMobile' | 'contactMobileVerifiedAt'>>) =>
    await open.database.db.updateTable('accounts').set(values).where('id', '=', person.accountId).execute();
  const withMobile = async () => {
    const sold = await world.contract(person, { kind: 'OPEN' });
    await set({ contactMobile: sold.number, contactMobileVerifiedAt: new Date() });
    return sold;
  };
  const ask = async () =>
    await strong.sendCode(
      { accountId: person.accountId, address: '192.0.2.1', withPin: false, fresh: true },
      { action: 'address-change' },
    );

  test('goes to the e-mail address', async () => {
    expect(await ask()).toEqual({ kind: 'sent', to: 'h***@exemple.test' });
    expect(sent).toMatchObject([{ value: address, lineId: undefined }]);
  });

  test('X49 never to the operator’s mailbox of the account: an SMS instead', async () => {
    await mailbox();
    const { lineId, number } = await withMobile();
    expect(await ask()).toMatchObject({ kind: 'sent', to: expect.stringMatching(/\*\* \d\d$/) });
    expect(sent).toMatchObject([{ kind: 'sms', value: number, lineId }]);
  });

  test('X49 and to no alias of it', async () => {
    await mailbox('elsewhere@exemple.test');
    await open.database.transaction((tx) => insertAlias(tx, { id: `mba_${n}`, mailboxId: `mbx_${n}`, address }));
    await world.contract(person, { kind: 'INTERNET' });
    expect(await ask()).toEqual({ kind: 'no-channel' });
  });

  test('X49 with no other channel there is none: neither code nor proof, whatever is typed', async () => {
    await mailbox();
    const { lineId } = await withMobile();
    await open.database.db
      .updateTable('lines')
      .set({ status: 'suspended', suspendedAt: sql`now()`, suspendedReason: 'lost' })
      .where('id', '=', lineId)
      .execute();
    expect(await ask()).toEqual({ kind: 'no-channel' });
    const caller = { accountId: person.accountId, address: '192.0.2.1', withPin: false, fresh: true };
    expect(await strong.check(caller, { action: 'address-change', code: '123456' })).toEqual({ kind: 'no-channel' });
    expect(sent).toEqual([]);
  });

  test('X49 an address elsewhere counts, and so does one of the domain without a mailbox', async () => {
    await mailbox();
    await withMobile();
    await set({ contactEmail: 'holder@courriel.test' });
    expect(await ask()).toEqual({ kind: 'sent', to: 'h***@courriel.test' });
    await set({ contactEmail: 'someone.else@exemple.test' });
    expect(await ask()).toEqual({ kind: 'sent', to: 's***@exemple.test' });
  });

  test('X49 a mailbox that ended with Internet at home is opened by nothing', async () => {
    await mailbox();
    await world.contract(person, { kind: 'MOBILE' });
    expect(await ask()).toEqual({ kind: 'sent', to: 'h***@exemple.test' });
  });
});
