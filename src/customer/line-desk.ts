// A customer's lines as she may see and change them: permission and level first, then the use case.
import type { OneTimeCodes } from '../authentication/one-time-code.ts';
import type { StateRules } from '../authentication/policies.ts';
import type {
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
import { maskEmail, maskMsisdn } from '../identifiers.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { findRelatedLine, listRelatedLines, type RelatedLine } from '../storage/line-changes.ts';
import { findMailboxForNotice } from '../storage/notice-recipients.ts';
import { findReservedSim } from '../storage/sim-replacement.ts';
import { findLine, findSim } from '../storage/subscribers.ts';
import { demandNow, serviceOf } from './current-service.ts';
import { type LineAction, mayOnLine } from './permissions.ts';

export interface LineDeskDeps extends LineDeps {
  readonly codes: OneTimeCodes;
  /** Sends a code to the account's mailbox, by a job in the transaction that made it. */
  readonly sendCode: (tx: Tx, about: { codeId: string; accountId: string; line: string }) => Promise<void>;
  readonly rules: StateRules;
}

const codePurpose = 'line-reactivation';

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
      if (sim?.lineId !== lineId || !sim.viaReplacement) return undefined;
      return sim.state === 'activating' ? 'activating' : 'active';
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

async function summarise(deps: LineDeskDeps, { line, relation }: RelatedLine): Promise<LineSummary> {
  const { db } = deps.database;
  const state = await findLine(db, line.id);
  const reserved = await findReservedSim(db, line.id);
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
    newSim: reserved === undefined ? undefined : reserved.state === 'reserved' ? 'reserved' : 'shipped',
    may: {
      suspend: may('suspend') && line.status === 'active',
      reactivate: may('reactivate') && line.status === 'suspended',
      activateSim: may('activate-sim') && reserved !== undefined && reserved.state !== 'reserved',
      readPuk: may('read-puk') && state?.sim?.pukSealed != null,
    },
  };
}

/** The line, and whether a code is what is asked for; else what is in the way (X59). */
async function beforeCode(
  deps: LineDeskDeps,
  caller: LineCaller,
  lineId: string,
): Promise<{ kind: 'code'; line: RelatedLine['line'] } | { kind: 'pin' } | ReactivateResult> {
  const found = await findAllowed(deps, { caller, lineId, action: 'reactivate' });
  if (found === undefined) return { kind: 'not-found' };
  if (found.line.status !== 'suspended') return { kind: 'not-suspended' };
  const demand = await demandNow(deps, caller.accountId);
  if (demand.kind === 'later') return demand;
  if (demand.kind === 'sim-pin') return caller.withPin && caller.fresh ? { kind: 'pin' } : { kind: 'needs-pin' };
  return caller.fresh ? { kind: 'code', line: found.line } : { kind: 'needs-fresh' };
}

async function sendCode(deps: LineDeskDeps, caller: LineCaller, lineId: string): Promise<SendCodeResult> {
  const before = await beforeCode(deps, caller, lineId);
  if (before.kind !== 'code') return before.kind === 'pin' ? { kind: 'needs-pin' } : before;
  const mailbox = await findMailboxForNotice(deps.database.db, caller.accountId);
  if (mailbox === undefined) return { kind: 'no-channel' };
  const { accountId, address } = caller;
  const retryAfterSeconds = await deps.codes.takeSending({ recipient: `${codePurpose}:${accountId}`, address });
  if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
  await deps.database.transaction(async (tx) => {
    const { id: codeId } = await deps.codes.issue(tx, placeOf(caller, lineId));
    await deps.sendCode(tx, { codeId, accountId, line: maskMsisdn(before.line.msisdn) });
  });
  return { kind: 'sent', to: maskEmail(mailbox.address) };
}

function placeOf({ accountId }: LineCaller, lineId: string) {
  return { purpose: codePurpose, subject: `${accountId} ${lineId}` };
}

async function reactivate(
  deps: LineDeskDeps,
  caller: LineCaller,
  { lineId, code }: { lineId: string; code: string | undefined },
): Promise<ReactivateResult> {
  const before = await beforeCode(deps, caller, lineId);
  if (before.kind === 'code') {
    if (code === undefined) return { kind: 'needs-code' };
    const { kind } = await deps.codes.check({ ...placeOf(caller, lineId), typed: code });
    if (kind === 'wrong') return { kind: 'wrong-code' };
  } else if (before.kind !== 'pin') return before;
  const by = { kind: 'account' as const, accountId: caller.accountId };
  return { kind: await reactivateLine(deps, { lineId, by }) };
}
