// Customer IDs of companies: who has one, and another in its place. What the one before opened ends with it (X104).
import { sql } from 'kysely';
import type { Msisdn } from '../identifiers.ts';
import type { CustomerGroupRow } from './billing-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';
import { deleteSessionsAndGrants } from './oidc-records.ts';
import { endPasswordResetsOf } from './password-resets.ts';

/** The groups with this id or name. */
export async function listGroupsNamed(db: Db, idOrName: string): Promise<CustomerGroupRow[]> {
  return await db
    .selectFrom('customerGroups')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', idOrName), eb(sql<string>`lower(name)`, '=', idOrName.toLowerCase())]))
    .orderBy('id')
    .execute();
}

/** The group by its id, for the rest of this transaction nobody else's. */
export async function takeGroup(tx: Tx, id: string): Promise<CustomerGroupRow | undefined> {
  return await tx.selectFrom('customerGroups').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

export interface CustomerIdFacts {
  readonly hash: Buffer;
  readonly last3: string;
  readonly issuedBy: string;
  /** What was checked; never the whole number of a document. */
  readonly identityCheck: Readonly<Record<string, string>>;
  /** Undefined: the one that is there stays. */
  readonly contactMobile: Msisdn | undefined;
}

/** Writes the new one in the place of the former, which from then on opens nothing; nor do its sessions. */
export async function replaceCustomerId(
  tx: Tx,
  { id, accountId }: CustomerGroupRow,
  { hash, last3, issuedBy, identityCheck, contactMobile }: CustomerIdFacts,
): Promise<void> {
  await tx
    .updateTable('customerGroups')
    .set({
      ...{ customerIdHash: hash, customerIdLast3: last3, issuedBy, issuedAt: appNow, revokedAt: null },
      identityCheck: JSON.stringify(identityCheck),
      ...(contactMobile === undefined ? {} : { contactMobile }),
    })
    .where('id', '=', id)
    .execute();
  if (accountId === null) return;
  await tx
    .updateTable('loginIdentifiers')
    .set({ lookupHash: hash })
    .where('accountId', '=', accountId)
    .where('kind', '=', 'customer_id')
    .execute();
  if (contactMobile !== undefined) {
    const contact = { contactMobile, contactMobileVerifiedAt: appNow, contactMobileChangedAt: null };
    await tx.updateTable('accounts').set(contact).where('id', '=', accountId).execute();
  }
  await endPasswordResetsOf(tx, accountId);
  await deleteSessionsAndGrants(tx, accountId);
}
