// `/account/password-reset`: a forgotten password, from the identifier to the new one. The pages are the same for every
// identifier (B06); without JavaScript they are whole.
import Router from '@koa/router';
import type {
  PasswordResetOutcome,
  PasswordResets,
  PasswordResetView,
  PasswordResetVisit,
} from '../authentication/password-reset-types.ts';
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
import { forbidCaching, limitRequests } from './security.ts';
import type { WebContext, WebState } from './web-types.ts';

export interface PasswordResetPagesDeps extends FlowPagesDeps {
  readonly resets: PasswordResets;
}

const flow = 'passwordReset';
type Form = Readonly<Record<string, string | undefined>>;

/** The pages of one issuer, below its path. */
export function createPasswordResetPages(deps: PasswordResetPagesDeps): Router<WebState> {
  const start = startOf(deps);
  const limited = limitRequests(deps.limits);
  const router = new Router<WebState>();
  router.get(start, forbidCaching(), limited, (ctx) => showStart(deps, ctx, {}));
  router.post(start, forbidCaching(), limited, readBody(), async (ctx) => {
    const form = readFlowForm(ctx);
    deps.csrf.check(ctx, flow, form['csrf']);
    await begin(deps, ctx, form['identifier'] ?? '');
  });
  router.get(`${start}/:id`, forbidCaching(), limited, async (ctx) => {
    const visit = flowVisit(deps, ctx);
    const view = await deps.resets.view(visit);
    if (view === undefined) return goOn(ctx, start);
    return showStep(deps, ctx, { view, visit });
  });
  router.post(`${start}/:id`, forbidCaching(), limited, readBody(), (ctx) => act(deps, ctx));
  return router;
}

function startOf({ site }: FlowPagesDeps): string {
  return `${site.basePath}/account/password-reset`;
}

async function begin(deps: PasswordResetPagesDeps, ctx: WebContext, identifier: string): Promise<void> {
  if (identifier.trim() === '') return showStart(deps, ctx, { problem: 'identifierMissing' });
  const { browser } = flowVisit(deps, ctx);
  const begun = await deps.resets.begin({ brand: ctx.state.site.brand.id, identifier, browser });
  if (begun.kind === 'begun') goOn(ctx, `${startOf(deps)}/${begun.id}`);
  else showStart(deps, ctx, { problem: 'identifierMalformed', typed: identifier });
}

function showStart(deps: FlowPagesDeps, ctx: WebContext, { problem, typed }: { problem?: string; typed?: string }) {
  showFlow(deps, ctx, {
    ...{ flow, view: 'password-reset-start', scope: flow, title: 'start.title', problem },
    data: { identifier: typed ?? '' },
  });
}

async function act(deps: PasswordResetPagesDeps, ctx: FlowContext): Promise<void> {
  const form = readFlowForm(ctx);
  const visit = flowVisit(deps, ctx);
  deps.csrf.check(ctx, visit.id, form['csrf']);
  const start = startOf(deps);
  if (form['choice'] === 'restart') return goOn(ctx, start);
  const outcome = await take(deps.resets, visit, form);
  if (outcome.kind === 'ok') return goOn(ctx, `${start}/${visit.id}`);
  const view = outcome.kind === 'lost' ? undefined : await deps.resets.view(visit);
  if (view === undefined || outcome.kind === 'lost') return goOn(ctx, start);
  const retryAfterSeconds = outcome.kind === 'limited' ? outcome.retryAfterSeconds : undefined;
  showStep(deps, ctx, { view, visit, problem: problemOf(outcome, form), retryAfterSeconds });
}

function take(resets: PasswordResets, visit: PasswordResetVisit, form: Form): Promise<PasswordResetOutcome> {
  const { channel, code, password } = form;
  if (channel !== undefined) return resets.chooseChannel(visit, channel);
  if (code !== undefined) return resets.enterCode(visit, code);
  if (password === undefined) return resets.answerRobot(visit, form['answer'] ?? '');
  return resets.setPassword(visit, { password, confirmation: form['confirmation'] ?? '' });
}

function problemOf(outcome: Exclude<PasswordResetOutcome, { kind: 'ok' | 'lost' }>, form: Form): string {
  if (outcome.kind === 'limited') return 'limited';
  if (outcome.kind === 'refused') return outcome.problem;
  if (form['code'] !== undefined) return 'codeWrong';
  return form['answer'] === undefined ? 'chooseChannel' : 'robotWrong';
}

interface Step {
  readonly view: PasswordResetView;
  readonly visit: PasswordResetVisit;
  readonly problem?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

function showStep(deps: FlowPagesDeps, ctx: WebContext, { view, visit, problem, retryAfterSeconds }: Step): void {
  const name = view.step === 'over' || view.step === 'done' ? 'end' : view.step;
  showFlow(deps, ctx, {
    ...{ flow, scope: visit.id, problem, retryAfterSeconds },
    view: view.step === 'robot' ? 'flow-robot' : `password-reset-${name}`,
    title: `${view.step}.title`,
    data: { ...stepData(deps, ctx, view), step: view.step, start: startOf(deps) },
  });
}

function stepData(deps: FlowPagesDeps, ctx: WebContext, view: PasswordResetView): object {
  switch (view.step) {
    case 'robot':
      return robotData(deps, ctx, view);
    case 'channel':
      return { channels: view.channels };
    case 'code':
      return { channel: view.channel, channels: view.channels };
    case 'password':
    case 'done':
    case 'over':
      return {};
    default:
      return unreachable(view);
  }
}
