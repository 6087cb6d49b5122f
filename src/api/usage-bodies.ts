// Consumption as the API shows it: names of TMF677 (usage consumption report) and TMF635 (usage) where there are any.
import { z } from 'zod';
import { toMoney } from '../customer/money.ts';
import type {
  ControlsView,
  OutOfBundleView,
  TopUpView,
  UsageBucket,
  UsageRecordView,
  UsageSummary,
  UsageType,
} from '../customer/usage-types.ts';
import { moment, money } from './schemas.ts';

export const usageType = z.enum(['voice', 'sms', 'mms', 'data', 'fixed_voice', 'internet']);

const period = z.strictObject({ startDateTime: moment, endDateTime: moment });
const quantity = z.strictObject({ amount: z.number(), units: z.enum(['second', 'message', 'byte']) });

const bucket = z.strictObject({
  id: z.string(),
  name: usageType,
  usageType,
  isShared: z.literal(false),
  /** The line; without one it is used at home. */
  logicalResource: z.strictObject({ id: z.string(), href: z.string(), name: z.string() }).optional(),
  used: quantity,
  /** With top-ups; null: without limit. */
  allowance: quantity.nullable(),
  /** What plan and top-ups still give; null: without limit. */
  remainingValue: quantity.nullable(),
  /** 0 to 100; null: without limit. */
  percent: z.number().int().min(0).max(100).nullable(),
  overLimit: z.boolean(),
  validFor: period,
  status: z.literal('active'),
  /** `used` is the sum of the records that the plan holds; `outsidePlan` of those that it does not. */
  bucketCounter: z.array(
    z.strictObject({
      counterType: z.enum(['used', 'included', 'excess', 'outsidePlan', 'topUp']),
      value: quantity,
      consumptionPeriod: period,
    }),
  ),
});

export const summarySchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('UsageConsumptionReport'),
  /** The billing month of the contract. */
  validPeriod: period,
  effectiveDate: moment.optional(),
  /** What a barometer shows: data of the first line. */
  gauge: bucket.optional(),
  bucket: z.array(bucket),
  outOfBundle: z.strictObject({ href: z.string(), taxIncludedAmount: money }),
  topUp: z.array(z.strictObject({ lineId: z.string(), href: z.string() })),
});

export const recordSchema = z.strictObject({
  id: z.string(),
  '@type': z.literal('Usage'),
  usageDate: moment,
  usageType,
  category: z.enum(['national', 'international', 'premium', 'roaming_europe', 'roaming_world']),
  direction: z.enum(['out', 'in']),
  /** The number at the other end; masked for whoever manages the contract by proxy. */
  peer: z.string().optional(),
  lineId: z.string().optional(),
  quantity,
  /** What of it the plan gave. */
  included: quantity,
  isOutsidePlan: z.boolean(),
  blocked: z.boolean(),
  blockedReason: z.enum(['line_suspended', 'category_off']).optional(),
  taxIncludedAmount: money,
});

export const outOfBundleSchema = z.strictObject({
  validPeriod: period,
  taxExcludedAmount: money,
  taxIncludedAmount: money,
  /** Per cent. */
  taxRate: z.number(),
  item: z.array(recordSchema),
});

const switches = {
  premium_sms: z.boolean(),
  premium_calls: z.boolean(),
  international: z.boolean(),
  roaming_calls: z.boolean(),
  roaming_data: z.boolean(),
};
export const controlsInput = z.strictObject(switches);
export const controlsSchema = z.strictObject({ ...switches, lastUpdate: moment.optional() });

export const topUpSchema = z.strictObject({
  id: z.string(),
  '@type': z.literal('TopupBalance'),
  /** By card it waits for the money; `cancelled`: none came. */
  status: z.enum(['inProgress', 'completed', 'cancelled']),
  requestedDate: moment,
  productOffering: z.strictObject({ id: z.string(), name: z.string() }),
  logicalResource: z.strictObject({ id: z.string() }),
  amount: quantity,
  price: money,
  validFor: z.strictObject({ endDateTime: moment }),
  /** By card: the payment that has begun, and the page where the card is typed. */
  payment: z
    .strictObject({
      id: z.string(),
      href: z.string(),
      redirectUrl: z.string().optional(),
      expiresAt: moment.optional(),
    })
    .optional(),
});

const topUpStates = { waiting: 'inProgress', done: 'completed', cancelled: 'cancelled' } as const;

const units: Readonly<Record<UsageType, 'second' | 'message' | 'byte'>> = {
  ...{ voice: 'second', sms: 'message', mms: 'message', data: 'byte', fixed_voice: 'second', internet: 'byte' },
};

/** The report; `apis`: address of all APIs. */
export function summaryBody(
  summary: UsageSummary,
  { contractId, apis }: { contractId: string; apis: string },
): z.output<typeof summarySchema> {
  const href = `${apis}/usage/v1/contracts/${contractId}`;
  const { start: startDateTime, end: endDateTime } = summary.period;
  const validPeriod = { startDateTime, endDateTime };
  const of = (one: UsageBucket) => bucketBody(one, { contractId, apis, validPeriod });
  return {
    ...{ id: `${contractId}.${startDateTime.toISOString().slice(0, 10)}`, href: `${href}/summary` },
    ...{ '@type': 'UsageConsumptionReport' as const, validPeriod, bucket: summary.buckets.map(of) },
    ...(summary.updatedAt === undefined ? {} : { effectiveDate: summary.updatedAt }),
    ...(summary.gauge === undefined ? {} : { gauge: of(summary.gauge) }),
    outOfBundle: { href: `${href}/out-of-bundle`, taxIncludedAmount: toMoney(summary.outOfBundle) },
    topUp: summary.proposeTopUp.map((lineId) => ({ lineId, href: `${apis}/usage/v1/lines/${lineId}/topups` })),
  };
}

interface Place {
  readonly contractId: string;
  readonly apis: string;
  readonly validPeriod: z.output<typeof period>;
}

function bucketBody(one: UsageBucket, { contractId, apis, validPeriod }: Place): z.output<typeof bucket> {
  const { type, line, used, allowance, left, percent, overLimit, excess, outside, granted } = one;
  const of = (amount: number) => ({ amount, units: units[type] });
  const counter = (counterType: 'used' | 'included' | 'excess' | 'outsidePlan' | 'topUp', amount: number) => ({
    ...{ counterType, value: of(amount), consumptionPeriod: validPeriod },
  });
  return {
    ...{ id: `${line?.id ?? contractId}.${type}`, name: type, usageType: type, isShared: false as const },
    ...(line && {
      logicalResource: { id: line.id, href: `${apis}/line/v1/lines/${line.id}`, name: line.number },
    }),
    ...{ used: of(used), allowance: allowance === null ? null : of(allowance) },
    ...{ remainingValue: left === null ? null : of(left), percent, overLimit },
    ...{ validFor: validPeriod, status: 'active' as const },
    bucketCounter: [
      ...[counter('used', used), counter('included', used - excess)],
      ...[counter('excess', excess), counter('outsidePlan', outside), counter('topUp', granted)],
    ],
  };
}

/** One record. */
export function recordBody(record: UsageRecordView): z.output<typeof recordSchema> {
  const { id, at, type, category, direction, peer, lineId, quantity: amount, included, outside, blocked } = record;
  return {
    ...{ id, '@type': 'Usage' as const, usageDate: at, usageType: type, category, direction },
    ...(peer === undefined ? {} : { peer }),
    ...(lineId === undefined ? {} : { lineId }),
    quantity: { amount, units: units[type] },
    included: { amount: included, units: units[type] },
    ...{ isOutsidePlan: outside, blocked: blocked !== undefined },
    ...(blocked === undefined ? {} : { blockedReason: blocked }),
    taxIncludedAmount: toMoney(record.charge),
  };
}

/** What is beyond the plan, with its sum. */
export function outOfBundleBody(view: OutOfBundleView): z.output<typeof outOfBundleSchema> {
  const { period: valid, unit, total, taxRate, items } = view;
  return {
    validPeriod: { startDateTime: valid.start, endDateTime: valid.end },
    taxExcludedAmount: toMoney({ unit, minor: total.exclMinor }),
    taxIncludedAmount: toMoney({ unit, minor: total.inclMinor }),
    ...{ taxRate: taxRate / 100, item: items.map(recordBody) },
  };
}

/** The switches of a line. */
export function controlsBody({ controls, changedAt }: ControlsView): z.output<typeof controlsSchema> {
  return { ...controls, ...(changedAt === undefined ? {} : { lastUpdate: changedAt }) };
}

/** A top-up; `payment` as it begins. */
export function topUpBody(
  topUp: TopUpView,
  { locale, payment }: { locale: 'fr' | 'en'; payment?: z.output<typeof topUpSchema>['payment'] },
): z.output<typeof topUpSchema> {
  const { id, at, offerId, name, lineId, bytes, price, validUntil, state } = topUp;
  return {
    ...{ id, '@type': 'TopupBalance' as const, status: topUpStates[state], requestedDate: at },
    productOffering: { id: offerId, name: name[locale] },
    logicalResource: { id: lineId },
    amount: { amount: bytes, units: 'byte' },
    price: toMoney(price),
    validFor: { endDateTime: validUntil },
    ...(payment === undefined ? {} : { payment }),
  };
}
