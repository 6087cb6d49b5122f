// What a hub is told of a person, and what everybody else is (F07).
import { expect, test } from 'vitest';
import type { AccountId } from '../../../src/identifiers.ts';
import { identityClaims, isTellable, proofingOf, standardBirthDate } from '../../../src/oidc/identity-claims.ts';
import type { AccountHolder } from '../../../src/storage/accounts.ts';

const angela = {
  accountId: 'acc_a' as AccountId,
  brand: 'exemple',
  kind: 'main',
  label: 'Angela',
  status: 'active',
  locale: 'fr',
  contactEmail: 'angela@exemple.test',
  contactEmailVerifiedAt: new Date('2026-01-01T00:00:00Z'),
  civility: null,
  givenName: 'Angela',
  familyName: 'Moreau',
  birthName: 'Durand',
  civilGivenNames: 'Angela Claire Louise',
  birthDate: '1962-08-24',
  birthPlace: '75107',
  birthCountry: '99100',
  gender: 'female',
  identityProofing: 'eidas1',
} as AccountHolder;

test('a hub hears the civil register’s names, and the name in use beside them', () => {
  expect(identityClaims(angela)).toEqual({
    given_name: 'Angela Claire Louise',
    family_name: 'Durand',
    preferred_username: 'Moreau',
    birthdate: '1962-08-24',
    gender: 'female',
    birthcountry: '99100',
    birthplace: '75107',
    email: 'angela@exemple.test',
    email_verified: true,
  });
  expect(identityClaims({ ...angela, familyName: 'Durand' })).not.toHaveProperty('preferred_username');
});

test('a place abroad is empty but there, a partial date stays as it is', () => {
  const abroad = { ...angela, birthCountry: '99352', birthPlace: 'Oran', birthDate: '1962-00-00' };
  expect(identityClaims(abroad)).toMatchObject({ birthplace: '', birthcountry: '99352', birthdate: '1962-00-00' });
});

test('an identity with a hole in it is not told at all', () => {
  for (const change of [{ birthName: null }, { birthPlace: 'Paris' }, { contactEmail: null }, { gender: null }]) {
    const holder = { ...angela, ...change };
    expect(isTellable(holder)).toBe(false);
    expect(identityClaims(holder)).toEqual({});
  }
  expect(proofingOf({ ...angela, birthName: null })).toBe('none');
  expect(proofingOf(angela)).toBe('eidas1');
});

test('others get a date as the standard spells it: a day, or the year', () => {
  expect(['1962-08-24', '1962-08-00', '1962-00-00', null].map(standardBirthDate)).toEqual([
    '1962-08-24',
    '1962',
    '1962',
    null,
  ]);
});
