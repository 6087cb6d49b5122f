// The audit journal: sealed in the order of commit, verified afterwards; changed, missing and cut rows are found.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AuditFact } from '../../src/ops/audit.ts';
import {
  insertAuditEvent,
  purgeAuditEvents,
  sealAuditEvents,
  verifyAuditChain,
} from '../../src/storage/audit-events.ts';
import type { Database } from '../../src/storage/database.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';

const aFact = (changed: Partial<AuditFact> = {}): AuditFact => ({
  action: 'sign_in.approved',
  actor: 'client:portal',
  outcome: 'success',
  accountId: 'acc_1',
  object: 'att_1',
  details: { level: 'sim-pin', tries: 3, late: false, nothing: null },
  correlationId: 'trace-1',
  ...changed,
});

describe.each(engines)('the audit journal on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
  });
  afterAll(() => open.close());
  beforeEach(async () => {
    await sql`delete from audit_events`.execute(database.db);
    await sql`delete from audit_head`.execute(database.db);
    await sql`insert into audit_head default values`.execute(database.db);
  });

  async function insert(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      await database.transaction((tx) => insertAuditEvent(tx, aFact({ object: `att_${n}` })));
    }
  }

  interface SealedRow {
    readonly values: readonly unknown[];
    readonly details: Record<string, unknown>;
    readonly correlationId: string | null;
    readonly hash: Buffer | null;
  }

  async function sealedRows(): Promise<SealedRow[]> {
    const { rows } = await sql<SealedRow>`
      select jsonb_build_array(sequence, id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                               action, actor, account_id, object, outcome) as values, details, correlation_id, hash
      from audit_events where sequence is not null order by sequence`.execute(database.db);
    return rows;
  }

  /** The hash as SECURITY.md and the source describe it, computed a second time. */
  function hashOf(previous: Buffer, { values, details, correlationId }: SealedRow): Buffer {
    const sorted = Object.fromEntries(Object.entries(details).sort(([a], [b]) => a.localeCompare(b)));
    const text = JSON.stringify([...values, sorted, correlationId]);
    return createHash('sha256').update(previous).update(text).digest();
  }

  test('an event has the time of the database and is not sealed yet', async () => {
    await insert(1);
    const row = await database.db.selectFrom('auditEvents').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ ...aFact({ object: 'att_0' }), sequence: null, hash: null });
    expect(Math.abs(row.at.getTime() - Date.now())).toBeLessThan(60_000);
    expect(await verifyAuditChain(database)).toEqual({ sealed: 0, unsealed: 1 });
  });

  test('an event of a transaction that is rolled back leaves no row and no gap', async () => {
    await insert(1);
    const failed = database.transaction(async (tx) => {
      await insertAuditEvent(tx, aFact());
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    await insert(1);
    expect(await sealAuditEvents(database)).toBe(2);
    expect(await verifyAuditChain(database)).toEqual({ sealed: 2, unsealed: 0 });
  });

  test('sealing twice changes nothing, and later events go on in the same chain', async () => {
    await insert(3);
    expect(await sealAuditEvents(database)).toBe(3);
    expect(await sealAuditEvents(database)).toBe(0);
    await insert(2);
    expect(await verifyAuditChain(database)).toEqual({ sealed: 3, unsealed: 2 });
    expect(await sealAuditEvents(database)).toBe(2);
    expect(await verifyAuditChain(database)).toEqual({ sealed: 5, unsealed: 0 });
  });

  test('two sealers at once give each event one number', async () => {
    await insert(40);
    const counts = await Promise.all([1, 2, 3, 4].map(() => sealAuditEvents(database)));
    expect(counts.reduce((sum, count) => sum + count)).toBe(40);
    expect(await verifyAuditChain(database)).toEqual({ sealed: 40, unsealed: 0 });
  });

  test('more events than one batch are sealed and verified', async () => {
    await sql`
      insert into audit_events (at, action, actor, outcome)
      select clock_timestamp(), 'load', 'system', 'success' from generate_series(1, 2001)`.execute(database.db);
    expect(await sealAuditEvents(database)).toBe(2001);
    expect(await verifyAuditChain(database)).toEqual({ sealed: 2001, unsealed: 0 });
  });

  test.each([
    ['the action', sql`update audit_events set action = 'sign_in.refused' where sequence = 3`],
    ['the actor', sql`update audit_events set actor = 'client:shop' where sequence = 3`],
    ['the account', sql`update audit_events set account_id = null where sequence = 3`],
    ['the object', sql`update audit_events set object = 'att_9' where sequence = 3`],
    ['the outcome', sql`update audit_events set outcome = 'failure' where sequence = 3`],
    ['a detail', sql`update audit_events set details = '{"level":"pwd"}' where sequence = 3`],
    ['the trace', sql`update audit_events set correlation_id = null where sequence = 3`],
    ['a microsecond', sql`update audit_events set at = at + interval '1 microsecond' where sequence = 3`],
    ['the hash', sql`update audit_events set hash = sha256('x') where sequence = 3`],
    ['the hash, to none', sql`update audit_events set hash = null where sequence = 3`],
  ])('a change of %s is found at its row', async (_what, change) => {
    await insert(5);
    await sealAuditEvents(database);
    await change.execute(database.db);
    expect((await verifyAuditChain(database)).problem).toEqual({ sequence: 3, kind: 'changed' });
  });

  test.each([
    ['the first row', sql`delete from audit_events where sequence = 1`, 1],
    ['a row in the middle', sql`delete from audit_events where sequence = 3`, 3],
    ['the tail', sql`delete from audit_events where sequence >= 4`, 4],
    ['everything', sql`delete from audit_events`, 1],
    ['a row taken out of the chain', sql`update audit_events set sequence = null, hash = null where sequence = 2`, 2],
  ])('missing: %s', async (_what, change, sequence) => {
    await insert(5);
    await sealAuditEvents(database);
    await change.execute(database.db);
    expect((await verifyAuditChain(database)).problem).toEqual({ sequence, kind: 'missing' });
  });

  test('each hash is that of the hash before it and of its row, members in order, those of the details sorted', async () => {
    await insert(3);
    await sealAuditEvents(database);
    let previous: Buffer = Buffer.alloc(32);
    for (const row of await sealedRows()) {
      const hash = hashOf(previous, row);
      expect(row.hash?.toString('hex')).toBe(hash.toString('hex'));
      previous = hash;
    }
  });

  test('who changes a row and computes its hash anew is found at the next one', async () => {
    await insert(5);
    await sealAuditEvents(database);
    await sql`update audit_events set outcome = 'failure' where sequence = 3`.execute(database.db);
    const rows = await sealedRows();
    const forged = hashOf(rows[1]!.hash!, rows[2]!);
    await sql`update audit_events set hash = ${forged} where sequence = 3`.execute(database.db);
    expect((await verifyAuditChain(database)).problem).toEqual({ sequence: 4, kind: 'changed' });
  });

  test('a row that was added behind the head is found, even with a hash that fits', async () => {
    await insert(3);
    await sealAuditEvents(database);
    const [, second] = await sealedRows();
    await sql`update audit_head set sequence = 2, hash = ${second!.hash}`.execute(database.db);
    expect((await verifyAuditChain(database)).problem).toEqual({ sequence: 3, kind: 'changed' });
  });

  test('the same details in another order of members are the same event', async () => {
    await insert(1);
    await sealAuditEvents(database);
    await sql`
      update audit_events set details = '{"tries":3,"nothing":null,"late":false,"level":"sim-pin"}'`.execute(
      database.db,
    );
    expect(await verifyAuditChain(database)).toEqual({ sealed: 1, unsealed: 0 });
  });

  test('retention removes the old beginning and the rest still verifies', async () => {
    await insert(5);
    await sql`update audit_events set at = at - interval '14 months' where object in ('att_0', 'att_1')`.execute(
      database.db,
    );
    await sealAuditEvents(database);
    expect(await purgeAuditEvents(database, 13)).toBe(2);
    expect(await purgeAuditEvents(database, 13)).toBe(0);
    expect(await verifyAuditChain(database)).toEqual({ sealed: 3, unsealed: 0 });
    await sql`delete from audit_events where sequence = 3`.execute(database.db);
    expect((await verifyAuditChain(database)).problem).toEqual({ sequence: 3, kind: 'missing' });
  });

  test('retention removes everything when all of it is old, and the chain goes on', async () => {
    await insert(2);
    await sql`update audit_events set at = at - interval '2 years'`.execute(database.db);
    await sealAuditEvents(database);
    expect(await purgeAuditEvents(database, 13)).toBe(2);
    await insert(1);
    await sealAuditEvents(database);
    expect(await verifyAuditChain(database)).toEqual({ sealed: 1, unsealed: 0 });
  });
});
