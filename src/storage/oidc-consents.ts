// What customers allowed third parties to read, remembered apart from any session and revocable.
import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface ConsentKey {
  readonly issuer: string;
  readonly accountId: string;
  readonly clientId: string;
}

export interface Consent {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly grantedAt: Date;
}

/** The consent that is still good. */
export async function findConsent(db: Db, key: ConsentKey): Promise<Consent | undefined> {
  return await db
    .selectFrom('oidcConsents')
    .select(['clientId', 'scopes', 'claims', 'grantedAt'])
    .where('issuer', '=', key.issuer)
    .where('accountId', '=', key.accountId)
    .where('clientId', '=', key.clientId)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst();
}

/** All living consents of an account, the newest first. */
export async function listConsents(db: Db, key: { issuer: string; accountId: string }): Promise<Consent[]> {
  return await db
    .selectFrom('oidcConsents')
    .select(['clientId', 'scopes', 'claims', 'grantedAt'])
    .where('issuer', '=', key.issuer)
    .where('accountId', '=', key.accountId)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .orderBy('grantedAt', 'desc')
    .execute();
}

/** Adds to what was allowed before; an expired consent starts afresh. */
export async function addConsent(
  db: Db,
  key: ConsentKey,
  given: { scopes: readonly string[]; claims: readonly string[]; ttlSeconds: number },
): Promise<void> {
  const merged = (column: 'scopes' | 'claims') => sql<string>`case
    when oidc_consents.expires_at > clock_timestamp() then (
      select jsonb_agg(distinct item)
      from jsonb_array_elements(oidc_consents.${sql.ref(column)} || excluded.${sql.ref(column)}) as item)
    else excluded.${sql.ref(column)} end`;
  await db
    .insertInto('oidcConsents')
    .values({
      ...key,
      scopes: JSON.stringify(given.scopes),
      claims: JSON.stringify(given.claims),
      grantedAt: sql<Date>`clock_timestamp()`,
      expiresAt: sql<Date>`clock_timestamp() + make_interval(secs => ${given.ttlSeconds})`,
    })
    .onConflict((conflict) =>
      conflict.columns(['issuer', 'accountId', 'clientId']).doUpdateSet((eb) => ({
        scopes: sql<string>`coalesce(${merged('scopes')}, '[]')`,
        claims: sql<string>`coalesce(${merged('claims')}, '[]')`,
        grantedAt: eb.ref('excluded.grantedAt'),
        expiresAt: eb.ref('excluded.expiresAt'),
      })),
    )
    .execute();
}

/**
 * Takes a consent back with the grants and refresh tokens that came of it; false if there was none. Every other token
 * dies with its grant. Run it in a transaction.
 */
export async function withdrawConsent(db: Db, { issuer, accountId, clientId }: ConsentKey): Promise<boolean> {
  const own = { issuer, accountId, clientId };
  const rows = await db
    .deleteFrom('oidcConsents')
    .where((eb) => eb.and(own))
    .returning('clientId')
    .execute();
  await db
    .deleteFrom('oidcRecords')
    .where((eb) => eb.and(own))
    .where('model', 'in', ['Grant', 'RefreshToken'])
    .execute();
  return rows.length === 1;
}

/** Forgets every consent given to a client, or all there are. */
export async function deleteConsents(db: Db, key: { issuer: string; clientId: string } | 'all'): Promise<void> {
  let query = db.deleteFrom('oidcConsents');
  if (key !== 'all') query = query.where('issuer', '=', key.issuer).where('clientId', '=', key.clientId);
  await query.execute();
}

/** Drops consents that have expired; returns how many. For the purge job. */
export async function purgeConsents(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with gone as (delete from oidc_consents where expires_at <= clock_timestamp() returning 1)
    select count(*) as n from gone`.execute(db);
  return Number(rows[0]?.n ?? 0);
}
