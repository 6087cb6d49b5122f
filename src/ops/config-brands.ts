// Which brands a deployment serves and whose numbers it knows, from the variables that say so. BRAND comes first and
// is at the root, whatever path it usually has.

import { type Brand, type Brands, createBrands } from './brands.ts';
import { builtInBrands } from './brands-built-in.ts';
import { readBrandsFile } from './brands-file.ts';
import { createNumberingPlan, type NumberingPlan, type Operator } from './numbering-plan.ts';

/** As they were read: undefined where a variable has a mistake, which is told already. */
interface Given {
  readonly provider: {
    readonly brand: string | undefined;
    readonly brands: readonly string[] | undefined;
    readonly brandsFile?: string | undefined;
  };
  readonly operators: { readonly plan: NumberingPlan | undefined };
}

export interface ResolvedBrands {
  readonly brands: Brands;
  /** NUMBERING_PLAN with the numbers of brands that bring their own. */
  readonly numbers: NumberingPlan;
  readonly mistakes: readonly { readonly variable: string; readonly expected: string }[];
}

/** Reads BRANDS_FILE, if there is one, and puts everything together. */
export function resolveBrands({ provider, operators }: Given, readFile: (path: string) => string): ResolvedBrands {
  const fromFile = provider.brandsFile === undefined ? { brands: [] } : readBrandsFile(readFile(provider.brandsFile));
  const more = 'brands' in fromFile ? fromFile.brands : [];
  const known = new Map([...builtInBrands, ...more].map((one) => [one.id, one]));
  const wanted = [...new Set([provider.brand ?? 'exemple', ...(provider.brands ?? []), ...more.map(({ id }) => id)])];
  const served = wanted.map((id) => known.get(id)).filter((one) => one !== undefined);
  const [main, ...others] = served;
  const all = main === undefined ? [] : [{ ...main, issuerPath: '' }, ...others];
  const blamed = more.length > 0 ? inFile : inList;
  const mistakes = [
    ...('mistakes' in fromFile ? fromFile.mistakes.map(inFile) : []),
    ...unknownOnes(provider, known),
    ...unlikeNeighbours(all).map(blamed),
  ];
  const { plan, clashing } = withOwnNumbers(operators.plan, all);
  return { brands: createBrands(all), numbers: plan, mistakes: [...mistakes, ...clashing.map(blamed)] };
}

function inList(expected: string) {
  return { variable: 'BRANDS', expected };
}

function inFile(expected: string) {
  return { variable: 'BRANDS_FILE', expected };
}

function unknownOnes({ brand, brands = [] }: Given['provider'], known: ReadonlyMap<string, Brand>) {
  const expected = 'must name brands that are built in or stand in BRANDS_FILE';
  const ofList = brands.every((id) => known.has(id)) ? [] : [{ variable: 'BRANDS', expected }];
  return brand === undefined || known.has(brand) ? ofList : [...ofList, { variable: 'BRAND', expected }];
}

/** One issuer has one country: national numbers in its login form and its hints are read one way. */
function unlikeNeighbours(all: readonly Brand[]): string[] {
  return createBrands(all).issuers.flatMap(({ main, brands }) =>
    brands
      .filter(({ country, currency }) => country !== main.country || currency !== main.currency)
      .map(
        ({ id }) =>
          `brand ${id}, field issuerPath: must not be the issuer of ${main.id}, which has another country or currency`,
      ),
  );
}

function withOwnNumbers(plan: NumberingPlan | undefined, all: readonly Brand[]) {
  const named = plan?.operators ?? [];
  const taken = new Set(named.flatMap(({ id, mccMnc, prefixes }) => [id, mccMnc, ...prefixes]));
  const clashing: string[] = [];
  const own: Operator[] = [];
  for (const { id, country, currency, numbering } of all) {
    if (numbering === null || taken.has(id)) continue;
    const claims = [numbering.mccMnc, ...numbering.prefixes];
    if (claims.some((claim) => taken.has(claim))) {
      clashing.push(`brand ${id}, field numbering: must not claim what another brand or NUMBERING_PLAN has`);
      continue;
    }
    for (const claim of [id, ...claims]) taken.add(claim);
    own.push({ id, country, currency, ...numbering });
  }
  return { plan: createNumberingPlan([...named, ...own]), clashing };
}
