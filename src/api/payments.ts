// Card payments in the billing API (mission 4.12): begin one, follow it, receipts; and the way in for the messages of the
// payment provider. The card is typed on the provider's own page: no number of one ever comes here.
import { z } from 'zod';
import { fromMoney } from '../customer/money.ts';
import type { InvoiceRefusal, PaymentDesk, StartRefusal } from '../customer/payment-types.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { pagedAnswer, pageOf } from './lists.ts';
import { paymentBody, paymentSchema, receiptBody, receiptSchema } from './payment-bodies.ts';
import { InputError } from './problems.ts';
import { type ApiContext, type ApiRoute, type OpenRoute, type Route, withInput } from './route-types.ts';
import { listQuery, money } from './schemas.ts';

export interface PaymentParts {
  readonly desk: PaymentDesk;
  /** Payments above it need level M*; 0 for none. In the smallest unit of the currency. */
  readonly strongAboveMinor: number;
  /** True for an address of the client: of the same origin as one of its redirect URIs. */
  mayReturnTo(clientId: string, url: string): Promise<boolean>;
}

const base = '/billing/v1';

/** Its routes; none without its parts. */
export function paymentRoutes({ payments, issuer }: ApiContext): Route[] {
  if (payments === undefined) return [];
  const apis = `${issuer}/api`;
  return [
    payRoute(payments, apis),
    ...readRoutes(payments.desk, apis),
    ...receiptRoutes(payments.desk, apis),
    notificationRoute(payments.desk),
  ];
}

const refusals: Readonly<Record<(InvoiceRefusal | StartRefusal)['kind'], ErrorCode>> = {
  'not-found': 'not_found',
  'already-paid': 'already_paid',
  'payment-open': 'payment_open',
  'amount-mismatch': 'amount_mismatch',
  'key-reused': 'idempotency_mismatch',
  unavailable: 'payment_unavailable',
};

const wish = z.strictObject({
  invoiceIds: z.array(z.string().min(1).max(60)).min(1).max(100),
  /** All that is due for them, in their currency. */
  amount: money,
  method: z.literal('card'),
  /** Where the payer's browser comes back to: a page of the client. Gets the parameter `payment`. */
  returnUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
});

function payRoute({ desk, strongAboveMinor, mayReturnTo }: PaymentParts, apis: string): ApiRoute {
  return withInput<z.output<typeof wish>>({
    ...{ method: 'POST', path: `${base}/payments`, scope: 'billing.pay', level: 'Pf', idempotent: true },
    summary: 'Begin to pay bills by card; the answer says where the payer’s browser goes',
    ...(strongAboveMinor === 0
      ? {}
      : { action: 'payment', needsStrong: ({ amount }) => (fromMoney(amount)?.minor ?? 0) > strongAboveMinor }),
    input: wish,
    answers: { 201: paymentSchema },
    refusals: ['not_found', 'already_paid', 'payment_open', 'amount_mismatch', 'payment_unavailable'],
    async handle({ token, input, locale, idempotencyKey = '' }) {
      const { invoiceIds, returnUrl } = input;
      if (returnUrl !== undefined && !(await mayReturnTo(token.clientId, returnUrl))) {
        throw new InputError([{ field: 'returnUrl', problem: 'is no address of this client' }]);
      }
      const outcome = await desk.payInvoices({
        ...{ accountId: token.accountId, locale, invoiceIds, returnUrl, idempotencyKey },
        amount: fromMoney(input.amount),
      });
      if (outcome.kind !== 'started') throw new AppError(refusals[outcome.kind]);
      const body = paymentBody(outcome.payment, apis);
      return { status: 201, body, headers: { Location: body.href } };
    },
  });
}

function readRoutes(desk: PaymentDesk, apis: string): ApiRoute[] {
  const read = { scope: 'billing.read', level: 'P' } as const;
  const query = listQuery.extend({ open: z.enum(['true', 'false']).optional() });
  return [
    {
      ...{ method: 'GET', path: `${base}/payments`, ...read },
      summary: 'The payments that the customer began, newest first; `open=true`: those that wait for her card',
      query,
      answers: { 200: z.array(paymentSchema) },
      async handle(call) {
        const page = pageOf(call.query);
        const asked = call.query.get('open');
        const open = asked === null ? undefined : asked === 'true';
        const { items, total } = await desk.payments(call.token.accountId, { ...page, open });
        const body = items.map((one) => paymentBody(one, apis));
        return pagedAnswer(body, { ...page, total, href: `${apis}${base}/payments` });
      },
    },
    {
      ...{ method: 'GET', path: `${base}/payments/:id`, ...read },
      summary: 'One payment: where it stands, and its receipt once the money has come',
      answers: { 200: paymentSchema },
      async handle({ token, params }) {
        const found = await desk.payment(token.accountId, params['id'] ?? '');
        if (found === undefined) throw new AppError('not_found');
        return { body: paymentBody(found, apis) };
      },
    },
  ];
}

const printing = z.object({ format: z.enum(['html', 'pdf']).optional() });

function receiptRoutes(desk: PaymentDesk, apis: string): ApiRoute[] {
  const read = { scope: 'billing.read', level: 'P' } as const;
  return [
    {
      ...{ method: 'GET', path: `${base}/receipts`, ...read },
      summary: 'Receipts of the customer’s payments and of bills of contracts that she holds, newest first',
      query: listQuery,
      answers: { 200: z.array(receiptSchema) },
      async handle(call) {
        const page = pageOf(call.query);
        const { items, total } = await desk.receipts(call.token.accountId, page);
        const body = items.map((one) => receiptBody(one, apis));
        return pagedAnswer(body, { ...page, total, href: `${apis}${base}/receipts` });
      },
    },
    {
      ...{ method: 'GET', path: `${base}/receipts/:number`, ...read },
      summary: 'One receipt; with `format` as a page or a PDF to print, every time the same',
      query: printing,
      answers: { 200: receiptSchema },
      files: ['text/html', 'application/pdf'],
      async handle({ token, params, query }) {
        const { format } = printing.parse(Object.fromEntries(query));
        const number = params['number'] ?? '';
        if (format !== undefined) return await printed(desk, { accountId: token.accountId, number, format });
        const found = await desk.receipt(token.accountId, number);
        if (found === undefined) throw new AppError('not_found');
        return { body: receiptBody(found, apis) };
      },
    },
  ];
}

interface Print {
  readonly accountId: Parameters<PaymentDesk['print']>[0];
  readonly number: string;
  readonly format: 'html' | 'pdf';
}

async function printed(desk: PaymentDesk, { accountId, number, format }: Print) {
  const print = await desk.print(accountId, number, format);
  if (print === undefined) throw new AppError('not_found');
  return {
    body: print.content,
    headers: {
      'Content-Type': print.mimeType,
      'Content-Disposition': `${format === 'pdf' ? 'attachment' : 'inline'}; filename="${print.fileName}"`,
      // Should a browser ever open it from here: it has a style of its own and nothing else.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
      ETag: `"${print.digest}"`,
    },
  };
}

function notificationRoute(desk: PaymentDesk): OpenRoute {
  return {
    ...{ open: true as const, signed: true as const, method: 'POST', path: `${base}/psp/notifications` },
    summary: 'For the payment provider alone: what became of a payment, signed in Payment-Signature',
    input: z.looseObject({}),
    answers: { 204: null },
    refusals: ['notification_refused'],
    async handle({ raw }) {
      const outcome = await desk.notified({ body: raw?.body ?? '', signature: raw?.header('Payment-Signature') });
      // Only now is everything committed: a provider that hears no 204 sends it again.
      if (outcome.kind === 'applied' || outcome.kind === 'unchanged') return {};
      throw new AppError('notification_refused', { detail: outcome.kind });
    },
  };
}
