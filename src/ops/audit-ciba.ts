// The journal's events about requests without a browser (CIBA). Part of audit.ts.
import type { AuditFact } from './audit.ts';

interface About {
  readonly attemptId: string;
  readonly clientId: string;
}

export interface CibaAudit<Tx = unknown> {
  /** A client asked for a customer; `hint`: the kind of hint, never the hint. The same row for a decoy. */
  cibaRequested(tx: Tx, about: About & { hint: string }): Promise<void>;
  /** It is known what the request came to: `approved`, `refused`, `expired`, `withheld`. */
  cibaDecided(tx: Tx, about: About & { outcome: string; accountId: string | null }): Promise<void>;
  /** The client fetches the tokens; `granted`: the account may still be entered. */
  cibaRedeemed(tx: Tx, about: About & { granted: boolean; accountId: string | null }): Promise<void>;
  cibaCancelled(tx: Tx, about: About): Promise<void>;
}

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact>;

/** Makes the functions over the one that writes the row. */
export function cibaEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): CibaAudit<Tx> {
  return {
    cibaRequested: (tx, { attemptId, clientId, hint }) =>
      record(tx, { action: 'ciba.requested', actor: `client:${clientId}`, object: attemptId, details: { hint } }),
    cibaDecided: (tx, { attemptId, clientId, outcome, accountId }) =>
      record(tx, {
        action: `ciba.${outcome}`,
        actor: outcome === 'approved' || outcome === 'refused' ? 'sim' : 'system',
        object: attemptId,
        accountId,
        outcome: outcome === 'approved' ? 'success' : 'failure',
        details: { clientId },
      }),
    cibaRedeemed: (tx, { attemptId, clientId, granted, accountId }) =>
      record(tx, {
        action: 'ciba.redeemed',
        actor: `client:${clientId}`,
        object: attemptId,
        accountId,
        outcome: granted ? 'success' : 'failure',
      }),
    cibaCancelled: (tx, { attemptId, clientId }) =>
      record(tx, { action: 'ciba.cancelled', actor: `client:${clientId}`, object: attemptId }),
  };
}
