// The texts of the provider: equal in both languages, complete for every error, and set as a printer would.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorCatalogue } from '../src/errors.ts';

type Flat = readonly (readonly [key: string, text: string])[];

function flatten(node: unknown, path: readonly string[] = []): Flat {
  if (typeof node === 'string') return [[path.join('.'), node]];
  if (typeof node !== 'object' || node === null) throw new Error(`${path.join('.')} is neither text nor group`);
  return Object.entries(node).flatMap(([key, value]) => flatten(value, [...path, key]));
}

const folder = new URL('../views/texts/', import.meta.url);
const filesOf = (locale: string) =>
  readdirSync(folder).filter((name) => name === `${locale}.json` || name.endsWith(`.${locale}.json`));
const read = (locale: string): Flat =>
  filesOf(locale).flatMap((name) => flatten(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))));
const texts = { fr: read('fr'), en: read('en') };
const both = Object.entries(texts);
const offenders = (flat: Flat, pattern: RegExp) => flat.filter(([, text]) => pattern.test(text));
const placeholdersOf = (text: string) => (text.match(/\{\{[^}]*\}\}/g) ?? []).toSorted();

test('both languages have the same keys in the same order', () => {
  expect(texts.en.map(([key]) => key)).toEqual(texts.fr.map(([key]) => key));
});

test('no key is there twice, in a group or beside one', () => {
  for (const [locale, flat] of both) {
    for (const name of filesOf(locale)) {
      const source = readFileSync(new URL(name, folder), 'utf8');
      expect(`${JSON.stringify(JSON.parse(source), null, 2)}\n`).toBe(source);
    }
    expect(new Set(flat.map(([key]) => key)).size).toBe(flat.length);
  }
});

test('both languages use the same placeholders', () => {
  const english = new Map(texts.en);
  for (const [key, text] of texts.fr) {
    expect([key, placeholdersOf(english.get(key) ?? '')]).toEqual([key, placeholdersOf(text)]);
  }
});

describe.each(both)('in %s', (_locale, flat) => {
  test('no text is empty, padded or left to do', () => {
    expect(offenders(flat, /^\s*$|^\s|\s$| {2}|TODO|FIXME/)).toEqual([]);
  });

  test('every error has a title and a text', () => {
    const keys = new Set(flat.map(([key]) => key));
    const missing = Object.keys(errorCatalogue)
      .flatMap((code) => [`errorTitle.${code}`, `error.${code}`])
      .filter((key) => !keys.has(key));
    expect(missing).toEqual([]);
  });

  test('apostrophes, quotes and dots are typographic, and nothing is markup', () => {
    expect(offenders(flat, /['"]|\.\.\./)).toEqual([]);
    expect(offenders(flat, /<|>|&\w+;/)).toEqual([]);
  });
});

describe('French typography', () => {
  test('a narrow no-break space stands before ? ! ;', () => {
    expect(offenders(texts.fr, /[^\u202F][?!;]/)).toEqual([]);
  });

  test('a no-break space stands before a colon', () => {
    expect(offenders(texts.fr, /[^\u00A0]:(?!\/\/)/)).toEqual([]);
  });

  test('guillemets keep their no-break spaces inside', () => {
    expect(offenders(texts.fr, /«[^\u00A0\u202F]|[^\u00A0\u202F]»/)).toEqual([]);
  });
});

test('English has no space before punctuation', () => {
  expect(offenders(texts.en, /[\s\u00A0\u202F][?!;:,.]/)).toEqual([]);
});
