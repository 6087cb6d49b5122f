// Payments and receipts as the API shows them, with the names of TMF676.
import { z } from 'zod';
import { toMoney } from '../customer/money.ts';
import type { PaymentPurpose, PaymentView, ReceiptContent, ReceiptView } from '../customer/payment-types.ts';
import { moment, money } from './schemas.ts';

const state = z.enum(['created', 'authorised', 'captured', 'declined', 'cancelled', 'expired']);
const card = z.strictObject({
  '@type': z.literal('bankCard'),
  brand: z.string().optional(),
  lastFourDigits: z.string().optional(),
});
const reference = z.strictObject({ id: z.string(), href: z.string() });

export const paymentSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('Payment'),
  description: z.string(),
  status: state,
  statusDate: moment,
  /** A word of the payment provider, for a payment that ended without money. */
  statusReason: z.string().optional(),
  paymentDate: moment,
  totalAmount: money,
  paymentMethod: card,
  authorizationCode: z.string().optional(),
  paymentItem: z.array(
    z.strictObject({
      item: z.strictObject({ id: z.string(), href: z.string(), name: z.string(), '@referredType': z.string() }),
      amount: money,
    }),
  ),
  /** The page where the card is typed, and until when; while the payment is open. */
  redirectUrl: z.string().optional(),
  expiresAt: moment.optional(),
  receipt: reference.optional(),
  refund: z
    .array(z.strictObject({ amount: money, status: z.enum(['requested', 'done', 'refused']), reason: z.string() }))
    .optional(),
});

const places: Readonly<Record<PaymentPurpose, { readonly path: string; readonly type: string }>> = {
  invoices: { path: '/billing/v1/invoices', type: 'CustomerBill' },
  order: { path: '/order/v1/orders', type: 'ProductOrder' },
  topup: { path: '/usage/v1/topups', type: 'TopupBalance' },
};

/** `apis`: the address of all APIs. */
export function paymentBody(view: PaymentView, apis: string): z.output<typeof paymentSchema> {
  const { id, state: status, purpose, items, receipt, refunds, authorizationCode, checkoutUrl, endReason } = view;
  const place = places[purpose];
  return {
    ...{ id, href: `${apis}/billing/v1/payments/${id}`, '@type': 'Payment', description: view.description },
    ...{ status, statusDate: view.stateAt, paymentDate: view.createdAt, totalAmount: toMoney(view.amount) },
    ...(endReason === undefined ? {} : { statusReason: endReason }),
    paymentMethod: cardBody(view.card),
    ...(authorizationCode === undefined ? {} : { authorizationCode }),
    paymentItem: items.map(({ itemId, label, amount }) => ({
      item: { id: itemId, href: `${apis}${place.path}/${itemId}`, name: label, '@referredType': place.type },
      amount: toMoney(amount),
    })),
    ...(checkoutUrl === undefined ? {} : { redirectUrl: checkoutUrl, expiresAt: view.expiresAt }),
    ...(receipt === undefined ? {} : { receipt: { id: receipt, href: `${apis}/billing/v1/receipts/${receipt}` } }),
    ...(refunds.length === 0
      ? {}
      : {
          refund: refunds.map((one) => ({ ...{ amount: toMoney(one.amount), status: one.state, reason: one.reason } })),
        }),
  };
}

function cardBody(known: PaymentView['card']): z.output<typeof card> {
  return {
    '@type': 'bankCard',
    ...(known === undefined ? {} : { brand: known.brand, lastFourDigits: known.last4 }),
  };
}

export const receiptSchema = z.strictObject({
  /** Its number: R0000001 and on, without gaps in the brand. */
  id: z.string(),
  href: z.string(),
  '@type': z.literal('Receipt'),
  receiptDate: moment,
  paymentDate: moment,
  payer: z.string(),
  description: z.string(),
  totalAmount: money,
  paymentMethod: card,
  authorizationCode: z.string().optional(),
  receiptItem: z.array(z.strictObject({ name: z.string(), amount: money, refundedAmount: money.optional() })),
  payment: z.strictObject({ id: z.string() }),
  receiptDocument: z.array(z.strictObject({ url: z.string(), mimeType: z.string(), name: z.string() })),
});

/** The same for a receipt. */
export function receiptBody({ content, issuedAt }: ReceiptView, apis: string): z.output<typeof receiptSchema> {
  const { number, payer, description, amount, authorizationCode, items, paymentId, paidAt } = content;
  const href = `${apis}/billing/v1/receipts/${number}`;
  return {
    ...{
      id: number,
      href,
      '@type': 'Receipt',
      receiptDate: issuedAt,
      paymentDate: new Date(paidAt),
      payer,
      description,
    },
    ...{ totalAmount: toMoney(amount), paymentMethod: cardBody(content.card), payment: { id: paymentId } },
    ...(authorizationCode === undefined ? {} : { authorizationCode }),
    receiptItem: items.map(receiptItem),
    receiptDocument: [
      { url: `${href}?format=pdf`, mimeType: 'application/pdf', name: `${number}.pdf` },
      { url: `${href}?format=html`, mimeType: 'text/html', name: `${number}.html` },
    ],
  };
}

function receiptItem({ label, amount, refunded }: ReceiptContent['items'][number]) {
  const back = refunded === undefined ? {} : { refundedAmount: toMoney(refunded) };
  return { name: label, amount: toMoney(amount), ...back };
}
