// More data paid by card: written with its payment, credited once when the money has come. What waits when the payment
// ends is cancelled, and stays so: money that comes later goes back, as for orders (decision 031).
import type { AccountId } from '../identifiers.ts';
import { findAccountHolder } from '../storage/accounts.ts';
import { findRelatedContract, type RelatedContract, takeContract } from '../storage/contracts.ts';
import type { Db, Tx } from '../storage/database.ts';
import { endTopUp, findTopUpOf, takeTopUp } from '../storage/usage-lines.ts';
import type { TopUpRow } from '../storage/usage-tables.ts';
import type { DueClaim, PurposeHandler, StartRefusal } from './payment-types.ts';
import { type PaymentDeps, startPayment } from './payments.ts';
import type { CardTopUpOutcome, CardTopUpWish } from './purchase-types.ts';
import { creditTopUp, currentPeriod, nameOf, type PlacedTopUp, placeTopUp, topUpView } from './usage-top-ups.ts';
import type { TopUpView, UsageDeskDeps } from './usage-types.ts';
import { readUse } from './usage-view.ts';

type Refusal = Exclude<PlacedTopUp, { readonly kind: 'placed' | 'placed-before' }>;

/** Begins to pay one. */
export async function payTopUp(
  deps: { readonly usage: UsageDeskDeps; readonly payments: PaymentDeps },
  wish: CardTopUpWish,
): Promise<CardTopUpOutcome> {
  const { accountId, lineId, offerId, locale, returnUrl, idempotencyKey, acceptedPrice } = wish;
  const { db } = deps.usage.database;
  const account = await findAccountHolder(db, accountId);
  if (account === undefined) return { kind: 'not-found' };
  const outcome = await startPayment<Refusal | StartRefusal>(deps.payments, {
    ...{ purpose: 'topup', accountId, brand: account.brand, locale, idempotencyKey, returnUrl },
    request: JSON.stringify([lineId, offerId, acceptedPrice?.unit, acceptedPrice?.minor, returnUrl]),
    claim: (tx) => claimTopUp(deps.usage, tx, wish),
  });
  if (outcome.kind === 'payment-open') return { kind: 'key-reused' };
  if (outcome.kind !== 'started') return { kind: outcome.kind };
  const { payment } = outcome;
  const topUp = await findTopUpView(deps.usage, db, { accountId, id: payment.items[0]?.itemId ?? '' });
  return topUp === undefined ? { kind: 'not-found' } : { kind: 'started', topUp, payment };
}

async function claimTopUp(
  deps: UsageDeskDeps,
  tx: Tx,
  wish: CardTopUpWish,
): Promise<DueClaim | Refusal | StartRefusal> {
  const placed = await placeTopUp(deps, tx, { wish, method: 'card' });
  // Whoever was quicker with this key has its payment, too.
  if (placed.kind === 'placed-before') return { kind: 'payment-open' };
  if (!('row' in placed)) return placed;
  const { row, use } = placed;
  const label = nameOf(use.tariff, row.offerId)[wish.locale];
  const amount = { unit: row.unit, minor: row.priceMinor };
  return { kind: 'due', items: [{ itemId: row.id, label, amount }], description: label };
}

/** A top-up of this account. */
export async function findTopUpView(
  deps: Pick<UsageDeskDeps, 'timeZoneOf'>,
  db: Db,
  place: { readonly accountId: AccountId; readonly id: string },
): Promise<TopUpView | undefined> {
  const row = await findTopUpOf(db, place);
  const found = row && (await findRelatedContract(db, row));
  const use = found && (await readUse(db, { found, timeZone: deps.timeZoneOf(row.brand) }));
  return row && use && topUpView(row, use);
}

/** What money for top-ups does. */
export function topUpPayments(deps: UsageDeskDeps): PurposeHandler {
  return {
    async onCaptured(tx, _payment, { itemId, amountMinor }) {
      return { appliedMinor: (await credit(deps, tx, itemId)) ? amountMinor : 0 };
    },
    async onEnded(tx, { endReason }, items) {
      for (const { itemId: id } of items) {
        const row = await takeTopUp(tx, id);
        if (row === undefined) continue;
        // Its page never came up: the same request may be repeated.
        const isFree = endReason === 'provider_unavailable';
        const freed = isFree ? { idempotencyKey: `${row.idempotencyKey} ${id}` } : {};
        await endTopUp(tx, { id, to: 'cancelled', ...freed });
      }
    },
  };
}

/** In the billing month in which the money comes: whoever pays at its end has the whole next one. */
async function credit(deps: UsageDeskDeps, tx: Tx, id: string): Promise<boolean> {
  const row = await takeTopUp(tx, id);
  if (row?.state !== 'waiting') return false;
  const found = await contractOf(tx, row);
  const use = found && (await readUse(tx, { found, timeZone: deps.timeZoneOf(row.brand) }));
  if (use === undefined) return false;
  const done = await endTopUp(tx, { id, to: 'done', periodStart: currentPeriod(use).start });
  if (done === undefined) return false;
  await creditTopUp(deps, tx, { row: done, use });
  return true;
}

/** Whoever has paid has a right to it, even if she manages the contract no more. */
async function contractOf(tx: Tx, { accountId, contractId }: TopUpRow): Promise<RelatedContract | undefined> {
  const contract = await takeContract(tx, contractId);
  if (contract === undefined) return undefined;
  const related = await findRelatedContract(tx, { accountId, contractId });
  return related ?? { contract, relation: 'proxy', label: null, since: contract.startedAt };
}
