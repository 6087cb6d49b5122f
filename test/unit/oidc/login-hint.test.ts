// The spellings of `login_hint`.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLoginHint } from '../../../src/oidc/login-hint.ts';

describe('a login_hint', () => {
  test.each([
    '+33639980001',
    '0639980001',
    '06 39 98 00 01',
    '0033639980001',
    '33639980001',
    'MSISDN:33639980001',
    'MSISDN:+33639980001',
    'msisdn:33639980001',
    'tel:+33639980001',
    'tel:+33-6-39-98-00-01',
    'tel:0639980001;phone-context=+33',
  ])('%s is a number', (hint) => {
    expect(parseLoginHint(hint)).toEqual({ kind: 'msisdn', value: '+33639980001' });
  });

  test.each(['alice@exemple.test', 'Alice@Exemple.test', 'mailto:alice@exemple.test'])('%s is an address', (hint) => {
    expect(parseLoginHint(hint)).toEqual({ kind: 'email', value: 'alice@exemple.test' });
  });

  test('national numbers are at home where the brand is', () => {
    expect(parseLoginHint('+23052512345', 'MU')).toEqual({ kind: 'msisdn', value: '+23052512345' });
    expect(parseLoginHint('52512345', 'MU')).toEqual({ kind: 'msisdn', value: '+23052512345' });
    expect(parseLoginHint('52512345')).toEqual({ kind: 'malformed' });
  });

  test.each([
    '',
    'alice',
    '12',
    'MSISDN:',
    'MSISDN:06x',
    'tel:',
    'alice@',
    '@',
    'ENCR_MSISDN:abcdef',
    '\u0000',
    '٠٦٣٩٩٨٠٠٠١',
    `${'9'.repeat(400)}`,
  ])('%j is malformed', (hint) => {
    expect(parseLoginHint(hint)).toEqual({ kind: 'malformed' });
  });

  test('of any content never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (hint) =>
        ['msisdn', 'email', 'malformed'].includes(parseLoginHint(hint).kind),
      ),
      { numRuns: 10_000 },
    );
  });
});
