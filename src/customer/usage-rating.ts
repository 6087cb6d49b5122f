// Rates one event of use: what the plan gives, what is beyond it, what that costs. Pure; each event once.
import type {
  BlockedReason,
  ControlCategory,
  UsageCategory,
  UsageCounterRow,
  UsageType,
} from '../storage/usage-tables.ts';
import type { Offer } from './catalogue.ts';
import { chargeOf, type UsageTariff, unitPriceOf } from './usage-tariff.ts';

/** What a plan with its options gives each month. */
export interface UsagePlan {
  /** By type; null: without limit. What is not named is not included. */
  readonly allowances: Readonly<Partial<Record<UsageType, number | null>>>;
  readonly covers: ReadonlySet<UsageCategory>;
}

const gigabyte = 1_000_000_000;
const everything = { voice: null, sms: null, mms: null, data: null, fixed_voice: null, internet: null } as const;

/** The plan of a contract. One that the catalogue does not know is taken for unlimited: nobody could say its limits. */
export function planOf(
  offer: Offer | undefined,
  { tariff, optionIds }: { tariff: UsageTariff; optionIds: readonly string[] },
): UsagePlan {
  const products = [...(offer === undefined ? [] : [offer.id]), ...optionIds];
  const covers = new Set<UsageCategory>(['national', ...products.flatMap((id) => tariff.covers[id] ?? [])]);
  if (offer === undefined) return { covers, allowances: everything };
  const more = optionIds.reduce((bytes, id) => bytes + (tariff.monthlyBytes[id] ?? 0), 0);
  return { covers, allowances: allowancesOf(offer, more) };
}

function allowancesOf({ kind, allowances }: Offer, moreBytes: number): UsagePlan['allowances'] {
  const { voiceMinutes = 0, sms = 0, mms = 0, dataGigabytes = 0 } = allowances;
  const seconds = voiceMinutes === null ? null : voiceMinutes * 60;
  const bytes = dataGigabytes === null ? null : dataGigabytes * gigabyte + moreBytes;
  if (kind === 'FIXE') return { fixed_voice: seconds };
  const mobile = { voice: seconds, sms, mms, data: bytes };
  if (kind === 'MOBILE') return mobile;
  // Beside a mobile plan the home is unlimited; a box of its own has what its offer says.
  return kind === 'OPEN'
    ? { ...mobile, fixed_voice: null, internet: null }
    : { ...mobile, fixed_voice: seconds, internet: bytes };
}

/** Types that are counted for the home and not for a line. */
export function isOfHome(type: UsageType): boolean {
  return type === 'fixed_voice' || type === 'internet';
}

/** Which switch an event falls under; undefined for one that nobody can switch off. */
export function controlOf(type: UsageType, category: UsageCategory): ControlCategory | undefined {
  if (category === 'international') return 'international';
  if (category === 'premium') return type === 'voice' ? 'premium_calls' : 'premium_sms';
  if (category === 'national' || isOfHome(type)) return undefined;
  return type === 'data' ? 'roaming_data' : 'roaming_calls';
}

export type CounterState = Pick<UsageCounterRow, 'used' | 'included' | 'outside' | 'granted' | 'chargeMinor'>;

export const emptyCounter: CounterState = { used: 0, included: 0, outside: 0, granted: 0, chargeMinor: 0 };

export interface RatedEvent {
  readonly included: number;
  readonly outside: boolean;
  readonly chargeMinor: number;
  readonly counter: CounterState;
}

export interface EventToRate {
  readonly type: UsageType;
  readonly category: UsageCategory;
  readonly direction: 'out' | 'in';
  readonly quantity: number;
  readonly blocked: BlockedReason | null;
}

/** Takes the event from the plan, then from the purse. What comes in, and what did not take place, costs nothing. */
export function rateEvent(
  { type, category, direction, quantity, blocked }: EventToRate,
  { plan, tariff, counter }: { plan: UsagePlan; tariff: UsageTariff; counter: CounterState },
): RatedEvent {
  const outside = !plan.covers.has(category);
  if (blocked !== null || direction === 'in') return { included: 0, outside, chargeMinor: 0, counter };
  const price = unitPriceOf(tariff, type, category);
  if (outside) {
    const chargeMinor = chargeOf(quantity, price);
    const after = { outside: counter.outside + quantity, chargeMinor: counter.chargeMinor + chargeMinor };
    return { included: 0, outside, chargeMinor, counter: { ...counter, ...after } };
  }
  const included = Math.min(quantity, leftOf(type, plan, counter));
  const chargeMinor = chargeOf(quantity - included, price);
  return {
    ...{ included, outside, chargeMinor },
    counter: {
      ...counter,
      used: counter.used + quantity,
      included: counter.included + included,
      chargeMinor: counter.chargeMinor + chargeMinor,
    },
  };
}

/** What the plan and its top-ups still give; Infinity without limit. */
export function leftOf(type: UsageType, { allowances }: UsagePlan, { included, granted }: CounterState): number {
  const allowance = allowances[type];
  if (allowance === null) return Number.POSITIVE_INFINITY;
  return Math.max(0, (allowance ?? 0) + granted - included);
}

export interface Gauge {
  readonly used: number;
  /** With top-ups; null: without limit. */
  readonly allowance: number | null;
  /** 0 to 100, capped; null without limit (B17). */
  readonly percent: number | null;
  readonly overLimit: boolean;
}

/**
 * The gauge of a counter: how much of the plan is gone. What was charged before a top-up stays charged and does not
 * empty the top-up.
 */
export function gaugeOf(type: UsageType, plan: UsagePlan, counter: CounterState): Gauge {
  const { used, included, granted } = counter;
  const given = plan.allowances[type];
  if (given === null) return { used, allowance: null, percent: null, overLimit: false };
  const allowance = (given ?? 0) + granted;
  const overLimit = used > included && leftOf(type, plan, counter) === 0;
  if (overLimit) return { used, allowance, percent: 100, overLimit };
  // Down, so that only a plan that is used up shows 100.
  return { used, allowance, percent: allowance === 0 ? 0 : Math.floor((included * 100) / allowance), overLimit };
}

/** From this share on a top-up is proposed. */
export const topUpFromPercent = 80;

/** True where data is bought by size, so that more of it can be bought. */
export function hasLimitedData({ allowances }: UsagePlan): boolean {
  return typeof allowances.data === 'number' && allowances.data > 0;
}
