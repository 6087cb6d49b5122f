// What a diagnosis found, said to a person: results, proposed actions, names of tests.
import { createTexts, type Locale, type Texts } from '../i18n.ts';

/** The words of all results, actions and tests. */
export function diagnosisTexts(): Texts {
  return createTexts(new URL('../../views/diagnostics/', import.meta.url));
}

export interface DiagnosisWords {
  result(code: string): string;
  action(code: string): string;
  test(name: string): string;
  caseName(): string;
}

/** The words in one language; a test of another version is called by its own name. */
export function diagnosisWords(texts: Texts, locale: Locale): DiagnosisWords {
  return {
    result: (code) => texts.t(locale, `result.${code}`),
    action: (code) => texts.t(locale, `action.${code}`),
    test: (name) => (texts.has(`test.${name}`) ? texts.t(locale, `test.${name}`) : name),
    caseName: () => texts.t(locale, 'case.name'),
  };
}
