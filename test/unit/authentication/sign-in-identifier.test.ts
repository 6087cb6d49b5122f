// What may be typed into the first field, and how it is shown again.
import { describe, expect, test } from 'vitest';
import { parseIdentifier, shownIdentifier } from '../../../src/authentication/sign-in-identifier.ts';

describe('the first field', () => {
  test.each(['06 39 98 00 01', '+33 6 39 98 00 01', '0033639980001', '06.39.98.00.01', ' 0639980001 '])(
    'takes the number as %s, in one normal form (X06)',
    (text) => {
      expect(parseIdentifier(text)).toEqual({ kind: 'msisdn', value: '+33639980001' });
    },
  );

  test.each(['Alice@Exemple.Test', ' alice@exemple.test '])(
    'takes the address as %s, in one normal form (X07)',
    (text) => {
      expect(parseIdentifier(text)).toEqual({ kind: 'email', value: 'alice@exemple.test' });
    },
  );

  test.each([
    '',
    'alice',
    '06',
    '０６３９９８０００１',
    '٠٦٣٩٩٨٠٠٠١',
    '06 39 98 00 01\n',
    'alice@',
    '@exemple.test',
    'alice@exémple.test',
    'alice@@exemple.test',
    '06 39 98 00 01@',
  ])('refuses what is neither: %j (X06, X07)', (text) => {
    expect(parseIdentifier(text)).toBeUndefined();
  });

  test('refuses a novel', () => {
    expect(parseIdentifier('0'.repeat(100_000))).toBeUndefined();
    expect(parseIdentifier(`${'a'.repeat(100_000)}@exemple.test`)).toBeUndefined();
  });
});

test('what was typed is shown again with its middle hidden', () => {
  expect(shownIdentifier({ kind: 'msisdn', value: '+33639980001' })).toBe('+33 6 39 98 ** 01');
  expect(shownIdentifier({ kind: 'email', value: 'alice@exemple.test' })).toBe('a***@exemple.test');
});
