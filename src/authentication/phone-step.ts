// The step of a sign-in that rings the phone: starts an attempt, tells its state, turns an approval into a proof.
// What a stranger may not learn (no such number, locked, held back) looks like a phone that nobody answers.
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { AttemptRow } from '../storage/attempt-tables.ts';
import { findAttempt, findAttemptNow } from '../storage/attempts.ts';
import { type Database, readAppNow } from '../storage/database.ts';
import type { RateLimit } from '../storage/rate-limits.ts';
import type { WakeUps } from '../storage/wake-ups.ts';
import { passwordAllowed, type StateRules, simLevelFor } from './policies.ts';
import { addressPrefix } from './push-budget.ts';
import type { SignInIdentifier, SignInProof, SignInRecord } from './sign-in-record.ts';
import type { IdentifyOutcome, PhoneStatus, ResendOutcome, SignInRequest, SignInView } from './sign-in-types.ts';
import { findRingTarget, mayEnter, proveBySim } from './sim-proof.ts';
import { referenceCodeOf, type SimPush, sourceOf } from './sim-push.ts';
import type { SimSender, SimTransport } from './sim-sender.ts';

export interface PhoneStepDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly push: SimPush;
  readonly sender: SimSender;
  readonly transport: Pick<SimTransport, 'isBound'>;
  readonly wakeUps: WakeUps;
  readonly audit: Audit;
  readonly now: () => Date;
  readonly limits: { readonly number: RateLimit; readonly address: RateLimit };
  readonly rules: StateRules & {
    readonly finishSeconds: number;
    readonly resends: number;
    readonly resendSeconds: number;
  };
}

type PhoneView = Omit<Extract<SignInView, { step: 'phone' }>, 'step' | 'identifierShown' | 'passwordOffered'>;

export type BeginOutcome = Exclude<IdentifyOutcome, { kind: 'malformed' }>;

/** Makes the functions of the step over its dependencies. */
export function createPhoneStep(deps: PhoneStepDeps) {
  return {
    begin: (request: SignInRequest, beginning: Beginning) => begin(deps, request, beginning),
    status: (record: SignInRecord) => status(deps, record),
    resend: (attemptId: string) => resend(deps, attemptId),
    cancel: (attemptId: string) => cancel(deps, attemptId),
    prove: (attemptId: string) => proveBySim(deps, attemptId),
    mayEnter: (proof: SignInProof & { accountId: string }) => mayEnter(deps, proof),
    waitForChange: (attemptId: string, wait: Wait) => waitForChange(deps, attemptId, wait),
  };
}

interface Beginning {
  readonly record: SignInRecord;
  /** Remembers the record for the browser. */
  readonly keep: (record: SignInRecord) => Promise<void>;
}

async function begin(deps: PhoneStepDeps, request: SignInRequest, beginning: Beginning): Promise<BeginOutcome> {
  const { record, keep } = beginning;
  const { identifier } = record;
  if (identifier === undefined) throw new Error('there is nobody to ring');
  const { index } = deps.masterKey;
  const retryAfterSeconds =
    (await deps.limits.address.take(request.address)) ??
    (await deps.limits.number.take(index('limit', identifier.value).toString('base64url')));
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  // Said for every number alike, before any is looked up (decisions 39).
  if (!deps.transport.isBound()) {
    await keep({ ...record, unavailable: true });
    return { kind: 'ok' };
  }
  const target = await findRingTarget(deps, request.brand, identifier);
  const device = request.device === undefined ? undefined : index('device', request.device);
  // Before the attempt is committed: from then on the phone may ring, even if this process dies, and the browser must
  // know for what. Without the attempt the record means nothing.
  const attemptId = deps.push.newAttemptId();
  const { unavailable: _unavailable, ...rest } = record;
  await keep({ ...rest, attemptId });
  const { attempt, goodbyes, notRung } = await deps.database.transaction(async (tx) => {
    const started = await deps.push.start(tx, {
      id: attemptId,
      purpose: 'login',
      slot: index('slot', target?.line.msisdn ?? identifier.value),
      target,
      brand: request.brand,
      client: request.client,
      level: simLevelFor(request),
      locale: request.locale,
      message: request.message,
      source: sourceOf(deps.masterKey, request.client.id, addressPrefix(request.address)),
      device,
      reveal: mayReveal(request, identifier),
    });
    await deps.audit.signInStarted(tx, { attemptId, clientId: request.client.id, level: started.attempt.level });
    return started;
  });
  // The page is answered before anything is written to the SMSC.
  for (const one of notRung === undefined ? [...goodbyes, attempt] : goodbyes) deps.sender.sendInTurn(one);
  return notRung === undefined ? { kind: 'ok' } : { kind: 'not-rung', because: notRung };
}

/** Of numbers only; and where the password is another way in, the person is not sent away from it. */
function mayReveal({ client, least }: SignInRequest, { kind }: SignInIdentifier): true | undefined {
  return client.revealEnrolment === true && kind === 'msisdn' && !passwordAllowed(client, least) ? true : undefined;
}

/** What the page may show now; undefined if nothing was begun. */
async function status(deps: PhoneStepDeps, record: SignInRecord): Promise<PhoneView | undefined> {
  const none = { left: 0, inSeconds: 0 };
  const { db } = deps.database;
  if (record.unavailable) {
    return {
      status: 'unavailable',
      referenceCode: '',
      confirmation: 'compare',
      expiresAt: await readAppNow(db),
      secondsLeft: 0,
      resend: none,
    };
  }
  const attempt = record.attemptId === undefined ? undefined : await findAttemptNow(db, record.attemptId);
  if (attempt === undefined) return undefined;
  const { now } = attempt;
  const secondsLeft = Math.max(0, Math.ceil((attempt.expiresAt.getTime() - now.getTime()) / 1_000));
  const age = (now.getTime() - attempt.createdAt.getTime()) / 1_000;
  return {
    status: shownStatus(attempt, { now, finishSeconds: deps.rules.finishSeconds }),
    referenceCode: referenceCodeOf(attempt),
    confirmation: attempt.confirmation,
    expiresAt: attempt.expiresAt,
    secondsLeft,
    resend: {
      left: Math.max(0, deps.rules.resends - attempt.resends),
      inSeconds: Math.max(0, Math.ceil((attempt.resends + 1) * deps.rules.resendSeconds - age)),
    },
  };
}

/** The four words that the outside hears; every other end is held back until the time is up (decisions 18, 44). */
function shownStatus(attempt: AttemptRow, { now, finishSeconds }: { now: Date; finishSeconds: number }): PhoneStatus {
  switch (attempt.state) {
    case 'approved': {
      const age = now.getTime() - (attempt.receivedAt?.getTime() ?? 0);
      return attempt.finishedAt === null && age < finishSeconds * 1_000 ? 'approved' : 'expired';
    }
    case 'refused':
    case 'fraud':
    case 'blocked':
    case 'cancelled':
      return 'refused';
    default:
      return now < attempt.expiresAt ? 'pending' : 'expired';
  }
}

async function resend(deps: PhoneStepDeps, attemptId: string): Promise<ResendOutcome> {
  if (await deps.push.resend(attemptId)) {
    void deps.sender.send(attemptId);
    return { kind: 'ok' };
  }
  const view = await status(deps, { attemptId });
  if (view?.status !== 'pending' || view.resend.left === 0) return { kind: 'no-more' };
  return { kind: 'too-soon', inSeconds: Math.max(1, view.resend.inSeconds) };
}

async function cancel(deps: PhoneStepDeps, attemptId: string): Promise<void> {
  const goodbye = await deps.database.transaction(async (tx) => {
    const attempt = await findAttempt(tx, attemptId);
    return attempt === undefined ? undefined : await deps.push.cancel(tx, attempt);
  });
  if (goodbye !== undefined) deps.sender.sendInTurn(goodbye);
}

interface Wait {
  readonly seen: PhoneStatus;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

async function waitForChange(deps: PhoneStepDeps, attemptId: string, { seen, timeoutMs, signal }: Wait): Promise<void> {
  const subscription = deps.wakeUps.subscribe(attemptId);
  try {
    const view = await status(deps, { attemptId });
    if (view === undefined || view.status !== seen) return;
    // At the end of its life the status changes without an event.
    const untilExpiry = view.status === 'pending' ? (view.secondsLeft + 1) * 1_000 : timeoutMs;
    await subscription.next(Math.min(timeoutMs, untilExpiry), signal);
  } finally {
    subscription.close();
  }
}
