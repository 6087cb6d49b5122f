// Contracts as an account sees them: with its relation to each and its own name for it.
import { sql } from 'kysely';
import type { AccountId } from '../identifiers.ts';
import type { ContractRow } from './contract-tables.ts';
import type { Db, Tx } from './database.ts';
import type { LineRow } from './tables.ts';

export interface RelatedContract {
  readonly contract: ContractRow;
  readonly relation: 'holder' | 'proxy' | 'user';
  readonly label: string | null;
  readonly since: Date;
}

/** The living contracts of an account, oldest first. The account must be a main one, and open. */
export async function listRelatedContracts(db: Db, accountId: AccountId): Promise<RelatedContract[]> {
  const rows = await relatedContracts(db, accountId)
    .orderBy('accountContracts.since')
    .orderBy('contracts.id')
    .execute();
  return rows.map(relatedOf);
}

/** One of them. */
export async function findRelatedContract(
  db: Db,
  { accountId, contractId }: { accountId: AccountId; contractId: string },
): Promise<RelatedContract | undefined> {
  const row = await relatedContracts(db, accountId).where('contracts.id', '=', contractId).executeTakeFirst();
  return row && relatedOf(row);
}

/** Takes the contract for this transaction and reads the caller's relation as it is then. */
export async function takeRelatedContract(
  tx: Tx,
  wanted: { accountId: AccountId; contractId: string },
): Promise<RelatedContract | undefined> {
  await tx.selectFrom('contracts').select('id').where('id', '=', wanted.contractId).forUpdate().execute();
  return await findRelatedContract(tx, wanted);
}

/** A living contract for this transaction, whoever has to do with it. */
export async function takeContract(tx: Tx, id: string): Promise<ContractRow | undefined> {
  return await tx
    .selectFrom('contracts')
    .selectAll()
    .where('id', '=', id)
    .where('endedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}

/** The lines of a contract that are not terminated, by number. */
export async function listLinesOfContract(db: Db, contractId: string): Promise<LineRow[]> {
  return await db
    .selectFrom('lines')
    .selectAll()
    .where('contractId', '=', contractId)
    .where('status', '<>', 'terminated')
    .orderBy('msisdn')
    .execute();
}

/** The accounts that hold, manage or use a contract. */
export async function listAccountsOfContract(
  db: Db,
  contractId: string,
): Promise<{ accountId: AccountId; relation: 'holder' | 'proxy' | 'user' }[]> {
  return await db
    .selectFrom('accountContracts')
    .innerJoin('accounts', 'accounts.id', 'accountContracts.accountId')
    .select(['accountContracts.accountId', 'accountContracts.relation'])
    .where('contractId', '=', contractId)
    .where('accounts.status', '=', 'active')
    .orderBy('accountContracts.accountId')
    .execute();
}

/** Sets the account's own name for a contract; null for the default. False if it has none of that id. */
export async function setContractLabel(
  db: Db,
  { accountId, contractId, label }: { accountId: AccountId; contractId: string; label: string | null },
): Promise<boolean> {
  const rows = await db
    .updateTable('accountContracts')
    .set({ label })
    .where('accountId', '=', accountId)
    .where('contractId', '=', contractId)
    .returning('contractId')
    .execute();
  return rows.length === 1;
}

function relatedContracts(db: Db, accountId: AccountId) {
  return db
    .selectFrom('contracts')
    .innerJoin('accountContracts', 'accountContracts.contractId', 'contracts.id')
    .innerJoin('accounts', 'accounts.id', 'accountContracts.accountId')
    .selectAll('contracts')
    .select(['accountContracts.relation', 'accountContracts.label', 'accountContracts.since'])
    .where('accounts.id', '=', accountId)
    .where('accounts.kind', '=', 'main')
    .where('accounts.status', '=', 'active')
    .where((eb) => eb('contracts.brand', '=', eb.ref('accounts.brand')))
    .where(sql<boolean>`contracts.ended_at is null`);
}

type RelatedRow = ContractRow & Omit<RelatedContract, 'contract'>;

function relatedOf({ relation, label, since, ...contract }: RelatedRow): RelatedContract {
  return { contract, relation, label, since };
}
