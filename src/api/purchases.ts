// The shop in the order API (mission 4.13): a phone with or without another plan, by card or on the next bill; taking
// the order back; and how a top-up stands that is paid by card.
import { z } from 'zod';
import { fromMoney } from '../customer/money.ts';
import type { HandsetOutcome, HandsetRefusal, PurchaseDesk } from '../customer/purchase-types.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { orderBody, orderSchema } from './offer-bodies.ts';
import type { PaymentParts } from './payments.ts';
import { InputError } from './problems.ts';
import { type ApiContext, type ApiRoute, type ApiToken, withInput } from './route-types.ts';
import { money } from './schemas.ts';
import { topUpBody, topUpSchema } from './usage-bodies.ts';

interface Context {
  readonly desk: PurchaseDesk;
  readonly payments: PaymentParts;
  /** Address of all APIs. */
  readonly apis: string;
}

/** Its routes; none without desk and payments. */
export function purchaseRoutes({ purchases: desk, payments, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined || payments === undefined) return [];
  const context = { desk, payments, apis: `${issuer}/api` };
  return [orderRoute(context), cancelRoute(context), topUpRoute(context)];
}

/** Where the payer's browser comes back to: a page of the client. Gets the parameter `payment`. */
export const returnUrlInput = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .optional();

/** Refuses an address that is not the client's. Throws InputError. */
export async function requireOwnReturn(
  { mayReturnTo }: Pick<PaymentParts, 'mayReturnTo'>,
  { clientId }: Pick<ApiToken, 'clientId'>,
  returnUrl: string | undefined,
): Promise<void> {
  if (returnUrl !== undefined && !(await mayReturnTo(clientId, returnUrl))) {
    throw new InputError([{ field: 'returnUrl', problem: 'is no address of this client' }]);
  }
}

const wish = z.strictObject({
  contractId: z.string().min(1).max(60),
  handsetId: z.string().min(1).max(60),
  /** Of the handset: what is paid at once. */
  acceptedPrice: money,
  /** A plan that comes with it: both or none. */
  offerId: z.string().min(1).max(60).optional(),
  /** Of the plan, each month. */
  acceptedPlanPrice: money.optional(),
  method: z.enum(['card', 'deferred']),
  terms: z.literal(true),
  returnUrl: returnUrlInput,
});
type Wish = z.output<typeof wish>;

/** On the bill, with another plan, and for much money: as strongly as each of them alone. */
function needsStrong({ method, offerId, acceptedPrice }: Wish, strongAboveMinor: number): boolean {
  const isMuch = strongAboveMinor > 0 && (fromMoney(acceptedPrice)?.minor ?? 0) > strongAboveMinor;
  return method === 'deferred' || offerId !== undefined || isMuch;
}

function orderRoute({ desk, payments, apis }: Context): ApiRoute {
  return withInput<Wish>({
    ...{ method: 'POST', path: '/order/v1/orders', scope: 'order.write', level: 'Pf', idempotent: true },
    summary: 'Order a phone, with or without another plan; by card the answer says where the payer’s browser goes',
    ...{ action: 'order', needsStrong: (input) => needsStrong(input, payments.strongAboveMinor) },
    input: wish,
    answers: { 201: orderSchema },
    refusals: [
      ...(['not_found', 'incompatible', 'order_open', 'out_of_stock', 'price_changed'] as const),
      ...(['deferral_not_allowed', 'deferral_not_possible', 'payment_unavailable'] as const),
    ],
    async handle({ token, input, locale, idempotencyKey = '' }) {
      const { terms: _accepted, acceptedPlanPrice, offerId, returnUrl, ...given } = input;
      await requireOwnReturn(payments, token, returnUrl);
      const { accountId } = token;
      const outcome = await desk.orderHandset({
        ...{ ...given, accountId, locale, idempotencyKey, offerId },
        returnUrl: input.method === 'card' ? returnUrl : undefined,
        acceptedPrice: amountOf(input.acceptedPrice, 'acceptedPrice'),
        acceptedPlanPrice: acceptedPlanPrice && amountOf(acceptedPlanPrice, 'acceptedPlanPrice'),
      });
      if (outcome.kind !== 'ordered') throw refusalOf(outcome.kind);
      const body = orderBody(outcome.order, { apis, locale, accountId });
      return { status: 201, body, headers: { Location: body.href } };
    },
  });
}

function amountOf(price: z.output<typeof money>, field: string) {
  const amount = fromMoney(price);
  if (amount !== undefined) return amount;
  throw new InputError([{ field: `${field}.value`, problem: 'has more decimals than the currency' }]);
}

const refusals: Readonly<
  Record<Exclude<HandsetRefusal['kind'], 'unknown-handset' | 'unknown-item'> | 'unavailable', ErrorCode>
> = {
  'not-found': 'not_found',
  incompatible: 'incompatible',
  'order-open': 'order_open',
  'out-of-stock': 'out_of_stock',
  'price-changed': 'price_changed',
  'deferral-not-allowed': 'deferral_not_allowed',
  'deferral-not-possible': 'deferral_not_possible',
  'key-reused': 'idempotency_mismatch',
  unavailable: 'payment_unavailable',
};

function refusalOf(kind: Exclude<HandsetOutcome['kind'], 'ordered'>): AppError {
  if (kind === 'unknown-handset') return new InputError([{ field: 'handsetId', problem: 'is not in the catalogue' }]);
  if (kind === 'unknown-item') return new InputError([{ field: 'offerId', problem: 'is not in the catalogue' }]);
  return new AppError(refusals[kind]);
}

function cancelRoute({ desk, apis }: Context): ApiRoute {
  return {
    ...{ method: 'DELETE', path: '/order/v1/orders/:id', scope: 'order.write', level: 'Pf' },
    summary:
      'Take back the order of a phone, until it is sent: money goes back to its card, a charge off the next bill',
    answers: { 200: orderSchema },
    refusals: ['conflict'],
    async handle({ token, params, locale }) {
      const { accountId } = token;
      const outcome = await desk.cancel(accountId, params['id'] ?? '');
      if (outcome.kind === 'cancelled') return { body: orderBody(outcome.order, { apis, locale, accountId }) };
      throw new AppError(outcome.kind === 'not-found' ? 'not_found' : 'conflict');
    },
  };
}

function topUpRoute({ desk }: Context): ApiRoute {
  return {
    ...{ method: 'GET', path: '/usage/v1/topups/:id', scope: 'usage.topup', level: 'P' },
    summary: 'A top-up that the customer has bought: by card it is there once the money has come',
    answers: { 200: topUpSchema },
    async handle({ token, params, locale }) {
      const found = await desk.topUp(token.accountId, params['id'] ?? '');
      if (found === undefined) throw new AppError('not_found');
      return { body: topUpBody(found, { locale }) };
    },
  };
}
