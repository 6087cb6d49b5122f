// What a proved answer changes: the attempt's end, the lock, the mute, the messages to the customer.
// A late answer approves nothing, but its warnings still count (sim-channel 5.6).
import { unreachable } from '../errors.ts';
import type { AppletResult, VerifiedAnswer } from '../messaging/applet-answer.ts';
import type { Audit } from '../ops/audit.ts';
import { markUnsent } from '../storage/attempt-sending.ts';
import type { AttemptPurpose, AttemptRow, AttemptState } from '../storage/attempt-tables.ts';
import { cancelPending, endAttempt } from '../storage/attempts.ts';
import type { Tx } from '../storage/database.ts';
import { countRefusals, forgetDevice, isMuted, muteSource, rememberDevice } from '../storage/push-sources.ts';
import { lockEnrolment, recordUse, takeAdminNumber } from '../storage/sim-answers.ts';
import type { EnrolmentRow, SimRow } from '../storage/tables.ts';
import { wake } from '../storage/wake-ups.ts';

/** An answer that its SIM has proved. */
export interface ProvedAnswer {
  readonly attempt: AttemptRow;
  readonly sim: SimRow;
  readonly enrolment: EnrolmentRow | undefined;
  readonly verified: Extract<VerifiedAnswer, { kind: 'valid' }>;
  readonly receivedAt: Date;
  /** The card's counter went up: what it says about itself is news. */
  readonly newest: boolean;
}

/** Messages to the customer, created in the transaction of their cause. */
export interface CustomerNotices {
  serviceLocked(tx: Tx, about: { lineId: string; enrolmentId: string; until: Date; eventId: string }): Promise<void>;
  fraudReported(
    tx: Tx,
    about: { lineId: string; enrolmentId: string; clientName: string; eventId: string },
  ): Promise<void>;
  requestsMuted(tx: Tx, about: { lineId: string; clientName: string; until: Date; eventId: string }): Promise<void>;
  wrongPins(tx: Tx, about: { lineId: string; count: number; clientName: string; eventId: string }): Promise<void>;
}

/** Goes on with a flow whose request to the SIM was answered; `counted`: the answer decided it, in time and first. */
export type ServiceAnswerHandler = (tx: Tx, answer: ProvedAnswer & { readonly counted: boolean }) => Promise<void>;

export interface AnswerEffectsDeps {
  readonly audit: Audit;
  /** By purpose; a purpose without one needs nothing more than the attempt's end. */
  readonly onServiceAnswer: Readonly<Partial<Record<AttemptPurpose, ServiceAnswerHandler>>>;
  readonly notices: CustomerNotices;
  readonly rules: {
    readonly lockHours: number;
    readonly muteMinutes: number;
    /** Two refusals within this time silence a source (X14). */
    readonly refusalMinutes: number;
  };
  /** Told how many seconds after it was sent a request was answered. */
  readonly onAnswered?: (seconds: number) => void;
}

export interface AnswerEffects {
  apply(tx: Tx, answer: ProvedAnswer): Promise<void>;
}

const busyRetrySeconds = 3;

/** Makes the effects over their dependencies. */
export function createAnswerEffects(deps: AnswerEffectsDeps): AnswerEffects {
  return { apply: (tx, answer) => apply(deps, tx, answer) };
}

async function apply(deps: AnswerEffectsDeps, tx: Tx, answer: ProvedAnswer): Promise<void> {
  const { attempt, verified, receivedAt } = answer;
  if (verified.result === 'busy') {
    // The card was still showing another request, which is about to go: this one is sent again, if its sends allow.
    await markUnsent(tx, attempt.id, busyRetrySeconds);
    return;
  }
  const ended = await endAttempt(tx, attempt.id, {
    state: stateAfter(verified.result),
    receivedAt,
    result: verified.result,
    appletCounter: verified.appletCounter,
    triesLeft: verified.triesLeft,
    wrongPins: verified.wrongPins,
  });
  await wake(tx, attempt.id);
  if (attempt.purpose === 'cancel') return;
  await deps.audit.attemptAnswered(tx, {
    attemptId: attempt.id,
    clientId: attempt.clientId,
    result: verified.result,
    counted: ended,
  });
  if (ended && attempt.sentAt !== null) deps.onAnswered?.((receivedAt.getTime() - attempt.sentAt.getTime()) / 1_000);
  await warn(deps, tx, answer);
  if (ended && verified.result === 'approved' && attempt.purpose === 'login') await onApproved(deps, tx, answer);
  if (ended && verified.result === 'cancelled' && attempt.purpose === 'login') await onRefused(deps, tx, answer);
  await deps.onServiceAnswer[attempt.purpose]?.(tx, { ...answer, counted: ended });
}

function stateAfter(result: AppletResult): Exclude<AttemptState, 'pending'> {
  switch (result) {
    case 'approved':
      return 'approved';
    case 'cancelled':
    case 'wrong-code':
      return 'refused';
    case 'fraud':
      return 'fraud';
    case 'blocked':
      return 'blocked';
    case 'no-response':
      return 'expired';
    case 'not-enrolled':
    case 'disabled':
    case 'busy':
    case 'not-shown':
    case 'bad-request':
    case 'pin-refused':
    case 'no-authority':
      return 'failed';
    default:
      return unreachable(result);
  }
}

/** Counts however late it comes: a blocked PIN locks from the time of arrival, a disowned request mutes its source. */
async function warn(deps: AnswerEffectsDeps, tx: Tx, answer: ProvedAnswer): Promise<void> {
  const { attempt, enrolment, verified } = answer;
  if (enrolment === undefined || attempt.lineId === null || enrolment.selfAnswering) return;
  if (verified.result === 'blocked') await onBlocked(deps, tx, answer);
  if (verified.result === 'fraud') await onFraud(deps, tx, attempt);
}

async function onBlocked(
  deps: AnswerEffectsDeps,
  tx: Tx,
  { enrolment, attempt, sim, receivedAt, newest }: ProvedAnswer,
) {
  if (enrolment === undefined || attempt.lineId === null || !newest) return;
  const until = await lockEnrolment(tx, { enrolmentId: enrolment.id, from: receivedAt, hours: deps.rules.lockHours });
  if (until === undefined) return;
  // The number that will restore the tries when the lock has ended, taken once for this signed "blocked".
  await takeAdminNumber(tx, sim.id);
  for (const cancelled of await cancelPending(tx, { simId: sim.id })) await wake(tx, cancelled.id);
  const eventId = `locked:${attempt.id}`;
  await deps.audit.serviceLocked(tx, { enrolmentId: enrolment.id, until });
  await deps.notices.serviceLocked(tx, { lineId: attempt.lineId, enrolmentId: enrolment.id, until, eventId });
}

async function onFraud(deps: AnswerEffectsDeps, tx: Tx, attempt: AttemptRow): Promise<void> {
  if (attempt.lineId === null || attempt.enrolmentId === null) return;
  const { slot, source, clientId, clientName, lineId, enrolmentId } = attempt;
  await muteSource(tx, { slot, source, minutes: deps.rules.muteMinutes });
  if (attempt.device !== null) await forgetDevice(tx, slot, attempt.device);
  await deps.audit.fraudReported(tx, { attemptId: attempt.id, clientId });
  await deps.notices.fraudReported(tx, { lineId, enrolmentId, clientName, eventId: `fraud:${attempt.id}` });
}

/** Refused twice: the source is silenced, and the customer is told once (X14). */
async function onRefused(deps: AnswerEffectsDeps, tx: Tx, { attempt, enrolment }: ProvedAnswer): Promise<void> {
  const { id, slot, source, lineId, clientId, clientName } = attempt;
  if (lineId === null || enrolment?.selfAnswering !== false) return;
  const { refusalMinutes, muteMinutes } = deps.rules;
  if ((await countRefusals(tx, { slot, source, minutes: refusalMinutes })) < 2) return;
  const told = await isMuted(tx, slot, source);
  const until = await muteSource(tx, { slot, source, minutes: muteMinutes });
  if (told) return;
  await deps.audit.sourceMuted(tx, { attemptId: id, clientId });
  await deps.notices.requestsMuted(tx, { lineId, clientName, until, eventId: `muted:${id}` });
}

async function onApproved(deps: AnswerEffectsDeps, tx: Tx, { attempt, enrolment, verified, receivedAt }: ProvedAnswer) {
  if (enrolment === undefined || attempt.lineId === null) return;
  await recordUse(tx, enrolment.id, receivedAt);
  if (attempt.device !== null) await rememberDevice(tx, attempt.slot, attempt.device);
  if (verified.wrongPins >= 2) {
    const { lineId, clientName } = attempt;
    await deps.notices.wrongPins(tx, {
      lineId,
      count: verified.wrongPins,
      clientName,
      eventId: `wrong-pins:${attempt.id}`,
    });
  }
}
