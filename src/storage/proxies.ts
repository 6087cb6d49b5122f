// Proxies: who manages whose contract, since when, by which approval. An ended one stays, for the record.
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { ContractRow, ProxyRow } from './contract-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';

/** Living proxies of a contract with the names of those who manage it, oldest first. */
export async function listProxies(
  db: Db,
  contractId: string,
): Promise<(ProxyRow & { givenName: string | null; familyName: string | null; accountLabel: string })[]> {
  return await db
    .selectFrom('proxies')
    .innerJoin('accounts', 'accounts.id', 'proxies.accountId')
    .leftJoin('persons', 'persons.id', 'accounts.personId')
    .selectAll('proxies')
    .select(['persons.givenName', 'persons.familyName', 'accounts.label as accountLabel'])
    .where('proxies.contractId', '=', contractId)
    .where('proxies.endedAt', 'is', null)
    .orderBy('proxies.since')
    .execute();
}

/** True if the holder lets this account order on the bill of the contract. */
export async function mayProxyDefer(
  db: Db,
  { contractId, accountId }: { contractId: string; accountId: AccountId },
): Promise<boolean> {
  const row = await db
    .selectFrom('proxies')
    .select('mayDefer')
    .where('contractId', '=', contractId)
    .where('accountId', '=', accountId)
    .where('endedAt', 'is', null)
    .executeTakeFirst();
  return row?.mayDefer === true;
}

/** Lets a living proxy do so, or not any more; undefined if there is none of this id. */
export async function setProxyDeferral(
  tx: Tx,
  { contractId, proxyId, mayDefer }: { contractId: string; proxyId: string; mayDefer: boolean },
): Promise<ProxyRow | undefined> {
  return await tx
    .updateTable('proxies')
    .set({ mayDefer })
    .where('id', '=', proxyId)
    .where('contractId', '=', contractId)
    .where('endedAt', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

export type ProxyEnd = 'removed' | 'revoked' | 'contested' | 'contract_ended' | 'holder_changed';

/** Ends living proxies of a contract, and with them the access; gives those that this call ended. */
export async function endProxies(
  tx: Tx,
  which: { contractId: string; proxyId?: string | undefined; accountId?: AccountId | undefined },
  reason: ProxyEnd,
): Promise<ProxyRow[]> {
  let query = tx
    .updateTable('proxies')
    .set({ endedAt: appNow, endReason: reason })
    .where('contractId', '=', which.contractId)
    .where('endedAt', 'is', null);
  if (which.proxyId !== undefined) query = query.where('id', '=', which.proxyId);
  if (which.accountId !== undefined) query = query.where('accountId', '=', which.accountId);
  const ended = await query.returningAll().execute();
  for (const { contractId, accountId } of ended) await removeFromArea(tx, { contractId, accountId, relation: 'proxy' });
  return ended;
}

/** Takes a contract out of an account's area; true if it was there. */
export async function removeFromArea(
  tx: Tx,
  { contractId, accountId, relation }: { contractId: string; accountId: AccountId; relation: 'holder' | 'proxy' },
): Promise<boolean> {
  const rows = await tx
    .deleteFrom('accountContracts')
    .where('contractId', '=', contractId)
    .where('accountId', '=', accountId)
    .where('relation', '=', relation)
    .returning('contractId')
    .execute();
  return rows.length === 1;
}

/** A living proxy that is not older than a link to contest it, with the name of who manages the contract. */
export async function findContestable(
  db: Db,
  { proxyId, lifeDays }: { proxyId: string; lifeDays: number },
): Promise<
  | {
      readonly contractId: string;
      readonly contractKind: ContractRow['kind'];
      readonly since: Date;
      readonly givenName: string | null;
      readonly familyName: string | null;
      readonly accountLabel: string;
    }
  | undefined
> {
  return await db
    .selectFrom('proxies')
    .innerJoin('contracts', 'contracts.id', 'proxies.contractId')
    .innerJoin('accounts', 'accounts.id', 'proxies.accountId')
    .leftJoin('persons', 'persons.id', 'accounts.personId')
    .select(['proxies.contractId', 'contracts.kind as contractKind', 'proxies.since'])
    .select(['persons.givenName', 'persons.familyName', 'accounts.label as accountLabel'])
    .where('proxies.id', '=', proxyId)
    .where('proxies.endedAt', 'is', null)
    .where('proxies.since', '>', sql<Date>`app_now() - make_interval(days => ${lifeDays}::int)`)
    .executeTakeFirst();
}
