// What comes back from the SIMs: the raw messages, the counters seen, and what they say about an enrolment.
import { sql } from 'kysely';
import { appNow, type Db, type Tx } from './database.ts';

export interface StoredMessage {
  readonly id: number;
  readonly receivedAt: Date;
  readonly sourceSealed: string;
  readonly bodySealed: string;
}

/** Commits a message as it came; the SMSC is told only after this. */
export async function insertInbound(
  db: Db,
  message: { sourceHash: Buffer; sourceSealed: string; bodySealed: string },
): Promise<number> {
  const row = await db
    .insertInto('inboundMessages')
    .values({ ...message, receivedAt: appNow })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function findInbound(db: Db, id: number): Promise<StoredMessage | undefined> {
  return await db
    .selectFrom('inboundMessages')
    .select(['id', 'receivedAt', 'sourceSealed', 'bodySealed'])
    .where('id', '=', id)
    .where('state', '=', 'new')
    .executeTakeFirst();
}

/** A message that cannot be read so often, for a reason of ours, is left. */
export const mostReadings = 10;

/** Messages that no node has finished with; older than a few seconds, so that their receiver had its turn. */
export async function listUnprocessed(db: Db, olderThanSeconds: number): Promise<number[]> {
  const rows = await db
    .selectFrom('inboundMessages')
    .select('id')
    .where('state', '=', 'new')
    .where('tries', '<', mostReadings)
    .where('receivedAt', '<', sql<Date>`app_now() - make_interval(secs => ${olderThanSeconds})`)
    .orderBy('id')
    .limit(100)
    .execute();
  return rows.map((row) => row.id);
}

export async function markProcessed(db: Db, id: number, outcome: string): Promise<void> {
  await db.updateTable('inboundMessages').set({ state: 'done', outcome }).where('id', '=', id).execute();
}

/** A processing that failed for a reason of ours will be repeated, `mostReadings` times at most. */
export async function countFailure(db: Db, id: number): Promise<void> {
  await db
    .updateTable('inboundMessages')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

/** Drops messages as they came in after `hours`. For the purge job. */
export async function purgeInbound(db: Db, hours: number): Promise<void> {
  await db
    .deleteFrom('inboundMessages')
    .where('receivedAt', '<', sql<Date>`app_now() - make_interval(hours => ${hours})`)
    .execute();
}

export type CounterVerdict = 'new' | 'duplicate' | 'fork';

/** Notes a proved answer: the same counter with the same octets is a repeat, with other octets a copied card. */
export async function recordAnswer(
  tx: Tx,
  answer: { simId: string; appletCounter: number; head: Buffer; attemptId: string; receivedAt: Date },
): Promise<CounterVerdict> {
  const inserted = await tx
    .insertInto('answers')
    .values(answer)
    .onConflict((conflict) => conflict.columns(['simId', 'appletCounter']).doNothing())
    .returning('simId')
    .executeTakeFirst();
  if (inserted !== undefined) return 'new';
  const known = await tx
    .selectFrom('answers')
    .select('head')
    .where('simId', '=', answer.simId)
    .where('appletCounter', '=', answer.appletCounter)
    .executeTakeFirstOrThrow();
  return known.head.equals(answer.head) ? 'duplicate' : 'fork';
}

/**
 * Raises the highest applet counter of the SIM; returns what it was. Takes the row for this transaction; not its key,
 * for who writes an attempt for the SIM meanwhile may hold the one that this answer ends.
 */
export async function raiseAppletCounter(tx: Tx, simId: string, appletCounter: number): Promise<number> {
  const { appletCounter: before } = await tx
    .selectFrom('sims')
    .select('appletCounter')
    .where('id', '=', simId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  if (appletCounter > before) await tx.updateTable('sims').set({ appletCounter }).where('id', '=', simId).execute();
  return before;
}

/** Notes what the card says about its PIN. */
export async function recordTries(tx: Tx, enrolmentId: string, triesLeft: number | null): Promise<void> {
  await tx.updateTable('enrolments').set({ triesLeft }).where('id', '=', enrolmentId).execute();
}

export async function recordUse(tx: Tx, enrolmentId: string, at: Date): Promise<void> {
  await tx.updateTable('enrolments').set({ lastUsedAt: at }).where('id', '=', enrolmentId).execute();
}

/** Locks the service for `hours` from `from`; false if it was locked already (one lock, one message: X31). */
export async function lockEnrolment(
  tx: Tx,
  { enrolmentId, from, hours }: { enrolmentId: string; from: Date; hours: number },
): Promise<Date | undefined> {
  const row = await tx
    .updateTable('enrolments')
    .set({ lockedUntil: sql<Date>`${from}::timestamptz + make_interval(secs => ${hours * 3_600})`, triesLeft: 0 })
    .where('id', '=', enrolmentId)
    .where((eb) => eb.or([eb('lockedUntil', 'is', null), eb('lockedUntil', '<=', from)]))
    .returning('lockedUntil')
    .executeTakeFirst();
  return row?.lockedUntil ?? undefined;
}

/** The next administrative number (C6), after a signed `blocked`: what restores the tries when the lock has ended. */
export async function takeAdminNumber(tx: Tx, simId: string): Promise<number> {
  const row = await tx
    .updateTable('sims')
    .set((eb) => ({ adminNumber: eb('adminNumber', '+', 1) }))
    .where('id', '=', simId)
    .returning('adminNumber')
    .executeTakeFirstOrThrow();
  return row.adminNumber;
}

/** Stops trusting an enrolment whose card seems to exist twice. */
export async function suspendForFork(tx: Tx, enrolmentId: string): Promise<boolean> {
  const row = await tx
    .updateTable('enrolments')
    .set({ suspendedByFork: true })
    .where('id', '=', enrolmentId)
    .where('suspendedByFork', '=', false)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
