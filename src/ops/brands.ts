// The brands of this deployment: what differs from one to the other is data here, and nowhere else. Brands with the
// same issuer path share one issuer, with its customers' way in, keys and clients; another path is another operator.

import type { Country } from '../identifiers.ts';

export type IdentifierKind = 'email' | 'msisdn' | 'account_id' | 'customer_id';

/** What is taxed alike; each brand says how much. */
export type TaxCategory = 'standard' | 'reduced' | 'exempt';

/** Colours as `#rrggbb`, for light and dark pages. */
export interface BrandColours {
  /** Buttons and links on white. */
  readonly light: string;
  /** The same on a dark page. */
  readonly dark: string;
  /** The stroke in the mark; tells nothing. */
  readonly accent: string;
}

export interface Brand {
  readonly id: string;
  readonly name: string;
  /** Path of its issuer: empty at the root, `/ile`. */
  readonly issuerPath: string;
  /** ISO 4217. */
  readonly currency: string;
  /** ISO 3166-1 alpha-2; national phone numbers are read as of this country. */
  readonly country: Country;
  /** BCP 47, for numbers and dates. */
  readonly locale: string;
  /** Languages of its pages and messages; the first is for those who wish nothing. */
  readonly languages: readonly ['fr' | 'en', ...('fr' | 'en')[]];
  readonly timeZone: string;
  /** The short number of its customer service, as it is dialled; shown on its pages. */
  readonly helpline: string | null;
  /** Whether its lines may have Mobile Connect; on the others it is not offered, and nobody is rung. */
  readonly mobileConnect: boolean;
  /** What its customers log in with. */
  readonly identifierKinds: readonly [IdentifierKind, ...IdentifierKind[]];
  /** By category, in basis points: 2000 is 20 %. */
  readonly taxRates: Readonly<Record<TaxCategory, number>>;
  /** Its own numbers, where NUMBERING_PLAN does not name them. */
  readonly numbering: { readonly mccMnc: string; readonly prefixes: readonly string[] } | null;
  readonly colours: BrandColours;
}

export interface Brands {
  readonly all: readonly Brand[];
  /** Throws for a brand that this deployment does not serve. */
  of(id: string): Brand;
  find(id: string): Brand | undefined;
  /** One entry for each issuer path, in the order of the brands. */
  readonly issuers: readonly BrandIssuer[];
  /** The issuer where customers of a brand are at home. Throws like `of`. */
  issuerOf(id: string): BrandIssuer;
}

/** An issuer with the brands that share it; the first gives it name, look and language. */
export interface BrandIssuer {
  readonly path: string;
  readonly main: Brand;
  readonly brands: readonly [Brand, ...Brand[]];
  /** True for a brand that is at home here. */
  serves(brand: string): boolean;
}

/** Makes the look-ups over brands, the main one first. */
export function createBrands(all: readonly Brand[]): Brands {
  const byId = new Map(all.map((brand) => [brand.id, brand]));
  const issuers = [...new Set(all.map(({ issuerPath }) => issuerPath))].flatMap((path): BrandIssuer[] => {
    const [main, ...others] = all.filter(({ issuerPath }) => issuerPath === path);
    if (main === undefined) return [];
    const ids = new Set([main, ...others].map(({ id }) => id));
    return [{ path, main, brands: [main, ...others], serves: (brand) => ids.has(brand) }];
  });
  const of = (id: string): Brand => {
    const brand = byId.get(id);
    if (brand === undefined) throw new Error(`there is no brand ${id}`);
    return brand;
  };
  return {
    all,
    of,
    find: (id) => byId.get(id),
    issuers,
    issuerOf(id) {
      const { issuerPath } = of(id);
      const found = issuers.find(({ path }) => path === issuerPath);
      if (found === undefined) throw new Error(`there is no issuer of brand ${id}`);
      return found;
    },
  };
}
