// The one error class of the provider and its catalogue: code -> HTTP status, OAuth error, log level.
// Codes are also keys of the texts (`error.<code>`). Expected outcomes are values, never errors.

import { customerErrors } from './errors-customer.ts';
import { paymentErrors } from './errors-payments.ts';

interface CatalogueEntry {
  readonly status: number;
  /** The OAuth or OpenID Connect error word for this code, where a client may see one. */
  readonly oauth: string;
  readonly log: 'info' | 'warn' | 'error';
  /** One English sentence for docs/errors.md and for developers; safe to show. */
  readonly meaning: string;
}

/** Every way in which a request of ours can be refused. */
export const errorCatalogue = {
  malformed: { status: 400, oauth: 'invalid_request', log: 'info', meaning: 'The request could not be read.' },
  validation: {
    status: 422,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'A field has a value that is not allowed.',
  },
  invalid_token: {
    status: 401,
    oauth: 'invalid_token',
    log: 'info',
    meaning: 'The access token is missing, expired, revoked or meant for another API.',
  },
  invalid_dpop_proof: {
    status: 401,
    oauth: 'invalid_dpop_proof',
    log: 'info',
    meaning: 'The DPoP proof is missing, is not of this request and token, or was used before.',
  },
  use_dpop_nonce: {
    status: 401,
    oauth: 'use_dpop_nonce',
    log: 'info',
    meaning: 'The DPoP proof must carry the nonce of the DPoP-Nonce header.',
  },
  insufficient_scope: {
    status: 403,
    oauth: 'insufficient_scope',
    log: 'info',
    meaning: 'The access token does not carry the scope that this endpoint demands.',
  },
  insufficient_user_authentication: {
    status: 401,
    oauth: 'insufficient_user_authentication',
    log: 'info',
    meaning: 'The user has to authenticate again, or at a higher level, before this endpoint answers.',
  },
  not_found: {
    status: 404,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'There is no such page or object, or you may not see it.',
  },
  method_not_allowed: {
    status: 405,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'This address does not take this method.',
  },
  unsupported_media_type: {
    status: 415,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The body has a media type that this endpoint does not read.',
  },
  body_too_large: { status: 413, oauth: 'invalid_request', log: 'info', meaning: 'The body is larger than the limit.' },
  csrf_failed: {
    status: 403,
    oauth: 'invalid_request',
    log: 'warn',
    meaning: 'The form did not come from our own page, or the page was open for too long.',
  },
  interaction_lost: {
    status: 400,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The login that this page belongs to has ended, or was begun in another browser.',
  },
  too_many_requests: {
    status: 429,
    oauth: 'slow_down',
    log: 'warn',
    meaning: 'Too many requests; wait before the next one.',
  },
  unauthorized: {
    status: 401,
    oauth: 'invalid_client',
    log: 'warn',
    meaning: 'The credentials of this listener are missing or wrong.',
  },
  forbidden_origin: {
    status: 403,
    oauth: 'invalid_request',
    log: 'warn',
    meaning: 'This listener answers to its own host only.',
  },
  sandbox_only: { status: 403, oauth: 'access_denied', log: 'warn', meaning: 'This works in the sandbox only.' },
  ...customerErrors,
  ...paymentErrors,
  version_mismatch: {
    status: 412,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The object has changed since the version that If-Match names; read it again.',
  },
  idempotency_key_missing: {
    status: 400,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'This endpoint demands the header Idempotency-Key, 1 to 64 printable characters, new for each intent.',
  },
  idempotency_mismatch: {
    status: 422,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'This Idempotency-Key was used for another request.',
  },
  request_in_progress: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'A request with this Idempotency-Key is being worked on; repeat it in a moment.',
  },
  temporarily_unavailable: {
    status: 503,
    oauth: 'temporarily_unavailable',
    log: 'error',
    meaning: 'A part that this request needs cannot be reached now.',
  },
  internal: { status: 500, oauth: 'server_error', log: 'error', meaning: 'Something went wrong on our side.' },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** Thrown when a request cannot go on. `detail` and `cause` are for the log only and must hold no secret. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  /** Seconds to wait, for `too_many_requests` and `temporarily_unavailable`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, options: { detail?: string; cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** HTTP status of this code. */
  get status(): number {
    return errorCatalogue[this.code].status;
  }
}

/** Ends a `switch` over a closed set; reached only if a case was forgotten. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
