// The list of rows and the tests that hold them: how names are read and what is shown without one.
import { expect, test } from 'vitest';
import { idsIn, namesIn, renderAcceptance, strayIds } from '../../support/acceptance.ts';
import { acceptanceFamilies, acceptanceRows } from '../../support/acceptance-rows.ts';

const id = (letter: string, number: number) => `${letter}${String(number).padStart(2, '0')}`;

test('ids are read alone, in lists and as ranges', () => {
  expect(idsIn(`a test (${id('A', 14)}, ${id('X', 8)})`)).toEqual([id('A', 14), id('X', 8)]);
  expect(idsIn(`a test (${id('A', 44)} to ${id('A', 46)})`)).toEqual([44, 45, 46].map((n) => id('A', n)));
  expect(idsIn(`a test (${id('X', 98)} to ${id('X', 102)})`)).toEqual([98, 99, 100, 101, 102].map((n) => id('X', n)));
  expect(idsIn(`${id('O', 60)}–${id('O', 61)}: a test`)).toEqual([id('O', 60), id('O', 61)]);
  expect(idsIn('SHA256, A4, AX12, X1000, A256GCM, ES256, X200')).toEqual([]);
});

test('names are the first texts of calls, over several lines too', () => {
  const name = `it’s held (${id('X', 1)})`;
  const source = `test('${name}', () => {});\ntest.each([1])(\n  "%s ${name}",\n  () => {});\nconst no = '${name}';`;
  expect(namesIn(source)).toEqual([name, `%s ${name}`]);
});

test('a row without a test is shown as missing, one with tests names them and their files', () => {
  const page = renderAcceptance([{ file: 'test/flow/x.test.ts', name: `works <well> (${id('A', 7)})` }]);
  expect(page).toContain(
    `- **${id('A', 7)}** ${acceptanceRows[id('A', 7)]}\n  - works &lt;well> (${id('A', 7)}) (\`test/flow/x.test.ts\`)\n`,
  );
  expect(page).toMatch(/\n- \*\*A08\*\* .+: \*missing\*\n/);
});

test('each family has its count, in its heading and in the table', () => {
  const page = renderAcceptance([{ file: 'a.test.ts', name: id('F', 7) }]);
  expect(page).toContain('\n## F. A federation hub: 1 of 15\n');
  expect(page).toContain('\n| F | A federation hub | 15 | 1 |\n');
});

test('an id of no row is told with its test', () => {
  const name = `a slip (${id('O', 61)}, ${id('O', 60)})`;
  expect(strayIds([{ file: 'a.test.ts', name }])).toEqual([`${id('O', 61)} in "${name}" (a.test.ts)`]);
});

test('the rows are whole', () => {
  const sizes = { A: 56, O: 60, F: 15, X: 122, B: 54, C: 25, D: 21, E: 24 };
  const wanted = Object.entries(sizes).flatMap(([letter, size]) => {
    return Array.from({ length: size }, (_, n) => id(letter, n + 1));
  });
  expect(Object.keys(acceptanceRows).sort()).toEqual(wanted.sort());
  expect(Object.keys(acceptanceFamilies)).toEqual(Object.keys(sizes));
});
