// Staff operations on lines and SIMs: suspend, put back, other number, end; send a new SIM to a line (mission 2.b).

import { z } from 'zod';
import { type AdminContext, adminOperation } from './admin-operations-type.ts';
import { stateRules } from './app-state-rules.ts';
import { effectiveState } from './authentication/policies.ts';
import { type ChangeNumberDeps, changeNumber, terminateLine } from './enrolment/change-number.ts';
import { seeHandset } from './enrolment/handset.ts';
import { confirmActivation, failActivation } from './enrolment/replace-sim.ts';
import { cancelSim, deliverSim, type ReserveOutcome, reserveSim, shipSim } from './enrolment/reserve-sim.ts';
import { reactivateLine, suspendLine } from './enrolment/suspend-line.ts';
import { AppError } from './errors.ts';
import { maskMsisdn, parseIccid, parseMsisdn } from './identifiers.ts';
import { readAppNow } from './storage/database.ts';
import { findHandset } from './storage/line-handsets.ts';
import { findReservedSim } from './storage/sim-replacement.ts';
import { findLineByNumber } from './storage/subscribers.ts';
import type { SimRow } from './storage/tables.ts';

const number = z
  .string()
  .max(40)
  .transform(parsed('a phone number', (text) => parseMsisdn(text)));
const iccid = z.string().max(40).transform(parsed('a card number (ICCID) of 19 or 20 digits', parseIccid));
const ofLine = z.strictObject({ number });

function parsed<T>(expected: string, parse: (text: string) => T) {
  return (text: string, context: z.core.$RefinementCtx<string>): T => {
    try {
      return parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: `expected ${expected}` });
      return z.NEVER;
    }
  };
}

const by = { kind: 'staff' } as const;
const noLine = () => new AppError('not_found', { detail: 'there is no living line with this number' });

type Number = z.output<typeof number>;

/** The parts of the use cases, and the line that the number names now. */
async function open(context: AdminContext, msisdn: Number): Promise<{ deps: ChangeNumberDeps; lineId: string }> {
  const found = await findLineByNumber(context.database.db, msisdn);
  if (found === undefined) throw noLine();
  if (context.lines === undefined) throw new AppError('temporarily_unavailable', { detail: 'lines cannot be changed' });
  return { deps: await context.lines(), lineId: found.line.id };
}

/** What staff see: states and ends of numbers, never a key or a PUK. */
async function describe({ database: { db }, secrets }: AdminContext, msisdn: Number): Promise<object> {
  const state = await findLineByNumber(db, msisdn);
  if (state === undefined) throw noLine();
  const { config } = await secrets();
  const rules = stateRules(config);
  const { line, sim, enrolment } = state;
  const newSim = await findReservedSim(db, line.id);
  const handset = await findHandset(db, line.id);
  return {
    id: line.id,
    number: maskMsisdn(line.msisdn),
    kind: line.kind,
    status: line.status,
    suspendedAt: line.suspendedAt,
    suspendedReason: line.suspendedReason,
    service: effectiveState(state, rules, await readAppNow(db)),
    lockedUntil: enrolment?.lockedUntil ?? null,
    holdUntil: enrolment?.holdUntil ?? null,
    sim: sim && simView(sim),
    newSim: newSim && simView(newSim),
    handset: handset && { model: handset.model, imei: handset.imeiMasked, since: handset.since },
  };
}

function simView({ id, iccid: card, state, appletCapable, activatedAt }: SimRow) {
  return { id, iccidEnd: card.slice(-4), state, appletCapable, activatedAt };
}

const lineOperations = [
  adminOperation('line.show', ofLine, (context, input) => describe(context, input.number)),
  adminOperation(
    'line.suspend',
    z.strictObject({ number, reason: z.enum(['lost', 'stolen', 'other']).default('other') }),
    async (context, input) => {
      const { deps, lineId } = await open(context, input.number);
      const outcome = await suspendLine(deps, { lineId, by, reason: input.reason });
      return { outcome, line: await describe(context, input.number) };
    },
  ),
  adminOperation('line.reactivate', ofLine, async (context, input) => {
    const { deps, lineId } = await open(context, input.number);
    const outcome = await reactivateLine(deps, { lineId, by });
    if (outcome === 'sim-terminated') throw new AppError('sim_terminated', { detail: 'the line has no SIM' });
    return { outcome, line: await describe(context, input.number) };
  }),
  adminOperation('line.change-number', z.strictObject({ number, to: number }), async (context, input) => {
    const { deps, lineId } = await open(context, input.number);
    const outcome = await changeNumber(deps, { lineId, by, msisdn: input.to });
    if (outcome === 'not-found') throw noLine();
    if (outcome === 'resting') {
      throw new AppError('conflict', { detail: 'the new number was another line’s and still rests' });
    }
    if (outcome === 'taken') throw new AppError('conflict', { detail: 'the new number is another line’s' });
    return { outcome, line: await describe(context, input.to) };
  }),
  adminOperation('line.terminate', ofLine, async (context, input) => {
    const { deps, lineId } = await open(context, input.number);
    if ((await terminateLine(deps, { lineId, by })) === 'not-found') throw noLine();
    return { outcome: 'terminated', id: lineId };
  }),
];

const simOperations = [
  adminOperation('sim.reserve', z.strictObject({ number, iccid: iccid.optional() }), async (context, input) => {
    const { deps, lineId } = await open(context, input.number);
    return simAnswer(await reserveSim(deps, { lineId, by, iccid: input.iccid }));
  }),
  adminOperation('sim.ship', ofLine, async (context, input) => {
    const { deps, lineId } = await open(context, input.number);
    return simAnswer(await shipSim(deps, { lineId, by }));
  }),
  adminOperation('sim.deliver', ofLine, async (context, input) => {
    const { deps, lineId } = await open(context, input.number);
    return simAnswer(await deliverSim(deps, { lineId, by }));
  }),
  adminOperation('sim.cancel', ofLine, async (context, input) => {
    const { deps, lineId } = await open(context, input.number);
    return simAnswer(await cancelSim(deps, { lineId, by }));
  }),
];

/** What the mobile network tells of a line (b8, b9, b12). */
const networkOperations = [
  adminOperation('sim.confirm', ofLine, (context, input) => endActivation(context, input.number, confirmActivation)),
  adminOperation('sim.fail', ofLine, (context, input) => endActivation(context, input.number, failActivation)),
  adminOperation(
    'line.handset',
    z.strictObject({
      number,
      imei: z.string().regex(/^[0-9]{15}$/, 'expected 15 digits'),
      model: z
        .string()
        .trim()
        .min(1)
        .max(60)
        .regex(/^\P{C}+$/u, 'expected printable characters'),
    }),
    async ({ database, audit }, { number: msisdn, ...phone }) => {
      const outcome = await seeHandset({ database, audit }, { msisdn, ...phone });
      if (outcome === 'not-found') throw noLine();
      return { outcome };
    },
  ),
];

async function endActivation(context: AdminContext, msisdn: Number, end: typeof confirmActivation): Promise<object> {
  const { deps, lineId } = await open(context, msisdn);
  if (!(await end(deps, { lineId, by }))) {
    throw new AppError('conflict', { detail: 'no SIM of this line is being activated' });
  }
  return { line: await describe(context, msisdn) };
}

const refusals = {
  'not-found': 'there is no living line with this number',
  'no-sim': 'no such SIM is in stock',
  open: 'a new SIM is reserved for this line already',
  'none-reserved': 'no SIM of this line is in a state for that',
} as const;

function simAnswer(outcome: ReserveOutcome): object {
  if (outcome.kind === 'done') return { sim: simView(outcome.sim) };
  throw new AppError(outcome.kind === 'not-found' ? 'not_found' : 'conflict', { detail: refusals[outcome.kind] });
}

/** All of them. */
export const lineAdminOperations = [...lineOperations, ...simOperations, ...networkOperations];
