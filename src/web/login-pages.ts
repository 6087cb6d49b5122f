// `/interaction/:uid`: identifier, wait for the phone, password, choice of the account, consent. GET shows where the
// login stands, POST does one thing and goes back to GET; a mistake shows the same page with what to put right.
import Router from '@koa/router';
import type { SignIn, SignInView } from '../authentication/sign-in-types.ts';
import type { Interactions } from '../oidc/interaction-types.ts';
import { ensureOpaqueCookie } from './cookies.ts';
import type { Csrf } from './csrf.ts';
import { type LoginForm, readBody, readLoginForm } from './forms.ts';
import type { LiveStatus } from './live-status.ts';
import { type ActionResult, createLoginActions, type LoginActions, type Mistake } from './login-actions.ts';
import { consentLogo, consentView, loginView } from './login-views.ts';
import { type Pages, showPage } from './render.ts';
import { allowImage, forbidCaching, limitRequests } from './security.ts';
import { readVisit, type Visit } from './visit.ts';
import { keepWayBack } from './way-back.ts';
import type { Site, WebLimits, WebState } from './web-types.ts';

export interface LoginPagesDeps {
  readonly site: Site;
  readonly interactions: Interactions;
  readonly signIn: SignIn;
  readonly pages: Pages;
  readonly csrf: Csrf;
  readonly live: LiveStatus;
  readonly limits: WebLimits;
  readonly randomBytes: (size: number) => Buffer;
}

/** The login pages of one issuer, below its path. */
export function createLoginPages(deps: LoginPagesDeps): Router<WebState> {
  const { interactions, pages, csrf, live, limits, randomBytes } = deps;
  const actions = createLoginActions(deps);
  const visitOf = (ctx: Visit['ctx'], uid: string) => readVisit(ctx, { uid, interactions, texts: pages.texts });
  const limited = limitRequests(limits);
  const router = new Router<WebState>();
  const path = `${deps.site.basePath}/interaction/:uid`;

  router.get(path, forbidCaching(), limited, async (ctx) => {
    const visit = await visitOf(ctx, ctx.params['uid'] ?? '');
    ensureOpaqueCookie(ctx, 'device', randomBytes);
    const wayBack = visit.details.hub?.wayBack;
    if (wayBack !== undefined) keepWayBack(ctx, { uid: visit.request.uid, wayBack });
    const view = visit.details.prompt === 'login' ? await deps.signIn.view(visit.request) : undefined;
    // Without another click, so that it works without JavaScript; a HEAD request only looks.
    if (view === undefined || !isApproved(view) || ctx.method !== 'GET') return await show(deps, visit, { view });
    const result = await actions.finish(visit);
    if (result.kind !== 'ended') await show(deps, visit);
  });

  router.post(path, forbidCaching(), limited, readBody(), async (ctx) => {
    const uid = ctx.params['uid'] ?? '';
    const form = readLoginForm(ctx);
    csrf.check(ctx, uid, form.csrf);
    const visit = await visitOf(ctx, uid);
    const result = await act(actions, visit, form);
    await answer(deps, visit, { result, form });
  });

  router.get(`${path}/status`, forbidCaching(), async (ctx) =>
    live.answer(await visitOf(ctx, ctx.params['uid'] ?? '')),
  );
  return router;
}

function act(actions: LoginActions, visit: Visit, form: LoginForm): Promise<ActionResult> {
  return visit.details.prompt === 'consent' ? actions.decide(visit, form) : actions.act(visit, form);
}

function isApproved(view: SignInView): boolean {
  return view.step === 'phone' && view.status === 'approved';
}

async function answer(
  deps: LoginPagesDeps,
  visit: Visit,
  { result, form }: { result: ActionResult; form: LoginForm },
): Promise<void> {
  const { ctx } = visit;
  if (result.kind === 'ended') return;
  if (result.kind === 'moved') {
    ctx.status = 303;
    ctx.set('Location', `${deps.site.basePath}/interaction/${visit.request.uid}`);
    return;
  }
  if (result.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(result.retryAfterSeconds));
  await show(deps, visit, { mistake: result, typed: form.identifier });
}

async function show(
  { signIn, pages, csrf }: LoginPagesDeps,
  visit: Visit,
  { mistake, typed, view }: { mistake?: Mistake; typed?: string | undefined; view?: SignInView | undefined } = {},
): Promise<void> {
  const { ctx, details, request } = visit;
  const context = { visit, texts: pages.texts, csrf: csrf.token(ctx, request.uid), mistake, typed };
  const logo = consentLogo(details.client.logoUri);
  const showsLogo = details.prompt === 'consent' || details.hub !== undefined;
  if (logo !== undefined && showsLogo) await allowImage(logo)(ctx, () => Promise.resolve());
  if (details.prompt === 'login') showPage(ctx, pages, loginView(view ?? (await signIn.view(request)), context));
  else showPage(ctx, pages, consentView(context));
}
