// The one error class of the provider and its catalogue: code -> HTTP status, OAuth error, log level.
// Codes are also keys of the texts (`error.<code>`). Expected outcomes are values, never errors.

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
  sim_number_invalid: {
    status: 422,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'This is not the number of the SIM that was sent to this line.',
  },
  not_shipped: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The new SIM of this line is not on its way yet.',
  },
  sim_terminated: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The line has no SIM that could be put back into service.',
  },
  code_required: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'This needs the code that is sent to the account’s e-mail address.',
  },
  code_invalid: {
    status: 422,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The code is not right, has been used or has expired.',
  },
  mc_temporarily_unavailable: {
    status: 409,
    oauth: 'temporarily_unavailable',
    log: 'info',
    meaning: 'Mobile Connect is needed for this and is locked or held; availableAt says until when.',
  },
  shop_identity_check_required: {
    status: 409,
    oauth: 'access_denied',
    log: 'info',
    meaning: 'There is no way left to prove this online; the identity is checked in a shop.',
  },
  not_eligible: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'Mobile Connect is not possible on this line; `reason` says why.',
  },
  line_suspended: { status: 409, oauth: 'invalid_request', log: 'info', meaning: 'The line is suspended.' },
  offer_not_attachable: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'Contracts of this range of professional offers cannot be added to a customer area.',
  },
  already_attached: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The contract is in this customer area already.',
  },
  not_matched: {
    status: 422,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'No contract fits what was given; nothing is told of which part was wrong.',
  },
  holder_unreachable: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The holder of the contract has no verified e-mail address that she could be told at.',
  },
  contact_unverified: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'A contact of the account is missing or not verified.',
  },
  wrong_step: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'Another step is due; `reason` names it.',
  },
  draft_expired: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The time for this has run out; begin again.',
  },
  link_gone: {
    status: 410,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The link is not valid, has been used or is too old.',
  },
  install_pending: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The SIM has not answered yet that it is ready.',
  },
  not_internet_holder: {
    status: 403,
    oauth: 'access_denied',
    log: 'info',
    meaning: 'Only the main account of a holder of an Internet or Open contract may do this.',
  },
  home_network_required: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'This works at home, on the Internet access of the own contract, or after a login with the PIN of the SIM.',
  },
  mailbox_limit: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The account has all the secondary mailboxes that it may have.',
  },
  address_taken: { status: 409, oauth: 'invalid_request', log: 'info', meaning: 'This address cannot be had.' },
  alias_limit: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The mailbox has all the aliases that it may have.',
  },
  mailbox_read_only: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The mailbox can only be read: its Internet contract has ended.',
  },
  pin_not_set: { status: 409, oauth: 'invalid_request', log: 'info', meaning: 'The PIN was not created yet.' },
  command_open: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The phone still shows another request.',
  },
  conflict: { status: 409, oauth: 'invalid_request', log: 'info', meaning: 'The object has changed or is in use.' },
  unread: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'A notice of security stays until it has been read.',
  },
  price_changed: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The price is not the one that was accepted; read it again.',
  },
  option_active: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The contract has this option already, or an order for it is under way.',
  },
  incompatible: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'This does not go with the offer or the options of the contract.',
  },
  order_open: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'An order that changes the plan of this contract is under way.',
  },
  slot_taken: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'Somebody else has taken this time, or it is not offered.',
  },
  too_many_appointments: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The account has as many appointments ahead as it may have.',
  },
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
  idempotency_key_reused: {
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
