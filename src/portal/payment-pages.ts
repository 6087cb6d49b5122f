// Paying bills by card: what is to be paid, the way to the payment provider's own page, what became of it, receipts. The
// card is typed there: no page of ours has a field for it.
import { z } from 'zod';
import type { Area, AreaCall, AreaPage, FormCall, Params } from './area.ts';
import { type Bill, type BillDetail, billDetail, type Money, type Payment, payment, receipt } from './bill-bodies.ts';
import { billWords, sumOf } from './bill-words.ts';
import type { CallApi } from './customer-api.ts';
import { allowOwnScript } from './security.ts';

export interface PaymentPagesOptions {
  /** How browsers reach this area, with its base. */
  readonly areaUrl: string;
  /** Between two looks at a payment that waits for the provider's word. */
  readonly pauseMs?: number;
}

const api = '/billing/v1';
const shown = 20;
const mostBills = 20;
const mostLooks = 8;

/** Adds them; to be called before the pages of single bills, whose paths are wider. */
export function addPaymentPages(area: Area, { areaUrl, pauseMs = 300 }: PaymentPagesOptions): void {
  area.page('/bills/pay', showChoice);
  area.form('/bills/pay', { page: '/bills/pay', action: 'payment' }, (call) => beginPayment(call, areaUrl));
  // Where the provider sends the browser back to; what has happened it does not say.
  area.page('/bills/payment', async ({ ctx }) => `/bills/payments/${encodeURIComponent(textOf(ctx.query['payment']))}`);
  area.page('/bills/payments/:id', (call) => showPayment(call, pauseMs));
  area.page('/bills/payments/:id/card', showWayToCard);
  addReceiptPages(area);
}

/** Open payments of the caller that are about one of these bills, or about a part of one. */
export async function openPayments(call: CallApi, bills: readonly BillDetail[]): Promise<Payment[]> {
  const { body } = await call({ path: `${api}/payments?open=true&limit=100` });
  const ids = new Set(bills.flatMap(({ id, subBill }) => [id, ...subBill.map((part) => part.id)]));
  return z
    .array(payment)
    .parse(body)
    .filter(({ paymentItem }) => paymentItem.some(({ item }) => ids.has(item.id)));
}

async function showChoice(call: AreaCall): Promise<AreaPage> {
  const asked = [call.ctx.query['bill'] ?? call.typed['bills']?.split(' ') ?? []].flat();
  const ids = [...new Set(asked)].filter((id) => id !== '').slice(0, mostBills);
  const read = async (id: string) =>
    billDetail.parse((await call.api({ path: `${api}/invoices/${encodeURIComponent(id)}` })).body);
  const found = await Promise.all(ids.map(read));
  const due = found.filter(({ payable }) => payable).filter(withoutParts);
  const data = {
    ...{ bills: due, words: billWords, hasPaid: found.some(({ payable }) => !payable) },
    total: sumOf(due.map(({ remainingAmount }) => remainingAmount)),
    open: due.length === 0 ? [] : await openPayments(call.api, due),
  };
  return { view: 'bill-pay', title: 'bill-pay.title', data };
}

/** A company's bill stands for its parts. */
function withoutParts({ groupBill }: Bill, _place: number, all: readonly Bill[]): boolean {
  return groupBill === undefined || !all.some(({ id }) => id === groupBill.id);
}

const shownAmount = /^(\d{1,9}(?:\.\d{1,3})?) ([A-Z]{3})$/;

/** The amount that stood beside the button: another one is not paid. */
function acceptedAmount({ amount: text = '' }: Readonly<Record<string, string>>): Money {
  const [, value = '0', unit = 'EUR'] = shownAmount.exec(text) ?? [];
  return { unit, value: Number(value) };
}

async function beginPayment(call: FormCall, areaUrl: string): Promise<string> {
  const { fields, idempotencyKey, confirmationCode } = call;
  const body = {
    ...{ invoiceIds: (fields['bills'] ?? '').split(' ').slice(0, mostBills), amount: acceptedAmount(fields) },
    ...{ method: 'card', returnUrl: `${areaUrl}/bills/payment` },
  };
  const path = `${api}/payments`;
  const { id } = payment.parse((await call.api({ method: 'POST', path, body, idempotencyKey, confirmationCode })).body);
  return `/bills/payments/${encodeURIComponent(id)}/card`;
}

async function readPayment({ api: call, params }: Pick<AreaCall, 'api' | 'params'>): Promise<Payment> {
  return payment.parse((await call({ path: `${api}/payments/${idOf(params)}` })).body);
}

/** A page in between: browsers hold the redirects after a form to the few origins that our policy names. */
async function showWayToCard(call: AreaCall): Promise<AreaPage | string> {
  const one = await readPayment(call);
  const target = pageOfProvider(one);
  if (target === undefined) return `/bills/payments/${idOf(call.params)}`;
  const data = { payment: one, words: billWords, goOnTo: target.href, host: target.host };
  return { view: 'bill-card', title: 'bill-card.title', data };
}

function pageOfProvider({ redirectUrl = '' }: Payment): URL | undefined {
  const url = URL.parse(redirectUrl);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url : undefined;
}

async function showPayment(call: AreaCall, pauseMs: number): Promise<AreaPage> {
  const one = await settledPayment(call, pauseMs);
  const isOpen = isUnderWay(one);
  if (isOpen) allowOwnScript(call.ctx);
  const live = isOpen ? { scripts: ['reload.js'], refreshSeconds: 3 } : {};
  const data = { payment: one, words: billWords, isOpen, hasCardPage: pageOfProvider(one) !== undefined, ...live };
  return { view: 'bill-payment', title: `bill-payment.${isOpen ? 'open' : one.status}.title`, data };
}

/** The browser is often back before the provider's word is here: looks a few times. */
async function settledPayment(call: AreaCall, pauseMs: number): Promise<Payment> {
  let one = await readPayment(call);
  for (let looks = 1; isUnderWay(one) && looks < mostLooks; looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    one = await readPayment(call);
  }
  return one;
}

function isUnderWay({ status }: Payment): boolean {
  return status === 'created' || status === 'authorised';
}

const pageSchema = z.object({ page: z.coerce.number().int().min(1).max(1_000).catch(1) });

function addReceiptPages(area: Area): void {
  area.page('/bills/receipts', async ({ api: call, ctx }) => {
    const { page } = pageSchema.parse(ctx.query);
    const offset = (page - 1) * shown;
    const { body, total = 0 } = await call({ path: `${api}/receipts?offset=${offset}&limit=${shown}` });
    const data = {
      ...{ receipts: z.array(receipt).parse(body), total, words: billWords },
      before: page > 1 ? `?page=${page - 1}` : undefined,
      after: offset + shown < total ? `?page=${page + 1}` : undefined,
    };
    return { view: 'receipts', title: 'receipts.title', data };
  });
  area.page('/bills/receipts/:id', async ({ api: call, params }) => {
    const one = receipt.parse((await call({ path: `${api}/receipts/${idOf(params)}` })).body);
    return { view: 'receipt', title: 'receipt.title', data: { receipt: one, words: billWords } };
  });
  area.page('/bills/receipts/:id/document', async ({ api: call, params }) => {
    return await call.file(`${api}/receipts/${idOf(params)}?format=pdf`);
  });
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}
