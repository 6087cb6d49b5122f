// Diagnoses as customers start, follow and end them (B29 to B32, B41, B43). The tests themselves: diagnostic-work.ts.
import { IdentifierError, newId, parseMsisdn } from '../identifiers.ts';
import type { Tx } from '../storage/database.ts';
import type { CaseRow, RunRow } from '../storage/diagnostic-tables.ts';
import {
  endRun,
  findRun,
  findRunByKey,
  insertRun,
  listRuns,
  type NewRun,
  noteRestart,
} from '../storage/diagnostics.ts';
import type { RateLimit } from '../storage/rate-limits.ts';
import { listCasesFor, listCasesOfRuns } from '../storage/support-cases.ts';
import { type WakeUps, wake } from '../storage/wake-ups.ts';
import { isResult, type ResultCode, results } from './diagnosis-rules.ts';
import { findAccessToTest, findLineToTest, listTestable, maySeeRun } from './diagnostic-access.ts';
import { tellEnd } from './diagnostic-telling.ts';
import type {
  CaseView,
  DiagnosticCaller,
  DiagnosticDesk,
  RunView,
  StartOutcome,
  StepOutcome,
} from './diagnostic-types.ts';
import { type DiagnosticWorkDeps, enqueueStep } from './diagnostic-work.ts';

export interface DiagnosticDeskDeps extends Omit<DiagnosticWorkDeps, 'network'> {
  readonly wakeUps: Pick<WakeUps, 'subscribe'>;
  /** Diagnoses of one account. */
  readonly starts: Pick<RateLimit, 'take'>;
}

/** After the restart one short test is left. */
const lastTestSeconds = 60;

/** Makes the desk over its dependencies. */
export function createDiagnosticDesk(deps: DiagnosticDeskDeps): DiagnosticDesk {
  const { db } = deps.database;
  return {
    async startMobile(caller, { lineId, confirmedNumber, problem, idempotencyKey }) {
      const found = await findLineToTest(db, caller, lineId);
      if (found === undefined) return { kind: 'not-found' };
      const { line } = found;
      if (line.kind === 'fixed') return { kind: 'wrong-kind' };
      if (!isNumberOf(line.msisdn, confirmedNumber)) return { kind: 'wrong-number' };
      const target = { kind: 'mobile' as const, lineId, contractId: line.contractId };
      return await start(deps, caller, { ...target, problem, idempotencyKey });
    },
    async startInternet(caller, { contractId, problem, idempotencyKey }) {
      const found = await findAccessToTest(db, caller, contractId);
      if (found === undefined) return { kind: 'not-found' };
      const { kind } = found.contract;
      if (kind !== 'INTERNET' && kind !== 'OPEN') return { kind: 'wrong-kind' };
      return await start(deps, caller, { kind: 'internet', lineId: null, contractId, problem, idempotencyKey });
    },
    async find(caller, id) {
      const run = await findVisible(deps, caller, id);
      return run && (await viewOf(deps, caller, run));
    },
    findChanged: (caller, id, wait) => findChanged(deps, caller, { id, ...wait }),
    async list(caller, filter) {
      const { rows, total } = await listRuns(db, { ...(await listTestable(db, caller)), ...filter, ...caller });
      return { items: await viewsOf(deps, caller, rows), total };
    },
    restartDone: (caller, id) => restartDone(deps, caller, id),
    confirm: (caller, id, restored) => confirm(deps, caller, { id, restored }),
    async cases(caller, page) {
      const { rows, total } = await listCasesFor(db, { ...(await listTestable(db, caller)), ...caller, ...page });
      return { items: rows.map(caseView), total };
    },
  };
}

function isNumberOf(msisdn: string, typed: string): boolean {
  try {
    return parseMsisdn(typed, msisdn.startsWith('+230') ? 'MU' : 'FR') === msisdn;
  } catch (error) {
    if (error instanceof IdentifierError) return false;
    throw error;
  }
}

type Wanted = Pick<NewRun, 'kind' | 'lineId' | 'contractId' | 'problem' | 'idempotencyKey'>;

async function start(deps: DiagnosticDeskDeps, caller: DiagnosticCaller, wanted: Wanted): Promise<StartOutcome> {
  const retryAfterSeconds = await deps.starts.take(caller.accountId);
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  const { audit, rules, randomBytes, database } = deps;
  const { accountId, brand } = caller;
  const run = await database.transaction(async (tx) => {
    const before = await findRunByKey(tx, { accountId, idempotencyKey: wanted.idempotencyKey });
    if (before !== undefined) return before;
    const id = newId('run', randomBytes);
    const made = await insertRun(tx, { id, accountId, brand, ...wanted, lifeSeconds: rules.runMinutes * 60 });
    if (made === undefined) return await findRunByKey(tx, { accountId, idempotencyKey: wanted.idempotencyKey });
    await enqueueStep(deps, tx, made);
    await audit.diagnosisStarted(tx, { accountId, runId: id, kind: wanted.kind, problem: wanted.problem });
    return made;
  });
  return run === undefined ? { kind: 'run-active' } : { kind: 'started', run: await viewOf(deps, caller, run) };
}

async function findVisible({ database: { db } }: DiagnosticDeskDeps, caller: DiagnosticCaller, id: string) {
  const run = await findRun(db, id);
  return run !== undefined && (await maySeeRun(db, caller, run)) ? run : undefined;
}

/** Answers at once for a run that waits for the customer or has ended: nothing will change by itself. */
async function findChanged(
  deps: DiagnosticDeskDeps,
  caller: DiagnosticCaller,
  { id, timeoutMs, signal }: { id: string; timeoutMs: number; signal: AbortSignal },
): Promise<RunView | undefined> {
  const subscription = deps.wakeUps.subscribe(id);
  try {
    const first = await findVisible(deps, caller, id);
    if (first === undefined || !isMoving(first)) return first && (await viewOf(deps, caller, first));
    await subscription.next(timeoutMs, signal);
    const then = await findVisible(deps, caller, id);
    return then && (await viewOf(deps, caller, then));
  } finally {
    subscription.close();
  }
}

function isMoving({ state }: RunRow): boolean {
  return state === 'queued' || state === 'running';
}

async function restartDone(deps: DiagnosticDeskDeps, caller: DiagnosticCaller, id: string): Promise<StepOutcome> {
  const run = await findVisible(deps, caller, id);
  if (run?.accountId !== caller.accountId) return { kind: 'not-found' };
  const moved = await deps.database.transaction(async (tx) => {
    const noted = await noteRestart(tx, id, lastTestSeconds);
    if (noted === undefined) return undefined;
    await enqueueStep(deps, tx, noted);
    await wake(tx, id);
    return noted;
  });
  if (moved !== undefined) return await ok(deps, caller, moved);
  // Said before: said again.
  const now = await findRun(deps.database.db, id);
  return now !== undefined && now.restartedAt !== null ? await ok(deps, caller, now) : { kind: 'wrong-step' };
}

async function confirm(
  deps: DiagnosticDeskDeps,
  caller: DiagnosticCaller,
  { id, restored }: { id: string; restored: boolean },
): Promise<StepOutcome> {
  const run = await findVisible(deps, caller, id);
  if (run?.accountId !== caller.accountId) return { kind: 'not-found' };
  const result: ResultCode = restored ? 'restored' : 'not_restored';
  const ended = await deps.database.transaction((tx) => close(deps, tx, { id, result, restored }));
  if (ended !== undefined) return await ok(deps, caller, ended);
  const now = await findRun(deps.database.db, id);
  return now?.restored === restored ? await ok(deps, caller, now) : { kind: 'wrong-step' };
}

async function close(
  deps: DiagnosticDeskDeps,
  tx: Tx,
  { id, ...end }: { id: string; result: ResultCode; restored: boolean },
): Promise<RunRow | undefined> {
  const ended = await endRun(tx, { id, from: 'awaiting_confirmation' }, { state: 'done', ...end });
  if (ended !== undefined) await tellEnd(deps, tx, ended);
  return ended;
}

async function ok(deps: DiagnosticDeskDeps, caller: DiagnosticCaller, run: RunRow): Promise<StepOutcome> {
  return { kind: 'ok', run: await viewOf(deps, caller, run) };
}

async function viewOf(deps: DiagnosticDeskDeps, caller: DiagnosticCaller, run: RunRow): Promise<RunView> {
  return runView(run, caller, await listCasesOfRuns(deps.database.db, [run.id]));
}

async function viewsOf(deps: DiagnosticDeskDeps, caller: DiagnosticCaller, runs: readonly RunRow[]) {
  const ids = runs.map(({ id }) => id);
  const cases = await listCasesOfRuns(deps.database.db, ids);
  return runs.map((run) => runView(run, caller, cases));
}

function runView(run: RunRow, caller: DiagnosticCaller, cases: readonly CaseRow[]): RunView {
  const { id, kind, problem, state, progress, measures, result, createdAt, endedAt } = run;
  return {
    ...{ id, kind, problem, state, progress, measures, startedAt: createdAt, endedAt: endedAt ?? undefined },
    ...{ lineId: run.lineId ?? undefined, contractId: run.contractId ?? undefined },
    result: result === null ? undefined : { code: known(result), action: results[known(result)].action },
    caseId: cases.find(({ runId }) => runId === id)?.id,
    isOwn: run.accountId === caller.accountId,
  };
}

function known(code: string): ResultCode {
  return isResult(code) ? code : 'tests_incomplete';
}

function caseView({ id, runId, lineId, contractId, reason, status, createdAt, changedAt }: CaseRow): CaseView {
  return {
    ...{ id, runId, lineId: lineId ?? undefined, contractId: contractId ?? undefined },
    ...{ reason: known(reason), status, openedAt: createdAt, changedAt },
  };
}
