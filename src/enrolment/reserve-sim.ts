// A new SIM goes to a line: taken out of the stock, shipped, delivered, or taken back while it was not activated (b4 to
// b6, b10). Its order goes with it. The line and its SIM go on as they are until the new one is activated.
import type { Iccid } from '../identifiers.ts';
import { isUniqueViolation } from '../storage/database.ts';
import { lockLine } from '../storage/line-changes.ts';
import { findReservedSim, moveReservedSim, reserveStockSim, type SimMove } from '../storage/sim-replacement.ts';
import type { SimRow } from '../storage/tables.ts';
import type { LineDeps, LineOrder } from './line-types.ts';

export type ReserveOutcome =
  | { readonly kind: 'done'; readonly sim: SimRow }
  | { readonly kind: 'not-found' | 'no-sim' | 'open' | 'none-reserved' };

type Deps = Pick<LineDeps, 'database' | 'audit'>;
export type SimMoveDeps = Pick<LineDeps, 'database' | 'audit' | 'simOrders'>;

/** Which line; and which SIM of it, where another may have been reserved since. */
type MoveOrder = LineOrder & { readonly simId?: string | undefined };

/** Reserves one SIM of the stock, with this card number or whichever comes first. One at a time for a line. */
export async function reserveSim(
  deps: Deps,
  { lineId, by, iccid }: LineOrder & { iccid?: Iccid | undefined },
): Promise<ReserveOutcome> {
  try {
    return await deps.database.transaction(async (tx) => {
      if ((await lockLine(tx, lineId)) === undefined) return { kind: 'not-found' };
      if ((await findReservedSim(tx, lineId)) !== undefined) return { kind: 'open' };
      const sim = await reserveStockSim(tx, { lineId, iccid });
      if (sim === undefined) return { kind: 'no-sim' };
      await deps.audit.simReserved(tx, { lineId, by, simId: sim.id });
      return { kind: 'done', sim };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return { kind: 'open' };
  }
}

/** The reserved SIM is on its way; from now on its number can be activated. */
export async function shipSim(deps: SimMoveDeps, order: MoveOrder): Promise<ReserveOutcome> {
  return await move(deps, order, { from: ['reserved'], to: 'shipped', note: deps.audit.simShipped });
}

/** It has arrived. */
export async function deliverSim(deps: SimMoveDeps, order: MoveOrder): Promise<ReserveOutcome> {
  return await move(deps, order, { from: ['shipped'], to: 'delivered', note: deps.audit.simDelivered });
}

/** The SIM will not be used: its number is never accepted again. */
export async function cancelSim(deps: SimMoveDeps, order: MoveOrder): Promise<ReserveOutcome> {
  const from = ['reserved', 'shipped', 'delivered'] as const;
  return await move(deps, order, { from, to: 'cancelled', note: deps.audit.simCancelled });
}

interface Step extends SimMove {
  readonly note: LineDeps['audit']['simShipped'];
}

async function move(
  { database, simOrders }: SimMoveDeps,
  { lineId, by, simId }: MoveOrder,
  { from, to, note }: Step,
): Promise<ReserveOutcome> {
  return await database.transaction(async (tx) => {
    if ((await lockLine(tx, lineId)) === undefined) return { kind: 'not-found' };
    const sim = await moveReservedSim(tx, lineId, { from, to, simId });
    if (sim === undefined) return { kind: 'none-reserved' };
    await note(tx, { lineId, by, simId: sim.id });
    await simOrders.follow(tx, { simId: sim.id, to, by });
    return { kind: 'done', sim };
  });
}
