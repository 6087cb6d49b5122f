// A contract as its caller may touch it: relation and permission first. What is not hers is not there.
import type { AccountId } from '../identifiers.ts';
import { findRelatedContract, type RelatedContract, takeRelatedContract } from '../storage/contracts.ts';
import type { Db, Tx } from '../storage/database.ts';
import { type ContractAction, mayOnContract } from './permissions.ts';

export interface WantedContract {
  readonly accountId: AccountId;
  readonly contractId: string;
  readonly action: ContractAction;
}

/** The contract, if the account has to do with it and may do this. */
export async function findAllowedContract(db: Db, wanted: WantedContract): Promise<RelatedContract | undefined> {
  return allowed(await findRelatedContract(db, wanted), wanted);
}

/** The same under lock, for a change: a proxy that is removed meanwhile changes nothing any more (X73). */
export async function takeAllowedContract(tx: Tx, wanted: WantedContract): Promise<RelatedContract | undefined> {
  return allowed(await takeRelatedContract(tx, wanted), wanted);
}

function allowed(found: RelatedContract | undefined, { action }: WantedContract): RelatedContract | undefined {
  return found !== undefined && mayOnContract(found.relation, action) ? found : undefined;
}
