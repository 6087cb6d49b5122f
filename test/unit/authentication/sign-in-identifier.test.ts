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

describe('the first field of a brand with Account IDs', () => {
  const kinds = ['account_id', 'customer_id'] as const;

  test.each(['90000201', ' 9000 0201 ', '9000-0201', '9000.0201'])('E02 E09 takes the Account ID as %j', (text) => {
    expect(parseIdentifier(text, kinds)).toEqual({ kind: 'account_id', value: '90000201' });
  });

  test.each(['C-DEM0M-ARNES-2026X-7Q4ZK', 'cdem0marnes2026x7q4zk', 'C DEMOM ARNES 2O26X 7Q4ZK'])(
    'E02 E09 takes the Customer ID as %j',
    (text) => {
      expect(parseIdentifier(text, kinds)).toEqual({ kind: 'customer_id', value: 'CDEM0MARNES2026X7Q4ZK' });
    },
  );

  test.each(['', 'alice@exemple.test', '+230 5999 0201', 'C-DEM0M', 'C'.repeat(100), '９０００２０１'])(
    'E09 refuses %j',
    (text) => {
      expect(parseIdentifier(text, kinds)).toBeUndefined();
    },
  );

  test('is no first field of the other brands', () => {
    expect(parseIdentifier('C-DEM0M-ARNES-2026X-7Q4ZK')).toBeUndefined();
    expect(parseIdentifier('90000201')).toBeUndefined();
  });
});

test('E23 of an ID the last three characters are shown', () => {
  expect(shownIdentifier({ kind: 'account_id', value: '90000201' })).toBe('•••• 201');
  expect(shownIdentifier({ kind: 'customer_id', value: 'CDEM0MARNES2026X7Q4ZK' })).toBe('•••• 4ZK');
});

test('what was typed is shown again with its middle hidden', () => {
  expect(shownIdentifier({ kind: 'msisdn', value: '+33639980001' })).toBe('+33 6 39 98 ** 01');
  expect(shownIdentifier({ kind: 'email', value: 'alice@exemple.test' })).toBe('a***@exemple.test');
});
