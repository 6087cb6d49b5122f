// Durable records of the OpenID Connect library: grants, refresh tokens, sessions, registration tokens.
// Keyed by issuer, model and the SHA-256 of the id. It does not know what a payload means.
import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface RecordKey {
  readonly issuer: string;
  readonly model: string;
  readonly idHash: Buffer;
}

export interface RecordContent {
  readonly payload: Record<string, unknown>;
  readonly grantHash: Buffer | null;
  readonly uidHash: Buffer | null;
  readonly accountId: string | null;
  readonly clientId: string | null;
  /** Null: does not expire. */
  readonly ttlSeconds: number | null;
}

export interface FoundRecord {
  readonly idHash: Buffer;
  readonly payload: Record<string, unknown>;
  readonly consumedAt: Date | null;
  /** Seconds since it was consumed, by the database's clock. */
  readonly consumedAge: number | null;
}

const unexpired = sql<boolean>`(oidc_records.expires_at is null or oidc_records.expires_at > clock_timestamp())`;
const consumedAge = sql<number | null>`extract(epoch from clock_timestamp() - consumed_at)::float8`;

/** Writes or replaces. A record that was consumed stays consumed. */
export async function upsertRecord(db: Db, key: RecordKey, content: RecordContent): Promise<void> {
  const { ttlSeconds, payload, ...columns } = content;
  const expiresAt =
    ttlSeconds === null ? null : sql<Date>`clock_timestamp() + make_interval(secs => ${Math.max(1, ttlSeconds)})`;
  await db
    .insertInto('oidcRecords')
    .values({ ...key, ...columns, payload: JSON.stringify(payload), consumedAt: null, expiresAt })
    .onConflict((conflict) =>
      conflict.columns(['issuer', 'model', 'idHash']).doUpdateSet((eb) => ({
        payload: eb.ref('excluded.payload'),
        grantHash: eb.ref('excluded.grantHash'),
        uidHash: eb.ref('excluded.uidHash'),
        accountId: eb.ref('excluded.accountId'),
        clientId: eb.ref('excluded.clientId'),
        expiresAt: eb.ref('excluded.expiresAt'),
      })),
    )
    .execute();
}

/** The record, unless it has expired. */
export async function findRecord(db: Db, key: RecordKey): Promise<FoundRecord | undefined> {
  return await db
    .selectFrom('oidcRecords')
    .select(['idHash', 'payload', 'consumedAt', consumedAge.as('consumedAge')])
    .where('issuer', '=', key.issuer)
    .where('model', '=', key.model)
    .where('idHash', '=', key.idHash)
    .where(unexpired)
    .executeTakeFirst();
}

/** The newest record with this uid (index oidc_records_uid). */
export async function findRecordByUid(
  db: Db,
  key: { issuer: string; model: string; uidHash: Buffer },
): Promise<FoundRecord | undefined> {
  return await db
    .selectFrom('oidcRecords')
    .select(['idHash', 'payload', 'consumedAt', consumedAge.as('consumedAge')])
    .where('issuer', '=', key.issuer)
    .where('model', '=', key.model)
    .where('uidHash', '=', key.uidHash)
    .where(unexpired)
    .orderBy('expiresAt', 'desc')
    .executeTakeFirst();
}

/** Marks as consumed; true for exactly one caller, false for the others and for a record that is gone. */
export async function consumeRecord(db: Db, key: RecordKey): Promise<boolean> {
  const rows = await db
    .updateTable('oidcRecords')
    .set({ consumedAt: sql`clock_timestamp()` })
    .where('issuer', '=', key.issuer)
    .where('model', '=', key.model)
    .where('idHash', '=', key.idHash)
    .where('consumedAt', 'is', null)
    .where(unexpired)
    .returning('model')
    .execute();
  return rows.length === 1;
}

/** Removes a record, and all others that carry its uid. */
export async function deleteRecord(db: Db, key: RecordKey): Promise<void> {
  await db
    .deleteFrom('oidcRecords')
    .where('issuer', '=', key.issuer)
    .where('model', '=', key.model)
    .where((eb) =>
      eb.or([
        eb('idHash', '=', key.idHash),
        eb(
          'uidHash',
          '=',
          eb
            .selectFrom('oidcRecords as same')
            .select('same.uidHash')
            .where('same.issuer', '=', key.issuer)
            .where('same.model', '=', key.model)
            .where('same.idHash', '=', key.idHash),
        ),
      ]),
    )
    .execute();
}

/** Removes what belongs to a grant (index oidc_records_grant). */
export async function deleteRecordsOfGrant(
  db: Db,
  key: { issuer: string; model: string; grantHash: Buffer },
): Promise<void> {
  await db
    .deleteFrom('oidcRecords')
    .where('grantHash', '=', key.grantHash)
    .where('issuer', '=', key.issuer)
    .where('model', '=', key.model)
    .execute();
}

/** Removes what was given to a client (index oidc_records_client), of one account if named. */
export async function deleteRecordsOfClient(
  db: Db,
  key: { issuer: string; clientId: string; accountId?: string },
): Promise<void> {
  let query = db.deleteFrom('oidcRecords').where('issuer', '=', key.issuer).where('clientId', '=', key.clientId);
  if (key.accountId !== undefined) query = query.where('accountId', '=', key.accountId);
  await query.execute();
}

/** Ends all sessions, grants and refresh tokens of an account (index oidc_records_account), or of everybody. */
export async function deleteSessionsAndGrants(db: Db, accountId: string | undefined): Promise<void> {
  let query = db.deleteFrom('oidcRecords').where('model', 'in', ['Session', 'Grant', 'RefreshToken']);
  if (accountId !== undefined) query = query.where('accountId', '=', accountId);
  await query.execute();
}

/** Drops what has expired; returns how many. For the purge job (index oidc_records_expiry). */
export async function purgeRecords(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with gone as (delete from oidc_records where expires_at <= clock_timestamp() returning 1)
    select count(*) as n from gone`.execute(db);
  return Number(rows[0]?.n ?? 0);
}
