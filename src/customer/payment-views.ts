// Payments as their payers see them: rows in, views out.
import type { Db } from '../storage/database.ts';
import type { PaymentItemRow, PaymentRow, ReceiptContent, RefundRow } from '../storage/payment-tables.ts';
import { listPaymentItems } from '../storage/payments.ts';
import { listReceiptsOfPayments } from '../storage/receipts.ts';
import { listRefundsOf } from '../storage/refunds.ts';
import type { PaymentView } from './payment-types.ts';

/** Some payments with their items, receipts and refunds. */
export async function viewsOfPayments(db: Db, rows: readonly PaymentRow[]): Promise<PaymentView[]> {
  const ids = rows.map(({ id }) => id);
  const items = Map.groupBy(await listPaymentItems(db, ids), ({ paymentId }) => paymentId);
  const refunds = Map.groupBy(await listRefundsOf(db, ids), ({ paymentId }) => paymentId);
  const receipts = new Map((await listReceiptsOfPayments(db, ids)).map((one) => [one.paymentId, one.content]));
  return rows.map((row) =>
    viewOf(row, {
      items: items.get(row.id) ?? [],
      refunds: refunds.get(row.id) ?? [],
      receipt: receipts.get(row.id),
    }),
  );
}

/** One payment. */
export async function viewOfPayment(db: Db, row: PaymentRow): Promise<PaymentView> {
  const [view] = await viewsOfPayments(db, [row]);
  if (view === undefined) throw new Error('a row gives a view');
  return view;
}

interface Parts {
  readonly items: readonly PaymentItemRow[];
  readonly refunds: readonly RefundRow[];
  readonly receipt: ReceiptContent | undefined;
}

function viewOf(row: PaymentRow, { items, refunds, receipt }: Parts): PaymentView {
  const { id, purpose, state, stateAt, createdAt, expiresAt, unit, amountMinor, description } = row;
  const isOpen = state === 'created' || state === 'authorised';
  return {
    ...{ id, purpose, state, stateAt, createdAt, expiresAt, description, amount: { unit, minor: amountMinor } },
    items: items.map((item) => ({
      ...{ itemId: item.itemId, label: item.label, state: item.state, amount: { unit, minor: item.amountMinor } },
    })),
    checkoutUrl: isOpen ? (row.checkoutUrl ?? undefined) : undefined,
    endReason: row.endReason ?? undefined,
    card: cardOf(row),
    authorizationCode: row.authorizationCode ?? undefined,
    receipt: receipt?.number,
    refunds: refunds.map((refund) => ({
      ...{ amount: { unit: refund.unit, minor: refund.amountMinor }, state: refund.state, reason: refund.reason },
    })),
  };
}

/** Brand and last digits of the card, if the provider told them. */
export function cardOf({ cardBrand, cardLast4 }: PaymentRow): PaymentView['card'] {
  return cardBrand === null || cardLast4 === null ? undefined : { brand: cardBrand, last4: cardLast4 };
}
