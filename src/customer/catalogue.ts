// What a brand sells and where: data, one file for each brand. Prices are integers of the smallest unit.
import type { Amount, LocalText } from '../storage/order-tables.ts';
import { exempleCatalogue } from './catalogue-exemple.ts';
import { ileCatalogue } from './catalogue-ile.ts';
import type { ContractKind } from './contract-types.ts';

/** What is included each month; null: without limit, absent: nothing. */
export interface Allowances {
  readonly voiceMinutes?: number | null;
  readonly sms?: number | null;
  readonly mms?: number | null;
  readonly dataGigabytes?: number | null;
}

export interface Offer {
  readonly id: string;
  readonly kind: ContractKind;
  readonly segment: 'consumer' | 'professional';
  readonly name: LocalText;
  readonly description: LocalText;
  /** Each month. */
  readonly price: Amount;
  readonly allowances: Allowances;
  /** How long a renewal binds. */
  readonly commitmentMonths: 0 | 12 | 24;
  /** The options that go with it. */
  readonly options: readonly string[];
}

export interface Option {
  readonly id: string;
  readonly name: LocalText;
  readonly description: LocalText;
  readonly price: Amount;
  /** Each month, or once. */
  readonly recurring: boolean;
  readonly incompatibleWith: readonly string[];
}

export interface Handset {
  readonly id: string;
  readonly name: string;
  readonly storageGigabytes: number;
  readonly price: Amount;
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

export interface Shop {
  readonly id: string;
  readonly name: string;
  readonly street: string;
  readonly postCode: string;
  readonly city: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Local opening times, `09:30-12:30`; days that are not named are closed. */
  readonly hours: Readonly<Partial<Record<Weekday, readonly string[]>>>;
}

export interface Catalogue {
  readonly termsVersion: string;
  readonly timeZone: string;
  readonly offers: readonly Offer[];
  readonly options: readonly Option[];
  readonly handsets: readonly Handset[];
  readonly shops: readonly Shop[];
}

const none: Catalogue = { termsVersion: '1', timeZone: 'UTC', offers: [], options: [], handsets: [], shops: [] };

const catalogues: Readonly<Record<string, Catalogue>> = { exemple: exempleCatalogue, ile: ileCatalogue };

/** The catalogue of a brand; an empty one for a brand that sells nothing here. */
export function catalogueOf(brand: string): Catalogue {
  return catalogues[brand] ?? none;
}

/** The offer of this id, if it is sold. */
export function findOffer({ offers }: Catalogue, id: string | null): Offer | undefined {
  return offers.find((one) => one.id === id);
}

/** The option of this id, if it is sold. */
export function findOption({ options }: Catalogue, id: string): Option | undefined {
  return options.find((one) => one.id === id);
}

/** True if two options, each by its own word, may stand in one contract. */
export function goTogether(one: Option, other: Option): boolean {
  return !one.incompatibleWith.includes(other.id) && !other.incompatibleWith.includes(one.id);
}
