// A customer's lines as she may see and change them: permission and level first, then the use case.
import type { StateRules } from '../authentication/policies.ts';
import type {
  ActivationState,
  LineCaller,
  LineDesk,
  LineSummary,
  ReactivateResult,
  SendCodeResult,
} from '../enrolment/line-desk-types.ts';
import type { LineDeps } from '../enrolment/line-types.ts';
import { disclosePuk } from '../enrolment/puk.ts';
import { activateSim } from '../enrolment/replace-sim.ts';
import { reactivateLine, suspendLine } from '../enrolment/suspend-line.ts';
import { maskMsisdn } from '../identifiers.ts';
import { readAppNow } from '../storage/database.ts';
import { findRelatedLine, listRelatedLines, type RelatedLine } from '../storage/line-changes.ts';
import { findHandset } from '../storage/line-handsets.ts';
import { findReservedSim } from '../storage/sim-replacement.ts';
import { findLine, findSim } from '../storage/subscribers.ts';
import type { SimRow, SimState } from '../storage/tables.ts';
import { demandNow, serviceOf } from './current-service.ts';
import { type LineAction, mayOnLine } from './permissions.ts';
import type { StrongCheck } from './strong-check.ts';

export interface LineDeskDeps extends LineDeps {
  readonly strong: StrongCheck;
  readonly rules: StateRules;
}

/** Makes the desk over its dependencies. */
export function createLineDesk(deps: LineDeskDeps): LineDesk {
  const allowed = (caller: LineCaller, lineId: string, action: LineAction) =>
    findAllowed(deps, { caller, lineId, action });
  const order = (caller: LineCaller, lineId: string) => ({
    lineId,
    by: { kind: 'account' as const, accountId: caller.accountId },
  });
  return {
    async list(caller) {
      const related = await listRelatedLines(deps.database.db, caller.accountId);
      const own = related.filter(({ line }) => line.brand === caller.brand);
      return await Promise.all(own.map((one) => summarise(deps, one)));
    },
    async find(caller, lineId) {
      const found = await allowed(caller, lineId, 'read');
      return found === undefined ? undefined : await summarise(deps, found);
    },
    async suspend(caller, lineId, reason) {
      if ((await allowed(caller, lineId, 'suspend')) === undefined) return 'not-found';
      return await suspendLine(deps, { ...order(caller, lineId), reason });
    },
    sendCode: (caller, lineId) => sendCode(deps, caller, lineId),
    reactivate: (caller, lineId, code) => reactivate(deps, caller, { lineId, code }),
    async activateSim(caller, lineId, number) {
      if ((await allowed(caller, lineId, 'activate-sim')) === undefined) return { kind: 'not-found' };
      return await activateSim(deps, { ...order(caller, lineId), number });
    },
    async activation(caller, lineId, simId) {
      if ((await allowed(caller, lineId, 'activate-sim')) === undefined) return undefined;
      const sim = await findSim(deps.database.db, simId);
      return sim && activationOf(sim, lineId);
    },
    async disclosePuk(caller, lineId) {
      if ((await allowed(caller, lineId, 'read-puk')) === undefined) return { kind: 'none' };
      return await disclosePuk(deps, order(caller, lineId));
    },
    demandNow: (accountId) => demandNow(deps, accountId),
  };
}

/** The line, if the caller has to do with it and may do this; else it is as if it were not there. */
async function findAllowed(
  { database }: LineDeskDeps,
  { caller, lineId, action }: { caller: LineCaller; lineId: string; action: LineAction },
): Promise<RelatedLine | undefined> {
  const found = await findRelatedLine(database.db, { accountId: caller.accountId, lineId });
  if (found === undefined || found.line.brand !== caller.brand) return undefined;
  return mayOnLine(found.relation, action) ? found : undefined;
}

/** What came of the last try to activate it; undefined where there was none. */
function activationOf({ state, lineId, ...sim }: SimRow, wanted: string): ActivationState | undefined {
  if (lineId === wanted) return sim.viaReplacement ? 'active' : undefined;
  if (sim.reservedForLineId !== wanted || sim.activatingSince === null) return undefined;
  if (state === 'activating') return 'activating';
  return state === 'delivered' ? 'failed' : undefined;
}

async function summarise(deps: LineDeskDeps, { line, relation }: RelatedLine): Promise<LineSummary> {
  const { db } = deps.database;
  const state = await findLine(db, line.id);
  const newSim = onItsWay((await findReservedSim(db, line.id))?.state);
  const handset = await findHandset(db, line.id);
  const numberMasked = maskMsisdn(line.msisdn);
  const may = (action: LineAction): boolean => mayOnLine(relation, action);
  return {
    id: line.id,
    number: relation === 'proxy' ? numberMasked : line.msisdn,
    numberMasked,
    kind: line.kind,
    status: line.status === 'suspended' ? 'suspended' : 'active',
    suspendedAt: line.suspendedAt,
    suspendedReason: line.suspendedReason,
    relation: relation === 'linked' ? 'user' : relation,
    sim: state?.sim && {
      id: state.sim.id,
      state: state.sim.state,
      appletCapable: state.sim.appletCapable,
      activatedAt: state.sim.activatedAt,
    },
    service: serviceOf(deps, state, await readAppNow(db)),
    handset: handset && { model: handset.model, imeiMasked: handset.imeiMasked, since: handset.since },
    newSim,
    may: {
      suspend: may('suspend') && line.status === 'active',
      reactivate: may('reactivate') && line.status === 'suspended',
      activateSim: may('activate-sim') && (newSim === 'shipped' || newSim === 'delivered'),
      orderSim: may('order-sim') && line.kind !== 'fixed' && line.contractId !== null && newSim === undefined,
      readPuk: may('read-puk') && state?.sim?.pukSealed != null,
    },
  };
}

function onItsWay(state: SimState | undefined): LineSummary['newSim'] {
  return state === 'reserved' || state === 'shipped' || state === 'delivered' || state === 'activating'
    ? state
    : undefined;
}

/** The suspended line, if it is hers to put back; else what is in the way. */
async function findSuspended(
  deps: LineDeskDeps,
  caller: LineCaller,
  lineId: string,
): Promise<{ kind: 'found'; line: RelatedLine['line'] } | { kind: 'not-found' | 'not-suspended' }> {
  const found = await findAllowed(deps, { caller, lineId, action: 'reactivate' });
  if (found === undefined) return { kind: 'not-found' };
  return found.line.status === 'suspended' ? { kind: 'found', line: found.line } : { kind: 'not-suspended' };
}

async function sendCode(deps: LineDeskDeps, caller: LineCaller, lineId: string): Promise<SendCodeResult> {
  const found = await findSuspended(deps, caller, lineId);
  if (found.kind !== 'found') return found;
  const line = maskMsisdn(found.line.msisdn);
  const sent = await deps.strong.sendCode(caller, { action: 'line-reactivation', target: lineId, line });
  // The PIN was part of this login: it is all that is asked for.
  return sent.kind === 'proved' ? { kind: 'needs-pin' } : sent;
}

async function reactivate(
  deps: LineDeskDeps,
  caller: LineCaller,
  { lineId, code }: { lineId: string; code: string | undefined },
): Promise<ReactivateResult> {
  const found = await findSuspended(deps, caller, lineId);
  if (found.kind !== 'found') return found;
  const proved = await deps.strong.check(caller, { action: 'line-reactivation', target: lineId, code });
  if (proved.kind !== 'proved') return proved;
  const by = { kind: 'account' as const, accountId: caller.accountId };
  return { kind: await reactivateLine(deps, { lineId, by }) };
}
