// Staff send a new SIM to a line: taken out of the stock, shipped, or taken back while it was not activated (b4 to b6,
// b10). The line and its SIM go on as they are until the new one is activated.
import type { Iccid } from '../identifiers.ts';
import type { Tx } from '../storage/database.ts';
import { isUniqueViolation } from '../storage/database.ts';
import { lockLine } from '../storage/line-changes.ts';
import { findReservedSim, moveReservedSim, reserveStockSim } from '../storage/sim-replacement.ts';
import type { SimRow } from '../storage/tables.ts';
import type { LineDeps, LineOrder } from './line-types.ts';

export type ReserveOutcome =
  | { readonly kind: 'done'; readonly sim: SimRow }
  | { readonly kind: 'not-found' | 'no-sim' | 'open' | 'none-reserved' };

type Deps = Pick<LineDeps, 'database' | 'audit'>;

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
export async function shipSim(deps: Deps, { lineId, by }: LineOrder): Promise<ReserveOutcome> {
  return await move(deps, lineId, async (tx) => {
    const sim = await moveReservedSim(tx, lineId, { from: ['reserved'], to: 'shipped' });
    if (sim !== undefined) await deps.audit.simShipped(tx, { lineId, by, simId: sim.id });
    return sim;
  });
}

/** The SIM will not be used: its number is never accepted again. */
export async function cancelSim(deps: Deps, { lineId, by }: LineOrder): Promise<ReserveOutcome> {
  return await move(deps, lineId, async (tx) => {
    const sim = await moveReservedSim(tx, lineId, { from: ['reserved', 'shipped', 'delivered'], to: 'cancelled' });
    if (sim !== undefined) await deps.audit.simCancelled(tx, { lineId, by, simId: sim.id });
    return sim;
  });
}

async function move(
  { database }: Deps,
  lineId: string,
  work: (tx: Tx) => Promise<SimRow | undefined>,
): Promise<ReserveOutcome> {
  return await database.transaction(async (tx) => {
    if ((await lockLine(tx, lineId)) === undefined) return { kind: 'not-found' };
    const sim = await work(tx);
    return sim === undefined ? { kind: 'none-reserved' } : { kind: 'done', sim };
  });
}
