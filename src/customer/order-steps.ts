// One step of an order: where it is now, what it changes at its end, who is told. Whether it may take it is decided by
// whoever calls.
import type { Audit } from '../ops/audit.ts';
import {
  applyOrderToOptions,
  putCommitment,
  setContractOffer,
  undoOrderOnOptions,
} from '../storage/contract-products.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { OrderRow, OrderState } from '../storage/order-tables.ts';
import { moveOrder } from '../storage/orders.ts';
import { catalogueOf, findOffer } from './catalogue.ts';
import { type OrderTellingDeps, tellOrder } from './order-telling.ts';
import { undoPurchase } from './purchase-undo.ts';

export interface OrderMovingDeps extends OrderTellingDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
}

export interface OrderStepping {
  readonly order: OrderRow;
  readonly to: OrderState;
  readonly by: 'account' | 'staff' | 'system';
  /** Nobody is told. */
  readonly silent?: boolean;
}

/** Takes it from the state that it was read in; undefined if it is there no more. */
export async function stepOrder(
  deps: OrderMovingDeps,
  tx: Tx,
  { order, to, by, silent = false }: OrderStepping,
): Promise<OrderRow | undefined> {
  const moved = await moveOrder(tx, { id: order.id, from: order.state, to });
  if (moved === undefined) return undefined;
  if (to === 'done') await apply(tx, moved);
  if (to === 'cancelled') await undo(deps, tx, moved);
  await deps.audit.orderMoved(tx, { accountId: moved.accountId, orderId: moved.id, state: to, by });
  if (!silent) await tellOrder(deps, tx, moved);
  return moved;
}

async function undo(deps: OrderMovingDeps, tx: Tx, order: OrderRow): Promise<void> {
  await undoOrderOnOptions(tx, order.id);
  await undoPurchase(deps, tx, order);
}

async function apply(tx: Tx, { id, brand, contractId, type, items }: OrderRow): Promise<void> {
  if (contractId === null) return;
  const plan = items.find(({ what }) => what === 'offer');
  if (plan !== undefined) await setContractOffer(tx, contractId, plan.id);
  if (plan !== undefined && type === 'renewal') {
    const months = findOffer(catalogueOf(brand), plan.id)?.commitmentMonths ?? 0;
    await putCommitment(tx, { contractId, orderId: id, months });
  }
  await applyOrderToOptions(tx, id);
}
