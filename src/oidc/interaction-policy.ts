// When the customer has to act: the library's login and consent prompts, with our checks of level, hint and account.
// Decisions 12, 36, 37. With prompt=none each of these is login_required; no phone ever rings for it.
import { decodeJwt } from 'jose';
import {
  type Account,
  type Client,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
  type OIDCContext,
} from 'oidc-provider';
import { type Proofing, proofedFor, proofings } from '../authentication/civil-identity.ts';
import { type Level, satisfies } from '../authentication/levels.ts';
import { type AcrRequest, parseLevel, type Requirement, requirementOf } from './acr.ts';
import type { RedirectHints } from './hint-redirect.ts';
import { approvalCheck } from './mobile-connect-policy.ts';
import { settingsOf } from './profiles.ts';

const { Check, Prompt, base } = interactionPolicy;
type Policy = ReturnType<typeof base>;

export interface PolicyDeps {
  readonly hints: Pick<RedirectHints, 'names'>;
  /** False while no phone could prove this account's level again: Mobile Connect ended, locked, held or suspended. */
  readonly serviceStands?: ((accountId: string) => Promise<boolean>) | undefined;
  /** The highest level that anybody can reach at this issuer; without it the SIM with its PIN. */
  readonly best?: Level | undefined;
  /** The subject under which a client knows an account. */
  readonly subjectOf: (client: Client, accountId: string) => string;
}

/** Builds the policy. */
export function createInteractionPolicy(deps: PolicyDeps): Policy {
  const policy = base();
  const login = promptOf(policy, 'login');
  // Ours compares levels, not spellings, and knows what to do after a login that was too low.
  for (const reason of ['essential_acrs', 'essential_acr']) login.checks.remove(reason);
  refuseAfterLogin(login, 'claims_id_token_sub_value');
  login.checks.add(accountCheck());
  login.checks.add(approvalCheck());
  login.checks.add(levelCheck(deps));
  login.checks.add(identityCheck());
  login.checks.add(hintCheck(deps));
  login.checks.add(wantedPersonCheck(deps));
  skipForFirstParties(promptOf(policy, 'consent'), 'native_client_prompt');
  return policy;
}

/** What this request demands of a login. */
export function requirementOfRequest(oidc: Pick<OIDCContext, 'client' | 'params'>): Requirement {
  if (oidc.client === undefined) return { kind: 'impossible' };
  return requirementOf(settingsOf(oidc.client).levels, acrRequestOf(oidc.params));
}

/** The parameters that speak of levels. */
export function acrRequestOf(params: Readonly<Record<string, unknown>> | undefined): AcrRequest {
  return { acrValues: text(params?.['acr_values']), claims: text(params?.['claims']) };
}

// An account that was closed after the login: nobody is logged in any more.
function accountCheck() {
  return new Check('account_gone', 'the account cannot be used', 'login_required', ({ oidc }) => {
    if (oidc.session?.accountId === undefined || oidc.account !== undefined) return Check.NO_NEED_TO_PROMPT;
    if (oidc.result?.login) throw new errors.AccessDenied('the account cannot be used');
    return Check.REQUEST_PROMPT;
  });
}

function levelCheck({
  serviceStands = async () => true,
  best = 'sim-pin',
}: Pick<PolicyDeps, 'serviceStands' | 'best'>) {
  const description = 'a higher level of authentication is required';
  return new Check('level', description, 'login_required', async ({ oidc }) => {
    const requirement = requirementOfRequest(oidc);
    if (requirement.kind === 'impossible' || !satisfies(best, requirement.least)) {
      throw new errors.UnmetAuthenticationRequirements(description);
    }
    if (oidc.session?.accountId === undefined) return Check.NO_NEED_TO_PROMPT;
    const achieved = parseLevel(oidc.session.acr);
    const wasJustDone = oidc.result?.login !== undefined;
    // Nobody logs in again for a level that is not to be had here.
    const reachable = satisfies(best, requirement.asked) ? requirement.asked : best;
    const needed = wasJustDone ? requirement.least : reachable;
    // A session from before gives no higher level any more once the service behind it has ended or waits (A43, A52).
    const stands = wasJustDone || needed === 'pwd' || (await serviceStands(oidc.session.accountId));
    if (achieved !== undefined && satisfies(achieved, needed) && stands) return Check.NO_NEED_TO_PROMPT;
    // Asking again would only loop: this login was all that the customer could do.
    if (wasJustDone) throw new errors.UnmetAuthenticationRequirements(description);
    return Check.REQUEST_PROMPT;
  });
}

// Never a token with less than was asked, nor an identity that a hub could take for another person's.
function identityCheck() {
  const description = 'the identity of the person was not proofed as far as is asked';
  return new Check('identity', description, 'login_required', ({ oidc }) => {
    const requirement = requirementOfRequest(oidc);
    const { client, account, session } = oidc;
    if (requirement.kind === 'impossible' || session?.accountId === undefined || client === undefined) return false;
    const isTellable = !settingsOf(client).isHub || account?.['isTellable'] === true;
    if (isTellable && proofedFor(proofingOfAccount(account), requirement.proofing)) return Check.NO_NEED_TO_PROMPT;
    if (!oidc.result?.login) return Check.REQUEST_PROMPT;
    if (!isTellable) throw new errors.AccessDenied('the civil identity of the person is not complete');
    throw new errors.UnmetAuthenticationRequirements(description);
  });
}

/** How far the person behind an account was proofed, as claims.ts wrote it there. */
export function proofingOfAccount(account: Account | undefined): Proofing {
  return proofings.find((proofing) => proofing === account?.['proofing']) ?? 'none';
}

function hintCheck({ hints }: PolicyDeps) {
  const description = 'login_hint and the logged-in account do not match';
  return new Check('login_hint', description, 'login_required', async ({ oidc }: KoaContextWithOIDC) => {
    const { client, params, session, result } = oidc;
    // After a login the customer has chosen; the hint was only where the page began.
    if (session?.accountId === undefined || result?.login || client === undefined) return Check.NO_NEED_TO_PROMPT;
    return (await hints.names(params, { client, accountId: session.accountId })) === false;
  });
}

// The library compares the hint with the session before a login, and forgets it after (Core 3.1.2.1).
function wantedPersonCheck({ subjectOf }: PolicyDeps) {
  return new Check('another_person', 'another person has logged in', 'login_required', ({ oidc }) => {
    const hint = text(oidc.params?.['id_token_hint']);
    const accountId = oidc.session?.accountId;
    if (hint === undefined || accountId === undefined || !oidc.result?.login || oidc.client === undefined) return false;
    // Its signature was checked when the request came in; the stored request is ours.
    if (decodeJwt(hint).sub === subjectOf(oidc.client, accountId)) return false;
    throw new errors.LoginRequired('another person has logged in');
  });
}

// The library would ask for a login again and again; another person's login is an error instead.
function refuseAfterLogin(prompt: InstanceType<typeof Prompt>, reason: string): void {
  const check = prompt.checks.get(reason);
  if (check === undefined) throw new Error(`the library has no check ${reason}`);
  const original = check.check;
  check.check = async (ctx) => {
    const mismatch = await original(ctx);
    if (mismatch && ctx.oidc.result?.login) throw new errors.LoginRequired('another person has logged in');
    return mismatch;
  };
}

// First parties have no consent page, in apps neither (decisions 14).
function skipForFirstParties(prompt: InstanceType<typeof Prompt>, reason: string): void {
  const check = prompt.checks.get(reason);
  if (check === undefined) throw new Error(`the library has no check ${reason}`);
  const original = check.check;
  check.check = async (ctx) => {
    const isFirst = ctx.oidc.client !== undefined && settingsOf(ctx.oidc.client).party === 'first';
    return isFirst ? false : await original(ctx);
  };
}

function promptOf(policy: Policy, name: string): InstanceType<typeof Prompt> {
  const prompt = policy.get(name);
  if (prompt === undefined) throw new Error(`the library has no prompt ${name}`);
  return prompt;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
