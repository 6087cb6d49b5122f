// More data for a line whose plan limits it (B19): credited once, charged once, said once.
import { newId } from '../identifiers.ts';
import type { Tx } from '../storage/database.ts';
import type { Amount } from '../storage/order-tables.ts';
import { insertPendingCharge } from '../storage/pending-charges.ts';
import { findTopUpByKey, insertTopUp } from '../storage/usage-lines.ts';
import { listCountersOf, putCounters } from '../storage/usage-rating.ts';
import type { TopUpRow } from '../storage/usage-tables.ts';
import { findManagedLine, type ManagedLine, type OfLine, takeManagedLine } from './usage-controls.ts';
import { emptyCounter, hasLimitedData } from './usage-rating.ts';
import type { TopUpOffer, UsageTariff } from './usage-tariff.ts';
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

/** Buys one; the same key gives the same top-up, however often and at once it comes. */
export async function topUp(deps: UsageDeskDeps, wish: TopUpWish): Promise<TopUpOutcome> {
  return await deps.database.transaction(async (tx): Promise<TopUpOutcome> => {
    const managed = await takeManagedLine(tx, wish);
    const use = managed && (await useOf(tx, managed, deps.timeZoneOf));
    if (managed === undefined || use === undefined) return { kind: 'not-found' };
    const before = await findTopUpByKey(tx, wish);
    if (before !== undefined) return again(before, { wish, use });
    if (!hasLimitedData(use.plan)) return { kind: 'not-applicable' };
    if (managed.line.status === 'suspended') return { kind: 'suspended' };
    const offer = use.tariff.topUps.find(({ id }) => id === wish.offerId);
    if (offer === undefined) return { kind: 'unknown-offer' };
    if (wish.acceptedPrice !== undefined && !samePrice(offer.price, wish.acceptedPrice)) {
      return { kind: 'price-changed' };
    }
    return await buy(deps, tx, { wish, use, managed, offer });
  });
}

function again(before: TopUpRow, { wish, use }: { wish: TopUpWish; use: ContractUse }): TopUpOutcome {
  if (before.lineId !== wish.lineId || before.offerId !== wish.offerId) return { kind: 'key-reused' };
  return { kind: 'done', topUp: viewOf(before, use) };
}

interface Purchase {
  readonly wish: TopUpWish;
  readonly use: ContractUse;
  readonly managed: ManagedLine;
  readonly offer: TopUpOffer;
}

async function buy(deps: UsageDeskDeps, tx: Tx, { wish, use, managed, offer }: Purchase): Promise<TopUpOutcome> {
  const period = wantedPeriod(use, 'current');
  if (period === undefined) throw new Error('the current billing month is always there');
  const { accountId, lineId, offerId, idempotencyKey } = wish;
  const { id: contractId, brand } = use.found.contract;
  const id = newId('tup', deps.randomBytes);
  const price = { unit: offer.price.unit, priceMinor: offer.price.minor };
  const ids = { id, brand, accountId, contractId, lineId, offerId, idempotencyKey };
  const row = await insertTopUp(tx, {
    ...{ ...ids, ...price, bytes: offer.bytes, periodStart: period.start, method: 'invoice', state: 'done' },
  });
  // The contract is taken: nobody else writes this counter meanwhile.
  const place = { contractId, owner: lineId, periodStart: period.start, periodEnd: period.end, type: 'data' as const };
  const counters = await listCountersOf(tx, { contractId, periodStart: period.start });
  const { updatedAt: _at, ...counter } = counters.find((one) => one.owner === lineId && one.type === 'data') ?? {
    ...{ ...place, ...emptyCounter, updatedAt: use.now },
  };
  await putCounters(tx, [{ ...counter, granted: counter.granted + offer.bytes }]);
  await insertPendingCharge(tx, {
    ...{ contractId, lineId, kind: 'topup', label: offer.name, amount: offer.price, includesTax: true },
    ...{ taxCategory: 'standard', sourceId: `topup:${id}` },
  });
  const { relation } = managed.found;
  await deps.audit.topUpBought(tx, { accountId, lineId, topUpId: id, offerId, relation });
  await tellTopUp(deps, tx, { topUp: row, offer, byProxy: relation === 'proxy' });
  return { kind: 'done', topUp: viewOf(row, use) };
}

function viewOf(row: TopUpRow, use: ContractUse): TopUpView {
  const { id, lineId, offerId, bytes, unit, priceMinor, createdAt } = row;
  const period = wantedPeriod(use, row.createdAt) ?? { end: createdAt };
  return {
    ...{ id, lineId, offerId, bytes, name: nameOf(use.tariff, offerId), at: createdAt },
    ...{ price: { unit, minor: priceMinor }, validUntil: period.end },
  };
}

function nameOf({ topUps }: UsageTariff, offerId: string) {
  return topUps.find(({ id }) => id === offerId)?.name ?? { fr: offerId, en: offerId };
}

function samePrice(one: Amount, other: Amount): boolean {
  return one.unit === other.unit && one.minor === other.minor;
}
