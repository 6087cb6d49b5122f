// Where an activation stands, for the page of the account that began it.
import { referenceCodeOf } from '../authentication/sim-push.ts';
import { type AccountId, maskMsisdn } from '../identifiers.ts';
import { findActivation } from '../storage/activations.ts';
import type { AttemptRow } from '../storage/attempt-tables.ts';
import { findAttempt } from '../storage/attempts.ts';
import { readAppNow } from '../storage/database.ts';
import type { ActivationRow } from '../storage/service-tables.ts';
import { findAccount, findEnrolment, findLine } from '../storage/subscribers.ts';
import { settleOverdue } from './activation-begin.ts';
import type { ActivationDeps, ActivationView } from './activation-types.ts';

type ViewDeps = Pick<ActivationDeps, 'database' | 'audit' | 'rules'>;

/** The view; undefined if the account has no such activation. */
export async function viewActivation(
  deps: ViewDeps,
  { id, accountId }: { id: string; accountId: AccountId },
): Promise<ActivationView | undefined> {
  const { db } = deps.database;
  const activation = await readSettled(deps, id);
  if (activation?.accountId !== accountId) return undefined;
  const { attemptId, enrolmentId, lineId } = activation;
  const attempt = attemptId === null ? undefined : await findAttempt(db, attemptId);
  const enrolment = enrolmentId === null ? undefined : await findEnrolment(db, enrolmentId);
  const target = await findLine(db, lineId);
  const now = await readAppNow(db);
  return {
    id,
    lineId,
    number: target === undefined ? '' : maskMsisdn(target.line.msisdn),
    accountLabel: (await findAccount(db, accountId))?.label ?? '',
    termsVersion: deps.rules.termsVersion,
    progress: progressOf(activation, attempt),
    ...phoneView(activation, attempt, now),
    availableAt: later(enrolment?.holdUntil ?? null, now),
  };
}

/** The row, with what its time has done to it. */
async function readSettled(deps: ViewDeps, id: string): Promise<ActivationRow | undefined> {
  const { db } = deps.database;
  const seen = await findActivation(db, id);
  if (seen === undefined || seen.step === 'done' || seen.step === 'failed') return seen;
  if ((await readAppNow(db)) < seen.expiresAt) return seen;
  await deps.database.transaction((tx) => settleOverdue(deps, tx, seen.lineId));
  return await findActivation(db, id);
}

/** While the PIN is made the phone rings; a request that nobody answered leaves the person where she may ask again. */
function phoneView(
  { step, failure, expiresAt }: ActivationRow,
  attempt: AttemptRow | undefined,
  now: Date,
): Pick<ActivationView, 'step' | 'problem' | 'referenceCode' | 'secondsLeft'> {
  const own = { step, problem: failure, referenceCode: null, secondsLeft: secondsUntil(expiresAt, now) };
  if (step !== 'pin') return own;
  if (attempt?.state !== 'pending' || now >= attempt.expiresAt)
    return { ...own, step: 'installed', problem: 'no_answer' };
  return { ...own, referenceCode: referenceCodeOf(attempt), secondsLeft: secondsUntil(attempt.expiresAt, now) };
}

function later(at: Date | null, now: Date): Date | null {
  return at !== null && now < at ? at : null;
}

function secondsUntil(end: Date, now: Date): number {
  return Math.max(0, Math.ceil((end.getTime() - now.getTime()) / 1_000));
}

function progressOf({ step }: ActivationRow, attempt: AttemptRow | undefined): number {
  if (step === 'terms' || step === 'failed') return 0;
  if (step !== 'installing') return 100;
  return attempt?.progress === 'queued' ? 25 : 60;
}
