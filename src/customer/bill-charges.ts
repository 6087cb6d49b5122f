// What a bill charges: the plan, options and subscriptions of a month, and what has waited for it; with the taxes of
// the brand on each line. Pure.
import type { TaxCategory } from '../ops/brands.ts';
import type { BillingPeriod } from '../storage/billing-runs.ts';
import type { ChargeKind, PendingChargeRow } from '../storage/billing-tables.ts';
import type { ContractOptionRow, LocalText, SubscriptionItemRow } from '../storage/order-tables.ts';
import { type Catalogue, findOffer, findOption } from './catalogue.ts';
import { type Taxed, taxed } from './money.ts';

/** The sections of a bill in the order in which it shows them. */
export const chargeKinds: readonly ChargeKind[] = [
  'subscription',
  'option',
  'third_party',
  'usage',
  'out_of_bundle',
  'topup',
  'deferred',
  'credit',
];

/** Something to be charged, before its tax is worked out. */
export interface Charge {
  readonly kind: ChargeKind;
  readonly label: LocalText;
  readonly quantity?: number;
  readonly minor: number;
  readonly includesTax: boolean;
  readonly taxCategory: TaxCategory;
  readonly lineId?: string | null;
  readonly startsAt?: Date | null;
  readonly endsAt?: Date | null;
}

/** A line of a bill. */
export interface ChargedLine extends Taxed {
  readonly kind: ChargeKind;
  readonly label: LocalText;
  readonly quantity: number;
  readonly taxCategory: TaxCategory;
  /** Basis points. */
  readonly taxRate: number;
  readonly lineId: string | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
}

/** Works out taxes, in the order of the sections. */
export function chargedLines(
  charges: readonly Charge[],
  taxRates: Readonly<Record<TaxCategory, number>>,
): ChargedLine[] {
  const place = ({ kind }: { kind: ChargeKind }) => chargeKinds.indexOf(kind);
  return charges
    .toSorted((a, b) => place(a) - place(b))
    .map(({ minor, includesTax, taxCategory, ...charge }) => {
      const taxRate = taxRates[taxCategory];
      const { kind, label, quantity = 1, lineId = null, startsAt = null, endsAt = null } = charge;
      return {
        ...{ kind, label, quantity, lineId, startsAt, endsAt, taxCategory, taxRate },
        ...taxed(minor, { rate: taxRate, includesTax }),
      };
    });
}

/** The sums of lines. */
export function sumOfLines(lines: readonly Taxed[]): Taxed {
  const sum = { exclMinor: 0, taxMinor: 0, inclMinor: 0 };
  for (const { exclMinor, taxMinor, inclMinor } of lines) {
    sum.exclMinor += exclMinor;
    sum.taxMinor += taxMinor;
    sum.inclMinor += inclMinor;
  }
  return sum;
}

export interface TaxTotal extends Taxed {
  readonly taxCategory: TaxCategory;
  readonly taxRate: number;
}

/** The table of taxes, highest rate first: for each category and rate the sums of its lines. */
export function taxTotals(
  lines: readonly (Taxed & { readonly taxCategory: TaxCategory; readonly taxRate: number })[],
): TaxTotal[] {
  const groups = Map.groupBy(lines, ({ taxCategory, taxRate }) => `${taxRate} ${taxCategory}`);
  return [...groups.values()]
    .flatMap(([first, ...rest]) => {
      if (first === undefined) return [];
      const { taxCategory, taxRate } = first;
      return [{ taxCategory, taxRate, ...sumOfLines([first, ...rest]) }];
    })
    .toSorted((a, b) => b.taxRate - a.taxRate || a.taxCategory.localeCompare(b.taxCategory));
}

interface MonthOf {
  readonly catalogue: Catalogue;
  readonly offerId: string | null;
  readonly options: readonly ContractOptionRow[];
  readonly subscriptions: readonly SubscriptionItemRow[];
  readonly period: BillingPeriod;
  /** Of the contract, if it has one alone. */
  readonly lineId: string | null;
}

/** What a month costs by itself. Prices of the catalogue and of partners include their tax. */
export function chargesOfMonth({ catalogue, offerId, options, subscriptions, period, lineId }: MonthOf): Charge[] {
  const month = { startsAt: period.start, endsAt: period.end, lineId, includesTax: true };
  const offer = findOffer(catalogue, offerId);
  return [
    ...(offer === undefined
      ? []
      : [
          {
            ...month,
            kind: 'subscription',
            label: offer.name,
            minor: offer.price.minor,
            taxCategory: 'standard',
          } as const,
        ]),
    ...options.map((one) => ({
      ...(one.recurring ? month : { ...month, startsAt: one.since, endsAt: null }),
      ...{ kind: 'option' as const, minor: one.priceMinor, taxCategory: 'standard' as const },
      label: findOption(catalogue, one.optionId)?.name ?? { fr: one.optionId, en: one.optionId },
    })),
    ...subscriptions.map(({ name, partner, priceMinor, category }) => ({
      ...{ ...month, kind: 'third_party' as const, minor: priceMinor },
      label: { fr: `${name} (${partner})`, en: `${name} (${partner})` },
      // The press is taxed less.
      taxCategory: category === 'reading' ? ('reduced' as const) : ('standard' as const),
    })),
  ];
}

/** A charge that has waited. */
export function chargeOfPending(row: PendingChargeRow): Charge {
  const { kind, label, quantity, minor, includesTax, taxCategory, lineId, chargedAt } = row;
  return { kind, label, quantity, minor, includesTax, taxCategory, lineId, startsAt: chargedAt, endsAt: null };
}

/** Credit that is larger than the bill waits for the next one: the line that takes it off this one, if there is any. */
export function carriedOver(lines: readonly Taxed[]): Charge | undefined {
  const { inclMinor } = sumOfLines(lines);
  if (inclMinor >= 0) return undefined;
  const label = { fr: 'Avoir reporté sur votre prochaine facture', en: 'Credit carried over to your next bill' };
  return { kind: 'credit', label, minor: -inclMinor, includesTax: true, taxCategory: 'exempt' };
}
