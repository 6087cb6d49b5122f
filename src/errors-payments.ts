// The part of the catalogue of errors (errors.ts) that payments bring about.

/** Entries of `errorCatalogue`, which checks their form. */
export const paymentErrors = {
  not_acceptable: {
    status: 406,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The file is not given in this format.',
  },
  already_paid: { status: 409, oauth: 'invalid_request', log: 'info', meaning: 'Nothing is due any more.' },
  payment_open: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'A payment of this is under way; finish it, cancel it on its page, or wait until it has expired.',
  },
  amount_mismatch: {
    status: 422,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The amount is not exactly what is due, in its currency; read it again.',
  },
  payment_unavailable: {
    status: 503,
    oauth: 'temporarily_unavailable',
    log: 'warn',
    meaning: 'The payment provider cannot be reached; nothing was begun, and the same request may be repeated.',
  },
  out_of_stock: { status: 409, oauth: 'invalid_request', log: 'info', meaning: 'None of this model is left.' },
  deferral_not_allowed: {
    status: 403,
    oauth: 'access_denied',
    log: 'info',
    meaning: 'The holder of the contract has not let this proxy order on its bill.',
  },
  deferral_not_possible: {
    status: 409,
    oauth: 'invalid_request',
    log: 'info',
    meaning: 'The contract gets no bills: nothing can be put on the next one.',
  },
  notification_refused: {
    status: 400,
    oauth: 'invalid_request',
    log: 'warn',
    meaning: 'The message is not signed by the payment provider, is too old, or is about no payment of this provider.',
  },
} as const;
