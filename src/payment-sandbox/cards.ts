// Test cards, and what is wrong with a card that was typed. Real cards are refused: this takes no money and wants none.

export type CardOutcome = 'approve' | 'confirm' | 'late' | 'twice' | 'declined' | 'insufficient_funds';

export interface TestCard {
  readonly number: string;
  readonly brand: string;
  readonly outcome: CardOutcome;
}

/** All that this provider knows. */
export const testCards: readonly TestCard[] = [
  { number: '4242424242424242', brand: 'Visa', outcome: 'approve' },
  { number: '5555555555554444', brand: 'Mastercard', outcome: 'approve' },
  { number: '4000000000003220', brand: 'Visa', outcome: 'confirm' },
  { number: '4000000000000002', brand: 'Visa', outcome: 'declined' },
  { number: '4000000000009995', brand: 'Visa', outcome: 'insufficient_funds' },
  { number: '4000000000000259', brand: 'Visa', outcome: 'late' },
  { number: '4000000000000069', brand: 'Visa', outcome: 'twice' },
];

/** `4242 4242 4242 4242`. */
export function spacedNumber(number: string): string {
  return number.replace(/(.{4})(?=.)/g, '$1 ');
}

export interface TypedCard {
  readonly number: string;
  readonly expiry: string;
  readonly code: string;
}

export type CardField = 'number' | 'expiry' | 'code';

/** What is wrong, by field: the key of a text. */
export type CardProblems = Partial<Record<CardField, string>>;

export type ReadCard =
  | { readonly kind: 'card'; readonly card: TestCard }
  | { readonly kind: 'wrong'; readonly problems: CardProblems };

/** Reads what was typed; tells of every field that is wrong. */
export function readCard({ number, expiry, code }: TypedCard, now: Date): ReadCard {
  const digits = number.replace(/[\s-]/g, '');
  const card = testCards.find((one) => one.number === digits);
  const problems: CardProblems = {
    ...problem('number', numberProblem(digits, card)),
    ...problem('expiry', expiryProblem(expiry, now)),
    ...problem('code', /^\s*[0-9]{3}\s*$/.test(code) ? undefined : 'form'),
  };
  if (card === undefined || Object.keys(problems).length > 0) return { kind: 'wrong', problems };
  return { kind: 'card', card };
}

function problem(field: CardField, found: string | undefined): CardProblems {
  return found === undefined ? {} : { [field]: found };
}

function numberProblem(digits: string, card: TestCard | undefined): string | undefined {
  if (!/^[0-9]{13,19}$/.test(digits)) return 'form';
  if (!passesLuhn(digits)) return 'checksum';
  return card === undefined ? 'unknown' : undefined;
}

/** ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** A card is good until the end of its month, wherever on Earth that is last. */
function expiryProblem(expiry: string, now: Date): string | undefined {
  const [, month = '', year = ''] = /^\s*(0[1-9]|1[0-2])\s*\/\s*(?:20)?([0-9]{2})\s*$/.exec(expiry) ?? [];
  if (month === '') return 'form';
  const end = Date.UTC(2_000 + Number(year), Number(month), 1, 12);
  return end <= now.getTime() ? 'past' : undefined;
}
