// Offer and options of a contract, and the orders that come of them.
import { z } from 'zod';
import type { Area, Params } from './area.ts';

const money = z.object({ unit: z.string().length(3), value: z.number() });
const price = z.object({ priceType: z.enum(['recurring', 'oneTime']), price: money });
const offering = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  productOfferingPrice: price,
});
const offers = z.array(offering.extend({ actions: z.array(z.enum(['change', 'renewal'])) }));
const current = z.object({
  productOffering: offering.extend({ kind: z.string().optional() }),
  committedUntil: z.coerce.date().optional(),
  isChanging: z.boolean(),
});
const options = z.array(
  offering.extend({ status: z.enum(['available', 'incompatible', 'pending', 'active', 'ending']) }),
);
const subscriptions = z.array(
  z.object({
    ...{ id: z.string(), category: z.string(), partner: z.string(), name: z.string(), price: money },
    ...{ period: z.enum(['month', 'year']), status: z.enum(['active', 'ending', 'ended']) },
    ...{ startDate: z.coerce.date(), nextChargeAt: z.coerce.date().optional() },
  }),
);
const state = z.enum(['created', 'confirmed', 'preparing', 'shipped', 'delivered', 'done', 'cancelled']);
const order = z.object({
  id: z.string(),
  category: z.enum(['option', 'offer_change', 'renewal', 'handset', 'sim', 'topup']),
  state,
  orderDate: z.coerce.date(),
  contract: z.object({ id: z.string() }).optional(),
  productOrderItem: z.array(
    z.object({
      action: z.enum(['add', 'modify', 'delete']),
      productOffering: z.object({ name: z.string() }),
      itemPrice: price,
    }),
  ),
  timeline: z.array(z.object({ state, at: z.coerce.date() })),
  payment: z
    .object({
      ...{ method: z.enum(['card', 'deferred']), status: z.string().regex(/^[a-z_]+$/), totalAmount: money },
      ...{ id: z.string().optional(), redirectUrl: z.string().optional() },
      bill: z.object({ id: z.string() }).optional(),
    })
    .optional(),
});
const beforeSending = ['created', 'confirmed', 'preparing'];

const contracts = '/contract/v1/contracts';

/** Adds the offer page of a contract, and the pages of orders. */
export function addOfferPages(area: Area): void {
  area.page('/contracts/:id/offer', async ({ api, params }) => {
    const path = `${contracts}/${idOf(params)}`;
    const read = async (what: string) => (await api({ path: `${path}/${what}` })).body;
    const data = {
      contractId: params['id'],
      current: current.parse(await read('offer')),
      offers: offers.parse(await read('offers?limit=100')),
      options: options.parse(await read('options?limit=100')),
      subscriptions: subscriptions.parse(await read('subscriptions?limit=100')),
    };
    return { view: 'offer', title: 'offer.title', data };
  });
  addOrdering(area);
  area.page('/orders', async ({ api }) => {
    const orders = z.array(order).parse((await api({ path: '/order/v1/orders?limit=50' })).body);
    return { view: 'orders', title: 'orders.title', data: { orders } };
  });
  area.page('/orders/:id', async ({ api, params }) => {
    const one = order.parse((await api({ path: `/order/v1/orders/${idOf(params)}` })).body);
    const mayCancel = one.category === 'handset' && beforeSending.includes(one.state);
    return { view: 'order', title: 'order.title', data: { order: one, mayCancel } };
  });
}

const shown = /^(\d{1,6}(?:\.\d{1,2})?) ([A-Z]{3})$/;

/** The price that stood beside the button, as the form carries it: `3.5 EUR`. */
function acceptedPrice({ price: text = '' }: Readonly<Record<string, string>>): z.output<typeof money> {
  const [, value = '0', unit = 'EUR'] = shown.exec(text) ?? [];
  return { unit, value: Number(value) };
}

function addOrdering(area: Area): void {
  const page = (params: Params) => `/contracts/${idOf(params)}/offer`;
  area.form('/contracts/:id/options', { page }, async ({ api, params, fields, idempotencyKey }) => {
    const body = { optionId: fields['option'] ?? '', acceptedPrice: acceptedPrice(fields) };
    const path = `${contracts}/${idOf(params)}/options`;
    return orderPath((await api({ method: 'POST', path, body, idempotencyKey })).body);
  });
  area.form('/contracts/:id/options/:option/end', { page }, async ({ api, params }) => {
    const option = encodeURIComponent(params['option'] ?? '');
    const path = `${contracts}/${idOf(params)}/options/${option}`;
    return orderPath((await api({ method: 'DELETE', path })).body);
  });
  area.form('/contracts/:id/offer', { page, action: 'offer-change' }, async (call) => {
    const { api, params, fields, idempotencyKey, confirmationCode } = call;
    // The wish names offer, price and what is to be done with it, as one choice.
    const [offerId = '', what = '', value = '', unit = ''] = (fields['wish'] ?? '').split(' ');
    const body = {
      ...{ offerId, acceptedPrice: acceptedPrice({ price: `${value} ${unit}` }) },
      ...(fields['terms'] === 'yes' ? { terms: true } : {}),
    };
    const path = `${contracts}/${idOf(params)}/${what === 'renewal' ? 'renewals' : 'offer-changes'}`;
    return orderPath((await api({ method: 'POST', path, body, idempotencyKey, confirmationCode })).body);
  });
}

function orderPath(body: unknown): string {
  return `/orders/${encodeURIComponent(order.parse(body).id)}?done=ordered`;
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}
