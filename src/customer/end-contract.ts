// A contract comes to its end: whoever managed it has no more, and is told (c15). Its holder still sees it and its bills.
import type { ContractNotices } from '../messaging/contract-notices.ts';
import type { Audit } from '../ops/audit.ts';
import { takeContract } from '../storage/attachable-contracts.ts';
import { sendBackAll } from '../storage/contract-drafts.ts';
import { endTakenContract, hasLivingLine } from '../storage/contract-transfers.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import { revokeApprovalsOf } from '../storage/line-approvals.ts';
import { endProxies } from '../storage/proxies.ts';
import { namedContract } from './attach-confirm.ts';

export interface EndContractDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly notices: Pick<ContractNotices, 'proxyEnded'>;
}

export type EndContractOutcome =
  | { readonly kind: 'ended'; readonly proxiesEnded: number }
  | { readonly kind: 'not-found' }
  /** Its lines are terminated first, each with what that means for its user. */
  | { readonly kind: 'lines-live' };

/** Ends it, in one transaction; once. */
export async function endContract(deps: EndContractDeps, contractId: string): Promise<EndContractOutcome> {
  return await deps.database.transaction(async (tx) => {
    const contract = await takeContract(tx, contractId);
    if (contract === undefined) return { kind: 'not-found' };
    if (await hasLivingLine(tx, contractId)) return { kind: 'lines-live' };
    const named = await namedContract(tx, contract);
    const ended = await endProxies(tx, { contractId }, 'contract_ended');
    await sendBackAll(tx, contractId);
    await revokeApprovalsOf(tx, contractId);
    await endTakenContract(tx, contractId);
    await deps.audit.contractEnded(tx, { contractId });
    const event = { contract: named, at: await readAppNow(tx), by: 'contract' as const };
    for (const { id, accountId } of ended) {
      await deps.audit.proxyEnded(tx, { accountId, contractId, proxyId: id, reason: 'contract_ended', by: 'staff' });
      await deps.notices.proxyEnded(tx, { ...event, eventId: id, accounts: [accountId] });
    }
    return { kind: 'ended', proxiesEnded: ended.length };
  });
}
