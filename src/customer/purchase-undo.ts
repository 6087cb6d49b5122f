// What a cancelled order gives back: the phone to the stock, captured money to its card, the charge to nobody; a charge
// that a bill has taken already is made good by a credit on the next one.
import type { Audit } from '../ops/audit.ts';
import type { Tx } from '../storage/database.ts';
import type { OrderPurchase, OrderRow } from '../storage/order-tables.ts';
import { insertPendingCharge, withdrawPendingCharge } from '../storage/pending-charges.ts';
import { chargeSourceOf, findPurchase, findSettlement, returnHandset } from '../storage/purchases.ts';
import { insertRefund } from '../storage/refunds.ts';

interface Deps {
  readonly audit: Audit<Tx>;
}

/** To be called once, in the transaction that cancels the order. */
export async function undoPurchase(deps: Deps, tx: Tx, order: OrderRow): Promise<void> {
  const purchase = await findPurchase(tx, order.id);
  if (purchase === undefined) return;
  await returnHandset(tx, { brand: order.brand, handsetId: purchase.handsetId });
  if (purchase.method === 'card') await giveBack(deps, tx, order);
  else await takeOffBill(tx, order, purchase);
}

async function giveBack({ audit }: Deps, tx: Tx, { id: itemId, accountId }: OrderRow): Promise<void> {
  // Nothing yet if the card has not been charged; money that comes later goes back by itself.
  const paid = await findSettlement(tx, { purpose: 'order', itemId });
  if (paid === undefined) return;
  // Named after the order: it is paid back once.
  const id = itemId.replace(/^ord/, 'ref');
  const refund = { id, ...paid, itemId, reason: 'cancelled' as const };
  if (!(await insertRefund(tx, refund))) return;
  await audit.refundRequested(tx, { accountId, refundId: id, ...paid, reason: 'cancelled' });
}

async function takeOffBill(tx: Tx, { id, contractId, items }: OrderRow, purchase: OrderPurchase): Promise<void> {
  const sourceId = chargeSourceOf(id);
  if (contractId === null || (await withdrawPendingCharge(tx, sourceId))) return;
  const name = items.find(({ what }) => what === 'handset')?.name ?? { fr: id, en: id };
  const { unit, totalMinor } = purchase;
  await insertPendingCharge(tx, {
    ...{ contractId, kind: 'credit', includesTax: true, taxCategory: 'standard', sourceId: `${sourceId}:credit` },
    ...{ amount: { unit, minor: -totalMinor } },
    label: { fr: `${name.fr}, commande annulée`, en: `${name.en}, cancelled order` },
  });
}
