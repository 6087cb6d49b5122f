// The outbox side of an attempt: who may send it, when, and with which packet counter. A lease is one statement.
import { sql } from 'kysely';
import type { Msisdn } from '../identifiers.ts';
import { appNow, type Db, type Tx } from './database.ts';
import type { SimRow } from './tables.ts';

export interface SendRules {
  /** Sendings of one attempt, each with a packet counter of its own. */
  readonly maxSends: number;
  /** A request with less left than this is not sent any more: nobody could answer it (sim-channel 5.6). */
  readonly leastLifeSeconds: number;
}

/** Takes the next packet counter of the SIM: committed before anything is written to the wire. */
export async function takePacketCounter(tx: Tx, simId: string, step = 1): Promise<number> {
  const row = await tx
    .updateTable('sims')
    .set((eb) => ({ packetCounter: eb('packetCounter', '+', step) }))
    .where('id', '=', simId)
    .returning('packetCounter')
    .executeTakeFirstOrThrow();
  return row.packetCounter;
}

/** An attempt leased for sending: whoever got it, and nobody else, writes it to the wire before the lease ends. */
export interface LeasedAttempt {
  readonly id: string;
  readonly simId: string;
  readonly packetCounter: number;
  readonly requestData: string;
  readonly leaseUntil: Date;
}

/**
 * Leases one unsent attempt and takes a new packet counter for it, or undefined if there is nothing to send:
 * ended, sent, leased by another, sent too often, or too short-lived. One statement: of two at once the second waits for
 * the attempt, finds it leased, and takes no counter.
 */
export async function leaseForSending(
  db: Db,
  { id, leaseSeconds, maxSends, leastLifeSeconds }: SendRules & { id: string; leaseSeconds: number },
): Promise<LeasedAttempt | undefined> {
  const { rows } = await sql<LeasedAttempt>`
    with due as (
      select id, sim_id from attempts
      where id = ${id} and state = 'pending' and request_data is not null and sent_at is null and sends < ${maxSends}
        and lease_until <= clock_timestamp() and expires_at > app_now() + make_interval(secs => ${leastLifeSeconds})
      for no key update),
    counted as (
      update sims set packet_counter = packet_counter + 1 from due where sims.id = due.sim_id
      returning sims.packet_counter)
    update attempts
    set lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}), sends = sends + 1,
      packet_counter = counted.packet_counter
    from due, counted
    where attempts.id = due.id
    returning attempts.id, attempts.sim_id, attempts.packet_counter, attempts.request_data, attempts.lease_until`.execute(
    db,
  );
  return rows[0];
}

/** A SIM, and the number that its messages go to. */
export async function findRecipient(db: Db, simId: string): Promise<{ sim: SimRow; msisdn: Msisdn } | undefined> {
  const row = await db
    .selectFrom('sims')
    .innerJoin('lines', 'lines.id', 'sims.lineId')
    .selectAll('sims')
    .select('lines.msisdn')
    .where('sims.id', '=', simId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { msisdn, ...sim } = row;
  return { sim, msisdn };
}

/** Seconds of life that the attempt has left while the lease still runs; 0 when either is over. */
export async function readSecondsToSend(
  db: Db,
  { id, leaseUntil }: Pick<LeasedAttempt, 'id' | 'leaseUntil'>,
): Promise<number> {
  const row = await db
    .selectFrom('attempts')
    .select(secondsLeft.as('seconds'))
    .where('id', '=', id)
    .where(sql<Date>`clock_timestamp()`, '<', leaseUntil)
    .executeTakeFirst();
  return Math.max(0, row?.seconds ?? 0);
}

const secondsLeft = sql<number>`floor(extract(epoch from expires_at - app_now()))::integer`;

/** Ids of attempts whose sender died or could not send (index attempts_unsent). */
export async function listUnsent(db: Db, { maxSends, leastLifeSeconds }: SendRules): Promise<string[]> {
  const rows = await db
    .selectFrom('attempts')
    .select('id')
    .where('state', '=', 'pending')
    .where('simId', 'is not', null)
    .where('sentAt', 'is', null)
    .where('sends', '<', maxSends)
    .where('leaseUntil', '<=', sql<Date>`clock_timestamp()`)
    .where('expiresAt', '>', sql<Date>`app_now() + make_interval(secs => ${leastLifeSeconds})`)
    .orderBy('createdAt')
    .limit(100)
    .execute();
  return rows.map((row) => row.id);
}

/** The SMSC has taken the packet with this counter; gives the seconds since the request was accepted. */
export async function markSent(db: Db, id: string, packetCounter: number): Promise<number | undefined> {
  const row = await db
    .updateTable('attempts')
    .set({ sentAt: appNow, progress: 'sent' })
    .where('id', '=', id)
    .where('packetCounter', '=', packetCounter)
    .returning(sql<number>`extract(epoch from app_now() - created_at)::float8`.as('seconds'))
    .executeTakeFirst();
  return row?.seconds;
}

/** The card could not take it (counter refused, busy): the same request becomes due again, under a new counter. */
export async function markUnsent(tx: Tx, id: string, afterSeconds = 0): Promise<void> {
  await tx
    .updateTable('attempts')
    .set({ sentAt: null, leaseUntil: sql<Date>`clock_timestamp() + make_interval(secs => ${afterSeconds})` })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute();
}

/** Gives the lease back, so that the sweeper tries again after `afterSeconds`. */
export async function releaseLease(db: Db, id: string, afterSeconds: number): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ leaseUntil: sql<Date>`clock_timestamp() + make_interval(secs => ${afterSeconds})` })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .where('sentAt', 'is', null)
    .execute();
}

/**
 * Marks for one more sending if the rules allow it: still pending, not too often, not too soon. Decoys alike.
 * The new send is due at once.
 */
export async function takeResend(
  tx: Tx,
  { id, most, apartSeconds }: { id: string; most: number; apartSeconds: number },
): Promise<boolean> {
  const rows = await tx
    .updateTable('attempts')
    .set((eb) => ({
      resends: eb('resends', '+', 1),
      sentAt: null,
      leaseUntil: sql<Date>`clock_timestamp()`,
    }))
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .where('resends', '<', most)
    .where('createdAt', '<=', sql<Date>`app_now() - make_interval(secs => (resends + 1) * ${apartSeconds}::integer)`)
    .where('expiresAt', '>', appNow)
    .returning('id')
    .execute();
  return rows.length === 1;
}
