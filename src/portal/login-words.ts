// Turns acr and amr of an ID token into words for a person, and masks numbers and addresses.
// Pure. Knows the `loa` vocabulary and both spellings of amr (RFC 8176 and Mobile Connect).

export type LoginMethod = 'phone-pin' | 'phone-ok' | 'password' | 'unknown';

export interface LoginFacts {
  readonly acr: string | undefined;
  readonly amr: readonly string[];
}

/** Says how a person logged in. When acr and amr disagree, amr is believed: it names what was done. */
export function describeLogin({ acr, amr }: LoginFacts): LoginMethod {
  if (amr.includes('SIM_PIN') || (amr.includes('sc') && amr.includes('pin'))) return 'phone-pin';
  if (amr.includes('SIM_OK') || amr.includes('sc')) return 'phone-ok';
  if (amr.includes('UID_PWD') || amr.includes('pwd')) return 'password';
  return methodOfLevel(acr);
}

function methodOfLevel(acr: string | undefined): LoginMethod {
  if (acr === '3') return 'phone-pin';
  if (acr === '2') return 'phone-ok';
  if (acr === '1') return 'password';
  return 'unknown';
}

/** Tells whether an achieved acr meets the least one asked for, of the same vocabulary: digits in rising order. */
export function meetsLevel(achieved: string | undefined, asked: string): boolean {
  const [, vocabulary, level] = /^(eidas)?(\d)$/.exec(achieved ?? '') ?? [];
  const [, askedVocabulary, askedLevel] = /^(eidas)?(\d)$/.exec(asked) ?? [];
  return level !== undefined && vocabulary === askedVocabulary && Number(level) >= Number(askedLevel);
}

/** Hides two digits before the last two: `+33639980001` → `+33 6 39 98 ** 01`. */
export function maskNumber(number: string): string {
  const digits = number.replaceAll(/\D/g, '');
  const french = /^33(\d)(\d\d)(\d\d)\d\d(\d\d)$/.exec(digits);
  if (french !== null) return `+33 ${french[1]} ${french[2]} ${french[3]} ** ${french[4]}`;
  return digits.length < 6 ? '**' : `${number.startsWith('+') ? '+' : ''}${digits.slice(0, -4)}**${digits.slice(-2)}`;
}

/** Keeps the first letter and the domain: `alice@exemple.test` → `a•••@exemple.test`. */
export function maskEmail(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '•••' : `${[...address][0]}•••${address.slice(at)}`;
}

const wholeNumber = /^\+?\d[\d .-]{7,16}\d$/;
const wholeEmail = /^[^\s@]+@[^\s@]+$/;

/** Masks a value if all of it is a telephone number or an e-mail address. */
export function maskContact(value: string): string {
  if (wholeEmail.test(value)) return maskEmail(value);
  return wholeNumber.test(value) && value.replaceAll(/\D/g, '').length >= 9 ? maskNumber(value) : value;
}
