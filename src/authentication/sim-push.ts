// Starts, repeats and cancels requests to a SIM. One transaction decides and writes; the packet leaves after it.
// Whoever may not be rung gets a decoy: the same row and the same work, the sending left out (decisions 18).
import { newId } from '../identifiers.ts';
import { type AppletFlag, appletOps, buildRequest, referenceCode } from '../messaging/applet-message.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { takeResend } from '../storage/attempt-sending.ts';
import type { AttemptRow } from '../storage/attempt-tables.ts';
import { cancelPending, endAttempt, expireOverdue, insertAttempt } from '../storage/attempts.ts';
import type { Database, Tx } from '../storage/database.ts';
import { readPushFacts } from '../storage/push-sources.ts';
import { type LineState, takeLine } from '../storage/subscribers.ts';
import { wake } from '../storage/wake-ups.ts';
import { writeCancel } from './goodbye.ts';
import { type NotRung, whyNotRung } from './not-rung.ts';
import { effectiveState, type StateRules } from './policies.ts';
import { confirmationFor, mayRing, type PushRules, type PushSituation } from './push-budget.ts';
import type { RequestText } from './request-text.ts';
import type { Locale } from './sign-in-types.ts';
import { type SimKeyring, scopeOf } from './sim-keyring.ts';
import { requestPlace } from './sim-sender.ts';

/** Who wants to ring whom, and for what. */
export interface PushRequest {
  /** Of `newAttemptId`, if it had to be known before; else one is made. */
  readonly id?: string | undefined;
  readonly purpose: 'login';
  readonly slot: Buffer;
  /** The line, if there is one: decides between request and decoy. */
  readonly target: LineState | undefined;
  readonly brand: string;
  readonly client: {
    readonly id: string;
    readonly name: string;
    readonly confirmation: 'compare' | 'type' | undefined;
    /** False: whoever asks may not see the code, so that it can never be typed. Default true. */
    readonly showsCode?: boolean | undefined;
  };
  readonly level: 'sim-ok' | 'sim-pin';
  readonly locale: Locale;
  /** What the relying party wants to be read on the phone, checked to fit; undefined: our own sentence. */
  readonly message?: string | undefined;
  /** Life of the request, where its client asked for one; undefined: the configured one. */
  readonly ttlSeconds?: number | undefined;
  /** HMAC of client and address prefix: what is muted when the customer disowns the request (decisions 9). */
  readonly source: Buffer;
  /** HMAC of the browser's device cookie, if it has one. */
  readonly device: Buffer | undefined;
  /** The client may hear that nobody is there to ring: such an attempt ends at once. */
  readonly reveal?: true | undefined;
}

/** `goodbyes` take other screens away: send them first. `notRung` is for who asked to have it revealed. */
export interface Started {
  readonly attempt: AttemptRow;
  readonly goodbyes: readonly AttemptRow[];
  readonly notRung?: NotRung | undefined;
}

export interface SimPushRules extends PushRules, StateRules {
  readonly budgetMinutes: number;
  readonly ttlSeconds: number;
  readonly resends: number;
  readonly resendSeconds: number;
}

export interface SimPushDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly keyring: SimKeyring;
  readonly requestText: RequestText;
  readonly randomBytes: (size: number) => Buffer;
  readonly rules: SimPushRules;
}

export interface SimPush {
  newAttemptId(): string;
  /** Writes the attempt, in the transaction of its cause. */
  start(tx: Tx, request: PushRequest): Promise<Started>;
  /** Asks for one more sending of the same request; false if it is too soon, too often or over. */
  resend(attemptId: string): Promise<boolean>;
  /** Ends a pending attempt and takes its screen away; nothing depends on the phone hearing of it. */
  cancel(tx: Tx, attempt: AttemptRow): Promise<AttemptRow | undefined>;
}

/** Makes the functions over their dependencies. */
export function createSimPush(deps: SimPushDeps): SimPush {
  return {
    newAttemptId: () => newId('att', deps.randomBytes),
    start: (tx, request) => start(deps, tx, request),
    resend: (attemptId) =>
      deps.database.transaction((tx) =>
        takeResend(tx, { id: attemptId, most: deps.rules.resends, apartSeconds: deps.rules.resendSeconds }),
      ),
    cancel: (tx, attempt) => cancel(deps, tx, attempt),
  };
}

async function start(deps: SimPushDeps, tx: Tx, asked: PushRequest): Promise<Started> {
  const { rules } = deps;
  const request = { ...asked, target: await targetNow(tx, asked) };
  await expireOverdue(tx, request.slot);
  const { slot, source, device, target } = request;
  const enrolmentId = target?.enrolment?.id ?? '';
  const facts = await readPushFacts(tx, { slot, source, device, enrolmentId, withinMinutes: rules.budgetMinutes });
  const { recent, knownDevice, linked } = facts;
  const situation: PushSituation = {
    recent,
    knownDevice,
    // The owner's own browser may ring from a muted place; the one that was disowned is no longer known.
    muted: facts.muted && !knownDevice,
    selfAnswering: target?.enrolment?.selfAnswering ?? false,
    clientConfirmation: request.client.confirmation,
  };
  const state = effectiveState(target, rules, facts.now);
  // While no link is confirmed there is no account to open (A27).
  const ring = state === 'ACTIVE' && linked && mayRing(situation, rules);
  const goodbyes = await makeRoom(deps, tx, { request, knownDevice });
  const confirmation = request.client.showsCode === false ? 'compare' : confirmationFor(situation, rules);
  const write = { knownDevice, confirmation };
  const first = await writeAttempt(deps, tx, { request, ...write, ring, holdsSlot: true });
  // Another attempt holds the slot: this one runs as a decoy, so that approving one never completes the other.
  const attempt = first ?? (await writeAttempt(deps, tx, { request, ...write, ring: false, holdsSlot: false }));
  if (attempt === undefined) throw new Error('a decoy could not be written');
  if (!request.reveal) return { attempt, goodbyes };
  const notRung = whyNotRung({ target, state, isLinked: linked, slotTaken: first === undefined }, rules);
  if (notRung !== undefined) await endAttempt(tx, attempt.id, { state: 'cancelled' });
  return { attempt, goodbyes, notRung };
}

/** The line as it is now: between its look-up and this transaction it may have been suspended, or got another number. */
async function targetNow(tx: Tx, { target }: PushRequest): Promise<LineState | undefined> {
  const now = await takeLine(tx, target?.line.id ?? '');
  return now?.line.msisdn === target?.line.msisdn ? now : undefined;
}

/**
 * The owner's own browser need not wait for a stranger's request (decisions 9), and nobody for the one that the same
 * browser has left behind (decisions/005). Decoys give way likewise, so that nothing shows which was which.
 */
async function makeRoom(
  deps: SimPushDeps,
  tx: Tx,
  { request, knownDevice }: { request: PushRequest; knownDevice: boolean },
): Promise<AttemptRow[]> {
  const { slot, device } = request;
  if (device === undefined) return [];
  const goodbyes: AttemptRow[] = [];
  for (const cancelled of await cancelPending(tx, knownDevice ? { slot } : { slot, device })) {
    await wake(tx, cancelled.id);
    const goodbye = await writeCancel(deps, tx, cancelled);
    if (goodbye !== undefined) goodbyes.push(goodbye);
  }
  return goodbyes;
}

interface Draft {
  readonly request: PushRequest;
  readonly knownDevice: boolean;
  readonly confirmation: 'compare' | 'type';
  readonly ring: boolean;
  readonly holdsSlot: boolean;
}

async function writeAttempt(deps: SimPushDeps, tx: Tx, draft: Draft): Promise<AttemptRow | undefined> {
  const { request, ring } = draft;
  const id = request.id ?? newId('att', deps.randomBytes);
  const challenge = deps.randomBytes(16);
  const message = await buildMessage(deps, tx, { draft, challenge });
  const { sim, enrolment, line } = request.target ?? {};
  const attempt = await insertAttempt(tx, {
    id,
    purpose: request.purpose,
    slot: request.slot,
    holdsSlot: draft.holdsSlot,
    simId: ring ? (sim?.id ?? null) : null,
    enrolmentId: ring ? (enrolment?.id ?? null) : null,
    lineId: ring ? (line?.id ?? null) : null,
    accountId: null,
    brand: request.brand,
    clientId: request.client.id,
    clientName: request.client.name,
    source: request.source,
    fromKnownDevice: draft.knownDevice,
    device: request.device ?? null,
    confirmation: draft.confirmation,
    level: request.level,
    op: appletOps.authenticate,
    flags: message.flags,
    challenge,
    requestData: deps.masterKey.seal(requestPlace(id), message.data),
    requestSha256: message.sha256,
    adminNumber: message.adminNumber,
    // Not leased: the sender leases it, with a packet counter, right after the commit.
    ttlSeconds: request.ttlSeconds ?? deps.rules.ttlSeconds,
    leaseSeconds: 0,
  });
  return attempt;
}

interface Message {
  readonly data: Buffer;
  readonly sha256: Buffer;
  readonly flags: number;
  readonly adminNumber: number | null;
}

// No applet waits for less (sim-channel 5.3); a shorter life ends here, whatever the screen still shows.
const leastScreenSeconds = 10;

/** Builds the request data; a decoy's alike, without the authority that only a real SIM can have. */
async function buildMessage(
  deps: SimPushDeps,
  tx: Tx,
  { draft, challenge }: { draft: Draft; challenge: Buffer },
): Promise<Message> {
  const { request, ring } = draft;
  const { sim, enrolment } = request.target ?? {};
  // The lock has ended by time, but the card still counts none: the server restores its tries (mission a16).
  const restore =
    ring && sim !== undefined && enrolment?.triesLeft === 0 && !enrolment.selfAnswering && sim.adminNumber > 0;
  const flags: AppletFlag[] = [draft.confirmation === 'type' ? 'type-code' : 'show-code'];
  if (request.level === 'sim-pin') flags.push('pin');
  if (restore) flags.push('restore-tries');
  const authority =
    restore && sim !== undefined
      ? { ...scopeOf(sim), number: sim.adminNumber, kadm: (await deps.keyring.keysOf(tx, sim)).kadm }
      : undefined;
  const text = deps.requestText(request.locale, request.client.name);
  const built = buildRequest({
    op: 'authenticate',
    flags,
    ttlSeconds: Math.max(leastScreenSeconds, request.ttlSeconds ?? deps.rules.ttlSeconds),
    challenge,
    language: request.locale,
    serviceName: text.serviceName,
    message: request.message ?? text.message,
    ...(authority === undefined ? {} : { authority }),
  });
  if (built.kind !== 'built')
    throw new Error(`the name of client ${request.client.id} does not fit a SIM: ${built.kind}`);
  return { data: built.data, sha256: built.sha256, flags: built.flags, adminNumber: authority?.number ?? null };
}

async function cancel(deps: SimPushDeps, tx: Tx, attempt: AttemptRow): Promise<AttemptRow | undefined> {
  if (!(await endAttempt(tx, attempt.id, { state: 'cancelled' }))) return undefined;
  await wake(tx, attempt.id);
  return await writeCancel(deps, tx, attempt);
}

/** The four digits that page and phone show. */
export function referenceCodeOf(attempt: { challenge: Buffer }): string {
  return referenceCode(attempt.challenge);
}

/** Where a push comes from, as an HMAC: one source for a client and a neighbourhood of addresses. */
export function sourceOf(masterKey: MasterKey, clientId: string, prefix: string): Buffer {
  return masterKey.index('source', `${clientId}\0${prefix}`);
}
