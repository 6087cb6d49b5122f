// Bills in the customer area: the list, one bill with its lines and taxes, its files, a company's accounts, and what is
// not billed yet. Paying them is in payment-pages.ts.
import { z } from 'zod';
import type { Area, AreaCall, Params } from './area.ts';
import { type Bill, bill, billDetail, bills, groupAccounts, unbilled } from './bill-bodies.ts';
import { billWords } from './bill-words.ts';
import { ApiProblem, type CallApi } from './customer-api.ts';
import { localeOf } from './pages.ts';
import { openPayments } from './payment-pages.ts';
import { quantityText } from './usage-words.ts';

const api = '/billing/v1';
const shown = 20;
const filterSchema = z.object({
  status: z.enum(['unpaid', 'paid']).optional().catch(undefined),
  account: z.string().min(1).max(60).optional().catch(undefined),
  page: z.coerce.number().int().min(1).max(1_000).catch(1),
});

/** Adds them. */
export function addBillPages(area: Area): void {
  area.page('/bills', showList);
  area.page('/bills/current', showUnbilled);
  area.page('/bills/:id', showBill);
  area.page('/bills/:id/document', async ({ api: call, params, ctx }) => {
    const format = ctx.query['format'] === 'csv' ? 'csv' : 'pdf';
    return await call.file(`${api}/invoices/${idOf(params)}/document?format=${format}`);
  });
}

/** The newest bill that is not a part of another one, for the home page. */
export async function readLastBill(call: CallApi): Promise<Bill | undefined> {
  return z.array(bill).parse((await call({ path: `${api}/invoices?limit=1` })).body)[0];
}

async function showList(call: AreaCall) {
  const { page, ...filter } = filterSchema.parse(call.ctx.query);
  const given = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const asked = new URLSearchParams(given);
  const offset = (page - 1) * shown;
  const query = new URLSearchParams([...asked, ['offset', String(offset)], ['limit', String(shown)]]);
  const { body, total = 0 } = await call.api({ path: `${api}/invoices?${query}` });
  const found = bills.parse(body);
  const link = (number: number) => `?${new URLSearchParams([...asked, ['page', String(number)]])}`;
  const groups = new Set(found.filter(({ category }) => category === 'group').map(({ id }) => id));
  const data = {
    ...{ bills: found, total, filter, words: billWords },
    // Whoever pays a company's bill pays its parts with it.
    isChosen: ({ payable, groupBill }: Bill) => payable && !(groupBill !== undefined && groups.has(groupBill.id)),
    accounts: groups.size > 0 || filter.account !== undefined ? await readAccounts(call.api) : [],
    before: page > 1 ? link(page - 1) : undefined,
    after: offset + shown < total ? link(page + 1) : undefined,
  };
  return { view: 'bills', title: 'bills.title', data };
}

/** None for whoever is no company. */
async function readAccounts(call: CallApi): Promise<z.output<typeof groupAccounts>> {
  try {
    return groupAccounts.parse((await call({ path: `${api}/groups/me/accounts?limit=100` })).body);
  } catch (error) {
    if (error instanceof ApiProblem) return [];
    throw error;
  }
}

async function showBill(call: AreaCall) {
  const one = billDetail.parse((await call.api({ path: `${api}/invoices/${idOf(call.params)}` })).body);
  const open = one.payable ? await openPayments(call.api, [one]) : [];
  const parts = one.category === 'group' ? one.subBill : [];
  const data = {
    ...{ bill: one, open, words: billWords },
    blocks: parts.length === 0 ? [{ lines: one.appliedBillingRate, part: undefined }] : parts.map(blockOf(one)),
  };
  return { view: 'bill', title: 'bill.title', data };
}

/** The lines of one account of a company, which its sub-total closes. */
function blockOf({ appliedBillingRate: all }: z.output<typeof billDetail>) {
  return (part: z.output<typeof billDetail>['subBill'][number]) => ({
    part,
    lines: all.filter(({ billingAccount }) => billingAccount?.name === part.billingAccount.name),
  });
}

const contracts = z.array(
  z.object({
    ...{ id: z.string(), kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']), label: z.string().nullable() },
    realizingResource: z.array(z.object({ name: z.string() })),
  }),
);
const units = { data: 'byte', internet: 'byte', voice: 'second', fixed_voice: 'second' } as const;

async function showUnbilled(call: AreaCall) {
  const found = unbilled.parse((await call.api({ path: `${api}/current-usage?limit=100` })).body);
  const names = new Map((await readContracts(call.api)).map((one) => [one.id, one]));
  const locale = localeOf(call.ctx);
  const unitOf = (type: string) => new Map<string, 'byte' | 'second'>(Object.entries(units)).get(type) ?? 'message';
  const data = {
    words: billWords,
    contracts: found.map((one) => ({ ...one, contract: names.get(one.product.id) })),
    said: ({ usageType, quantity }: { usageType: string; quantity: number }) =>
      quantityText({ amount: quantity, units: unitOf(usageType) }, locale),
  };
  return { view: 'bill-current', title: 'bill-current.title', data };
}

/** None for a session that has bills, but may not see contracts. */
async function readContracts(call: CallApi): Promise<z.output<typeof contracts>> {
  try {
    return contracts.parse((await call({ path: '/contract/v1/contracts?limit=100' })).body);
  } catch (error) {
    if (error instanceof ApiProblem) return [];
    throw error;
  }
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}
