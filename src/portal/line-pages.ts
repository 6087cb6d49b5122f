// The customer's lines in the area: what each is, the phone lost and found, a new SIM ordered and activated, the PUK.
import { z } from 'zod';
import type { Area, AreaCall, FormCall, Params } from './area.ts';
import { ApiProblem } from './customer-api.ts';

const api = '/line/v1/lines';

const moment = z.coerce.date();
const line = z.object({
  id: z.string(),
  number: z.string(),
  kind: z.string(),
  status: z.enum(['active', 'suspended']),
  relation: z.enum(['holder', 'proxy', 'user']),
  suspension: z.object({ since: moment, reason: z.string().nullable() }).optional(),
  sim: z.object({ status: z.string(), activatedAt: moment.nullable() }).optional(),
  handset: z.object({ model: z.string(), imeiMasked: z.string(), since: moment }).optional(),
  newSim: z.object({ status: z.string() }).optional(),
  mobileConnect: z.object({ state: z.string(), availableAt: moment.optional() }),
  may: z.object({
    suspend: z.boolean(),
    reactivate: z.boolean(),
    orderSim: z.boolean(),
    activateSim: z.boolean(),
    unblockSim: z.boolean(),
  }),
});
const state = z.enum(['ordered', 'shipped', 'delivered', 'activated', 'cancelled']);
const simOrder = z.object({
  id: z.string(),
  state,
  reason: z.string(),
  recipient: z.string(),
  place: z.object({
    street: z.string(),
    complement: z.string().optional(),
    postCode: z.string(),
    city: z.string(),
  }),
  contact: z.object({ emailAddress: z.string().optional(), phoneNumber: z.string().optional() }),
  timeline: z.array(z.object({ state, at: moment })),
  mayCancel: z.boolean(),
});
const activation = z.object({ state: z.enum(['activating', 'active', 'failed']) });

const reasons = ['lost', 'stolen', 'defective', 'other'] as const;

/** Adds them. */
export function addLinePages(area: Area): void {
  area.page('/lines', async ({ api: call }) => {
    const { body } = await call({ path: `${api}?limit=100` });
    return { view: 'lines', title: 'lines.title', data: { lines: z.array(line).parse(body) } };
  });
  area.page('/lines/:id', async (call) => {
    const found = await readLine(call);
    const orders = found.relation === 'holder' ? await readOrders(call) : [];
    return { view: 'line', title: 'line.title', data: { line: found, orders } };
  });
  addLossPages(area);
  addOrderPages(area);
  addActivationPages(area);
  area.form('/lines/:id/puk', { page: pageOf }, async (call) => {
    const { body } = await call.api({ method: 'POST', path: `${api}/${idOf(call.params)}/puk-disclosures` });
    const { puk } = z.object({ puk: z.string() }).parse(body);
    return { view: 'line-puk', title: 'line.puk.title', data: { line: await readLine(call), puk } };
  });
}

function addLossPages(area: Area): void {
  area.page('/lines/:id/lost', async (call) => {
    const data = { line: await readLine(call), reasons: ['lost', 'stolen', 'other'] };
    return { view: 'line-lost', title: 'line.lost.title', data };
  });
  const lost = (params: Params) => `${pageOf(params)}/lost`;
  area.form('/lines/:id/lost', { page: lost }, async ({ params, api: call, fields }) => {
    const body = { reason: fields['reason'] ?? 'other' };
    await call({ method: 'POST', path: `${api}/${idOf(params)}/suspension`, body });
    return `${pageOf(params)}?done=suspended`;
  });
  area.page('/lines/:id/found', async (call) => ({
    ...{ view: 'line-found', title: 'line.found.title', data: { line: await readLine(call) } },
  }));
  area.form('/lines/:id/found', { page: (params) => `${pageOf(params)}/found` }, putBack);
}

/** With the PIN that was given at the login, or the code that was sent; one is sent when it is asked for. */
async function putBack({ params, api: call, fields, idempotencyKey }: FormCall): Promise<string> {
  const path = `${api}/${idOf(params)}/suspension`;
  const code = (fields['line_code'] ?? '').trim();
  try {
    await call({ method: 'DELETE', path, body: code === '' ? {} : { code } });
    return `${pageOf(params)}?done=reactivated`;
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'code_required') throw error;
    await call({ method: 'POST', path: `${path}/codes`, idempotencyKey });
    return `${pageOf(params)}/found?done=code`;
  }
}

function addOrderPages(area: Area): void {
  area.page('/lines/:id/sim-order', async (call) => {
    const data = { line: await readLine(call), reasons };
    return { view: 'line-sim-order', title: 'line.order.title', data };
  });
  const page = (params: Params) => `${pageOf(params)}/sim-order`;
  const options = { page, action: 'sim-order' };
  area.form(
    '/lines/:id/sim-order',
    options,
    async ({ params, api: call, fields, idempotencyKey, confirmationCode }) => {
      const path = `${api}/${idOf(params)}/sim-orders`;
      const body = wishOf(fields);
      const { body: made } = await call({ method: 'POST', path, body, idempotencyKey, confirmationCode });
      return `${pageOf(params)}/sim-orders/${encodeURIComponent(simOrder.parse(made).id)}?done=ordered`;
    },
  );
  area.page('/lines/:id/sim-orders/:order', async (call) => {
    const { body } = await call.api({ path: orderPath(call.params) });
    const data = { line: await readLine(call), order: simOrder.parse(body) };
    return { view: 'line-order', title: 'line.order.title', data };
  });
  const orderPage = (params: Params) => `${pageOf(params)}/sim-orders/${encodeURIComponent(params['order'] ?? '')}`;
  area.form('/lines/:id/sim-orders/:order/cancel', { page: orderPage }, async ({ params, api: call }) => {
    await call({ method: 'DELETE', path: orderPath(params) });
    return `${orderPage(params)}?done=cancelled`;
  });
}

/** An address in the form counts when it is chosen; the field is `zip`, for names with `code` in them are not kept. */
function wishOf(fields: FormCall['fields']): object {
  const { reason = '', given_name: givenName = '', family_name: familyName = '' } = fields;
  const { street = '', complement = '', zip: postCode = '', city = '', phone = '', email = '' } = fields;
  const place = { street, ...(complement === '' ? {} : { complement }), postCode, city };
  const contact = {
    ...(phone === '' ? {} : { phoneNumber: phone }),
    ...(email === '' ? {} : { emailAddress: email }),
  };
  return { reason, givenName, familyName, contact, ...(fields['where'] === 'other' ? { place } : {}) };
}

function addActivationPages(area: Area): void {
  area.page('/lines/:id/activate-sim', async (call) => {
    return { view: 'line-activate', title: 'line.activate.title', data: { line: await readLine(call) } };
  });
  const page = (params: Params) => `${pageOf(params)}/activate-sim`;
  area.form('/lines/:id/activate-sim', { page }, async ({ params, api: call, fields, idempotencyKey }) => {
    const path = `${api}/${idOf(params)}/sim-activations`;
    const body = { simNumber: fields['sim_number'] ?? '' };
    const { body: begun } = await call({ method: 'POST', path, body, idempotencyKey });
    const outcome = activation.parse(begun).state;
    return outcome === 'failed' ? `${page(params)}?done=failed` : `${pageOf(params)}?done=sim-${outcome}`;
  });
}

async function readLine({ params, api: call }: Pick<AreaCall, 'params' | 'api'>) {
  return line.parse((await call({ path: `${api}/${idOf(params)}` })).body);
}

async function readOrders({ params, api: call }: Pick<AreaCall, 'params' | 'api'>) {
  const { body } = await call({ path: `${api}/${idOf(params)}/sim-orders?limit=10` });
  return z.array(simOrder).parse(body);
}

function orderPath(params: Params): string {
  return `${api}/${idOf(params)}/sim-orders/${encodeURIComponent(params['order'] ?? '')}`;
}

function pageOf(params: Params): string {
  return `/lines/${idOf(params)}`;
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}
