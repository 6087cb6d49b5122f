// Who may open a secondary mailbox now: the main account of a holder of Internet, at home or with the PIN of the SIM
// (D03 to D06). At home: the call comes from the network of one of her own contracts, and of no other contract.
import { isIP } from 'node:net';
import type { AccountId } from '../identifiers.ts';
import { listRelatedContracts } from '../storage/contracts.ts';
import type { Db } from '../storage/database.ts';
import { listContractsAt } from '../storage/home-networks.ts';
import type { MailboxCaller } from './mailbox-types.ts';

export interface MailboxPlace {
  /** Holds an Internet or Open contract. */
  readonly isHolder: boolean;
  readonly isAtHome: boolean;
}

/** Reads it. */
export async function readPlace(db: Db, { accountId, address }: Omit<MailboxCaller, 'withPin'>): Promise<MailboxPlace> {
  const own = await listInternetContracts(db, accountId);
  return { isHolder: own.length > 0, isAtHome: own.length > 0 && (await isAtHome(db, own, address)) };
}

async function listInternetContracts(db: Db, accountId: AccountId): Promise<string[]> {
  const related = await listRelatedContracts(db, accountId);
  return related
    .filter(({ relation, contract }) => relation === 'holder' && ['INTERNET', 'OPEN'].includes(contract.kind))
    .map(({ contract }) => contract.id);
}

async function isAtHome(db: Db, own: readonly string[], address: string): Promise<boolean> {
  const [bare = ''] = address.split('%');
  if (isIP(bare) === 0) return false;
  const [contractId, ...others] = await listContractsAt(db, bare);
  // Behind carrier NAT an address is many customers': it proves nothing (X89).
  return contractId !== undefined && others.length === 0 && own.includes(contractId);
}
