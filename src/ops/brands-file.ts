// Brands by configuration: a JSON file that adds brands to the built-in ones or replaces them. Mistakes are told by
// entry and field, never by value.
import { z } from 'zod';
import { type Country, isCountry } from '../identifiers.ts';
import { paletteOf } from './brand-colours.ts';
import type { Brand } from './brands.ts';
import { contrast } from './contrast.ts';

/** Text of white cards and dark cards is at least this far from its ground (WCAG 2.2, 1.4.3). */
const leastContrast = 4.5;

const colour = z.string().regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as #0b4f71');
const readable = (page: 'light' | 'dark') =>
  colour.refine((text) => standsOut(text, page), {
    error: `must stand out from a ${page} page by ${leastContrast} to 1 or more`,
  });

/** On every ground of the pages, and what is written on it. */
function standsOut(text: string, page: 'light' | 'dark'): boolean {
  const palette = paletteOf({ light: text, dark: text, accent: text })[page];
  const others = ['ground', 'ground-far', 'tint', 'card', 'on-brand'].map((name) => palette[name] ?? '#ffffff');
  return others.every((other) => contrast(text, other) >= leastContrast);
}
const rate = z
  .int('must be a whole number (2000 is 20 %)')
  .min(0, 'must be 0 or more')
  .max(10_000, 'must be 10000 or less');

const brandSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be lower-case letters, digits and hyphens, at most 32'),
  name: z.string().trim().min(1, 'must not be empty').max(60, 'must have at most 60 characters'),
  issuerPath: z
    .string()
    .regex(/^(\/[a-z][a-z0-9-]{0,31})?$/, 'must be empty, or a slash and lower-case letters, such as /ile')
    .refine((path) => !taken.has(path), 'must not be a path that the provider itself uses'),
  currency: z.string().refine(isCurrency, 'must be a currency of ISO 4217, such as EUR'),
  country: z.custom<Country>(
    (text) => typeof text === 'string' && isCountry(text),
    'must be a country of ISO 3166, such as MU',
  ),
  locale: z.string().refine(isLocale, 'must be a language and a region, such as en-MU'),
  languages: z
    .tuple([z.enum(['fr', 'en'], 'must be fr or en')], z.enum(['fr', 'en'], 'must be fr or en'))
    .default(['fr', 'en']),
  timeZone: z.string().refine(isTimeZone, 'must be a time zone, such as Indian/Mauritius'),
  helpline: z
    .string()
    .regex(/^\+?[0-9][0-9 ]{1,18}$/, 'must be digits as they are dialled, or null')
    .nullable()
    .default(null),
  mobileConnect: z.boolean('must be true or false').default(false),
  identifierKinds: z
    .array(z.enum(['email', 'msisdn', 'account_id', 'customer_id'], 'must be email, msisdn, account_id or customer_id'))
    .min(1, 'must name one or more')
    .transform(([first = 'email' as const, ...others]) => [first, ...others] as const),
  taxRates: z.strictObject({ standard: rate, reduced: rate.default(0), exempt: z.literal(0, 'must be 0').default(0) }),
  numbering: z
    .strictObject({
      mccMnc: z.string().regex(/^[0-9]{3}_[0-9]{2,3}$/, 'must be mcc_mnc, such as 617_99'),
      prefixes: z
        .array(z.string().regex(/^\+[1-9][0-9]{1,14}$/, 'must be leading digits with a plus sign'))
        .min(1, 'must name one or more')
        .max(1_000, 'must be at most 1000'),
    })
    .nullable()
    .default(null),
  colours: z.strictObject({
    light: readable('light'),
    dark: readable('dark'),
    accent: colour,
  }),
});

/** Paths of the root issuer that an issuer below it would hide. */
const taken = new Set(
  `account api assets auth backchannel brands developers discovery interaction introspection jwks lines mobile-connect
   par premiuminfo proxy-contests public reg register revocation session si-authorize static token userinfo`
    .split(/\s+/)
    .map((word) => `/${word}`),
);

const fileSchema = z.array(brandSchema, 'must be a list of brands').max(50, 'must be at most 50 brands');

export type ReadBrands = { readonly brands: readonly Brand[] } | { readonly mistakes: readonly string[] };

/** Reads the text of the file. Each mistake says where it is and what is expected there. */
export function readBrandsFile(text: string): ReadBrands {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return { mistakes: ['must be a readable file with JSON'] };
  }
  const read = fileSchema.safeParse(given, { reportInput: true });
  if (!read.success) return { mistakes: read.error.issues.map((issue) => placed(given, issue)) };
  const twice = read.data.find(({ id }, index) => read.data.findIndex((other) => other.id === id) < index);
  if (twice !== undefined) return { mistakes: [`brand ${twice.id} must be there once`] };
  return { brands: read.data };
}

function placed(given: unknown, issue: z.core.$ZodIssue): string {
  const [index, ...path] = issue.path;
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
  if (typeof index !== 'number') return issue.message;
  const entry = `brand ${index + 1}${nameOf(given, index)}`;
  const field = [...path, ...keys.slice(0, 1)].join('.');
  if (keys.length > 0) return `${entry}, field ${field}: there is no such field`;
  const missing = issue.input === undefined;
  return `${entry}, field ${field}: ${missing ? 'needed' : issue.message}`;
}

// The id is a name that stands in addresses; it is told only if it is spelled like one.
function nameOf(given: unknown, index: number): string {
  const id = z.array(z.unknown()).safeParse(given).data?.[index];
  const read = z.looseObject({ id: brandSchema.shape.id }).safeParse(id);
  return read.success ? ` (${read.data.id})` : '';
}

function isCurrency(code: string): boolean {
  return Intl.supportedValuesOf('currency').includes(code);
}

function isLocale(tag: string): boolean {
  return /^(fr|en)-[A-Z]{2}$/.test(tag);
}

function isTimeZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
