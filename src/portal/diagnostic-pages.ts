// Assistance in the customer area: choose a line or an Internet access, state the problem, watch the tests, restart the
// phone, say whether it works, read result, history and cases. The API's run holds the state: a page shows what is due.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Area, Params } from './area.ts';
import { ApiProblem, type CustomerApi } from './customer-api.ts';
import { allowOwnScript } from './security.ts';
import type { Sessions } from './session.ts';

const lines = z.array(z.object({ id: z.string(), number: z.string(), kind: z.string() }));
const contracts = z.array(
  z.object({
    ...{ id: z.string(), kind: z.string(), relation: z.string(), label: z.string().nullable() },
    place: z.object({ street: z.string(), city: z.string() }).optional(),
  }),
);
const run = z.object({
  ...{ id: z.string(), category: z.enum(['mobile', 'internet']), problemType: z.string(), own: z.boolean() },
  phase: z.enum(['queued', 'running', 'awaiting_restart', 'awaiting_confirmation', 'done', 'failed']),
  progress: z.number().int(),
  startDateTime: z.coerce.date(),
  line: z.object({ id: z.string() }).optional(),
  contract: z.object({ id: z.string() }).optional(),
  testMeasure: z.array(z.object({ metricName: z.string(), name: z.string(), value: z.string() })),
  result: z.object({ code: z.string(), text: z.string(), action: z.object({ text: z.string() }) }).optional(),
  troubleTicket: z.object({ id: z.string() }).optional(),
});
const cases = z.array(
  z.object({
    ...{ id: z.string(), description: z.string(), status: z.string() },
    ...{ creationDate: z.coerce.date(), lastUpdate: z.coerce.date() },
    relatedEntity: z.array(z.object({ id: z.string(), '@referredType': z.string() })),
  }),
);

const api = '/diag/v1';
const problems = ['no_network', 'no_calls', 'no_sms', 'no_data', 'slow_data'];
const faults = ['no_internet', 'slow_internet', 'wifi', 'tv', 'fixed_phone'];
const isMoving = (phase: string) => phase === 'queued' || phase === 'running';
const refreshSeconds = 3;

/** Adds them. */
export function addDiagnosticPages(area: Area): void {
  addStartPages(area);
  addRunPages(area);
  area.page('/diagnostics/cases', async (call) => {
    const { body } = await call.api({ path: `${api}/cases?limit=50` });
    const all = cases.parse(body).map((one) => ({
      ...one,
      run: one.relatedEntity.find((related) => related['@referredType'] === 'ServiceTest')?.id,
    }));
    return { view: 'diagnostic-cases', title: 'diagnostic-cases.title', data: { cases: all } };
  });
}

function addStartPages(area: Area): void {
  area.page('/diagnostics', async (call) => {
    const [line, contract, history] = await Promise.all([
      call.api({ path: '/line/v1/lines?limit=100' }),
      call.api({ path: '/contract/v1/contracts?limit=100' }),
      call.api({ path: `${api}/runs?limit=20` }),
    ]);
    const data = {
      lines: lines.parse(line.body).filter(({ kind }) => kind !== 'fixed'),
      accesses: contracts.parse(contract.body).filter(isAccess),
      runs: z.array(run).parse(history.body),
    };
    return { view: 'diagnostics', title: 'diagnostics.title', data };
  });
  area.page('/diagnostics/lines/:id', async (call) => {
    const line = lines.element.parse((await call.api({ path: `/line/v1/lines/${idOf(call.params)}` })).body);
    return { view: 'diagnostic-line', title: 'diagnostic-line.title', data: { line, problems } };
  });
  area.form('/diagnostics/lines/:id', { page: (params) => `/diagnostics/lines/${idOf(params)}` }, async (call) => {
    const { params, fields, idempotencyKey } = call;
    const { number = '', problem_type: problemType } = fields;
    const body = { lineId: params['id'] ?? '', confirmedNumber: number, problemType };
    const reply = await call.api({ method: 'POST', path: `${api}/mobile-runs`, body, idempotencyKey });
    return runPage(run.parse(reply.body));
  });
  area.page('/diagnostics/accesses/:id', async (call) => {
    const found = await call.api({ path: `/contract/v1/contracts/${idOf(call.params)}` });
    const access = contracts.element.parse(found.body);
    return { view: 'diagnostic-access', title: 'diagnostic-access.title', data: { access, faults } };
  });
  const page = (params: Params) => `/diagnostics/accesses/${idOf(params)}`;
  area.form('/diagnostics/accesses/:id', { page }, async ({ params, fields, idempotencyKey, api: call }) => {
    const body = { contractId: params['id'] ?? '', faultType: fields['fault_type'] };
    const reply = await call({ method: 'POST', path: `${api}/internet-runs`, body, idempotencyKey });
    return runPage(run.parse(reply.body));
  });
}

function addRunPages(area: Area): void {
  area.page('/diagnostics/runs/:id', async (call) => {
    const one = run.parse((await call.api({ path: `${api}/runs/${idOf(call.params)}` })).body);
    const isLive = isMoving(one.phase);
    if (isLive) allowOwnScript(call.ctx);
    const live = isLive ? { scripts: ['diagnosis.js'], refreshSeconds } : {};
    return { view: 'diagnostic-run', title: 'diagnostic-run.title', data: { run: one, ...live } };
  });
  const page = (params: Params) => `/diagnostics/runs/${idOf(params)}`;
  area.form('/diagnostics/runs/:id/restart-done', { page }, async ({ params, api: call }) => {
    await call({ method: 'POST', path: `${api}/runs/${idOf(params)}/restart-done` });
    return page(params);
  });
  area.form('/diagnostics/runs/:id/confirmation', { page }, async ({ params, fields, api: call }) => {
    const { restored } = fields;
    // Neither button was pressed: asked again.
    if (restored !== 'yes' && restored !== 'no') return page(params);
    const body = { restored: restored === 'yes' };
    await call({ method: 'POST', path: `${api}/runs/${idOf(params)}/confirmation`, body });
    return page(params);
  });
}

/** How far a run is, for the script of its page; with `Prefer: wait=8` as soon as it has gone on. */
export function addDiagnosticState(router: Router, deps: { sessions: Sessions; api: CustomerApi }): void {
  router.get('/diagnostics/runs/:id/state', (ctx: Context) => tellState(ctx, deps));
}

const waitSeconds = 8;

async function tellState(ctx: Context, { sessions, api: customer }: { sessions: Sessions; api: CustomerApi }) {
  const session = sessions.find(ctx);
  if (session === undefined) {
    ctx.status = 401;
    ctx.body = { phase: 'gone' };
    return;
  }
  const params: unknown = ctx['params'];
  const path = `${api}/runs/${idOf(typeof params === 'object' && params !== null ? (params as Params) : {})}`;
  const wished = /^wait=\d{1,3}$/.test(ctx.get('Prefer')) ? { waitSeconds } : {};
  try {
    const { phase, progress, testMeasure } = run.parse((await customer.for(ctx, session)({ path, ...wished })).body);
    ctx.body = { phase, progress, last: testMeasure.at(-1)?.name ?? '' };
  } catch (error) {
    ctx.status = error instanceof ApiProblem ? error.status : 503;
    ctx.body = { phase: 'gone' };
  }
}

function isAccess({ kind, relation }: { kind: string; relation: string }): boolean {
  return (kind === 'INTERNET' || kind === 'OPEN') && relation !== 'user';
}

function runPage({ id }: { id: string }): string {
  return `/diagnostics/runs/${encodeURIComponent(id)}`;
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}
