// Notifications to clients: one for a request, a log without gaps, and nothing left of what they said after its time.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  findNotification,
  insertNotification,
  listDeliveries,
  listNotifications,
  noteDelivery,
  purgeNotifications,
  takeRedelivery,
} from '../../src/storage/client-notifications.ts';
import type { Database } from '../../src/storage/database.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { hashOf, twentyTimes } from './rows.ts';

const issuer = 'https://op.example';
const letter = (id: string, request = id) => ({
  ...{ id, issuer, clientId: 'bank', requestHash: hashOf(request), correlationId: null },
  ...{ uri: 'https://bank.example/mc', bodySealed: 'sealed' },
});

describe.each(engines)('notifications to clients on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
  });
  afterAll(() => open.close());
  const insert = (id: string, request?: string) =>
    database.transaction((tx) => insertNotification(tx, letter(id, request)));

  test('one request has one, of twenty at once', async () => {
    const results = await twentyTimes(database, (tx, n) => insertNotification(tx, letter(`ntf_${n}`, 'the request')));
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  test('twenty tries at once are twenty lines of its log, numbered without a gap', async () => {
    await insert('ntf_log');
    await twentyTimes(database, (tx) => noteDelivery(tx, 'ntf_log', { status: 503, fault: null, taken: false }));
    const numbers = (await listDeliveries(database.db, 'ntf_log')).map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    await database.transaction((tx) => noteDelivery(tx, 'ntf_log', { status: 204, fault: null, taken: true }));
    expect(await findNotification(database.db, issuer, 'ntf_log')).toMatchObject({
      ...{ deliveries: 21, lastStatus: 204, deliveredAt: expect.any(Date) },
    });
  });

  test('is of its own issuer, and can be told again while its body is kept', async () => {
    await insert('ntf_again');
    const again = (from: string) => database.transaction((tx) => takeRedelivery(tx, from, 'ntf_again'));
    expect([await again('https://other.example'), await again(issuer), await again(issuer)]).toEqual([undefined, 1, 2]);
    expect(await findNotification(database.db, 'https://other.example', 'ntf_again')).toBeUndefined();
    await sql`update client_notifications set created_at = created_at - interval '25 hours'`.execute(database.db);
    await purgeNotifications(database.db, { bodyHours: 24, days: 90 });
    expect(await again(issuer)).toBeUndefined();
    expect(await listNotifications(database.db, { issuer, clientId: 'bank', limit: 100 })).not.toEqual([]);
    await sql`update client_notifications set created_at = created_at - interval '90 days'`.execute(database.db);
    await purgeNotifications(database.db, { bodyHours: 24, days: 90 });
    expect(await listNotifications(database.db, { issuer, clientId: undefined, limit: 100 })).toEqual([]);
    expect(await listDeliveries(database.db, 'ntf_log')).toEqual([]);
  });
});
