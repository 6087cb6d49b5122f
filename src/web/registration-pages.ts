// `/register`: the online area for whoever gets bills of a brand with Account IDs (E02 to E08, mission 2.f). The pages
// are the same for every identifier; without JavaScript they are whole.
import type Router from '@koa/router';
import { z } from 'zod';
import type { RegistrationOutcome, Registrations, RegistrationView } from '../enrolment/registration-types.ts';
import { unreachable } from '../errors.ts';
import { createFlowPages, type FlowForm, type FlowOutcome, type FlowPagesDeps, type FlowVisit } from './flow-pages.ts';
import { localeOf } from './render.ts';
import type { WebContext, WebState } from './web-types.ts';

export interface RegistrationPagesDeps extends FlowPagesDeps {
  readonly registrations: Registrations;
}

/** The pages of one issuer, below its path. */
export function createRegistrationPages(deps: RegistrationPagesDeps): Router<WebState> {
  const { registrations } = deps;
  return createFlowPages<RegistrationView>(deps, {
    ...{ name: 'register', path: '/register', views: 'register' },
    emptyStart: { identifier: '' },
    async begin(ctx, { browser, form: { identifier = '' } }) {
      const data = { identifier };
      if (identifier.trim() === '') return { problem: 'identifierMissing', data };
      const start = { brand: ctx.state.site.brand.id, locale: localeOf(ctx), identifier, browser };
      const begun = await registrations.begin(start);
      return begun.kind === 'begun' ? begun : { problem: 'identifierMalformed', data };
    },
    view: (visit) => registrations.view(visit),
    take: async (visit, form) => shownOutcome(await take(registrations, visit, form)),
    wrong: () => 'codeWrong',
    stepData,
  });
}

function take(registrations: Registrations, visit: FlowVisit, form: FlowForm): Promise<RegistrationOutcome> {
  const { givenName, code, password, version } = form;
  if (form['choice'] === 'resend') return registrations.resendCode(visit);
  if (givenName !== undefined) {
    const { familyName = '', email = '', phone = '' } = form;
    return registrations.fillForm(visit, { givenName, familyName, email, phone });
  }
  if (version !== undefined) {
    return registrations.acceptTerms(visit, { accepted: form['accept'] === 'yes', termsVersion: version });
  }
  if (password === undefined) return registrations.enterCode(visit, code ?? '');
  return registrations.setPassword(visit, { password, confirmation: form['confirmation'] ?? '' });
}

/** The page shows the step that is due, or that it is over: no word is needed for either. */
function shownOutcome(outcome: RegistrationOutcome): FlowOutcome {
  switch (outcome.kind) {
    case 'over':
    case 'wrong-step':
      return { kind: 'ok' };
    case 'incomplete': {
      const [first] = outcome.problems;
      return { kind: 'refused', problem: `${first?.field}-${first?.problem}` };
    }
    default:
      return outcome;
  }
}

function stepData(ctx: WebContext, view: RegistrationView): object {
  switch (view.step) {
    case 'form':
      return { typed: typedBefore(ctx) };
    case 'terms':
      return { termsVersion: view.termsVersion };
    case 'code':
    case 'password':
    case 'done':
    case 'over':
      return {};
    default:
      return unreachable(view);
  }
}

const formSchema = z.record(z.string(), z.string());

/** What was posted and is to be put right, so that nothing is typed twice. */
function typedBefore(ctx: WebContext): FlowForm {
  return formSchema.safeParse(ctx.request.body).data ?? {};
}
