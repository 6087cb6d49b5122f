// The end of an account that was opened with an Account ID.
import type { AccountId } from '../identifiers.ts';
import type { Tx } from './database.ts';
import { deleteSessionsAndGrants } from './oidc-records.ts';
import { endPasswordResetsOf } from './password-resets.ts';

/** Closes it: its login, password, sessions, grants and resets go; the row stays for the record. */
export async function closeSelfCareAccount(tx: Tx, accountId: AccountId): Promise<void> {
  await tx.deleteFrom('loginIdentifiers').where('accountId', '=', accountId).execute();
  await tx.deleteFrom('passwords').where('accountId', '=', accountId).execute();
  await tx.updateTable('accounts').set({ status: 'closed' }).where('id', '=', accountId).execute();
  await endPasswordResetsOf(tx, accountId);
  await deleteSessionsAndGrants(tx, accountId);
}
