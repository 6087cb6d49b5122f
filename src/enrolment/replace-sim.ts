// Activates the SIM that was sent to a line by the 13 digits printed on it (mission 2.b, b7 to b9; A55, X54, X55). What
// the network has taken is done in one transaction: the old SIM is dead with its keys, the new one is the line's, Mobile
// Connect waits for a new PIN.
import { effectiveState } from '../authentication/policies.ts';
import { credentialMac } from '../authentication/sim-keyring.ts';
import { newId } from '../identifiers.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { endOpenFlows, lockLine } from '../storage/line-changes.ts';
import {
  beginActivation,
  endEnrolment,
  findReservedSim,
  finishActivation,
  insertAwaitingPin,
  moveReservedSim,
  terminateLineSim,
} from '../storage/sim-replacement.ts';
import { findLine, type LineState, listLinkedAccounts } from '../storage/subscribers.ts';
import type { LineRow, SimRow } from '../storage/tables.ts';
import { dropOnLine, lineEvent } from './line-pending.ts';
import type { ActivateSimOutcome, LineDeps, LineOrder } from './line-types.ts';
import { transitionFor } from './states.ts';

/** Activates; `number` is what was typed, spaces and all. */
export async function activateSim(
  deps: LineDeps,
  { lineId, by, number }: LineOrder & { number: string },
): Promise<ActivateSimOutcome> {
  const retryAfterSeconds = await deps.limits.simNumbers.take(lineId);
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  const serial13 = parseSimNumber(number);
  const takes = deps.network.takesSims();
  const outcome = await deps.database.transaction(async (tx): Promise<ActivateSimOutcome> => {
    // Whoever comes second waits here, and then finds the SIM activated (X55).
    const line = await lockLine(tx, lineId);
    if (line === undefined) return { kind: 'not-found' };
    const sim = serial13 === undefined ? undefined : await beginActivation(tx, { lineId, serial13 });
    if (sim === undefined) return await refuse(deps, tx, { line, by, serial13 });
    await announce(deps, tx, { line, sim, by });
    if (takes !== 'at-once') return { kind: 'activating', simId: sim.id };
    await replace(deps, tx, { line, sim, by });
    return { kind: 'activated', simId: sim.id, again: false };
  });
  if (takes !== 'fails' || outcome.kind !== 'activating') return outcome;
  await failActivation(deps, { lineId, by: { kind: 'system' } });
  return { kind: 'failed', simId: outcome.simId };
}

/** The network has taken the SIM that was being activated (b8); false if there is none any more. */
export async function confirmActivation(deps: LineDeps, { lineId, by }: LineOrder): Promise<boolean> {
  return await endActivation(deps, lineId, (tx, about) => replace(deps, tx, { ...about, by }));
}

/** The network has not: the SIM is where it was, and so is the old one (b9). */
export async function failActivation(deps: LineDeps, { lineId, by }: LineOrder): Promise<boolean> {
  return await endActivation(deps, lineId, async (tx, { line, sim }) => {
    await moveReservedSim(tx, lineId, { from: ['activating'], to: 'delivered' });
    await deps.audit.simNotActivated(tx, { lineId, by, simId: sim.id });
    await deps.simOrders.follow(tx, { simId: sim.id, to: 'delivered', by });
    await deps.notices.simNotActivated(tx, { ...(await lineEvent(deps, tx, line)), at: await readAppNow(tx) });
  });
}

async function endActivation(
  { database }: Pick<LineDeps, 'database'>,
  lineId: string,
  work: (tx: Tx, about: { line: LineRow; sim: SimRow }) => Promise<void>,
): Promise<boolean> {
  return await database.transaction(async (tx) => {
    const line = await lockLine(tx, lineId);
    const sim = line && (await findReservedSim(tx, lineId));
    if (line === undefined || sim?.state !== 'activating') return false;
    await work(tx, { line, sim });
    return true;
  });
}

/** While the old SIM still hears it, and if no stranger may hold it (b7). */
async function announce(
  deps: LineDeps,
  tx: Tx,
  { line, sim, by }: { line: LineRow; sim: SimRow; by: LineOrder['by'] },
): Promise<void> {
  await deps.audit.simActivating(tx, { lineId: line.id, by, simId: sim.id });
  const hasOldSim = (await findLine(tx, line.id))?.sim !== undefined;
  if (hasOldSim && line.status === 'active') await deps.notices.simChanging(tx, await lineEvent(deps, tx, line));
}

/** The 13 digits without the spaces between them; undefined for anything else. */
export function parseSimNumber(typed: string): string | undefined {
  const digits = typed.replace(/[ \u00A0\u202F]/g, '');
  return /^[0-9]{13}$/.test(digits) ? digits : undefined;
}

async function refuse(
  deps: LineDeps,
  tx: Tx,
  { line, by, serial13 }: { line: LineRow; by: LineOrder['by']; serial13: string | undefined },
): Promise<ActivateSimOutcome> {
  const current = (await findLine(tx, line.id))?.sim;
  if (current?.viaReplacement && serial13 !== undefined && current.serial13 === serial13) {
    return { kind: 'activated', simId: current.id, again: true };
  }
  const reserved = await findReservedSim(tx, line.id);
  if (reserved?.state === 'activating' && reserved.serial13 === serial13) {
    return { kind: 'activating', simId: reserved.id };
  }
  await deps.audit.simNumberRefused(tx, { lineId: line.id, by });
  return { kind: reserved?.state === 'reserved' ? 'not-shipped' : 'invalid' };
}

async function replace(
  deps: LineDeps,
  tx: Tx,
  { line, sim, by }: { line: LineRow; sim: SimRow; by: LineOrder['by'] },
): Promise<void> {
  const before = await findLine(tx, line.id);
  const event = await lineEvent(deps, tx, line);
  const enrolled = await needsNewPin(tx, { before, sim });
  // The order of the locks is that of an answer: the SIM, then its enrolment, then the attempts.
  const former = await terminateLineSim(tx, line.id);
  const links = before?.enrolment === undefined ? [] : await endEnrolment(tx, before.enrolment.id, 'sim_replaced');
  await endOpenFlows(tx, line.id, 'sim_replaced');
  await dropOnLine(deps, tx, { line, simId: former?.id });
  await finishActivation(tx, sim.id, line.id);
  if (enrolled) await awaitPin(deps, tx, { sim, before, links });
  await deps.audit.simReplaced(tx, { lineId: line.id, by, simId: sim.id, formerSimId: former?.id ?? null });
  await deps.simOrders.follow(tx, { simId: sim.id, to: 'done', by });
  await deps.notices.simChanged(tx, {
    ...event,
    at: await readAppNow(tx),
    enrolled,
  });
}

/** True if there was a PIN on this line, so that the new SIM waits for one (a21, a27). */
async function needsNewPin(tx: Tx, { before, sim }: { before: LineState | undefined; sim: SimRow }): Promise<boolean> {
  if (before?.enrolment === undefined || !sim.appletCapable) return false;
  // The suspension lies over the state that the table speaks of.
  const bare = {
    line: { ...before.line, status: 'active' },
    sim: before.sim && { ...before.sim, state: 'active' },
    enrolment: { ...before.enrolment, suspendedByFork: false },
  };
  const rules = { mobileConnectEnabled: true, testSimsAllowed: true };
  const state = effectiveState(bare, rules, await readAppNow(tx));
  const linked = (await listLinkedAccounts(tx, before.enrolment.id)).length > 0;
  const to = transitionFor(state, 'sim-replaced', linked ? ['new-sim'] : [])?.to;
  return to === 'AWAITING_PIN' || (to === 'same' && state === 'AWAITING_PIN');
}

interface Waiting {
  readonly sim: SimRow;
  readonly before: LineState | undefined;
  readonly links: Awaited<ReturnType<typeof endEnrolment>>;
}

async function awaitPin(deps: LineDeps, tx: Tx, { sim, before, links }: Waiting): Promise<void> {
  const id = newId('enr', deps.randomBytes);
  const { termsVersion = null, termsAcceptedAt = null } = before?.enrolment ?? {};
  const accountIds = links.map((link) => link.accountId);
  const credential = { iccid: sim.iccid, enrolmentId: id, accountIds, pinKey: null, provenance: null };
  await insertAwaitingPin(
    tx,
    {
      id,
      simId: sim.id,
      lineId: before?.line.id ?? '',
      termsVersion,
      termsAcceptedAt,
      credentialMac: credentialMac(deps.masterKey, credential),
    },
    links,
  );
}
