// The pages of a line below `/mobile-connect`: lost or stolen, found again, a new SIM, the PUK. All begin with the
// account's password; none asks for the PIN, for the phone may be gone.
import Router from '@koa/router';
import { z } from 'zod';
import type { CustomerSession } from '../authentication/customer-session.ts';
import type { LineCaller, LineDesk, LineSummary } from '../enrolment/line-desk-types.ts';
import { AppError } from '../errors.ts';
import { readBody } from './forms.ts';
import { activationProblem, type LineProblem, linesView, reactivationProblem } from './line-views.ts';
import { type MobileConnectSession, mobileConnectPath } from './mobile-connect-session.ts';
import { addressKey } from './proxies.ts';
import { type Pages, showPage } from './render.ts';
import { forbidCaching, limitRequests } from './security.ts';
import type { Site, WebContext, WebLimits, WebState } from './web-types.ts';

export interface LinePagesDeps {
  readonly site: Site;
  readonly desk: LineDesk;
  readonly session: MobileConnectSession;
  readonly pages: Pages;
  readonly limits: WebLimits;
}

const field = z.string().max(1024).optional();
const formSchema = z.object({ csrf: field, line: field, reason: field, number: field, code: field, choice: field });
type Form = z.infer<typeof formSchema>;

export type LinePage = 'lost' | 'found' | 'sim' | 'puk';

/** What a posted form led to: go on to a page, or show this one with what is to be put right. */
type Result =
  | { readonly goTo: LinePage }
  | {
      readonly problem?: LineProblem;
      readonly status?: number;
      readonly retryAfterSeconds?: number;
      readonly data?: Readonly<Record<string, unknown>>;
    };

interface Visit {
  readonly ctx: WebContext;
  readonly session: CustomerSession;
  readonly caller: LineCaller;
}

interface PageRules {
  /** A recent password: for what a stolen session must not do. Cutting a lost line is not of that kind. */
  readonly fresh: boolean;
  act(deps: LinePagesDeps, visit: Visit, form: Form): Promise<Result>;
}

const rules: Record<LinePage, PageRules> = {
  lost: { fresh: false, act: suspend },
  found: { fresh: true, act: reactivate },
  sim: { fresh: true, act: activate },
  puk: { fresh: true, act: showPuk },
};

/** The pages of one issuer, below its path. */
export function createLinePages(deps: LinePagesDeps): Router<WebState> {
  const router = new Router<WebState>();
  const limited = limitRequests(deps.limits);
  for (const page of ['lost', 'found', 'sim', 'puk'] as const) {
    const path = addressOf(deps.site, page);
    const { fresh, act } = rules[page];
    router.get(path, forbidCaching(), limited, async (ctx) => {
      const visit = await visitOf(deps, ctx, fresh);
      if (visit !== undefined) await show(deps, visit, { page, result: {} });
    });
    router.post(path, forbidCaching(), limited, readBody(), async (ctx) => {
      const visit = await visitOf(deps, ctx, fresh);
      if (visit === undefined) return;
      const form = readForm(ctx);
      deps.session.checkCsrf(ctx, form.csrf, visit.session);
      const result = await act(deps, visit, form);
      if ('goTo' in result) {
        ctx.status = 303;
        ctx.set('Location', addressOf(deps.site, result.goTo));
      } else await show(deps, visit, { page, result, form });
    });
  }
  return router;
}

function addressOf(site: Site, page: LinePage | ''): string {
  return `${site.basePath}${mobileConnectPath}${page === '' ? '' : `/${page}`}`;
}

function readForm(ctx: WebContext): Form {
  const result = formSchema.safeParse(ctx.request.body);
  if (!result.success) throw new AppError('malformed', { detail: `form: ${result.error.issues[0]?.path.join('.')}` });
  return result.data;
}

async function visitOf({ session }: LinePagesDeps, ctx: WebContext, fresh: boolean): Promise<Visit | undefined> {
  const found = await session.demand(ctx, { fresh });
  if (found === undefined) return undefined;
  const caller: LineCaller = {
    accountId: found.accountId,
    brand: found.brand,
    address: addressKey(ctx.state.address),
    withPin: false,
    fresh: session.isFresh(found),
  };
  return { ctx, session: found, caller };
}

async function suspend({ desk }: LinePagesDeps, { caller }: Visit, form: Form): Promise<Result> {
  const reason = z.enum(['lost', 'stolen', 'other']).safeParse(form.reason);
  if (form.line === undefined || !reason.success) return { problem: 'chooseLine' };
  const outcome = await desk.suspend(caller, form.line, reason.data);
  return outcome === 'not-found' ? { problem: 'chooseLine' } : { goTo: 'lost' };
}

async function reactivate({ desk }: LinePagesDeps, { caller }: Visit, form: Form): Promise<Result> {
  const { line, code, choice } = form;
  if (line === undefined) return { problem: 'chooseLine' };
  if (choice === 'send') {
    const sent = await desk.sendCode(caller, line);
    if (sent.kind === 'sent') return { data: { sentTo: sent.to, sentFor: line } };
    if (sent.kind === 'limited') return { problem: 'limited', retryAfterSeconds: sent.retryAfterSeconds, status: 429 };
    return reactivationProblem(sent);
  }
  const result = await desk.reactivate(caller, line, code ?? '');
  if (result.kind === 'reactivated' || result.kind === 'not-suspended') return { goTo: 'found' };
  return { ...reactivationProblem(result), data: { sentFor: line } };
}

async function activate({ desk }: LinePagesDeps, { caller }: Visit, form: Form): Promise<Result> {
  if (form.line === undefined) return { problem: 'chooseLine' };
  const outcome = await desk.activateSim(caller, form.line, form.number ?? '');
  if (outcome.kind === 'activated') return { data: { activated: form.line } };
  if (outcome.kind === 'activating') return { data: { activating: form.line } };
  if (outcome.kind === 'limited')
    return { problem: 'limited', retryAfterSeconds: outcome.retryAfterSeconds, status: 429 };
  return { problem: activationProblem(outcome), data: { typed: form.number ?? '' } };
}

async function showPuk({ desk }: LinePagesDeps, { caller }: Visit, form: Form): Promise<Result> {
  if (form.line === undefined) return { problem: 'chooseLine' };
  const outcome = await desk.disclosePuk(caller, form.line);
  if (outcome.kind === 'shown') return { data: { puk: outcome.puk, pukFor: form.line } };
  if (outcome.kind === 'none') return { problem: 'noPuk' };
  return { problem: 'limited', retryAfterSeconds: outcome.retryAfterSeconds, status: 429 };
}

async function show(
  deps: LinePagesDeps,
  { ctx, session, caller }: Visit,
  { page, result, form }: { page: LinePage; result: Exclude<Result, { goTo: LinePage }>; form?: Form },
): Promise<void> {
  const lines = mobileLines(await deps.desk.list(caller));
  if (result.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(result.retryAfterSeconds));
  const data = {
    ...result.data,
    csrf: deps.session.csrf(ctx, session),
    account: session.accountLabel,
    root: addressOf(deps.site, ''),
    chosen: form?.line,
    reason: form?.reason ?? 'lost',
  };
  const { problem, status } = result;
  showPage(ctx, deps.pages, linesView(ctx, deps.pages.texts, { page, lines, problem, status, data }));
}

function mobileLines(lines: readonly LineSummary[]): LineSummary[] {
  return lines.filter(({ kind }) => kind !== 'fixed');
}
