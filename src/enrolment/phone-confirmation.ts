// A change of the service that the PIN confirms on the phone: the request, with its own words and the code to type
// there, and where it stands. The change itself is made in the transaction of the answer (deactivate.ts, link-account.ts).
import { effectiveState } from '../authentication/policies.ts';
import type { Locale } from '../authentication/sign-in-types.ts';
import { referenceCodeOf } from '../authentication/sim-push.ts';
import { type AccountId, maskMsisdn } from '../identifiers.ts';
import type { AttemptRow } from '../storage/attempt-tables.ts';
import { findAttempt } from '../storage/attempts.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { lockSim } from '../storage/enrolments.ts';
import { findRelatedLine, lockLine } from '../storage/line-changes.ts';
import { findAccount, findLine, type LineState } from '../storage/subscribers.ts';
import type { ActivationDeps } from './activation-types.ts';
import { serviceClientId, shortAccountName } from './service-words.ts';
import { transitionFor } from './states.ts';

export type ConfirmationDeps = Omit<ActivationDeps, 'lineNotices'>;

export interface ConfirmationRequest {
  readonly accountId: AccountId;
  readonly lineId: string;
  readonly locale: Locale;
}

export type ConfirmationStart =
  | { readonly kind: 'started'; readonly id: string }
  | { readonly kind: 'unknown-line' }
  /** Locked or held: only time helps. */
  | { readonly kind: 'not-now'; readonly availableAt: Date }
  /** There is no service to change: suspended, not active, or not linked as it would have to be. */
  | { readonly kind: 'not-possible' }
  | { readonly kind: 'password-needed' }
  | { readonly kind: 'already-linked' }
  /** The service belongs to somebody else's accounts. */
  | { readonly kind: 'other-person' }
  /** The phone still shows another request. */
  | { readonly kind: 'command-open' }
  /** The phones cannot be reached now. */
  | { readonly kind: 'unavailable' };

export type ConfirmationStatus = 'pending' | 'done' | 'refused' | 'blocked' | 'expired';

export interface ConfirmationView {
  readonly id: string;
  readonly purpose: 'link' | 'deactivate';
  readonly lineId: string;
  /** Masked. */
  readonly number: string;
  readonly status: ConfirmationStatus;
  /** To type on the phone, while it waits. */
  readonly referenceCode: string | null;
  readonly secondsLeft: number;
}

/** What the phone is asked. */
export interface ConfirmationPlan {
  readonly purpose: 'link' | 'deactivate' | 'bank-details';
  readonly request: ConfirmationRequest;
  /** What the sentence names; default: the account. */
  readonly about?: string;
  /** What else must be so; undefined when nothing stands in the way. */
  check(tx: Tx, target: LineState): Promise<ConfirmationStart | undefined>;
  /** Writes what waits for the answer, beside the request. */
  begun?(tx: Tx, attemptId: string): Promise<void>;
}

/** Starts the request on the phone of the line. */
export async function startConfirmation(deps: ConfirmationDeps, plan: ConfirmationPlan): Promise<ConfirmationStart> {
  if (!deps.transport.isBound()) return { kind: 'unavailable' };
  const outcome = await deps.database.transaction((tx) => start(deps, tx, plan));
  if ('kind' in outcome) return outcome;
  deps.sender.sendInTurn(outcome);
  return { kind: 'started', id: outcome.id };
}

async function start(deps: ConfirmationDeps, tx: Tx, plan: ConfirmationPlan): Promise<ConfirmationStart | AttemptRow> {
  const { accountId, lineId, locale } = plan.request;
  const related = await findRelatedLine(tx, { accountId, lineId });
  if (related === undefined || related.relation === 'proxy') return { kind: 'unknown-line' };
  await lockLine(tx, lineId);
  const target = await findLine(tx, lineId);
  if (target?.sim === undefined || target.enrolment === undefined) return { kind: 'not-possible' };
  await lockSim(tx, target.sim.id);
  const refused = (await plan.check(tx, target)) ?? (await stateForbids(deps, tx, { plan, target }));
  if (refused !== undefined) return refused;
  const account = plan.about ?? shortAccountName((await findAccount(tx, accountId))?.label ?? '');
  const { serviceName, message } = deps.words(plan.purpose, { locale, account });
  const attempt = await deps.requests.start(tx, {
    purpose: plan.purpose,
    target,
    subject: target.enrolment.id,
    accountId,
    brand: target.line.brand,
    client: { id: serviceClientId, name: serviceName },
    message,
    locale,
    ttlSeconds: deps.rules.requestSeconds,
  });
  if (attempt === undefined) return { kind: 'command-open' };
  await plan.begun?.(tx, attempt.id);
  return attempt;
}

const events = { link: 'link-added', deactivate: 'deactivation-asked', 'bank-details': 'login-asked' } as const;

async function stateForbids(
  deps: ConfirmationDeps,
  tx: Tx,
  { plan, target }: { plan: ConfirmationPlan; target: LineState },
): Promise<ConfirmationStart | undefined> {
  const state = effectiveState(target, deps.rules, await readAppNow(tx));
  const event = events[plan.purpose];
  const allowed = transitionFor(state, event, ['fresh-password', 'no-open-request']);
  if (allowed?.effects.length) return undefined;
  const { lockedUntil = null, holdUntil = null } = target.enrolment ?? {};
  const availableAt = state === 'LOCKED' ? lockedUntil : state === 'NEW_SIM_HOLD' ? holdUntil : null;
  return availableAt === null ? { kind: 'not-possible' } : { kind: 'not-now', availableAt };
}

/** Where it stands; undefined if the account has begun no such thing. */
export async function viewConfirmation(
  { database: { db } }: ConfirmationDeps,
  { id, accountId }: { id: string; accountId: AccountId },
): Promise<ConfirmationView | undefined> {
  const attempt = await findAttempt(db, id);
  if (attempt?.accountId !== accountId || attempt.lineId === null) return undefined;
  const { purpose } = attempt;
  if (purpose !== 'link' && purpose !== 'deactivate') return undefined;
  const line = await findLine(db, attempt.lineId);
  const number = line === undefined ? '' : maskMsisdn(line.line.msisdn);
  return { id, purpose, lineId: attempt.lineId, number, ...progressOf(attempt, await readAppNow(db)) };
}

/** How far a request is on the phone: for whoever waits for it. */
export function progressOf(
  attempt: AttemptRow,
  now: Date,
): Pick<ConfirmationView, 'status' | 'referenceCode' | 'secondsLeft'> {
  const status = statusOf(attempt, now);
  return {
    status,
    referenceCode: status === 'pending' ? referenceCodeOf(attempt) : null,
    secondsLeft: Math.max(0, Math.ceil((attempt.expiresAt.getTime() - now.getTime()) / 1_000)),
  };
}

function statusOf({ state, expiresAt }: AttemptRow, now: Date): ConfirmationStatus {
  switch (state) {
    case 'approved':
      return 'done';
    case 'blocked':
      return 'blocked';
    case 'refused':
    case 'fraud':
    case 'cancelled':
      return 'refused';
    case 'pending':
      return now < expiresAt ? 'pending' : 'expired';
    default:
      return 'expired';
  }
}

/** Takes the request away from the phone; nothing if it has ended or is not the account's. */
export async function cancelConfirmation(
  deps: ConfirmationDeps,
  { id, accountId }: { id: string; accountId: AccountId },
): Promise<void> {
  const goodbye = await deps.database.transaction(async (tx) => {
    const attempt = await findAttempt(tx, id);
    const isOwn = attempt?.accountId === accountId && attempt.purpose in events;
    return isOwn ? await deps.push.cancel(tx, attempt) : undefined;
  });
  if (goodbye !== undefined) deps.sender.sendInTurn(goodbye);
}
