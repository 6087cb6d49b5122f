// The front page of the service, the person's own page (state, since when, last uses, accounts, what can be done), and
// what the PIN confirms on the phone: turning it off, linking an account.
import type Router from '@koa/router';
import type { CustomerSession } from '../authentication/customer-session.ts';
import type { ServiceLine } from '../enrolment/service-lines.ts';
import { AppError } from '../errors.ts';
import { readBody } from './forms.ts';
import {
  addressOf,
  confirmationProblem,
  goTo,
  languageOf,
  type MobileConnectPagesDeps,
  placeOf,
  readForm,
  show,
} from './mobile-connect-page.ts';
import { clockWords, momentWords } from './moments.ts';
import type { WebContext, WebState } from './web-types.ts';

/** Adds the front page and the person's own page. */
export function addServicePages(router: Router<WebState>, deps: MobileConnectPagesDeps): void {
  const { session, site } = deps;
  router.get(addressOf(site), async (ctx) => {
    show(deps, ctx, { view: 'mc-home', title: 'mc.home.title', session: await session.find(ctx) });
  });

  router.get(addressOf(site, '/service'), async (ctx) => {
    const current = await session.demand(ctx);
    if (current !== undefined) await showService(deps, ctx, { current });
  });

  router.post(addressOf(site, '/service'), readBody(), async (ctx) => {
    const form = readForm(ctx);
    const current = await session.demand(ctx);
    if (current === undefined) return;
    session.checkCsrf(ctx, form.csrf, current);
    if (form.choice !== 'deactivate') return showService(deps, ctx, { current, problem: 'choice_unknown' });
    await askDeactivation(deps, ctx, { current, lineId: form.line ?? '' });
  });
  addConfirmationPages(router, deps);
}

async function askDeactivation(
  deps: MobileConnectPagesDeps,
  ctx: WebContext,
  { current, lineId }: { current: CustomerSession; lineId: string },
): Promise<void> {
  const { accountId } = current;
  const outcome = await deps.use.confirmations.deactivate({ accountId, lineId, locale: languageOf(ctx) });
  if (outcome.kind === 'started') return goTo(ctx, deps.site, `/confirm/${outcome.id}`);
  await showService(deps, ctx, { current, ...confirmationProblem(deps, ctx, outcome) });
}

interface ServicePage {
  readonly current: CustomerSession;
  readonly problem?: string;
  readonly problemParams?: Readonly<Record<string, string>>;
}

async function showService(
  deps: MobileConnectPagesDeps,
  ctx: WebContext,
  { current, ...problem }: ServicePage,
): Promise<void> {
  const lines = await deps.use.lines(current.accountId);
  show(deps, ctx, {
    view: 'mc-service',
    title: 'mc.service.title',
    session: current,
    ...problem,
    ...(problem.problem === undefined ? {} : { status: 409 }),
    data: { lines: lines.map((line) => shownLine(deps, ctx, line)) },
  });
}

function shownLine(deps: MobileConnectPagesDeps, ctx: WebContext, line: ServiceLine) {
  const words = (at: Date | null) => (at === null ? undefined : momentWords(placeOf(deps, ctx), at));
  return {
    ...line,
    sinceShown: words(line.since),
    untilShown: words(line.availableAt),
    accounts: line.accounts.map((account) => ({ ...account, linkedShown: words(account.linkedAt) })),
    uses: line.uses.map((use) => ({ ...use, atShown: words(use.at) })),
  };
}

function addConfirmationPages(router: Router<WebState>, deps: MobileConnectPagesDeps): void {
  const { session, site, use, live } = deps;
  const path = `${addressOf(site, '/confirm')}/:id`;

  router.get(path, async (ctx) => {
    const current = await session.demand(ctx);
    if (current !== undefined) await showConfirmation(deps, ctx, { current, id: ctx.params['id'] ?? '' });
  });

  router.post(path, readBody(), async (ctx) => {
    const form = readForm(ctx);
    const current = await session.demand(ctx);
    if (current === undefined) return;
    session.checkCsrf(ctx, form.csrf, current);
    if (form.choice === 'cancel') {
      await use.confirmations.cancel({ id: ctx.params['id'] ?? '', accountId: current.accountId });
    }
    goTo(ctx, site, '/service');
  });

  router.get(`${path}/status`, async (ctx) => {
    const current = await session.find(ctx);
    if (current === undefined) throw new AppError('not_found');
    const own = { id: ctx.params['id'] ?? '', accountId: current.accountId };
    await live.answer(ctx, {
      key: own.id,
      isPending: async () => (await use.confirmations.view(own))?.status === 'pending',
      waitForChange: (wait) => use.confirmations.waitForChange(own.id, wait),
    });
  });
}

async function showConfirmation(
  deps: MobileConnectPagesDeps,
  ctx: WebContext,
  { current, id }: { current: CustomerSession; id: string },
): Promise<void> {
  const view = await deps.use.confirmations.view({ id, accountId: current.accountId });
  if (view === undefined) throw new AppError('not_found');
  const title = view.status === 'pending' ? `${view.purpose}.pending` : `${view.purpose}.${view.status}`;
  show(deps, ctx, {
    view: 'mc-confirm',
    title: `mc.confirm.${title}`,
    session: current,
    refreshSeconds: view.status === 'pending' ? 3 : undefined,
    data: {
      ...view,
      digits: [...(view.referenceCode ?? '')],
      clock: clockWords(view.secondsLeft),
      statusPath: `${addressOf(deps.site, '/confirm')}/${id}/status`,
    },
  });
}
