// What is remembered between two requests of one browser: sealed, for a while, for one interaction of one issuer.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountOf, createSignInRecords, type SignInRecords } from '../../../src/authentication/sign-in-record.ts';
import { createMasterKey, type MasterKey, SealError } from '../../../src/ops/master-key.ts';
import { createDatabaseEphemeralStore } from '../../../src/storage/ephemeral.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';

const issuer = 'http://localhost:3000';
const record = {
  identifier: { kind: 'msisdn' as const, value: '+33639980001' },
  method: 'sim' as const,
  attemptId: 'att_1',
  proof: { level: 'sim-pin' as const, authTime: 1_772_000_000, enrolmentId: 'enr_1', accountId: null },
};

let open: TestDatabase;
let masterKey: MasterKey;
let records: SignInRecords;
const recordsWith = (key: MasterKey, ttlSeconds = 60) =>
  createSignInRecords(createDatabaseEphemeralStore(open.database), key, { ttlSeconds });

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  masterKey = createMasterKey({ current: randomBytes(32) }, randomBytes);
  records = recordsWith(masterKey);
});
afterAll(() => open.close());

test('an interaction that has done nothing has an empty record', async () => {
  expect(await records.read(issuer, 'fresh')).toEqual({});
});

test('a record comes back as it was written, and the last one counts', async () => {
  await records.write(issuer, 'a', record);
  expect(await records.read(issuer, 'a')).toEqual(record);
  await records.write(issuer, 'a', { method: 'password' });
  expect(await records.read(issuer, 'a')).toEqual({ method: 'password' });
});

test('an interaction of another issuer has a record of its own under the same uid', async () => {
  await records.write(issuer, 'b', record);
  expect(await records.read(`${issuer}/ile`, 'b')).toEqual({});
});

test('it is ended once, of twenty callers at once', async () => {
  await records.write(issuer, 'c', record);
  const ended = await Promise.all(Array.from({ length: 20 }, () => records.end(issuer, 'c')));
  expect(ended.filter(Boolean)).toHaveLength(1);
  expect(await records.read(issuer, 'c')).toEqual({});
});

test('it is forgotten after its time', async () => {
  await recordsWith(masterKey, 0).write(issuer, 'd', record);
  expect(await records.read(issuer, 'd')).toEqual({});
  expect(await records.end(issuer, 'd')).toBe(false);
});

test('neither its key nor its value tells the uid, the number or the proof', async () => {
  await records.write(issuer, 'interaction-uid', record);
  const rows = await open.database.db.selectFrom('ephemeralRecords').selectAll().execute();
  const text = JSON.stringify(rows);
  for (const secret of ['interaction-uid', '33639980001', 'enr_1', 'att_1']) expect(text).not.toContain(secret);
});

test('one that was moved to another interaction or sealed by another key is not believed', async () => {
  await records.write(issuer, 'mine', record);
  await records.write(issuer, 'victim', { method: 'sim' });
  const rows = await open.database.db.selectFrom('ephemeralRecords').select(['key', 'value']).execute();
  const values = new Set(rows.map(({ value }) => JSON.stringify(value)));
  for (const value of values) await open.database.db.updateTable('ephemeralRecords').set({ value }).execute();
  const outcomes = await Promise.allSettled(['mine', 'victim'].map((uid) => records.read(issuer, uid)));
  expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  const stranger = recordsWith(createMasterKey({ current: randomBytes(32) }, randomBytes));
  await records.write(issuer, 'e', record);
  await expect(stranger.read(issuer, 'e')).rejects.toThrow(SealError);
});

test('a proof names its account once it is chosen', () => {
  expect(accountOf(record.proof)).toBeUndefined();
  expect(accountOf({ ...record.proof, accountId: 'acc_1' })).toBe('acc_1');
});
