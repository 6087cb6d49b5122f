// The billing API as far as it reads (mission 4.12): bills with lines and files, a company's accounts, what is not
// billed yet. Names of TMF678 and TMF666.
import { z } from 'zod';
import type { BillingDesk, DocumentFormat } from '../customer/billing-types.ts';
import { AppError } from '../errors.ts';
import {
  groupAccountBody,
  groupAccountSchema,
  invoiceBody,
  invoiceDetailBody,
  invoiceDetailSchema,
  invoiceSchema,
  unbilledBody,
  unbilledSchema,
} from './billing-bodies.ts';
import { listAnswer, pagedAnswer, pageOf } from './lists.ts';
import type { ApiCall, ApiContext, ApiRoute } from './route-types.ts';
import { listQuery } from './schemas.ts';

const base = '/billing/v1';

/** Its routes; none without a desk. */
export function billingRoutes({ billing: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const apis = `${issuer}/api`;
  return [...invoiceRoutes(desk, apis), documentRoute(desk), ...accountRoutes(desk, apis)];
}

const read = { scope: 'billing.read', level: 'P' } as const;

const filter = listQuery.extend({
  status: z.enum(['unpaid', 'overdue', 'paid']).optional(),
  category: z.enum(['individual', 'group']).optional(),
  /** Of `billingAccount.id`. */
  account: z.string().max(60).optional(),
  contract: z.string().max(60).optional(),
  /** Bills of periods that touch these days. */
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});

function invoiceRoutes(desk: BillingDesk, apis: string): ApiRoute[] {
  const path = `${base}/invoices`;
  return [
    {
      ...{ method: 'GET', path, ...read },
      summary: 'The bills that the customer may see, newest first; a company sees its own and those of its accounts',
      query: filter,
      answers: { 200: z.array(invoiceSchema) },
      async handle({ token, query }) {
        const page = pageOf(query);
        const { status, category: kind, account, contract, from, to } = filter.parse(Object.fromEntries(query));
        const wanted = { status, kind, account, contractId: contract, from, to, ...page };
        const { items, total } = await desk.list(token.accountId, { ...wanted, brand: token.brand });
        const body = items.map((one) => invoiceBody(one, { apis }));
        return pagedAnswer(body, { ...page, total, href: `${apis}${path}` });
      },
    },
    {
      ...{ method: 'GET', path: `${path}/:id`, ...read },
      summary: 'One bill with its lines, taxes, payments and credit; a company’s with one part for each account',
      answers: { 200: invoiceDetailSchema },
      async handle({ token, params, locale }) {
        const found = await desk.find(token.accountId, params['id'] ?? '');
        if (found === undefined) throw new AppError('not_found');
        return { body: invoiceDetailBody(found, { apis, locale }), headers: { 'Content-Language': locale } };
      },
    },
  ];
}

// Whatever is asked for, so that an unknown format is refused as what cannot be given, not as a wrong parameter.
const format = z.object({ format: z.string().max(40).optional() });

function documentRoute(desk: BillingDesk): ApiRoute {
  return {
    ...{ method: 'GET', path: `${base}/invoices/:id/document`, ...read },
    summary: 'A bill as file: `format=pdf` or `format=csv`, or by the header Accept',
    query: format,
    answers: { 200: null },
    files: ['application/pdf', 'text/csv'],
    refusals: ['not_acceptable'],
    async handle(call) {
      const { token, params, locale } = call;
      const wanted = formatOf(call);
      if (wanted === undefined) throw new AppError('not_acceptable');
      const file = await desk.document(token.accountId, { id: params['id'] ?? '', format: wanted, locale });
      if (file === undefined) throw new AppError('not_found');
      return {
        body: file.content,
        headers: {
          'Content-Type': file.mediaType,
          'Content-Disposition': `attachment; filename="${file.fileName}"`,
          'Content-Language': locale,
          'X-Content-Type-Options': 'nosniff',
        },
      };
    },
  };
}

function formatOf({ query, accepts }: ApiCall): DocumentFormat | undefined {
  const asked = query.get('format');
  if (asked !== null) return asked === 'pdf' || asked === 'csv' ? asked : undefined;
  const type = accepts(['application/pdf', 'text/csv']);
  if (type === undefined) return undefined;
  return type === 'text/csv' ? 'csv' : 'pdf';
}

function accountRoutes(desk: BillingDesk, apis: string): ApiRoute[] {
  const groups = `${base}/groups/me/accounts`;
  const unbilled = `${base}/current-usage`;
  return [
    {
      ...{ method: 'GET', path: groups, ...read },
      summary: 'The accounts of the company, by Account ID, with what was billed and what is due; 404 for anybody else',
      query: listQuery,
      answers: { 200: z.array(groupAccountSchema) },
      refusals: ['not_found'],
      async handle({ token, query }) {
        const found = await desk.groupAccounts(token.accountId);
        if (found === undefined) throw new AppError('not_found');
        const body = found.map((one) => groupAccountBody(one, apis));
        return listAnswer(body, { query, href: `${apis}${groups}` });
      },
    },
    {
      ...{ method: 'GET', path: unbilled, ...read },
      summary: 'What is not billed yet, by contract: purchases that wait, and usage in detail',
      query: listQuery,
      answers: { 200: z.array(unbilledSchema) },
      async handle({ token, query, locale }) {
        const found = await desk.unbilled(token.accountId);
        const body = found.map((one) => unbilledBody(one, { apis, locale }));
        return listAnswer(body, { query, href: `${apis}${unbilled}` });
      },
    },
  ];
}
