// Events of diagnoses and of the cases that come of them.
import type { AuditFact } from './audit.ts';

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact>;

interface OfRun {
  readonly accountId: string;
  readonly runId: string;
}

export interface DiagnosticAudit<Tx = unknown> {
  diagnosisStarted(tx: Tx, about: OfRun & { kind: string; problem: string }): Promise<void>;
  diagnosisEnded(tx: Tx, about: OfRun & { state: string; result: string }): Promise<void>;
  caseOpened(tx: Tx, about: OfRun & { caseId: string; reason: string }): Promise<void>;
  caseMoved(tx: Tx, about: { accountId: string; caseId: string; status: string }): Promise<void>;
}

/** Makes them over how a row is written. */
export function diagnosticEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): DiagnosticAudit<Tx> {
  return {
    diagnosisStarted: (tx, { accountId, runId, ...details }) =>
      record(tx, { action: 'diagnosis.started', actor: 'account', accountId, object: runId, details }),
    diagnosisEnded: (tx, { accountId, runId, ...details }) =>
      record(tx, { action: 'diagnosis.ended', actor: 'system', accountId, object: runId, details }),
    caseOpened: (tx, { accountId, caseId, ...details }) =>
      record(tx, { action: 'case.opened', actor: 'system', accountId, object: caseId, details }),
    caseMoved: (tx, { accountId, caseId, status }) =>
      record(tx, { action: 'case.moved', actor: 'staff', accountId, object: caseId, details: { status } }),
  };
}
