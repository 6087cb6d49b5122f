// `/account/new`: an account for whoever has no contract, or a fixed line only (C06, C07). The pages are the same for
// every address; without JavaScript they are whole.
import Router from '@koa/router';
import type {
  OpenAccountOutcome,
  OpenAccounts,
  OpenAccountView,
  OpenAccountVisit,
} from '../enrolment/open-account-types.ts';
import { unreachable } from '../errors.ts';
import {
  type FlowContext,
  type FlowPagesDeps,
  flowVisit,
  goOn,
  readFlowForm,
  robotData,
  showFlow,
} from './flow-page.ts';
import { readBody } from './forms.ts';
import { localeOf } from './render.ts';
import { forbidCaching, limitRequests } from './security.ts';
import type { WebContext, WebState } from './web-types.ts';

export interface OpenAccountPagesDeps extends FlowPagesDeps {
  readonly accounts: OpenAccounts;
}

const flow = 'openAccount';
type Form = Readonly<Record<string, string | undefined>>;

/** The pages of one issuer, below its path. */
export function createOpenAccountPages(deps: OpenAccountPagesDeps): Router<WebState> {
  const start = startOf(deps);
  const limited = limitRequests(deps.limits);
  const router = new Router<WebState>();
  router.get(start, forbidCaching(), limited, (ctx) => showStart(deps, ctx, {}));
  router.post(start, forbidCaching(), limited, readBody(), async (ctx) => {
    const form = readFlowForm(ctx);
    deps.csrf.check(ctx, flow, form['csrf']);
    await begin(deps, ctx, form);
  });
  router.get(`${start}/:id`, forbidCaching(), limited, async (ctx) => {
    const visit = flowVisit(deps, ctx);
    const view = await deps.accounts.view(visit);
    if (view === undefined) return goOn(ctx, start);
    return showStep(deps, ctx, { view, visit });
  });
  router.post(`${start}/:id`, forbidCaching(), limited, readBody(), (ctx) => act(deps, ctx));
  return router;
}

function startOf({ site }: FlowPagesDeps): string {
  return `${site.basePath}/account/new`;
}

async function begin(deps: OpenAccountPagesDeps, ctx: WebContext, form: Form): Promise<void> {
  const { browser } = flowVisit(deps, ctx);
  const { civility, givenName = '', familyName = '', email = '', mobile } = form;
  const details = { civility, givenName, familyName, email, mobile };
  const brand = ctx.state.site.brand.id;
  const begun = await deps.accounts.begin({ brand, locale: localeOf(ctx), browser, details });
  if (begun.kind === 'begun') return goOn(ctx, `${startOf(deps)}/${begun.id}`);
  const [first] = begun.problems;
  const wrongFields = begun.problems.map(({ field }) => field);
  showStart(deps, ctx, { typed: form, wrongFields, problem: `${first?.field}-${first?.problem}` });
}

interface Start {
  readonly typed?: Form;
  readonly wrongFields?: readonly string[];
  readonly problem?: string;
}

function showStart(deps: FlowPagesDeps, ctx: WebContext, { typed = {}, wrongFields = [], problem }: Start): void {
  showFlow(deps, ctx, {
    ...{ flow, view: 'open-account-start', scope: flow, title: 'start.title', problem },
    data: { typed, wrongFields },
  });
}

async function act(deps: OpenAccountPagesDeps, ctx: FlowContext): Promise<void> {
  const form = readFlowForm(ctx);
  const visit = flowVisit(deps, ctx);
  deps.csrf.check(ctx, visit.id, form['csrf']);
  const start = startOf(deps);
  if (form['choice'] === 'restart') return goOn(ctx, start);
  const outcome = await take(deps.accounts, visit, form);
  if (outcome.kind === 'ok') return goOn(ctx, `${start}/${visit.id}`);
  const view = outcome.kind === 'lost' ? undefined : await deps.accounts.view(visit);
  if (view === undefined || outcome.kind === 'lost') return goOn(ctx, start);
  const retryAfterSeconds = outcome.kind === 'limited' ? outcome.retryAfterSeconds : undefined;
  showStep(deps, ctx, { view, visit, problem: problemOf(outcome, form), retryAfterSeconds });
}

function take(accounts: OpenAccounts, visit: OpenAccountVisit, form: Form): Promise<OpenAccountOutcome> {
  const { password, answer, version = '' } = form;
  if (form['choice'] === 'resend') return accounts.resendCodes(visit);
  if (answer !== undefined) return accounts.answerRobot(visit, answer);
  if (password === undefined) {
    return accounts.enterCodes(visit, { email: form['emailCode'], mobile: form['mobileCode'] });
  }
  const confirmation = form['confirmation'] ?? '';
  return accounts.setPassword(visit, {
    ...{ password, confirmation, accepted: form['accept'] === 'yes', termsVersion: version },
  });
}

function problemOf(outcome: Exclude<OpenAccountOutcome, { kind: 'ok' | 'lost' }>, form: Form): string {
  if (outcome.kind === 'limited') return 'limited';
  if (outcome.kind === 'refused') return outcome.problem;
  return form['answer'] === undefined ? 'codeWrong' : 'robotWrong';
}

interface Step {
  readonly view: OpenAccountView;
  readonly visit: OpenAccountVisit;
  readonly problem?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

function showStep(deps: FlowPagesDeps, ctx: WebContext, { view, visit, problem, retryAfterSeconds }: Step): void {
  const name = view.step === 'over' || view.step === 'done' ? 'end' : view.step;
  showFlow(deps, ctx, {
    ...{ flow, scope: visit.id, problem, retryAfterSeconds },
    view: view.step === 'robot' ? 'flow-robot' : `open-account-${name}`,
    title: `${view.step}.title`,
    data: { ...stepData(deps, ctx, view), step: view.step, start: startOf(deps) },
  });
}

function stepData(deps: FlowPagesDeps, ctx: WebContext, view: OpenAccountView): object {
  switch (view.step) {
    case 'robot':
      return robotData(deps, ctx, view);
    case 'code':
      return { emailShown: view.emailShown, email: view.email, mobile: view.mobile };
    case 'password':
      return { termsVersion: view.termsVersion };
    case 'done':
    case 'over':
      return {};
    default:
      return unreachable(view);
  }
}
