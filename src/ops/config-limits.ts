// The variables that bound what one number, account or address may ask for, and how long tokens live.
import { whole } from './config-values.ts';

const limits = {
  windowMinutes: whole('LIMIT_MINUTES', 'The time that all the limits below count over.', {
    unit: 'minutes',
    fallback: 15,
    least: 1,
    most: 1_440,
  }),
  startsPerNumber: whole('STARTS_PER_NUMBER', 'Logins begun with one number or e-mail address.', {
    unit: 'requests',
    fallback: 20,
    least: 1,
    most: 100_000,
  }),
  startsPerAddress: whole('STARTS_PER_ADDRESS', 'Logins begun from one network address.', {
    unit: 'requests',
    fallback: 300,
    least: 1,
    most: 1_000_000,
  }),
  startsPerClient: whole('STARTS_PER_CLIENT', 'Logins without a browser (CIBA) begun by one client.', {
    unit: 'requests',
    fallback: 1_000,
    least: 1,
    most: 10_000_000,
  }),
  passwordsPerAccount: whole('PASSWORDS_PER_ACCOUNT', 'Wrong passwords given for one account or e-mail address.', {
    unit: 'times',
    fallback: 10,
    least: 1,
    most: 100_000,
  }),
  passwordsPerAddress: whole('PASSWORDS_PER_ADDRESS', 'Wrong passwords given from one network address.', {
    unit: 'times',
    fallback: 100,
    least: 1,
    most: 1_000_000,
  }),
};

// RFC 9106 and OWASP: Argon2id with 19 MiB, two passes, one lane.
const passwords = {
  memoryKib: whole('PASSWORD_MEMORY_KIB', 'Memory of one Argon2id computation.', {
    unit: 'KiB',
    fallback: 19_456,
    least: 8_192,
    most: 1_048_576,
  }),
  passes: whole('PASSWORD_PASSES', 'Passes of one Argon2id computation.', {
    unit: 'times',
    fallback: 2,
    least: 1,
    most: 20,
  }),
  atOnce: whole(
    'PASSWORD_CHECKS_AT_ONCE',
    'Computations at the same time; others wait, so that guessing starves nobody.',
    {
      unit: 'times',
      fallback: 2,
      least: 1,
      most: 64,
    },
  ),
};

const tokens = {
  codeSeconds: whole('CODE_SECONDS', 'Life of an authorization code.', {
    unit: 'seconds',
    fallback: 60,
    least: 5,
    most: 60,
  }),
  accessSeconds: whole('ACCESS_TOKEN_SECONDS', 'Life of an access token.', {
    unit: 'seconds',
    fallback: 300,
    least: 30,
    most: 3_600,
  }),
  hubCodeSeconds: whole('HUB_CODE_SECONDS', 'Life of an authorization code for a client of profile hub.', {
    unit: 'seconds',
    fallback: 30,
    least: 5,
    most: 60,
  }),
  hubAccessSeconds: whole('HUB_ACCESS_TOKEN_SECONDS', 'Life of an access token for a client of profile hub.', {
    unit: 'seconds',
    fallback: 60,
    least: 30,
    most: 3_600,
  }),
  idTokenSeconds: whole('ID_TOKEN_SECONDS', 'Life of an ID token.', {
    unit: 'seconds',
    fallback: 300,
    least: 30,
    most: 3_600,
  }),
  refreshDays: whole('REFRESH_TOKEN_DAYS', 'Life of a refresh token; each use makes a new one.', {
    unit: 'days',
    fallback: 30,
    least: 1,
    most: 365,
  }),
  refreshGraceSeconds: whole('REFRESH_GRACE_SECONDS', 'A refresh token may be repeated for this long after its use.', {
    unit: 'seconds',
    fallback: 30,
    least: 0,
    most: 120,
  }),
  sessionHours: whole('SESSION_HOURS', 'How long a browser stays logged in without a visit.', {
    unit: 'hours',
    fallback: 8,
    least: 1,
    most: 720,
  }),
  interactionSeconds: whole('INTERACTION_SECONDS', 'Time for a whole login, from the first page on.', {
    unit: 'seconds',
    fallback: 900,
    least: 120,
    most: 3_600,
  }),
  grantDays: whole('GRANT_DAYS', 'How long a consent is remembered.', {
    unit: 'days',
    fallback: 365,
    least: 1,
    most: 3_650,
  }),
};

const codes = {
  lifeMinutes: whole('CODE_MINUTES', 'Life of a code that was sent by SMS or e-mail.', {
    unit: 'minutes',
    fallback: 10,
    least: 1,
    most: 60,
  }),
  tries: whole('CODE_TRIES', 'How often such a code may be typed wrong.', {
    unit: 'times',
    fallback: 3,
    least: 1,
    most: 10,
  }),
  perHour: whole('CODES_PER_HOUR', 'Codes sent to one recipient in an hour.', {
    unit: 'messages',
    fallback: 3,
    least: 1,
    most: 1_000,
  }),
  perDay: whole('CODES_PER_DAY', 'Codes sent to one recipient in a day.', {
    unit: 'messages',
    fallback: 10,
    least: 1,
    most: 10_000,
  }),
  // Many customers of a mobile operator share one address, so this is wider than for a recipient.
  addressPerHour: whole('CODES_PER_ADDRESS_HOUR', 'Codes asked for from one network address in an hour.', {
    unit: 'messages',
    fallback: 30,
    least: 1,
    most: 100_000,
  }),
  addressPerDay: whole('CODES_PER_ADDRESS_DAY', 'Codes asked for from one network address in a day.', {
    unit: 'messages',
    fallback: 100,
    least: 1,
    most: 1_000_000,
  }),
};

const resets = {
  lateHours: whole(
    'RESET_LATE_HOURS',
    'A new PIN that the card reports so long after the request has ended is still taken, as one reset by SMS.',
    { unit: 'hours', fallback: 24, least: 0, most: 24 },
  ),
  flowMinutes: whole('RESET_MINUTES', 'Time for the whole reset of a forgotten PIN.', {
    unit: 'minutes',
    fallback: 30,
    least: 5,
    most: 120,
  }),
  robotMinutes: whole('ROBOT_CHECK_MINUTES', 'Life of a displayed robot check.', {
    unit: 'minutes',
    fallback: 5,
    least: 1,
    most: 5,
  }),
  trustHours: whole('RESET_TRUST_HOURS', 'A PIN that was reset with nothing but an SMS counts as sim-ok for so long.', {
    unit: 'hours',
    fallback: 24,
    least: 0,
    most: 720,
  }),
};

export const limitSections = { limits, passwords, tokens, codes, resets };
