// The login of the service's own pages: number or e-mail and the account's password, and out again. A number that has
// no account looks like a wrong password.
import type Router from '@koa/router';
import { parseIdentifier } from '../authentication/sign-in-identifier.ts';
import type { SignInRequest } from '../authentication/sign-in-types.ts';
import type { AccountId } from '../identifiers.ts';
import { findOpaqueCookie } from './cookies.ts';
import { deviceLabel } from './device-label.ts';
import { readBody } from './forms.ts';
import {
  addressOf,
  goTo,
  type MobileConnectForm,
  type MobileConnectPagesDeps,
  readForm,
  show,
} from './mobile-connect-page.ts';
import { mobileConnectPath, safeReturnPath } from './mobile-connect-session.ts';
import { waitWords } from './moments.ts';
import { localeOf } from './render.ts';
import type { WebContext, WebState } from './web-types.ts';

/** Adds login and logout. */
export function addLoginPages(router: Router<WebState>, deps: MobileConnectPagesDeps): void {
  const { session, site } = deps;
  router.get(addressOf(site, '/login'), async (ctx) => {
    const again = ctx.query['again'] === '1';
    showLogin(deps, ctx, { next: safeReturnPath(ctx.query['next']), again, identifier: '' });
  });

  router.post(addressOf(site, '/login'), readBody(), async (ctx) => {
    const form = readForm(ctx);
    session.checkCsrf(ctx, form.csrf);
    await logIn(deps, ctx, form);
  });

  router.post(addressOf(site, '/logout'), readBody(), async (ctx) => {
    const current = await session.find(ctx);
    session.checkCsrf(ctx, readForm(ctx).csrf, current);
    await session.end(ctx);
    goTo(ctx, site);
  });
}

async function logIn(deps: MobileConnectPagesDeps, ctx: WebContext, form: MobileConnectForm): Promise<void> {
  const typed = form.identifier ?? '';
  const next = safeReturnPath(form.next);
  const retry = (problem: string, problemParams = {}) =>
    showLogin(deps, ctx, { next, again: false, identifier: typed, problem, problemParams });
  if (typed.trim() === '') return retry('identifierMissing');
  const identifier = parseIdentifier(typed);
  if (identifier === undefined) return retry('identifierMalformed');
  if (form.password === undefined || form.password === '') return retry('passwordMissing');
  const outcome = await deps.use.password.check(requestOf(deps, ctx), identifier, form.password);
  if (outcome.kind === 'limited') {
    ctx.set('Retry-After', String(outcome.retryAfterSeconds));
    return retry('limited', { wait: waitWords(deps.pages.texts, localeOf(ctx), outcome.retryAfterSeconds) });
  }
  if (outcome.kind === 'wrong' || outcome.proof.accountId === null) return retry('passwordWrong');
  const accountId = outcome.proof.accountId as AccountId;
  await deps.session.begin(ctx, { accountId, passwordAt: deps.now(), identifier });
  goTo(ctx, deps.site, next.slice(mobileConnectPath.length));
}

interface LoginPage {
  readonly next: string;
  readonly again: boolean;
  readonly identifier: string;
  readonly problem?: string;
  readonly problemParams?: Readonly<Record<string, string>>;
}

function showLogin(deps: MobileConnectPagesDeps, ctx: WebContext, page: LoginPage): void {
  const { problem, problemParams, ...data } = page;
  show(deps, ctx, {
    view: 'mc-login',
    title: 'mc.login.title',
    problem,
    problemParams: problemParams ?? {},
    ...(problem === 'limited' ? { status: 429 } : {}),
    data: { ...data, forgottenPath: `${deps.site.basePath}/account/password-reset?from=mobile-connect%2Flogin` },
  });
}

/** The password step was made for logins at a relying party: here it is the service itself that asks. */
function requestOf({ pages, site }: MobileConnectPagesDeps, ctx: WebContext): SignInRequest {
  const locale = localeOf(ctx);
  return {
    uid: 'mobile-connect',
    issuer: site.issuer.href,
    brand: site.brand.id,
    client: { id: 'mc-portal', name: 'Mobile Connect', allowPasswordFallback: true, confirmation: undefined },
    least: 'pwd',
    wanted: 'pwd',
    locale,
    address: ctx.state.address,
    device: findOpaqueCookie(ctx, 'device'),
    deviceLabel: deviceLabel(ctx.get('User-Agent'), pages.texts.t(locale, 'device.unknown')),
  };
}
