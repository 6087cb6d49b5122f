// Attempts: the row is the request, its outbox and its result. Everything that may happen once is one statement,
// and every deadline is judged by the domain clock.
import { sql } from 'kysely';
import type { AttemptRow, AttemptState, NewAttempt } from './attempt-tables.ts';
import type { Db, Tx } from './database.ts';
import { appNow } from './database.ts';
import { mostReadings } from './sim-answers.ts';

export async function findAttempt(db: Db, id: string): Promise<AttemptRow | undefined> {
  return await db.selectFrom('attempts').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The attempt, and the time by the domain clock that its deadlines are judged by. */
export async function findAttemptNow(db: Db, id: string): Promise<(AttemptRow & { now: Date }) | undefined> {
  const attempt = db.selectFrom('attempts').selectAll().select(appNow.as('now'));
  return await attempt.where('id', '=', id).executeTakeFirst();
}

/** Ends what has run out on this slot, so that the slot is free. */
export async function expireOverdue(tx: Tx, slot: Buffer): Promise<void> {
  await tx
    .updateTable('attempts')
    .set({ state: 'expired', endedAt: appNow })
    .where('slot', '=', slot)
    .where('state', '=', 'pending')
    .where('expiresAt', '<=', appNow)
    .where(noAnswerWaits)
    .execute();
}

/** Ends overdue attempts everywhere; returns their ids. Index attempts_pending_expiry. */
export async function expireAllOverdue(tx: Tx): Promise<{ id: string; purpose: string; clientId: string }[]> {
  return await tx
    .updateTable('attempts')
    .set({ state: 'expired', endedAt: appNow })
    .where('state', '=', 'pending')
    .where('expiresAt', '<=', appNow)
    .where(noAnswerWaits)
    .returning(['id', 'purpose', 'clientId'])
    .execute();
}

/**
 * A message that came in the life of an attempt and is not read yet may be its answer, in time: a node died between the
 * two, and another will read it within seconds. Of whose SIM it is nobody knows before, so every attempt waits.
 */
const noAnswerWaits = sql<boolean>`not exists (
  select 1 from inbound_messages
  where inbound_messages.state = 'new' and inbound_messages.tries < ${mostReadings}
    and inbound_messages.received_at >= attempts.created_at and inbound_messages.received_at < attempts.expires_at)`;

/** Inserts; undefined when it wanted the slot and another pending attempt holds it. */
export async function insertAttempt(
  tx: Tx,
  attempt: Omit<NewAttempt, 'createdAt' | 'expiresAt' | 'leaseUntil'> & { ttlSeconds: number; leaseSeconds: number },
): Promise<AttemptRow | undefined> {
  const { ttlSeconds, leaseSeconds, ...row } = attempt;
  return await tx
    .insertInto('attempts')
    .values({
      ...row,
      createdAt: appNow,
      expiresAt: sql<Date>`app_now() + make_interval(secs => ${ttlSeconds})`,
      leaseUntil: sql<Date>`clock_timestamp() + make_interval(secs => ${leaseSeconds})`,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
}

export interface AttemptEnd {
  readonly state: Exclude<AttemptState, 'pending'>;
  readonly receivedAt?: Date;
  readonly result?: string;
  readonly appletCounter?: number;
  readonly triesLeft?: number | null;
  readonly wrongPins?: number;
}

/**
 * Takes a pending attempt to its final state: true for the one caller who did. An answer counts by the time of its
 * arrival (`receivedAt`), whatever the time of processing.
 */
export async function endAttempt(tx: Tx, id: string, end: AttemptEnd): Promise<boolean> {
  const rows = await tx
    .updateTable('attempts')
    .set({ ...end, endedAt: appNow })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .where('expiresAt', '>', end.receivedAt ?? appNow)
    .returning('id')
    .execute();
  return rows.length === 1;
}

/** Cancels the pending attempts of a SIM, of a slot, or of one browser on a slot; returns them. */
export async function cancelPending(
  tx: Tx,
  by: { simId: string } | { slot: Buffer; device?: Buffer },
): Promise<AttemptRow[]> {
  return await tx
    .updateTable('attempts')
    .set({ state: 'cancelled', endedAt: appNow })
    .where('state', '=', 'pending')
    .where('purpose', '<>', 'cancel')
    .where((eb) => {
      if ('simId' in by) return eb('simId', '=', by.simId);
      const onSlot = eb('slot', '=', by.slot);
      return by.device === undefined ? onSlot : eb.and([onSlot, eb('device', '=', by.device)]);
    })
    .returningAll()
    .execute();
}

/** Hands an approved attempt to its login: once, and only within `withinSeconds` of the answer; with the time of it. */
export async function finishAttempt(
  tx: Tx,
  id: string,
  withinSeconds: number,
): Promise<(AttemptRow & { now: Date }) | undefined> {
  return await tx
    .updateTable('attempts')
    .set({ finishedAt: appNow })
    .where('id', '=', id)
    .where('state', '=', 'approved')
    .where('finishedAt', 'is', null)
    .where('receivedAt', '>', sql<Date>`app_now() - make_interval(secs => ${withinSeconds})`)
    .returningAll()
    .returning(appNow.as('now'))
    .executeTakeFirst();
}

/** Attempts of a SIM that an answer with these first octets of the challenge may belong to, newest first. */
export async function listByChallengePrefix(db: Db, simId: string, prefix: Buffer): Promise<AttemptRow[]> {
  return await db
    .selectFrom('attempts')
    .selectAll()
    .where('simId', '=', simId)
    // A range on the index attempts_sim_challenge: all challenges that begin with these octets.
    .where('challenge', '>=', prefix)
    .where('challenge', '<=', Buffer.concat([prefix, Buffer.alloc(12, 0xff)]))
    .where('requestData', 'is not', null)
    .orderBy('createdAt', 'desc')
    .limit(5)
    .execute();
}

/** The attempt that a proof of receipt with this packet counter belongs to, if it is the latest one sent. */
export async function findByPacketCounter(
  db: Db,
  simId: string,
  packetCounter: number,
): Promise<AttemptRow | undefined> {
  return await db
    .selectFrom('attempts')
    .selectAll()
    .where('simId', '=', simId)
    .where('packetCounter', '=', packetCounter)
    .where('state', '=', 'pending')
    .executeTakeFirst();
}

/** Request data is kept for late answers, 48 h; the row itself for `retentionDays`. For the purge job. */
export async function purgeAttempts(db: Db, retentionDays: number): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ requestData: null })
    .where('requestData', 'is not', null)
    .where('createdAt', '<', sql<Date>`app_now() - interval '48 hours'`)
    .execute();
  await db
    .deleteFrom('attempts')
    .where('createdAt', '<', sql<Date>`app_now() - make_interval(days => ${retentionDays})`)
    .execute();
}
