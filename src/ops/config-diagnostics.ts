// The variables of diagnoses: how long tests and the customer's part may take, and how often one may be started.
import { whole } from './config-values.ts';

const diagnostics = {
  runMinutes: whole('DIAGNOSIS_MINUTES', 'All tests of a diagnosis are over by then, or it ends without a result.', {
    unit: 'minutes',
    fallback: 5,
    least: 1,
    most: 30,
  }),
  waitMinutes: whole('DIAGNOSIS_WAIT_MINUTES', 'Time for the customer to restart the phone, or to say if it works.', {
    unit: 'minutes',
    fallback: 60,
    least: 5,
    most: 1_440,
  }),
  testSeconds: whole('DIAGNOSIS_TEST_SECONDS', 'Longest time for one test before it is tried again.', {
    unit: 'seconds',
    fallback: 25,
    least: 5,
    most: 120,
  }),
  perHour: whole('DIAGNOSES_PER_HOUR', 'Diagnoses that one account may start in an hour.', {
    unit: 'times',
    fallback: 20,
    least: 1,
    most: 1_000,
  }),
  keptMonths: whole('DIAGNOSIS_MONTHS', 'Diagnoses and the cases that came of them are kept for so long.', {
    unit: 'months',
    fallback: 24,
    least: 1,
    most: 120,
  }),
};

export const diagnosticSections = { diagnostics };
