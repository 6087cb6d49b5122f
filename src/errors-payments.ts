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
  notification_refused: {
    status: 400,
    oauth: 'invalid_request',
    log: 'warn',
    meaning: 'The message is not signed by the payment provider, is too old, or is about no payment of this provider.',
  },
} as const;
