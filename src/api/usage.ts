// The consumption API (mission 4.8): gauge and counters, single records, what is beyond the plan, what lines may do,
// top-ups. Names of TMF677 and TMF635.
import { z } from 'zod';
import { fromMoney, toMoney } from '../customer/money.ts';
import type { PaymentView } from '../customer/payment-types.ts';
import type { CardTopUpOutcome, PurchaseDesk } from '../customer/purchase-types.ts';
import type { TopUpOutcome, UsageDesk, UsageSummary, WantedPeriod } from '../customer/usage-types.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { etagOf } from './account.ts';
import { listAnswer, pagedAnswer, pageOf } from './lists.ts';
import type { PaymentParts } from './payments.ts';
import { InputError } from './problems.ts';
import { requireOwnReturn, returnUrlInput } from './purchases.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { listQuery, money } from './schemas.ts';
import {
  controlsBody,
  controlsInput,
  controlsSchema,
  outOfBundleBody,
  outOfBundleSchema,
  recordBody,
  recordSchema,
  summaryBody,
  summarySchema,
  topUpBody,
  topUpSchema,
  usageType,
} from './usage-bodies.ts';

const ofContract = '/usage/v1/contracts/:id';
const ofLine = '/usage/v1/lines/:id';
const read = { scope: 'usage.read', level: 'P' } as const;

interface Context {
  readonly desk: UsageDesk;
  readonly apis: string;
  /** Without it nothing is paid by card. */
  readonly shop: { readonly purchases: PurchaseDesk; readonly payments: PaymentParts } | undefined;
}

/** Its routes; none without a desk. */
export function usageRoutes({ usage: desk, issuer, purchases, payments }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const shop = purchases && payments && { purchases, payments };
  const context = { desk, apis: `${issuer}/api`, shop };
  return [
    ...summaryRoutes(context),
    recordsRoute(context),
    outOfBundleRoute(context),
    ...controlRoutes(context),
    ...topUpRoutes(context),
  ];
}

/** `current`, `previous`, or a day of the billing month that is meant. */
const period = z.union([z.enum(['current', 'previous']), z.iso.date()]).optional();
const ofPeriod = z.object({ period });

function periodOf(given: z.output<typeof period>): WantedPeriod {
  if (given === undefined || given === 'current' || given === 'previous') return given ?? 'current';
  // Noon: the same day in every zone that we serve.
  return new Date(`${given}T12:00:00Z`);
}

function summaryRoutes({ desk, apis }: Context): ApiRoute[] {
  const answer = (found: UsageSummary | 'too-old' | undefined, call: ApiCall) => ({
    body: summaryBody(kept(found, 'period'), { contractId: idOf(call), apis }),
  });
  const asked = (call: ApiCall) =>
    [call.token.accountId, idOf(call), periodOf(ofPeriod.parse(Object.fromEntries(call.query)).period)] as const;
  return [
    {
      ...{ method: 'GET', path: `${ofContract}/summary`, ...read, query: ofPeriod },
      summary: 'Gauge and counters of a billing month: voice, SMS, MMS, data, and what is used at home',
      answers: { 200: summarySchema },
      handle: async (call) => answer(await desk.summary(...asked(call)), call),
    },
    {
      ...{ method: 'GET', path: `${ofContract}/home`, ...read, query: ofPeriod },
      summary: 'What was used at home: Internet and fixed telephone; not of mobile contracts',
      answers: { 200: summarySchema },
      handle: async (call) => answer(await desk.home(...asked(call)), call),
    },
  ];
}

/** 404 for what is not hers, 422 for a time that is not kept. */
function kept<T extends object>(found: T | 'too-old' | undefined, field: string): T {
  if (found === undefined) throw new AppError('not_found');
  if (found === 'too-old') throw new InputError([{ field, problem: 'is not within the last 13 months' }]);
  return found;
}

const moments = z.union([z.iso.datetime({ offset: true }), z.iso.date()]).optional();
const recordQuery = listQuery.extend({
  type: usageType.optional(),
  line: z.string().max(60).optional(),
  from: moments,
  /** The first moment after; of a day: the whole day. */
  to: moments,
});

const dayMs = 86_400_000;

function recordsRoute({ desk, apis }: Context): ApiRoute {
  return {
    ...{ method: 'GET', path: `${ofContract}/records`, ...read, query: recordQuery },
    summary: 'Every call, message and session of the last 13 months, newest first',
    answers: { 200: z.array(recordSchema) },
    async handle(call) {
      const page = pageOf(call.query);
      const { type, line, from, to } = recordQuery.parse(Object.fromEntries(call.query));
      const first = from === undefined ? undefined : new Date(from);
      const last = to === undefined ? undefined : new Date(Date.parse(to) + (to.includes('T') ? 0 : dayMs));
      if (first !== undefined && last !== undefined && first >= last) {
        throw new InputError([{ field: 'to', problem: 'is not after from' }]);
      }
      const types = type === undefined ? undefined : [type];
      const filter = { types, lineId: line, from: first, to: last, ...page };
      const { items, total } = kept(await desk.records(call.token.accountId, idOf(call), filter), 'from');
      const href = `${apis}/usage/v1/contracts/${idOf(call)}/records`;
      return pagedAnswer(items.map(recordBody), { ...page, total, href });
    },
  };
}

function outOfBundleRoute({ desk, apis }: Context): ApiRoute {
  const query = listQuery.extend({ period });
  return {
    ...{ method: 'GET', path: `${ofContract}/out-of-bundle`, ...read, query },
    summary: 'What was used beyond the plan in a billing month, with prices and their sum',
    answers: { 200: outOfBundleSchema },
    async handle(call) {
      const page = pageOf(call.query);
      const wanted = { period: periodOf(query.parse(Object.fromEntries(call.query)).period), ...page };
      const view = kept(await desk.outOfBundle(call.token.accountId, idOf(call), wanted), 'period');
      const body = outOfBundleBody(view);
      const href = `${apis}/usage/v1/contracts/${idOf(call)}/out-of-bundle`;
      return { ...pagedAnswer(body.item, { ...page, total: view.count, href }), body };
    },
  };
}

function controlRoutes({ desk }: Context): ApiRoute[] {
  const path = `${ofLine}/controls`;
  return [
    {
      ...{ method: 'GET', path, scope: 'usage.control', level: 'P' },
      summary: 'What a line may do: kinds of use that are likely to cost',
      answers: { 200: controlsSchema },
      async handle(call) {
        const view = await desk.controls(call.token.accountId, idOf(call));
        if (view === undefined) throw new AppError('not_found');
        return { body: controlsBody(view), headers: etagOf(view.controls) };
      },
    },
    withInput({
      ...{ method: 'PUT', path, scope: 'usage.control', level: 'Pf' },
      summary: 'Switch kinds of use of a line on and off, all at once',
      input: controlsInput,
      answers: { 200: controlsSchema },
      refusals: ['version_mismatch'],
      async handle(call) {
        const caller = { accountId: call.token.accountId, ifMatch: call.ifMatch };
        const result = await desk.setControls(caller, idOf(call), call.input);
        if (result.kind !== 'kept') throw new AppError(result.kind === 'stale' ? 'version_mismatch' : 'not_found');
        return { body: controlsBody(result.view), headers: etagOf(result.view.controls) };
      },
    }),
  ];
}

const offer = z.strictObject({
  id: z.string(),
  name: z.string(),
  amount: z.strictObject({ amount: z.number(), units: z.literal('byte') }),
  price: money,
  /** True from 80 % of the plan’s data on. */
  isProposed: z.boolean(),
});

type TopUpRefusal = Exclude<(TopUpOutcome | CardTopUpOutcome)['kind'], 'done' | 'started' | 'unknown-offer'>;
const refusals: Readonly<Record<TopUpRefusal, ErrorCode>> = {
  unavailable: 'payment_unavailable',
  'not-found': 'not_found',
  'not-applicable': 'topup_not_applicable',
  suspended: 'line_suspended',
  'price-changed': 'price_changed',
  'key-reused': 'idempotency_mismatch',
};

function topUpRoutes(context: Context): ApiRoute[] {
  const { desk, apis } = context;
  return [
    {
      ...{ method: 'GET', path: `${ofLine}/topups/offers`, scope: 'usage.topup', level: 'P' },
      summary: 'Top-ups of data that a line can have; none where data is without limit',
      query: listQuery,
      answers: { 200: z.array(offer) },
      async handle(call) {
        const found = await desk.topUpOffers(call.token.accountId, idOf(call));
        if (found === undefined) throw new AppError('not_found');
        const body = found.offers.map(({ id, name, bytes, price }) => ({
          ...{ id, name: name[call.locale], amount: { amount: bytes, units: 'byte' as const } },
          ...{ price: toMoney(price), isProposed: found.proposed },
        }));
        return listAnswer(body, { query: call.query, href: `${apis}/usage/v1/lines/${idOf(call)}/topups/offers` });
      },
    },
    buyRoute(context),
  ];
}

const topUpWish = z.strictObject({
  offerId: z.string().max(60),
  acceptedPrice: money.optional(),
  paymentMethod: z.enum(['invoice', 'card']).default('invoice'),
  /** By card. */
  returnUrl: returnUrlInput,
});

function buyRoute({ desk, shop, apis }: Context): ApiRoute {
  return withInput({
    ...{ method: 'POST', path: `${ofLine}/topups`, scope: 'usage.topup', level: 'Pf', idempotent: true },
    summary: 'Buy more data for a line until the end of its billing month, on the next bill or by card',
    input: topUpWish,
    answers: { 201: topUpSchema },
    refusals: ['topup_not_applicable', 'line_suspended', 'price_changed', 'payment_unavailable'],
    async handle(call) {
      const { token, locale, idempotencyKey = '' } = call;
      const { offerId, acceptedPrice, paymentMethod, returnUrl } = call.input;
      const wish = {
        ...{ accountId: token.accountId, lineId: idOf(call), offerId, idempotencyKey },
        acceptedPrice: acceptedPrice && amountOf(acceptedPrice),
      };
      if (paymentMethod === 'invoice') {
        const outcome = await desk.topUp(wish);
        if (outcome.kind === 'done') return made(topUpBody(outcome.topUp, { locale }), apis);
        throw topUpRefusal(outcome.kind);
      }
      if (shop === undefined) throw new AppError('payment_unavailable');
      await requireOwnReturn(shop.payments, token, returnUrl);
      const outcome = await shop.purchases.payTopUp({ ...wish, locale, returnUrl });
      if (outcome.kind !== 'started') throw topUpRefusal(outcome.kind);
      return made(topUpBody(outcome.topUp, { locale, payment: paymentOf(outcome.payment, apis) }), apis);
    },
  });
}

function made(body: z.output<typeof topUpSchema>, apis: string): ApiAnswer {
  return { status: 201, body, headers: { Location: `${apis}/usage/v1/topups/${body.id}` } };
}

function paymentOf({ id, checkoutUrl, expiresAt }: PaymentView, apis: string) {
  const page = checkoutUrl === undefined ? {} : { redirectUrl: checkoutUrl, expiresAt };
  return { id, href: `${apis}/billing/v1/payments/${id}`, ...page };
}

function topUpRefusal(kind: keyof typeof refusals | 'unknown-offer'): AppError {
  if (kind === 'unknown-offer') return new InputError([{ field: 'offerId', problem: 'is not offered' }]);
  return new AppError(refusals[kind]);
}

function amountOf(price: z.output<typeof money>) {
  const amount = fromMoney(price);
  if (amount !== undefined) return amount;
  throw new InputError([{ field: 'acceptedPrice.value', problem: 'has more decimals than the currency' }]);
}

function idOf({ params }: Pick<ApiCall, 'params'>): string {
  return params['id'] ?? '';
}
