// A new phone for a contract, with or without another plan: choose, confirm, pay by card or on the next bill. Nothing is
// kept between the pages: the choice travels in the address, and the price that was seen with the order.
import { z } from 'zod';
import type { Area, AreaCall, AreaPage, FormCall, Params } from './area.ts';
import { ApiProblem, type CallApi } from './customer-api.ts';

const money = z.object({ unit: z.string().length(3), value: z.number() });
const price = z.object({ priceType: z.enum(['recurring', 'oneTime']), price: money });
const handset = z.object({
  ...{ id: z.string(), name: z.string(), storageGigabytes: z.number() },
  ...{ productOfferingPrice: price, isInStock: z.boolean() },
});
const catalogue = z.object({ handsets: z.array(handset) });
const plans = z.array(
  z.object({
    ...{ id: z.string(), name: z.string(), description: z.string(), productOfferingPrice: price },
    actions: z.array(z.enum(['change', 'renewal'])),
  }),
);
const contract = z.object({
  id: z.string(),
  kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']),
  label: z.string().nullable(),
  realizingResource: z.array(z.object({ id: z.string(), kind: z.string() })),
  may: z.object({ manage: z.boolean(), defer: z.boolean() }),
});
const line = z.object({ handset: z.object({ model: z.string() }).optional() });
const ordered = z.object({ id: z.string(), payment: z.object({ id: z.string().optional() }).optional() });

export interface HandsetPagesOptions {
  /** How browsers reach this area, with its base. */
  readonly areaUrl: string;
}

/** Adds them. */
export function addHandsetPages(area: Area, { areaUrl }: HandsetPagesOptions): void {
  area.page('/contracts/:id/handset', showChoice);
  area.page('/contracts/:id/handset/confirm', showConfirmation);
  const page = (params: Params) => `/contracts/${idOf(params)}/handset/confirm`;
  area.form('/contracts/:id/handset', { page, action: 'order' }, (call) => order(call, areaUrl));
  const orderPage = (params: Params) => `/orders/${idOf(params)}`;
  area.form('/orders/:id/cancel', { page: orderPage }, async ({ api, params }) => {
    await api({ method: 'DELETE', path: `/order/v1/orders/${idOf(params)}` });
    return `${orderPage(params)}?done=cancelled`;
  });
}

async function readShop({ api, params }: Pick<AreaCall, 'api' | 'params'>) {
  const path = `/contract/v1/contracts/${idOf(params)}`;
  const [one, goods, offers] = await Promise.all([
    api({ path }),
    api({ path: '/order/v1/catalogue' }),
    api({ path: `${path}/offers?limit=100` }),
  ]);
  return {
    contract: contract.parse(one.body),
    handsets: catalogue.parse(goods.body).handsets,
    plans: plans.parse(offers.body).filter(({ actions }) => actions.includes('change')),
  };
}

async function showChoice(call: AreaCall): Promise<AreaPage> {
  const shop = await readShop(call);
  const mobile = shop.contract.realizingResource.find(({ kind }) => kind === 'mobile');
  const current = mobile === undefined ? undefined : await readModel(call.api, mobile.id);
  return { view: 'handset', title: 'handset.title', data: { ...shop, current, chosen: choiceOf(call) } };
}

/** The phone that the line is in now (B38); undefined where that is not known, or not hers to know. */
async function readModel(api: CallApi, lineId: string): Promise<string | undefined> {
  try {
    return line.parse((await api({ path: `/line/v1/lines/${encodeURIComponent(lineId)}` })).body).handset?.model;
  } catch (error) {
    if (error instanceof ApiProblem) return undefined;
    throw error;
  }
}

interface Choice {
  readonly handset: string;
  readonly offer: string;
  readonly method: 'card' | 'deferred';
}

/** From the form that comes back, else from the address. */
function choiceOf({ ctx, typed }: AreaCall): Choice {
  const of = (name: string) => {
    const asked = ctx.query[name];
    return typed[name] ?? (typeof asked === 'string' ? asked : '');
  };
  return { handset: of('handset'), offer: of('offer'), method: of('method') === 'deferred' ? 'deferred' : 'card' };
}

async function showConfirmation(call: AreaCall): Promise<AreaPage | string> {
  const chosen = choiceOf(call);
  const { contract: one, handsets, plans: offered } = await readShop(call);
  const phone = handsets.find(({ id }) => id === chosen.handset);
  const plan = offered.find(({ id }) => id === chosen.offer);
  const method = one.may.defer ? chosen.method : 'card';
  // Nothing chosen, or something that is not there any more.
  if (phone === undefined || (chosen.offer !== '' && plan === undefined))
    return `/contracts/${idOf(call.params)}/handset`;
  return { view: 'handset-confirm', title: 'handset.confirm.title', data: { contract: one, phone, plan, method } };
}

const shown = /^(\d{1,6}(?:\.\d{1,2})?) ([A-Z]{3})$/;

/** A price that stood beside a button: `249 EUR`. */
function priceOf(text = ''): z.output<typeof money> {
  const [, value = '0', unit = 'EUR'] = shown.exec(text) ?? [];
  return { unit, value: Number(value) };
}

async function order(call: FormCall, areaUrl: string): Promise<string> {
  const { api, params, fields, idempotencyKey, confirmationCode } = call;
  const { handset: handsetId = '', offer: offerId = '', method } = fields;
  const isCard = method !== 'deferred';
  const body = {
    ...{ contractId: params['id'] ?? '', handsetId, acceptedPrice: priceOf(fields['price']) },
    ...(offerId === '' ? {} : { offerId, acceptedPlanPrice: priceOf(fields['plan_price']) }),
    ...(fields['terms'] === 'yes' ? { terms: true } : {}),
    ...(isCard ? { method: 'card', returnUrl: `${areaUrl}/bills/payment` } : { method: 'deferred' }),
  };
  const path = '/order/v1/orders';
  const made = ordered.parse((await api({ method: 'POST', path, body, idempotencyKey, confirmationCode })).body);
  if (isCard && made.payment?.id !== undefined) return `/bills/payments/${encodeURIComponent(made.payment.id)}/card`;
  return `/orders/${encodeURIComponent(made.id)}?done=ordered`;
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}
