// What a posted form of the login does: one use case of the sign-in, and where the person goes next.
import { passwordAllowed } from '../authentication/policies.ts';
import type { IdentifyOutcome, SignIn } from '../authentication/sign-in-types.ts';
import { unreachable } from '../errors.ts';
import type { Interactions } from '../oidc/interaction-types.ts';
import type { LoginForm } from './forms.ts';
import type { Visit } from './visit.ts';

/** `moved`: show the page anew · `ended`: the provider has sent the browser on · `mistake`: same page, with a word. */
export type ActionResult =
  | { readonly kind: 'moved' }
  | { readonly kind: 'ended' }
  | ({ readonly kind: 'mistake' } & Mistake);

/** Something to put right; the text is `login.problem.<problem>`. */
export interface Mistake {
  readonly problem: LoginProblem;
  readonly retryAfterSeconds?: number;
}

export type LoginProblem =
  | 'identifierMissing'
  | 'identifierMalformed'
  | 'limited'
  | 'passwordMissing'
  | 'passwordWrong'
  | 'passwordNotOffered'
  | 'resendTooSoon'
  | 'resendNoMore'
  | 'choiceUnknown'
  | 'decisionMissing';

export interface LoginActions {
  /** Does what the form asks for. */
  act(visit: Visit, form: LoginForm): Promise<ActionResult>;
  /** Hands a proved login over to the provider. `moved`: there was nothing to hand over yet. */
  finish(visit: Visit): Promise<ActionResult>;
  /** The consent page's answer. */
  decide(visit: Visit, form: LoginForm): Promise<ActionResult>;
}

const moved: ActionResult = { kind: 'moved' };
const ended: ActionResult = { kind: 'ended' };

/** The actions of the pages of one issuer. */
export function createLoginActions(deps: { signIn: SignIn; interactions: Interactions }): LoginActions {
  const finish = (visit: Visit) => finishLogin(deps, visit);
  return {
    finish,
    act(visit, form) {
      const { choice, password } = form;
      const identifier = typedOrHinted(visit, form.identifier);
      if (identifier !== undefined && choice === 'password') return identifyForPassword(deps, visit, identifier);
      if (choice !== undefined) return choose(deps, visit, choice);
      if (password !== undefined) return checkPassword(deps, visit, password);
      return identify(deps, visit, identifier ?? '');
    },
    decide: (visit, form) => decideConsent(deps.interactions, visit, form),
  };
}

type Deps = Parameters<typeof createLoginActions>[0];

/** An empty field means the number of the hint that the page shows masked. */
function typedOrHinted({ details }: Visit, typed: string | undefined): string | undefined {
  return typed?.trim() === '' ? (details.hiddenHint?.identifier ?? typed) : typed;
}

async function identify(deps: Deps, visit: Visit, identifier: string): Promise<ActionResult> {
  if (identifier.trim() === '') return mistake('identifierMissing');
  return toResult(deps, visit, await deps.signIn.identify(visit.request, identifier));
}

// The wish comes first, so that the phone does not ring; it is forgotten if there is no identifier to go with it.
async function identifyForPassword(deps: Deps, visit: Visit, identifier: string): Promise<ActionResult> {
  if (!passwordAllowed(visit.details.client, visit.details.least)) return mistake('passwordNotOffered');
  if (identifier.trim() === '') return mistake('identifierMissing');
  await deps.signIn.usePassword(visit.request);
  const result = await identify(deps, visit, identifier);
  if (result.kind === 'mistake') await deps.signIn.startOver(visit.request);
  return result;
}

async function checkPassword(deps: Deps, visit: Visit, password: string): Promise<ActionResult> {
  if (password === '') return mistake('passwordMissing');
  const outcome = await deps.signIn.checkPassword(visit.request, password);
  switch (outcome.kind) {
    case 'ok':
      return finishLogin(deps, visit);
    case 'wrong':
      return mistake('passwordWrong');
    case 'not-asked':
      return moved;
    case 'limited':
      return mistake('limited', outcome.retryAfterSeconds);
    default:
      return unreachable(outcome);
  }
}

async function choose(deps: Deps, visit: Visit, choice: string): Promise<ActionResult> {
  const { signIn } = deps;
  switch (choice) {
    case 'cancel':
      await signIn.cancel(visit.request);
      return abort(deps.interactions, visit);
    case 'resend':
      return resend(signIn, visit);
    case 'password':
      if (!passwordAllowed(visit.details.client, visit.details.least)) return mistake('passwordNotOffered');
      await signIn.usePassword(visit.request);
      return moved;
    case 'sim':
      return toResult(deps, visit, await signIn.useSim(visit.request));
    case 'restart':
      await signIn.startOver(visit.request);
      return moved;
    case 'continue':
      return finishLogin(deps, visit);
    default:
      return chooseAccount(deps, visit, choice);
  }
}

async function resend(signIn: SignIn, { request }: Visit): Promise<ActionResult> {
  const outcome = await signIn.resend(request);
  switch (outcome.kind) {
    case 'ok':
      return moved;
    case 'too-soon':
      return mistake('resendTooSoon', outcome.inSeconds);
    case 'no-more':
      return mistake('resendNoMore');
    default:
      return unreachable(outcome);
  }
}

async function chooseAccount(deps: Deps, visit: Visit, accountId: string): Promise<ActionResult> {
  const view = await deps.signIn.view(visit.request);
  const offered = view.step === 'choose-account' && view.accounts.some(({ id }) => id === accountId);
  if (!offered) return mistake('choiceUnknown');
  await deps.signIn.chooseAccount(visit.request, accountId);
  return finishLogin(deps, visit);
}

async function finishLogin({ signIn, interactions }: Deps, { ctx, request }: Visit): Promise<ActionResult> {
  const outcome = await signIn.finish(request);
  if (outcome.kind !== 'done') return moved;
  const { accountId, level, authTime, receipt } = outcome;
  await interactions.finishLogin(ctx.req, ctx.res, { accountId, level, authTime, receipt });
  return ended;
}

async function decideConsent(interactions: Interactions, visit: Visit, form: LoginForm): Promise<ActionResult> {
  const { decision, choice } = form;
  if (choice === 'cancel') return abort(interactions, visit);
  if (decision !== 'allow' && decision !== 'deny') return mistake('decisionMissing');
  await interactions.finishConsent(visit.ctx.req, visit.ctx.res, decision);
  return ended;
}

async function abort(interactions: Interactions, { ctx }: Visit): Promise<ActionResult> {
  await interactions.abort(ctx.req, ctx.res, 'access_denied');
  return ended;
}

async function toResult({ interactions }: Deps, { ctx }: Visit, outcome: IdentifyOutcome): Promise<ActionResult> {
  switch (outcome.kind) {
    case 'ok':
      return moved;
    case 'not-rung':
      await interactions.abortNotRung(ctx.req, ctx.res, outcome.because);
      return ended;
    case 'malformed':
      return mistake('identifierMalformed');
    case 'limited':
      return mistake('limited', outcome.retryAfterSeconds);
    default:
      return unreachable(outcome);
  }
}

function mistake(problem: LoginProblem, retryAfterSeconds?: number): ActionResult {
  return { kind: 'mistake', problem, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}
