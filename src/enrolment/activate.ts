// The steps of an activation after its beginning: terms, installation, PIN on the phone, the link to the account
// (A19 to A28). Each is one transaction that takes the line first; whatever the phone says comes in by
// activation-answers.ts.
import { effectiveState } from '../authentication/policies.ts';
import { newId } from '../identifiers.ts';
import {
  findActivation,
  moveActivation,
  acceptTerms as recordAcceptance,
  takeActivation,
} from '../storage/activations.ts';
import type { AttemptRow } from '../storage/attempt-tables.ts';
import { findAttempt } from '../storage/attempts.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { abandonEnrolment, beginInstalling, lockSim, recordTerms } from '../storage/enrolments.ts';
import { lockLine } from '../storage/line-changes.ts';
import { isPasswordFromLine } from '../storage/passwords.ts';
import type { ActivationRow } from '../storage/service-tables.ts';
import { findAccount, findLine, type LineState } from '../storage/subscribers.ts';
import { settleOverdue } from './activation-begin.ts';
import { confirmLink } from './activation-link.ts';
import type { ActivationDeps, ActivationStepRequest, StepOutcome } from './activation-types.ts';
import { serviceClientId, shortAccountName } from './service-words.ts';
import { transitionFor } from './states.ts';

/** The steps of one activation, for the account that began it. */
export interface ActivationSteps {
  acceptTerms(
    request: ActivationStepRequest,
    terms: { accepted: boolean; version: string; address: string },
  ): Promise<StepOutcome>;
  startInstallation(request: ActivationStepRequest): Promise<StepOutcome>;
  askPin(request: ActivationStepRequest): Promise<StepOutcome>;
  confirm(request: ActivationStepRequest): Promise<StepOutcome>;
  /** Gives it up; what the phone shows goes away. */
  cancel(request: ActivationStepRequest): Promise<StepOutcome>;
}

/** Makes the steps over their dependencies. */
export function createActivationSteps(deps: ActivationDeps): ActivationSteps {
  return {
    acceptTerms: (request, terms) =>
      inStep(deps, request, (tx, activation) => acceptTerms(deps, tx, { activation, request, terms })),
    startInstallation: (request) =>
      inStep(deps, request, (tx, activation) => startInstallation(deps, tx, { activation, request })),
    askPin: (request) => inStep(deps, request, (tx, activation) => askPin(deps, tx, { activation, request })),
    confirm: (request) => inStep(deps, request, (tx, activation) => confirmLink(deps, tx, activation)),
    cancel: (request) => inStep(deps, request, (tx, activation) => cancel(deps, tx, activation)),
  };
}

/** What a step has come to, and what is to be sent to the SIM once it is committed. */
type Work = StepOutcome | { readonly kind: 'sent'; readonly attempts: readonly AttemptRow[] };

interface Step {
  readonly activation: ActivationRow;
  readonly request: ActivationStepRequest;
}

async function inStep(
  deps: ActivationDeps,
  { id, accountId }: ActivationStepRequest,
  work: (tx: Tx, activation: ActivationRow) => Promise<Work>,
): Promise<StepOutcome> {
  const outcome = await deps.database.transaction(async (tx): Promise<Work> => {
    const seen = await takeOwn(tx, { id, accountId });
    if (seen === undefined) return { kind: 'unknown' };
    await settleOverdue(deps, tx, seen.lineId);
    const activation = await takeActivation(tx, id);
    return activation === undefined ? { kind: 'unknown' } : await work(tx, activation);
  });
  if (outcome.kind !== 'sent') return outcome;
  for (const attempt of outcome.attempts) deps.sender.sendInTurn(attempt);
  return { kind: 'ok' };
}

/** Line and SIM are locked first, so that steps, changes of the line and answers of its SIM wait for each other. */
async function takeOwn(
  tx: Tx,
  { id, accountId }: Pick<ActivationStepRequest, 'id' | 'accountId'>,
): Promise<ActivationRow | undefined> {
  const row = await findActivation(tx, id);
  if (row?.accountId !== accountId) return undefined;
  await lockLine(tx, row.lineId);
  await lockSim(tx, row.simId);
  return row;
}

const wrongStep = (activation: ActivationRow): StepOutcome => ({ kind: 'wrong-step', due: activation.step });

async function acceptTerms(
  deps: ActivationDeps,
  tx: Tx,
  { activation, request, terms }: Step & { terms: { accepted: boolean; version: string; address: string } },
): Promise<Work> {
  if (activation.step !== 'terms') return wrongStep(activation);
  if (!terms.accepted) return { kind: 'terms-missing' };
  if (terms.version !== deps.rules.termsVersion) return { kind: 'stale-terms' };
  const address = deps.masterKey.index('address', terms.address);
  const { version } = terms;
  const { locale, accountId } = request;
  const accepted = await recordAcceptance(tx, activation.id, { version, locale, address });
  if (accepted !== undefined) {
    const about = { accountId, object: activation.id, version, locale, address: address.toString('base64url') };
    await deps.audit.termsAccepted(tx, about);
  }
  return { kind: 'ok' };
}

async function startInstallation(deps: ActivationDeps, tx: Tx, { activation, request }: Step): Promise<Work> {
  const { id, termsVersion, termsAcceptedAt } = activation;
  if (activation.step !== 'terms') return wrongStep(activation);
  if (termsVersion === null || termsAcceptedAt === null) return { kind: 'terms-missing' };
  if (!deps.transport.isBound()) return { kind: 'unavailable' };
  const target = await sameSimTarget(tx, activation);
  const state = effectiveState(target, deps.rules, await readAppNow(tx));
  // A SIM that took another's place waits for its PIN already; any other goes through the table (a3).
  const waits = state === 'AWAITING_PIN';
  const begun = transitionFor(state, 'activation-begun', [
    'fresh-password',
    'own-line',
    'terms-accepted',
    'no-open-request',
  ]);
  if (target === undefined || (!waits && begun === undefined)) return { kind: 'not-possible' };
  const { installMinutes } = deps.rules;
  const attempt = await ask(deps, tx, {
    purpose: 'status',
    activation,
    request,
    target,
    ttlSeconds: installMinutes * 60,
  });
  if (attempt === undefined) return { kind: 'command-open' };
  const enrolmentId = await openEnrolment(deps, tx, { activation, waiting: waits ? target.enrolment?.id : undefined });
  await moveActivation(tx, id, {
    from: ['terms'],
    to: 'installing',
    attemptId: attempt.id,
    enrolmentId,
    minutes: installMinutes,
  });
  return { kind: 'sent', attempts: [attempt] };
}

async function openEnrolment(
  deps: ActivationDeps,
  tx: Tx,
  { activation, waiting }: { activation: ActivationRow; waiting: string | undefined },
): Promise<string> {
  const { simId, lineId } = activation;
  const terms = {
    termsVersion: activation.termsVersion ?? '',
    termsAcceptedAt: activation.termsAcceptedAt ?? new Date(0),
  };
  if (waiting !== undefined) {
    await recordTerms(tx, { id: waiting, ...terms });
    return waiting;
  }
  const deadlineMinutes = deps.rules.installMinutes;
  const id = await beginInstalling(tx, {
    id: newId('mce', deps.randomBytes),
    simId,
    lineId,
    deadlineMinutes,
    ...terms,
  });
  if (id === undefined) throw new Error('the SIM has a service that the table does not know of');
  return id;
}

async function askPin(deps: ActivationDeps, tx: Tx, { activation, request }: Step): Promise<Work> {
  const { id, step, attemptId } = activation;
  if (step !== 'installed' && step !== 'pin') return wrongStep(activation);
  if (step === 'pin' && (await isOpen(tx, attemptId))) return { kind: 'command-open' };
  if (!deps.transport.isBound()) return { kind: 'unavailable' };
  const target = await sameSimTarget(tx, activation);
  const state = effectiveState(target, deps.rules, await readAppNow(tx));
  const asked = transitionFor(state, 'pin-asked', ['fresh-password', 'no-open-request']);
  if (target === undefined || asked === undefined) return { kind: 'not-possible' };
  const { accountId, lineId, simId } = activation;
  if (await isPasswordFromLine(tx, { accountId, lineId, simId })) return { kind: 'password-from-this-sim' };
  const ttlSeconds = deps.rules.requestSeconds;
  const attempt = await ask(deps, tx, { purpose: 'enrol', activation, request, target, ttlSeconds });
  if (attempt === undefined) return { kind: 'command-open' };
  await moveActivation(tx, id, { from: ['installed', 'pin'], to: 'pin', attemptId: attempt.id });
  return { kind: 'sent', attempts: [attempt] };
}

/** The line as it is now, if the SIM in it is still the one that the activation began with. */
async function sameSimTarget(tx: Tx, { lineId, simId }: ActivationRow): Promise<LineState | undefined> {
  const target = await findLine(tx, lineId);
  return target?.sim?.id === simId ? target : undefined;
}

async function isOpen(tx: Tx, attemptId: string | null): Promise<boolean> {
  const attempt = attemptId === null ? undefined : await findAttempt(tx, attemptId);
  return attempt?.state === 'pending' && attempt.expiresAt > (await readAppNow(tx));
}

interface Question extends Step {
  readonly purpose: 'status' | 'enrol';
  readonly target: LineState;
  readonly ttlSeconds: number;
}

/** Writes the request to the SIM; undefined while the phone is busy with another. */
async function ask(
  deps: ActivationDeps,
  tx: Tx,
  { purpose, activation, request, target, ttlSeconds }: Question,
): Promise<AttemptRow | undefined> {
  const { accountId, locale } = request;
  const account = shortAccountName((await findAccount(tx, accountId))?.label ?? '');
  const { serviceName, message } = deps.words('enrol', { locale, account });
  return await deps.requests.start(tx, {
    purpose,
    target,
    subject: activation.id,
    accountId,
    brand: target.line.brand,
    client: { id: serviceClientId, name: serviceName },
    message,
    locale,
    ttlSeconds,
  });
}

async function cancel(deps: ActivationDeps, tx: Tx, activation: ActivationRow): Promise<Work> {
  const { id, accountId, attemptId, enrolmentId } = activation;
  const open = ['terms', 'installing', 'installed', 'pin'] as const;
  const moved = await moveActivation(tx, id, { from: open, to: 'failed', failure: 'cancelled' });
  if (moved === undefined) return wrongStep(activation);
  if (enrolmentId !== null) await abandonEnrolment(tx, enrolmentId);
  await deps.audit.activationFailed(tx, { accountId, object: id, reason: 'cancelled' });
  const attempt = attemptId === null ? undefined : await findAttempt(tx, attemptId);
  const goodbye = attempt === undefined ? undefined : await deps.push.cancel(tx, attempt);
  return { kind: 'sent', attempts: goodbye === undefined ? [] : [goodbye] };
}
