// Money: integers of the smallest unit inside, `{ unit, value }` outside (decisions 22). Taxes are rounded half up for
// each line; what a bill adds up are the rounded lines, so that its sums are exact in every currency.
import type { Amount } from '../storage/order-tables.ts';

export type { Amount };

/** TM Forum's form. */
export interface Money {
  readonly unit: string;
  readonly value: number;
}

/** How many decimals a currency has: 2 for EUR and MUR, 0 for JPY. Throws RangeError for what is no currency code. */
export function decimalsOf(unit: string): number {
  const { maximumFractionDigits } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency: unit,
  }).resolvedOptions();
  return maximumFractionDigits ?? 2;
}

/** As an API says it: `{ unit: 'EUR', value: 12.34 }`. */
export function toMoney({ unit, minor }: Amount): Money {
  return { unit, value: Number(decimalText({ unit, minor })) };
}

/** What an API was given. Undefined for a value with more decimals than the currency has, and for one too large. */
export function fromMoney({ unit, value }: Money): Amount | undefined {
  if (!/^[A-Z]{3}$/.test(unit)) return undefined;
  const scaled = value * 10 ** decimalsOf(unit);
  const minor = Math.round(scaled);
  if (!Number.isSafeInteger(minor) || Number(decimalText({ unit, minor })) !== value) return undefined;
  return { unit, minor: minor === 0 ? 0 : minor };
}

/** Digits with a point, without a group separator: `-12.05`. For CSV files and whatever machines read. */
export function decimalText({ unit, minor }: Amount): string {
  if (!Number.isSafeInteger(minor)) throw new RangeError('an amount is an integer of the smallest unit');
  const decimals = decimalsOf(unit);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
  const sign = minor < 0 ? '-' : '';
  if (decimals === 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** As people read it: `1 234,50 €`. */
export function amountText({ unit, minor }: Amount, locale: 'fr' | 'en'): string {
  const format = new Intl.NumberFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', { style: 'currency', currency: unit });
  return format.format(Number(decimalText({ unit, minor })));
}

/** The sum; all must be of the unit. Throws RangeError for another one. */
export function addAmounts(unit: string, amounts: readonly Amount[]): Amount {
  let minor = 0;
  for (const one of amounts) {
    if (one.unit !== unit) throw new RangeError('amounts of different currencies do not add up');
    minor += one.minor;
  }
  return { unit, minor };
}

/** A price with its tax; `exclMinor + taxMinor = inclMinor` always. */
export interface Taxed {
  readonly exclMinor: number;
  readonly taxMinor: number;
  readonly inclMinor: number;
}

/**
 * Splits a price. `rate` in basis points. A price that includes its tax stays what was advertised: the tax is the part
 * of it, rounded half up; else the tax is rounded half up and added. A credit is rounded as the charge it takes back.
 */
export function taxed(minor: number, { rate, includesTax }: { rate: number; includesTax: boolean }): Taxed {
  const sign = minor < 0 ? -1 : 1;
  const size = BigInt(Math.abs(minor));
  const tax = Number(
    includesTax ? halfUp(size * BigInt(rate), BigInt(10_000 + rate)) : halfUp(size * BigInt(rate), 10_000n),
  );
  const taxMinor = tax === 0 ? 0 : sign * tax;
  return includesTax
    ? { exclMinor: minor - taxMinor, taxMinor, inclMinor: minor }
    : { exclMinor: minor, taxMinor, inclMinor: minor + taxMinor };
}

function halfUp(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}
