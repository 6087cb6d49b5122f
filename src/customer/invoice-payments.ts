// Bills as a purpose of payments: who may pay which, that the amount is what is due now, and what a capture settles. A
// group's bill is paid through its parts, so that what one of them has paid alone is never asked for again (X102).
import type { Texts } from '../i18n.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import { type PayableInvoice, settleInvoice, takePayableInvoices } from '../storage/invoice-payments.ts';
import { listPartsOf, type SeenInvoice, seenInvoices } from '../storage/invoices.ts';
import { hasOpenPayment } from '../storage/payments.ts';
import type { DueClaim, DueItem, InvoiceRefusal, InvoicesWish, PurposeHandler, StartRefusal } from './payment-types.ts';

/** Puts captured money on bills. */
export const invoicePayments: PurposeHandler = {
  async onCaptured(tx, { id: paymentId }, { itemId: invoiceId, amountMinor }) {
    const at = await readAppNow(tx);
    const settled = await settleInvoice(tx, { invoiceId, paymentId, amountMinor, at });
    return { appliedMinor: settled?.appliedMinor ?? 0 };
  },
  async onEnded() {
    // A bill is open until it is paid: nothing was changed when the payment began.
  },
};

/** Locks the bills and says what is due, if the account may pay them and knows how much. */
export async function claimInvoices(
  tx: Tx,
  { accountId, invoiceIds, amount, locale }: InvoicesWish,
  texts: Texts,
): Promise<DueClaim | InvoiceRefusal | StartRefusal> {
  const seen = await seenInvoices(tx, accountId, invoiceIds);
  if (seen.length === 0 || seen.length < new Set(invoiceIds).size) return { kind: 'not-found' };
  const taken = await takePayableInvoices(tx, invoiceIds);
  if (seen.some((one) => isPaid(one, taken))) return { kind: 'already-paid' };
  const items = await dueItems(tx, seen, taken);
  if (
    await hasOpenPayment(
      tx,
      'invoices',
      items.map(({ itemId }) => itemId),
    )
  )
    return { kind: 'payment-open' };
  const dueMinor = items.reduce((sum, one) => sum + one.amount.minor, 0);
  const isOneCurrency = items.every((one) => one.amount.unit === amount?.unit);
  if (!isOneCurrency || amount?.minor !== dueMinor) return { kind: 'amount-mismatch' };
  return { kind: 'due', items, description: describe(seen, { texts, locale }) };
}

/** As it is now, with the rows locked: of a group, when all of its parts are. */
function isPaid({ id }: SeenInvoice, taken: readonly PayableInvoice[]): boolean {
  return !taken.some((one) => (one.id === id || one.groupInvoiceId === id) && one.dueMinor > 0);
}

async function dueItems(tx: Tx, seen: readonly SeenInvoice[], taken: readonly PayableInvoice[]): Promise<DueItem[]> {
  const numbers = new Map(seen.map(({ id, number }) => [id, number]));
  for (const group of seen.filter(({ kind }) => kind === 'group')) {
    for (const { id, number } of await listPartsOf(tx, group.id)) numbers.set(id, number);
  }
  return taken
    .filter(({ dueMinor }) => dueMinor > 0)
    .map(({ id, currency, dueMinor }) => ({
      ...{ itemId: id, label: numbers.get(id) ?? id, amount: { unit: currency, minor: dueMinor } },
    }));
}

function describe(seen: readonly SeenInvoice[], { texts, locale }: { texts: Texts; locale: 'fr' | 'en' }): string {
  const [first] = seen;
  return seen.length === 1 && first !== undefined
    ? texts.t(locale, 'checkout.bill', { number: first.number })
    : texts.t(locale, 'checkout.bills', { number: seen.length });
}

/** The text of a wish: the same key with another one is refused. */
export function invoicesRequest({ invoiceIds, amount, returnUrl }: InvoicesWish): string {
  return JSON.stringify([[...new Set(invoiceIds)].sort(), amount?.unit, amount?.minor, returnUrl]);
}
