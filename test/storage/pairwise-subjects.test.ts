// Whom a client knows under a pairwise subject: remembered once, by whoever is first, and for one issuer.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findSubject, rememberSubject } from '../../src/storage/pairwise-subjects.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createRows, hashOf, twentyTimes } from './rows.ts';

const issuer = 'https://op.example';

describe.each(engines)('pairwise subjects on %s', (engine) => {
  let open: TestDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
  });
  afterAll(() => open.close());

  test('are remembered by twenty at once and stay whose they were', async () => {
    const { database } = open;
    const rows = await createRows(database);
    const [one, two] = [(await rows.subject()).accountId, (await rows.subject()).accountId];
    const key = { issuer, subjectHash: hashOf('a subject') };
    await twentyTimes(database, (tx) => rememberSubject(tx, { ...key, accountId: one }));
    await rememberSubject(database.db, { ...key, accountId: two });
    expect(await findSubject(database.db, key)).toBe(one);
    expect(await findSubject(database.db, { ...key, issuer: 'https://other.example' })).toBeUndefined();
    expect(await findSubject(database.db, { ...key, subjectHash: hashOf('another') })).toBeUndefined();
  });
});
