// What a database has had, and what a demo left in it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findDemoTraces, listAppliedMigrations } from '../../src/storage/applied-migrations.ts';
import { advanceClock } from '../../src/storage/domain-clock.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';

describe.each(engines)('on %s', (engine) => {
  let open: TestDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
  });
  afterAll(() => open.close());

  test('the migrations are listed with their time', async () => {
    const [first, second] = await listAppliedMigrations(open.database.db);
    expect(first).toEqual({ name: '0001-subscribers-and-attempts', appliedAt: expect.stringMatching(/^\d{4}-/) });
    expect(second?.name).toBe('0002-openid-connect');
  });

  test('a fresh database has no trace of a demo', async () => {
    expect(await findDemoTraces(open.database.db)).toEqual([]);
  });

  test('a moved clock and clients of the demo are traces, clients of staff are not', async () => {
    const { db, executeSql } = open.database;
    const add = (id: string, origin: string) =>
      executeSql(
        "insert into oidc_clients (issuer, client_id, metadata, origin, created_at) values ('i', $1, '{}', $2, now())",
        [id, origin],
      );
    await add('bank', 'staff');
    expect(await findDemoTraces(db)).toEqual([]);
    await add('portal', 'demo');
    await advanceClock(db, 1);
    expect(await findDemoTraces(db)).toEqual([
      'its clock was moved',
      'it has clients of the demo, whose secrets are known',
    ]);
  });
});
