// The order of the levels.
import { expect, test } from 'vitest';
import { levels, rankOf, satisfies } from '../../../src/authentication/levels.ts';

test('the levels rank 1, 2, 3 as the vocabulary loa names them', () => {
  expect(levels.map((level) => [level, rankOf(level)])).toEqual([
    ['pwd', 1],
    ['sim-ok', 2],
    ['sim-pin', 3],
  ]);
});

test('a level satisfies itself and whatever is lower, never a higher one', () => {
  const table = levels.map((achieved) => levels.map((asked) => satisfies(achieved, asked)));
  expect(table).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});
