// The activation in the browser: the line, the terms, the SIM, the PIN on the phone, the last step. One address for
// each activation; GET shows the step that is due, POST takes it. Works without JavaScript: the page asks again.
import type Router from '@koa/router';
import type { CustomerSession } from '../authentication/customer-session.ts';
import type { ActivationView, StepOutcome } from '../enrolment/activation-types.ts';
import type { ServiceLine } from '../enrolment/service-lines.ts';
import { AppError } from '../errors.ts';
import { maskMsisdn, parseMsisdn } from '../identifiers.ts';
import { readBody } from './forms.ts';
import {
  addressOf,
  confirmationProblem,
  goTo,
  languageOf,
  type MobileConnectForm,
  type MobileConnectPagesDeps,
  placeOf,
  readForm,
  show,
} from './mobile-connect-page.ts';
import { clockWords, momentWords } from './moments.ts';
import type { WebContext, WebState } from './web-types.ts';

/** Adds the pages of the activation. */
export function addActivationPages(router: Router<WebState>, deps: MobileConnectPagesDeps): void {
  const { session, site, use, live } = deps;
  const path = addressOf(site, '/activate');

  router.get(path, async (ctx) => {
    const current = await session.demand(ctx, { fresh: true });
    if (current !== undefined) await showChoice(deps, ctx, { current });
  });

  router.post(path, readBody(), async (ctx) => {
    const form = readForm(ctx);
    const current = await session.demand(ctx, { fresh: true });
    if (current === undefined) return;
    session.checkCsrf(ctx, form.csrf, current);
    await begin(deps, ctx, { current, lineId: form.line ?? '' });
  });

  router.get(`${path}/:id`, async (ctx) => {
    const current = await session.demand(ctx);
    if (current === undefined) return;
    showStep(deps, ctx, { current, view: await viewOf(deps, ctx, current) });
  });

  router.post(`${path}/:id`, readBody(), async (ctx) => {
    const form = readForm(ctx);
    const current = await session.demand(ctx);
    if (current === undefined) return;
    session.checkCsrf(ctx, form.csrf, current);
    const outcome = await takeStep(deps, ctx, { current, form });
    await answer(deps, ctx, { current, outcome });
  });

  router.get(`${path}/:id/status`, async (ctx) => {
    const current = await session.find(ctx);
    if (current === undefined) throw new AppError('not_found');
    const own = { id: ctx.params['id'] ?? '', accountId: current.accountId };
    const seen = ctx.query['step'];
    await live.answer(ctx, {
      key: own.id,
      isPending: async () => (await use.activation.view(own))?.step === seen,
      waitForChange: (wait) => use.activation.waitForChange(own.id, wait),
    });
  });
}

interface Choice {
  readonly current: CustomerSession;
  readonly problem?: string;
}

/** With a number it is that very line (A16); with an e-mail address one of the account's has to be chosen (A17). */
async function showChoice(deps: MobileConnectPagesDeps, ctx: WebContext, choice: Choice): Promise<void> {
  const { current, ...problem } = choice;
  const all = await deps.use.lines(current.accountId);
  const { identifier } = current;
  const lines =
    identifier.kind === 'msisdn'
      ? all.filter(({ number }) => number === maskMsisdn(parseMsisdn(identifier.value)))
      : all.filter(({ kind }) => kind !== 'fixed');
  show(deps, ctx, {
    view: 'mc-lines',
    title: 'mc.lines.title',
    session: current,
    ...problem,
    data: { lines: lines.map((line) => ({ ...line, choice: choiceOf(line) })) },
  });
}

/** What the page offers for a line, or why it offers nothing. */
function choiceOf({ reason, state, actions }: ServiceLine): { readonly offer?: string; readonly why?: string } {
  if (reason !== null) return { why: reason };
  if (state === 'LINE_SUSPENDED') return { why: 'line_suspended' };
  const offer = (['activate', 'continue', 'confirm', 'link'] as const).find((action) => actions.includes(action));
  return offer === undefined ? { why: 'already_active' } : { offer };
}

async function begin(
  deps: MobileConnectPagesDeps,
  ctx: WebContext,
  { current, lineId }: { current: CustomerSession; lineId: string },
): Promise<void> {
  const { accountId } = current;
  const passwordFresh = deps.session.isFresh(current);
  const outcome = await deps.use.activation.begin({ accountId, lineId, passwordFresh });
  switch (outcome.kind) {
    case 'open':
      return goTo(ctx, deps.site, `/activate/${outcome.id}`);
    case 'link-instead':
      return await beginLink(deps, ctx, { current, lineId });
    case 'not-eligible':
      return await showChoice(deps, ctx, { current, problem: outcome.reason });
    default:
      return await showChoice(deps, ctx, { current, problem: outcome.kind.replaceAll('-', '_') });
  }
}

async function beginLink(
  deps: MobileConnectPagesDeps,
  ctx: WebContext,
  { current, lineId }: { current: CustomerSession; lineId: string },
): Promise<void> {
  const { accountId } = current;
  const passwordFresh = deps.session.isFresh(current);
  const outcome = await deps.use.confirmations.link({ accountId, lineId, locale: languageOf(ctx), passwordFresh });
  if (outcome.kind === 'started') return goTo(ctx, deps.site, `/confirm/${outcome.id}`);
  await showChoice(deps, ctx, { current, ...confirmationProblem(deps, ctx, outcome) });
}

async function viewOf(
  { use }: MobileConnectPagesDeps,
  ctx: WebContext & { params?: Record<string, string> },
  { accountId }: CustomerSession,
): Promise<ActivationView> {
  const view = await use.activation.view({ id: ctx.params?.['id'] ?? '', accountId });
  if (view === undefined) throw new AppError('not_found');
  return view;
}

async function takeStep(
  { use }: MobileConnectPagesDeps,
  ctx: WebContext & { params?: Record<string, string> },
  { current, form }: { current: CustomerSession; form: MobileConnectForm },
): Promise<StepOutcome> {
  const { activation } = use;
  const request = { id: ctx.params?.['id'] ?? '', accountId: current.accountId, locale: languageOf(ctx) };
  switch (form.choice) {
    case 'accept': {
      const terms = { accepted: form.accept === 'yes', version: form.version ?? '', address: ctx.state.address };
      const accepted = await activation.acceptTerms(request, terms);
      return accepted.kind === 'ok' ? await activation.startInstallation(request) : accepted;
    }
    case 'pin':
      return await activation.askPin(request);
    case 'confirm':
      return await activation.confirm(request);
    case 'cancel':
      return await activation.cancel(request);
    default:
      // "Next" before its time: the page says what it still waits for (A21).
      return { kind: 'wrong-step', due: 'installing' };
  }
}

async function answer(
  deps: MobileConnectPagesDeps,
  ctx: WebContext & { params?: Record<string, string> },
  { current, outcome }: { current: CustomerSession; outcome: StepOutcome },
): Promise<void> {
  if (outcome.kind === 'unknown') throw new AppError('not_found');
  const view = await viewOf(deps, ctx, current);
  if (outcome.kind === 'ok') return goTo(ctx, deps.site, `/activate/${view.id}`);
  const waits = outcome.kind === 'wrong-step' && view.step === 'installing';
  const problem = waits ? 'install_pending' : outcome.kind.replaceAll('-', '_');
  showStep(deps, ctx, { current, view, problem, status: outcome.kind === 'terms-missing' ? 422 : 409 });
}

interface Step {
  readonly current: CustomerSession;
  readonly view: ActivationView;
  readonly problem?: string;
  readonly status?: number;
}

function showStep(deps: MobileConnectPagesDeps, ctx: WebContext, { current, view, problem, status }: Step): void {
  const waiting = view.step === 'installing' || view.step === 'pin';
  const address = `${addressOf(deps.site, '/activate')}/${view.id}`;
  show(deps, ctx, {
    view: 'mc-activate',
    title: `mc.activate.title.${view.step}`,
    session: current,
    problem: problem ?? (view.step === 'installed' && view.problem !== null ? view.problem : undefined),
    status: status ?? 200,
    refreshSeconds: waiting ? 3 : undefined,
    data: {
      ...view,
      waiting,
      digits: [...(view.referenceCode ?? '')],
      clock: clockWords(view.secondsLeft),
      statusPath: `${address}/status?step=${view.step}`,
      until: view.availableAt === null ? undefined : momentWords(placeOf(deps, ctx), view.availableAt),
    },
  });
}
