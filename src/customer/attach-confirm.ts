// The last step of a draft: the contract is in the area from now on, and its holder hears of it (c11, c12; C15, C16).
import { maskMsisdn, newId } from '../identifiers.ts';
import type { NamedContract } from '../messaging/contract-messages.ts';
import { insertIntoArea, insertProxy, putLineUser, takeContract } from '../storage/attachable-contracts.ts';
import type { LineApprovalRow } from '../storage/attachment-tables.ts';
import { anew, findDraft, moveDraft, type StoredDraft, takeDraft } from '../storage/contract-drafts.ts';
import type { ContractRow } from '../storage/contract-tables.ts';
import { type Db, readAppNow, type Tx } from '../storage/database.ts';
import { bindApproval, findApprovalOfDraft } from '../storage/line-approvals.ts';
import {
  type AttachmentDeps,
  atStep,
  isReachable,
  lineToAsk,
  outcomeOf,
  type Standing,
  standingOf,
} from './attach-draft.ts';
import type { DraftCall, DraftOutcome } from './attachment-types.ts';
import { maskName } from './masks.ts';

/** Puts the contract into the area: one of twenty at once does, and one e-mail goes out. */
export async function confirm(deps: AttachmentDeps, call: DraftCall): Promise<DraftOutcome> {
  const before = atStep(await findDraft(deps.database.db, call), 'confirmation');
  if ('refusal' in before) return before.refusal;
  const { contractId } = before.draft;
  if (contractId === null) return { kind: 'not-found' };
  return await deps.database.transaction(async (tx) => {
    // The contract first, as everybody does who changes who has to do with it.
    const contract = await takeContract(tx, contractId);
    const now = atStep(await takeDraft(tx, call), 'confirmation');
    if ('refusal' in now) return now.refusal;
    const approval = await findApprovalOfDraft(tx, call.draftId);
    const isGood = contract !== undefined && now.draft.contractId === contractId;
    if (!isGood || (now.draft.lineId !== null && approval?.contractId !== contractId)) {
      await moveDraft(tx, call.draftId, anew);
      return { kind: 'wrong-step', due: 'identifiers' };
    }
    const standing = await standingOf(tx, now.draft, contract);
    if ('kind' in standing) return standing;
    if (!isReachable(standing.account)) return { kind: 'contact-unverified' };
    return await attach(deps, tx, { draft: now.draft, contract, standing, approval });
  });
}

interface Ready {
  readonly draft: StoredDraft;
  readonly contract: ContractRow;
  readonly standing: Standing;
  readonly approval: LineApprovalRow | undefined;
}

async function attach(deps: AttachmentDeps, tx: Tx, { draft, contract, standing, approval }: Ready) {
  const { relation, account } = standing;
  const { accountId } = account;
  const contractId = contract.id;
  if (!(await insertIntoArea(tx, { accountId, contractId, relation }))) return { kind: 'already-attached' as const };
  const proxyId = relation === 'proxy' ? newId('prx', deps.randomBytes) : undefined;
  if (proxyId !== undefined) {
    const { lineId, codeId } = draft;
    const grantedVia = lineId === null ? 'identifiers' : 'sms_code';
    await insertProxy(tx, { id: proxyId, contractId, accountId, grantedVia, approvedByLineId: lineId, codeId });
    if (approval !== undefined) await bindApproval(tx, approval.id, proxyId);
  }
  const { lineId, lineUser } = draft;
  if (lineId !== null && lineUser !== null) await putLineUser(tx, { accountId, lineId, user: lineUser });
  await deps.audit.contractAttached(tx, { accountId, contractId, relation, proxyId: proxyId ?? null });
  await deps.notices.contractAttached(tx, {
    // An own contract that was in no area yet is told to the one that it has come to.
    ...{ tell: standing.tell ?? accountId, proxyId: proxyId ?? null, lineId },
    ...{ contract: await namedContract(tx, contract), at: await readAppNow(tx), eventId: proxyId ?? draft.id },
    name: maskName({ ...account, accountLabel: account.label }),
  });
  return await outcomeOf(tx, await moveDraft(tx, draft.id, { step: 'done' }));
}

/** As a message may name it to whoever must not learn its references. */
export async function namedContract(db: Db, { id, kind }: Pick<ContractRow, 'id' | 'kind'>): Promise<NamedContract> {
  const line = await lineToAsk(db, id);
  return { kind, line: line === undefined ? '' : maskMsisdn(line.msisdn) };
}
