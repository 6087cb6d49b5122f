// A contract under another holder, and what staff see of a contract.
import type { AccountId } from '../identifiers.ts';
import type { ContractRow } from './contract-tables.ts';
import { appNow, type Db, type Tx } from './database.ts';

/** Takes a contract out of every area; gives the accounts of its former holder. */
export async function emptyAreas(tx: Tx, contractId: string): Promise<AccountId[]> {
  const rows = await tx
    .deleteFrom('accountContracts')
    .where('contractId', '=', contractId)
    .returning(['accountId', 'relation'])
    .execute();
  await tx
    .deleteFrom('lineUsers')
    .where('lineId', 'in', (eb) => eb.selectFrom('lines').select('id').where('contractId', '=', contractId))
    .execute();
  return rows.filter(({ relation }) => relation === 'holder').map(({ accountId }) => accountId);
}

/** Gives a contract that the transaction has taken to another person. */
export async function giveContract(
  tx: Tx,
  { contractId, personId, customerRef }: { contractId: string; personId: string; customerRef: string },
): Promise<void> {
  await tx
    .updateTable('contracts')
    .set({ holderPersonId: personId, customerRef, address: null })
    .where('id', '=', contractId)
    .execute();
}

/** True while one of its lines is not terminated. */
export async function hasLivingLine(tx: Tx, contractId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('lines')
    .select('id')
    .where('contractId', '=', contractId)
    .where('status', '<>', 'terminated')
    .executeTakeFirst();
  return row !== undefined;
}

/** Ends a contract that the transaction has taken. */
export async function endTakenContract(tx: Tx, contractId: string): Promise<void> {
  await tx
    .updateTable('contracts')
    .set({ endedAt: appNow, status: 'terminated' })
    .where('id', '=', contractId)
    .execute();
}

/** The contract by its reference, ended ones too. */
export async function findContractByReference(db: Db, reference: string): Promise<ContractRow | undefined> {
  return await db.selectFrom('contracts').selectAll().where('contractRef', '=', reference).executeTakeFirst();
}
