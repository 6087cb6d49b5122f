// Events of contracts, of those who manage them, and of the users who agreed to it.
import type { AuditFact } from './audit.ts';

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact> & { readonly level?: 'info' | 'warn' };

interface OfContract {
  readonly accountId: string;
  readonly contractId: string;
}

interface OfDraft {
  readonly accountId: string;
  readonly draftId: string;
}

export interface ContractAudit<Tx = unknown> {
  contractRenamed(tx: Tx, about: OfContract): Promise<void>;
  /** The account manages it no more. */
  contractDetached(tx: Tx, about: OfContract & { relation: string }): Promise<void>;
  /** Ended by the holder, by the user of the line, or because the contract went to somebody else. */
  proxyEnded(
    tx: Tx,
    about: OfContract & { proxyId: string; reason: string; by?: 'account' | 'staff' | undefined },
  ): Promise<void>;
  /** The holder lets a proxy order on the bill of the contract, or not any more. */
  proxyDeferralSet(tx: Tx, about: OfContract & { proxyId: string; mayDefer: boolean }): Promise<void>;
  attachmentBegun(tx: Tx, about: OfDraft & { kind: string }): Promise<void>;
  contractIdentified(tx: Tx, about: OfDraft & { contractId: string }): Promise<void>;
  /** Nothing fitted, or it may not be added. */
  contractNotIdentified(tx: Tx, about: OfDraft & { reason: string }): Promise<void>;
  /** A code was sent to a line, asked for by this account. */
  lineUserAsked(tx: Tx, about: { accountId: string; lineId: string; codeId: string }): Promise<void>;
  lineCodeWrong(tx: Tx, about: OfDraft): Promise<void>;
  /** The user of the line has passed the code on. */
  lineApproved(tx: Tx, about: OfContract & { lineId: string; codeId: string }): Promise<void>;
  approvalRevoked(tx: Tx, about: { accountId: string; approvalId: string }): Promise<void>;
  attachmentStep(tx: Tx, about: OfDraft & { step: string }): Promise<void>;
  contractAttached(tx: Tx, about: OfContract & { relation: string; proxyId: string | null }): Promise<void>;
  /** By the link in the holder's e-mail; `accountId` is the proxy's. */
  proxyContested(tx: Tx, about: OfContract & { proxyId: string }): Promise<void>;
  contractTransferred(tx: Tx, about: { contractId: string; from: string | null; to: string }): Promise<void>;
  contractEnded(tx: Tx, about: { contractId: string }): Promise<void>;
}

/** Makes them over how a row is written. */
export function contractEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): ContractAudit<Tx> {
  return { ...contractOwnEvents(record), ...attachmentEvents(record), ...approvalEvents(record) };
}

type Recorder<Tx> = (tx: Tx, draft: Draft) => Promise<void>;

function contractOwnEvents<Tx>(record: Recorder<Tx>) {
  return {
    contractRenamed: (tx, { accountId, contractId }) =>
      record(tx, { action: 'contract.renamed', actor: 'account', accountId, object: contractId }),
    contractDetached: (tx, { accountId, contractId, relation }) =>
      record(tx, {
        action: 'contract.detached',
        actor: 'account',
        accountId,
        object: contractId,
        details: { relation },
      }),
    proxyEnded: (tx, { accountId, contractId, proxyId, reason, by = 'account' }) =>
      record(tx, {
        ...{ action: 'proxy.ended', actor: by, accountId, object: contractId },
        details: { proxyId, reason },
      }),
    proxyDeferralSet: (tx, { accountId, contractId, ...details }) =>
      record(tx, { action: 'proxy.deferral_set', actor: 'account', accountId, object: contractId, details }),
    proxyContested: (tx, { accountId, contractId, proxyId }) =>
      record(tx, {
        ...{ action: 'proxy.contested', actor: 'link', accountId, object: contractId },
        ...{ details: { proxyId }, level: 'warn' },
      }),
    contractEnded: (tx, { contractId }) => record(tx, { action: 'contract.ended', actor: 'staff', object: contractId }),
    contractTransferred: (tx, { contractId, from, to }) =>
      record(tx, { action: 'contract.transferred', actor: 'staff', object: contractId, details: { from, to } }),
  } satisfies Partial<ContractAudit<Tx>>;
}

function attachmentEvents<Tx>(record: Recorder<Tx>) {
  const own = { actor: 'account' } as const;
  return {
    attachmentBegun: (tx, { accountId, draftId, kind }) =>
      record(tx, { ...own, action: 'attachment.begun', accountId, object: draftId, details: { kind } }),
    contractIdentified: (tx, { accountId, draftId, contractId }) =>
      record(tx, { ...own, action: 'attachment.identified', accountId, object: draftId, details: { contractId } }),
    contractNotIdentified: (tx, { accountId, draftId, reason }) =>
      record(tx, {
        ...{ ...own, action: 'attachment.identified', accountId, object: draftId },
        ...{ outcome: 'failure', details: { reason } },
      }),
    attachmentStep: (tx, { accountId, draftId, step }) =>
      record(tx, { ...own, action: 'attachment.step', accountId, object: draftId, details: { step } }),
    contractAttached: (tx, { accountId, contractId, relation, proxyId }) =>
      record(tx, {
        ...{ ...own, action: 'contract.attached', accountId, object: contractId },
        details: { relation, proxyId },
      }),
  } satisfies Partial<ContractAudit<Tx>>;
}

function approvalEvents<Tx>(record: Recorder<Tx>) {
  const own = { actor: 'account' } as const;
  return {
    lineUserAsked: (tx, { accountId, lineId, codeId }) =>
      record(tx, { ...own, action: 'line.code-sent', accountId, object: lineId, details: { codeId } }),
    lineCodeWrong: (tx, { accountId, draftId }) =>
      record(tx, { ...own, action: 'line.approved', accountId, object: draftId, outcome: 'failure' }),
    lineApproved: (tx, { accountId, contractId, lineId, codeId }) =>
      record(tx, { ...own, action: 'line.approved', accountId, object: lineId, details: { contractId, codeId } }),
    approvalRevoked: (tx, { accountId, approvalId }) =>
      record(tx, { ...own, action: 'line.approval-revoked', accountId, object: approvalId }),
  } satisfies Partial<ContractAudit<Tx>>;
}
