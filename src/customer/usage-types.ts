// What pages and APIs can ask about consumption. A contract or a line that is not the caller's is not there.
import type { AccountId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { Amount, LocalText } from '../storage/order-tables.ts';
import type { BlockedReason, ControlCategory, UsageCategory, UsageType } from '../storage/usage-tables.ts';
import type { BillingPeriod } from './billing-period.ts';
import type { Taxed } from './money.ts';
import type { Gauge } from './usage-rating.ts';
import type { TopUpOffer } from './usage-tariff.ts';
import type { UsageTellingDeps } from './usage-telling.ts';

export type { UsageType };

/** What is used of one kind by one line, or at home. */
export interface UsageBucket extends Gauge {
  readonly type: UsageType;
  /** Undefined for what is used at home. */
  readonly line: { readonly id: string; readonly number: string } | undefined;
  /** What plan and top-ups still give; null: without limit. */
  readonly left: number | null;
  /** Used beyond the plan's limit. */
  readonly excess: number;
  /** Used of what the plan does not hold. */
  readonly outside: number;
  /** By top-ups. */
  readonly granted: number;
}

export interface UsageSummary {
  readonly period: BillingPeriod;
  readonly timeZone: string;
  /** Data of the first line: what the barometer shows; undefined for a contract without a mobile line. */
  readonly gauge: UsageBucket | undefined;
  readonly buckets: readonly UsageBucket[];
  readonly outOfBundle: Amount;
  /** Lines for which more data is worth proposing. */
  readonly proposeTopUp: readonly string[];
  readonly updatedAt: Date | undefined;
}

/** Which billing month; a day says the one that it lies in. */
export type WantedPeriod = 'current' | 'previous' | Date;

export interface UsageRecordView {
  readonly id: string;
  readonly at: Date;
  readonly type: UsageType;
  readonly category: UsageCategory;
  readonly direction: 'out' | 'in';
  /** Masked for those who manage a contract by proxy. */
  readonly peer: string | undefined;
  readonly lineId: string | undefined;
  readonly quantity: number;
  readonly included: number;
  readonly outside: boolean;
  readonly blocked: BlockedReason | undefined;
  readonly charge: Amount;
}

export interface RecordFilter {
  readonly types?: readonly UsageType[] | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly lineId?: string | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface OutOfBundleView {
  readonly period: BillingPeriod;
  readonly unit: string;
  /** Of all items, whatever page is shown. */
  readonly total: Taxed;
  /** Basis points. */
  readonly taxRate: number;
  readonly items: readonly UsageRecordView[];
  readonly count: number;
}

export interface ControlsView {
  readonly controls: Readonly<Record<ControlCategory, boolean>>;
  readonly changedAt: Date | undefined;
}

export type ControlsResult =
  | { readonly kind: 'kept'; readonly view: ControlsView }
  | { readonly kind: 'not-found' | 'stale' };

export interface TopUpOffers {
  /** None where data is without limit. */
  readonly offers: readonly TopUpOffer[];
  readonly suspended: boolean;
  readonly proposed: boolean;
}

export interface TopUpView {
  readonly id: string;
  readonly lineId: string;
  readonly offerId: string;
  readonly name: LocalText;
  readonly bytes: number;
  readonly price: Amount;
  readonly at: Date;
  readonly validUntil: Date;
  /** By card it waits for the money; `cancelled`: none came. */
  readonly state: 'waiting' | 'done' | 'cancelled';
}

export type TopUpOutcome =
  | { readonly kind: 'done'; readonly topUp: TopUpView }
  | {
      readonly kind: 'not-found' | 'not-applicable' | 'suspended' | 'unknown-offer' | 'price-changed' | 'key-reused';
    };

export interface TopUpWish {
  readonly accountId: AccountId;
  readonly lineId: string;
  readonly offerId: string;
  readonly acceptedPrice: Amount | undefined;
  readonly idempotencyKey: string;
}

export interface UsageDesk {
  /** Undefined: no such contract. `too-old`: longer ago than records are kept, or still to come. */
  summary(
    accountId: AccountId,
    contractId: string,
    period: WantedPeriod,
  ): Promise<UsageSummary | 'too-old' | undefined>;
  /** Internet and fixed telephone; undefined for a contract without a home, too (B23). */
  home(accountId: AccountId, contractId: string, period: WantedPeriod): Promise<UsageSummary | 'too-old' | undefined>;
  records(
    accountId: AccountId,
    contractId: string,
    filter: RecordFilter,
  ): Promise<{ items: UsageRecordView[]; total: number } | 'too-old' | undefined>;
  outOfBundle(
    accountId: AccountId,
    contractId: string,
    wanted: { period: WantedPeriod; offset: number; limit: number },
  ): Promise<OutOfBundleView | 'too-old' | undefined>;
  controls(accountId: AccountId, lineId: string): Promise<ControlsView | undefined>;
  setControls(
    caller: { accountId: AccountId; ifMatch: string | undefined },
    lineId: string,
    controls: Readonly<Record<ControlCategory, boolean>>,
  ): Promise<ControlsResult>;
  topUpOffers(accountId: AccountId, lineId: string): Promise<TopUpOffers | undefined>;
  topUp(wish: TopUpWish): Promise<TopUpOutcome>;
}

export interface UsageDeskDeps extends UsageTellingDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly randomBytes: (size: number) => Buffer;
  readonly timeZoneOf: (brand: string) => string;
  /** Basis points of what is taxed as usual. */
  readonly taxRateOf: (brand: string) => number;
}
