// Judges an answer that came under the SIM's packet keys: whose request it answers, whether its proof holds,
// and what follows. Every consequence is written in one transaction; the attempt ends once.

import { type AnswerFields, verifyAnswer } from '../messaging/applet-answer.ts';
import { type AppletOp, appletOps } from '../messaging/applet-message.ts';
import type { SimKeys } from '../messaging/sim-keys.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { AttemptRow } from '../storage/attempt-tables.ts';
import { listByChallengePrefix } from '../storage/attempts.ts';
import type { Database, Tx } from '../storage/database.ts';
import { raiseAppletCounter, recordAnswer, recordTries, suspendForFork } from '../storage/sim-answers.ts';
import type { LineState } from '../storage/subscribers.ts';
import type { EnrolmentRow, SimRow } from '../storage/tables.ts';
import type { AnswerEffects, ProvedAnswer } from './answer-effects.ts';
import { credentialIntact } from './credential-check.ts';
import { scopeOf } from './sim-keyring.ts';

/** An answer with a valid CC, still unproved. */
export interface UnprovedAnswer {
  readonly target: LineState;
  readonly sim: SimRow;
  readonly keys: SimKeys;
  readonly answer: Buffer;
  readonly fields: AnswerFields;
  readonly receivedAt: Date;
}

export interface AnswerJudge {
  /** `handled`, `duplicate`, or the reason for which it was dropped. */
  judge(unproved: UnprovedAnswer): Promise<string>;
  /** Counts a message that was dropped before it got here. */
  dropped(reason: string): Promise<void>;
}

export interface AnswerJudgeDeps {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly effects: AnswerEffects;
  readonly audit: Audit;
}

/** An unseen lower counter counts only this close to the highest, and only for an attempt that is still open. */
const reorderWindow = 32;

const opNames = new Map<number, AppletOp>(
  (Object.keys(appletOps) as AppletOp[]).map((name) => [appletOps[name], name]),
);

/** Makes the judge over its dependencies. */
export function createAnswerJudge(deps: AnswerJudgeDeps): AnswerJudge {
  const { database, audit } = deps;
  return {
    dropped: (reason) => audit.answerDropped({ reason, tx: database.db }),
    async judge(unproved) {
      const found = await findProved(deps, unproved);
      if (typeof found === 'string') return found;
      return await database.transaction((tx) => settle(deps, tx, { ...unproved, ...found }));
    },
  };
}

interface Found {
  readonly attempt: AttemptRow;
  readonly verified: ProvedAnswer['verified'];
}

/** The request that this answer proves, among those whose challenge begins alike. */
async function findProved(deps: AnswerJudgeDeps, unproved: UnprovedAnswer): Promise<Found | string> {
  const { db } = deps.database;
  const { sim, keys, target, answer, fields } = unproved;
  const candidates = await listByChallengePrefix(db, sim.id, fields.challengePrefix);
  if (candidates.length === 0) return 'unknown-challenge';
  const { enrolment } = target;
  // Before there is a PIN there is no credential, and nobody can log in: ENROL is proved by the card's own key.
  const guarded = enrolment?.pinKey != null || candidates.some(({ purpose }) => purpose === 'login');
  if (enrolment !== undefined && guarded && !(await credentialIntact(db, deps.masterKey, { sim, enrolment }))) {
    return 'credential-changed';
  }
  let reason = 'proof';
  for (const attempt of candidates) {
    const op = opNames.get(attempt.op);
    if (op === undefined) continue;
    const verified = verifyAnswer({
      ...scopeOf(sim),
      request: { op, flags: attempt.flags },
      requestSha256: attempt.requestSha256,
      kdev: keys.kdev,
      kpinPublic: enrolment?.pinKey ?? undefined,
      answer,
    });
    if (verified.kind === 'valid') return { attempt, verified };
    reason = verified.reason;
  }
  return `answer-${reason}`;
}

async function settle(
  deps: AnswerJudgeDeps,
  tx: Tx,
  { attempt, verified, ...rest }: Found & UnprovedAnswer,
): Promise<string> {
  const { sim, receivedAt, target } = rest;
  const { appletCounter, head } = verified;
  const before = await raiseAppletCounter(tx, sim.id, appletCounter);
  const verdict = await recordAnswer(tx, { simId: sim.id, appletCounter, head, attemptId: attempt.id, receivedAt });
  if (verdict === 'duplicate') return 'duplicate';
  if (verdict === 'fork') return await onFork(deps, tx, { sim, enrolment: target.enrolment });
  const newest = appletCounter > before;
  if (!newest && (attempt.state !== 'pending' || before - appletCounter > reorderWindow)) return 'stale-counter';
  const { enrolment } = target;
  if (newest && enrolment !== undefined && verified.triesLeft !== null) {
    await recordTries(tx, enrolment.id, verified.triesLeft);
  }
  await deps.effects.apply(tx, { attempt, sim, enrolment, verified, receivedAt, newest });
  return 'handled';
}

/** Two cards share one identity: neither is believed until a person has looked. */
async function onFork(
  deps: AnswerJudgeDeps,
  tx: Tx,
  { sim, enrolment }: { sim: SimRow; enrolment: EnrolmentRow | undefined },
): Promise<string> {
  if (enrolment !== undefined && (await suspendForFork(tx, enrolment.id))) {
    await deps.audit.cardForked(tx, { simId: sim.id, enrolmentId: enrolment.id });
  }
  return 'fork';
}
