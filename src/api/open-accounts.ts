// The API of opening an account without a contract (mission 4.6, C06, C07): for anybody, without a token, bound to a
// cookie. Every address gets the same answers; only its owner is told whether it has an account.
import { z } from 'zod';
import type {
  OpenAccountOutcome,
  OpenAccounts,
  OpenAccountView,
  OpenAccountVisit,
} from '../enrolment/open-account-types.ts';
import { AppError, type ErrorCode, unreachable } from '../errors.ts';
import { challengeBody, challengeSchema, refuseStep, visitOf } from './open-flows.ts';
import { passwordText } from './passwords.ts';
import { InputError } from './problems.ts';
import { type ApiContext, type OpenAnswer, type OpenRoute, openWithInput } from './route-types.ts';

const base = '/account/v1/accounts';
const text = z.string().max(254);
const codeState = z.enum(['none', 'sent', 'given']);
const draftSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  step: z.enum(['challenge', 'code', 'password', 'done']),
  state: z.enum(['pending', 'done', 'failed']),
  challenge: challengeSchema.optional(),
  /** Of each code: not asked for, on its way where it can be, given. */
  emailCode: codeState.optional(),
  mobileCode: codeState.optional(),
  /** To be accepted with the password. */
  termsVersion: z.string().optional(),
});
const refusals: readonly ErrorCode[] = ['not_found', 'validation', 'too_many_requests'];

interface Context {
  readonly accounts: OpenAccounts;
  readonly issuer: string;
}

/** Its routes; none without a desk, and none where nobody logs in by e-mail. */
export function openAccountRoutes({ passwords: desk, brand, issuer }: ApiContext): OpenRoute[] {
  if (desk === undefined) return [];
  const { openAccounts: accounts, newBrowser } = desk;
  if (accounts === undefined) return [];
  const context = { accounts, issuer };
  const begin = openWithInput({
    ...{ open: true, method: 'POST', path: base, refusals },
    summary: 'Begin to open an account without a contract; the answer is the same for every address',
    answers: { 202: draftSchema },
    input: z.strictObject({
      title: z.enum(['M.', 'Mme']).optional(),
      givenName: text,
      familyName: text,
      emailAddress: text,
      phoneNumber: text.optional(),
      language: z.enum(['fr', 'en']).optional(),
    }),
    async handle({ input, locale, browser = newBrowser() }) {
      const { title: civility, givenName, familyName, emailAddress: email, phoneNumber: mobile } = input;
      const details = { civility, givenName, familyName, email, mobile };
      const begun = await accounts.begin({ brand, locale: input.language ?? locale, browser, details });
      if (begun.kind === 'begun') return { browser, ...(await answered(context, { id: begun.id, browser }, 202)) };
      throw new InputError(
        begun.problems.map(({ field, problem }) => ({ field: names[field], problem: problem.replaceAll('-', '_') })),
      );
    },
  });
  return [begin, ...stepRoutes(context), lastRoute(context)];
}

const names = {
  ...{ civility: 'title', givenName: 'givenName', familyName: 'familyName' },
  ...{ email: 'emailAddress', mobile: 'phoneNumber' },
} as const;

function stepRoutes(context: Context): OpenRoute[] {
  const { accounts } = context;
  const common = { open: true, method: 'POST', answers: { 202: draftSchema }, refusals } as const;
  return [
    {
      ...{ open: true, method: 'GET', path: `${base}/:id` },
      summary: 'Which step is due, in the browser that began',
      answers: { 200: draftSchema },
      handle: (call) => answered(context, visitOf(call), 200),
    },
    openWithInput({
      ...{ ...common, path: `${base}/:id/challenge` },
      summary: 'Answer the robot check; the codes go out',
      input: z.strictObject({ answer: text }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        return await finish(context, visit, {
          outcome: await accounts.answerRobot(visit, input.answer),
          field: 'answer',
        });
      },
    }),
    openWithInput({
      ...{ ...common, path: `${base}/:id/codes` },
      summary: 'Have other codes sent for what is not confirmed yet',
      input: z.strictObject({}),
      async handle(call) {
        const visit = visitOf(call);
        return await finish(context, visit, { outcome: await accounts.resendCodes(visit), field: 'emailCode' });
      },
    }),
    openWithInput({
      ...{ ...common, path: `${base}/:id/code` },
      summary: 'Give the code of the e-mail, and that of the SMS where a number was given',
      input: z.strictObject({ emailCode: text.optional(), mobileCode: text.optional() }),
      async handle({ input, ...call }) {
        const visit = visitOf(call);
        const given = { email: input.emailCode, mobile: input.mobileCode };
        return await finish(context, visit, { outcome: await accounts.enterCodes(visit, given), field: 'code' });
      },
    }),
  ];
}

function lastRoute(context: Context): OpenRoute {
  return openWithInput({
    ...{ open: true, method: 'POST', path: `${base}/:id/password`, answers: { 201: draftSchema }, refusals },
    summary: 'Choose the password and accept the terms; the account is there',
    input: z.strictObject({
      new: passwordText,
      confirm: passwordText,
      accept: z.boolean(),
      termsVersion: z.string().max(64),
    }),
    async handle({ input, ...call }) {
      const visit = visitOf(call);
      const { new: password, confirm: confirmation, accept: accepted, termsVersion } = input;
      const outcome = await context.accounts.setPassword(visit, { password, confirmation, accepted, termsVersion });
      const { body } = await finish(context, visit, { outcome, field: 'new' });
      return { status: 201, body };
    },
  });
}

type Where = Pick<OpenAccountVisit, 'id' | 'browser'>;

async function finish(
  context: Context,
  visit: Where,
  { outcome, field }: { outcome: OpenAccountOutcome; field: string },
): Promise<OpenAnswer> {
  return outcome.kind === 'ok' ? await answered(context, visit, 202) : refuseStep(outcome, field);
}

async function answered({ accounts, issuer }: Context, visit: Where, status: number): Promise<OpenAnswer> {
  const view = await accounts.view(visit);
  if (view === undefined) throw new AppError('not_found');
  return { status, body: { id: visit.id, href: `${issuer}/api${base}/${visit.id}`, ...bodyOf(view) } };
}

function bodyOf(view: OpenAccountView): object {
  switch (view.step) {
    case 'robot':
      return { step: 'challenge', state: 'pending', challenge: challengeBody(view) };
    case 'code':
      return { step: 'code', state: 'pending', emailCode: view.email, mobileCode: view.mobile };
    case 'password':
      return { step: 'password', state: 'pending', termsVersion: view.termsVersion };
    case 'done':
      return { step: 'done', state: 'done' };
    case 'over':
      return { step: 'password', state: 'failed' };
    default:
      return unreachable(view);
  }
}
