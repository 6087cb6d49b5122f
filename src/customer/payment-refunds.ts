// Gives money back that came twice: asks the provider until it has answered, from any node. Ours is the name of the
// refund, so that an answer that was lost does not give it back again.
import type { Audit } from '../ops/audit.ts';
import type { Database, Tx } from '../storage/database.ts';
import { takePayment } from '../storage/payments.ts';
import { type DueRefund, endRefund, takeDueRefund } from '../storage/refunds.ts';
import { type PaymentProvider, PaymentProviderError } from './payment-provider.ts';
import type { PaymentTelling } from './payment-telling.ts';

export interface RefundDeps {
  readonly database: Database;
  readonly provider: Pick<PaymentProvider, 'refund'>;
  readonly audit: Audit<Tx>;
  readonly telling: Pick<PaymentTelling, 'refunded'>;
}

// In one round; the next one takes the rest.
const mostAtOnce = 20;

/** Sends refunds that are due; to be called again and again, by any node. */
export async function sendRefunds(deps: RefundDeps): Promise<void> {
  for (let sent = 0; sent < mostAtOnce; sent += 1) {
    const refund = await takeDueRefund(deps.database.db);
    if (refund === undefined) return;
    await send(deps, refund);
  }
}

async function send({ database, provider, audit, telling }: RefundDeps, refund: DueRefund): Promise<void> {
  const { id, paymentId, unit, amountMinor, providerReference } = refund;
  if (providerReference === null) return;
  try {
    const amount = { unit, minor: amountMinor };
    const state = await provider.refund({ refundId: id, reference: providerReference, amount });
    await database.transaction(async (tx) => {
      const row = await takePayment(tx, paymentId);
      const ended = await endRefund(tx, id, state);
      if (row === undefined || ended === undefined) return;
      await audit.refundEnded(tx, { paymentId, refundId: id, state });
      if (state === 'done') await telling.refunded(tx, row, ended);
    });
  } catch (error) {
    // The lease runs out and another round asks again.
    if (!(error instanceof PaymentProviderError)) throw error;
  }
}
