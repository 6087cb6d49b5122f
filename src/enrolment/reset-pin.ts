// A forgotten PIN (A44 to A48): number, robot check, code by SMS, new PIN on the phone. Every number gets the same
// pages, answers and statements; only an active line gets an SMS, and only its owner can tell.

import { answersRobotCheck, drawRobotCheck, newRobotCheck, readRobotCheck } from '../authentication/robot-check.ts';
import { referenceCodeOf } from '../authentication/sim-push.ts';
import { IdentifierError, type Msisdn, maskMsisdn, newId, parseMsisdn } from '../identifiers.ts';
import { findAttempt } from '../storage/attempts.ts';
import { renewRobotCheck, takeRobotCheck } from '../storage/browser-flows.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { endOtherResets, findPinReset, insertPinReset, movePinReset } from '../storage/pin-resets.ts';
import type { PinResetRow } from '../storage/service-tables.ts';
import { findLine, findLineByNumber } from '../storage/subscribers.ts';
import { sendEmailCode } from './reset-pin-email.ts';
import { enterCode } from './reset-pin-phone.ts';
import { codePurpose, identifierPlace, mayReset } from './reset-pin-rules.ts';
import type {
  BeginReset,
  PinResetDeps,
  PinResets,
  ResetOutcome,
  ResetPhoneStatus,
  ResetView,
  ResetVisit,
} from './reset-pin-types.ts';

const none: ResetOutcome = { kind: 'lost' };
const ok: ResetOutcome = { kind: 'ok' };
const wrong: ResetOutcome = { kind: 'wrong' };

/** Makes the functions over their dependencies. */
export function createPinResets(deps: PinResetDeps): PinResets {
  return {
    begin: (start) => begin(deps, start),
    view: (visit) => view(deps, visit),
    answerRobot: (visit, answer) => answerRobot(deps, visit, answer),
    resendCode: (visit) => resendCode(deps, visit),
    async sendEmailCode(visit) {
      const flow = await findFlow(deps, visit);
      return flow === undefined ? none : await sendEmailCode(deps, { visit, flow });
    },
    async enterCode(visit, given) {
      const flow = await findFlow(deps, visit);
      return flow === undefined ? none : await enterCode(deps, { visit, flow }, given);
    },
    waitForChange: (visit, wait) => waitForChange(deps, visit, wait),
  };
}

async function begin(
  deps: PinResetDeps,
  { brand, number, browser }: { brand: string; number: string; browser: string },
): Promise<BeginReset> {
  const { masterKey, randomBytes, rules, home } = deps;
  const msisdn = readNumber(number);
  if (msisdn === undefined) return { kind: 'malformed' };
  const target = await findLineByNumber(deps.database.db, msisdn);
  const id = newId('rst', randomBytes);
  await deps.database.transaction((tx) =>
    insertPinReset(tx, {
      id,
      browser: masterKey.index(`reset-browser${home.path}`, browser),
      slot: masterKey.index('slot', msisdn),
      brand,
      identifierSealed: masterKey.seal(identifierPlace(id), msisdn),
      lineId: target?.line.id ?? null,
      enrolmentId: target?.enrolment?.id ?? null,
      robotSealed: freshRobotCheck(deps, id),
      robotSeconds: rules.robotSeconds,
      lifeSeconds: rules.flowSeconds,
    }),
  );
  return { kind: 'begun', id };
}

function readNumber(text: string): Msisdn | undefined {
  try {
    return parseMsisdn(text);
  } catch (error) {
    if (error instanceof IdentifierError) return undefined;
    throw error;
  }
}

function findFlow({ database, masterKey, home }: PinResetDeps, { id, browser }: Pick<ResetVisit, 'id' | 'browser'>) {
  return findPinReset(database.db, { id, browser: masterKey.index(`reset-browser${home.path}`, browser) });
}

async function view(deps: PinResetDeps, visit: Pick<ResetVisit, 'id' | 'browser'>): Promise<ResetView | undefined> {
  const flow = await findFlow(deps, visit);
  if (flow === undefined) return undefined;
  switch (flow.step) {
    case 'robot':
      return await robotView(deps, visit, flow);
    case 'code':
      return { step: 'code', numberShown: numberShown(deps, flow), email: emailOf(flow) };
    default:
      return flow.attemptId === null ? { step: 'over' } : await phoneView(deps, flow, flow.attemptId);
  }
}

function emailOf({ strong, emailAsked }: PinResetRow): 'none' | 'asked' | 'given' {
  if (strong) return 'given';
  return emailAsked ? 'asked' : 'none';
}

async function robotView(
  deps: PinResetDeps,
  visit: Pick<ResetVisit, 'id' | 'browser'>,
  flow: PinResetRow,
): Promise<ResetView | undefined> {
  const now = await readAppNow(deps.database.db);
  if (flow.robotSealed === null || flow.robotUntil === null || flow.robotUntil <= now) {
    await renew(deps, flow.id);
    const renewed = await findFlow(deps, visit);
    return renewed?.robotSealed == null ? { step: 'over' } : shownCheck(deps, renewed.id, renewed.robotSealed);
  }
  return shownCheck(deps, flow.id, flow.robotSealed);
}

function shownCheck(deps: PinResetDeps, id: string, robotSealed: string): ResetView {
  const check = readRobotCheck(deps.masterKey.open(robotPlace(id), robotSealed).toString());
  return { step: 'robot', picture: drawRobotCheck(check), sum: check.sum };
}

async function phoneView(deps: PinResetDeps, flow: PinResetRow, attemptId: string): Promise<ResetView> {
  const attempt = await findAttempt(deps.database.db, attemptId);
  if (attempt === undefined) return { step: 'over' };
  const now = await readAppNow(deps.database.db);
  const secondsLeft = Math.max(0, Math.ceil((attempt.expiresAt.getTime() - now.getTime()) / 1_000));
  return {
    step: 'phone',
    status: phoneStatus(flow, attempt.state, secondsLeft),
    referenceCode: referenceCodeOf(attempt),
    secondsLeft,
  };
}

function phoneStatus(flow: PinResetRow, state: string, secondsLeft: number): ResetPhoneStatus {
  if (flow.step === 'done') return 'done';
  if (state === 'pending') return secondsLeft > 0 ? 'pending' : 'expired';
  return state === 'expired' ? 'expired' : 'refused';
}

async function answerRobot(deps: PinResetDeps, visit: ResetVisit, answer: string): Promise<ResetOutcome> {
  const flow = await findFlow(deps, visit);
  if (flow === undefined) return none;
  if (flow.step !== 'robot') return ok;
  const { robotSealed, id } = flow;
  // Taken before it is compared: a check answers for one try, whatever the try was.
  const taken = robotSealed !== null && (await takeRobotCheck(deps.database.db, 'pin_resets', { id, robotSealed }));
  const right = taken && answersRobotCheck(readRobotCheck(openRobotCheck(deps, id, robotSealed)), answer);
  if (!right) {
    await renew(deps, id);
    return wrong;
  }
  const retryAfterSeconds = await takeSending(deps, visit, flow);
  if (retryAfterSeconds !== undefined) {
    await renew(deps, id);
    return { kind: 'limited', retryAfterSeconds };
  }
  await deps.database.transaction(async (tx) => {
    if (!(await movePinReset(tx, { id, from: 'robot', to: 'code' }))) return;
    await endOtherResets(tx, flow);
    await deps.audit.pinResetAsked(tx, { resetId: id });
    await sendCode(deps, tx, flow);
  });
  return ok;
}

async function resendCode(deps: PinResetDeps, visit: ResetVisit): Promise<ResetOutcome> {
  const flow = await findFlow(deps, visit);
  if (flow === undefined) return none;
  if (flow.step !== 'code') return ok;
  const retryAfterSeconds = await takeSending(deps, visit, flow);
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  await deps.database.transaction((tx) => sendCode(deps, tx, flow));
  return ok;
}

/** The budget of the number in its normal form, whoever has it (X06, X68), and of the address (X69). */
function takeSending(deps: PinResetDeps, { address }: ResetVisit, { slot }: PinResetRow): Promise<number | undefined> {
  return deps.codes.takeSending({ recipient: `${codePurpose}:${slot.toString('base64url')}`, address });
}

/** A code for every number; only the job knows whether somebody gets it. */
async function sendCode(deps: PinResetDeps, tx: Tx, flow: PinResetRow): Promise<void> {
  const target = await findLine(tx, flow.lineId ?? '');
  const now = await readAppNow(tx);
  const { id: codeId } = await deps.codes.issue(tx, { purpose: codePurpose, subject: flow.id });
  const lineId = mayReset(flow, target, { rules: deps.rules, now }) ? flow.lineId : null;
  await deps.sendCode(tx, { codeId, lineId, brand: flow.brand });
}

async function waitForChange(
  deps: PinResetDeps,
  visit: Pick<ResetVisit, 'id' | 'browser'>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<void> {
  const flow = await findFlow(deps, visit);
  if (flow?.attemptId == null) return;
  const subscription = deps.wakeUps.subscribe(flow.attemptId);
  try {
    const now = await view(deps, visit);
    if (now?.step !== 'phone' || now.status !== 'pending') return;
    // At the end of its life the status changes without an event.
    await subscription.next(Math.min(timeoutMs, (now.secondsLeft + 1) * 1_000), signal);
  } finally {
    subscription.close();
  }
}

async function renew(deps: PinResetDeps, id: string): Promise<void> {
  const { robotSeconds } = deps.rules;
  await renewRobotCheck(deps.database.db, 'pin_resets', { id, robotSealed: freshRobotCheck(deps, id), robotSeconds });
}

function freshRobotCheck({ masterKey, randomBytes }: PinResetDeps, id: string): string {
  return masterKey.seal(robotPlace(id), JSON.stringify(newRobotCheck(randomBytes)));
}

function openRobotCheck({ masterKey }: PinResetDeps, id: string, sealed: string): string {
  return masterKey.open(robotPlace(id), sealed).toString();
}

function numberShown({ masterKey }: PinResetDeps, { id, identifierSealed }: PinResetRow): string {
  return maskMsisdn(parseMsisdn(masterKey.open(identifierPlace(id), identifierSealed).toString()));
}

function robotPlace(id: string) {
  return { table: 'pin_resets', column: 'robot_sealed', row: id } as const;
}
