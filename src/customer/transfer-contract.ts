// A contract goes to another holder: whoever had to do with it has no more, whoever managed it is told (c15, X75). Its
// bills go to a new Account ID; what was registered with the former one is closed.
import { type AccountId, newId } from '../identifiers.ts';
import type { ContractNotices } from '../messaging/contract-notices.ts';
import type { Audit } from '../ops/audit.ts';
import { findAddingAccount, insertIntoArea, takeContract } from '../storage/attachable-contracts.ts';
import { insertBillingAccount } from '../storage/billing-accounts.ts';
import { closeBillingAccount, findBillingAccountOf } from '../storage/billing-runs.ts';
import { sendBackAll } from '../storage/contract-drafts.ts';
import { emptyAreas, giveContract } from '../storage/contract-transfers.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import { revokeApprovalsOf } from '../storage/line-approvals.ts';
import { endProxies } from '../storage/proxies.ts';
import { closeSelfCareAccount } from '../storage/self-care-accounts.ts';
import { namedContract } from './attach-confirm.ts';
import { newAccountCode } from './issue-invoice.ts';

export interface TransferDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly notices: Pick<ContractNotices, 'proxyEnded' | 'contractTransferred'>;
  readonly randomBytes: (size: number) => Buffer;
}

export type TransferOutcome =
  | { readonly kind: 'transferred'; readonly customerRef: string; readonly proxiesEnded: number }
  /** `no-person`: the account has nobody who could hold a contract; `self-care`: it was opened with an Account ID. */
  | { readonly kind: 'not-found' | 'no-person' | 'already-holder' | 'self-care' };

/**
 * Transfers it, in one transaction. The customer reference is a new one, so that what the former holder or her proxies
 * knew opens nothing any more.
 */
export async function transferContract(
  deps: TransferDeps,
  { contractId, to }: { contractId: string; to: AccountId },
): Promise<TransferOutcome> {
  return await deps.database.transaction(async (tx) => {
    const contract = await takeContract(tx, contractId);
    const account = await findAddingAccount(tx, to);
    if (contract === undefined || account?.brand !== contract.brand) return { kind: 'not-found' };
    if (account.isSelfCare) return { kind: 'self-care' };
    if (account.personId === null) return { kind: 'no-person' };
    if (account.personId === contract.holderPersonId) return { kind: 'already-holder' };
    const ended = await endProxies(tx, { contractId }, 'holder_changed');
    const former = await emptyAreas(tx, contractId);
    await sendBackAll(tx, contractId);
    await revokeApprovalsOf(tx, contractId);
    const customerRef = `C${newId('', deps.randomBytes)
      .replace(/[^A-Za-z0-9]/g, '')
      .slice(0, 10)
      .toUpperCase()}`;
    await giveContract(tx, { contractId, personId: account.personId, customerRef });
    await renewBillingAccount(deps, tx, { contractId, holderPersonId: account.personId });
    await insertIntoArea(tx, { accountId: to, contractId, relation: 'holder' });
    await deps.audit.contractTransferred(tx, { contractId, from: contract.holderPersonId, to: account.personId });
    const event = { contract: await namedContract(tx, contract), at: await readAppNow(tx) };
    for (const { id, accountId } of ended) {
      await deps.audit.proxyEnded(tx, { accountId, contractId, proxyId: id, reason: 'holder_changed', by: 'staff' });
      await deps.notices.proxyEnded(tx, { ...event, eventId: id, accounts: [accountId], by: 'transfer' });
    }
    const eventId = newId('ctt', deps.randomBytes);
    await deps.notices.contractTransferred(tx, { ...event, eventId, accounts: former, side: 'former' });
    await deps.notices.contractTransferred(tx, { ...event, eventId, accounts: [to], side: 'new' });
    return { kind: 'transferred', customerRef, proxiesEnded: ended.length };
  });
}

/**
 * Whoever has the former Account ID printed on a bill, or the number's phone, gets into nothing of the new holder: the
 * account that was registered with it is closed, and the next bills carry another. Without one yet, nothing happens.
 */
async function renewBillingAccount(
  { audit, randomBytes }: TransferDeps,
  tx: Tx,
  { contractId, holderPersonId }: { contractId: string; holderPersonId: string },
): Promise<void> {
  const former = await findBillingAccountOf(tx, contractId);
  if (former === undefined) return;
  await closeBillingAccount(tx, former.id);
  const { brand, lineId, accountId } = former;
  await insertBillingAccount(tx, {
    ...{ id: newId('bil', randomBytes), brand, code: newAccountCode(randomBytes), contractId, lineId },
    ...{ holderPersonId, createdAt: await readAppNow(tx) },
  });
  if (accountId === null) return;
  await closeSelfCareAccount(tx, accountId);
  await audit.selfCareClosed(tx, { accountId, contractId });
}
