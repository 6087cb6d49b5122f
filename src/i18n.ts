// Texts in French and English (i18next), and which language a person gets. Knows no page and no request.
import { readdirSync, readFileSync } from 'node:fs';
import i18next from 'i18next';

export type Locale = 'fr' | 'en';
export const locales: readonly Locale[] = ['fr', 'en'];
const fallback: Locale = 'fr';

export interface Texts {
  /** The text of a key such as `login.identify.title`. Throws for a key that does not exist: that is a bug. */
  t(locale: Locale, key: string, params?: Readonly<Record<string, string | number>>): string;
  has(key: string): boolean;
}

/** Reads `fr.json`, `en.json` and the files of single topics (`developers.fr.json`) of a folder, once. Values are not escaped here: the views do that. */
export function createTexts(folder: URL = new URL('../views/texts/', import.meta.url)): Texts {
  const resources = Object.fromEntries(locales.map((locale) => [locale, { translation: readTexts(folder, locale) }]));
  const engine = i18next.createInstance();
  // With `initAsync: false` and resources at hand, init is done when it returns.
  void engine.init({
    lng: fallback,
    fallbackLng: false,
    supportedLngs: locales,
    resources,
    initAsync: false,
    interpolation: { escapeValue: false },
  });
  return {
    t(locale, key, params = {}) {
      if (!engine.exists(key, { lng: locale })) throw new Error(`there is no text ${key} in ${locale}`);
      return engine.t(key, { ...params, lng: locale });
    },
    has: (key) => engine.exists(key, { lng: fallback }),
  };
}

/** The first of our languages in a list of language tags (BCP 47): `en-GB` is English. */
export function matchLocale(tags: readonly string[]): Locale | undefined {
  for (const tag of tags) {
    const primary = tag.toLowerCase().split('-')[0];
    const match = locales.find((locale) => locale === primary);
    if (match !== undefined) return match;
  }
  return undefined;
}

export interface LocaleWishes {
  /** Chosen by the person on this very page: nothing beats it. */
  readonly here?: Locale | undefined;
  /** `ui_locales` of the relying party, in order. */
  readonly uiLocales?: readonly string[] | undefined;
  /** Chosen by the person some time before (cookie). */
  readonly before?: Locale | undefined;
  /** `Accept-Language`, best first. */
  readonly accepted?: readonly string[] | undefined;
  /** For whoever wishes nothing that there is. */
  readonly otherwise?: Locale | undefined;
}

/** The language of a page. */
export function chooseLocale({ here, uiLocales = [], before, accepted = [], otherwise }: LocaleWishes): Locale {
  return here ?? matchLocale(uiLocales) ?? before ?? matchLocale(accepted) ?? otherwise ?? fallback;
}

function readTexts(folder: URL, locale: Locale): object {
  const names = readdirSync(folder).filter((name) => name === `${locale}.json` || name.endsWith(`.${locale}.json`));
  const all: Record<string, unknown> = {};
  for (const name of names) {
    const texts: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    if (typeof texts !== 'object' || texts === null) throw new Error(`${name} holds no object`);
    const twice = Object.keys(texts).find((group) => group in all);
    if (twice !== undefined) throw new Error(`${name} holds ${twice}, which another file holds too`);
    Object.assign(all, texts);
  }
  return all;
}
