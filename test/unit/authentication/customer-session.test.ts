// The session behind the pages of the service: its token, its end, and how long its password counts as recent.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCustomerSessions } from '../../../src/authentication/customer-session.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import { createDatabaseEphemeralStore } from '../../../src/storage/ephemeral.ts';
import { replacePassword } from '../../../src/storage/passwords.ts';
import { createRows, type Rows } from '../../storage/rows.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';

describe('a session of the service’s own pages', () => {
  let open: TestDatabase;
  let rows: Rows;
  let now = new Date('2026-03-01T08:00:00Z');
  beforeAll(async () => {
    open = await openTestDatabase('pglite');
    rows = await createRows(open.database);
  });
  afterAll(() => open?.close());

  const sessions = () =>
    createCustomerSessions({
      database: open.database,
      ephemeral: createDatabaseEphemeralStore(open.database),
      masterKey: createMasterKey({ current: Buffer.alloc(32, 7) }, randomBytes),
      now: () => now,
      randomBytes,
      rules: { sessionMinutes: 30, freshSeconds: 300 },
    });
  const begin = async () => {
    const accountId = await rows.account();
    const identifier = { kind: 'email' as const, value: 'someone@exemple.test' };
    return { accountId, token: await sessions().begin({ accountId, passwordAt: now, identifier }) };
  };

  test('is found by its token and by nothing else, and its id is not the token', async () => {
    const { accountId, token } = await begin();
    const found = await sessions().find(token);
    expect(found).toMatchObject({ accountId, brand: 'exemple', passwordAt: now });
    expect(found?.id).not.toBe(token);
    expect(await sessions().find(found?.id ?? '')).toBeUndefined();
    expect(await sessions().find(randomBytes(32).toString('base64url'))).toBeUndefined();
  });

  test('lies in the store without token, address or account in the clear', async () => {
    const { accountId, token } = await begin();
    const stored = JSON.stringify(await open.database.db.selectFrom('ephemeralRecords').selectAll().execute());
    for (const secret of [token, accountId, 'someone@exemple.test']) expect(stored).not.toContain(secret);
  });

  test('ends when it is ended, and with its account', async () => {
    const one = await begin();
    await sessions().end(one.token);
    expect(await sessions().find(one.token)).toBeUndefined();
    const other = await begin();
    await open.database.db
      .updateTable('accounts')
      .set({ status: 'closed' })
      .where('id', '=', other.accountId)
      .execute();
    expect(await sessions().find(other.token)).toBeUndefined();
  });

  test('ends with the password that opened it (B09)', async () => {
    const { accountId, token } = await begin();
    const set = { accountId, earlier: [], codeLineId: null, codeSimId: null };
    const replace = (version: number) =>
      open.database.transaction((tx) => replacePassword(tx, { ...set, version, passwordHash: `hash ${version}` }));
    expect(await replace(0)).toBe(true);
    expect(await sessions().find(token)).toBeUndefined();
    const identifier = { kind: 'email' as const, value: 'someone@exemple.test' };
    const next = await sessions().begin({ accountId, passwordAt: now, identifier });
    expect(await sessions().find(next)).toBeDefined();
    expect(await replace(0)).toBe(false);
    expect(await sessions().find(next)).toBeDefined();
    expect(await replace(1)).toBe(true);
    expect(await sessions().find(next)).toBeUndefined();
  });

  test('ends after its time, whatever was done in it', async () => {
    const { token } = await begin();
    await open.database.db
      .updateTable('ephemeralRecords')
      .set({ expiresAt: new Date(Date.now() - 1_000) })
      .execute();
    expect(await sessions().find(token)).toBeUndefined();
  });

  test('its password is recent for five minutes, to the second (A18)', () => {
    const passwordAt = now;
    now = new Date(passwordAt.getTime() + 300_000);
    expect(sessions().isFresh({ passwordAt })).toBe(true);
    now = new Date(passwordAt.getTime() + 300_001);
    expect(sessions().isFresh({ passwordAt })).toBe(false);
  });
});
