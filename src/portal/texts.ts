// The portal's words in French and English: loading, choosing a language, filling in values.
// Views ask for texts by key; an unknown key is a bug and throws, so that a test finds it.

import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

export const locales = ['fr', 'en'] as const;
export type Locale = (typeof locales)[number];

/** Says the text of a key, with `{name}` places filled from the values. */
export type Translate = (key: string, values?: Readonly<Record<string, string>>) => string;

export type Texts = Readonly<Record<Locale, Readonly<Record<string, string>>>>;

const textFile = z.record(z.string(), z.string());

export function isLocale(value: unknown): value is Locale {
  return locales.some((locale) => locale === value);
}

/**
 * Reads `fr.json`, `en.json` and the files of single topics (`callcentre.fr.json`) of a folder.
 *
 * @throws when a file is not a flat object of strings.
 */
export function loadTexts(folder: URL): Texts {
  const read = (locale: Locale) => {
    const names = readdirSync(folder).filter((name) => name === `${locale}.json` || name.endsWith(`.${locale}.json`));
    const files = names.map((name) => textFile.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))));
    return Object.assign({}, ...files);
  };
  return { fr: read('fr'), en: read('en') };
}

/** Makes the function that views use to say texts in one language. */
export function createTranslate(texts: Texts, locale: Locale): Translate {
  return (key, values = {}) => {
    const text = texts[locale][key];
    if (text === undefined) throw new Error(`No text for "${key}" in ${locale}.`);
    return text.replaceAll(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
  };
}
