// Another postal address on the contracts that were ticked: a draft that shows old and new, then all of it at once
// (B46, B47). One contract that is not the caller's own and nothing is done.
import { type AccountId, newId } from '../identifiers.ts';
import type { AccountNotices } from '../messaging/account-notices.ts';
import type { Audit } from '../ops/audit.ts';
import type { AddressChangeRow } from '../storage/account-tables.ts';
import {
  findAddressChange,
  insertAddressChange,
  markAddressChangeConfirmed,
  setContractAddress,
  takeAddressChange,
} from '../storage/address-changes.ts';
import type { Address } from '../storage/contract-tables.ts';
import { findRelatedContract, type RelatedContract } from '../storage/contracts.ts';
import { type Database, type Db, readAppNow, type Tx } from '../storage/database.ts';
import type { AccountCaller, AddressChangeView, AddressResult } from './account-types.ts';
import { findAllowedContract, takeAllowedContract } from './contract-access.ts';
import { versionOf } from './versions.ts';

export interface ChangeAddressDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly notices: Pick<AccountNotices, 'addressChanged'>;
  readonly randomBytes: (size: number) => Buffer;
}

const draftSeconds = 30 * 60;

class NotAllowed extends Error {
  override readonly name = 'NotAllowed';
}

class Outdated extends Error {
  override readonly name = 'Outdated';
}

/** Writes the draft. */
export async function draftAddress(
  deps: ChangeAddressDeps,
  { accountId }: AccountCaller,
  { contractIds, address }: { contractIds: readonly string[]; address: Address },
): Promise<AddressResult> {
  return await deps.database.transaction(async (tx): Promise<AddressResult> => {
    const contracts = [];
    for (const contractId of new Set(contractIds)) {
      const found = await findAllowedContract(tx, { accountId, contractId, action: 'own' });
      if (found === undefined) return { kind: 'not-found' };
      contracts.push({ id: contractId, former: found.contract.address });
    }
    const id = newId('adr', deps.randomBytes);
    const row = await insertAddressChange(tx, { id, accountId, contracts, address, lifeSeconds: draftSeconds });
    return { kind: 'ok', change: await viewOf(tx, accountId, row) };
  });
}

/** The account's own draft, as long as it can be confirmed, or was. */
export async function readAddressChange(
  { database: { db } }: Pick<ChangeAddressDeps, 'database'>,
  accountId: AccountId,
  id: string,
): Promise<AddressChangeView | undefined> {
  const row = await findAddressChange(db, { id, accountId });
  return row && (await viewOf(db, accountId, row));
}

/** Makes it so on every contract of the draft; a second time it only says so. */
export async function confirmAddress(
  deps: ChangeAddressDeps,
  { accountId }: AccountCaller,
  id: string,
): Promise<AddressResult> {
  try {
    return await deps.database.transaction(async (tx): Promise<AddressResult> => {
      const row = await takeAddressChange(tx, { id, accountId });
      if (row === undefined) return { kind: 'not-found' };
      if (row.confirmedAt === null) await apply(deps, tx, row);
      const now = await findAddressChange(tx, { id, accountId });
      return now === undefined ? { kind: 'not-found' } : { kind: 'ok', change: await viewOf(tx, accountId, now) };
    });
  } catch (error) {
    if (error instanceof NotAllowed) return { kind: 'not-found' };
    if (error instanceof Outdated) return { kind: 'outdated' };
    throw error;
  }
}

async function apply(deps: ChangeAddressDeps, tx: Tx, { id, accountId, contracts, address }: AddressChangeRow) {
  // In one order, so that two of these at once wait for each other instead of both for ever.
  for (const { id: contractId, former } of contracts.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    const found = await takeAllowedContract(tx, { accountId, contractId, action: 'own' });
    if (found === undefined) throw new NotAllowed();
    if (versionOf(found.contract.address) !== versionOf(former)) throw new Outdated();
    await setContractAddress(tx, contractId, address);
  }
  await markAddressChangeConfirmed(tx, id);
  await deps.audit.addressChanged(tx, { accountId, changeId: id, contracts: contracts.length });
  const at = await readAppNow(tx);
  await deps.notices.addressChanged(tx, { accountId, at, count: contracts.length, eventId: id });
}

async function viewOf(db: Db, accountId: AccountId, row: AddressChangeRow): Promise<AddressChangeView> {
  const contracts = [];
  for (const { id, former } of row.contracts) {
    // One that has left the area meanwhile shows no more than its id.
    const found = await findRelatedContract(db, { accountId, contractId: id });
    if (found !== undefined) contracts.push({ ...nameOf(found), former: former ?? undefined });
  }
  const state = row.confirmedAt === null ? 'draft' : 'done';
  return { id: row.id, state, address: row.address, contracts, expiresAt: row.expiresAt };
}

function nameOf({ contract: { id, kind }, label }: RelatedContract) {
  return { id, kind, label };
}
