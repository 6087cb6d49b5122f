// The order API (mission 4.13): orders with their timeline, the catalogue, shops, their free times, appointments.
import { z } from 'zod';
import type { OfferDesk, OrderDesk } from '../customer/order-types.ts';
import type { PurchaseDesk } from '../customer/purchase-types.ts';
import type { AppointmentView, BookingOutcome, ShopDesk } from '../customer/shop-desk.ts';
import type { FoundShop } from '../customer/shop-times.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { listAnswer, pagedAnswer, pageOf } from './lists.ts';
import { catalogueBody, catalogueSchema, orderBody, orderSchema } from './offer-bodies.ts';
import { type ApiContext, type ApiRoute, type OpenRoute, type Route, withInput } from './route-types.ts';
import { listQuery, moment } from './schemas.ts';

export interface OrderParts {
  readonly orders: OrderDesk;
  readonly shops: ShopDesk;
}

const base = '/order/v1';

/** Its routes; none without its desks. */
export function orderRoutes({ ordering, offers, purchases, issuer }: ApiContext): Route[] {
  if (ordering === undefined || offers === undefined) return [];
  const apis = `${issuer}/api`;
  return [
    catalogueRoute(offers, purchases),
    ...trackingRoutes(ordering.orders, apis),
    ...shopRoutes(ordering.shops, `${apis}${base}/shops`),
    ...appointmentRoutes(ordering.shops, `${apis}${base}/appointments`),
  ];
}

function catalogueRoute(desk: OfferDesk, purchases: PurchaseDesk | undefined): OpenRoute {
  return {
    ...{ open: true as const, method: 'GET', path: `${base}/catalogue` },
    summary: 'Offers, options and handsets with their prices, for everybody',
    answers: { 200: catalogueSchema },
    handle: async ({ locale }) => ({
      body: catalogueBody(desk.catalogue(), { locale, soldOut: (await purchases?.soldOut()) ?? [] }),
      headers: { 'Content-Language': locale },
    }),
  };
}

function trackingRoutes(desk: OrderDesk, apis: string): ApiRoute[] {
  const query = listQuery.extend({ contract: z.string().max(60).optional() });
  const read = { scope: 'order.read', level: 'P' } as const;
  return [
    {
      ...{ method: 'GET', path: `${base}/orders`, ...read },
      summary: 'The orders of the customer and of the contracts that she holds or manages, newest first',
      query,
      answers: { 200: z.array(orderSchema) },
      async handle(call) {
        const page = pageOf(call.query);
        const { contract: contractId } = query.parse(Object.fromEntries(call.query));
        const { items, total } = await desk.list(call.token.accountId, { contractId, ...page });
        const body = items.map((one) => orderBody(one, { apis, locale: call.locale, accountId: call.token.accountId }));
        return pagedAnswer(body, { ...page, total, href: `${apis}${base}/orders` });
      },
    },
    {
      ...{ method: 'GET', path: `${base}/orders/:id`, ...read },
      summary: 'One order with every step that it has taken',
      answers: { 200: orderSchema },
      async handle({ token, params, locale }) {
        const found = await desk.find(token.accountId, params['id'] ?? '');
        if (found === undefined) throw new AppError('not_found');
        return { body: orderBody(found, { apis, locale, accountId: token.accountId }) };
      },
    },
  ];
}

const shop = z.strictObject({
  id: z.string(),
  href: z.string(),
  name: z.string(),
  place: z.strictObject({ street: z.string(), postCode: z.string(), city: z.string() }),
  /** From the place that was asked for. */
  kilometres: z.number().optional(),
  openingHours: z.array(z.strictObject({ day: z.string(), periods: z.array(z.string()) })),
});
const slot = z.strictObject({ id: z.string(), startDateTime: moment });

const book = { scope: 'order.write', level: 'P' } as const;

function shopRoutes(desk: ShopDesk, href: string): ApiRoute[] {
  const query = listQuery.extend({ near: z.string().max(60).optional() });
  return [
    {
      ...{ method: 'GET', path: `${base}/shops`, ...book },
      summary: 'Shops near a town, a post code or a point (`48.85,2.35`), nearest first',
      query,
      answers: { 200: z.array(shop) },
      async handle(call) {
        const { near = '' } = query.parse(Object.fromEntries(call.query));
        const body = desk.shops(near).map((one) => shopBody(one, href));
        return listAnswer(body, { query: call.query, href });
      },
    },
    {
      ...{ method: 'GET', path: `${base}/shops/:id/slots`, ...book },
      summary: 'The times of the next two weeks that can still be had',
      query: listQuery,
      answers: { 200: z.array(slot) },
      async handle({ params, query: asked }) {
        const id = params['id'] ?? '';
        const free = await desk.slots(id);
        if (free === undefined) throw new AppError('not_found');
        const body = free.map((one) => ({ id: one.id, startDateTime: one.at }));
        return listAnswer(body, { query: asked, href: `${href}/${id}/slots` });
      },
    },
  ];
}

function shopBody({ shop: one, kilometres }: FoundShop, href: string): z.output<typeof shop> {
  const { id, name, street, postCode, city, hours } = one;
  return {
    ...{ id, href: `${href}/${id}`, name, place: { street, postCode, city } },
    ...(kilometres === undefined ? {} : { kilometres }),
    openingHours: Object.entries(hours).map(([day, periods]) => ({ day, periods: [...periods] })),
  };
}

const appointment = z.strictObject({
  id: z.string(),
  href: z.string(),
  startDateTime: moment,
  shop: z.strictObject({
    id: z.string(),
    name: z.string(),
    street: z.string(),
    postCode: z.string(),
    city: z.string(),
  }),
});

function appointmentBody({ id, at, shop: one }: AppointmentView, list: string): z.output<typeof appointment> {
  const { name, street, postCode, city } = one;
  return { id, href: `${list}/${id}`, startDateTime: at, shop: { id: one.id, name, street, postCode, city } };
}

const bookingRefusals: Readonly<Record<Exclude<BookingOutcome['kind'], 'booked'>, ErrorCode>> = {
  'slot-taken': 'slot_taken',
  'too-many': 'too_many_appointments',
  'key-reused': 'idempotency_mismatch',
};

function appointmentRoutes(desk: ShopDesk, list: string): ApiRoute[] {
  const path = `${base}/appointments`;
  return [
    {
      ...{ method: 'GET', path, ...book },
      summary: 'The customer’s appointments that are ahead, soonest first',
      query: listQuery,
      answers: { 200: z.array(appointment) },
      async handle({ token, query }) {
        const body = (await desk.appointments(token.accountId)).map((one) => appointmentBody(one, list));
        return listAnswer(body, { query, href: list });
      },
    },
    withInput({
      ...{ method: 'POST', path, ...book, idempotent: true },
      summary: 'Book a free time of a shop',
      input: z.strictObject({ slotId: z.string().max(80) }),
      answers: { 201: appointment },
      refusals: ['slot_taken', 'too_many_appointments'],
      async handle({ token, input, idempotencyKey = '' }) {
        const outcome = await desk.book(token.accountId, { slotId: input.slotId, idempotencyKey });
        if (outcome.kind !== 'booked') throw new AppError(bookingRefusals[outcome.kind]);
        return { status: 201, body: appointmentBody(outcome.appointment, list) };
      },
    }),
    {
      ...{ method: 'DELETE', path: `${path}/:id`, ...book },
      summary: 'Cancel an appointment; somebody else may have its time at once',
      answers: { 204: null },
      async handle({ token, params }) {
        if (!(await desk.cancel(token.accountId, params['id'] ?? ''))) throw new AppError('not_found');
        return {};
      },
    },
  ];
}
