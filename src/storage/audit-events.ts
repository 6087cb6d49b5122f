// The audit journal: rows are inserted unchained in the transaction of their cause; one job at a time gives them
// number and hash in the order of commit (decisions 47), so that a changed or missing row is found later.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { AuditFact } from '../ops/audit.ts';
import type { Database, Db, Tx } from './database.ts';

/** Writes one event in the caller's transaction; its time is the database's. */
export async function insertAuditEvent(tx: Db, fact: AuditFact): Promise<void> {
  await tx
    .insertInto('auditEvents')
    .values({ ...fact, details: JSON.stringify(fact.details), at: sql<Date>`clock_timestamp()` })
    .execute();
}

interface Head {
  readonly sequence: number;
  readonly hash: Buffer;
  readonly purgedSequence: number;
  readonly purgedHash: Buffer;
}

interface ChainRow {
  readonly id: number;
  readonly at: string;
  readonly action: string;
  readonly actor: string;
  readonly accountId: string | null;
  readonly object: string | null;
  readonly outcome: string;
  readonly details: unknown;
  readonly correlationId: string | null;
  readonly sequence: number | null;
  readonly hash: Buffer | null;
}

const batch = 1_000;
// Any number will do, as long as nothing else in this database uses it.
const sealerLock = 4_710_903;

/** Numbers and chains what is committed and not sealed yet. Returns how many; only one node seals at a time. */
export async function sealAuditEvents(database: Pick<Database, 'transaction'>): Promise<number> {
  let sealed = 0;
  for (;;) {
    const count = await database.transaction(sealBatch);
    sealed += count;
    if (count < batch) return sealed;
  }
}

async function sealBatch(tx: Tx): Promise<number> {
  await lockChain(tx);
  const head = await readHead(tx);
  // Index audit_events_unsealed.
  const rows = await listRows(tx, sql`sequence is null order by id`);
  if (rows.length === 0) return 0;
  let { sequence, hash } = head;
  const sealed = rows.map((row) => {
    sequence += 1;
    hash = chainHash(hash, { ...row, sequence });
    return { id: row.id, sequence, hash };
  });
  await sql`
    update audit_events set sequence = sealed.sequence, hash = decode(sealed.hash, 'hex')
    from (select unnest(${sealed.map(({ id }) => id)}::bigint[]) as id,
                 unnest(${sealed.map((row) => row.sequence)}::bigint[]) as sequence,
                 unnest(${sealed.map((row) => row.hash.toString('hex'))}::text[]) as hash) as sealed
    where audit_events.id = sealed.id`.execute(tx);
  await sql`update audit_head set sequence = ${sequence}, hash = ${hash}`.execute(tx);
  return rows.length;
}

/** What `audit verify` tells. */
export interface AuditVerdict {
  readonly sealed: number;
  /** Written since the sealer last ran; not covered. */
  readonly unsealed: number;
  /** The first place where the chain does not hold. */
  readonly problem?: { readonly sequence: number; readonly kind: 'changed' | 'missing' };
}

/** Recomputes the chain from its beginning, or from what retention left, to its head. Changes nothing. */
export async function verifyAuditChain(database: Pick<Database, 'transaction'>): Promise<AuditVerdict> {
  return await database.transaction(async (tx) => {
    // One picture of rows and head, however long it takes and whatever is sealed meanwhile.
    await sql`set transaction isolation level repeatable read read only`.execute(tx);
    const { rows } = await sql<{ sealed: number; unsealed: number }>`
      select count(sequence) as sealed, count(*) - count(sequence) as unsealed from audit_events`.execute(tx);
    const counts = { sealed: Number(rows[0]?.sealed ?? 0), unsealed: Number(rows[0]?.unsealed ?? 0) };
    const problem = await findProblem(tx);
    return problem === undefined ? counts : { ...counts, problem };
  });
}

async function findProblem(tx: Tx): Promise<AuditVerdict['problem']> {
  const head = await readHead(tx);
  let last = { sequence: head.purgedSequence, hash: head.purgedHash };
  for (;;) {
    // Unique index on sequence.
    const rows = await listRows(tx, sql`sequence > ${last.sequence} order by sequence`);
    for (const row of rows) {
      const sequence = last.sequence + 1;
      if (row.sequence !== sequence) return { sequence, kind: 'missing' };
      const hash = chainHash(last.hash, { ...row, sequence });
      if (row.hash === null || !hash.equals(row.hash)) return { sequence, kind: 'changed' };
      last = { sequence, hash };
    }
    if (rows.length < batch) break;
  }
  if (last.sequence < head.sequence) return { sequence: last.sequence + 1, kind: 'missing' };
  // Also when rows were added behind the head.
  return last.hash.equals(head.hash) ? undefined : { sequence: last.sequence, kind: 'changed' };
}

/** Removes sealed events older than `months`; the chain is verified from the first one that is left. Returns how many. */
export async function purgeAuditEvents(database: Pick<Database, 'transaction'>, months: number): Promise<number> {
  return await database.transaction(async (tx) => {
    await lockChain(tx);
    const { rows } = await sql<{ sequence: number; hash: Buffer }>`
      select sequence, hash from audit_events
      where sequence < coalesce(
        (select min(sequence) from audit_events where at >= clock_timestamp() - make_interval(months => ${months})),
        (select sequence + 1 from audit_head))
      order by sequence desc limit 1`.execute(tx);
    const last = rows[0];
    if (last === undefined) return 0;
    await sql`update audit_head set purged_sequence = ${last.sequence}, purged_hash = ${last.hash}`.execute(tx);
    const gone = await sql`delete from audit_events where sequence <= ${last.sequence}`.execute(tx);
    return Number(gone.numAffectedRows ?? 0);
  });
}

async function lockChain(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sealerLock})`.execute(tx);
}

async function readHead(tx: Tx): Promise<Head> {
  const { rows } = await sql<Head>`select sequence, hash, purged_sequence, purged_hash from audit_head`.execute(tx);
  const head = rows[0];
  if (head === undefined) throw new Error('the audit journal has lost its head row');
  return head;
}

// The time as text: a Date would hide a change below a millisecond.
async function listRows(tx: Tx, which: ReturnType<typeof sql>): Promise<ChainRow[]> {
  const { rows } = await sql<ChainRow>`
    select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, action, actor, account_id,
           object, outcome, details, correlation_id, sequence, hash
    from audit_events where ${which} limit ${sql.lit(batch)}`.execute(tx);
  return rows;
}

/** SHA-256(previous hash | canonical JSON of the row): members in this order, those of `details` sorted. */
function chainHash(previous: Buffer, row: ChainRow): Buffer {
  const { sequence, id, at, action, actor, accountId, object, outcome, details, correlationId } = row;
  const fields = [sequence, id, at, action, actor, accountId, object, outcome, sorted(details), correlationId];
  return createHash('sha256').update(previous).update(JSON.stringify(fields)).digest();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
