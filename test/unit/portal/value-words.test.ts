// Values that have words, and values that are shown as they came.
import { expect, test } from 'vitest';
import { loadTexts } from '../../../src/portal/texts.ts';
import { valueWords } from '../../../src/portal/value-words.ts';

const texts = loadTexts(new URL('../../../views/portal/texts/', import.meta.url));

test.each([
  ['gender', 'female', 'Femme'],
  ['gender', 'male', 'Homme'],
  ['status', 'active', 'Actif'],
  ['accountKind', 'main', 'Principal'],
  ['accountKind', 'secondary', 'Secondaire'],
  ['accountKind', 'group', 'Groupe'],
  ['mediumType', 'email', 'E-mail'],
  ['mediumType', 'mobile', 'Mobile'],
  ['language', 'fr', 'Français'],
  ['locale', 'en-GB', 'English'],
  ['email_verified', 'true', 'oui'],
  ['preferred', 'false', 'non'],
])('%s %s has words', (name, value, words) => {
  expect(texts.fr[valueWords(name, value).words ?? '']).toBe(words);
});

test.each([
  ['gender', 'other'],
  ['status', 'toString'],
  ['constructor', 'name'],
  ['locale', 'de-CH'],
  ['birthdate', '1986'],
  ['birthdate', '0000-04-12'],
  ['birthdate', '1986-13-45'],
  ['name', 'active'],
])('%s %s is shown as it came', (name, value) => {
  expect(valueWords(name, value)).toEqual({});
});

test('a birth date is a day, the same in every time zone', () => {
  expect(valueWords('birthdate', '1986-04-12').day?.toISOString()).toBe('1986-04-12T00:00:00.000Z');
});
