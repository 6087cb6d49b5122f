// What the people of the demo have used this billing month and the last: made up, always the same, seen from today.
import { type BillingPeriod, billingPeriodAt, periodBefore } from '../customer/billing-period.ts';
import { catalogueOf, findOffer } from '../customer/catalogue.ts';
import { emptyCounter, isOfHome, planOf, rateEvent, type UsagePlan } from '../customer/usage-rating.ts';
import { categoryOf, tariffOf, type UsageTariff } from '../customer/usage-tariff.ts';
import type { ProvisionDeps } from '../enrolment/provision.ts';
import type { Tx } from '../storage/database.ts';
import { claimUsageAlert, putCounters } from '../storage/usage-rating.ts';
import { insertUsageRecords } from '../storage/usage-records.ts';
import type { UsageCounterRow, UsageRecordRow, UsageType } from '../storage/usage-tables.ts';
import { demoProducts } from './products.ts';

const brand = 'exemple';
const timeZone = 'Europe/Paris';
const gigabyte = 1_000_000_000;
const dayMs = 86_400_000;

/** How many of each kind in a billing month, and how much together. */
interface Month {
  readonly type: UsageType;
  readonly count: number;
  readonly total: number;
  readonly peers?: readonly string[];
  readonly abroad?: string;
}

interface DemoUsage {
  /** Of the contract, as in the world. */
  readonly number: number;
  readonly months: readonly [current: readonly Month[], before: readonly Month[]];
}

const friends = ['+33639984411', '+33639984422', '+33639984433', '+33142680000'];

const usages: readonly DemoUsage[] = [
  {
    number: 1,
    months: [
      [
        { type: 'data', count: 36, total: 51 * gigabyte },
        { type: 'voice', count: 24, total: 9_240, peers: friends },
        { type: 'sms', count: 31, total: 31, peers: friends },
        { type: 'mms', count: 4, total: 4, peers: friends },
        { type: 'sms', count: 2, total: 2, peers: ['81212'] },
        { type: 'internet', count: 18, total: 118 * gigabyte },
        { type: 'fixed_voice', count: 6, total: 4_500, peers: friends },
      ],
      [
        { type: 'data', count: 30, total: 44 * gigabyte },
        { type: 'voice', count: 28, total: 11_520, peers: friends },
        { type: 'sms', count: 40, total: 40, peers: friends },
        { type: 'voice', count: 2, total: 540, peers: ['+442079460000'] },
        { type: 'internet', count: 30, total: 203 * gigabyte },
        { type: 'fixed_voice', count: 9, total: 6_060, peers: friends },
      ],
    ],
  },
  {
    number: 4,
    months: [
      [
        { type: 'data', count: 20, total: 15.2 * gigabyte },
        { type: 'data', count: 6, total: 2.4 * gigabyte, abroad: 'ES' },
        { type: 'voice', count: 15, total: 5_400, peers: friends },
        { type: 'sms', count: 12, total: 12, peers: friends },
      ],
      [
        { type: 'data', count: 24, total: 19.6 * gigabyte },
        { type: 'voice', count: 18, total: 6_000, peers: friends },
        { type: 'sms', count: 15, total: 15, peers: friends },
        { type: 'voice', count: 1, total: 180, peers: ['+33899100000'] },
      ],
    ],
  },
];

/** When the contracts of the demo began: a while ago, and so that the billing month is well under way. */
export function demoContractStart(now: Date): Date {
  const start = new Date(now.getTime() - 18 * dayMs);
  // First the day, so that no month is too short for it.
  if (start.getUTCDate() > 28) start.setUTCDate(28);
  start.setUTCMonth(start.getUTCMonth() - 14);
  return start;
}

/** Writes records and counters, in a few statements. */
export async function seedUsage(deps: Pick<ProvisionDeps, 'idFor' | 'now'>, tx: Tx): Promise<void> {
  const rows: UsageRecordRow[] = [];
  const counters = new Map<string, Omit<UsageCounterRow, 'updatedAt'>>();
  for (const usage of usages) rows.push(...recordsOf(deps, usage, counters));
  await insertUsageRecords(tx, rows);
  await putCounters(tx, [...counters.values()]);
  for (const { contractId, periodStart, id: recordId, chargeMinor } of rows) {
    // Told long ago: what comes now is not the first.
    if (chargeMinor > 0) await claimUsageAlert(tx, { contractId, periodStart, recordId });
  }
}

interface Place {
  readonly contractId: string;
  readonly lineId: string;
  readonly plan: UsagePlan;
  readonly tariff: UsageTariff;
  readonly period: BillingPeriod;
  readonly until: Date;
}

function recordsOf(
  { idFor, now }: Pick<ProvisionDeps, 'idFor' | 'now'>,
  { number, months }: DemoUsage,
  counters: Map<string, Omit<UsageCounterRow, 'updatedAt'>>,
): UsageRecordRow[] {
  const tariff = tariffOf(brand);
  if (tariff === undefined) return [];
  const products = demoProducts.get(number);
  const offer = findOffer(catalogueOf(brand), products?.offerId ?? null);
  const plan = planOf(offer, { tariff, optionIds: products?.options?.map(({ id }) => id) ?? [] });
  const contract = { startedAt: demoContractStart(now()) };
  const current = billingPeriodAt(contract, { at: now(), timeZone });
  const before = periodBefore(contract, { start: current.start, timeZone });
  const ids = {
    contractId: idFor('ctr', `K${200_000 + number}`),
    lineId: idFor('lin', `+336399800${String(number).padStart(2, '0')}`),
  };
  return months.flatMap((kinds, n) => {
    const period = n === 0 ? current : before;
    const until = n === 0 ? now() : period.end;
    const place = { ...ids, plan, tariff, period, until };
    return kinds
      .flatMap((kind, which) => eventsOf(kind, { place, seed: number * 100 + n * 10 + which }))
      .sort((a, b) => a.at.getTime() - b.at.getTime())
      .map((event) => rated(event, place, { counters, idFor }));
  });
}

type DemoEvent = Pick<UsageRecordRow, 'eventId' | 'at' | 'type' | 'quantity' | 'peer'> & {
  readonly abroad: string | undefined;
};

/** Spread over the month; what is left over goes to the last, so that the total is exact. */
function eventsOf(kind: Month, { place, seed }: { place: Place; seed: number }): DemoEvent[] {
  const { type, count, total, peers, abroad } = kind;
  const { period, until } = place;
  const next = numbersFrom(seed);
  const share = total / count;
  const stepMs = (until.getTime() - period.start.getTime()) / count;
  let left = total;
  return Array.from({ length: count }, (_, n) => {
    const isLast = n === count - 1;
    const quantity = isLast ? left : Math.min(left, Math.max(1, Math.round(share * (0.4 + next()))));
    left -= quantity;
    const at = new Date(period.start.getTime() + Math.floor((n + next()) * stepMs));
    const peer = peers?.[Math.floor(next() * peers.length)] ?? null;
    const eventId = `demo-${place.contractId}-${period.start.toISOString()}-${seed}-${n}`;
    return { eventId, at, type, quantity, peer, abroad };
  });
}

function rated(
  { abroad, ...event }: DemoEvent,
  { contractId, lineId, plan, tariff, period, until }: Place,
  { counters, idFor }: Pick<ProvisionDeps, 'idFor'> & { counters: Map<string, Omit<UsageCounterRow, 'updatedAt'>> },
): UsageRecordRow {
  const { type, quantity } = event;
  const home = isOfHome(type);
  const owner = home ? contractId : lineId;
  const place = { contractId, owner, periodStart: period.start, periodEnd: period.end, type };
  const key = `${owner} ${period.start.getTime()} ${type}`;
  const counter = counters.get(key) ?? { ...place, ...emptyCounter };
  const category = categoryOf(tariff, { peer: event.peer ?? undefined, abroad });
  const toRate = { type, category, direction: 'out' as const, quantity, blocked: null };
  const result = rateEvent(toRate, { plan, tariff, counter });
  counters.set(key, { ...counter, ...result.counter });
  const { included, outside, chargeMinor } = result;
  return {
    ...event,
    ...{ id: idFor('use', event.eventId), brand, contractId, lineId: home ? null : lineId, periodStart: period.start },
    ...{ category, direction: 'out', included, outside, blocked: null, unit: tariff.unit, chargeMinor },
    recordedAt: until,
  };
}

/** Numbers from 0 to below 1 that look like chance and are always the same (a linear congruence). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
