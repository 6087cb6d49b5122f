// Offer, options and subscriptions of a contract, and ordering them (mission 4.7).
import { z } from 'zod';
import type { Amount, OfferDesk, OrderOutcome } from '../customer/order-types.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { listAnswer } from './lists.ts';
import {
  amountOf,
  moneyBody,
  offerBody,
  offerSchema,
  optionSchema,
  optionViewBody,
  orderBody,
  orderSchema,
} from './offer-bodies.ts';
import { InputError } from './problems.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { listQuery, moment, money } from './schemas.ts';

const base = '/contract/v1/contracts/:id';

interface Context {
  readonly desk: OfferDesk;
  /** Address of all APIs. */
  readonly apis: string;
}

/** Its routes; none without a desk. */
export function offerRoutes({ offers: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const context = { desk, apis: `${issuer}/api` };
  return [
    offerRoute(context),
    offersRoute(context),
    optionsRoute(context),
    subscriptionsRoute(context),
    ...orderingRoutes(context),
  ];
}

const read = { scope: 'contract.read', level: 'P' } as const;

function offerRoute({ desk }: Context): ApiRoute {
  return {
    ...{ method: 'GET', path: `${base}/offer`, ...read },
    summary: 'The plan of a contract, and until when a renewal binds it',
    answers: {
      200: z.strictObject({ productOffering: offerSchema, committedUntil: moment.optional(), isChanging: z.boolean() }),
    },
    async handle(call) {
      const found = await desk.offer(call.token.accountId, contractOf(call));
      if (found === undefined) throw new AppError('not_found');
      const { offer, committedUntil, isChanging } = found;
      const bound = committedUntil === undefined ? {} : { committedUntil };
      return { body: { productOffering: offerBody(offer, call.locale), ...bound, isChanging } };
    },
  };
}

function offersRoute({ desk, apis }: Context): ApiRoute {
  return {
    ...{ method: 'GET', path: `${base}/offers`, ...read },
    summary: 'The plans that the contract may have, to change to or to renew with',
    query: listQuery,
    answers: { 200: z.array(offerSchema.extend({ actions: z.array(z.enum(['change', 'renewal'])) })) },
    async handle(call) {
      const found = await desk.offers(call.token.accountId, contractOf(call));
      if (found === undefined) throw new AppError('not_found');
      const body = found.map(({ offer, actions }) => ({ ...offerBody(offer, call.locale), actions }));
      return listAnswer(body, { query: call.query, href: hrefOf(call, apis, 'offers') });
    },
  };
}

const optionView = optionSchema.extend({
  status: z.enum(['available', 'incompatible', 'pending', 'active', 'ending']),
  startDate: moment.optional(),
});

function optionsRoute({ desk, apis }: Context): ApiRoute {
  return {
    ...{ method: 'GET', path: `${base}/options`, ...read },
    summary: 'The options that the contract has or may have, with prices',
    query: listQuery,
    answers: { 200: z.array(optionView) },
    async handle(call) {
      const found = await desk.options(call.token.accountId, contractOf(call));
      if (found === undefined) throw new AppError('not_found');
      const body = found.map((one) => optionViewBody(one, call.locale));
      return listAnswer(body, { query: call.query, href: hrefOf(call, apis, 'options') });
    },
  };
}

const subscriptionSchema = z.strictObject({
  id: z.string(),
  category: z.enum(['tv', 'video', 'music', 'reading', 'games', 'other']),
  partner: z.string(),
  name: z.string(),
  price: money,
  period: z.enum(['month', 'year']),
  status: z.enum(['active', 'ending', 'ended']),
  startDate: moment,
  nextChargeAt: moment.optional(),
});

function subscriptionsRoute({ desk, apis }: Context): ApiRoute {
  return {
    ...{ method: 'GET', path: `${base}/subscriptions`, ...read },
    summary: 'Television, video, music, reading, games: what is subscribed, its price and its next charge',
    query: listQuery,
    answers: { 200: z.array(subscriptionSchema) },
    async handle(call) {
      const found = await desk.subscriptions(call.token.accountId, contractOf(call));
      if (found === undefined) throw new AppError('not_found');
      const body = found.map(
        ({ id, category, partner, name, unit, priceMinor, period, status, since, nextChargeAt }) => ({
          ...{ id, category, partner, name, price: moneyBody({ unit, minor: priceMinor }), period, status },
          startDate: since,
          ...(nextChargeAt === null ? {} : { nextChargeAt }),
        }),
      );
      return listAnswer(body, { query: call.query, href: hrefOf(call, apis, 'subscriptions') });
    },
  };
}

const refusals: Readonly<Record<Exclude<OrderOutcome['kind'], 'ordered' | 'unknown-item'>, ErrorCode>> = {
  'not-found': 'not_found',
  incompatible: 'incompatible',
  'option-active': 'option_active',
  'order-open': 'order_open',
  'price-changed': 'price_changed',
  'key-reused': 'idempotency_mismatch',
};

function orderingRoutes(context: Context): ApiRoute[] {
  const { desk } = context;
  return [
    withInput({
      ...{ method: 'POST', path: `${base}/options`, scope: 'contract.manage', level: 'Pf', idempotent: true },
      summary: 'Order an option at the price that was read',
      input: z.strictObject({ optionId: z.string().max(60), acceptedPrice: money }),
      answers: { 202: orderSchema },
      refusals: ['incompatible', 'option_active', 'price_changed'],
      async handle(call) {
        const { accountId } = call.token;
        const { optionId } = call.input;
        const acceptedPrice = acceptedAmount(call.input.acceptedPrice);
        const wish = { accountId, contractId: contractOf(call), optionId, acceptedPrice };
        const outcome = await desk.addOption({ ...wish, idempotencyKey: call.idempotencyKey ?? '' });
        return answerOf(outcome, context, { call, field: 'optionId' });
      },
    }),
    {
      ...{ method: 'DELETE', path: `${base}/options/:option`, scope: 'contract.manage', level: 'Pf' },
      summary: 'Order the end of an option',
      answers: { 202: orderSchema },
      refusals: ['order_open'],
      async handle(call) {
        const { accountId } = call.token;
        const optionId = call.params['option'] ?? '';
        const outcome = await desk.removeOption({ accountId, contractId: contractOf(call), optionId });
        return answerOf(outcome, context, { call, field: 'option' });
      },
    },
    planRoute(context, { type: 'offer_change', path: 'offer-changes', summary: 'Order another plan' }),
    planRoute(context, { type: 'renewal', path: 'renewals', summary: 'Bind the contract anew; by its holder' }),
  ];
}

function planRoute(
  context: Context,
  { type, path, summary }: { type: 'offer_change' | 'renewal'; path: string; summary: string },
): ApiRoute {
  return withInput({
    ...{ method: 'POST', path: `${base}/${path}`, scope: 'contract.manage', level: 'M*', action: 'offer-change' },
    ...{ idempotent: true, summary },
    input: z.strictObject({ offerId: z.string().max(60), acceptedPrice: money.optional(), terms: z.literal(true) }),
    answers: { 202: orderSchema },
    refusals: ['incompatible', 'order_open', 'price_changed'],
    async handle(call) {
      const { offerId, acceptedPrice } = call.input;
      const outcome = await context.desk.changePlan({
        ...{ type, accountId: call.token.accountId, contractId: contractOf(call), offerId },
        acceptedPrice: acceptedPrice && acceptedAmount(acceptedPrice),
        idempotencyKey: call.idempotencyKey ?? '',
      });
      return answerOf(outcome, context, { call, field: 'offerId' });
    },
  });
}

function acceptedAmount(price: z.output<typeof money>): Amount {
  const amount = amountOf(price);
  if (amount === undefined) throw new InputError([{ field: 'acceptedPrice.value', problem: 'has parts of a cent' }]);
  return amount;
}

function answerOf(
  outcome: OrderOutcome,
  { apis }: Context,
  { call, field }: { call: Pick<ApiCall, 'locale'>; field: string },
): ApiAnswer {
  if (outcome.kind === 'ordered') {
    return { status: 202, body: orderBody(outcome.order, { apis, locale: call.locale }) };
  }
  if (outcome.kind === 'unknown-item') throw new InputError([{ field, problem: 'is not in the catalogue' }]);
  throw new AppError(refusals[outcome.kind]);
}

function contractOf({ params }: Pick<ApiCall, 'params'>): string {
  return params['id'] ?? '';
}

function hrefOf(call: Pick<ApiCall, 'params'>, apis: string, what: string): string {
  return `${apis}${base.replace(':id', contractOf(call))}/${what}`;
}
