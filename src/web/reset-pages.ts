// `/mobile-connect/reset`: a forgotten PIN, from the number to the phone. GET shows where the flow stands, POST does
// one thing and goes back to GET. The pages are the same for every number (A45); the PIN is never typed here (A31).
import Router from '@koa/router';
import { z } from 'zod';
import type { PinResets, ResetOutcome, ResetView, ResetVisit } from '../enrolment/reset-pin-types.ts';
import { AppError, unreachable } from '../errors.ts';
import { ensureOpaqueCookie } from './cookies.ts';
import type { Csrf } from './csrf.ts';
import { readBody } from './forms.ts';
import type { LiveFlow } from './live-flow.ts';
import { localeOf, type Pages, showPage } from './render.ts';
import { type ResetProblem, resetView, startView } from './reset-views.ts';
import { forbidCaching, limitRequests } from './security.ts';
import type { Site, WebContext, WebLimits, WebState } from './web-types.ts';

export interface ResetPagesDeps {
  readonly site: Site;
  readonly resets: PinResets;
  readonly pages: Pages;
  readonly csrf: Csrf;
  readonly limits: WebLimits;
  readonly randomBytes: (size: number) => Buffer;
  readonly live: LiveFlow;
}

const field = z.string().max(1024).optional();
const formSchema = z.object({
  csrf: field,
  number: field,
  answer: field,
  code: field,
  password: field,
  emailCode: field,
  choice: field,
});
type ResetForm = z.infer<typeof formSchema>;

const startScope = 'pin-reset';

/** The pages of one issuer, below its path. */
export function createResetPages(deps: ResetPagesDeps): Router<WebState> {
  const { site, csrf, limits, randomBytes } = deps;
  const start = `${site.basePath}/mobile-connect/reset`;
  const limited = limitRequests(limits);
  const router = new Router<WebState>();

  router.get(start, forbidCaching(), limited, (ctx) => {
    ensureOpaqueCookie(ctx, 'device', randomBytes);
    showPage(ctx, deps.pages, startView(pageOf(deps, ctx, startScope)));
  });

  router.post(start, forbidCaching(), limited, readBody(), async (ctx) => {
    const form = readForm(ctx);
    csrf.check(ctx, startScope, form.csrf);
    await begin(deps, ctx, { start, number: form.number ?? '' });
  });

  router.get(`${start}/:id`, forbidCaching(), limited, async (ctx) => {
    const visit = visitOf(deps, ctx);
    const view = await deps.resets.view(visit);
    if (view === undefined) return goTo(ctx, start);
    return show(deps, ctx, { view, visit });
  });

  router.post(`${start}/:id`, forbidCaching(), limited, readBody(), async (ctx) => {
    const form = readForm(ctx);
    const visit = visitOf(deps, ctx);
    csrf.check(ctx, visit.id, form.csrf);
    if (form.choice === 'restart') return goTo(ctx, start);
    await answer(deps, ctx, { visit, start, outcome: await act(deps.resets, visit, form), form });
  });

  router.get(`${start}/:id/status`, forbidCaching(), limited, (ctx) => status(deps, ctx));
  return router;
}

async function begin(deps: ResetPagesDeps, ctx: WebContext, { start, number }: { start: string; number: string }) {
  const page = pageOf(deps, ctx, startScope);
  if (number.trim() === '') {
    showPage(ctx, deps.pages, startView({ ...page, problem: 'numberMissing' }));
    return;
  }
  const browser = ensureOpaqueCookie(ctx, 'device', deps.randomBytes);
  const begun = await deps.resets.begin({ brand: ctx.state.site.brand.id, number, browser });
  if (begun.kind === 'begun') goTo(ctx, `${start}/${begun.id}`);
  else showPage(ctx, deps.pages, startView({ ...page, problem: 'numberMalformed', typed: number }));
}

function act(resets: PinResets, visit: ResetVisit, form: ResetForm): Promise<ResetOutcome> {
  if (form.choice === 'resend') return resets.resendCode(visit);
  if (form.choice === 'email') return resets.sendEmailCode(visit);
  const { code, password, emailCode } = form;
  if (code !== undefined) return resets.enterCode(visit, { code, password, emailCode });
  return resets.answerRobot(visit, form.answer ?? '');
}

interface Answered {
  readonly visit: ResetVisit;
  readonly start: string;
  readonly outcome: ResetOutcome;
  readonly form: ResetForm;
}

async function answer(deps: ResetPagesDeps, ctx: WebContext, { visit, start, outcome, form }: Answered) {
  const here = `${start}/${visit.id}`;
  if (outcome.kind === 'ok') return goTo(ctx, here);
  if (outcome.kind === 'lost') return goTo(ctx, start);
  const view = await deps.resets.view(visit);
  if (view === undefined) return goTo(ctx, start);
  const retryAfterSeconds = outcome.kind === 'limited' ? outcome.retryAfterSeconds : undefined;
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds));
  return show(deps, ctx, { view, visit, problem: problemOf(outcome, form), retryAfterSeconds });
}

function problemOf(outcome: Exclude<ResetOutcome, { kind: 'ok' | 'lost' }>, form: ResetForm): ResetProblem {
  switch (outcome.kind) {
    case 'wrong':
      return form.code === undefined ? 'robotWrong' : 'codeWrong';
    case 'limited':
      return 'limited';
    case 'unavailable':
      return 'unavailable';
    default:
      return unreachable(outcome);
  }
}

interface ShownStep {
  readonly view: ResetView;
  readonly visit: ResetVisit;
  readonly problem?: ResetProblem;
  readonly retryAfterSeconds?: number | undefined;
}

function show(deps: ResetPagesDeps, ctx: WebContext, { view, visit, problem, retryAfterSeconds }: ShownStep): void {
  const page = { ...pageOf(deps, ctx, visit.id), problem, retryAfterSeconds };
  showPage(ctx, deps.pages, resetView(view, page));
}

function pageOf({ csrf, pages }: ResetPagesDeps, ctx: WebContext, scope: string) {
  return { ctx, texts: pages.texts, locale: localeOf(ctx), csrf: csrf.token(ctx, scope) };
}

function visitOf({ randomBytes }: ResetPagesDeps, ctx: WebContext & { params: Record<string, string> }): ResetVisit {
  return {
    id: ctx.params['id'] ?? '',
    browser: ensureOpaqueCookie(ctx, 'device', randomBytes),
    address: ctx.state.address,
    locale: localeOf(ctx),
  };
}

/** Whether the phone is still asked; a page that hears `moved` looks again. */
async function status(deps: ResetPagesDeps, ctx: WebContext & { params: Record<string, string> }): Promise<void> {
  const visit = visitOf(deps, ctx);
  const first = await deps.resets.view(visit);
  if (first?.step !== 'phone') throw new AppError('not_found', { detail: 'no phone is asked in this reset' });
  await deps.live.answer(ctx, {
    key: visit.id,
    async isPending() {
      const view = await deps.resets.view(visit);
      return view?.step === 'phone' && view.status === 'pending';
    },
    waitForChange: (wait) => deps.resets.waitForChange(visit, wait),
  });
}

function readForm(ctx: WebContext): ResetForm {
  const result = formSchema.safeParse(ctx.request.body);
  if (!result.success) throw new AppError('malformed', { detail: `form: ${result.error.issues[0]?.path.join('.')}` });
  return result.data;
}

function goTo(ctx: WebContext, path: string): void {
  ctx.status = 303;
  ctx.set('Location', path);
}
