// The variables that say how the provider behaves: SMSC and mail, attempts, locks, limits, lives of tokens.
import { z } from 'zod';
import { choice, optional, portIn, readBy, readUrl, unlessServe, variable, whole } from './config-values.ts';

/** Where and as whom to bind over SMPP. */
export interface SmscAddress {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly systemId: string;
  readonly password: string;
}

// Lengths of SMPP 3.4, 5.2.1 and 5.2.2, without the closing zero.
function readSmscAddress(text: string): SmscAddress | undefined {
  const url = readUrl(text, ['smpp:', 'smpps:']);
  if (url === undefined) return undefined;
  const tls = url.protocol === 'smpps:';
  const port = url.port === '' ? (tls ? 3_550 : 2_775) : Number(url.port);
  const systemId = decoded(url.username);
  const password = decoded(url.password);
  if (!/^[\x21-\x7e]{1,15}$/.test(systemId) || !/^[\x20-\x7e]{0,8}$/.test(password)) return undefined;
  return { tls, host: url.hostname.replace(/^\[|\]$/g, ''), port, systemId, password };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

const smsc = {
  address: variable(
    {
      name: 'SMSC_URL',
      about: 'The operator’s SMSC. Plain smpp:// to another machine needs SMSC_PLAINTEXT=vpn.',
      fallback: unlessServe(
        (environment) => `smpp://provider:smppdemo@127.0.0.1:${portIn(environment, 'SMPP_PORT', 2775)}`,
      ),
      required: ['serve'],
    },
    {
      expected: 'smpp://user:password@host:port or smpps://… (user at most 15 characters, password at most 8)',
      schema: readBy(readSmscAddress),
    },
  ),
  plaintext: optional(
    choice({ name: 'SMSC_PLAINTEXT', about: 'Set to vpn when the way to the SMSC is encrypted below SMPP.' }, ['vpn']),
  ),
  authorityFile: optional(
    variable(
      {
        name: 'SMSC_CA_FILE',
        about: 'PEM file with the authority of the SMSC’s certificate, if it is none of the usual.',
      },
      { expected: 'the path of a readable PEM file', schema: z.string().min(1).max(1_024) },
    ),
  ),
  systemType: variable(
    { name: 'SMSC_SYSTEM_TYPE', about: 'The system_type that the SMSC expects of us, if it does.', fallback: '' },
    { expected: 'at most 12 letters, digits and hyphens', schema: z.string().regex(/^[\w-]{0,12}$/) },
  ),
  shortCode: variable(
    { name: 'SHORT_CODE', about: 'Number that our messages come from and that answers go to.', fallback: '12345' },
    { expected: '3 to 15 digits', schema: z.string().regex(/^[0-9]{3,15}$/) },
  ),
  window: whole('SMPP_WINDOW', 'Requests to the SMSC that may wait for their response.', {
    unit: 'requests',
    fallback: 10,
    least: 1,
    most: 1_000,
  }),
  responseSeconds: whole('SMPP_RESPONSE_SECONDS', 'After this long without a response the outcome counts as unknown.', {
    unit: 'seconds',
    fallback: 5,
    least: 1,
    most: 60,
  }),
  enquireSeconds: whole('SMPP_ENQUIRE_SECONDS', 'A quiet connection is tried this often.', {
    unit: 'seconds',
    fallback: 15,
    least: 1,
    most: 300,
  }),
  reconnectMaxSeconds: whole('SMPP_RECONNECT_MAX_SECONDS', 'Longest pause between two tries to connect.', {
    unit: 'seconds',
    fallback: 30,
    least: 1,
    most: 600,
  }),
  messagesPerSecond: whole('SMPP_MESSAGES_PER_SECOND', 'Most messages a second that the SMSC takes from us.', {
    unit: 'messages',
    fallback: 50,
    least: 1,
    most: 10_000,
  }),
};

const mail = {
  smtpUrl: variable(
    {
      name: 'SMTP_URL',
      about: 'Mail server for e-mails to customers.',
      fallback: unlessServe((environment) => `smtp://127.0.0.1:${portIn(environment, 'SMTP_PORT', 2525)}`),
      required: ['serve'],
    },
    {
      expected: 'smtp://user:password@host:port or smtps://…',
      schema: z.string().refine((text) => readUrl(text, ['smtp:', 'smtps:']) !== undefined),
    },
  ),
  from: variable(
    {
      name: 'SMTP_FROM',
      about: 'Sender of e-mails.',
      fallback: (mode) => (mode === 'serve' ? undefined : 'ne-pas-repondre@exemple.test'),
      required: ['serve'],
    },
    { expected: 'an e-mail address', schema: z.string().regex(/^[^\s@<>"]{1,64}@[\w.-]{1,253}$/) },
  ),
};

const attempts = {
  ttlSeconds: whole('ATTEMPT_TTL_SECONDS', 'Life of a request on the phone.', {
    unit: 'seconds',
    fallback: 120,
    least: 1,
    most: 300,
  }),
  finishSeconds: whole('FINISH_SECONDS', 'An approval is used within this time of its arrival, or not at all.', {
    unit: 'seconds',
    fallback: 60,
    least: 5,
    most: 300,
  }),
  resendSeconds: whole('RESEND_SECONDS', 'Pause before the user may ask for the request again.', {
    unit: 'seconds',
    fallback: 20,
    least: 0,
    most: 120,
  }),
  resends: whole('RESENDS', 'How often the user may ask for it again.', {
    unit: 'times',
    fallback: 2,
    least: 0,
    most: 5,
  }),
  sendLeaseSeconds: whole('SEND_LEASE_SECONDS', 'How long one node alone may send an attempt.', {
    unit: 'seconds',
    fallback: 10,
    least: 1,
    most: 60,
  }),
  maxSends: whole('MAX_SENDS', 'How often one attempt is sent, each time with a new counter.', {
    unit: 'times',
    fallback: 3,
    least: 1,
    most: 10,
  }),
  leastLifeSeconds: whole('LEAST_LIFE_SECONDS', 'An attempt with less life than this is not sent any more.', {
    unit: 'seconds',
    fallback: 15,
    least: 0,
    most: 120,
  }),
  confirmNewBrowser: choice(
    {
      name: 'CONFIRM_NEW_BROWSER',
      about: 'For a browser that never logged in: the reference code is compared, or typed into the phone.',
      fallback: 'compare',
    },
    ['compare', 'type'],
  ),
};

const locks = {
  maxWrongPins: whole('MAX_WRONG_PINS', 'Wrong PINs after which the card blocks the PIN.', {
    unit: 'times',
    fallback: 3,
    least: 2,
    most: 5,
  }),
  lockHours: whole('LOCK_HOURS', 'How long the service is locked after a blocked PIN.', {
    unit: 'hours',
    fallback: 24,
    least: 1,
    most: 720,
  }),
  holdHours: whole('HOLD_HOURS', 'How long the service waits after a PIN was created on a new SIM.', {
    unit: 'hours',
    fallback: 24,
    least: 0,
    most: 720,
  }),
  replacementDays: whole(
    'REPLACEMENT_DAYS',
    'A SIM that replaced another waits HOLD_HOURS for so long, even if no service was there before.',
    { unit: 'days', fallback: 30, least: 0, most: 3_650 },
  ),
  simNumbersPerHour: whole('SIM_NUMBERS_PER_HOUR', 'Numbers of a new SIM that may be typed for one line in an hour.', {
    unit: 'times',
    fallback: 5,
    least: 1,
    most: 100,
  }),
  numberRestDays: whole('NUMBER_REST_DAYS', 'A number that was given up goes to no other line for so long.', {
    unit: 'days',
    fallback: 90,
    least: 0,
    most: 730,
  }),
  puksPerDay: whole('PUKS_PER_DAY', 'How often the PUK of one line is shown in a day.', {
    unit: 'times',
    fallback: 3,
    least: 1,
    most: 100,
  }),
  muteHours: whole('MUTE_HOURS', 'How long a source that the customer disowned may not ring that number.', {
    unit: 'hours',
    fallback: 1,
    least: 1,
    most: 168,
  }),
  pushBudget: whole('PUSH_BUDGET', 'Unanswered requests that one number takes in PUSH_BUDGET_MINUTES.', {
    unit: 'requests',
    fallback: 3,
    least: 1,
    most: 100,
  }),
  pushBudgetMinutes: whole('PUSH_BUDGET_MINUTES', 'The time that PUSH_BUDGET counts over.', {
    unit: 'minutes',
    fallback: 15,
    least: 1,
    most: 1_440,
  }),
};

const developers = {
  refusalHours: whole('REFUSAL_HOURS', 'How long the reason of a refused request is shown to developers.', {
    unit: 'hours',
    fallback: 24,
    least: 1,
    most: 168,
  }),
  refusalsKept: whole('REFUSALS_KEPT', 'Reasons that are kept at most; the oldest go first.', {
    unit: 'requests',
    fallback: 20_000,
    least: 100,
    most: 10_000_000,
  }),
  refusalsPerMinute: whole('REFUSALS_PER_MINUTE', 'Reasons of one network address that are kept in a minute.', {
    unit: 'requests',
    fallback: 120,
    least: 1,
    most: 100_000,
  }),
  testClientsPerHour: whole('TEST_CLIENTS_PER_HOUR', 'Test clients that one network address registers in an hour.', {
    unit: 'times',
    fallback: 20,
    least: 1,
    most: 1_000,
  }),
};

export const ruleSections = { smsc, mail, attempts, locks, developers };
