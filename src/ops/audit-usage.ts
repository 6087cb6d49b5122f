// Events of consumption: who read records, what lines may do, top-ups. Never a number of a call.
import type { AuditFact } from './audit.ts';

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact>;

interface ByAccount {
  readonly accountId: string;
  readonly relation: string;
}

export interface UsageAudit<Tx = unknown> {
  /** Single records were read. */
  usageRead(tx: Tx, about: ByAccount & { contractId: string }): Promise<void>;
  /** `controls`: `premium_sms=off …`. */
  usageControlsChanged(tx: Tx, about: ByAccount & { lineId: string; controls: string }): Promise<void>;
  topUpBought(tx: Tx, about: ByAccount & { lineId: string; topUpId: string; offerId: string }): Promise<void>;
}

/** Makes them over how a row is written. */
export function usageEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): UsageAudit<Tx> {
  const own = { actor: 'account' } as const;
  return {
    usageRead: (tx, { accountId, contractId, ...details }) =>
      record(tx, { ...own, action: 'usage.read', accountId, object: contractId, details }),
    usageControlsChanged: (tx, { accountId, lineId, ...details }) =>
      record(tx, { ...own, action: 'usage.controls-changed', accountId, object: lineId, details }),
    topUpBought: (tx, { accountId, lineId, ...details }) =>
      record(tx, { ...own, action: 'usage.top-up', accountId, object: lineId, details }),
  };
}
