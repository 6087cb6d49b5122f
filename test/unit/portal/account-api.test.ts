// Rows made of an answer of the account API, whatever shape it has.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAccountApi, rowsOf } from '../../../src/portal/account-api.ts';

describe('an answer becomes rows', () => {
  test('nested attributes keep their way, lists have none of their own', () => {
    const answer = {
      givenName: 'Alice',
      contactMedium: [{ mediumType: 'email', preferred: true }, { mediumType: 'mobile' }],
    };
    expect(rowsOf(answer)).toEqual([
      { path: ['givenName'], value: 'Alice' },
      { path: ['contactMedium', 'mediumType'], value: 'email' },
      { path: ['contactMedium', 'preferred'], value: 'true' },
      { path: ['contactMedium', 'mediumType'], value: 'mobile' },
    ]);
  });

  test('ids, links and types are left out, and so is what is empty', () => {
    expect(rowsOf({ id: 'acc_1', href: '/me', '@type': 'x', sub: 's', empty: '', nothing: null, list: [] })).toEqual(
      [],
    );
  });

  test('numbers and addresses are masked wherever they are', () => {
    const answer = { mobile: '+33639980001', contacts: [{ value: 'alice@exemple.test' }] };
    expect(rowsOf(answer).map(({ value }) => value)).toEqual(['+33 6 39 98 ** 01', 'a•••@exemple.test']);
  });

  test('neither rows nor values nor depth grow without end', () => {
    const deep = { a: { b: { c: { d: { e: 'too deep' } } } } };
    expect(rowsOf(deep)).toEqual([]);
    expect(rowsOf({ many: Array.from({ length: 100 }, (_, index) => `value ${index}`) })).toHaveLength(40);
    expect(rowsOf({ long: 'x'.repeat(1000) })[0]?.value).toHaveLength(200);
  });

  test('any JSON object is survived', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (answer) => {
        const rows = rowsOf(answer);
        expect(rows.length).toBeLessThanOrEqual(40);
        for (const { value } of rows) expect(value.length).toBeLessThanOrEqual(220);
      }),
      { numRuns: 500 },
    );
  });
});

test('the API belongs to the issuer, sub-path included', () => {
  expect(createAccountApi({ issuer: 'http://localhost:3000/ile' }).resource).toBe('http://localhost:3000/ile/api');
});
