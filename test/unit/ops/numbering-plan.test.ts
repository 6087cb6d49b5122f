// The numbering plan: whose a number is by its leading digits, and which spellings of the variable are refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNumberingPlan } from '../../../src/ops/numbering-plan.ts';

const plan = readNumberingPlan('exemple:208_99:+3363998/+33612345678, ile:617_98:+23059/+3363998777');

describe('a plan of two operators', () => {
  test.each([
    ['+33639980001', 'exemple', 'its range'],
    ['+33639987770', 'ile', 'the longer prefix'],
    ['+33612345678', 'exemple', 'a whole number, ported in'],
    ['+23059123456', 'ile', 'another country'],
  ])('%s belongs to %s by %s', (number, id) => {
    expect(plan?.operatorOf(number)?.id).toBe(id);
  });

  test.each(['+33612345679', '+33639970001', '+3363', '+', '', '33639980001'])(
    'A02: %s belongs to no configured operator',
    (number) => {
      expect(plan?.operatorOf(number)).toBeUndefined();
    },
  );

  test('names country and currency of the network', () => {
    expect(plan?.operatorOfNetwork('617', '98')).toMatchObject({ id: 'ile', country: 'MU', currency: 'MUR' });
  });

  test('takes network codes of two and three digits for different networks', () => {
    expect(plan?.operatorOfNetwork('208', '99')?.id).toBe('exemple');
    expect(plan?.operatorOfNetwork('208', '099')).toBeUndefined();
  });
});

test.each([
  '',
  'exemple',
  'exemple:208_99:',
  'exemple:208_99:3363998',
  'exemple:208_99:+03363998',
  'exemple:208_99:+3363998/',
  'exemple:999_99:+3363998',
  'exemple:208_9:+3363998',
  'Exemple:208_99:+3363998',
  'a:208_99:+3361,b:208_99:+3362',
  'a:208_98:+3361,b:208_99:+3361',
  'a:208_98:+3361,a:208_99:+3362',
])('the plan %j is refused', (text) => {
  expect(readNumberingPlan(text)).toBeUndefined();
});

test('a number found by the plan always begins with a prefix of its operator', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\+[0-9]{5,15}$/), (number) => {
      const operator = plan?.operatorOf(number);
      const belongs = plan?.operators.find(({ prefixes }) => prefixes.some((prefix) => number.startsWith(prefix)));
      expect(operator === undefined).toBe(belongs === undefined);
      expect(operator?.prefixes.some((prefix) => number.startsWith(prefix)) ?? true).toBe(true);
    }),
  );
});
