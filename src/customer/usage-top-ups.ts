// More data for a line whose plan limits it (B19): credited once, charged once, said once.
import { newId } from '../identifiers.ts';
import type { Tx } from '../storage/database.ts';
import type { Amount, LocalText } from '../storage/order-tables.ts';
import { insertPendingCharge } from '../storage/pending-charges.ts';
import { findTopUpByKey, insertTopUp } from '../storage/usage-lines.ts';
import { listCountersOf, putCounters } from '../storage/usage-rating.ts';
import type { TopUpRow } from '../storage/usage-tables.ts';
import { type BillingPeriod, billingPeriodAt } from './billing-period.ts';
import { findManagedLine, type ManagedLine, type OfLine, takeManagedLine } from './usage-controls.ts';
import { emptyCounter, hasLimitedData } from './usage-rating.ts';
import type { UsageTariff } from './usage-tariff.ts';
import { tellTopUp } from './usage-telling.ts';
import type { TopUpOffers, TopUpOutcome, TopUpView, TopUpWish, UsageDeskDeps } from './usage-types.ts';
import { type ContractUse, readUse, summaryOf, wantedPeriod } from './usage-view.ts';

/** What may be bought for a line; undefined for a line that has no mobile data of its own. */
export async function readTopUpOffers(
  { database: { db }, timeZoneOf }: UsageDeskDeps,
  place: OfLine,
): Promise<TopUpOffers | undefined> {
  const managed = await findManagedLine(db, place);
  const use = managed && (await useOf(db, managed, timeZoneOf));
  const period = use && wantedPeriod(use, 'current');
  if (managed === undefined || use === undefined || period === undefined) return undefined;
  const { proposeTopUp } = await summaryOf(db, use, { period, lines: [managed.line], home: false });
  return {
    offers: hasLimitedData(use.plan) ? use.tariff.topUps : [],
    suspended: managed.line.status === 'suspended',
    proposed: proposeTopUp.includes(place.lineId),
  };
}

type Db = Parameters<typeof readUse>[0];

async function useOf(
  db: Db,
  { found }: ManagedLine,
  timeZoneOf: UsageDeskDeps['timeZoneOf'],
): Promise<ContractUse | undefined> {
  const { kind, brand } = found.contract;
  // A box at home is a contract of its own kind.
  if (kind !== 'MOBILE' && kind !== 'OPEN') return undefined;
  return await readUse(db, { found, timeZone: timeZoneOf(brand) });
}

/** Buys one on the bill; the same key gives the same top-up, however often and at once it comes. */
export async function topUp(deps: UsageDeskDeps, wish: TopUpWish): Promise<TopUpOutcome> {
  return await deps.database.transaction(async (tx): Promise<TopUpOutcome> => {
    const placed = await placeTopUp(deps, tx, { wish, method: 'invoice' });
    if (!('row' in placed)) return placed;
    const { row, use } = placed;
    if (placed.kind === 'placed') await chargeAndCredit(deps, tx, { row, use });
    return { kind: 'done', topUp: topUpView(row, use) };
  });
}

export type PlacedTopUp =
  | { readonly kind: 'placed' | 'placed-before'; readonly row: TopUpRow; readonly use: ContractUse }
  | Exclude<TopUpOutcome, { readonly kind: 'done' }>;

/** Writes a top-up if the line may have it, with its contract taken; by card it waits for the money. */
export async function placeTopUp(
  deps: UsageDeskDeps,
  tx: Tx,
  { wish, method }: { wish: TopUpWish; method: TopUpRow['method'] },
): Promise<PlacedTopUp> {
  const managed = await takeManagedLine(tx, wish);
  const use = managed && (await useOf(tx, managed, deps.timeZoneOf));
  if (managed === undefined || use === undefined) return { kind: 'not-found' };
  const before = await findTopUpByKey(tx, wish);
  if (before !== undefined) {
    const isSame = before.lineId === wish.lineId && before.offerId === wish.offerId && before.method === method;
    return isSame ? { kind: 'placed-before', row: before, use } : { kind: 'key-reused' };
  }
  if (!hasLimitedData(use.plan)) return { kind: 'not-applicable' };
  if (managed.line.status === 'suspended') return { kind: 'suspended' };
  const offer = use.tariff.topUps.find(({ id }) => id === wish.offerId);
  if (offer === undefined) return { kind: 'unknown-offer' };
  if (wish.acceptedPrice !== undefined && !samePrice(offer.price, wish.acceptedPrice)) return { kind: 'price-changed' };
  const { accountId, lineId, offerId, idempotencyKey } = wish;
  const { id: contractId, brand } = use.found.contract;
  const row = await insertTopUp(tx, {
    ...{ id: newId('tup', deps.randomBytes), brand, accountId, contractId, lineId, offerId, idempotencyKey, method },
    ...{ unit: offer.price.unit, priceMinor: offer.price.minor, bytes: offer.bytes },
    ...{ periodStart: currentPeriod(use).start, state: method === 'card' ? 'waiting' : 'done' },
  });
  return { kind: 'placed', row, use };
}

/** The billing month that has begun. */
export function currentPeriod(use: ContractUse): BillingPeriod {
  const period = wantedPeriod(use, 'current');
  if (period === undefined) throw new Error('the current billing month is always there');
  return period;
}

interface Bought {
  readonly row: TopUpRow;
  readonly use: ContractUse;
}

async function chargeAndCredit(deps: UsageDeskDeps, tx: Tx, { row, use }: Bought): Promise<void> {
  const { id, contractId, lineId } = row;
  await insertPendingCharge(tx, {
    ...{ contractId, lineId, kind: 'topup', label: nameOf(use.tariff, row.offerId), amount: priceOf(row) },
    ...{ includesTax: true, taxCategory: 'standard', sourceId: `topup:${id}` },
  });
  await creditTopUp(deps, tx, { row, use });
}

/** Gives the line its data in the month of the row, and says so. The contract must be taken: nobody else counts. */
export async function creditTopUp(deps: UsageDeskDeps, tx: Tx, { row, use }: Bought): Promise<void> {
  const { id, accountId, contractId, lineId, offerId, bytes, periodStart } = row;
  const { end: periodEnd } = periodOf(row, use);
  const counters = await listCountersOf(tx, { contractId, periodStart });
  const { updatedAt: _at, ...counter } = counters.find((one) => one.owner === lineId && one.type === 'data') ?? {
    ...{ contractId, owner: lineId, periodStart, periodEnd, type: 'data' as const, ...emptyCounter },
    updatedAt: use.now,
  };
  await putCounters(tx, [{ ...counter, granted: counter.granted + bytes }]);
  const { relation } = use.found;
  await deps.audit.topUpBought(tx, { accountId, lineId, topUpId: id, offerId, relation });
  const offer = { id: offerId, name: nameOf(use.tariff, offerId), bytes, price: priceOf(row) };
  await tellTopUp(deps, tx, { topUp: row, offer, byProxy: relation === 'proxy' });
}

function periodOf({ periodStart }: TopUpRow, { found, timeZone }: ContractUse): BillingPeriod {
  return billingPeriodAt(found.contract, { at: periodStart, timeZone });
}

/** As its buyer sees it. */
export function topUpView(row: TopUpRow, use: ContractUse): TopUpView {
  const { id, lineId, offerId, bytes, createdAt, state } = row;
  return {
    ...{ id, lineId, offerId, bytes, state, name: nameOf(use.tariff, offerId), at: createdAt },
    ...{ price: priceOf(row), validUntil: periodOf(row, use).end },
  };
}

function priceOf({ unit, priceMinor: minor }: TopUpRow): Amount {
  return { unit, minor };
}

/** What an offer is called; its id for one that is sold no more. */
export function nameOf({ topUps }: UsageTariff, offerId: string): LocalText {
  return topUps.find(({ id }) => id === offerId)?.name ?? { fr: offerId, en: offerId };
}

function samePrice(one: Amount, other: Amount): boolean {
  return one.unit === other.unit && one.minor === other.minor;
}
