// The list of rows and the tests that hold them: how names are read and what is shown without one.
import { expect, test } from 'vitest';
import { idsIn, namesIn, renderAcceptance } from '../../support/acceptance.ts';
import { acceptanceRows } from '../../support/acceptance-rows.ts';

const id = (letter: string, number: number) => `${letter}${String(number).padStart(2, '0')}`;

test('ids are read alone, in lists and as ranges', () => {
  expect(idsIn(`a test (${id('A', 14)}, ${id('X', 8)})`)).toEqual([id('A', 14), id('X', 8)]);
  expect(idsIn(`a test (${id('A', 44)} to ${id('A', 46)})`)).toEqual([44, 45, 46].map((n) => id('A', n)));
  expect(idsIn('SHA256, A4, AX12, X100')).toEqual([]);
});

test('names are the first texts of calls, over several lines too', () => {
  const name = `it’s held (${id('X', 1)})`;
  const source = `test('${name}', () => {});\ntest.each([1])(\n  "%s ${name}",\n  () => {});\nconst no = '${name}';`;
  expect(namesIn(source)).toEqual([name, `%s ${name}`]);
});

test('a row without a test is shown as missing, one with tests names them and their files', () => {
  const page = renderAcceptance([{ file: 'test/flow/x.test.ts', name: `works | well (${id('A', 7)})` }]);
  expect(page).toContain(
    `| ${id('A', 7)} | ${acceptanceRows[id('A', 7)]} | works \\| well (${id('A', 7)}) (\`test/flow/x.test.ts\`) |`,
  );
  expect(page).toMatch(/\| A08 \| [^|]+ \| missing \|/);
});

test('the rows are A01 to A56 and X01 to X72', () => {
  const wanted = [
    ...Array.from({ length: 56 }, (_, n) => id('A', n + 1)),
    ...Array.from({ length: 72 }, (_, n) => id('X', n + 1)),
  ];
  expect(Object.keys(acceptanceRows)).toEqual(wanted);
});
