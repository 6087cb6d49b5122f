// Changes of the postal address on chosen contracts: a draft, then all of it at once or nothing (B46, B47).
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { AddressChangeContract, AddressChangeRow } from './account-tables.ts';
import type { Address } from './contract-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';

/** A SIM goes to an address that is at least so old without further questions. */
const recentDays = 7;

export async function insertAddressChange(
  tx: Tx,
  change: {
    id: string;
    accountId: AccountId;
    contracts: readonly AddressChangeContract[];
    address: Address;
    lifeSeconds: number;
  },
): Promise<AddressChangeRow> {
  const { id, accountId, contracts, address, lifeSeconds } = change;
  return await tx
    .insertInto('addressChanges')
    .values({
      ...{ id, accountId, contracts: JSON.stringify(contracts), address: JSON.stringify(address) },
      ...{ createdAt: appNow, confirmedAt: null },
      expiresAt: sql<Date>`app_now() + make_interval(secs => ${lifeSeconds})`,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The account's own draft, until it expires; a confirmed one stays. */
export async function findAddressChange(
  db: Db,
  { id, accountId }: { id: string; accountId: AccountId },
): Promise<AddressChangeRow | undefined> {
  return await db
    .selectFrom('addressChanges')
    .selectAll()
    .where('id', '=', id)
    .where('accountId', '=', accountId)
    .where((eb) => eb.or([eb('confirmedAt', 'is not', null), eb('expiresAt', '>', appNow)]))
    .executeTakeFirst();
}

/** Takes the draft for this transaction: of two confirmations at once the second waits and finds it confirmed. */
export async function takeAddressChange(
  tx: Tx,
  which: { id: string; accountId: AccountId },
): Promise<AddressChangeRow | undefined> {
  await tx.selectFrom('addressChanges').select('id').where('id', '=', which.id).forUpdate().execute();
  return await findAddressChange(tx, which);
}

export async function markAddressChangeConfirmed(tx: Tx, id: string): Promise<void> {
  await tx.updateTable('addressChanges').set({ confirmedAt: appNow }).where('id', '=', id).execute();
}

export async function setContractAddress(tx: Tx, contractId: string, address: Address): Promise<void> {
  await tx
    .updateTable('contracts')
    .set({ address: JSON.stringify(address), addressChangedAt: appNow })
    .where('id', '=', contractId)
    .execute();
}

/** True for a week after the address of the contract was changed: nothing of worth is sent there unseen (X48). */
export async function isAddressRecent(db: Db, contractId: string): Promise<boolean> {
  const row = await db
    .selectFrom('contracts')
    .select('id')
    .where('id', '=', contractId)
    .where('addressChangedAt', '>', sql<Date>`app_now() - make_interval(days => ${recentDays})`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Drops drafts that ended a month ago. For the purge job. */
export async function purgeAddressChanges(db: Db): Promise<void> {
  await db.deleteFrom('addressChanges').where('expiresAt', '<', sql<Date>`app_now() - interval '30 days'`).execute();
}
