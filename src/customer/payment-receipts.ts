// The receipt of a payment (E13): written in the transaction of its capture, numbered without gaps in its brand, never
// changed. What it says is fixed here; how it looks is in receipt-html.ts and receipt-pdf.ts.
import { newId } from '../identifiers.ts';
import { findAccountHolder } from '../storage/accounts.ts';
import type { Tx } from '../storage/database.ts';
import type { PaymentRow, ReceiptContent } from '../storage/payment-tables.ts';
import { insertReceipt, takeReceiptNumber } from '../storage/receipts.ts';
import { cardOf } from './payment-views.ts';

export interface ReceiptDeps {
  readonly randomBytes: (size: number) => Buffer;
  readonly timeZoneOf: (brand: string) => string;
}

/** A thing with the money that came for it, and what of it goes back. */
export interface PaidItem {
  readonly label: string;
  readonly amountMinor: number;
  readonly refundedMinor: number;
}

/** Writes it and gives what it says. */
export async function writeReceipt(
  { randomBytes, timeZoneOf }: ReceiptDeps,
  tx: Tx,
  { row, items, at }: { row: PaymentRow; items: readonly PaidItem[]; at: Date },
): Promise<ReceiptContent> {
  const { brand, locale, unit, description, payerAccountId, authorizationCode } = row;
  const card = cardOf(row);
  const payer = (await findAccountHolder(tx, payerAccountId))?.label ?? '';
  // Last: until the end of the transaction nobody else of the brand gets a number.
  const number = await takeReceiptNumber(tx, brand);
  const content: ReceiptContent = {
    ...{
      number: receiptNumberText(number),
      brand,
      locale,
      timeZone: timeZoneOf(brand),
      paidAt: at.toISOString(),
      payer,
    },
    ...{ amount: { unit, minor: row.amountMinor }, description, paymentId: row.id },
    items: items.map(({ label, amountMinor, refundedMinor }) => ({
      ...{ label, amount: { unit, minor: amountMinor } },
      ...(refundedMinor === 0 ? {} : { refunded: { unit, minor: refundedMinor } }),
    })),
    ...(card === undefined ? {} : { card }),
    ...(authorizationCode === null ? {} : { authorizationCode }),
  };
  await insertReceipt(tx, { id: newId('rcp', randomBytes), number, payerAccountId, content });
  return content;
}

/** `R0000042`. */
export function receiptNumberText(number: number): string {
  return `R${String(number).padStart(7, '0')}`;
}

/** The number in it; undefined for what is none. */
export function readReceiptNumber(text: string): number | undefined {
  const number = /^R([0-9]{7,9})$/.test(text) ? Number(text.slice(1)) : 0;
  return number > 0 && receiptNumberText(number) === text ? number : undefined;
}
