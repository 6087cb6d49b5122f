// French and English say the same things, and views ask only for texts that exist.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loginProblems } from '../../../src/portal/login-problems.ts';
import { createTranslate, isLocale, loadTexts } from '../../../src/portal/texts.ts';

const views = new URL('../../../views/portal/', import.meta.url);
const source = new URL('../../../src/portal/', import.meta.url);
const texts = loadTexts(new URL('texts/', views));
const placesOf = (text: string | undefined) => [...(text ?? '').matchAll(/\{\w+\}/g)].map(String).sort();

test('both languages have the same keys in the same order', () => {
  expect(Object.keys(texts.en)).toEqual(Object.keys(texts.fr));
});

test('both languages fill in the same values', () => {
  for (const key of Object.keys(texts.fr))
    expect([key, placesOf(texts.en[key])]).toEqual([key, placesOf(texts.fr[key])]);
});

test('no text is empty or has HTML in it', () => {
  for (const [key, text] of [...Object.entries(texts.fr), ...Object.entries(texts.en)]) {
    expect([key, text]).toEqual([key, expect.stringMatching(/^[^<>]+$/)]);
  }
});

test('French puts a no-break space before its double punctuation', () => {
  for (const [key, text] of Object.entries(texts.fr))
    expect([key, text]).toEqual([key, expect.not.stringMatching(/ [:;!?€»]/)]);
});

test('every fixed key in views and source exists', () => {
  const files = [
    ...readdirSync(views)
      .filter((name) => name.endsWith('.eta'))
      .map((name) => new URL(name, views)),
    ...readdirSync(source).map((name) => new URL(name, source)),
  ];
  const inCalls = /\bt\('([^']+)'|(?:text|title|notice): '([a-z][\w.-]+)'|'((?:notice|action)\.[\w-]+)'/g;
  const keys = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(inCalls)].map((hit) => hit[1] ?? hit[2] ?? hit[3]),
  );
  expect(keys.length).toBeGreaterThan(50);
  for (const key of keys) expect(Object.keys(texts.fr)).toContain(key);
});

test('every problem of a login has a title and a text', () => {
  for (const problem of Object.keys(loginProblems)) {
    expect(Object.keys(texts.fr)).toEqual(
      expect.arrayContaining([`problem.${problem}.title`, `problem.${problem}.text`]),
    );
  }
});

describe('saying a text', () => {
  const t = createTranslate({ fr: { hello: 'Bonjour {name}, {name} !' }, en: { hello: 'Hello {name}' } }, 'fr');

  test('fills every place of a value', () => {
    expect(t('hello', { name: 'Alice' })).toBe('Bonjour Alice, Alice !');
  });

  test('leaves a place without a value as it is', () => {
    expect(t('hello')).toBe('Bonjour {name}, {name} !');
  });

  test('takes a value literally, whatever signs it has', () => {
    expect(t('hello', { name: '$& {name}' })).toBe('Bonjour $& {name}, $& {name} !');
  });

  test('throws on a key that does not exist', () => {
    expect(() => t('goodbye')).toThrow('goodbye');
  });
});

test.each([
  ['fr', true],
  ['en', true],
  ['de', false],
  ['', false],
  [undefined, false],
  [['fr'], false],
])('is %j a language of the portal: %s', (value, expected) => {
  expect(isLocale(value)).toBe(expected);
});
