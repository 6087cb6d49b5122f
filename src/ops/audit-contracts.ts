// Events of contracts and of those who manage them.
import type { AuditFact } from './audit.ts';

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact>;

export interface ContractAudit<Tx = unknown> {
  contractRenamed(tx: Tx, about: { accountId: string; contractId: string }): Promise<void>;
  /** The account manages it no more. */
  contractDetached(tx: Tx, about: { accountId: string; contractId: string; relation: string }): Promise<void>;
  /** Ended by the holder, or because the contract went to somebody else. */
  proxyEnded(tx: Tx, about: { accountId: string; contractId: string; proxyId: string; reason: string }): Promise<void>;
}

/** Makes them over how a row is written. */
export function contractEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): ContractAudit<Tx> {
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
    proxyEnded: (tx, { accountId, contractId, proxyId, reason }) =>
      record(tx, {
        ...{ action: 'proxy.ended', actor: 'account', accountId, object: contractId },
        details: { proxyId, reason },
      }),
  };
}
