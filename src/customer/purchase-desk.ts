// The shop's desk: phones with or without a plan, paid by card (B39) or on the next bill (B40), taken back until they
// are sent; more data paid by card.
import type { AccountId } from '../identifiers.ts';
import { findAccountHolder } from '../storage/accounts.ts';
import { findRelatedContract } from '../storage/contracts.ts';
import type { Tx } from '../storage/database.ts';
import type { OrderRow } from '../storage/order-tables.ts';
import { findOrder, findOrderFor, takeOrder } from '../storage/orders.ts';
import { listSoldOut } from '../storage/purchases.ts';
import { handsetSteps } from './handset-moves.ts';
import { viewOfOrder } from './order-desk.ts';
import { stepOrder } from './order-steps.ts';
import type { StartRefusal } from './payment-types.ts';
import { type PaymentDeps, startPayment } from './payments.ts';
import { claimHandset, deferHandset, type HandsetOrderDeps } from './purchase-handset.ts';
import type { CancelOutcome, HandsetOutcome, HandsetRefusal, HandsetWish, PurchaseDesk } from './purchase-types.ts';
import { findTopUpView, payTopUp } from './top-up-payments.ts';
import type { UsageDeskDeps } from './usage-types.ts';

export interface PurchaseDeskDeps extends HandsetOrderDeps {
  readonly brand: string;
  readonly payments: PaymentDeps;
  readonly usage: UsageDeskDeps;
}

/** Makes the desk over its dependencies. */
export function createPurchaseDesk(deps: PurchaseDeskDeps): PurchaseDesk {
  const { db } = deps.database;
  return {
    orderHandset: (wish) => (wish.method === 'card' ? payHandset(deps, wish) : defer(deps, wish)),
    cancel: (accountId, orderId) => deps.database.transaction((tx) => cancel(deps, tx, { accountId, orderId })),
    payTopUp: (wish) => payTopUp(deps, wish),
    topUp: (accountId, id) => findTopUpView(deps.usage, db, { accountId, id }),
    soldOut: () => listSoldOut(db, deps.brand),
  };
}

async function payHandset(deps: PurchaseDeskDeps, wish: HandsetWish): Promise<HandsetOutcome> {
  const { accountId, locale, idempotencyKey, returnUrl } = wish;
  const { db } = deps.database;
  const account = await findAccountHolder(db, accountId);
  if (account === undefined) return { kind: 'not-found' };
  const outcome = await startPayment<HandsetRefusal | StartRefusal>(deps.payments, {
    ...{ purpose: 'order', accountId, brand: account.brand, locale, idempotencyKey, returnUrl },
    request: requestOf(wish),
    claim: (tx) => claimHandset(deps, tx, wish),
  });
  // One order has one payment, made with it: another one can be open only of another request with this key.
  if (outcome.kind === 'payment-open') return { kind: 'key-reused' };
  if (outcome.kind !== 'started') return { kind: outcome.kind };
  const order = await findOrder(db, outcome.payment.items[0]?.itemId ?? '');
  return order === undefined ? { kind: 'not-found' } : { kind: 'ordered', order: await viewOfOrder(db, order) };
}

/** The same key with another text is refused. */
function requestOf({ contractId, handsetId, offerId, acceptedPrice, returnUrl }: HandsetWish): string {
  return JSON.stringify([contractId, handsetId, offerId, acceptedPrice.unit, acceptedPrice.minor, returnUrl]);
}

async function defer(deps: PurchaseDeskDeps, wish: HandsetWish): Promise<HandsetOutcome> {
  return await deps.database.transaction(async (tx): Promise<HandsetOutcome> => {
    const outcome = await deferHandset(deps, tx, wish);
    return outcome.kind === 'placed' ? { kind: 'ordered', order: await viewOfOrder(tx, outcome.order) } : outcome;
  });
}

interface Wanted {
  readonly accountId: AccountId;
  readonly orderId: string;
}

async function cancel(deps: PurchaseDeskDeps, tx: Tx, { accountId, orderId: id }: Wanted): Promise<CancelOutcome> {
  const seen = await findOrderFor(tx, { accountId, id });
  if (seen === undefined) return { kind: 'not-found' };
  if (seen.type !== 'handset' || !(await mayCancel(tx, accountId, seen))) return { kind: 'refused' };
  const order = await takeOrder(tx, id);
  if (order === undefined || !handsetSteps[order.state].includes('cancelled')) return { kind: 'refused' };
  const moved = await stepOrder(deps, tx, { order, to: 'cancelled', by: 'account' });
  return moved === undefined ? { kind: 'refused' } : { kind: 'cancelled', order: await viewOfOrder(tx, moved) };
}

async function mayCancel(tx: Tx, accountId: AccountId, { accountId: by, contractId }: OrderRow): Promise<boolean> {
  if (by === accountId) return true;
  const related = contractId === null ? undefined : await findRelatedContract(tx, { accountId, contractId });
  return related?.relation === 'holder';
}
