// Who gets a message, looked up when it is sent: the number and language of a line, the checked address of an account.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { findMailboxForNotice, findNumberForNotice } from '../../src/storage/notice-recipients.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createRows, type Rows } from './rows.ts';

describe.each(engines)('recipients of notices on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  let rows: Rows;

  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
    rows = await createRows(database);
  });
  afterAll(() => open.close());

  test('an SMS goes to the number of the line in the language of its account', async () => {
    const { lineId, msisdn } = await rows.subject({ account: { locale: 'en' } });
    expect(await findNumberForNotice(database.db, lineId)).toEqual({ msisdn, locale: 'en', brand: 'exemple' });
  });

  test('of several accounts on one SIM the primary one gives the language', async () => {
    const { lineId, enrolmentId } = await rows.subject({ account: { locale: 'en' } });
    const accountId = await rows.account({ account: { locale: 'fr' } });
    const linkedAt = new Date('2020-01-01');
    await database.db.insertInto('mobileConnectLinks').values({ enrolmentId, accountId, linkedAt }).execute();
    expect(await findNumberForNotice(database.db, lineId)).toMatchObject({ locale: 'en' });
  });

  test('an earlier service without accounts does not change the language of the one that serves now', async () => {
    const { lineId, simId } = await rows.subject({ account: { locale: 'en' } });
    const ended = { id: `enr_ended_${lineId}`, simId, lineId, createdAt: new Date('2020-01-01') };
    await database.db
      .insertInto('enrolments')
      .values({ ...ended, baseState: 'DEACTIVATED' })
      .execute();
    expect(await findNumberForNotice(database.db, lineId)).toMatchObject({ locale: 'en' });
  });

  test('a line without an account is written to in French', async () => {
    const { lineId, msisdn, enrolmentId } = await rows.subject();
    await database.db.deleteFrom('mobileConnectLinks').where('enrolmentId', '=', enrolmentId).execute();
    expect(await findNumberForNotice(database.db, lineId)).toEqual({ msisdn, locale: 'fr', brand: 'exemple' });
  });

  test('a suspended line still has its number, a terminated one has not (X58)', async () => {
    const suspended = await rows.subject({ line: { status: 'suspended' } });
    const terminated = await rows.subject({ line: { status: 'terminated' } });
    expect(await findNumberForNotice(database.db, suspended.lineId)).toMatchObject({ msisdn: suspended.msisdn });
    expect(await findNumberForNotice(database.db, terminated.lineId)).toBeUndefined();
    expect(await findNumberForNotice(database.db, 'lin_none')).toBeUndefined();
  });

  test('an e-mail goes to the checked address of an open account', async () => {
    const accountId = await rows.account({ account: { contactEmail: 'alice@exemple.test', locale: 'en' } });
    const found = await findMailboxForNotice(database.db, accountId);
    expect(found).toEqual({ address: 'alice@exemple.test', locale: 'en', brand: 'exemple' });
  });

  test.each([
    ['an address that nobody has checked', { contactEmailVerifiedAt: null }],
    ['no address', { contactEmail: null }],
    ['a closed account', { status: 'closed' }],
  ] as const)('none goes to %s', async (_what, account) => {
    const accountId = await rows.account({ account });
    expect(await findMailboxForNotice(database.db, accountId)).toBeUndefined();
  });
});
