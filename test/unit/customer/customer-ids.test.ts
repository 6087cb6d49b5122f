// Customer IDs: issued after a check of identity, kept as a hash, and what ends with the former one.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCompanies, issueCustomerId } from '../../../src/customer/customer-ids.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { parseCustomerId } from '../../../src/identifiers.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createRegistrationWorld, goodPassword, type RegistrationWorld } from '../enrolment/registration-world.ts';

const document = { kind: 'passport', number: 'AB1234567' } as const;

describe.each(engines)('on %s', (engine) => {
  let open: TestDatabase;
  let world: RegistrationWorld;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = await createRegistrationWorld(open.database);
  });
  afterAll(() => open.close());

  const issue = (groupId: string, more: object = {}) =>
    issueCustomerId(
      { ...world, randomBytes, audit: world.people.audit },
      { groupId, advisor: 'R. Ramgoolam', document, ...more },
    );

  async function issued(groupId: string): Promise<string> {
    const outcome = await issue(groupId);
    if (outcome.kind !== 'issued') throw new Error(outcome.kind);
    return parseCustomerId(outcome.customerId)!;
  }

  test('E23 E24 an ID of 100 bits, shown once, kept as hash and last three, journaled with advisor and document', async () => {
    const { id } = await world.company();
    const outcome = await issue(id);
    expect(outcome).toMatchObject({ kind: 'issued', isAgain: true });
    const { customerId } = outcome as { customerId: string };
    expect(customerId).toMatch(/^C(-[0-9A-HJKMNP-TV-Z]{5}){4}$/);
    const bare = parseCustomerId(customerId)!;
    const row = await open.database.db.selectFrom('customerGroups').selectAll().where('id', '=', id).executeTakeFirst();
    expect(row).toMatchObject({
      ...{ customerIdLast3: bare.slice(-3), issuedBy: 'R. Ramgoolam', issuedAt: expect.any(Date) },
      ...{ customerIdHash: world.masterKey.index('customer_id', bare) },
      identityCheck: { document: 'passport', numberEnds: '567' },
    });
    const events = await open.database.db
      .selectFrom('auditEvents')
      .selectAll()
      .where('action', '=', 'customer_id.issued')
      .where('object', '=', id)
      .execute();
    expect(events).toMatchObject([{ actor: 'staff', details: { advisor: 'R. Ramgoolam', document: 'passport …567' } }]);
    const kept = JSON.stringify([row, events]);
    expect(kept).not.toContain(bare);
    expect(kept).not.toContain(document.number);
    const [shown] = await findCompanies({ database: open.database }, 'sucrerie du morne');
    expect(JSON.stringify(shown)).not.toContain(bare);
  });

  test('X104 f11 with another ID the former opens nothing: no login, no session, no registration, no reset', async () => {
    const { id, customerId: former } = await world.company();
    await world.register(former);
    const account = await world.accountOf('customer_id', former);
    const accountId = account!.id as AccountId;
    const { db } = open.database;
    const record = { issuer: 'i', payload: '{}', accountId, expiresAt: new Date('2099-01-01') };
    for (const model of ['Session', 'Grant', 'RefreshToken']) {
      await db
        .insertInto('oidcRecords')
        .values({ ...record, model, idHash: randomBytes(32) })
        .execute();
    }
    const present = await issued(id);
    expect(await db.selectFrom('oidcRecords').select('model').where('accountId', '=', accountId).execute()).toEqual([]);
    expect(await world.accountOf('customer_id', former)).toBeUndefined();
    const kept = await world.accountOf('customer_id', present);
    expect([kept?.id, kept?.passwordHash]).toEqual([accountId, account?.passwordHash]);
    const again = await world.upToCode(former);
    expect(await world.recipients.findRecipient(again.id)).toBeUndefined();
  });

  test('X104 a registration that was begun with the former ID ends with it', async () => {
    const { id, customerId } = await world.company();
    const visit = await world.upToPassword(customerId);
    await issued(id);
    const choice = { password: goodPassword, confirmation: goodPassword };
    expect(await world.registrations.setPassword(visit, choice)).toEqual({ kind: 'over' });
    expect(await world.accountOf('customer_id', customerId)).toBeUndefined();
  });

  test('X104 registered and replaced at the same moment, the former ID opens nothing', async () => {
    for (let round = 0; round < 5; round++) {
      const { id, customerId } = await world.company();
      const visit = await world.upToPassword(customerId);
      const choice = { password: goodPassword, confirmation: goodPassword };
      await Promise.all([world.registrations.setPassword(visit, choice), issued(id)]);
      expect(await world.accountOf('customer_id', customerId)).toBeUndefined();
    }
  });

  test('twenty issued at once: the last one counts, the others never again', async () => {
    const { id } = await world.company();
    const ids = await Promise.all(Array.from({ length: 20 }, () => issued(id)));
    const row = await open.database.db.selectFrom('customerGroups').selectAll().where('id', '=', id).executeTakeFirst();
    const counting = ids.filter((one) => world.masterKey.index('customer_id', one).equals(row!.customerIdHash!));
    expect(counting).toHaveLength(1);
    expect(new Set(ids).size).toBe(20);
  });

  test('a company needs a number that its codes go to', async () => {
    const { id } = await world.company(null);
    expect(await issue(id)).toEqual({ kind: 'no-number' });
    expect((await issue(id, { contactMobile: '+23059990088' })).kind).toBe('issued');
    expect((await issue(id)).kind).toBe('issued');
    expect(await issue('cgr_none')).toEqual({ kind: 'not-found' });
  });
});
