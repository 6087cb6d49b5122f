// Where the provider's sessions are used: browser and system, first and last time. And what a customer's session
// records are, for whoever can open them.
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { Db, Tx } from './database.ts';

/** Notes a use; the first one makes the row. */
export async function noteSessionUse(
  db: Db,
  use: { issuer: string; uidHash: Buffer; accountId: string; device: string; at: Date },
): Promise<void> {
  const { at, ...row } = use;
  await db
    .insertInto('sessionUses')
    .values({ ...row, firstAt: at, lastAt: at })
    .onConflict((conflict) =>
      // Another account in the same browser begins anew.
      conflict.columns(['issuer', 'uidHash']).doUpdateSet((eb) => ({
        firstAt: sql<Date>`case when session_uses.account_id = excluded.account_id
          then session_uses.first_at else excluded.first_at end`,
        accountId: eb.ref('excluded.accountId'),
        device: eb.ref('excluded.device'),
        lastAt: eb.ref('excluded.lastAt'),
      })),
    )
    .execute();
}

export interface AccountRecord {
  readonly model: string;
  readonly idHash: Buffer;
  readonly uidHash: Buffer | null;
  readonly grantHash: Buffer | null;
  readonly clientId: string | null;
  readonly payload: unknown;
  readonly device: string | null;
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
}

const mostRecords = 200;

/** The living sessions and unused refresh tokens of an account, newest use first. */
export async function listAccountRecords(
  db: Db,
  { issuer, accountId }: { issuer: string; accountId: AccountId },
): Promise<AccountRecord[]> {
  return await db
    .selectFrom('oidcRecords')
    .leftJoin('sessionUses', (join) =>
      join
        .onRef('sessionUses.issuer', '=', 'oidcRecords.issuer')
        .onRef('sessionUses.uidHash', '=', 'oidcRecords.uidHash')
        .onRef('sessionUses.accountId', '=', 'oidcRecords.accountId'),
    )
    .select(['oidcRecords.model', 'oidcRecords.idHash', 'oidcRecords.uidHash', 'oidcRecords.grantHash'])
    .select(['oidcRecords.clientId', 'oidcRecords.payload'])
    .select(['sessionUses.device', 'sessionUses.firstAt', 'sessionUses.lastAt'])
    .where('oidcRecords.issuer', '=', issuer)
    .where('oidcRecords.accountId', '=', accountId)
    .where('oidcRecords.model', 'in', ['Session', 'RefreshToken'])
    .where('oidcRecords.consumedAt', 'is', null)
    .where(sql<boolean>`(oidc_records.expires_at is null or oidc_records.expires_at > clock_timestamp())`)
    .orderBy(sql`session_uses.last_at desc nulls last`)
    .orderBy('oidcRecords.expiresAt', 'desc')
    .limit(mostRecords)
    .execute();
}

/** Ends a session with the grants that it gave, and the refresh tokens made from them. */
export async function endSessionRecords(
  tx: Tx,
  { issuer, accountId, ids, grants }: { issuer: string; accountId: AccountId; ids: Buffer[]; grants: Buffer[] },
): Promise<void> {
  const own = tx.deleteFrom('oidcRecords').where('issuer', '=', issuer).where('accountId', '=', accountId);
  if (ids.length > 0) await own.where('model', '=', 'Session').where('idHash', 'in', ids).execute();
  if (grants.length === 0) return;
  await own.where('model', '=', 'Grant').where('idHash', 'in', grants).execute();
  await own.where('model', '=', 'RefreshToken').where('grantHash', 'in', grants).execute();
}

/** Drops notes of sessions that have ended. For the purge job. */
export async function purgeSessionUses(db: Db): Promise<void> {
  await db.deleteFrom('sessionUses').where('lastAt', '<', sql<Date>`clock_timestamp() - interval '40 days'`).execute();
}
