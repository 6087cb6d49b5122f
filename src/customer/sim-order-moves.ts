// Orders of SIMs go where their SIMs go, and nowhere else: by staff, by the clock in the sandbox, by the customer who
// activates or cancels (B35). The line is locked first, then its SIM, then the order.
import type { SimOrders } from '../enrolment/line-types.ts';
import { cancelSim, deliverSim, type ReserveOutcome, type SimMoveDeps, shipSim } from '../enrolment/reserve-sim.ts';
import type { OrderState } from '../storage/order-tables.ts';
import { findSimOfOrder, listDueSimOrders, takeOpenOrderOfSim } from '../storage/sim-orders.ts';
import { type OrderMovingDeps, stepOrder } from './order-steps.ts';

/** What moves of SIMs call for the order behind them. */
export function simOrdersOf(deps: OrderMovingDeps): SimOrders {
  return {
    async follow(tx, { simId, to, by }) {
      const order = await takeOpenOrderOfSim(tx, simId);
      // A SIM that the network did not take is delivered once more.
      if (order === undefined || order.state === to) return;
      await stepOrder(deps, tx, { order, to, by: by.kind });
    },
  };
}

function movingSims(deps: OrderMovingDeps): SimMoveDeps {
  return { ...deps, simOrders: simOrdersOf(deps) };
}

type Move = (deps: SimMoveDeps, order: Parameters<typeof shipSim>[1]) => Promise<ReserveOutcome>;

const moves: Readonly<Partial<Record<OrderState, Move>>> = {
  shipped: shipSim,
  delivered: deliverSim,
  cancelled: cancelSim,
};

/** Staff move the order by its SIM; false if that is not where this leads from. */
export async function moveSimOfOrder(
  deps: OrderMovingDeps,
  { orderId, to }: { orderId: string; to: OrderState },
): Promise<boolean> {
  const move = moves[to];
  const where = await findSimOfOrder(deps.database.db, orderId);
  if (move === undefined || where === undefined) return false;
  return (await move(movingSims(deps), { ...where, by: { kind: 'staff' } })).kind === 'done';
}

/** How long a SIM is packed, and how long the postman takes: minutes of the domain clock; 0: staff say so. */
export interface PostRules {
  readonly toShip: number;
  readonly toDeliver: number;
}

const mostAtOnce = 20;

/** What the post does in the sandbox; to be called again and again, by any node. */
export async function moveDueSimOrders(deps: OrderMovingDeps, rules: PostRules): Promise<void> {
  const sims = movingSims(deps);
  for (const { to, ...where } of await listDueSimOrders(deps.database.db, { ...rules, most: mostAtOnce })) {
    const move = to === 'shipped' ? shipSim : deliverSim;
    await move(sims, { ...where, by: { kind: 'system' } });
  }
}
