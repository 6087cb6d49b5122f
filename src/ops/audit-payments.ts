// Events of payments, receipts and refunds. Amounts and ids are in them; nothing of a card.
import type { AuditFact } from './audit.ts';

type Draft = Pick<AuditFact, 'action' | 'actor'> & Partial<AuditFact> & { readonly level?: 'info' | 'warn' };

interface OfPayment {
  readonly accountId: string;
  readonly paymentId: string;
}

interface OfMoney {
  readonly unit: string;
  readonly amountMinor: number;
}

export interface PaymentAudit<Tx = unknown> {
  paymentStarted(tx: Tx, about: OfPayment & OfMoney & { purpose: string; items: number }): Promise<void>;
  /** `late`: it had ended here before the money came. */
  paymentCaptured(
    tx: Tx,
    about: OfPayment & OfMoney & { purpose: string; receipt: string; late: boolean },
  ): Promise<void>;
  /** Without money: `declined`, `cancelled` or `expired`. */
  paymentEnded(tx: Tx, about: OfPayment & { state: string; reason: string }): Promise<void>;
  refundRequested(tx: Tx, about: OfPayment & OfMoney & { refundId: string; reason: string }): Promise<void>;
  refundEnded(tx: Tx, about: { paymentId: string; refundId: string; state: string }): Promise<void>;
  /** A message that claims to be the provider's and is not to be believed. */
  paymentMessageRefused(tx: Tx, about: { why: string }): Promise<void>;
}

/** Makes them over how a row is written. */
export function paymentEvents<Tx>(record: (tx: Tx, draft: Draft) => Promise<void>): PaymentAudit<Tx> {
  return {
    paymentStarted: (tx, { accountId, paymentId, ...details }) =>
      record(tx, { action: 'payment.started', actor: 'account', accountId, object: paymentId, details }),
    paymentCaptured: (tx, { accountId, paymentId, ...details }) =>
      record(tx, { action: 'payment.captured', actor: 'payment-provider', accountId, object: paymentId, details }),
    paymentEnded: (tx, { accountId, paymentId, state, reason }) =>
      record(tx, {
        ...{ action: `payment.${state}`, actor: state === 'expired' ? 'system' : 'payment-provider', accountId },
        ...{ object: paymentId, outcome: 'failure', details: { reason } },
      }),
    refundRequested: (tx, { accountId, paymentId, ...details }) =>
      record(tx, {
        ...{ action: 'refund.requested', actor: 'system', accountId, object: paymentId, details },
        level: 'warn',
      }),
    refundEnded: (tx, { paymentId, refundId, state }) =>
      record(tx, {
        ...{ action: 'refund.ended', actor: 'payment-provider', object: paymentId, details: { refundId, state } },
        outcome: state === 'done' ? 'success' : 'failure',
      }),
    paymentMessageRefused: (tx, details) =>
      record(tx, {
        ...{ action: 'payment.message_refused', actor: 'payment-provider', outcome: 'failure', details },
        level: 'warn',
      }),
  };
}
