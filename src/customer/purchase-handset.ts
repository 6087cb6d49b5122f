// A phone for a contract, with or without another plan (B38): one order, written with its payment (B39) or with the
// charge for the next bill (B40) in one transaction. Prices are those of this moment.
import { newId } from '../identifiers.ts';
import { markOptionsEnding } from '../storage/contract-products.ts';
import type { RelatedContract } from '../storage/contracts.ts';
import type { Tx } from '../storage/database.ts';
import type { OrderItem, OrderRow } from '../storage/order-tables.ts';
import { findOrderByKey, insertOrder } from '../storage/orders.ts';
import { insertPendingCharge } from '../storage/pending-charges.ts';
import { mayProxyDefer } from '../storage/proxies.ts';
import { chargeSourceOf, findPurchase, insertPurchase, takeHandset } from '../storage/purchases.ts';
import { catalogueOf, type Handset } from './catalogue.ts';
import { takeAllowedContract } from './contract-access.ts';
import { type OrderMovingDeps, stepOrder } from './order-steps.ts';
import { tellOrder } from './order-telling.ts';
import type { DueClaim, StartRefusal } from './payment-types.ts';
import { planChange, samePrice } from './plan-changes.ts';
import type { HandsetRefusal, HandsetWish } from './purchase-types.ts';

export interface HandsetOrderDeps extends OrderMovingDeps {
  readonly randomBytes: (size: number) => Buffer;
}

type Placed =
  | { readonly kind: 'placed' | 'placed-before'; readonly order: OrderRow; readonly handset: Handset }
  | HandsetRefusal;

/** Writes the order for a payment that begins with it. */
export async function claimHandset(
  deps: HandsetOrderDeps,
  tx: Tx,
  wish: HandsetWish,
): Promise<DueClaim | HandsetRefusal | StartRefusal> {
  const placed = await place(deps, tx, wish);
  // Whoever was quicker with this key has its payment, too.
  if (placed.kind === 'placed-before') return { kind: 'payment-open' };
  if (!('order' in placed)) return placed;
  const { order, handset } = placed;
  const items = [{ itemId: order.id, label: handset.name, amount: handset.price }];
  return { kind: 'due', items, description: handset.name };
}

/** Writes the order with its charge for the next bill; it holds at once. */
export async function deferHandset(
  deps: HandsetOrderDeps,
  tx: Tx,
  wish: HandsetWish,
): Promise<{ readonly kind: 'placed'; readonly order: OrderRow } | HandsetRefusal> {
  const placed = await place(deps, tx, wish);
  if (!('order' in placed)) return placed;
  const { order, handset } = placed;
  if (placed.kind === 'placed-before') return { kind: 'placed', order };
  const { contractId } = wish;
  await insertPendingCharge(tx, {
    ...{ contractId, kind: 'deferred', label: nameOf(handset), amount: handset.price, includesTax: true },
    ...{ taxCategory: 'standard', sourceId: chargeSourceOf(order.id) },
  });
  await tellOrder(deps, tx, order);
  const confirmed = await stepOrder(deps, tx, { order, to: 'confirmed', by: 'system' });
  return { kind: 'placed', order: confirmed ?? order };
}

async function place(deps: HandsetOrderDeps, tx: Tx, wish: HandsetWish): Promise<Placed> {
  const found = await takeAllowedContract(tx, { ...wish, action: 'manage' });
  if (found === undefined) return { kind: 'not-found' };
  const handset = catalogueOf(found.contract.brand).handsets.find(({ id }) => id === wish.handsetId);
  if (handset === undefined) return { kind: 'unknown-handset' };
  const before = await findOrderByKey(tx, wish);
  if (before !== undefined) {
    return (await isSame(tx, before, wish))
      ? { kind: 'placed-before', order: before, handset }
      : { kind: 'key-reused' };
  }
  const refusal = await refusalOf(tx, { wish, found, handset });
  if (refusal !== undefined) return refusal;
  return await write(deps, tx, { wish, found, handset });
}

async function isSame(tx: Tx, { id, contractId, items }: OrderRow, wish: HandsetWish): Promise<boolean> {
  const purchase = await findPurchase(tx, id);
  const offer = items.find(({ what }) => what === 'offer')?.id;
  return (
    contractId === wish.contractId &&
    purchase?.handsetId === wish.handsetId &&
    purchase.method === wish.method &&
    offer === wish.offerId
  );
}

interface Wanted {
  readonly wish: HandsetWish;
  readonly found: RelatedContract;
  readonly handset: Handset;
}

async function refusalOf(tx: Tx, { wish, found, handset }: Wanted): Promise<HandsetRefusal | undefined> {
  const { kind, payMode } = found.contract;
  // What stands at home makes no use of a phone.
  if (kind !== 'MOBILE' && kind !== 'OPEN') return { kind: 'incompatible' };
  if (!samePrice(handset.price, wish.acceptedPrice)) return { kind: 'price-changed' };
  if (wish.method === 'card') return undefined;
  if (payMode === 'prepaid') return { kind: 'deferral-not-possible' };
  if (found.relation === 'proxy' && !(await mayProxyDefer(tx, wish))) return { kind: 'deferral-not-allowed' };
  return undefined;
}

async function write(deps: HandsetOrderDeps, tx: Tx, { wish, found, handset }: Wanted): Promise<Placed> {
  const { accountId, contractId, idempotencyKey, method, offerId, acceptedPlanPrice: acceptedPrice } = wish;
  const { brand } = found.contract;
  const plan =
    offerId === undefined ? noPlan : await planChange(tx, { found, offerId, action: 'change', acceptedPrice });
  if (plan.kind !== 'fits') return plan;
  if (!(await takeHandset(tx, { brand, handsetId: handset.id }))) return { kind: 'out-of-stock' };
  const id = newId('ord', deps.randomBytes);
  const order = await insertOrder(tx, {
    ...{ id, brand, accountId, contractId, type: 'handset', idempotencyKey, items: [itemOf(handset), ...plan.items] },
    termsVersion: catalogueOf(brand).termsVersion,
  });
  const { unit, minor: totalMinor } = handset.price;
  await insertPurchase(tx, { orderId: id, method, unit, totalMinor, handsetId: handset.id });
  await markOptionsEnding(tx, { contractId, optionIds: plan.endingOptions, orderId: id });
  await deps.audit.orderPlaced(tx, { accountId, orderId: id, contractId, type: 'handset', relation: found.relation });
  return { kind: 'placed', order, handset };
}

const noPlan = { kind: 'fits', items: [], endingOptions: [] } as const;

function itemOf(handset: Handset): OrderItem {
  const { id, price } = handset;
  return { action: 'add', what: 'handset', id, name: nameOf(handset), price, recurring: false };
}

function nameOf({ name }: Handset) {
  return { fr: name, en: name };
}
