// Orders of replacement SIMs (mission 4.9; B33 to B35): made by the holder alone, followed, and cancelled until the new
// SIM is activated. Among all orders they stand in the order API, too.
import { z } from 'zod';
import type { SimOrderCaller, SimOrderDesk, SimOrderOutcome, SimOrderView } from '../customer/sim-order-types.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { IdentifierError, parseEmail, parseMsisdn } from '../identifiers.ts';
import { place } from './account-addresses.ts';
import { addressSchema } from './contract-bodies.ts';
import { listAnswer } from './lists.ts';
import { InputError, ReasonError } from './problems.ts';
import { type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { listQuery, moment } from './schemas.ts';

const path = '/line/v1/lines/:id/sim-orders';

const reason = z.enum(['lost', 'stolen', 'defective', 'other']);
const state = z.enum(['ordered', 'shipped', 'delivered', 'activated', 'cancelled']);
const contact = z.strictObject({ emailAddress: z.string().optional(), phoneNumber: z.string().optional() });

export const simOrderSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('SimOrder'),
  state,
  reason,
  orderDate: moment,
  recipient: z.string(),
  place: addressSchema,
  /** Masked. */
  contact,
  timeline: z.array(z.strictObject({ state, at: moment })),
  mayCancel: z.boolean(),
  /** The same among all orders. */
  productOrder: z.strictObject({ id: z.string(), href: z.string() }),
});

const name = z.string().trim().min(1).max(60);
const orderInput = z.strictObject({
  reason,
  title: z.enum(['M.', 'Mme']).optional(),
  givenName: name,
  familyName: name,
  /** Where it is sent; the address on file when left out. */
  place: place.optional(),
  contact: z
    .strictObject({
      emailAddress: z.string().refine(readable(parseEmail), 'is no e-mail address').optional(),
      phoneNumber: z.string().max(40).refine(readable(parseMsisdn), 'is no phone number').optional(),
    })
    .refine((given) => given.emailAddress !== undefined || given.phoneNumber !== undefined, 'names one way at least'),
});

function readable(parse: (text: string) => string): (text: string) => boolean {
  return (text) => {
    try {
      return parse(text) !== '';
    } catch (error) {
      if (error instanceof IdentifierError) return false;
      throw error;
    }
  };
}

interface Context {
  readonly desk: SimOrderDesk;
  readonly apis: string;
}

/** Its routes; none without a desk. */
export function simOrderRoutes({ simOrders: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const context = { desk, apis: `${issuer}/api` };
  return [orderRoute(context), ...followRoutes(context), cancelRoute(context)];
}

function orderRoute(context: Context): ApiRoute {
  return withInput({
    ...{ method: 'POST', path, scope: 'line.sim', level: 'M*', action: 'sim-order', idempotent: true },
    summary: 'Order a SIM in the place of the one that the line has; both line and old SIM go on until it is activated',
    input: orderInput,
    answers: { 201: simOrderSchema },
    refusals: ['not_found', 'order_open', 'address_recently_changed', 'address_not_on_file', 'conflict'],
    async handle(call) {
      const { place: address, contact: given, ...wish } = call.input;
      const { emailAddress, phoneNumber } = given;
      const outcome = await context.desk.order(callerOf(call), {
        ...{ ...wish, address, lineId: idOf(call), idempotencyKey: call.idempotencyKey ?? '' },
        contact: {
          ...(emailAddress === undefined ? {} : { emailAddress: parseEmail(emailAddress) }),
          ...(phoneNumber === undefined ? {} : { phoneNumber: parseMsisdn(phoneNumber) }),
        },
      });
      const body = bodyOf(orderOf(outcome), context.apis);
      return { status: 201, body, headers: { Location: body.href } };
    },
  });
}

function followRoutes({ desk, apis }: Context): ApiRoute[] {
  const read = { scope: 'line.sim', level: 'P' } as const;
  return [
    {
      ...{ method: 'GET', path, ...read },
      summary: 'The SIMs that were ordered for a line, newest first',
      query: listQuery,
      answers: { 200: z.array(simOrderSchema) },
      async handle(call) {
        const found = await desk.list(callerOf(call), idOf(call));
        if (found === undefined) throw new AppError('not_found');
        const href = `${apis}${path.replace(':id', idOf(call))}`;
        return listAnswer(
          found.map((one) => bodyOf(one, apis)),
          { query: call.query, href },
        );
      },
    },
    {
      ...{ method: 'GET', path: `${path}/:order`, ...read },
      summary: 'One of them, with the days of its steps',
      answers: { 200: simOrderSchema },
      async handle(call) {
        const found = await desk.find(callerOf(call), idOf(call), call.params['order'] ?? '');
        if (found === undefined) throw new AppError('not_found');
        return { body: bodyOf(found, apis) };
      },
    },
  ];
}

function cancelRoute({ desk, apis }: Context): ApiRoute {
  return {
    ...{ method: 'DELETE', path: `${path}/:order`, scope: 'line.sim', level: 'Pf' },
    summary: 'Cancel it, until it is activated; its 13-digit number is accepted no more',
    answers: { 200: simOrderSchema },
    refusals: ['conflict'],
    async handle(call) {
      const outcome = await desk.cancel(callerOf(call), idOf(call), call.params['order'] ?? '');
      if (outcome.kind === 'cancelled') return { body: bodyOf(outcome.order, apis) };
      throw outcome.kind === 'not-found' ? new AppError('not_found') : new ReasonError('conflict', 'sim_activated');
    },
  };
}

const refusals: Readonly<Partial<Record<SimOrderOutcome['kind'], ErrorCode>>> = {
  'not-found': 'not_found',
  'order-open': 'order_open',
  'key-reused': 'idempotency_mismatch',
  'other-address': 'address_not_on_file',
  'address-changed': 'address_recently_changed',
};

function orderOf(outcome: SimOrderOutcome): SimOrderView {
  if (outcome.kind === 'ordered') return outcome.order;
  if (outcome.kind === 'wrong-names') {
    throw new InputError(outcome.fields.map((field) => ({ field, problem: 'is not the name on file' })));
  }
  if (outcome.kind === 'no-address') throw new InputError([{ field: 'place', problem: 'there is none on file' }]);
  if (outcome.kind === 'no-sim') throw new ReasonError('conflict', 'out_of_stock');
  throw new AppError(refusals[outcome.kind] ?? 'conflict');
}

function callerOf({ token }: Pick<ApiCall, 'token'>): SimOrderCaller {
  return { accountId: token.accountId, brand: token.brand, withPin: token.loa >= 3 };
}

function idOf({ params }: Pick<ApiCall, 'params'>): string {
  return params['id'] ?? '';
}

function bodyOf(order: SimOrderView, apis: string) {
  const { id, lineId, address, orderedAt, timeline, ...rest } = order;
  return {
    ...{ id, href: `${apis}${path.replace(':id', lineId)}/${id}`, '@type': 'SimOrder' as const },
    ...{ ...rest, orderDate: orderedAt, place: address, timeline: [...timeline] },
    productOrder: { id, href: `${apis}/order/v1/orders/${id}` },
  };
}
