// The variables of the service's own pages and of its activation: lives of steps, what a password opens, terms, PIN.
import { z } from 'zod';
import { list, variable, whole } from './config-values.ts';

const service = {
  sessionMinutes: whole('SERVICE_SESSION_MINUTES', 'Life of a session on the Mobile Connect pages.', {
    unit: 'minutes',
    fallback: 30,
    least: 5,
    most: 480,
  }),
  freshSeconds: whole('FRESH_PASSWORD_SECONDS', 'A password is recent for this long: activation demands one.', {
    unit: 'seconds',
    fallback: 300,
    least: 30,
    most: 900,
  }),
  draftMinutes: whole('ACTIVATION_DRAFT_MINUTES', 'Time to accept the terms of an activation that was begun.', {
    unit: 'minutes',
    fallback: 30,
    least: 5,
    most: 1_440,
  }),
  installMinutes: whole('INSTALL_MINUTES', 'Time for the SIM to answer that it is ready.', {
    unit: 'minutes',
    fallback: 15,
    least: 1,
    most: 15,
  }),
  pinHours: whole('PIN_CREATION_HOURS', 'Time to choose the PIN once the SIM is ready.', {
    unit: 'hours',
    fallback: 24,
    least: 1,
    most: 720,
  }),
  requestSeconds: whole('SERVICE_REQUEST_SECONDS', 'Life of a request on the phone that changes the service.', {
    unit: 'seconds',
    fallback: 180,
    least: 30,
    most: 900,
  }),
  termsVersion: variable(
    {
      name: 'TERMS_VERSION',
      about: 'Version of the terms of use that a customer accepts; a new one is asked for again.',
      fallback: '2026-01',
    },
    { expected: 'letters, digits, dots and hyphens', schema: z.string().regex(/^[\w.-]{1,32}$/) },
  ),
  pinPolicy: list(
    {
      name: 'PIN_POLICY',
      about: 'PINs that the card refuses beside four identical digits: sequences, repeated-pairs, birth-year.',
      fallback: '',
    },
    {
      expected: 'sequences, repeated-pairs, birth-year or nothing, separated by commas',
      item: (text) => ['sequences', 'repeated-pairs', 'birth-year'].includes(text),
    },
  ),
};

export const serviceSections = { service };
