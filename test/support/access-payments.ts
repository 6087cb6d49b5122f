// A payment with its receipt for the sweep over all routes: the payment provider is no part of that world.
import { randomBytes } from 'node:crypto';
import { writeReceipt } from '../../src/customer/payment-receipts.ts';
import type { AccountId } from '../../src/identifiers.ts';
import type { Database } from '../../src/storage/database.ts';
import { insertPayment, movePayment, setItemState } from '../../src/storage/payments.ts';

/** A bill's worth of money of hers that has come. */
export async function makePayment({ transaction }: Database, accountId: AccountId): Promise<void> {
  const id = `pay_${accountId.slice(4)}`;
  const item = { itemId: `inv_${accountId.slice(4)}`, label: 'F1', amountMinor: 1_000 };
  await transaction(async (tx) => {
    const row = await insertPayment(tx, {
      ...{ id, brand: 'exemple', purpose: 'invoices', payerAccountId: accountId, unit: 'EUR', amountMinor: 1_000 },
      ...{ description: 'Facture F1', locale: 'fr', idempotencyKey: id, requestDigest: id, returnUrl: null },
      ...{ items: [item], minutes: 30 },
    });
    await movePayment(tx, { id, from: ['created'], to: 'captured' });
    await setItemState(tx, { paymentId: id, itemId: item.itemId, state: 'settled' });
    const parts = { randomBytes, timeZoneOf: () => 'Europe/Paris' };
    const items = [{ label: item.label, amountMinor: 1_000, refundedMinor: 0 }];
    await writeReceipt(parts, tx, { row, items, at: new Date('2026-03-01T08:00:00Z') });
  });
}
