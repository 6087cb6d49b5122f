// The API of self-care registrations (mission 4.12, E02 to E08): for anybody, without a token, bound to a cookie. Every
// identifier gets the same answers; only the phone on file learns whether there is something to register.
import { z } from 'zod';
import type {
  RegistrationOutcome,
  Registrations,
  RegistrationView,
  RegistrationVisit,
} from '../enrolment/registration-types.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { refuseStep, visitOf } from './open-flows.ts';
import { passwordText } from './passwords.ts';
import { InputError, ReasonError } from './problems.ts';
import { type ApiContext, type OpenAnswer, type OpenRoute, openWithInput } from './route-types.ts';

/** The use cases behind it. */
export interface RegistrationDesk {
  readonly registrations: Registrations;
  /** What binds a flow to the browser that began it. */
  newBrowser(): string;
}

const base = '/selfcare/v1/registrations';
const text = z.string().max(254);
const registrationSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  /** The one that is due. */
  step: z.enum(['form', 'terms', 'code', 'password', 'done']),
  state: z.enum(['pending', 'done', 'failed']),
  /** To be accepted. */
  termsVersion: z.string().optional(),
  /** At the end: one billing account, or all of a company's. */
  profile: z.enum(['individual', 'group']).optional(),
});
const refusals: readonly ErrorCode[] = ['not_found', 'validation', 'wrong_step', 'draft_expired', 'too_many_requests'];

interface Context {
  readonly registrations: Registrations;
  readonly issuer: string;
}

/** Its routes; none without a desk. */
export function registrationRoutes({ registrations: desk, brand, issuer }: ApiContext): OpenRoute[] {
  if (desk === undefined) return [];
  const { registrations, newBrowser } = desk;
  const context = { registrations, issuer };
  const begin = openWithInput({
    ...{ open: true, method: 'POST', path: base, refusals },
    summary: 'Begin to register with an Account ID or a Customer ID; the answer is the same for every one',
    answers: { 202: registrationSchema },
    input: z.strictObject({ identifier: text, language: z.enum(['fr', 'en']).optional() }),
    async handle({ input, locale, browser = newBrowser() }) {
      const { identifier, language = locale } = input;
      const begun = await registrations.begin({ brand, locale: language, identifier, browser });
      if (begun.kind === 'malformed') throw new InputError([{ field: 'identifier', problem: 'malformed' }]);
      return { browser, ...(await answered(context, { id: begun.id, browser }, 202)) };
    },
  });
  return [begin, ...stepRoutes(context), ...codeRoutes(context), lastRoute(context)];
}

const common = { open: true, method: 'POST', answers: { 202: registrationSchema }, refusals } as const;

function stepRoutes(context: Context): OpenRoute[] {
  const { registrations } = context;
  return [
    {
      ...{ open: true, method: 'GET', path: `${base}/:id` },
      summary: 'Which step is due, in the browser that began',
      answers: { 200: registrationSchema },
      handle: (call) => answered(context, visitOf(call), 200),
    },
    openWithInput({
      ...{ ...common, path: `${base}/:id/form` },
      summary: 'Names, e-mail address and a number to be called at; the number on file stays what it is',
      input: z.strictObject({ givenName: text, familyName: text, emailAddress: text, phoneNumber: text }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        const { givenName, familyName, emailAddress: email, phoneNumber: phone } = input;
        const outcome = await registrations.fillForm(visit, { givenName, familyName, email, phone });
        return await finish(context, visit, { outcome, field: 'givenName' });
      },
    }),
    openWithInput({
      ...{ ...common, path: `${base}/:id/terms` },
      summary: 'Accept the terms; a code goes to the number on file, if there is something to register',
      input: z.strictObject({ accept: z.boolean(), termsVersion: z.string().max(64).optional() }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        const { accept: accepted, termsVersion } = input;
        const outcome = await registrations.acceptTerms(visit, { accepted, termsVersion });
        return await finish(context, visit, { outcome, field: 'accept' });
      },
    }),
  ];
}

function codeRoutes(context: Context): OpenRoute[] {
  const { registrations } = context;
  return [
    openWithInput({
      ...{ ...common, path: `${base}/:id/codes` },
      summary: 'Have another code sent; the one before counts no more',
      input: z.strictObject({}),
      async handle(call) {
        const visit = visitOf(call);
        return await finish(context, visit, { outcome: await registrations.resendCode(visit), field: 'code' });
      },
    }),
    openWithInput({
      ...{ ...common, path: `${base}/:id/code` },
      summary: 'Give the code of the SMS; after the third wrong one a registration begins anew',
      input: z.strictObject({ code: text }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        return await finish(context, visit, {
          outcome: await registrations.enterCode(visit, input.code),
          field: 'code',
        });
      },
    }),
  ];
}

function lastRoute(context: Context): OpenRoute {
  return openWithInput({
    ...{ ...common, path: `${base}/:id/password` },
    summary: 'Choose the password; then log in with the identifier and it',
    input: z.strictObject({ new: passwordText, confirm: passwordText }),
    async handle({ input, ...call }) {
      const visit = visitOf(call);
      const typed = { password: input.new, confirmation: input.confirm };
      const outcome = await context.registrations.setPassword(visit, typed);
      return await finish(context, visit, { outcome, field: 'new' });
    },
  });
}

type Where = Pick<RegistrationVisit, 'id' | 'browser'>;

const names = {
  givenName: 'givenName',
  familyName: 'familyName',
  email: 'emailAddress',
  phone: 'phoneNumber',
} as const;

async function finish(
  context: Context,
  visit: Where,
  { outcome, field }: { outcome: RegistrationOutcome; field: string },
): Promise<OpenAnswer> {
  switch (outcome.kind) {
    case 'ok':
      return await answered(context, visit, 202);
    case 'over':
      throw new AppError('draft_expired');
    case 'wrong-step':
      throw new ReasonError('wrong_step', outcome.due);
    case 'incomplete':
      throw new InputError(outcome.problems.map((one) => ({ field: names[one.field], problem: one.problem })));
    default:
      return refuseStep(outcome, field);
  }
}

async function answered({ registrations, issuer }: Context, visit: Where, status: number): Promise<OpenAnswer> {
  const view = await registrations.view(visit);
  if (view === undefined) throw new AppError('not_found');
  return { status, body: { id: visit.id, href: `${issuer}/api${base}/${visit.id}`, ...bodyOf(view) } };
}

function bodyOf(view: RegistrationView): object {
  if (view.step === 'over') return { step: 'code', state: 'failed' };
  return { ...view, state: view.step === 'done' ? 'done' : 'pending' };
}
