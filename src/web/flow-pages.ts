// What the pages of an account's flows share: a forgotten password, an account that is opened. One address for each
// flow, bound to the browser; GET shows the step that is due, POST takes it. The way back to where somebody came from
// stays in the query.
import Router from '@koa/router';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Locale, Texts } from '../i18n.ts';
import { ensureOpaqueCookie } from './cookies.ts';
import type { Csrf } from './csrf.ts';
import { readBody } from './forms.ts';
import { waitWords } from './moments.ts';
import { localeOf, type Pages, type Shown, showPage } from './render.ts';
import { forbidCaching, limitRequests } from './security.ts';
import type { Site, WebContext, WebLimits, WebState } from './web-types.ts';

export interface FlowPagesDeps {
  readonly site: Site;
  readonly pages: Pages;
  readonly csrf: Csrf;
  readonly limits: WebLimits;
  readonly randomBytes: (size: number) => Buffer;
}

/** A context with the parameters of its route. */
type FlowContext = WebContext & { readonly params?: Record<string, string> };

/** The fields of a posted form. */
export type FlowForm = Readonly<Record<string, string | undefined>>;

/** One step in one browser. */
export interface FlowVisit {
  readonly id: string;
  /** The browser's cookie: the flow goes on in no other. */
  readonly browser: string;
  /** Network address, for the limits. */
  readonly address: string;
}

/** What taking a step came to. */
export type FlowOutcome =
  | { readonly kind: 'ok' | 'wrong' | 'lost' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'refused'; readonly problem: string };

/** One kind of flow: what its pages ask, and where the answers go. */
export interface Flow<View extends { readonly step: string }> {
  /** Its texts stand below it. */
  readonly name: string;
  /** Of its first page, below the issuer's. */
  readonly path: string;
  /** Its views are called `<views>-start` and `<views>-<step>`; robot check and ends are the same for all flows. */
  readonly views: string;
  /** Of the first page before anything is typed. */
  readonly emptyStart: object;
  /** A problem shows the first page again; the text is `<name>.problem.<problem>`. */
  begin(
    ctx: WebContext,
    start: { readonly browser: string; readonly form: FlowForm },
  ): Promise<{ readonly id: string } | { readonly problem: string; readonly data: object }>;
  /** Undefined: no such flow in this browser. */
  view(visit: FlowVisit): Promise<View | undefined>;
  take(visit: FlowVisit, form: FlowForm): Promise<FlowOutcome>;
  /** The problem to name where that was wrong. */
  wrong(form: FlowForm): string;
  /** What the view of a step shows. */
  stepData(ctx: WebContext, view: View): object;
}

/** The pages of one issuer for a flow, below its path. */
export function createFlowPages<View extends { readonly step: string }>(
  deps: FlowPagesDeps,
  flow: Flow<View>,
): Router<WebState> {
  const start = `${deps.site.basePath}${flow.path}`;
  const limited = limitRequests(deps.limits);
  const router = new Router<WebState>();
  router.get(start, forbidCaching(), limited, (ctx) => showStart(deps, ctx, { flow, data: flow.emptyStart }));
  router.post(start, forbidCaching(), limited, readBody(), async (ctx) => {
    const form = readFlowForm(ctx);
    deps.csrf.check(ctx, flow.name, form['csrf']);
    const begun = await flow.begin(ctx, { browser: flowVisit(deps, ctx).browser, form });
    if ('id' in begun) goOn(ctx, `${start}/${begun.id}`);
    else showStart(deps, ctx, { flow, ...begun });
  });
  router.get(`${start}/:id`, forbidCaching(), limited, async (ctx) => {
    const visit = flowVisit(deps, ctx);
    const view = await flow.view(visit);
    if (view === undefined) goOn(ctx, start);
    else showStep(deps, ctx, { flow, view, visit, start });
  });
  router.post(`${start}/:id`, forbidCaching(), limited, readBody(), (ctx) => act(deps, ctx, { flow, start }));
  return router;
}

interface Start<View extends { readonly step: string }> {
  readonly flow: Flow<View>;
  readonly problem?: string;
  readonly data: object;
}

function showStart<View extends { readonly step: string }>(
  deps: FlowPagesDeps,
  ctx: WebContext,
  { flow: { name, views }, problem, data }: Start<View>,
): void {
  showFlow(deps, ctx, { flow: name, view: `${views}-start`, scope: name, title: 'start.title', problem, data });
}

async function act<View extends { readonly step: string }>(
  deps: FlowPagesDeps,
  ctx: FlowContext,
  { flow, start }: { readonly flow: Flow<View>; readonly start: string },
): Promise<void> {
  const form = readFlowForm(ctx);
  const visit = flowVisit(deps, ctx);
  deps.csrf.check(ctx, visit.id, form['csrf']);
  if (form['choice'] === 'restart') return goOn(ctx, start);
  const outcome = await flow.take(visit, form);
  if (outcome.kind === 'ok') return goOn(ctx, `${start}/${visit.id}`);
  const view = outcome.kind === 'lost' ? undefined : await flow.view(visit);
  if (view === undefined) return goOn(ctx, start);
  const retryAfterSeconds = outcome.kind === 'limited' ? outcome.retryAfterSeconds : undefined;
  const problem = problemOf(outcome, () => flow.wrong(form));
  showStep(deps, ctx, { flow, view, visit, start, problem, retryAfterSeconds });
}

function problemOf(outcome: FlowOutcome, wrong: () => string): string {
  if (outcome.kind === 'limited') return 'limited';
  return outcome.kind === 'refused' ? outcome.problem : wrong();
}

interface Step<View extends { readonly step: string }> {
  readonly flow: Flow<View>;
  readonly view: View;
  readonly visit: FlowVisit;
  /** Path of the first page. */
  readonly start: string;
  readonly problem?: string;
  readonly retryAfterSeconds?: number | undefined;
}

function showStep<View extends { readonly step: string }>(
  deps: FlowPagesDeps,
  ctx: WebContext,
  { flow, view, visit, start, problem, retryAfterSeconds }: Step<View>,
): void {
  const { step } = view;
  const isEnd = step === 'over' || step === 'done';
  showFlow(deps, ctx, {
    ...{ flow: flow.name, scope: visit.id, problem, retryAfterSeconds },
    view: isEnd || step === 'robot' ? `flow-${isEnd ? 'end' : 'robot'}` : `${flow.views}-${step}`,
    title: `${step}.title`,
    data: { ...flow.stepData(ctx, view), step, start },
  });
}

/** A page of a flow. Texts stand below `<flow>.`. */
interface FlowPage {
  readonly flow: string;
  readonly view: string;
  /** Names the form to its guard. */
  readonly scope: string;
  /** Key of the heading, below the flow. */
  readonly title: string;
  /** Key of what is to be put right, below `<flow>.problem`. */
  readonly problem?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly data: object;
}

function showFlow({ pages, csrf, site }: FlowPagesDeps, ctx: WebContext, page: FlowPage): void {
  const locale = localeOf(ctx);
  const { texts } = pages;
  const { flow, problem, retryAfterSeconds } = page;
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds));
  const heading = texts.t(locale, `${flow}.${page.title}`);
  const shown: Shown = {
    view: page.view,
    title: problem === undefined ? heading : texts.t(locale, 'layout.problemTitle', { title: heading }),
    status: statusOf(page),
    data: {
      ...page.data,
      csrf: csrf.token(ctx, page.scope),
      heading,
      flow,
      problem: problem === undefined ? undefined : problemText(texts, locale, page),
      problemField: problem,
      back: wayBack(ctx, site),
      base: site.basePath,
    },
  };
  showPage(ctx, pages, shown);
}

function statusOf({ problem, retryAfterSeconds }: FlowPage): number {
  if (problem === undefined) return 200;
  return retryAfterSeconds === undefined ? 422 : 429;
}

function problemText(texts: Texts, locale: Locale, { flow, problem, retryAfterSeconds = 0 }: FlowPage): string {
  return texts.t(locale, `${flow}.problem.${problem}`, { wait: waitWords(texts, locale, retryAfterSeconds) });
}

/** Where somebody was before: a login that waits, or the service's own login; nowhere else. */
function wayBack(ctx: WebContext, { basePath }: Site): string | undefined {
  const { from } = ctx.query;
  const own = /^(?:interaction\/[A-Za-z0-9_-]{1,64}|mobile-connect\/login)$/;
  return typeof from === 'string' && own.test(from) ? `${basePath}/${from}` : undefined;
}

/** Sends the browser on, the way back with it. */
function goOn(ctx: WebContext, path: string): void {
  const { from } = ctx.query;
  ctx.status = 303;
  ctx.set('Location', typeof from === 'string' ? `${path}?${new URLSearchParams({ from })}` : path);
}

/** The step that a request names, in its browser. */
function flowVisit({ randomBytes }: FlowPagesDeps, ctx: FlowContext): FlowVisit {
  const browser = ensureOpaqueCookie(ctx, 'device', randomBytes);
  return { id: (ctx.params?.['id'] ?? '').slice(0, 64), browser, address: ctx.state.address };
}

const field = z.string().max(1024);
const formSchema = z.record(z.string().max(40), field);

/** The fields of a posted form. Throws AppError('malformed'). */
function readFlowForm(ctx: WebContext): FlowForm {
  const result = formSchema.safeParse(ctx.request.body);
  if (!result.success) throw new AppError('malformed', { detail: `form: ${result.error.issues[0]?.path.join('.')}` });
  return result.data;
}

/** The robot check, as its view wants it. */
export function robotData(
  { pages }: FlowPagesDeps,
  ctx: WebContext,
  { picture, sum }: { picture: string; sum: readonly [number, number] },
) {
  return {
    picture: `data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')}`,
    sum: sum.map((number) => pages.texts.t(localeOf(ctx), `reset.numberWord.${number}`)),
  };
}
