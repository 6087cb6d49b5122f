// Where codes may be sent: verified contacts of some age, and no number that may be in other hands.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listResetChannels } from '../../src/storage/reset-channels.ts';
import type { Account } from '../../src/storage/tables.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createContractWorld, type Person, type SoldContract } from '../unit/customer/contract-world.ts';

describe.each(engines)('channels for codes on %s', (engine) => {
  let open: TestDatabase;
  let world: ReturnType<typeof createContractWorld>;
  let person: Person;
  let sold: SoldContract;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = createContractWorld(open.database);
    person = await world.person();
    sold = await world.contract(person);
  });
  afterAll(() => open.close());

  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  const set = async (changes: Partial<Account>) => {
    const { id: _id, createdAt: _c, updatedAt: _u, locale: _l, status: _s, ...values } = changes;
    await open.database.db.updateTable('accounts').set(values).where('id', '=', person.accountId).execute();
  };
  const kinds = async () => (await listResetChannels(open.database.db, person.accountId)).map(({ kind }) => kind);
  const line = () => open.database.db.updateTable('lines').where('id', '=', sold.lineId);

  test('B08 are the verified contacts, masked for whoever chooses', async () => {
    await set({ contactMobile: sold.number, contactMobileVerifiedAt: ago(100) });
    const channels = await listResetChannels(open.database.db, person.accountId);
    expect(channels.map(({ id, kind }) => [id, kind])).toEqual([
      ['email', 'email'],
      ['mobile', 'sms'],
    ]);
    expect(channels[0]?.masked).toBe('p***@exemple.test');
    expect(channels[1]).toMatchObject({ value: sold.number, masked: expect.stringContaining('**') });
  });

  test('B08 leave out what is not verified, and what was changed within a day', async () => {
    await set({ contactMobileVerifiedAt: null });
    expect(await kinds()).toEqual(['email']);
    await set({ contactMobileVerifiedAt: ago(1), contactMobileChangedAt: ago(23) });
    expect(await kinds()).toEqual(['email']);
    await set({ contactMobileChangedAt: ago(25), contactEmailChangedAt: ago(23) });
    expect(await kinds()).toEqual(['sms']);
    await set({ contactEmailChangedAt: null, contactMobileChangedAt: null });
  });

  test('X48 leave out the number of a suspended line', async () => {
    await line()
      .set({ status: 'suspended', suspendedAt: ago(0), suspendedReason: 'lost' })
      .execute();
    expect(await kinds()).toEqual(['email']);
    await line().set({ status: 'active', suspendedAt: null, suspendedReason: null }).execute();
    expect(await kinds()).toEqual(['email', 'sms']);
  });

  test('X47 leave out the number of a SIM that was activated within a day', async () => {
    const { db } = open.database;
    await db
      .insertInto('simRoots')
      .values({ id: 1, wrappedKey: 'w', createdAt: ago(0) })
      .execute();
    const sim = { id: 'sim_1', iccid: '8933010000000000001' as never, serial13: null, origin: 'test' as const };
    const state = { state: 'active' as const, appletCapable: true, lineId: sold.lineId, rootId: 1, keyVersion: 1 };
    await db
      .insertInto('sims')
      .values({ ...sim, ...state, viaReplacement: true, activatedAt: ago(23) })
      .execute();
    expect(await kinds()).toEqual(['email']);
    await db
      .updateTable('sims')
      .set({ activatedAt: ago(25) })
      .execute();
    expect(await kinds()).toEqual(['email', 'sms']);
  });

  test('leave out a number that went to somebody else, or is no number any more', async () => {
    await line()
      .set({ msisdn: '+33639989999' as never })
      .execute();
    expect(await kinds()).toEqual(['email']);
    await set({ contactMobile: '+33639989999' as never, contactMobileVerifiedAt: ago(100) });
    expect(await kinds()).toEqual(['email', 'sms']);
    await line().set({ status: 'terminated' }).execute();
    expect(await kinds()).toEqual(['email']);
  });

  test('are none for a closed account and an unknown one', async () => {
    expect(await listResetChannels(open.database.db, 'acc_nobody')).toEqual([]);
    await sql`update accounts set status = 'closed' where id = ${person.accountId}`.execute(open.database.db);
    expect(await kinds()).toEqual([]);
  });
});
