// Row types of usage: records, counters for each billing period, alerts, closed periods, controls of lines, top-ups.
import type { ColumnType, Generated, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';

type Count = ColumnType<number, number | undefined, number>;

/** Seconds of `voice` and `fixed_voice`, messages of `sms` and `mms`, bytes of `data` and `internet`. */
export type UsageType = 'voice' | 'sms' | 'mms' | 'data' | 'fixed_voice' | 'internet';

/** Where it goes or happens: what a plan may hold, and what a customer may switch off. */
export type UsageCategory = 'national' | 'international' | 'premium' | 'roaming_europe' | 'roaming_world';

/** Why an event did not take place. */
export type BlockedReason = 'line_suspended' | 'category_off';

/** What the user of a line may be kept from. */
export type ControlCategory = 'premium_sms' | 'premium_calls' | 'international' | 'roaming_calls' | 'roaming_data';

export interface UsageRecord {
  id: string;
  brand: string;
  /** Of the network; a second one of the same id is the same event. */
  eventId: string;
  contractId: string;
  /** Null for what is used at home. */
  lineId: string | null;
  periodStart: Date;
  at: Date;
  type: UsageType;
  category: UsageCategory;
  direction: 'out' | 'in';
  peer: string | null;
  quantity: number;
  /** What of it the plan gave. */
  included: number;
  /** Of a category that the plan does not hold. */
  outside: boolean;
  blocked: BlockedReason | null;
  unit: string;
  /** With tax. */
  chargeMinor: number;
  recordedAt: Date;
}

export interface UsageCounter {
  contractId: string;
  /** Id of the line, or of the contract for what is used at home. */
  owner: string;
  periodStart: Date;
  periodEnd: Date;
  type: UsageType;
  /** What the plan holds, its excess included. */
  used: Count;
  /** What of it the plan gave. */
  included: Count;
  /** What the plan does not hold. */
  outside: Count;
  /** By top-ups. */
  granted: Count;
  chargeMinor: Count;
  updatedAt: Date;
}

export interface UsageAlert {
  contractId: string;
  periodStart: Date;
  recordId: string;
  at: Date;
}

export interface UsageClosing {
  contractId: string;
  periodStart: Date;
  closedAt: Date;
}

export interface UsageControl {
  lineId: string;
  category: ControlCategory;
  isEnabled: boolean;
  changedBy: AccountId;
  changedAt: Date;
}

export interface TopUp {
  id: string;
  brand: string;
  accountId: AccountId;
  contractId: string;
  lineId: string;
  offerId: string;
  bytes: number;
  unit: string;
  /** With tax. */
  priceMinor: number;
  /** The billing month that it is for; by card: of the moment when the money came. */
  periodStart: Date;
  idempotencyKey: string;
  createdAt: Date;
  method: Generated<'invoice' | 'card'>;
  /** By card it waits for the money, and is cancelled when none comes. */
  state: Generated<'waiting' | 'done' | 'cancelled'>;
}

export interface UsageTables {
  usageRecords: UsageRecord;
  usageCounters: UsageCounter;
  usageAlerts: UsageAlert;
  usageClosings: UsageClosing;
  usageControls: UsageControl;
  topUps: TopUp;
}

export type UsageRecordRow = Selectable<UsageRecord>;
export type UsageCounterRow = Selectable<UsageCounter>;
export type UsageControlRow = Selectable<UsageControl>;
export type TopUpRow = Selectable<TopUp>;
