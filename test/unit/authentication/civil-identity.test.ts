// A civil identity: codes of the COG, dates that may be partial, and when an identity is whole (F07).
import { describe, expect, test } from 'vitest';
import {
  type CivilIdentity,
  isBirthDate,
  isCommuneCode,
  isCountryCode,
  missingPart,
  proofedFor,
  provenIdentity,
} from '../../../src/authentication/civil-identity.ts';

const whole: CivilIdentity = {
  birthName: 'Durand',
  civilGivenNames: 'Angela Claire Louise',
  birthDate: '1962-08-24',
  birthPlace: '75107',
  birthCountry: '99100',
  gender: 'female',
};

test.each(['75107', '2A004', '2B033', '97411', '01001', '20004'])('%s is a commune (F07)', (code) => {
  expect(isCommuneCode(code)).toBe(true);
});

test.each(['7507', '751070', '2C004', '2a004', '99100', '00100', 'Paris', ' 75107', '75107\n', '７5107'])(
  '%j is no commune (F07)',
  (code) => {
    expect(isCommuneCode(code)).toBe(false);
  },
);

test('a country is 99 and three digits (F07)', () => {
  expect(['99100', '99352'].every(isCountryCode)).toBe(true);
  expect(['FR', '75107', '9910', '991000', '2A004', '99100 '].some(isCountryCode)).toBe(false);
});

test.each(['1962-08-24', '2000-02-29', '1962-08-00', '1962-00-00', '1962-12-00'])(
  '%s is a date of birth (F07)',
  (text) => {
    expect(isBirthDate(text)).toBe(true);
  },
);

test.each([
  '1962',
  '1962-08',
  '1962-02-30',
  '1900-02-29',
  '1962-13-01',
  '1962-13-00',
  '1962-00-12',
  '0000-00-00',
  '62-08-24',
  '1962-08-24T00',
  '',
])('%j is none (F07)', (text) => {
  expect(isBirthDate(text)).toBe(false);
});

describe('an identity', () => {
  test('is whole with all its parts, and abroad without a place', () => {
    expect(missingPart(whole)).toBeUndefined();
    expect(missingPart({ ...whole, birthCountry: '99352', birthPlace: null })).toBeUndefined();
    expect(missingPart({ ...whole, birthCountry: '99352', birthPlace: 'Oran' })).toBeUndefined();
  });

  test.each<[keyof CivilIdentity, string | null]>([
    ['birthName', null],
    ['birthName', ''],
    ['birthName', ' Durand'],
    ['birthName', 'x'.repeat(257)],
    ['civilGivenNames', null],
    ['birthDate', null],
    ['birthDate', '1962'],
    ['gender', null],
    ['gender', 'F'],
    ['birthCountry', null],
    ['birthCountry', 'FR'],
    ['birthPlace', null],
    ['birthPlace', 'Paris'],
  ])('with %s %j is not whole', (part, value) => {
    expect(missingPart({ ...whole, [part]: value })).toBe(part);
  });

  test('counts for as much as it was proofed, and for nothing with a hole in it', () => {
    expect(provenIdentity({ ...whole, identityProofing: 'eidas2' })).toBe('eidas2');
    expect(provenIdentity({ ...whole, identityProofing: null })).toBe('none');
    expect(provenIdentity({ ...whole, gender: null, identityProofing: 'eidas2' })).toBe('none');
  });
});

test('proofing has an order', () => {
  expect(proofedFor('eidas2', 'eidas1')).toBe(true);
  expect(proofedFor('eidas1', 'eidas2')).toBe(false);
  expect(proofedFor('none', 'eidas1')).toBe(false);
  expect(proofedFor('none', 'none')).toBe(true);
});
