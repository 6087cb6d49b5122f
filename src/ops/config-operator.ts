// The variable that says whose numbers are served.
import { readBy, unlessServe, variable } from './config-values.ts';
import { planForm, readNumberingPlan } from './numbering-plan.ts';

const operators = {
  plan: variable(
    {
      name: 'NUMBERING_PLAN',
      about:
        'Operators and their numbers. A number of none of them is never rung and gets no SMS; discovery answers from it.',
      fallback: unlessServe(() => 'exemple:208_99:+3363998'),
      required: ['serve'],
    },
    { expected: planForm, schema: readBy(readNumberingPlan) },
  ),
};

export const operatorSections = { operators };
