// What the user of a line approved by passing a code on: she sees it among her consents and takes it back (C21).
import { type AccountId, maskMsisdn } from '../identifiers.ts';
import type { ContractNotices } from '../messaging/contract-notices.ts';
import type { Audit } from '../ops/audit.ts';
import { findHolderToTell, takeContract } from '../storage/attachable-contracts.ts';
import type { ContractRow } from '../storage/contract-tables.ts';
import { type Database, type Db, readAppNow, type Tx } from '../storage/database.ts';
import { type ListedApproval, listGoodApprovals, revokeApproval } from '../storage/line-approvals.ts';
import { listRelatedLines } from '../storage/line-changes.ts';
import { endProxies } from '../storage/proxies.ts';
import { namedContract } from './attach-confirm.ts';
import type { ApprovalDesk } from './attachment-types.ts';
import { maskName } from './masks.ts';

export interface ApprovalDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly notices: Pick<ContractNotices, 'proxyEnded'>;
}

/** Makes the desk over its dependencies. */
export function createApprovalDesk(deps: ApprovalDeps): ApprovalDesk {
  return {
    async list(accountId) {
      const approvals = await approvalsOf(deps.database.db, accountId);
      return approvals.map(({ id, msisdn, contractKind, givenAt, ...who }) => ({
        ...{ id, contractKind, givenAt, line: maskMsisdn(msisdn), requester: maskName(who) },
      }));
    },
    revoke: (accountId, approvalId) => revoke(deps, accountId, approvalId),
  };
}

/** With the lines that are hers to speak for: not those that she only manages by proxy. */
async function approvalsOf(db: Db, accountId: AccountId): Promise<ListedApproval[]> {
  const lines = (await listRelatedLines(db, accountId)).filter(({ relation }) => relation !== 'proxy');
  return await listGoodApprovals(db, { lineIds: lines.map(({ line }) => line.id), except: accountId });
}

async function revoke(deps: ApprovalDeps, accountId: AccountId, approvalId: string): Promise<boolean> {
  const approval = (await approvalsOf(deps.database.db, accountId)).find(({ id }) => id === approvalId);
  if (approval === undefined) return false;
  return await deps.database.transaction(async (tx) => {
    // The contract first, as everybody does who changes who has to do with it.
    const contract = await takeContract(tx, approval.contractId);
    if (contract === undefined || !(await revokeApproval(tx, approvalId))) return false;
    await deps.audit.approvalRevoked(tx, { accountId, approvalId });
    await endWhatCameOfIt(deps, tx, { accountId, approval, contract });
    return true;
  });
}

interface Revoked {
  readonly accountId: AccountId;
  readonly approval: ListedApproval;
  readonly contract: ContractRow;
}

async function endWhatCameOfIt(deps: ApprovalDeps, tx: Tx, { accountId, approval, contract }: Revoked): Promise<void> {
  const contractId = contract.id;
  // By the requester and not by the proxy's id: it may have been made since the approval was read.
  for (const ended of await endProxies(tx, { contractId, accountId: approval.requesterAccountId }, 'revoked')) {
    const holder = await findHolderToTell(tx, contract);
    await deps.audit.proxyEnded(tx, { accountId, contractId, proxyId: ended.id, reason: 'revoked' });
    await deps.notices.proxyEnded(tx, {
      ...{ contract: await namedContract(tx, contract), at: await readAppNow(tx), eventId: ended.id, by: 'user' },
      accounts: [ended.accountId, ...(holder === undefined ? [] : [holder])],
    });
  }
}
