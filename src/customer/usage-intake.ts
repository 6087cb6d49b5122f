// Takes events of use in: finds whose they are, rates each once, writes records and counters, tells of the first that
// is beyond the plan. A batch is one transaction that has taken its contracts, so that an event sent twenty times at
// once is one event, and a plan is never given away twice.
import { newId } from '../identifiers.ts';
import { type Database, isUniqueViolation, readAppNow, type Tx } from '../storage/database.ts';
import { readClockOffset } from '../storage/domain-clock.ts';
import {
  claimUsageAlert,
  listClosings,
  listContractsByReference,
  listControls,
  listCounters,
  listLinesByNumber,
  putCounters,
  type RatedContract,
  takeContractsToRate,
} from '../storage/usage-rating.ts';
import { insertUsageRecords, listKnownEvents } from '../storage/usage-records.ts';
import type { BlockedReason, UsageCounterRow, UsageRecordRow } from '../storage/usage-tables.ts';
import { type BillingPeriod, billingPeriodAt } from './billing-period.ts';
import { catalogueOf, findOffer } from './catalogue.ts';
import type { IntakeReport, UsageEvent, UsageRefusal } from './usage-events.ts';
import { controlOf, emptyCounter, isOfHome, planOf, rateEvent, type UsagePlan } from './usage-rating.ts';
import { categoryOf, tariffOf, type UsageTariff } from './usage-tariff.ts';
import { tellOutOfBundle, type UsageTellingDeps } from './usage-telling.ts';

export interface UsageIntakeDeps extends UsageTellingDeps {
  readonly database: Database;
  readonly randomBytes: (size: number) => Buffer;
  /** Of a brand: where its days and months begin. */
  readonly timeZoneOf: (brand: string) => string;
}

/** Records are kept so long, and nothing older is taken. */
export const usageMonths = 13;
const oldestMs = 396 * 86_400_000;
/** Clocks of networks go a little wrong. */
const aheadMs = 300_000;

/** Takes a batch in. What is refused is told and keeps nothing else from being taken. */
export async function takeUsage(deps: UsageIntakeDeps, events: readonly UsageEvent[]): Promise<IntakeReport> {
  try {
    return await takeOnce(deps, events);
  } catch (error) {
    // Another batch has just brought one of these events, for another line: now it is known.
    if (!isUniqueViolation(error)) throw error;
    return await takeOnce(deps, events);
  }
}

/** An event with whom it belongs to. */
interface PlacedEvent {
  readonly event: UsageEvent;
  readonly at: Date;
  readonly lineId: string | null;
  readonly suspended: boolean;
  readonly rated: RatedContract;
  readonly tariff: UsageTariff;
}

type Refusal = IntakeReport['refused'][number];

async function takeOnce(deps: UsageIntakeDeps, events: readonly UsageEvent[]): Promise<IntakeReport> {
  return await deps.database.transaction(async (tx) => {
    const { placed, refused } = await place(tx, events);
    const known = await knownOf(tx, placed);
    const rater = await openRater(deps, tx, placed);
    const rows: UsageRecordRow[] = [];
    let duplicates = 0;
    // In their order of time: what was first takes from the plan first.
    for (const one of placed.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
      const name = nameOf(one);
      if (known.has(name)) {
        duplicates += 1;
        continue;
      }
      known.add(name);
      rows.push(rater.rate(one));
    }
    await insertUsageRecords(tx, rows);
    await putCounters(tx, rater.counters());
    await tellFirstBeyond(deps, tx, rows);
    const blocked = rows.filter((row) => row.blocked !== null).length;
    return { rated: rows.length - blocked, blocked, duplicates, refused };
  });
}

function nameOf({ event, rated }: PlacedEvent): string {
  return `${rated.contract.brand} ${event.eventId}`;
}

async function knownOf(tx: Tx, placed: readonly PlacedEvent[]): Promise<Set<string>> {
  const brands = [...new Set(placed.map(({ rated }) => rated.contract.brand))];
  return await listKnownEvents(
    tx,
    brands,
    placed.map(({ event }) => event.eventId),
  );
}

/** Finds line and contract of each event and takes the contracts for this transaction. */
async function place(tx: Tx, events: readonly UsageEvent[]): Promise<{ placed: PlacedEvent[]; refused: Refusal[] }> {
  const now = await readAppNow(tx);
  const offsetMs = (await readClockOffset(tx)) * 1_000;
  const lines = await listLinesByNumber(tx, [...new Set(events.flatMap((one) => ('msisdn' in one ? one.msisdn : [])))]);
  const homes = await listContractsByReference(tx, [
    ...new Set(events.flatMap((one) => ('contract' in one ? one.contract : []))),
  ]);
  const byNumber = new Map(lines.map((line) => [line.msisdn, line]));
  const byReference = new Map(homes.map(({ id, contractRef }) => [contractRef, id]));
  const ids = new Set([...lines.flatMap(({ contractId }) => contractId ?? []), ...byReference.values()]);
  const contracts = await takeContractsToRate(tx, [...ids].sort());
  const placed: PlacedEvent[] = [];
  const refused: Refusal[] = [];
  for (const event of events) {
    const line = 'msisdn' in event ? byNumber.get(event.msisdn) : undefined;
    const contractId = 'contract' in event ? byReference.get(event.contract) : line?.contractId;
    const rated = contractId == null ? undefined : contracts.get(contractId);
    const tariff = rated && tariffOf(rated.contract.brand);
    // What the network's clock showed, as the domain clock would have shown it.
    const at = event.at === undefined ? now : new Date(Date.parse(event.at) + offsetMs);
    const reason = refusalOf({ rated, tariff, at, now });
    if (reason !== undefined || rated === undefined || tariff === undefined) {
      refused.push({ eventId: event.eventId, reason: reason ?? 'unknown_subject' });
      continue;
    }
    placed.push({ event, at, lineId: line?.id ?? null, suspended: line?.status === 'suspended', rated, tariff });
  }
  return { placed, refused };
}

function refusalOf(found: {
  rated: RatedContract | undefined;
  tariff: UsageTariff | undefined;
  at: Date;
  now: Date;
}): UsageRefusal | undefined {
  const { rated, tariff, at, now } = found;
  if (rated === undefined) return 'unknown_subject';
  if (tariff === undefined) return 'not_rated_here';
  if (at.getTime() > now.getTime() + aheadMs) return 'in_future';
  return at.getTime() < now.getTime() - oldestMs ? 'too_old' : undefined;
}

interface Rater {
  rate(placed: PlacedEvent): UsageRecordRow;
  /** Those that have changed. */
  counters(): Omit<UsageCounterRow, 'updatedAt'>[];
}

/** Rates against counters as they are, and keeps what becomes of them until all is written at once. */
async function openRater(deps: UsageIntakeDeps, tx: Tx, placed: readonly PlacedEvent[]): Promise<Rater> {
  const now = await readAppNow(tx);
  const contractIds = [...new Set(placed.map(({ rated }) => rated.contract.id))];
  const after = new Date(Math.min(now.getTime(), ...placed.map(({ at }) => at.getTime())));
  const stored = await listCounters(tx, { contractIds, after });
  const state = new Map(stored.map(({ updatedAt: _at, ...row }) => [counterKey(row), row]));
  const closed = new Set((await listClosings(tx, contractIds)).map((one) => closingKey(one)));
  const lineIds = [...new Set(placed.flatMap(({ lineId }) => lineId ?? []))];
  const off = new Set(
    (await listControls(tx, lineIds)).flatMap((one) => (one.isEnabled ? [] : `${one.lineId} ${one.category}`)),
  );
  const plans = new Map<string, UsagePlan>();
  const changed = new Set<string>();
  return {
    rate(one) {
      const { event, rated, tariff } = one;
      const { contract } = rated;
      const plan = plans.get(contract.id) ?? planOfRated(rated, tariff);
      plans.set(contract.id, plan);
      const period = periodOf(deps, one, { closed, now });
      const category = categoryOf(tariff, { peer: event.peer, abroad: 'abroad' in event ? event.abroad : undefined });
      const control = controlOf(event.type, category);
      const blocked = blockedBy(one, control !== undefined && off.has(`${one.lineId} ${control}`));
      const owner = isOfHome(event.type) || one.lineId === null ? contract.id : one.lineId;
      const place = {
        contractId: contract.id,
        owner,
        periodStart: period.start,
        periodEnd: period.end,
        type: event.type,
      };
      const key = counterKey(place);
      const counter = state.get(key) ?? { ...place, ...emptyCounter };
      const { type, direction, quantity } = event;
      const result = rateEvent({ type, category, direction, quantity, blocked }, { plan, tariff, counter });
      if (result.counter !== counter) {
        state.set(key, { ...counter, ...result.counter });
        changed.add(key);
      }
      return {
        ...{ id: newId('use', deps.randomBytes), brand: contract.brand, eventId: event.eventId },
        ...{ contractId: contract.id, lineId: one.lineId, periodStart: period.start, at: one.at, type, category },
        ...{ direction, peer: event.peer ?? null, quantity, included: result.included, outside: result.outside },
        ...{ blocked, unit: tariff.unit, chargeMinor: result.chargeMinor, recordedAt: now },
      };
    },
    counters: () => [...changed].flatMap((key) => state.get(key) ?? []),
  };
}

function planOfRated({ contract, optionIds }: RatedContract, tariff: UsageTariff): UsagePlan {
  return planOf(findOffer(catalogueOf(contract.brand), contract.offerId), { tariff, optionIds });
}

function blockedBy({ suspended }: PlacedEvent, isOff: boolean): BlockedReason | null {
  if (suspended) return 'line_suspended';
  return isOff ? 'category_off' : null;
}

/** The billing month of the event; one that was closed takes nothing any more, the current one takes it. */
function periodOf(
  { timeZoneOf }: UsageIntakeDeps,
  { at, rated: { contract } }: PlacedEvent,
  { closed, now }: { closed: ReadonlySet<string>; now: Date },
): BillingPeriod {
  const timeZone = timeZoneOf(contract.brand);
  const own = billingPeriodAt(contract, { at, timeZone });
  const isClosed = closed.has(closingKey({ contractId: contract.id, periodStart: own.start }));
  return isClosed ? billingPeriodAt(contract, { at: now, timeZone }) : own;
}

function counterKey({ owner, periodStart, type }: Pick<UsageCounterRow, 'owner' | 'periodStart' | 'type'>): string {
  return `${owner} ${periodStart.getTime()} ${type}`;
}

function closingKey({ contractId, periodStart }: { contractId: string; periodStart: Date }): string {
  return `${contractId} ${periodStart.getTime()}`;
}

/** One alert for each billing month of a contract: whoever claims it first tells it (B21). */
async function tellFirstBeyond(deps: UsageIntakeDeps, tx: Tx, rows: readonly UsageRecordRow[]): Promise<void> {
  const told = new Set<string>();
  for (const row of rows) {
    const key = closingKey(row);
    if (row.chargeMinor === 0 || told.has(key)) continue;
    told.add(key);
    const { contractId, periodStart, id: recordId } = row;
    if (await claimUsageAlert(tx, { contractId, periodStart, recordId })) await tellOutOfBundle(deps, tx, row);
  }
}
