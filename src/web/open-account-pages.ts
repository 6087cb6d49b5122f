// `/account/new`: an account for whoever has no contract, or a fixed line only (C06, C07). The pages are the same for
// every address; without JavaScript they are whole.
import type Router from '@koa/router';
import type { OpenAccountOutcome, OpenAccounts, OpenAccountView } from '../enrolment/open-account-types.ts';
import { unreachable } from '../errors.ts';
import { createFlowPages, type FlowForm, type FlowPagesDeps, type FlowVisit, robotData } from './flow-pages.ts';
import { localeOf } from './render.ts';
import type { WebContext, WebState } from './web-types.ts';

export interface OpenAccountPagesDeps extends FlowPagesDeps {
  readonly accounts: OpenAccounts;
}

/** The pages of one issuer, below its path. */
export function createOpenAccountPages(deps: OpenAccountPagesDeps): Router<WebState> {
  const { accounts } = deps;
  return createFlowPages<OpenAccountView>(deps, {
    ...{ name: 'openAccount', path: '/account/new', views: 'open-account' },
    emptyStart: { typed: {}, wrongFields: [] },
    async begin(ctx, { browser, form }) {
      const { civility, givenName = '', familyName = '', email = '', mobile } = form;
      const details = { civility, givenName, familyName, email, mobile };
      const brand = ctx.state.site.brand.id;
      const begun = await accounts.begin({ brand, locale: localeOf(ctx), browser, details });
      if (begun.kind === 'begun') return begun;
      const [first] = begun.problems;
      const wrongFields = begun.problems.map(({ field }) => field);
      return { problem: `${first?.field}-${first?.problem}`, data: { typed: form, wrongFields } };
    },
    view: (visit) => accounts.view(visit),
    take: (visit, form) => take(accounts, visit, form),
    wrong: ({ answer }) => (answer === undefined ? 'codeWrong' : 'robotWrong'),
    stepData: (ctx, view) => stepData(deps, ctx, view),
  });
}

function take(accounts: OpenAccounts, visit: FlowVisit, form: FlowForm): Promise<OpenAccountOutcome> {
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
