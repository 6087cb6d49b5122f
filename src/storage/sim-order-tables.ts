// Row types of migration 0021: what an order of a replacement SIM has beside every order, and the phone of a line.
import type { ColumnType, Selectable } from 'kysely';
import type { Address } from './contract-tables.ts';

type Json<T> = ColumnType<T, string, never>;

export type SimOrderReason = 'lost' | 'stolen' | 'defective' | 'other';

/** Whom the letter is for. */
export interface SimRecipient {
  readonly title?: string | undefined;
  readonly givenName: string;
  readonly familyName: string;
}

/** How whoever brings it can ask for the way. */
export interface SimOrderContact {
  readonly emailAddress?: string | undefined;
  /** E.164. */
  readonly phoneNumber?: string | undefined;
}

export interface SimOrder {
  orderId: string;
  simId: string;
  reason: SimOrderReason;
  recipient: Json<SimRecipient>;
  address: Json<Address>;
  contact: Json<SimOrderContact>;
}

/** Where the network has seen the SIM of a line last. */
export interface LineHandset {
  lineId: string;
  model: string;
  /** Type and last two digits: `35209900*****12`. */
  imeiMasked: string;
  since: Date;
}

export interface SimOrderTables {
  simOrders: SimOrder;
  lineHandsets: LineHandset;
}

export type SimOrderRow = Selectable<SimOrder>;
export type LineHandsetRow = Selectable<LineHandset>;
