// The second half of a forgotten PIN: the code is checked, the phone is asked for a new PIN, and the SIM's signed
// answer puts the new key in the place of the old one. Until then the old PIN counts (A48).
import type { ProvedAnswer, ServiceAnswerHandler } from '../authentication/answer-effects.ts';
import type { StateRules } from '../authentication/policies.ts';
import { credentialMac } from '../authentication/sim-keyring.ts';
import { parseMsisdn } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { AttemptRow } from '../storage/attempt-tables.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { findPassword } from '../storage/passwords.ts';
import {
  findPinResetById,
  listAccountsToTell,
  listPendingOnSlot,
  movePinReset,
  storeResetKey,
} from '../storage/pin-resets.ts';
import type { PinResetRow } from '../storage/service-tables.ts';
import { findAccountByIdentifier, findLine, listLinkIds, takeLine } from '../storage/subscribers.ts';
import { checkEmailCode } from './reset-pin-email.ts';
import { codePurpose, identifierPlace, mayReset } from './reset-pin-rules.ts';
import type { GivenCodes, PinResetDeps, ResetOutcome, ResetVisit } from './reset-pin-types.ts';

const wrong: ResetOutcome = { kind: 'wrong' };
const ok: ResetOutcome = { kind: 'ok' };

interface Entry {
  readonly visit: ResetVisit;
  readonly flow: PinResetRow;
}

/** Checks what is given beside the code, then the code, then asks the phone. */
export async function enterCode(
  deps: PinResetDeps,
  entry: Entry,
  { code, ...more }: GivenCodes,
): Promise<ResetOutcome> {
  const { flow } = entry;
  if (flow.step !== 'code') return flow.attemptId === null ? wrong : ok;
  // Said for every number alike, and before a code is used up.
  if (!deps.transport.isBound()) return { kind: 'unavailable' };
  const proof = await checkMore(deps, entry, more);
  if (typeof proof === 'object') return proof;
  const checked =
    proof === 'wrong' ? wrong : await deps.codes.check({ purpose: codePurpose, subject: flow.id, typed: code });
  if (checked.kind === 'wrong') {
    await deps.audit.pinResetCodeWrong(deps.database.db, { resetId: flow.id });
    return wrong;
  }
  const started = await deps.database.transaction((tx) =>
    askPhone(deps, tx, { ...entry, strong: proof === 'right' || flow.strong }),
  );
  if (started === undefined) return wrong;
  for (const one of started) deps.sender.sendInTurn(one);
  return ok;
}

/** The password, else the code by e-mail; neither has to be given. */
async function checkMore(
  deps: PinResetDeps,
  entry: Entry,
  { password = '', emailCode = '' }: Omit<GivenCodes, 'code'>,
): Promise<'right' | 'wrong' | 'none' | ResetOutcome> {
  if (password !== '') return await checkPassword(deps, entry, password);
  return emailCode.trim() === '' ? 'none' : await checkEmailCode(deps, entry.flow, emailCode);
}

/** One Argon2 run, whether or not the number has an account; counted with the passwords of logins. */
async function checkPassword(
  deps: PinResetDeps,
  { visit, flow }: Entry,
  password: string,
): Promise<'right' | 'wrong' | 'none' | ResetOutcome> {
  const { masterKey, passwordLimits, database, verifier } = deps;
  const number = parseMsisdn(masterKey.open(identifierPlace(flow.id), flow.identifierSealed).toString());
  const lookupHash = masterKey.index('msisdn', number);
  const key = lookupHash.toString('base64url');
  const retryAfterSeconds =
    (await passwordLimits.address.take(visit.address)) ?? (await passwordLimits.account.take(key));
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  const account = await findAccountByIdentifier(database.db, { brand: flow.brand, kind: 'msisdn', lookupHash });
  const stored = await findPassword(database.db, account?.id ?? '');
  const right = await verifier.verify(account?.status === 'active' ? stored?.passwordHash : undefined, password);
  if (!right) return 'wrong';
  await passwordLimits.account.forgive(key);
  // One that was set with a code to this line proves no more than the SMS does (decisions 11).
  return stored?.codeLineId === flow.lineId ? 'none' : 'right';
}

/** The request to the SIM, and before it the end of whatever else waits on this phone. Undefined: it may not be. */
async function askPhone(
  deps: PinResetDeps,
  tx: Tx,
  { visit, flow, strong }: Entry & { strong: boolean },
): Promise<AttemptRow[] | undefined> {
  const target = await takeLine(tx, flow.lineId ?? '');
  const now = await readAppNow(tx);
  if (target === undefined || !mayReset(flow, target, { rules: deps.rules, now })) {
    await movePinReset(tx, { id: flow.id, from: 'code', to: 'failed' });
    return undefined;
  }
  const before: AttemptRow[] = [];
  for (const open of await listPendingOnSlot(tx, flow.slot)) {
    const goodbye = await deps.push.cancel(tx, open);
    if (goodbye !== undefined) before.push(goodbye);
  }
  const { serviceName, message } = deps.requestText(flow.brand, visit.locale);
  const attempt = await deps.requests.start(tx, {
    purpose: 'pin-reset',
    target,
    subject: flow.id,
    accountId: null,
    brand: flow.brand,
    client: { id: 'mobile-connect', name: serviceName },
    message,
    locale: visit.locale,
  });
  if (attempt === undefined) throw new Error('the number was not free, although what was open on it has ended');
  if (!(await movePinReset(tx, { id: flow.id, from: 'code', to: 'phone', attemptId: attempt.id, strong }))) {
    throw new Error('the flow has gone on elsewhere, although the code was used here');
  }
  return [...before, attempt];
}

/** Tells the customer that a PIN was changed; created in the transaction of the change. */
export interface PinChangeNotices {
  pinChanged(tx: Tx, about: { accountId: string; at: Date; eventId: string }): Promise<void>;
}

export interface PinResetAnswerDeps {
  readonly masterKey: MasterKey;
  readonly notices: PinChangeNotices;
  readonly audit: Audit;
  readonly rules: StateRules & {
    /** How long a PIN that was reset with nothing but an SMS to the same SIM does not count in full. */
    readonly trustHours: number;
    /** So long after the request's end the card is still believed that it has a new PIN. */
    readonly lateHours: number;
  };
}

/** Goes on when the SIM has answered the request for a new PIN. */
export function createPinResetAnswers(deps: PinResetAnswerDeps): ServiceAnswerHandler {
  return async (tx, answer) => {
    const { attempt, counted } = answer;
    const flow = attempt.subject === null ? undefined : await findPinResetById(tx, attempt.subject);
    if (flow === undefined) return;
    if (!counted) return await onLateAnswer(deps, tx, { answer, flow });
    const changed = await storeNewPin(deps, tx, { answer, flow, strong: flow.strong });
    await movePinReset(tx, { id: flow.id, from: 'phone', to: changed ? 'done' : 'failed' });
  };
}

interface Answered {
  readonly answer: ProvedAnswer;
  readonly flow: PinResetRow;
}

/**
 * The card has switched to the new PIN before it said so, and nothing takes that back: its key is taken, or no PIN would
 * open anything any more. The request stays expired, locks and holds stay, and the PIN is worth what an SMS is worth.
 */
async function onLateAnswer(deps: PinResetAnswerDeps, tx: Tx, { answer, flow }: Answered): Promise<void> {
  const { attempt, newest, receivedAt } = answer;
  const unanswered = attempt.state === 'pending' || attempt.state === 'expired' || attempt.state === 'cancelled';
  const lateMs = receivedAt.getTime() - attempt.expiresAt.getTime();
  if (!newest || !unanswered || flow.step !== 'phone' || flow.attemptId !== attempt.id) return;
  if (lateMs >= deps.rules.lateHours * 3_600_000) return;
  const target = await findLine(tx, flow.lineId ?? '');
  // Suspended or locked meanwhile: whoever has the phone does not get in by this either.
  if (!mayReset(flow, target, { rules: deps.rules, now: await readAppNow(tx) })) return;
  if (await storeNewPin(deps, tx, { answer, flow, strong: false })) {
    await movePinReset(tx, { id: flow.id, from: 'phone', to: 'done' });
  }
}

async function storeNewPin(
  deps: PinResetAnswerDeps,
  tx: Tx,
  { answer, flow, strong }: Answered & { strong: boolean },
): Promise<boolean> {
  const { attempt, sim, enrolment, verified, receivedAt } = answer;
  const { newKey: pinKey, result } = verified;
  if (result !== 'approved' || pinKey == null || enrolment === undefined || enrolment.id !== attempt.enrolmentId) {
    return false;
  }
  const { id: enrolmentId } = enrolment;
  const provenance = `pin-reset:${strong ? 'strong' : 'sms'}:${attempt.id}`;
  const accountIds = await listLinkIds(tx, enrolmentId);
  const trustedFrom = strong ? null : new Date(receivedAt.getTime() + deps.rules.trustHours * 3_600_000);
  const credential = { iccid: sim.iccid, enrolmentId, accountIds, pinKey, provenance, trustedFrom };
  await storeResetKey(tx, {
    enrolmentId,
    pinKey,
    provenance,
    credentialMac: credentialMac(deps.masterKey, credential),
    pinSetAt: receivedAt,
    trustedFrom,
  });
  await deps.audit.pinChanged(tx, { enrolmentId, resetId: flow.id, strong });
  for (const accountId of await listAccountsToTell(tx, enrolmentId)) {
    await deps.notices.pinChanged(tx, { accountId, at: receivedAt, eventId: `pin-changed:${attempt.id}:${accountId}` });
  }
  return true;
}
