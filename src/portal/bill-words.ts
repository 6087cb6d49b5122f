// How amounts, days and rates of bills are written, and how amounts add up. Pure.
import type { Money } from './bill-bodies.ts';

export interface BillWords {
  money(amount: Money): string;
  day(at: Date): string;
  /** `octobre 2026`, `16 oct. – 15 nov. 2026`; the end of a period is the first moment after it. */
  period(from: Date, until: Date): string;
  moment(at: Date): string;
  /** `20`, `8,1`. */
  number(value: number): string;
}

export interface Place {
  /** BCP 47, with the country: how numbers and dates are written there. */
  readonly region: string;
  readonly timeZone: string;
}

/** Makes the words of one place. */
export function billWords({ region, timeZone }: Place): BillWords {
  const days = new Intl.DateTimeFormat(region, { dateStyle: 'long', timeZone });
  const spans = new Intl.DateTimeFormat(region, { dateStyle: 'medium', timeZone });
  const months = new Intl.DateTimeFormat(region, { month: 'long', year: 'numeric', timeZone });
  const dayOfMonth = new Intl.DateTimeFormat('en', { day: 'numeric', timeZone });
  // The first of a month is the only day that French says as an ordinal number.
  const said = (text: string) => (region.startsWith('fr') ? text.replace(/^1 /, '1er ') : text);
  const moments = new Intl.DateTimeFormat(region, { dateStyle: 'long', timeStyle: 'short', timeZone });
  const numbers = new Intl.NumberFormat(region);
  return {
    money: ({ unit, value }) => new Intl.NumberFormat(region, { style: 'currency', currency: unit }).format(value),
    day: (at) => said(days.format(at)),
    period(from, until) {
      const last = new Date(until.getTime() - 1);
      const isMonth = [from, until].every((at) => dayOfMonth.format(at) === '1');
      if (isMonth && months.format(from) === months.format(last)) return months.format(from);
      return spans.formatRange(from, last);
    },
    moment: (at) => said(moments.format(at)),
    number: (value) => numbers.format(value),
  };
}

/** The sum of amounts of one currency, without what binary fractions would add. Undefined for none or for several. */
export function sumOf(amounts: readonly Money[]): Money | undefined {
  const unit = amounts[0]?.unit;
  if (unit === undefined || amounts.some((one) => one.unit !== unit)) return undefined;
  const scale = 10 ** decimalsOf(unit);
  const minor = amounts.reduce((sum, { value }) => sum + Math.round(value * scale), 0);
  return { unit, value: minor / scale };
}

function decimalsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
