// From what the sign-in says to ready values for the views of the login. Holds words and layout, no rule.
import { passwordAllowed, simLevelFor } from '../authentication/policies.ts';
import type { SignInView } from '../authentication/sign-in-types.ts';
import { unreachable } from '../errors.ts';
import type { Locale, Texts } from '../i18n.ts';
import { parseEmail, parseMsisdn } from '../identifiers.ts';
import type { Mistake } from './login-actions.ts';
import type { Shown } from './render.ts';
import type { Visit } from './visit.ts';

/** Everything that a login view may need besides the sign-in's own view. */
export interface ViewContext {
  readonly visit: Visit;
  readonly texts: Texts;
  readonly csrf: string;
  readonly mistake?: Mistake | undefined;
  /** What was typed into the identifier field, kept when it has to be put right. */
  readonly typed?: string | undefined;
}

/** The page for a step of the login. */
export function loginView(view: SignInView, context: ViewContext): Shown {
  switch (view.step) {
    case 'identify':
      return identifyView(context);
    case 'phone':
      return phoneView(view, context);
    case 'password':
      return shown(context, {
        view: 'password',
        title: 'login.password.title',
        data: { identifierShown: view.identifierShown, simOffered: view.simOffered },
      });
    case 'choose-account':
      return shown(context, {
        view: 'choose-account',
        title: 'login.chooseAccount.title',
        data: { accounts: view.accounts },
      });
    default:
      return unreachable(view);
  }
}

/** The consent page: who asks, and what for, in words. */
export function consentView(context: ViewContext): Shown {
  const { consent, client } = context.visit.details;
  const { texts, visit } = context;
  const wordsFor = (kind: 'scope' | 'claim', names: readonly string[]) =>
    names.map((name) => words(texts, visit.locale, `${kind}.${name.replaceAll('.', '_')}`) ?? name);
  return shown(context, {
    view: 'consent',
    title: 'consent.title',
    data: {
      accountName: consent?.accountName ?? '',
      // A scope and a claim may say the same.
      grants: new Set([
        ...wordsFor(
          'scope',
          (consent?.scopes ?? []).filter((scope) => scope !== 'openid'),
        ),
        ...wordsFor('claim', consent?.claims ?? []),
      ]),
      logoUri: consentLogo(client.logoUri),
      policyUri: webLink(client.policyUri),
    },
  });
}

/** A logo that the page may show: over https, or from this machine. */
export function consentLogo(uri: string | undefined): string | undefined {
  return webLink(uri);
}

function identifyView(context: ViewContext): Shown {
  const { details } = context.visit;
  return shown(context, {
    view: 'identify',
    title: 'login.identify.title',
    data: {
      ...identifierWords(context),
      identifier: context.typed ?? hintAsTyped(details.loginHint) ?? '',
      hinted: details.hiddenHint?.shown,
    },
  });
}

/** What the field asks for: what the brand's customers log in with. */
function identifierWords({ texts, visit: { ctx, locale } }: ViewContext) {
  const { identifierKinds: kinds } = ctx.state.site.brand;
  if (kinds.includes('msisdn')) {
    return {
      identifierLabel: texts.t(locale, 'login.identify.label'),
      identifierHint: texts.t(locale, 'login.identify.hint'),
    };
  }
  const names = kinds.map((kind) => texts.t(locale, `site.identifier.${kind}`));
  return {
    identifierLabel: new Intl.ListFormat(locale, { type: 'disjunction' }).format(names),
    identifierHint: texts.t(locale, `site.identifierHint.${kinds[0]}`),
  };
}

function phoneView(view: Extract<SignInView, { step: 'phone' }>, context: ViewContext): Shown {
  const { ctx, request } = context.visit;
  const going = view.status === 'pending';
  return {
    ...shown(context, {
      view: 'phone',
      title: `login.phone.title.${view.status}`,
      data: {
        ...view,
        digits: [...view.referenceCode],
        statusPath: `${ctx.state.site.basePath}/interaction/${request.uid}/status`,
        simPhone: ctx.state.site.simPhone,
        clock: clock(view.secondsLeft),
        resendWait:
          view.resend.inSeconds > 0 ? waitWords(context.texts, request.locale, view.resend.inSeconds) : undefined,
      },
    }),
    refreshSeconds: going || view.status === 'unavailable' ? 3 : undefined,
  };
}

function shown(
  context: ViewContext,
  { view, title, data }: { view: string; title: string; data: Record<string, unknown> },
): Shown {
  const { visit, texts, csrf, mistake } = context;
  const { details, locale } = visit;
  const byId = logsInById(visit);
  const problem = mistake === undefined ? undefined : problemText(texts, locale, { mistake, byId });
  const heading = texts.t(locale, title);
  return {
    view,
    title: problem === undefined ? heading : texts.t(locale, 'layout.problemTitle', { title: heading }),
    status: statusOf(mistake),
    data: {
      ...data,
      csrf,
      heading,
      problem,
      problemField: mistake?.problem,
      client: details.client.name,
      asked: [details.texts.bindingMessage, details.texts.context].filter((text) => text),
      hub: details.hub && hubView(visit),
      resetPath: `${visit.ctx.state.site.basePath}/mobile-connect/reset`,
      ...accountPaths(visit),
      byId,
      simLevel: simLevelFor(details),
      passwordOffered: passwordAllowed(details.client, details.least),
      ...('passwordOffered' in data ? { passwordOffered: data['passwordOffered'] } : {}),
    },
  };
}

/** Ways out of the login for whoever has no password; they come back to it. */
function accountPaths({ ctx, request }: Visit) {
  const { basePath } = ctx.state.site;
  const from = new URLSearchParams({ from: `interaction/${request.uid}` });
  return {
    forgottenPath: `${basePath}/account/password-reset?${from}`,
    openAccountPath: `${basePath}/account/new?${from}`,
    registerPath: `${basePath}/register?${from}`,
  };
}

/** What the pages of a hub's login show besides (docs/federation.md). */
function hubView({ ctx, details: { client } }: Visit) {
  const { basePath, support } = ctx.state.site;
  return {
    logoUri: webLink(client.logoUri),
    policyUri: webLink(client.policyUri),
    supportUrl: support,
    activatePath: `${basePath}/mobile-connect`,
  };
}

function statusOf(mistake: Mistake | undefined): number {
  if (mistake === undefined) return 200;
  return mistake.retryAfterSeconds === undefined ? 422 : 429;
}

/** Account IDs and Customer IDs in the place of numbers and addresses (E09). */
function logsInById({ ctx }: Visit): boolean {
  return ctx.state.site.brand.identifierKinds.includes('account_id');
}

function problemText(
  texts: Texts,
  locale: Locale,
  { mistake: { problem, retryAfterSeconds = 0 }, byId }: { mistake: Mistake; byId: boolean },
): string {
  const topic = byId && problem.startsWith('identifier') ? 'register' : 'login';
  return texts.t(locale, `${topic}.problem.${problem}`, { wait: waitWords(texts, locale, retryAfterSeconds) });
}

/** `40 s` or `3 min`, rounded up. */
function waitWords(texts: Texts, locale: Locale, seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return seconds < 90
    ? texts.t(locale, 'wait.seconds', { count: seconds })
    : texts.t(locale, 'wait.minutes', { count: minutes });
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A `login_hint` as a person would have typed it, if it is a number or an e-mail address; the phone does not ring. */
function hintAsTyped(hint: string | undefined): string | undefined {
  if (hint === undefined) return undefined;
  const bare = hint.replace(/^(?:tel|mailto|msisdn):/i, '');
  const spellings = /^msisdn:[1-9]/i.test(hint) ? [`+${bare}`] : [bare];
  return spellings.find((text) => isReadable(text));
}

function isReadable(text: string): boolean {
  return [parseMsisdn, parseEmail].some((parse) => {
    try {
      parse(text);
      return true;
    } catch {
      return false;
    }
  });
}

// Registration checks these; a page that puts them into href and src looks again.
function webLink(uri: string | undefined): string | undefined {
  if (uri === undefined || !URL.canParse(uri)) return undefined;
  const { protocol, hostname } = new URL(uri);
  const local = protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname);
  return protocol === 'https:' || local ? uri : undefined;
}

function words(texts: Texts, locale: Locale, key: string): string | undefined {
  return texts.has(key) ? texts.t(locale, key) : undefined;
}
