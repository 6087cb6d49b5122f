// The generated documents are complete and committed as they are made.
import { expect, test } from 'vitest';
import { renderErrorDocs, staleDocs } from '../../src/cli-docs.ts';
import { errorCatalogue } from '../../src/errors.ts';

test('the committed documents are those that the code makes now', () => {
  expect(staleDocs()).toEqual([]);
});

test('every code of the catalogue has its row', () => {
  const text = renderErrorDocs();
  for (const [code, { status, oauth, meaning }] of Object.entries(errorCatalogue)) {
    expect(text).toContain(`| \`${code}\` | ${status} | \`${oauth}\` | ${meaning} |`);
  }
});
