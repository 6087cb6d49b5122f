// Sorts everything that can end a login badly into a few problems that a page can explain to a person.
// The provider's own error texts are never shown: they come through the browser and could say anything.

import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { IssuerUnreachable } from './discovery.ts';

/** Each is a key of the texts: `problem.<name>.title` and `.text`. */
export const loginProblems = {
  /** The person said no. */
  cancelled: 400,
  /** The level asked for was not reached. */
  level_unmet: 400,
  /** The provider has not told a whole civil identity. */
  identity_incomplete: 502,
  /** The provider could not go on without asking the person. */
  login_required: 400,
  /** The code or the login under way is too old, or was used before. */
  expired: 400,
  /** The answer does not belong to the question: wrong state, nonce, issuer or signature. */
  untrusted: 400,
  /** The provider refuses this client or this request: a mistake in the configuration. */
  refused: 502,
  busy: 503,
  unreachable: 503,
} as const;

export type LoginProblem = keyof typeof loginProblems;

/** The ID token is good, but says a lower level than the relying party lets in. */
export class LevelUnmet extends Error {
  override readonly name = 'LevelUnmet';
}

/** The login is good, but says too little of the person for this relying party. */
export class IdentityIncomplete extends Error {
  override readonly name = 'IdentityIncomplete';
}

const problemOfOauthError: Readonly<Record<string, LoginProblem>> = {
  access_denied: 'cancelled',
  unmet_authentication_requirements: 'level_unmet',
  login_required: 'login_required',
  interaction_required: 'login_required',
  account_selection_required: 'login_required',
  consent_required: 'login_required',
  temporarily_unavailable: 'busy',
  server_error: 'busy',
  invalid_grant: 'expired',
};

/**
 * Finds the problem behind an error of the login.
 *
 * @returns undefined for an error that is none of the provider's or the network's: a bug of ours.
 */
export function loginProblemOf(error: unknown): LoginProblem | undefined {
  if (error instanceof IssuerUnreachable) return 'unreachable';
  if (error instanceof LevelUnmet) return 'level_unmet';
  if (error instanceof IdentityIncomplete) return 'identity_incomplete';
  if (error instanceof AuthorizationResponseError) return problemOfOauthError[error.error] ?? 'refused';
  if (error instanceof ResponseBodyError)
    return error.status >= 500 ? 'busy' : (problemOfOauthError[error.error] ?? 'refused');
  if (error instanceof WWWAuthenticateChallengeError) return 'refused';
  if (error instanceof ClientError) return problemOfClientError(error);
  // Node's fetch reports every network failure as this TypeError.
  if (error instanceof TypeError && error.message === 'fetch failed') return 'unreachable';
  return undefined;
}

function problemOfClientError(error: ClientError): LoginProblem {
  if (error.code === 'OAUTH_TIMEOUT') return 'unreachable';
  if (error.cause instanceof Response && error.cause.status >= 500) return 'busy';
  return 'untrusted';
}
