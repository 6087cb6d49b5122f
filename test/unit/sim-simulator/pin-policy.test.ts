// Which new PINs the card refuses: all ten thousand of them, under the default policy and under each further rule.
import { expect, test } from 'vitest';
import { parseKey } from '../../../sim-simulator/control-input.ts';
import { isWeakPin, PIN_POLICY } from '../../../sim-simulator/pin-policy.ts';

const allPins = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(4, '0'));
const refused = (policyBits: number): string[] => allPins.filter((pin) => isWeakPin(pin, policyBits));

test('by default exactly the ten PINs of four identical digits are refused (A23)', () => {
  expect(refused(0)).toEqual(['0000', '1111', '2222', '3333', '4444', '5555', '6666', '7777', '8888', '9999']);
});

test.each([
  ['sequences', PIN_POLICY.noSequences, ['0123', '7890', '9876', '3210'], ['1235', '1357']],
  ['repeated pairs', PIN_POLICY.noRepeatedPairs, ['4747', '0101'], ['4774', '1122']],
  ['birth years', PIN_POLICY.noBirthYear, ['1987', '2004'], ['1887', '2104']],
])('the rule against %s refuses those and no others (A23)', (_name, bit, some, others) => {
  const list = refused(bit);
  expect(list).toEqual(expect.arrayContaining(some));
  for (const pin of others) expect(list).not.toContain(pin);
});

test.each(['123', '12345', '12a4', '', '١٢٣٤', ' 1234', '１２３４'])(
  '%j is no PIN and reaches no card (A22)',
  (pin) => {
    expect(() => parseKey({ pin })).toThrow();
  },
);

test('a PIN keeps its leading zero (A22)', () => {
  expect(parseKey({ pin: '0123' })).toEqual({ kind: 'pin', digits: '0123' });
});
