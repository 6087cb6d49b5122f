// How amounts of use are said: seconds, messages and bytes as people read them. Pure.
import type { Locale } from './texts.ts';

export type UsageUnit = 'second' | 'message' | 'byte';

export interface Quantity {
  readonly amount: number;
  readonly units: UsageUnit;
}

const tags: Readonly<Record<Locale, string>> = { fr: 'fr-FR', en: 'en-GB' };
const kilo = 1_000;

/** `3,2 Go`, `2 h 05 min`, `14`. */
export function quantityText({ amount, units }: Quantity, locale: Locale): string {
  if (units === 'second') return durationText(amount);
  const number = new Intl.NumberFormat(tags[locale], { maximumFractionDigits: 1 });
  if (units === 'message') return number.format(amount);
  const sizes = locale === 'fr' ? ['octets', 'ko', 'Mo', 'Go', 'To'] : ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(sizes.length - 1, amount < kilo ? 0 : Math.floor(Math.log10(amount) / 3));
  return `${number.format(amount / kilo ** step)}\u00a0${sizes[step]}`;
}

function durationText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  if (minutes >= 60) return `${Math.floor(minutes / 60)}\u00a0h\u00a0${two(minutes % 60)}\u00a0min`;
  if (minutes === 0) return `${seconds}\u00a0s`;
  return seconds % 60 === 0 ? `${minutes}\u00a0min` : `${minutes}\u00a0min\u00a0${two(seconds % 60)}\u00a0s`;
}

/** How far the arc of a gauge goes: dash and gap of a half circle of this length. */
export function arcOf(percent: number, length: number): string {
  const shown = Math.round(Math.min(100, Math.max(0, percent)) * length) / 100;
  return `${shown} ${length}`;
}
