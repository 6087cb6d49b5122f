// Lost or stolen: the line is cut at once and Mobile Connect with it; found again: both go on where they would be now.
// Locks and holds run on meanwhile (mission 2.b, b1 to b3; A54, X41).
import { readAppNow } from '../storage/database.ts';
import { lockLine, reactivateSuspendedLine, suspendActiveLine } from '../storage/line-changes.ts';
import { findLine } from '../storage/subscribers.ts';
import { cancelOnLine, lineEvent } from './line-pending.ts';
import type { LineDeps, LineOrder, ReactivateOutcome, SuspendOutcome, SuspensionReason } from './line-types.ts';

/** Suspends the line. A second call changes nothing and tells nobody. */
export async function suspendLine(
  deps: LineDeps,
  { lineId, by, reason }: LineOrder & { reason: SuspensionReason },
): Promise<SuspendOutcome> {
  const { outcome, goodbyes } = await deps.database.transaction(async (tx) => {
    const line = await lockLine(tx, lineId);
    if (line === undefined) return { outcome: 'not-found' as const, goodbyes: [] };
    if (!(await suspendActiveLine(tx, lineId, reason))) return { outcome: 'already' as const, goodbyes: [] };
    const simId = (await findLine(tx, lineId))?.sim?.id;
    const cancelled = await cancelOnLine(deps, tx, { line, simId });
    await deps.audit.lineSuspended(tx, { lineId, by, reason });
    await deps.notices.lineSuspended(tx, { ...(await lineEvent(deps, tx, line)), at: await readAppNow(tx) });
    return { outcome: 'suspended' as const, goodbyes: cancelled };
  });
  for (const goodbye of goodbyes) deps.sender.sendInTurn(goodbye);
  return outcome;
}

/**
 * Puts a suspended line back into service with the SIM that it had. Whether the caller has proved enough for that is
 * decided before (level M*, X59).
 */
export async function reactivateLine(deps: LineDeps, { lineId, by }: LineOrder): Promise<ReactivateOutcome> {
  return await deps.database.transaction(async (tx) => {
    const line = await lockLine(tx, lineId);
    if (line === undefined) return 'not-found';
    if (line.status !== 'suspended') return 'not-suspended';
    if ((await findLine(tx, lineId))?.sim === undefined) return 'sim-terminated';
    await reactivateSuspendedLine(tx, lineId);
    await deps.audit.lineReactivated(tx, { lineId, by });
    await deps.notices.lineReactivated(tx, { ...(await lineEvent(deps, tx, line)), at: await readAppNow(tx) });
    return 'reactivated';
  });
}
