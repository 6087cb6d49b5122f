// The variables that say whose numbers are served, which brands have Mobile Connect, and what the time is there.
import { list, readBy, unlessServe, variable } from './config-values.ts';
import { planForm, readNumberingPlan } from './numbering-plan.ts';

const isBrand = (text: string): boolean => /^[a-z][a-z0-9-]{0,31}$/.test(text);

/** The time zones of customers, by the brand of their line or account. */
export interface TimeZones {
  of(brand: string): string;
}

const usualZone = 'Europe/Paris';

/** Reads `brand=zone` entries; undefined if one is malformed or names a zone that nobody knows. */
export function readTimeZones(text: string): TimeZones | undefined {
  const zones = new Map<string, string>();
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [brand = '', zone = '', ...rest] = entry.trim().split('=');
    if (!isBrand(brand) || rest.length > 0 || !isTimeZone(zone)) return undefined;
    zones.set(brand, zone);
  }
  return { of: (brand) => zones.get(brand) ?? usualZone };
}

function isTimeZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const operators = {
  mobileConnectBrands: list(
    {
      name: 'MOBILE_CONNECT_BRANDS',
      about: 'Brands whose lines may have Mobile Connect; on the others it is not offered, and nobody is rung.',
      fallback: (mode, environment) => (mode === 'serve' ? environment['BRAND'] || 'exemple' : 'exemple,exemple-eco'),
    },
    { expected: 'brands, separated by commas', item: isBrand },
  ),
  timeZones: variable(
    {
      name: 'BRAND_TIME_ZONES',
      about: `Time zone of a brand’s customers, for messages and pages. A brand that is not named has ${usualZone}.`,
      fallback: 'ile=Indian/Mauritius',
    },
    { expected: 'brand=zone, separated by commas, such as ile=Indian/Mauritius', schema: readBy(readTimeZones) },
  ),
  plan: variable(
    {
      name: 'NUMBERING_PLAN',
      about:
        'Operators and their numbers. A number of none of them is never rung and gets no SMS; discovery answers from it.',
      fallback: unlessServe(() => 'exemple:208_99:+3363998'),
      required: ['serve'],
    },
    { expected: planForm, schema: readBy(readNumberingPlan) },
  ),
};

export const operatorSections = { operators };
