// Which values of userinfo and of the account API have words of their own, and which are days.
// Pure. What it does not know is shown as it came.

export interface ValueWords {
  /** Key of the text that says the value. */
  readonly words?: string;
  /** The day that it names, at midnight UTC. */
  readonly day?: Date;
}

const languages = ['fr', 'en'];

// Texts `value.<name>.<value>`; names as claims (OpenID Connect) and attributes (TM Forum) spell them.
// A map, because the API's names are foreign: `constructor` must find nothing.
const known: ReadonlyMap<string, readonly string[]> = new Map([
  ['gender', ['female', 'male']],
  ['status', ['active']],
  ['accountKind', ['main', 'secondary', 'group']],
  ['mediumType', ['email', 'mobile']],
]);

/** Finds words for the value of a claim or attribute; nothing if there are none. */
export function valueWords(name: string, value: string): ValueWords {
  if (value === 'true' || value === 'false') return { words: `value.${value}` };
  if (name === 'locale' || name === 'language') return languageWords(value);
  if (name === 'birthdate') return dayOf(value);
  return known.get(name)?.includes(value) === true ? { words: `value.${name}.${value}` } : {};
}

/** `fr`, and `fr-FR` as BCP 47 has it. */
function languageWords(value: string): ValueWords {
  const [language = ''] = value.toLowerCase().split('-');
  return languages.includes(language) ? { words: `layout.language.${language}` } : {};
}

/** A whole date of ISO 8601; a year alone, which the claim may be, is no day. */
function dayOf(value: string): ValueWords {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : undefined;
  return day === undefined || Number.isNaN(day.getTime()) || value.startsWith('0000') ? {} : { day };
}
