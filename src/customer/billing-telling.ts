// Tells that a bill is there, or that its due day is over: a notification and, as the account prefers, an e-mail.
import type { BillingNotices } from '../messaging/billing-notices.ts';
import { listBillRecipients, markSent } from '../storage/billing-runs.ts';
import type { InvoiceRow } from '../storage/billing-tables.ts';
import type { Tx } from '../storage/database.ts';
import { amountText } from './money.ts';
import type { Notifier } from './notification-centre.ts';

export interface BillTellingDeps {
  readonly notifier: Notifier;
  readonly notices: BillingNotices;
}

/** Tells everybody who may pay it. `dueMinor`: what it owes now. Gives how many accounts that is. */
export async function tellBill(
  { notifier, notices }: BillTellingDeps,
  tx: Tx,
  { invoice, event, dueMinor }: { invoice: InvoiceRow; event: 'issued' | 'overdue'; dueMinor: number },
): Promise<number> {
  const { id, number, currency, dueAt } = invoice;
  const due = { unit: currency, minor: dueMinor };
  const amount = { fr: amountText(due, 'fr'), en: amountText(due, 'en') };
  const accounts = await listBillRecipients(tx, invoice);
  const key = event === 'overdue' ? 'invoice-overdue' : dueMinor > 0 ? 'invoice-issued' : 'invoice-settled';
  for (const accountId of accounts) {
    await notifier.notify(tx, {
      ...{ accountId, topic: 'billing', key, link: `/bills/${id}`, eventId: `${id}:${event}` },
      params: { number, amount, until: dueAt.toISOString() },
    });
    await notices.billTold(tx, { invoiceId: id, accountId, event, number, amount, dueAt });
  }
  if (event === 'issued' && accounts.length > 0) await markSent(tx, id, invoice.issuedAt);
  return accounts.length;
}
