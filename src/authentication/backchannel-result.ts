// What a login without a browser came to: decided once, from the attempt's end; and what may still be made of it.
// The approval is used up and the decision written in one transaction: whoever dies in between loses neither.
import type { AccountId } from '../identifiers.ts';
import { findAttempt, findAttemptNow } from '../storage/attempts.ts';
import {
  type CibaKey,
  type CibaRequestRow,
  type Decision,
  findCibaRequest,
  leaseDelivery,
  recordOutcome,
  releaseDelivery,
} from '../storage/ciba-requests.ts';
import type { Tx } from '../storage/database.ts';
import type { BackchannelDeps, BackchannelResult } from './backchannel.ts';
import { satisfies } from './levels.ts';
import { mayEnter, proveInTransaction } from './sim-proof.ts';

/** Longer than giving a result to its client ever takes; after it another node may try. */
const leaseSeconds = 10;

/** Where the id of a request is sealed. */
export function requestPlace(attemptId: string) {
  return { table: 'ciba_requests', column: 'request_sealed', row: attemptId } as const;
}

/** For `Backchannel.decide`. */
export async function decide(deps: BackchannelDeps, attemptId: string): Promise<BackchannelResult | undefined> {
  const row = await deps.database.transaction((tx) => decideIn(deps, tx, attemptId));
  if (row?.outcome == null || row.requestSealed === null) return undefined;
  const about = { attemptId, clientId: row.clientId };
  const requestId = deps.masterKey.open(requestPlace(attemptId), row.requestSealed).toString();
  if (row.outcome === 'refused' || row.outcome === 'expired') return { ...about, requestId, outcome: row.outcome };
  const { accountId, level, authTime } = row;
  if (accountId === null || level === null || authTime === null) throw new Error('an approval without its proof');
  // After the transaction, and again each time that a crash has interrupted the delivery (A52, X119).
  const attempt = await findAttempt(deps.database.db, attemptId);
  if (!(await mayEnterBy(deps, row, attempt?.enrolmentId ?? null))) {
    await deps.database.transaction(async (tx) => {
      await recordOutcome(tx, attemptId, { outcome: 'withheld' });
      await releaseDelivery(tx, attemptId);
      await deps.audit.cibaDecided(tx, { ...about, outcome: 'withheld', accountId });
    });
    return undefined;
  }
  return { ...about, requestId, outcome: 'approved', accountId: accountId as AccountId, level, authTime };
}

/** Leases and decides in one transaction, so that what the approval was used up for is never lost. */
async function decideIn(deps: BackchannelDeps, tx: Tx, attemptId: string): Promise<CibaRequestRow | undefined> {
  const row = await leaseDelivery(tx, attemptId, leaseSeconds);
  if (row === undefined) return undefined;
  const decision = await decisionFor(deps, tx, row);
  if (decision !== undefined && decision.outcome !== row.outcome) {
    const { clientId, accountId } = row;
    await recordOutcome(tx, attemptId, decision);
    await deps.audit.cibaDecided(tx, { attemptId, clientId, outcome: decision.outcome, accountId });
  }
  if (decision === undefined || decision.outcome === 'withheld') {
    await releaseDelivery(tx, attemptId);
    return undefined;
  }
  return { ...row, ...decision };
}

async function decisionFor(deps: BackchannelDeps, tx: Tx, row: CibaRequestRow): Promise<Decision | undefined> {
  if (row.outcome !== null && row.outcome !== 'withheld') return { outcome: row.outcome };
  const attempt = await findAttemptNow(tx, row.attemptId);
  const isOver = attempt !== undefined && attempt.expiresAt <= attempt.now;
  const atItsEnd = isOver ? ({ outcome: 'expired' } as const) : undefined;
  if (row.outcome === 'withheld') return atItsEnd;
  switch (attempt?.state) {
    case 'approved':
      return (await approvalOf(deps, tx, row)) ?? atItsEnd ?? { outcome: 'withheld' };
    case 'refused':
    case 'fraud':
    case 'blocked':
    case 'cancelled':
      return { outcome: 'refused' };
    default:
      return atItsEnd;
  }
}

async function approvalOf(deps: BackchannelDeps, tx: Tx, row: CibaRequestRow): Promise<Decision | undefined> {
  const proof = await proveInTransaction(deps, tx, row.attemptId);
  if (proof === undefined || proof.level === 'pwd' || row.accountId === null) return undefined;
  if (!satisfies(proof.level, row.least)) return undefined;
  return { outcome: 'approved', level: proof.level, authTime: proof.authTime };
}

async function mayEnterBy(deps: BackchannelDeps, row: CibaRequestRow, enrolmentId: string | null): Promise<boolean> {
  const { accountId, level, authTime } = row;
  if (accountId === null || level === null || authTime === null || enrolmentId === null) return false;
  const proof = { accountId, level, authTime, enrolmentId };
  return (await mayEnter(deps, proof)) !== undefined;
}

/** For `Backchannel.mayRedeem`. */
export async function mayRedeem(deps: BackchannelDeps, key: CibaKey): Promise<boolean> {
  const row = await findCibaRequest(deps.database.db, key);
  if (row === undefined || row.outcome !== 'approved') return false;
  const granted = await mayEnterBy(deps, row, row.enrolmentId);
  const { attemptId, clientId, accountId } = row;
  await deps.audit.cibaRedeemed(deps.database.db, { attemptId, clientId, granted, accountId });
  return granted;
}

/** For `Backchannel.cancel`. */
export async function cancel(deps: BackchannelDeps, key: CibaKey): Promise<string | undefined> {
  const row = await findCibaRequest(deps.database.db, key);
  if (row === undefined) return undefined;
  const { attemptId, clientId } = row;
  const goodbye = await deps.database.transaction(async (tx) => {
    const attempt = await findAttempt(tx, attemptId);
    if (attempt?.state !== 'pending') return undefined;
    await deps.audit.cibaCancelled(tx, { attemptId, clientId });
    return await deps.push.cancel(tx, attempt);
  });
  if (goodbye !== undefined) deps.sender.sendInTurn(goodbye);
  return attemptId;
}
