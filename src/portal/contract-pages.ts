// Contracts in the customer area: the list, one contract with its own name, who manages it, and taking it out.
import { z } from 'zod';
import type { Area, Params } from './area.ts';

const line = z.object({ id: z.string(), name: z.string(), kind: z.string() });
const contract = z.object({
  id: z.string(),
  kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']),
  relation: z.enum(['holder', 'proxy', 'user']),
  label: z.string().nullable(),
  status: z.string(),
  startDate: z.coerce.date(),
  realizingResource: z.array(line),
  fixedLineNumber: z.string().optional(),
});
const address = z.object({
  street: z.string(),
  complement: z.string().optional(),
  postCode: z.string(),
  city: z.string(),
});
const detail = contract.extend({
  place: address.optional(),
  references: z.object({ customer: z.string(), contract: z.string() }).optional(),
  may: z.object({ manage: z.boolean(), own: z.boolean() }),
});
const proxies = z.array(
  z.object({ id: z.string(), name: z.string(), since: z.coerce.date(), mayDefer: z.boolean().default(false) }),
);
const home = z.object({
  speedDown: z.number().optional(),
  speedUp: z.number().optional(),
  sharedWifi: z.boolean().optional(),
  tvDecoder: z.object({ model: z.string(), serial: z.string() }).optional(),
});

const api = '/contract/v1/contracts';

/** Adds them. */
export function addContractPages(area: Area): void {
  area.page('/contracts', async (call) => {
    const { body } = await call.api({ path: `${api}?limit=100` });
    return { view: 'contracts', title: 'contracts.title', data: { contracts: z.array(contract).parse(body) } };
  });
  area.page('/contracts/:id', async (call) => {
    const path = `${api}/${idOf(call.params)}`;
    const one = detail.parse((await call.api({ path })).body);
    const data = {
      contract: one,
      home: one.kind === 'MOBILE' ? undefined : home.parse((await call.api({ path: `${path}/home` })).body),
      proxies: one.may.own ? proxies.parse((await call.api({ path: `${path}/proxies` })).body) : [],
    };
    return { view: 'contract', title: 'contract.title', data };
  });
  const page = (params: Params) => `/contracts/${idOf(params)}`;
  area.form('/contracts/:id/label', { page }, async ({ params, api: call, fields }) => {
    const body = { label: fields['label'] ?? '' };
    await call({ method: 'PUT', path: `${api}/${idOf(params)}/label`, body });
    return `${page(params)}?done=renamed`;
  });
  area.form('/contracts/:id/proxies/:proxy/end', { page }, async ({ params, api: call }) => {
    const proxy = encodeURIComponent(params['proxy'] ?? '');
    await call({ method: 'DELETE', path: `${api}/${idOf(params)}/proxies/${proxy}` });
    return `${page(params)}?done=proxy-ended`;
  });
  area.form('/contracts/:id/proxies/:proxy/deferral', { page, action: 'order' }, async (call) => {
    const proxy = encodeURIComponent(call.params['proxy'] ?? '');
    const path = `${api}/${idOf(call.params)}/proxies/${proxy}`;
    const body = { mayDefer: call.fields['allow'] === 'yes' };
    await call.api({ method: 'PATCH', path, body, confirmationCode: call.confirmationCode });
    return `${page(call.params)}?done=deferral`;
  });
  area.form('/contracts/:id/remove', { page }, async ({ params, api: call }) => {
    await call({ method: 'DELETE', path: `${api}/${idOf(params)}/attachment`, body: { confirm: true } });
    return '/contracts?done=removed';
  });
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}
