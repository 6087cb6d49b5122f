// The steps of a draft in which the user of the line agrees: a code goes to her phone, and comes back by way of the
// one who asked (c4 to c8; C17 to C21).
import { newId } from '../identifiers.ts';
import { type AddingAccount, findAddingAccount } from '../storage/attachable-contracts.ts';
import { anew, attachPurpose, findDraft, moveDraft, type StoredDraft, takeDraft } from '../storage/contract-drafts.ts';
import type { Tx } from '../storage/database.ts';
import { insertApproval } from '../storage/line-approvals.ts';
import { findLivingCode } from '../storage/one-time-codes.ts';
import { findLine } from '../storage/subscribers.ts';
import { type AttachmentDeps, asItStands, atStep, outcomeOf } from './attach-draft.ts';
import type { DraftCall, DraftOutcome, DraftRefusal } from './attachment-types.ts';
import { maskName } from './masks.ts';

/** Whose budget a code is taken from: three an hour for a line, whoever asks for them (C18). */
export function sendingTo(lineId: string, { address }: DraftCall): { recipient: string; address: string } {
  return { recipient: `${attachPurpose}:${lineId}`, address };
}

/** Sends a code in the place of the one before; the draft waits for it. */
export async function sendCode(
  deps: AttachmentDeps,
  tx: Tx,
  { draft, lineId, account }: { draft: StoredDraft; lineId: string; account: AddingAccount },
): Promise<StoredDraft> {
  const { id: codeId } = await deps.codes.issue(tx, { purpose: attachPurpose, subject: draft.id });
  await deps.sendCode(tx, { codeId, lineId, requester: maskName({ ...account, accountLabel: account.label }) });
  await deps.audit.lineUserAsked(tx, { accountId: account.accountId, lineId, codeId });
  return await moveDraft(tx, draft.id, { step: 'code', codeId });
}

/** Sends another code; the one before counts no more. */
export async function resendCode(deps: AttachmentDeps, call: DraftCall): Promise<DraftOutcome> {
  const waiting = await waitingDraft(deps, call);
  if ('refusal' in waiting) return waiting.refusal;
  const { lineId } = waiting;
  const wait = await deps.codes.takeSending(sendingTo(lineId, call));
  if (wait !== undefined) return { kind: 'limited', retryAfterSeconds: wait };
  return await deps.database.transaction(async (tx) => {
    const now = atStep(await asItStands(tx, await takeDraft(tx, call)), 'code');
    if ('refusal' in now) return now.refusal;
    const account = await findAddingAccount(tx, call.accountId);
    if (account === undefined) return { kind: 'not-found' };
    return await outcomeOf(tx, await sendCode(deps, tx, { draft: now.draft, lineId, account }));
  });
}

/** Checks what was typed. Right: the approval is recorded. Wrong for the last time: the draft begins anew (c7). */
export async function enterCode(deps: AttachmentDeps, call: DraftCall, typed: string): Promise<DraftOutcome> {
  const waiting = await waitingDraft(deps, call);
  if ('refusal' in waiting) return waiting.refusal;
  const place = { purpose: attachPurpose, subject: call.draftId };
  const checked = await deps.codes.check({ ...place, typed });
  return await deps.database.transaction(async (tx) => {
    const now = atStep(await takeDraft(tx, call), 'code');
    if ('refusal' in now) return now.refusal;
    if (checked.kind === 'wrong') return await afterWrong(deps, tx, now.draft);
    // Another code was sent while this one was checked.
    if (now.draft.codeId !== checked.id) return { kind: 'code-wrong', due: 'code' };
    return await approve(deps, tx, { draft: now.draft, codeId: checked.id, lineId: waiting.lineId });
  });
}

type Waiting = { readonly draft: StoredDraft; readonly lineId: string } | { readonly refusal: DraftRefusal };

/** The draft that waits for a code; one whose line was cut meanwhile begins anew (X81). */
async function waitingDraft(deps: AttachmentDeps, call: DraftCall): Promise<Waiting> {
  const { db } = deps.database;
  const found = atStep(await asItStands(db, await findDraft(db, call)), 'code');
  if ('refusal' in found) return found;
  const { lineId } = found.draft;
  const state = lineId === null ? undefined : await findLine(db, lineId);
  if (lineId !== null && state?.line.status === 'active') return { draft: found.draft, lineId };
  await deps.database.transaction(async (tx) => {
    const now = atStep(await takeDraft(tx, call), 'code');
    if ('refusal' in now) return;
    await deps.codes.withdraw(tx, { purpose: attachPurpose, subject: call.draftId });
    await moveDraft(tx, call.draftId, anew);
  });
  return { refusal: { kind: 'line-suspended' } };
}

// A draft whose code is dead stands at its beginning wherever it is read; nothing is written here, for it may be dead
// because the right one was typed at this very moment.
async function afterWrong(deps: AttachmentDeps, tx: Tx, { id, accountId, codeId }: StoredDraft): Promise<DraftOutcome> {
  const living = codeId === null ? undefined : await findLivingCode(tx, codeId);
  await deps.audit.lineCodeWrong(tx, { accountId, draftId: id });
  return { kind: 'code-wrong', due: living === undefined ? 'identifiers' : 'code' };
}

async function approve(
  deps: AttachmentDeps,
  tx: Tx,
  { draft, codeId, lineId }: { draft: StoredDraft; codeId: string; lineId: string },
): Promise<DraftOutcome> {
  const { id, accountId, contractId, expiresAt } = draft;
  if (contractId === null) return { kind: 'not-found' };
  const approval = { id: newId('apr', deps.randomBytes), draftId: id, lineId, contractId, codeId };
  await insertApproval(tx, {
    ...{ ...approval, requesterAccountId: accountId },
    ...{ purpose: 'manage-contract', usableUntil: expiresAt },
  });
  await deps.audit.lineApproved(tx, { accountId, lineId, contractId, codeId });
  return await outcomeOf(tx, await moveDraft(tx, id, { step: 'line_user' }));
}
