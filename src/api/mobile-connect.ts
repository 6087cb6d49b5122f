// The API of the service itself (mission 4.5): where it stands, activation step by step, links, deactivation, history.
// A PIN has no place in it: it is made and typed on the phone (A25).
import { z } from 'zod';
import type { Activation } from '../enrolment/activation.ts';
import type { BeginOutcome, StepOutcome } from '../enrolment/activation-types.ts';
import type { ConfirmationStart, ConfirmationView } from '../enrolment/phone-confirmation.ts';
import type { PhoneConfirmations } from '../enrolment/phone-confirmations.ts';
import type { ServiceLine } from '../enrolment/service-lines.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { AccountId } from '../identifiers.ts';
import { pagedAnswer, pageOf } from './lists.ts';
import {
  confirmationBody,
  confirmationSchema,
  enrolmentBody,
  enrolmentSchema,
  serviceLineBody,
  serviceLineSchema,
  useSchema,
} from './mobile-connect-bodies.ts';
import { InputError, ReasonError, StepUpError, UnavailableUntilError } from './problems.ts';
import { type ApiAnswer, type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { listQuery } from './schemas.ts';
import { freshSeconds } from './strong-level.ts';

/** The use cases behind it. */
export interface MobileConnectDesk {
  readonly activation: Activation;
  readonly confirmations: PhoneConfirmations;
  lines(accountId: AccountId): Promise<ServiceLine[]>;
  history(query: { accountId: AccountId; limit: number; offset: number }): Promise<{
    uses: readonly { at: Date; purpose: string; clientName: string; state: string }[];
    total: number;
  }>;
}

interface Context {
  readonly desk: MobileConnectDesk;
  readonly issuer: string;
}

const base = '/mc/v1';
const locale = z.enum(['fr', 'en']).default('fr');
const own = { scope: 'mc.self', level: 'P' } as const;
const begun: readonly ErrorCode[] = [
  'not_found',
  'not_eligible',
  'line_suspended',
  'conflict',
  'insufficient_user_authentication',
];
const steps: readonly ErrorCode[] = [
  'not_found',
  'conflict',
  'install_pending',
  'pin_not_set',
  'command_open',
  'temporarily_unavailable',
];

/** Its routes; none without a desk. */
export function mobileConnectRoutes({ mobileConnect: desk, issuer }: ApiContext): ApiRoute[] {
  if (desk === undefined) return [];
  const context = { desk, issuer };
  return [...stateRoutes(context), ...enrolmentRoutes(context), ...stepRoutes(context), ...confirmationRoutes(context)];
}

function stateRoutes({ desk, issuer }: Context): ApiRoute[] {
  return [
    {
      ...{ method: 'GET', path: `${base}/status`, ...own },
      summary: 'The state of the service on each line, and what can be done now',
      answers: { 200: z.array(serviceLineSchema) },
      async handle({ token }) {
        const lines = await desk.lines(token.accountId);
        return { body: lines.map(serviceLineBody) };
      },
    },
    {
      ...{ method: 'GET', path: `${base}/history`, ...own },
      summary: 'Last uses of the service',
      answers: { 200: z.array(useSchema) },
      query: listQuery,
      async handle({ token, query }) {
        const page = pageOf(query);
        const { uses, total } = await desk.history({ accountId: token.accountId, ...page });
        const body = uses.map(({ at, purpose, clientName, state }) => ({
          at,
          purpose,
          client: clientName,
          result: state,
        }));
        return pagedAnswer(body, { ...page, total, href: `${issuer}/api${base}/history` });
      },
    },
  ];
}

function enrolmentRoutes(context: Context): ApiRoute[] {
  const { desk } = context;
  return [
    withInput({
      ...{ method: 'POST', path: `${base}/enrolments`, scope: 'mc.self', level: 'Pf', idempotent: true },
      summary: 'Begin an activation, right after a login with the password',
      answers: { 200: enrolmentSchema, 201: enrolmentSchema },
      refusals: begun,
      input: z.strictObject({ lineId: z.string().max(100) }),
      async handle({ token, input }) {
        // The password itself, and just now: a fresh login by a phone is not what is asked for (A18).
        if (token.loa !== 1) throw new StepUpError('1', freshSeconds);
        const { accountId } = token;
        const outcome = await desk.activation.begin({ accountId, lineId: input.lineId, passwordFresh: true });
        if (outcome.kind !== 'open') throw beginRefused(outcome);
        const body = await readEnrolment(context, { id: outcome.id, accountId });
        return { status: outcome.created ? 201 : 200, body, headers: { Location: body.href } };
      },
    }),
    {
      ...{ method: 'GET', path: `${base}/enrolments/:id`, ...own },
      summary: 'Where an activation stands',
      answers: { 200: enrolmentSchema },
      handle: async (call) => ({ body: await readEnrolment(context, enrolmentOf(call)) }),
    },
    withInput({
      ...{ method: 'POST', path: `${base}/enrolments/:id/terms`, ...own },
      summary: 'Accept the terms',
      answers: { 200: enrolmentSchema },
      refusals: steps,
      input: z.strictObject({ accept: z.boolean(), termsVersion: z.string().max(64), locale }),
      async handle({ input, ...call }) {
        const request = { ...enrolmentOf(call), locale: input.locale };
        const terms = { accepted: input.accept, version: input.termsVersion, address: call.address };
        ensureTaken(await desk.activation.acceptTerms(request, terms));
        return { body: await readEnrolment(context, request) };
      },
    }),
  ];
}

const stepSummaries = {
  installation: 'Ask the SIM whether it is ready',
  pin: 'Have the PIN created on the phone',
  link: 'Link the account: the last step',
} as const;

function stepRoutes(context: Context): ApiRoute[] {
  const { activation } = context.desk;
  const step = (name: keyof typeof stepSummaries, status: number, take: Activation['askPin']): ApiRoute =>
    withInput({
      ...{ method: 'POST', path: `${base}/enrolments/:id/${name}`, ...own },
      summary: stepSummaries[name],
      answers: { [status]: enrolmentSchema },
      refusals: steps,
      input: z.strictObject({ locale }).default({ locale: 'fr' }),
      async handle({ input, ...call }): Promise<ApiAnswer> {
        const request = { ...enrolmentOf(call), locale: input.locale };
        ensureTaken(await take(request));
        return { status, body: await readEnrolment(context, request) };
      },
    });
  return [
    step('installation', 202, activation.startInstallation),
    step('pin', 202, activation.askPin),
    step('link', 200, activation.confirm),
  ];
}

function confirmationRoutes(context: Context): ApiRoute[] {
  const { confirmations } = context.desk;
  const input = z.strictObject({ lineId: z.string().max(100), locale });
  const read = (kind: 'links' | 'deactivations', purpose: ConfirmationView['purpose']): ApiRoute => ({
    ...{ method: 'GET', path: `${base}/${kind}/:id`, ...own },
    summary: kind === 'links' ? 'Where the link of an account stands' : 'Where a deactivation stands',
    answers: { 200: confirmationSchema },
    async handle(call) {
      const view = await confirmations.view(enrolmentOf(call));
      if (view?.purpose !== purpose) throw new AppError('not_found');
      return { body: confirmationBody(view, `${context.issuer}/api${base}/${kind}/${view.id}`) };
    },
  });
  const started = async (
    { token }: Pick<ApiCall, 'token'>,
    outcome: ConfirmationStart,
    kind: 'links' | 'deactivations',
  ): Promise<ApiAnswer> => {
    if (outcome.kind !== 'started') throw confirmationRefused(outcome);
    const view = await confirmations.view({ id: outcome.id, accountId: token.accountId });
    if (view === undefined) throw new AppError('not_found');
    const href = `${context.issuer}/api${base}/${kind}/${view.id}`;
    return { status: 202, body: confirmationBody(view, href), headers: { Location: href } };
  };
  return [
    withInput({
      ...{ method: 'POST', path: `${base}/links`, scope: 'mc.self', level: 'Pf', idempotent: true, input },
      summary: 'Link this account to a line that has the service, confirmed by the PIN',
      answers: { 202: confirmationSchema },
      refusals: steps,
      async handle(call) {
        if (call.token.loa !== 1) throw new StepUpError('1', freshSeconds);
        const request = { ...call.input, accountId: call.token.accountId, passwordFresh: true };
        return await started(call, await confirmations.link(request), 'links');
      },
    }),
    read('links', 'link'),
    // M!: the push that names this very action is the proof, whatever the token says of earlier ones (A42).
    withInput({
      ...{ method: 'POST', path: `${base}/deactivations`, ...own, idempotent: true, input },
      summary: 'Turn the service off for this account, confirmed by the PIN',
      answers: { 202: confirmationSchema },
      refusals: [...steps, 'mc_temporarily_unavailable'],
      async handle(call) {
        const request = { ...call.input, accountId: call.token.accountId };
        return await started(call, await confirmations.deactivate(request), 'deactivations');
      },
    }),
    read('deactivations', 'deactivate'),
  ];
}

function enrolmentOf({ token, params }: Pick<ApiCall, 'token' | 'params'>) {
  return { id: params['id'] ?? '', accountId: token.accountId };
}

async function readEnrolment({ desk, issuer }: Context, id: { id: string; accountId: AccountId }) {
  const view = await desk.activation.view(id);
  if (view === undefined) throw new AppError('not_found');
  return enrolmentBody(view, `${issuer}/api${base}/enrolments/${view.id}`);
}

function beginRefused(outcome: Exclude<BeginOutcome, { kind: 'open' }>): AppError {
  switch (outcome.kind) {
    case 'not-eligible':
      return new ReasonError('not_eligible', outcome.reason);
    case 'password-from-this-sim':
      return new ReasonError('not_eligible', 'password_from_this_sim');
    case 'line-suspended':
      return new AppError('line_suspended');
    case 'already-active':
    case 'link-instead':
    case 'busy':
      return new ReasonError('conflict', outcome.kind.replaceAll('-', '_'));
    case 'password-needed':
      return new StepUpError('1', freshSeconds);
    default:
      return new AppError('not_found');
  }
}

function ensureTaken(outcome: StepOutcome): void {
  switch (outcome.kind) {
    case 'ok':
      return;
    case 'unknown':
      throw new AppError('not_found');
    case 'terms-missing':
      throw new InputError([{ field: 'accept', problem: 'the terms must be accepted' }]);
    case 'wrong-step':
      throw new ReasonError(codeOfStep(outcome.due), outcome.due);
    case 'command-open':
      throw new AppError('command_open');
    case 'unavailable':
      throw new AppError('temporarily_unavailable', { retryAfterSeconds: 10 });
    default:
      throw new ReasonError('conflict', outcome.kind.replaceAll('-', '_'));
  }
}

/** What is still missing before the step that was asked for. */
function codeOfStep(due: string): ErrorCode {
  if (due === 'installing') return 'install_pending';
  return due === 'installed' || due === 'pin' ? 'pin_not_set' : 'conflict';
}

function confirmationRefused(outcome: Exclude<ConfirmationStart, { kind: 'started' }>): AppError {
  switch (outcome.kind) {
    case 'unknown-line':
      return new AppError('not_found');
    case 'not-now':
      return new UnavailableUntilError(outcome.availableAt);
    case 'command-open':
      return new AppError('command_open');
    case 'unavailable':
      return new AppError('temporarily_unavailable', { retryAfterSeconds: 10 });
    case 'password-needed':
      return new StepUpError('1', freshSeconds);
    default:
      return new ReasonError('conflict', outcome.kind.replaceAll('-', '_'));
  }
}
