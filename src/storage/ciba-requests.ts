// Requests without a browser (CIBA), each beside the attempt that answers it: how often it was asked for, what came of
// it, and whether its client has been told. Deadlines of the attempt count by the domain clock, polls by the real one.
import { type Selectable, sql } from 'kysely';
import type { AttemptState } from './attempt-tables.ts';
import type { Db, Tx } from './database.ts';

/** `withheld`: approved, but for nothing that may be given; it looks like nobody's answer. */
export type CibaOutcome = 'approved' | 'refused' | 'expired' | 'withheld';

/** Row of migration 0005. */
export interface CibaRequest {
  attemptId: string;
  issuer: string;
  /** SHA-256 of the auth_req_id. */
  requestHash: Buffer;
  /** The auth_req_id, sealed; null once the result is delivered. */
  requestSealed: string | null;
  clientId: string;
  /** Null: nobody. */
  accountId: string | null;
  least: 'sim-ok' | 'sim-pin';
  /** When the last poll was answered. */
  polledAt: Date | null;
  intervalSeconds: number;
  outcome: CibaOutcome | null;
  level: 'sim-ok' | 'sim-pin' | null;
  /** Seconds since 1970. */
  authTime: number | null;
  leaseUntil: Date | null;
  deliveredAt: Date | null;
}

export interface CibaTables {
  cibaRequests: CibaRequest;
}

export type CibaRequestRow = Selectable<CibaRequest>;

/** The SHA-256 of an auth_req_id, at one issuer. */
export interface CibaKey {
  readonly issuer: string;
  readonly requestHash: Buffer;
}

export type NewCibaRequest = Pick<
  CibaRequestRow,
  'attemptId' | 'issuer' | 'requestHash' | 'requestSealed' | 'clientId' | 'accountId' | 'least' | 'intervalSeconds'
>;

const pollSlackSeconds = 0.5;
const growthSeconds = 5;

export async function insertCibaRequest(tx: Tx, request: NewCibaRequest): Promise<void> {
  const nothingYet = {
    polledAt: null,
    outcome: null,
    level: null,
    authTime: null,
    leaseUntil: null,
    deliveredAt: null,
  };
  await tx
    .insertInto('cibaRequests')
    .values({ ...request, ...nothingYet })
    .execute();
}

/** The request behind an auth_req_id (unique index on issuer and request_hash), with the enrolment that was rung. */
export async function findCibaRequest(
  db: Db,
  key: CibaKey,
): Promise<(CibaRequestRow & { enrolmentId: string | null }) | undefined> {
  return await db
    .selectFrom('cibaRequests')
    .innerJoin('attempts', 'attempts.id', 'cibaRequests.attemptId')
    .selectAll('cibaRequests')
    .select('attempts.enrolmentId')
    .where('issuer', '=', key.issuer)
    .where('requestHash', '=', key.requestHash)
    .executeTakeFirst();
}

/** Where a request stands. */
export interface CibaState {
  readonly attemptId: string;
  /** The attempt has an end that its client may hear of now. */
  readonly ended: boolean;
  readonly outcome: CibaOutcome | null;
  readonly deliveredAt: Date | null;
  /** Seconds until the attempt's end, by the domain clock. */
  readonly secondsLeft: number;
}

/** A poll, as it was noted. */
export interface NotedPoll extends CibaState {
  /** Sooner than the interval allows; the interval has then grown. */
  readonly tooFast: boolean;
}

/** Notes a poll; polls at the same time are noted one after the other, so that only the first is in time. */
export async function notePoll(db: Db, { issuer, requestHash }: CibaKey): Promise<NotedPoll | undefined> {
  const { rows } = await sql<NotedPoll>`
    with before as (
      select r.attempt_id, coalesce(clock_timestamp() <
          r.polled_at + make_interval(secs => r.interval_seconds - ${pollSlackSeconds}::float8), false) as too_fast
      from ciba_requests r
      where r.issuer = ${issuer} and r.request_hash = ${requestHash}
      for update of r)
    update ciba_requests r
    set polled_at = clock_timestamp(),
        interval_seconds = r.interval_seconds + case when before.too_fast then ${growthSeconds}::integer else 0 end
    from before, attempts a
    where r.attempt_id = before.attempt_id and a.id = r.attempt_id
    returning before.too_fast, ${state()}`.execute(db);
  return rows[0];
}

/** The same, without noting anything. */
export async function readCibaState(db: Db, { issuer, requestHash }: CibaKey): Promise<CibaState | undefined> {
  const { rows } = await sql<CibaState>`
    select ${state()} from ciba_requests r join attempts a on a.id = r.attempt_id
    where r.issuer = ${issuer} and r.request_hash = ${requestHash}`.execute(db);
  return rows[0];
}

function state() {
  return sql`r.attempt_id, r.outcome, r.delivered_at, ${hasEnded} as ended,
    extract(epoch from a.expires_at - app_now())::float8 as seconds_left`;
}

const heldBack: readonly AttemptState[] = ['pending', 'expired', 'failed'];

// What is no answer of the customer's is held back to the end of the attempt's life (decisions 18).
const hasEnded = sql<boolean>`(a.expires_at <= app_now()
  or (a.state not in (${sql.join(heldBack)}) and r.outcome is distinct from 'withheld'))`;

/** The interval counts from the end of the answer, not from the beginning of a long wait. */
export async function notePollAnswered(db: Db, attemptId: string): Promise<void> {
  await db
    .updateTable('cibaRequests')
    .set({ polledAt: sql<Date>`clock_timestamp()` })
    .where('attemptId', '=', attemptId)
    .execute();
}

/** Requests whose attempt has ended and whose client has not been told (index ciba_requests_undelivered). */
export async function listUndelivered(db: Db, { issuer, most }: { issuer: string; most: number }): Promise<string[]> {
  const { rows } = await sql<{ attemptId: string }>`
    select r.attempt_id from ciba_requests r join attempts a on a.id = r.attempt_id
    where r.issuer = ${issuer} and r.delivered_at is null and (r.lease_until is null or r.lease_until <= clock_timestamp()) and ${hasEnded}
    limit ${most}`.execute(db);
  return rows.map(({ attemptId }) => attemptId);
}

/** Takes the delivery of a result for a few seconds; undefined when it is done, or when somebody else is at it. */
export async function leaseDelivery(
  tx: Tx,
  attemptId: string,
  leaseSeconds: number,
): Promise<CibaRequestRow | undefined> {
  return await tx
    .updateTable('cibaRequests')
    .set({ leaseUntil: sql<Date>`clock_timestamp() + make_interval(secs => ${leaseSeconds})` })
    .where('attemptId', '=', attemptId)
    .where('deliveredAt', 'is', null)
    .where((eb) => eb.or([eb('leaseUntil', 'is', null), eb('leaseUntil', '<=', sql<Date>`clock_timestamp()`)]))
    .returningAll()
    .executeTakeFirst();
}

export interface Decision {
  readonly outcome: CibaOutcome;
  readonly level?: 'sim-ok' | 'sim-pin';
  readonly authTime?: number;
}

export async function recordOutcome(tx: Tx, attemptId: string, decision: Decision): Promise<void> {
  await tx.updateTable('cibaRequests').set(decision).where('attemptId', '=', attemptId).execute();
}

/** Gives the delivery back: there is nothing to tell yet. */
export async function releaseDelivery(db: Db, attemptId: string): Promise<void> {
  await db.updateTable('cibaRequests').set({ leaseUntil: null }).where('attemptId', '=', attemptId).execute();
}

/** The client has been told, or there is nobody left to tell. */
export async function markDelivered(tx: Tx, attemptId: string): Promise<void> {
  await tx
    .updateTable('cibaRequests')
    .set({ deliveredAt: sql<Date>`clock_timestamp()`, requestSealed: null, leaseUntil: null })
    .where('attemptId', '=', attemptId)
    .execute();
}
