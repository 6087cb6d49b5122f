// Row types of migration 0022: diagnoses, the cases that come of them, faults of the sandbox's network.
import type { ColumnType, Generated, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';

export type RunKind = 'mobile' | 'internet';
export type RunState = 'queued' | 'running' | 'awaiting_restart' | 'awaiting_confirmation' | 'done' | 'failed';

/** What one test found. */
export interface Measure {
  readonly test: string;
  /** `ok`, or the word of what is wrong. */
  readonly finding: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface DiagnosticRun {
  id: string;
  brand: string;
  kind: RunKind;
  lineId: string | null;
  /** Of a mobile line too, where it has one. */
  contractId: string | null;
  /** Who started it. */
  accountId: AccountId;
  problem: string;
  state: RunState;
  /** How many tests have been done. */
  step: Generated<number>;
  progress: Generated<number>;
  measures: ColumnType<readonly Measure[], string | undefined, string>;
  result: string | null;
  restored: boolean | null;
  idempotencyKey: string;
  createdAt: Date;
  /** Of the tests, then of the customer's part; on the domain clock. */
  deadlineAt: Date;
  /** Wall clock, like that of phones. */
  restartAskedAt: Date | null;
  restartedAt: Date | null;
  endedAt: Date | null;
  /** Wall clock: finds runs whose worker has gone. */
  movedAt: Date;
}

export type CaseStatus =
  | 'acknowledged'
  | 'pending'
  | 'held'
  | 'inProgress'
  | 'resolved'
  | 'closed'
  | 'rejected'
  | 'cancelled';

export interface SupportCase {
  id: string;
  brand: string;
  runId: string;
  accountId: AccountId;
  lineId: string | null;
  contractId: string | null;
  /** Result of its run. */
  reason: string;
  status: CaseStatus;
  createdAt: Date;
  changedAt: Date;
  /** When the message about it was sent. */
  toldAt: Date | null;
}

export interface SandboxFault {
  subjectId: string;
  lineId: string | null;
  contractId: string | null;
  fault: string;
  since: Date;
}

export interface DiagnosticTables {
  diagnosticRuns: DiagnosticRun;
  supportCases: SupportCase;
  sandboxFaults: SandboxFault;
}

export type RunRow = Selectable<DiagnosticRun>;
export type CaseRow = Selectable<SupportCase>;
