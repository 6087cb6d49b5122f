// The variables of registrations for the online area, with an Account ID or a Customer ID (mission 2.f).
import { whole } from './config-values.ts';

const selfCare = {
  formMinutes: whole('REGISTRATION_MINUTES', 'Time to fill in the form of a registration, and to accept its terms.', {
    unit: 'minutes',
    fallback: 30,
    least: 5,
    most: 120,
  }),
  codeMinutes: whole('REGISTRATION_CODE_MINUTES', 'Life of the code of a registration.', {
    unit: 'minutes',
    fallback: 15,
    least: 1,
    most: 60,
  }),
  codeTries: whole('REGISTRATION_CODE_TRIES', 'After so many wrong codes a registration must be begun anew.', {
    unit: 'times',
    fallback: 3,
    least: 1,
    most: 10,
  }),
  resendsPerHour: whole(
    'REGISTRATION_RESENDS_PER_HOUR',
    'Other codes for one identifier in an hour, after the first.',
    {
      unit: 'messages',
      fallback: 3,
      least: 0,
      most: 1_000,
    },
  ),
  passwordMinutes: whole('REGISTRATION_PASSWORD_MINUTES', 'Time to choose the password after the right code.', {
    unit: 'minutes',
    fallback: 15,
    least: 1,
    most: 60,
  }),
};

export const selfCareSections = { selfCare };
