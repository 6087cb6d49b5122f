// What pages and APIs can ask of diagnoses. What an account may not see is not there.
import type { AccountId } from '../identifiers.ts';
import type { CaseStatus, Measure, RunKind, RunState } from '../storage/diagnostic-tables.ts';
import type { FaultType, ProblemType, ResultCode } from './diagnosis-rules.ts';

export type { CaseStatus, RunKind, RunState };

/** Who asks: an account of this brand. */
export interface DiagnosticCaller {
  readonly accountId: AccountId;
  readonly brand: string;
}

export interface RunView {
  readonly id: string;
  readonly kind: RunKind;
  readonly lineId: string | undefined;
  readonly contractId: string | undefined;
  readonly problem: string;
  readonly state: RunState;
  /** 0 to 100; never less than it was. */
  readonly progress: number;
  readonly measures: readonly Measure[];
  readonly result: { readonly code: ResultCode; readonly action: string } | undefined;
  readonly caseId: string | undefined;
  /** Whether the caller started it: only then it is hers to go on with. */
  readonly isOwn: boolean;
  readonly startedAt: Date;
  readonly endedAt: Date | undefined;
}

export interface CaseView {
  readonly id: string;
  readonly runId: string;
  readonly lineId: string | undefined;
  readonly contractId: string | undefined;
  readonly reason: ResultCode;
  readonly status: CaseStatus;
  readonly openedAt: Date;
  readonly changedAt: Date;
}

export type StartOutcome =
  | { readonly kind: 'started'; readonly run: RunView }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'not-found' | 'wrong-number' | 'wrong-kind' | 'run-active' };

export type StepOutcome =
  | { readonly kind: 'ok'; readonly run: RunView }
  | { readonly kind: 'not-found' | 'wrong-step' };

interface Page {
  readonly offset: number;
  readonly limit: number;
}

export interface DiagnosticDesk {
  /** Tests and reconfigures a line (B29, B30). `confirmedNumber`: as the customer typed it. */
  startMobile(
    caller: DiagnosticCaller,
    wanted: { lineId: string; confirmedNumber: string; problem: ProblemType; idempotencyKey: string },
  ): Promise<StartOutcome>;
  /** Tests an Internet access (B41). */
  startInternet(
    caller: DiagnosticCaller,
    wanted: { contractId: string; problem: FaultType; idempotencyKey: string },
  ): Promise<StartOutcome>;
  find(caller: DiagnosticCaller, id: string): Promise<RunView | undefined>;
  /** The same, as soon as it is no more as `seen`, or at the end of the time. */
  findChanged(
    caller: DiagnosticCaller,
    id: string,
    wait: { timeoutMs: number; signal: AbortSignal },
  ): Promise<RunView | undefined>;
  list(
    caller: DiagnosticCaller,
    filter: Page & { lineId?: string | undefined; contractId?: string | undefined },
  ): Promise<{ items: RunView[]; total: number }>;
  /** The phone has been switched off and on (B31). */
  restartDone(caller: DiagnosticCaller, id: string): Promise<StepOutcome>;
  /** Whether it works again (B32); the same answer twice is no mistake. */
  confirm(caller: DiagnosticCaller, id: string, restored: boolean): Promise<StepOutcome>;
  cases(caller: DiagnosticCaller, page: Page): Promise<{ items: CaseView[]; total: number }>;
}
