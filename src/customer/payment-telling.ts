// What payers are told of their payments: the notification centre for every end, an e-mail when money was taken or a
// card was refused. In the transaction of the event.
import type { PaymentNotices } from '../messaging/payment-notices.ts';
import { readAppNow, type Tx } from '../storage/database.ts';
import type { LocalText } from '../storage/order-tables.ts';
import type { PaymentItemRow, PaymentRow, ReceiptContent, RefundRow } from '../storage/payment-tables.ts';
import { listPaymentItems } from '../storage/payments.ts';
import { type Amount, amountText } from './money.ts';
import type { Notifier } from './notification-centre.ts';

export interface PaymentTelling {
  paid(tx: Tx, row: PaymentRow, receipt: ReceiptContent): Promise<void>;
  /** Declined, cancelled or expired. */
  ended(tx: Tx, row: PaymentRow): Promise<void>;
  refunded(tx: Tx, row: Pick<PaymentRow, 'payerAccountId'>, refund: RefundRow): Promise<void>;
}

/** Makes it over the two channels. */
export function createPaymentTelling({
  notifier,
  notices,
}: {
  readonly notifier: Notifier;
  readonly notices: PaymentNotices;
}): PaymentTelling {
  return {
    async paid(tx, row, receipt) {
      const about = await factsOf(tx, row);
      const back = backOf(receipt);
      await notifier.notify(tx, {
        ...about.notice,
        key: back === null ? 'payment-paid' : 'payment-paid-back',
        params: { ...about.params, receipt: receipt.number, ...(back === null ? {} : { back }) },
      });
      await notices.paymentTold(tx, { ...about.message, state: 'paid', receipt: receipt.number, back });
    },
    async ended(tx, row) {
      const about = await factsOf(tx, row);
      await notifier.notify(tx, { ...about.notice, key: `payment-${row.state}`, params: about.params });
      if (row.state !== 'declined') return;
      await notices.paymentTold(tx, { ...about.message, state: 'declined', receipt: '', back: null });
    },
    async refunded(tx, { payerAccountId: accountId }, { id, unit, amountMinor }) {
      await notifier.notify(tx, {
        ...{ accountId, topic: 'billing', key: 'payment-refunded', eventId: id },
        params: { amount: saidAmount({ unit, minor: amountMinor }) },
      });
    },
  };
}

async function factsOf(tx: Tx, { id: paymentId, payerAccountId: accountId, state, unit, amountMinor }: PaymentRow) {
  const at = await readAppNow(tx);
  const what = namesOf(await listPaymentItems(tx, [paymentId]));
  const amount = saidAmount({ unit, minor: amountMinor });
  return {
    notice: { accountId, topic: 'billing' as const, link: '/bills', eventId: `${paymentId}:${state}` },
    params: { at: at.toISOString(), amount, what },
    message: { paymentId, accountId, at, amount, what },
  };
}

function saidAmount(amount: Amount): LocalText {
  return { fr: amountText(amount, 'fr'), en: amountText(amount, 'en') };
}

const longest = 200;

function namesOf(items: readonly PaymentItemRow[]): string {
  const names = items.map(({ label }) => label).join(', ');
  return names.length <= longest ? names : `${names.slice(0, longest - 1)}…`;
}

/** The part that goes back; null for none. */
function backOf({ amount: { unit }, items }: ReceiptContent): LocalText | null {
  const minor = items.reduce((sum, { refunded }) => sum + (refunded?.minor ?? 0), 0);
  return minor === 0 ? null : saidAmount({ unit, minor });
}
