// Which plan the contracts of the demo have, with options and subscriptions; by the number of the contract. Data only.
import { catalogueOf, findOption } from '../customer/catalogue.ts';

/** An option at the price of today. */
function option(id: string) {
  const found = findOption(catalogueOf('exemple'), id);
  if (found === undefined) throw new Error(`there is no option ${id}`);
  return { id, price: found.price, recurring: found.recurring };
}

const television = {
  ...{ category: 'tv' as const, partner: 'Ciné Rivage', name: 'Grand Écran' },
  ...{ price: { unit: 'EUR', minor: 999 }, nextChargeInDays: 12 },
};
const reading = {
  ...{ category: 'reading' as const, partner: 'Le Kiosque du Port', name: 'Journaux et magazines' },
  ...{ price: { unit: 'EUR', minor: 799 }, nextChargeInDays: 20 },
};

export interface DemoProducts {
  readonly offerId: string;
  readonly options?: ReturnType<typeof option>[];
  readonly subscriptions?: (typeof television | typeof reading)[];
}

/** By number of the contract. */
export const demoProducts: ReadonlyMap<number, DemoProducts> = new Map([
  [1, { offerId: 'open-60', options: [option('opt-tv-cinema')], subscriptions: [television, reading] }],
  [2, { offerId: 'mobile-5' }],
  [3, { offerId: 'mobile-5' }],
  [4, { offerId: 'mobile-40', options: [option('opt-europe')] }],
  [5, { offerId: 'mobile-40' }],
  [6, { offerId: 'pro-mobile-80', options: [option('opt-world')] }],
  [7, { offerId: 'fixed-calls' }],
  [8, { offerId: 'mobile-150', options: [option('opt-music')] }],
  [9, { offerId: 'open-200', subscriptions: [television] }],
  [10, { offerId: 'home-fibre' }],
]);
