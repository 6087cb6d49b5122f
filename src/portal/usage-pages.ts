// Consumption in the customer area: gauge and counters of a contract, single records, what is beyond the plan, and for
// each line what it may do and more data.
import { z } from 'zod';
import type { Area, AreaCall, Params } from './area.ts';
import type { CallApi } from './customer-api.ts';
import { localeOf } from './pages.ts';
import { arcOf, type Quantity, quantityText } from './usage-words.ts';

const money = z.object({ unit: z.string().length(3), value: z.number() });
const quantity = z.object({ amount: z.number(), units: z.enum(['second', 'message', 'byte']) });
const period = z.object({ startDateTime: z.coerce.date(), endDateTime: z.coerce.date() });
const types = ['data', 'voice', 'sms', 'mms', 'internet', 'fixed_voice'] as const;
const bucket = z.object({
  usageType: z.enum(types),
  logicalResource: z.object({ id: z.string(), name: z.string() }).optional(),
  used: quantity,
  allowance: quantity.nullable(),
  remainingValue: quantity.nullable(),
  percent: z.number().nullable(),
  overLimit: z.boolean(),
  bucketCounter: z.array(z.object({ counterType: z.string(), value: quantity })),
});
type Bucket = z.output<typeof bucket>;
const summary = z.object({
  validPeriod: period,
  effectiveDate: z.coerce.date().optional(),
  bucket: z.array(bucket),
  outOfBundle: z.object({ taxIncludedAmount: money }),
  topUp: z.array(z.object({ lineId: z.string() })),
});
const record = z.object({
  usageDate: z.coerce.date(),
  usageType: z.enum(types),
  category: z.enum(['national', 'international', 'premium', 'roaming_europe', 'roaming_world']),
  direction: z.enum(['out', 'in']),
  peer: z.string().optional(),
  quantity,
  blocked: z.boolean(),
  blockedReason: z.enum(['line_suspended', 'category_off']).optional(),
  taxIncludedAmount: money,
});
const outOfBundle = z.object({
  validPeriod: period,
  taxExcludedAmount: money,
  taxIncludedAmount: money,
  taxRate: z.number(),
  item: z.array(record),
});
const categories = ['premium_sms', 'premium_calls', 'international', 'roaming_calls', 'roaming_data'] as const;
const controls = z.object({
  ...{ premium_sms: z.boolean(), premium_calls: z.boolean(), international: z.boolean() },
  ...{ roaming_calls: z.boolean(), roaming_data: z.boolean() },
});
const offers = z.array(
  z.object({ id: z.string(), name: z.string(), amount: quantity, price: money, isProposed: z.boolean() }),
);
const contract = z.object({
  id: z.string(),
  kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']),
  relation: z.enum(['holder', 'proxy', 'user']),
  label: z.string().nullable(),
  realizingResource: z.array(z.object({ id: z.string(), name: z.string(), kind: z.string() })),
});

const api = '/usage/v1';
const recordsShown = 50;

/** What views say amounts and draw gauges with. */
function wordsOf({ ctx }: AreaCall) {
  const locale = localeOf(ctx);
  return { said: (amount: Quantity) => quantityText(amount, locale), arc: arcOf };
}

export interface UsagePagesOptions {
  /** How browsers reach this area, with its base. */
  readonly areaUrl: string;
}

/** Adds them. */
export function addUsagePages(area: Area, options: UsagePagesOptions): void {
  area.page('/usage', async (call) => {
    const { body } = await call.api({ path: '/contract/v1/contracts?limit=100' });
    return { view: 'usage-contracts', title: 'usage.title', data: { contracts: z.array(contract).parse(body) } };
  });
  area.page('/usage/:id', showSummary);
  area.page('/usage/:id/records', showRecords);
  area.page('/usage/:id/out-of-bundle', showOutOfBundle);
  area.page('/usage/:id/lines/:line', showLine);
  addLineForms(area, options);
}

async function contractOf(call: CallApi, params: Params) {
  return contract.parse((await call({ path: `/contract/v1/contracts/${idOf(params)}` })).body);
}

function periodOf({ ctx }: AreaCall): 'current' | 'previous' {
  return ctx.query['period'] === 'previous' ? 'previous' : 'current';
}

async function showSummary(call: AreaCall) {
  const wanted = periodOf(call);
  const path = `${api}/contracts/${idOf(call.params)}/summary?period=${wanted}`;
  const found = summary.parse((await call.api({ path })).body);
  const one = await contractOf(call.api, call.params);
  const proposed = new Set(found.topUp.map(({ lineId }) => lineId));
  const lines = one.realizingResource
    .map((line) => ({ ...line, isProposed: proposed.has(line.id), buckets: bucketsOf(found.bucket, line.id) }))
    .filter(({ buckets }) => buckets.length > 0);
  const data = {
    ...{ contract: one, period: found.validPeriod, wanted, updatedAt: found.effectiveDate },
    ...{ lines, atHome: bucketsOf(found.bucket, undefined), beyond: found.outOfBundle.taxIncludedAmount },
    mayManage: one.relation !== 'user',
    ...wordsOf(call),
  };
  return { view: 'usage', title: 'usage.title', data };
}

function bucketsOf(all: readonly Bucket[], lineId: string | undefined) {
  return all
    .filter(({ logicalResource }) => logicalResource?.id === lineId)
    .map((one) => ({ ...one, outside: one.bucketCounter.find((c) => c.counterType === 'outsidePlan')?.value }));
}

const day = z.iso.date().optional().catch(undefined);
const filterSchema = z.object({
  type: z.enum(types).optional().catch(undefined),
  from: day,
  to: day,
  page: z.coerce.number().int().min(1).max(1_000).catch(1),
});

async function showRecords(call: AreaCall) {
  const { page, ...filter } = filterSchema.parse(call.ctx.query);
  const given = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const asked = new URLSearchParams(given);
  const offset = (page - 1) * recordsShown;
  const path = `${api}/contracts/${idOf(call.params)}/records?${asked}&offset=${offset}&limit=${recordsShown}`;
  const { body, total = 0 } = await call.api({ path });
  const link = (number: number) => `?${new URLSearchParams([...asked, ['page', String(number)]])}`;
  const data = {
    ...{ contractId: call.params['id'], records: z.array(record).parse(body), total, filter, types },
    ...wordsOf(call),
    before: page > 1 ? link(page - 1) : undefined,
    after: offset + recordsShown < total ? link(page + 1) : undefined,
  };
  return { view: 'usage-records', title: 'usage.records.title', data };
}

async function showOutOfBundle(call: AreaCall) {
  const wanted = periodOf(call);
  const path = `${api}/contracts/${idOf(call.params)}/out-of-bundle?period=${wanted}&limit=100`;
  const { body, total = 0 } = await call.api({ path });
  const data = { contractId: call.params['id'], wanted, total, beyond: outOfBundle.parse(body), ...wordsOf(call) };
  return { view: 'usage-beyond', title: 'usage.beyond.title', data };
}

async function showLine(call: AreaCall) {
  const one = await contractOf(call.api, call.params);
  const line = one.realizingResource.find(({ id }) => id === call.params['line']);
  const path = `${api}/lines/${lineOf(call.params)}`;
  const read = await call.api({ path: `${path}/controls` });
  const data = {
    ...{ contractId: call.params['id'], lineId: call.params['line'], number: line?.name ?? '' },
    ...{ controls: controls.parse(read.body), version: read.version, categories },
    offers: offers.parse((await call.api({ path: `${path}/topups/offers` })).body),
  };
  return { view: 'usage-line', title: 'usage.line.title', data };
}

const shownPrice = /^(\d{1,6}(?:\.\d{1,2})?) ([A-Z]{3})$/;

const bought = z.object({ payment: z.object({ id: z.string() }).optional() });

function addLineForms(area: Area, { areaUrl }: UsagePagesOptions): void {
  const page = (params: Params) => `/usage/${idOf(params)}/lines/${lineOf(params)}`;
  area.form('/usage/:id/lines/:line/controls', { page }, async ({ api: call, params, fields }) => {
    const body = Object.fromEntries(categories.map((one) => [one, fields[one] === 'on']));
    const path = `${api}/lines/${lineOf(params)}/controls`;
    await call({ method: 'PUT', path, body, version: fields['version'] });
    return `${page(params)}?done=controls`;
  });
  area.form('/usage/:id/lines/:line/top-up', { page }, async ({ api: call, params, fields, idempotencyKey }) => {
    // The choice names the offer and the price that stood beside it.
    const [offerId = '', ...rest] = (fields['offer'] ?? '').split(' ');
    const [, value = '0', unit = 'EUR'] = shownPrice.exec(rest.join(' ')) ?? [];
    const byCard = { paymentMethod: 'card', returnUrl: `${areaUrl}/bills/payment` };
    const wish = { offerId, acceptedPrice: { unit, value: Number(value) } };
    const body = fields['method'] === 'card' ? { ...wish, ...byCard } : wish;
    const path = `${api}/lines/${lineOf(params)}/topups`;
    const { payment } = bought.parse((await call({ method: 'POST', path, body, idempotencyKey })).body);
    if (payment !== undefined) return `/bills/payments/${encodeURIComponent(payment.id)}/card`;
    return `/usage/${idOf(params)}?done=top-up`;
  });
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}

function lineOf(params: Params): string {
  return encodeURIComponent(params['line'] ?? '');
}
