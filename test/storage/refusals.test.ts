// Refused requests live a day, and the oldest go first when there are too many.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findRefusal, insertRefusals, purgeRefusals, type RefusalRow } from '../../src/storage/refusals.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';

const issuer = 'https://op.example';
const hour = 3_600_000;
const hours = 24;
const row = (trace: string, hoursAgo = 0): RefusalRow => ({
  issuer,
  trace,
  refusedAt: new Date(Date.now() - hoursAgo * hour),
  endpoint: 'token',
  clientId: null,
  error: 'invalid_client',
  description: null,
  rule: 'client authentication: not accepted',
  detail: null,
});

describe.each(engines)('refused requests on %s', (engine) => {
  let open: TestDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
  });
  afterAll(() => open.close());
  beforeEach(() => purgeRefusals(open.database.db, { hours, most: 1 }));
  const found = async (...traces: string[]) => {
    const rows = await Promise.all(traces.map((trace) => findRefusal(open.database.db, { issuer, trace, hours })));
    return traces.filter((_, index) => rows[index] !== undefined);
  };

  test('are found for a day and not longer, purged or not', async () => {
    const { db } = open.database;
    await insertRefusals(db, [row('young', 23), row('old', 25)]);
    expect(await found('young', 'old')).toEqual(['young']);
    expect(await purgeRefusals(db, { hours, most: 1_000 })).toBeGreaterThanOrEqual(1);
    expect(await found('young', 'old')).toEqual(['young']);
  });

  test('are at most so many: the newest stay', async () => {
    const { db } = open.database;
    await insertRefusals(db, [row('a', 5), row('b', 4), row('c', 3), row('d', 2)]);
    await purgeRefusals(db, { hours, most: 2 });
    expect(await found('a', 'b', 'c', 'd')).toEqual(['c', 'd']);
  });

  test('come together in one write, the last word of one request counting', async () => {
    const { db } = open.database;
    await insertRefusals(db, [row('twice'), { ...row('twice'), error: 'invalid_grant' }]);
    expect(await findRefusal(db, { issuer, trace: 'twice', hours })).toMatchObject({ error: 'invalid_grant' });
    await insertRefusals(db, []);
  });
});
