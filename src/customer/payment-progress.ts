// How payments go on: what the provider tells of them, and the end of their time. Each step is one transaction with all
// that follows from it: the thing that is paid, the receipt, money that goes back, what the payer is told. A capture
// always counts, for the money was taken; nothing that comes after one changes it (X98, X100).
import { newId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import type { PaymentItemRow, PaymentRow, PaymentState } from '../storage/payment-tables.ts';
import {
  listOverduePayments,
  listPaymentItems,
  movePayment,
  releaseItems,
  setItemState,
  takePayment,
} from '../storage/payments.ts';
import { insertRefund } from '../storage/refunds.ts';
import type { ProviderEvent } from './payment-provider.ts';
import { type PaidItem, type ReceiptDeps, writeReceipt } from './payment-receipts.ts';
import type { PaymentTelling } from './payment-telling.ts';
import type { NotifiedOutcome, PurposeHandler, PurposeHandlers } from './payment-types.ts';

export interface ProgressDeps extends ReceiptDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly purposes: PurposeHandlers;
  readonly telling: PaymentTelling;
}

const openStates: readonly PaymentState[] = ['created', 'authorised'];

/** Does what an event of the provider says; resolves when it is committed. */
export async function applyEvent(deps: ProgressDeps, event: ProviderEvent): Promise<NotifiedOutcome> {
  return await deps.database.transaction(async (tx): Promise<NotifiedOutcome> => {
    // Two messages about one payment come one after the other.
    const row = await takePayment(tx, event.paymentId);
    if (row === undefined || (row.providerReference ?? event.reference) !== event.reference) {
      return { kind: 'unknown-payment' };
    }
    const { unit, minor } = event.amount;
    if (unit !== row.unit || minor !== row.amountMinor) return { kind: 'amount-mismatch' };
    const moved =
      event.kind === 'captured' ? await capture(deps, tx, { row, event }) : await step(deps, tx, { row, event });
    return { kind: moved ? 'applied' : 'unchanged' };
  });
}

interface Told {
  readonly row: PaymentRow;
  readonly event: ProviderEvent;
}

async function step(deps: ProgressDeps, tx: Tx, { row, event }: Told): Promise<boolean> {
  const { kind, reference: providerReference, reason, authorizationCode } = event;
  if (kind === 'captured') throw new Error('a capture is more than a step');
  const from = kind === 'authorised' ? (['created'] as const) : openStates;
  const details = {
    providerReference,
    ...(authorizationCode === undefined ? {} : { authorizationCode }),
    ...(kind === 'authorised' ? {} : { endReason: reason ?? kind }),
  };
  const moved = await movePayment(tx, { id: row.id, from, to: kind, details });
  if (moved === undefined) return false;
  if (kind !== 'authorised') await endPayment(deps, tx, { row: moved, told: true });
  return true;
}

/** What follows when a payment has come to an end without money. */
export async function endPayment(
  deps: Pick<ProgressDeps, 'purposes' | 'audit' | 'telling'>,
  tx: Tx,
  { row, told }: { row: PaymentRow; told: boolean },
): Promise<void> {
  await releaseItems(tx, row.id);
  await handlerOf(deps, row).onEnded(tx, row, await listPaymentItems(tx, [row.id]));
  const { id: paymentId, payerAccountId: accountId, state, endReason } = row;
  await deps.audit.paymentEnded(tx, { accountId, paymentId, state, reason: endReason ?? state });
  if (told) await deps.telling.ended(tx, row);
}

function handlerOf({ purposes }: Pick<ProgressDeps, 'purposes'>, { purpose }: PaymentRow): PurposeHandler {
  const handler = purposes[purpose];
  if (handler === undefined) throw new Error(`nobody handles payments of ${purpose}`);
  return handler;
}

const beforeCapture: readonly PaymentState[] = ['created', 'authorised', 'declined', 'cancelled', 'expired'];

async function capture(deps: ProgressDeps, tx: Tx, { row, event }: Told): Promise<boolean> {
  const { card, authorizationCode, reference: providerReference } = event;
  const details = {
    ...{ providerReference, endReason: null },
    ...(authorizationCode === undefined ? {} : { authorizationCode }),
    ...(card === undefined ? {} : { cardBrand: card.brand, cardLast4: card.last4 }),
  };
  const moved = await movePayment(tx, { id: row.id, from: beforeCapture, to: 'captured', details });
  if (moved === undefined) return false;
  const items: PaidItem[] = [];
  for (const item of await listPaymentItems(tx, [row.id])) items.push(await settle(deps, tx, { row: moved, item }));
  const receipt = await writeReceipt(deps, tx, { row: moved, items, at: await readAppNow(tx) });
  const { id: paymentId, payerAccountId: accountId, unit, amountMinor, purpose } = moved;
  const late = !openStates.includes(row.state);
  await deps.audit.paymentCaptured(tx, {
    accountId,
    paymentId,
    unit,
    amountMinor,
    purpose,
    receipt: receipt.number,
    late,
  });
  await deps.telling.paid(tx, moved, receipt);
  return true;
}

interface OneItem {
  readonly row: PaymentRow;
  readonly item: PaymentItemRow;
}

/** Lets one thing take its money; what it does not take goes back. */
async function settle(deps: ProgressDeps, tx: Tx, { row, item }: OneItem): Promise<PaidItem> {
  const { appliedMinor } = await handlerOf(deps, row).onCaptured(tx, row, item);
  if (appliedMinor < 0 || appliedMinor > item.amountMinor) throw new Error('more was taken than was paid');
  const { paymentId, itemId } = item;
  await setItemState(tx, { paymentId, itemId, state: appliedMinor > 0 ? 'settled' : 'refunded' });
  const back = item.amountMinor - appliedMinor;
  if (back > 0) await askBack(deps, tx, { row, itemId, amountMinor: back });
  return { label: item.label, amountMinor: item.amountMinor, refundedMinor: back };
}

async function askBack(
  deps: ProgressDeps,
  tx: Tx,
  { row, itemId, amountMinor }: { row: PaymentRow; itemId: string; amountMinor: number },
): Promise<void> {
  const { id: paymentId, payerAccountId: accountId, unit } = row;
  const refund = { id: newId('ref', deps.randomBytes), paymentId, itemId, unit, amountMinor };
  if (!(await insertRefund(tx, { ...refund, reason: 'already_paid' }))) return;
  const about = { accountId, paymentId, unit, amountMinor, refundId: refund.id, reason: 'already_paid' };
  await deps.audit.refundRequested(tx, about);
}

// In one round; the next one takes the rest.
const mostAtOnce = 50;

/** Ends payments whose time is over; to be called again and again, by any node. */
export async function expirePayments(deps: ProgressDeps): Promise<void> {
  for (const id of await listOverduePayments(deps.database.db, mostAtOnce)) {
    // One transaction each: a payment that waits for the provider's message holds up no other.
    await deps.database.transaction(async (tx) => {
      const details = { endReason: 'expired' };
      const row = await movePayment(tx, { id, from: openStates, to: 'expired', details });
      if (row !== undefined) await endPayment(deps, tx, { row, told: row.checkoutUrl !== null });
    });
  }
}
