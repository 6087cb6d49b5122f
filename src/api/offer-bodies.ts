// Offers, options, handsets, orders as the APIs show them (TMF620, TMF622 names).
import { z } from 'zod';
import type { Catalogue, Handset, Offer, Option } from '../customer/catalogue.ts';
import type { Amount, Locale, OptionView, OrderView, PurchaseView } from '../customer/order-types.ts';
import type { AccountId } from '../identifiers.ts';
import { moment, money } from './schemas.ts';

const price = z.strictObject({
  priceType: z.enum(['recurring', 'oneTime']),
  period: z.literal('month').optional(),
  price: money,
});
/** Null: without limit. */
const allowance = z.number().nullable().optional();

export const offerSchema = z.strictObject({
  id: z.string(),
  '@type': z.literal('ProductOffering'),
  name: z.string(),
  description: z.string(),
  kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']),
  segment: z.enum(['consumer', 'professional']),
  productOfferingPrice: price,
  allowances: z.strictObject({ voiceMinutes: allowance, sms: allowance, mms: allowance, dataGigabytes: allowance }),
  commitmentMonths: z.number().int(),
});

export const optionSchema = z.strictObject({
  id: z.string(),
  '@type': z.literal('ProductOffering'),
  name: z.string(),
  description: z.string(),
  productOfferingPrice: price,
  incompatibleWith: z.array(z.string()),
});

export const catalogueSchema = z.strictObject({
  offers: z.array(offerSchema),
  options: z.array(optionSchema),
  handsets: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      storageGigabytes: z.number(),
      productOfferingPrice: price,
      isInStock: z.boolean(),
    }),
  ),
  termsVersion: z.string(),
});

const orderState = z.enum(['created', 'confirmed', 'preparing', 'shipped', 'delivered', 'done', 'cancelled']);
export const orderSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('ProductOrder'),
  category: z.enum(['option', 'offer_change', 'renewal', 'handset', 'sim', 'topup']),
  state: orderState,
  orderDate: moment,
  contract: z.strictObject({ id: z.string(), href: z.string() }).optional(),
  productOrderItem: z.array(
    z.strictObject({
      action: z.enum(['add', 'modify', 'delete']),
      productOffering: z.strictObject({
        id: z.string(),
        name: z.string(),
        kind: z.enum(['offer', 'option', 'handset', 'sim']),
      }),
      itemPrice: price,
    }),
  ),
  timeline: z.array(z.strictObject({ state: orderState, at: moment })),
  /** Of an order that costs something at once: how that is paid. */
  payment: z
    .strictObject({
      method: z.enum(['card', 'deferred']),
      status: z.enum([
        ...['waiting', 'paid', 'declined', 'expired', 'cancelled', 'refunded'],
        ...['pending_line', 'invoiced', 'withdrawn', 'credited'],
      ] as const),
      totalAmount: money,
      /** For whoever pays by card: the payment, and the page where the card is typed while that is due. */
      id: z.string().optional(),
      href: z.string().optional(),
      redirectUrl: z.string().optional(),
      expiresAt: moment.optional(),
      /** The bill that the price is on. */
      bill: z.strictObject({ id: z.string(), href: z.string() }).optional(),
    })
    .optional(),
});

/** The currencies here have two digits. */
export function moneyBody({ unit, minor }: Amount): z.output<typeof money> {
  return { unit, value: minor / 100 };
}

/** The amount that a client wrote; undefined for parts of a cent. */
export function amountOf({ unit, value }: z.output<typeof money>): Amount | undefined {
  const minor = Math.round(value * 100);
  return Math.abs(minor / 100 - value) < 1e-9 ? { unit, minor } : undefined;
}

function priceBody(amount: Amount, recurring: boolean): z.output<typeof price> {
  const body = moneyBody(amount);
  return recurring ? { priceType: 'recurring', period: 'month', price: body } : { priceType: 'oneTime', price: body };
}

export function offerBody(offer: Offer, locale: Locale): z.output<typeof offerSchema> {
  const { id, kind, segment, allowances, commitmentMonths } = offer;
  return {
    ...{ id, '@type': 'ProductOffering', name: offer.name[locale], description: offer.description[locale] },
    ...{ kind, segment, productOfferingPrice: priceBody(offer.price, true), allowances, commitmentMonths },
  };
}

export function optionBody(option: Option, locale: Locale, amount = option.price): z.output<typeof optionSchema> {
  const { id, incompatibleWith, recurring } = option;
  return {
    ...{ id, '@type': 'ProductOffering', name: option.name[locale], description: option.description[locale] },
    ...{ productOfferingPrice: priceBody(amount, recurring), incompatibleWith: [...incompatibleWith] },
  };
}

export function optionViewBody({ option, status, since, price: amount }: OptionView, locale: Locale) {
  return { ...optionBody(option, locale, amount), status, ...(since === undefined ? {} : { startDate: since }) };
}

function handsetBody({ id, name, storageGigabytes, price: amount }: Handset, soldOut: readonly string[]) {
  return {
    id,
    name,
    storageGigabytes,
    productOfferingPrice: priceBody(amount, false),
    isInStock: !soldOut.includes(id),
  };
}

/** `soldOut`: ids of handsets of which none is left. */
export function catalogueBody(
  catalogue: Catalogue,
  { locale, soldOut }: { locale: Locale; soldOut: readonly string[] },
): z.output<typeof catalogueSchema> {
  return {
    offers: catalogue.offers.map((one) => offerBody(one, locale)),
    options: catalogue.options.map((one) => optionBody(one, locale)),
    handsets: catalogue.handsets.map((one) => handsetBody(one, soldOut)),
    termsVersion: catalogue.termsVersion,
  };
}

interface OrderReader {
  /** Address of all APIs. */
  readonly apis: string;
  readonly locale: Locale;
  /** Who reads it: a payment is shown to its payer. */
  readonly accountId?: AccountId | undefined;
}

/** An order as its reader may see it. */
export function orderBody(order: OrderView, reader: OrderReader): z.output<typeof orderSchema> {
  const { apis, locale } = reader;
  const { id, type, state, contractId, items, orderedAt, timeline, purchase } = order;
  return {
    ...{ id, href: `${apis}/order/v1/orders/${id}`, '@type': 'ProductOrder' as const, category: type, state },
    orderDate: orderedAt,
    ...(contractId === undefined
      ? {}
      : { contract: { id: contractId, href: `${apis}/contract/v1/contracts/${contractId}` } }),
    productOrderItem: items.map((item) => ({
      action: item.action,
      productOffering: { id: item.id, name: item.name[locale], kind: item.what },
      itemPrice: priceBody(item.price, item.recurring),
    })),
    timeline: [...timeline],
    ...(purchase === undefined ? {} : { payment: purchaseBody(purchase, reader) }),
  };
}

function purchaseBody({ method, status, total, payment, invoiceId }: PurchaseView, { apis, accountId }: OrderReader) {
  const own = payment?.payerAccountId === accountId ? payment : undefined;
  const bill =
    invoiceId === undefined ? {} : { bill: { id: invoiceId, href: `${apis}/billing/v1/invoices/${invoiceId}` } };
  return {
    ...{ method, status, totalAmount: moneyBody(total), ...bill },
    ...(own === undefined ? {} : { id: own.id, href: `${apis}/billing/v1/payments/${own.id}` }),
    ...(own?.checkout === undefined ? {} : { redirectUrl: own.checkout.url, expiresAt: own.checkout.expiresAt }),
  };
}
