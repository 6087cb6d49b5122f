// What the pages below `/mobile-connect` share: what they are made from, their forms, and how one is shown.
import { z } from 'zod';
import type { CustomerSession, CustomerSessions } from '../authentication/customer-session.ts';
import type { CheckOutcome } from '../authentication/password-step.ts';
import type { SignInIdentifier } from '../authentication/sign-in-record.ts';
import type { SignInRequest } from '../authentication/sign-in-types.ts';
import type { Activation } from '../enrolment/activation.ts';
import type { ConfirmationStart } from '../enrolment/phone-confirmation.ts';
import type { PhoneConfirmations } from '../enrolment/phone-confirmations.ts';
import type { ServiceLine } from '../enrolment/service-lines.ts';
import { AppError } from '../errors.ts';
import type { Locale } from '../i18n.ts';
import type { AccountId } from '../identifiers.ts';
import type { LiveFlow } from './live-flow.ts';
import { type MobileConnectSession, mobileConnectPath } from './mobile-connect-session.ts';
import { type MomentPlace, momentWords } from './moments.ts';
import { localeOf, type Pages, showPage } from './render.ts';
import type { Site, WebContext, WebLimits } from './web-types.ts';

/** The use cases behind the pages. */
export interface MobileConnectUseCases {
  readonly activation: Activation;
  readonly confirmations: PhoneConfirmations;
  lines(accountId: AccountId): Promise<ServiceLine[]>;
  readonly sessions: CustomerSessions;
  readonly password: {
    check(request: SignInRequest, identifier: SignInIdentifier, password: string): Promise<CheckOutcome>;
  };
}

export interface MobileConnectPagesDeps {
  readonly site: Site;
  readonly use: MobileConnectUseCases;
  readonly session: MobileConnectSession;
  readonly pages: Pages;
  readonly limits: WebLimits;
  readonly live: LiveFlow;
  readonly now: () => Date;
}

const field = z.string().max(1024).optional();
const form = z.object({
  csrf: field,
  identifier: field,
  password: field,
  line: field,
  accept: field,
  version: field,
  choice: field,
  next: field,
});

export type MobileConnectForm = z.infer<typeof form>;

/** The known fields of a posted form; a PIN is none of them (A31). Throws AppError('malformed'). */
export function readForm(ctx: WebContext): MobileConnectForm {
  const result = form.safeParse(ctx.request.body);
  if (!result.success) throw new AppError('malformed', { detail: `form: ${result.error.issues[0]?.path.join('.')}` });
  return result.data;
}

/** The address of one of these pages. */
export function addressOf(site: Site, path = ''): string {
  return `${site.basePath}${mobileConnectPath}${path}`;
}

/** Sends the browser on to one of them. */
export function goTo(ctx: WebContext, site: Site, path = ''): void {
  ctx.status = 303;
  ctx.set('Location', addressOf(site, path));
}

export interface ShownPage {
  readonly view: string;
  /** Key of the heading. */
  readonly title: string;
  readonly titleParams?: Readonly<Record<string, string | number>>;
  readonly session?: CustomerSession | undefined;
  /** Key below `mc.problem`, with what it says. */
  readonly problem?: string | undefined;
  readonly problemParams?: Readonly<Record<string, string | number>>;
  readonly status?: number;
  readonly refreshSeconds?: number | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Shows a page with its guard, its session and what is to be put right. */
export function show({ pages, session, site }: MobileConnectPagesDeps, ctx: WebContext, shown: ShownPage): void {
  const locale = localeOf(ctx);
  const { texts } = pages;
  const heading = texts.t(locale, shown.title, shown.titleParams);
  const problem =
    shown.problem === undefined ? undefined : texts.t(locale, `mc.problem.${shown.problem}`, shown.problemParams);
  showPage(ctx, pages, {
    view: shown.view,
    title: problem === undefined ? heading : texts.t(locale, 'layout.problemTitle', { title: heading }),
    status: shown.status ?? (problem === undefined ? 200 : 422),
    refreshSeconds: shown.refreshSeconds,
    data: {
      ...shown.data,
      csrf: session.csrf(ctx, shown.session),
      heading,
      problem,
      problemField: shown.problem,
      root: addressOf(site),
      account: shown.session?.accountLabel,
      simPhone: site.simPhone,
    },
  });
}

/** Why the phone was not asked to confirm: the key of the words, and until when it will not be. */
export function confirmationProblem(deps: MobileConnectPagesDeps, ctx: WebContext, outcome: ConfirmationStart) {
  const problem = outcome.kind.replaceAll('-', '_');
  if (outcome.kind !== 'not-now') return { problem };
  return { problem, problemParams: { until: momentWords(placeOf(deps, ctx), outcome.availableAt) } };
}

/** How moments are said on this page. */
export function placeOf({ pages, site }: MobileConnectPagesDeps, ctx: WebContext): MomentPlace {
  return { texts: pages.texts, locale: localeOf(ctx), timeZone: site.timeZone };
}

/** The language of the request, for what the phone will show. */
export function languageOf(ctx: WebContext): Locale {
  return localeOf(ctx);
}
