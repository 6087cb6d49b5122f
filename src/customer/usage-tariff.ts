// What use beyond a plan costs, what plans and options hold, and which top-ups there are: data, one file for each
// brand. Prices are integers of the smallest unit, with tax, as customers are told them.
import type { Amount, LocalText } from '../storage/order-tables.ts';
import type { UsageCategory, UsageType } from '../storage/usage-tables.ts';
import { exempleTariff } from './usage-tariff-exemple.ts';
import { ileTariff } from './usage-tariff-ile.ts';

/** A price for each begun unit: `per` seconds, messages or bytes. */
export interface UnitPrice {
  readonly per: number;
  readonly minor: number;
}

export interface TopUpOffer {
  readonly id: string;
  readonly name: LocalText;
  readonly bytes: number;
  readonly price: Amount;
}

export interface UsageTariff {
  /** ISO 4217. */
  readonly unit: string;
  /** Numbers that begin so are national: `+33`. */
  readonly callingCode: string;
  /** Numbers in E.164 and short numbers that cost more than others. */
  readonly premiumNumbers: RegExp;
  readonly premiumCodes: RegExp;
  /** Countries where `roaming_europe` is what happens: ISO 3166-1. */
  readonly europe: ReadonlySet<string>;
  readonly prices: Readonly<Record<UsageType, Readonly<Partial<Record<UsageCategory, UnitPrice>>>>>;
  /** By id of an offer or option: what it holds beside national use. */
  readonly covers: Readonly<Record<string, readonly UsageCategory[]>>;
  /** By id of an option: bytes that it adds each month. */
  readonly monthlyBytes: Readonly<Record<string, number>>;
  readonly topUps: readonly TopUpOffer[];
}

const tariffs: Readonly<Record<string, UsageTariff>> = {
  exemple: exempleTariff,
  'exemple-eco': exempleTariff,
  ile: ileTariff,
};

/** The tariff of a brand; undefined for a brand whose use is not rated here. */
export function tariffOf(brand: string): UsageTariff | undefined {
  return Object.hasOwn(tariffs, brand) ? tariffs[brand] : undefined;
}

/** Where an event belongs: by the number at the other end and the country that the phone is in. */
export function categoryOf(
  { callingCode, premiumNumbers, premiumCodes, europe }: UsageTariff,
  { peer, abroad }: { peer?: string | undefined; abroad?: string | undefined },
): UsageCategory {
  if (abroad !== undefined) return europe.has(abroad) ? 'roaming_europe' : 'roaming_world';
  if (peer === undefined) return 'national';
  const premium = peer.startsWith('+') ? premiumNumbers : premiumCodes;
  if (premium.test(peer)) return 'premium';
  return !peer.startsWith('+') || peer.startsWith(callingCode) ? 'national' : 'international';
}

/** The price of a unit beyond the plan; free where the tariff names none. */
export function unitPriceOf({ prices }: UsageTariff, type: UsageType, category: UsageCategory): UnitPrice {
  return prices[type][category] ?? prices[type].national ?? { per: 1, minor: 0 };
}

/** What so much costs: each begun unit counts. */
export function chargeOf(quantity: number, { per, minor }: UnitPrice): number {
  return Math.ceil(quantity / per) * minor;
}
