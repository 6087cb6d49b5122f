// The person in an import: what a proofed identity needs, and how a mistake is told (F07).
import { expect, test } from 'vitest';
import { personSchema } from '../../../src/enrolment/person-schema.ts';

const proofed = {
  givenName: 'Angela',
  familyName: 'Moreau',
  birthName: 'Durand',
  civilGivenNames: 'Angela Claire Louise',
  birthDate: '1962-08-24',
  birthPlace: '75107',
  birthCountry: '99100',
  gender: 'female',
  identityProofing: 'eidas1',
};

const problemsOf = (person: unknown) =>
  personSchema.safeParse(person).error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? [];

test('a whole identity is taken as it is, one of which the register knows the year alone too', () => {
  expect(personSchema.parse(proofed)).toMatchObject(proofed);
  for (const birthDate of ['1962-08-00', '1962-00-00']) expect(problemsOf({ ...proofed, birthDate })).toEqual([]);
});

test('without proofing nothing but the names is needed', () => {
  expect(personSchema.parse({ givenName: 'Angela', familyName: 'Moreau' })).toMatchObject({
    identityProofing: 'none',
    birthName: null,
    civilGivenNames: null,
  });
});

test.each([
  ['birthPlace', { birthPlace: '75007 ' }, /commune/],
  ['birthPlace', { birthPlace: 'Paris' }, /no postcode/],
  ['birthPlace', { birthPlace: undefined }, /needed/],
  ['birthCountry', { birthCountry: 'FR' }, /99100/],
  ['birthCountry', { birthCountry: undefined }, /needed/],
  ['birthDate', { birthDate: '1962' }, /1986-00-00/],
  ['birthDate', { birthDate: undefined }, /needed/],
  ['gender', { gender: undefined }, /needed/],
  ['birthName', { birthName: undefined }, /name at birth/],
  ['civilGivenNames', { civilGivenNames: undefined }, /all first names/],
  ['civilGivenNames', { civilGivenNames: 'Angela  Claire' }, /one space/],
])('%s in %j is refused at its place, in words', (place, change, words) => {
  expect(problemsOf({ ...proofed, ...change })).toEqual([[place, expect.stringMatching(words)]]);
});

test('a wrong commune is refused without proofing too, a place abroad is free', () => {
  const person = { givenName: 'A', familyName: 'B', birthCountry: '99100', birthPlace: 'Paris' };
  expect(problemsOf(person)).toHaveLength(1);
  expect(problemsOf({ ...person, birthCountry: '99352', birthPlace: 'Oran' })).toEqual([]);
});
