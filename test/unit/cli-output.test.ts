// Tables and fields for a terminal.
import { expect, test } from 'vitest';
import { printFields, printTable } from '../../src/cli-output.ts';

test('a table lines its columns up under their names and leaves no blanks at the end', () => {
  const rows = [
    { id: 'portal', name: 'Espace client', extra: 1 },
    { id: 'a', name: null },
  ];
  expect(printTable(rows, ['id', 'name'])).toBe('id      name\nportal  Espace client\na');
});

test('a table without rows has its heading', () => {
  expect(printTable([], ['id', 'name'])).toBe('id  name');
});

test('fields of fields have dotted names, lists stand in one line', () => {
  const value = { id: 'portal', metadata: { uris: ['a', 'b'], party: undefined }, none: null };
  expect(printFields(value)).toBe('id              portal\nmetadata.uris   a, b\nmetadata.party\nnone');
});
