// The work on a diagnosis: one job for each test. The network is asked outside any transaction; what it found, and the
// job of what comes next, are written in one. A worker that dies is followed by another: what has been done stays done.

import type { DiagnosisJob } from '../messaging/diagnosis-queue.ts';
import type { Jobs } from '../messaging/jobs.ts';
import type { Database, Db, Tx } from '../storage/database.ts';
import { sqlClientOf } from '../storage/database.ts';
import type { RunRow } from '../storage/diagnostic-tables.ts';
import {
  addMeasure,
  awaitCustomer,
  endRun,
  findRun,
  listOverdueRuns,
  takeStalledRuns,
} from '../storage/diagnostics.ts';
import { findLine } from '../storage/subscribers.ts';
import { wake } from '../storage/wake-ups.ts';
import { nextStep, progressOf } from './diagnosis-rules.ts';
import { type DiagnosticTellingDeps, tellEnd } from './diagnostic-telling.ts';
import type { DiagnosisTarget, NetworkDiagnosis, NetworkTest } from './network-diagnosis.ts';

export interface DiagnosticRules {
  /** For all tests before the customer's part. */
  readonly runMinutes: number;
  /** For the customer's part. */
  readonly waitMinutes: number;
  /** A run in which nothing moves for so long has lost its worker. */
  readonly stalledSeconds: number;
}

export interface DiagnosticWorkDeps extends DiagnosticTellingDeps {
  readonly database: Database;
  readonly jobs: Pick<Jobs<{ diagnosis: DiagnosisJob }>, 'enqueue'>;
  readonly network: NetworkDiagnosis;
  readonly rules: DiagnosticRules;
  readonly now: () => Date;
}

/** Creates the job of the next test. `again`: names the try, where there has been one. */
export async function enqueueStep(
  { jobs }: Pick<DiagnosticWorkDeps, 'jobs'>,
  tx: Tx,
  { id, step, again }: { id: string; step: number; again?: string },
): Promise<void> {
  const eventId = again === undefined ? `${id}:${step}` : `${id}:${step}:${again}`;
  await jobs.enqueue(sqlClientOf(tx), 'diagnosis', { payload: { runId: id, step }, eventId });
}

/** Does the test that the job names, unless somebody has. Rejects when the network cannot be asked now. */
export async function workOnRun(
  deps: DiagnosticWorkDeps,
  { runId, step }: DiagnosisJob,
  signal: AbortSignal,
): Promise<void> {
  const run = await findRun(deps.database.db, runId);
  if (run === undefined || run.step !== step || (run.state !== 'queued' && run.state !== 'running')) return;
  const next = nextOf(run);
  if (next.kind !== 'test') return;
  const target = await targetOf(deps.database.db, run);
  // The line has ended meanwhile; the run ends by its time.
  if (target === undefined) return;
  const order = { id: `${runId}:${step}`, test: next.test, target, since: run.restartAskedAt ?? undefined, signal };
  const finding = await deps.network.test(order);
  await keepFinding(deps, run, { test: next.test, finding });
}

async function keepFinding(
  deps: DiagnosticWorkDeps,
  { id, step, kind }: RunRow,
  { test, finding }: { test: NetworkTest; finding: string },
): Promise<void> {
  const measure = { test, finding, at: deps.now().toISOString() };
  await deps.database.transaction(async (tx) => {
    const moved = await addMeasure(tx, { id, step }, { measure, progress: progressOf(kind, step + 1) });
    if (moved === undefined) return;
    await goOn(deps, tx, moved);
    await wake(tx, id);
  });
}

async function goOn(deps: DiagnosticWorkDeps, tx: Tx, run: RunRow): Promise<void> {
  const { id, step } = run;
  const next = nextOf(run);
  const waitSeconds = deps.rules.waitMinutes * 60;
  switch (next.kind) {
    case 'test':
      return await enqueueStep(deps, tx, { id, step });
    case 'restart':
      return void (await awaitCustomer(tx, { id, step }, { state: 'awaiting_restart', waitSeconds }));
    case 'confirmation':
      return void (await awaitCustomer(tx, { id, step }, { state: 'awaiting_confirmation', waitSeconds }));
    default: {
      const ended = await endRun(tx, { id, step, from: 'running' }, { state: 'done', result: next.result });
      if (ended !== undefined) await tellEnd(deps, tx, ended);
    }
  }
}

function nextOf({ kind, measures, restartedAt }: RunRow) {
  return nextStep({ kind, measures, hasRestarted: restartedAt !== null });
}

async function targetOf(db: Db, { kind, lineId, contractId }: RunRow): Promise<DiagnosisTarget | undefined> {
  if (kind === 'internet') return contractId === null ? undefined : { kind, contractId };
  const found = lineId === null ? undefined : await findLine(db, lineId);
  return found === undefined || found.line.status === 'terminated'
    ? undefined
    : { kind, lineId: found.line.id, msisdn: found.line.msisdn };
}

const mostAtOnce = 20;

/** Ends what has run out of time and takes over from workers that have gone; to be called again and again. */
export async function keepUpRuns(deps: DiagnosticWorkDeps): Promise<void> {
  const { database, rules } = deps;
  await database.transaction(async (tx) => {
    for (const { id, step, movedAt } of await takeStalledRuns(tx, rules.stalledSeconds)) {
      await enqueueStep(deps, tx, { id, step, again: movedAt.toISOString() });
    }
  });
  for (const { id, state } of await listOverdueRuns(database.db, mostAtOnce)) {
    const isOurs = state === 'queued' || state === 'running';
    const result = isOurs ? 'tests_incomplete' : 'not_confirmed';
    await database.transaction(async (tx) => {
      const ended = await endRun(tx, { id, from: 'overdue' }, { state: 'failed', result });
      if (ended !== undefined) await tellEnd(deps, tx, ended);
    });
  }
}
