// Another number, or the end of the line: Mobile Connect ends with the old number, which opens nothing any more
// (mission a2, a28, b11, b13; A29, X57, X58). The same SIM goes on under its new number.
import type { ServiceRequests } from '../authentication/service-request.ts';
import type { Msisdn } from '../identifiers.ts';
import type { AttemptRow } from '../storage/attempt-tables.ts';
import { isUniqueViolation, readAppNow, type Tx } from '../storage/database.ts';
import {
  dropNumberIdentifiers,
  endLine,
  endOpenFlows,
  forgetNumber,
  lockLine,
  moveNumberIdentifiers,
  renumberLine,
} from '../storage/line-changes.ts';
import { isResting, restNumber } from '../storage/resting-numbers.ts';
import { endEnrolment, findLineEnrolment, moveReservedSim, terminateLineSim } from '../storage/sim-replacement.ts';
import { findLine } from '../storage/subscribers.ts';
import type { LineRow } from '../storage/tables.ts';
import { dropOnLine, lineEvent } from './line-pending.ts';
import type { LineDeps, LineOrder } from './line-types.ts';

export interface ChangeNumberDeps extends LineDeps {
  /** Empties the applet, whose PIN opens nothing any more. */
  readonly requests: ServiceRequests;
}

export type ChangeNumberOutcome = 'changed' | 'same' | 'taken' | 'resting' | 'not-found';

class NumberTaken extends Error {
  override readonly name = 'NumberTaken';
}

/**
 * Gives the line another number; `taken` if that is a living line's, or opens an account, `resting` if it was another
 * line's until lately. Nothing is changed then.
 */
export async function changeNumber(
  deps: ChangeNumberDeps,
  { lineId, by, msisdn }: LineOrder & { msisdn: Msisdn },
): Promise<ChangeNumberOutcome> {
  try {
    const { outcome, disable } = await deps.database.transaction(async (tx) => {
      const line = await lockLine(tx, lineId);
      if (line === undefined) return { outcome: 'not-found' as const, disable: undefined };
      if (line.msisdn === msisdn) return { outcome: 'same' as const, disable: undefined };
      const rests = await isResting(tx, { lookupHash: deps.masterKey.index('msisdn', msisdn), lineId });
      if (rests) return { outcome: 'resting' as const, disable: undefined };
      return { outcome: 'changed' as const, disable: await renumber(deps, tx, { line, msisdn, by }) };
    });
    if (disable !== undefined) deps.sender.sendInTurn(disable);
    return outcome;
  } catch (error) {
    if (error instanceof NumberTaken || isUniqueViolation(error)) return 'taken';
    throw error;
  }
}

async function renumber(
  deps: ChangeNumberDeps,
  tx: Tx,
  { line, msisdn, by }: { line: LineRow; msisdn: Msisdn; by: LineOrder['by'] },
): Promise<AttemptRow | undefined> {
  const event = await lineEvent(deps, tx, { id: line.id, msisdn });
  const hadPin = await endService(deps, tx, { line, reason: 'number_changed' });
  const old = { brand: line.brand, lookupHash: deps.masterKey.index('msisdn', line.msisdn) };
  if (!(await moveNumberIdentifiers(tx, old, deps.masterKey.index('msisdn', msisdn)))) throw new NumberTaken();
  await renumberLine(tx, line.id, msisdn);
  await restNumber(tx, { lookupHash: old.lookupHash, lineId: line.id, days: deps.numberRestDays });
  await deps.audit.numberChanged(tx, { lineId: line.id, by });
  await deps.notices.numberChanged(tx, { ...event, enrolled: hadPin });
  return hadPin && line.status === 'active' ? await emptyApplet(deps, tx, { line, by }) : undefined;
}

async function emptyApplet(
  deps: ChangeNumberDeps,
  tx: Tx,
  { line, by }: { line: LineRow; by: LineOrder['by'] },
): Promise<AttemptRow | undefined> {
  const target = await findLine(tx, line.id);
  if (target?.sim === undefined) return undefined;
  return await deps.requests.start(tx, {
    purpose: 'disable',
    target,
    subject: line.id,
    accountId: null,
    brand: line.brand,
    client: { id: by.kind, name: '' },
    message: '',
    locale: 'fr',
  });
}

// One that the network is about to take is not taken any more.
const onTheirWay = ['reserved', 'shipped', 'delivered', 'activating'] as const;

/** Ends the line with its SIM; what was reserved for it goes back. */
export async function terminateLine(deps: LineDeps, { lineId, by }: LineOrder): Promise<'terminated' | 'not-found'> {
  return await deps.database.transaction(async (tx) => {
    const line = await lockLine(tx, lineId);
    if (line === undefined) return 'not-found';
    const event = await lineEvent(deps, tx, line);
    await terminateLineSim(tx, lineId);
    await endService(deps, tx, { line, reason: 'line_terminated' });
    const sent = await moveReservedSim(tx, lineId, { from: onTheirWay, to: 'cancelled' });
    if (sent !== undefined) await deps.simOrders.follow(tx, { simId: sent.id, to: 'cancelled', by });
    const lookupHash = deps.masterKey.index('msisdn', line.msisdn);
    await dropNumberIdentifiers(tx, { brand: line.brand, lookupHash });
    await endLine(tx, lineId);
    await restNumber(tx, { lookupHash, lineId, days: deps.numberRestDays });
    await deps.audit.lineTerminated(tx, { lineId, by });
    await deps.notices.lineTerminated(tx, { ...event, at: await readAppNow(tx) });
    return 'terminated';
  });
}

/** Ends everything that hangs on the old number; true if there was a PIN. */
async function endService(
  deps: LineDeps,
  tx: Tx,
  { line, reason }: { line: LineRow; reason: 'number_changed' | 'line_terminated' },
): Promise<boolean> {
  const enrolment = await findLineEnrolment(tx, line.id);
  if (enrolment !== undefined) await endEnrolment(tx, enrolment.id, reason);
  await endOpenFlows(tx, line.id, reason);
  await dropOnLine(deps, tx, { line, simId: enrolment?.simId });
  await forgetNumber(tx, deps.masterKey.index('slot', line.msisdn));
  return enrolment?.pinSetAt != null;
}
