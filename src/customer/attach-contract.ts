// Adding a contract to a customer area, one's own or a relative's, step by step (mission 2.c; C01 to C23).
import { newId } from '../identifiers.ts';
import { findAddingAccount } from '../storage/attachable-contracts.ts';
import { findDraft, insertDraft, moveDraft, takeDraft } from '../storage/contract-drafts.ts';
import { enterCode, resendCode } from './attach-code.ts';
import { confirm } from './attach-confirm.ts';
import { type AttachmentDeps, asItStands, atStep, isReachable, outcomeOf, viewOf } from './attach-draft.ts';
import { identify } from './attach-identify.ts';
import type { AttachmentDesk, DraftCall, DraftOutcome, LineUser } from './attachment-types.ts';

const lifeSeconds = 30 * 60;

/** Makes the desk over its dependencies. */
export function createAttachmentDesk(deps: AttachmentDeps): AttachmentDesk {
  return {
    begin: (accountId, what) => begin(deps, accountId, what),
    find: (call) => find(deps, call),
    identify: (call, identifiers) => identify(deps, call, identifiers),
    resendCode: (call) => resendCode(deps, call),
    enterCode: (call, typed) => enterCode(deps, call, typed),
    nameLineUser: (call, user) => nameLineUser(deps, call, user),
    confirmContacts: (call) => confirmContacts(deps, call),
    confirm: (call) => confirm(deps, call),
  };
}

async function begin(
  deps: AttachmentDeps,
  ...[accountId, { kind, segment }]: Parameters<AttachmentDesk['begin']>
): ReturnType<AttachmentDesk['begin']> {
  return await deps.database.transaction(async (tx) => {
    const account = await findAddingAccount(tx, accountId);
    if (account === undefined) return undefined;
    if (account.isSelfCare) return 'self-care';
    const id = newId('att', deps.randomBytes);
    const draft = await insertDraft(tx, { id, accountId, brand: account.brand, kind, segment, lifeSeconds });
    await deps.audit.attachmentBegun(tx, { accountId, draftId: id, kind });
    return await viewOf(tx, draft);
  });
}

async function find({ database: { db } }: AttachmentDeps, call: DraftCall): Promise<DraftOutcome> {
  const draft = await asItStands(db, await findDraft(db, call));
  if (draft === undefined) return { kind: 'not-found' };
  return draft.isExpired && draft.step !== 'done' ? { kind: 'expired' } : await outcomeOf(db, draft);
}

async function nameLineUser(deps: AttachmentDeps, call: DraftCall, user: LineUser): Promise<DraftOutcome> {
  return await deps.database.transaction(async (tx) => {
    const now = atStep(await asItStands(tx, await takeDraft(tx, call)), 'line_user');
    if ('refusal' in now) return now.refusal;
    const moved = await moveDraft(tx, call.draftId, { step: 'contacts', lineUser: JSON.stringify(user) });
    await deps.audit.attachmentStep(tx, { ...call, step: 'line_user' });
    return await outcomeOf(tx, moved);
  });
}

async function confirmContacts(deps: AttachmentDeps, call: DraftCall): Promise<DraftOutcome> {
  return await deps.database.transaction(async (tx) => {
    const now = atStep(await asItStands(tx, await takeDraft(tx, call)), 'contacts');
    if ('refusal' in now) return now.refusal;
    const account = await findAddingAccount(tx, call.accountId);
    if (account === undefined || !isReachable(account)) return { kind: 'contact-unverified' };
    await deps.audit.attachmentStep(tx, { ...call, step: 'contacts' });
    return await outcomeOf(tx, await moveDraft(tx, call.draftId, { step: 'confirmation' }));
  });
}
