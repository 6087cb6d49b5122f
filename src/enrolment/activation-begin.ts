// Begins an activation on one line, or goes on with the one that is open: as often as it is asked, one (A15).
import { effectiveState, isOffered } from '../authentication/policies.ts';
import { type AccountId, newId } from '../identifiers.ts';
import { endOverdueActivations, findOpenActivation, insertActivation } from '../storage/activations.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { abandonEnrolment, listLinks } from '../storage/enrolments.ts';
import { findRelatedLine, lockLine } from '../storage/line-changes.ts';
import { isPasswordFromLine } from '../storage/passwords.ts';
import { findLine, type LineState } from '../storage/subscribers.ts';
import type { ActivationDeps, BeginOutcome, Ineligible } from './activation-types.ts';

/** Who wants it on which line. `passwordFresh`: the account's password was given within the last minutes (A18). */
export interface BeginRequest {
  readonly accountId: AccountId;
  readonly lineId: string;
  readonly passwordFresh: boolean;
}

/** Begins, or finds what is open. */
export async function beginActivation(deps: ActivationDeps, request: BeginRequest): Promise<BeginOutcome> {
  if (!request.passwordFresh) return { kind: 'password-needed' };
  return await deps.database.transaction(async (tx) => {
    const related = await findRelatedLine(tx, request);
    // A proxy manages a contract, not the phone of its user (mission, permission matrix).
    if (related === undefined || related.relation === 'proxy') return { kind: 'unknown-line' };
    // Two at once: the second waits here, and finds what the first has begun.
    await lockLine(tx, request.lineId);
    await settleOverdue(deps, tx, request.lineId);
    const target = await findLine(tx, request.lineId);
    if (target === undefined) return { kind: 'unknown-line' };
    return await decide(deps, tx, { request, target });
  });
}

interface Candidate {
  readonly request: BeginRequest;
  readonly target: LineState;
}

async function decide(deps: ActivationDeps, tx: Tx, { request, target }: Candidate): Promise<BeginOutcome> {
  const reason = whyNot(target, deps.rules);
  if (reason !== undefined) return { kind: 'not-eligible', reason };
  const state = effectiveState(target, deps.rules, await readAppNow(tx));
  if (state === 'LINE_SUSPENDED') return { kind: 'line-suspended' };
  const hasPin = state === 'ACTIVE' || state === 'LOCKED' || state === 'NEW_SIM_HOLD';
  if (!hasPin && (await isBySimItself(tx, { request, target }))) return { kind: 'password-from-this-sim' };
  const open = await findOpenActivation(tx, request.lineId);
  if (open !== undefined) {
    return open.accountId === request.accountId ? { kind: 'open', id: open.id, created: false } : { kind: 'busy' };
  }
  if (!hasPin) return await insert(deps, tx, { request, target, step: 'terms' });
  const links = await listLinks(tx, target.enrolment?.id ?? '');
  const own = links.find((link) => link.accountId === request.accountId);
  if (own === undefined) return { kind: 'link-instead' };
  // The PIN is there and the last step was never taken: it is the one that is due.
  return own.status === 'active' ? { kind: 'already-active' } : insert(deps, tx, { request, target, step: 'pin_set' });
}

/** The password was set with a code that this very SIM received: it proves no more than the SIM does (decisions 11). */
function isBySimItself(tx: Tx, { request: { accountId, lineId }, target }: Candidate): Promise<boolean> {
  return isPasswordFromLine(tx, { accountId, lineId, simId: target.sim?.id ?? '' });
}

async function insert(
  deps: ActivationDeps,
  tx: Tx,
  { request, target, step }: Candidate & { step: 'terms' | 'pin_set' },
): Promise<BeginOutcome> {
  if (target.sim === undefined) return { kind: 'unknown-line' };
  const { accountId, lineId } = request;
  const row = await insertActivation(tx, {
    id: newId('enr', deps.randomBytes),
    accountId,
    lineId,
    simId: target.sim.id,
    enrolmentId: target.enrolment?.id ?? null,
    step,
    minutes: deps.rules.draftMinutes,
  });
  if (row === undefined) return { kind: 'busy' };
  await deps.audit.activationBegun(tx, { accountId, object: row.id });
  return { kind: 'open', id: row.id, created: true };
}

/** Why no service can be on this line, whatever its state; undefined if one can. */
export function whyNot(target: LineState, rules: ActivationDeps['rules']): Ineligible | undefined {
  const { line, sim } = target;
  if (!isOffered(line, rules)) return 'brand_without_service';
  if (line.kind === '4g-box') return 'box_line';
  if (line.kind !== 'mobile' || sim === undefined) return 'no_mobile_line';
  const usable = sim.appletCapable && (sim.origin !== 'test' || rules.testSimsAllowed);
  return usable ? undefined : 'sim_incompatible';
}

/** Ends the activations of a line whose time is over, with what they had begun (a5, a10). */
export async function settleOverdue(
  { audit }: Pick<ActivationDeps, 'audit'>,
  tx: Tx,
  lineId: string | undefined,
): Promise<void> {
  for (const { id, accountId, enrolmentId, failure } of await endOverdueActivations(tx, lineId)) {
    if (enrolmentId !== null) await abandonEnrolment(tx, enrolmentId);
    await audit.activationFailed(tx, { accountId, object: id, reason: failure ?? '' });
  }
}
