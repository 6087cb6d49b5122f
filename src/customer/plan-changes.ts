// Which plans a contract may have, and what an order that changes the plan holds: the plan itself and the end of the
// options that do not go with it.
import { listContractOptions } from '../storage/contract-products.ts';
import type { RelatedContract } from '../storage/contracts.ts';
import type { Tx } from '../storage/database.ts';
import type { Amount, ContractOptionRow, OrderItem } from '../storage/order-tables.ts';
import { hasOpenPlanOrder } from '../storage/orders.ts';
import { type Catalogue, catalogueOf, findOffer, findOption, type Offer, type Option } from './catalogue.ts';
import type { EligibleOffer } from './order-types.ts';
import { mayOnContract } from './permissions.ts';

/** The plans that a contract may change to or be renewed with. */
export function eligibleOffers(catalogue: Catalogue, { contract, relation }: RelatedContract): EligibleOffer[] {
  const fitting = catalogue.offers.filter(
    ({ kind, segment }) => kind === contract.kind && segment === contract.segment,
  );
  const mayRenew = mayOnContract(relation, 'own');
  return fitting
    .map((offer) => {
      const change = offer.id === contract.offerId ? [] : (['change'] as const);
      const renewal = mayRenew && offer.commitmentMonths > 0 ? (['renewal'] as const) : [];
      return { offer, actions: [...change, ...renewal] };
    })
    .filter(({ actions }) => actions.length > 0);
}

export interface PlanWanted {
  readonly found: RelatedContract;
  readonly offerId: string;
  readonly action: 'change' | 'renewal';
  readonly acceptedPrice: Amount | undefined;
}

export type PlanChange =
  | { readonly kind: 'fits'; readonly items: readonly OrderItem[]; readonly endingOptions: readonly string[] }
  | { readonly kind: 'unknown-item' | 'incompatible' | 'order-open' | 'price-changed' };

/** What an order for that plan holds, with the contract taken; or why there is none. */
export async function planChange(tx: Tx, { found, offerId, action, acceptedPrice }: PlanWanted): Promise<PlanChange> {
  const { id: contractId, brand } = found.contract;
  const catalogue = catalogueOf(brand);
  const offer = findOffer(catalogue, offerId);
  if (offer === undefined) return { kind: 'unknown-item' };
  const eligible = eligibleOffers(catalogue, found).find((one) => one.offer.id === offerId);
  if (!eligible?.actions.includes(action)) return { kind: 'incompatible' };
  if (await hasOpenPlanOrder(tx, contractId)) return { kind: 'order-open' };
  if (acceptedPrice !== undefined && !samePrice(offer.price, acceptedPrice)) return { kind: 'price-changed' };
  const ending = (await listContractOptions(tx, contractId)).filter((row) => !offer.options.includes(row.optionId));
  return {
    kind: 'fits',
    items: [itemOf('modify', offer), ...ending.flatMap((row) => endingItem(catalogue, row))],
    endingOptions: ending.map(({ optionId }) => optionId),
  };
}

function endingItem(catalogue: Catalogue, { optionId }: ContractOptionRow): OrderItem[] {
  const option = findOption(catalogue, optionId);
  return option === undefined ? [] : [itemOf('delete', option)];
}

/** A plan or an option as an order names it, at its price of now. */
export function itemOf(action: OrderItem['action'], thing: Offer | Option): OrderItem {
  const { id, name, price } = thing;
  const isOption = 'incompatibleWith' in thing;
  const recurring = isOption ? thing.recurring : true;
  return { action, what: isOption ? 'option' : 'offer', id, name, price, recurring };
}

/** True for the same amount of the same currency. */
export function samePrice(one: Amount, other: Amount): boolean {
  return one.unit === other.unit && one.minor === other.minor;
}
