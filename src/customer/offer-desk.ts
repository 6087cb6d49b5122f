// The offer and the options of a contract (B51, A33, B26): what it has, what it may have, and ordering that.
import { newId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import {
  findCommitment,
  insertContractOption,
  listContractOptions,
  listSubscriptionItems,
  markOptionsEnding,
} from '../storage/contract-products.ts';
import type { RelatedContract } from '../storage/contracts.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { ContractOptionRow, OrderItem, OrderRow, OrderType } from '../storage/order-tables.ts';
import { findOrderByKey, hasOpenPlanOrder, insertOrder } from '../storage/orders.ts';
import { type Catalogue, catalogueOf, findOffer, findOption, goTogether, type Option } from './catalogue.ts';
import { findAllowedContract, takeAllowedContract } from './contract-access.ts';
import { viewOfOrder } from './order-desk.ts';
import { type OrderTellingDeps, tellOrder } from './order-telling.ts';
import type { OfferDesk, OptionView, OptionWish, OrderOutcome, PlanWish } from './order-types.ts';
import { eligibleOffers, itemOf, planChange, samePrice } from './plan-changes.ts';

export interface OfferDeskDeps extends OrderTellingDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly brand: string;
  readonly randomBytes: (size: number) => Buffer;
}

/** Makes the desk over its dependencies. */
export function createOfferDesk(deps: OfferDeskDeps): OfferDesk {
  const { database, brand } = deps;
  const { db } = database;
  const catalogue = catalogueOf(brand);
  const find = (accountId: OptionWish['accountId'], contractId: string) =>
    findAllowedContract(db, { accountId, contractId, action: 'manage' });
  return {
    catalogue: () => catalogue,
    async offer(accountId, contractId) {
      const found = await find(accountId, contractId);
      const offer = found && findOffer(catalogue, found.contract.offerId);
      if (offer === undefined) return undefined;
      const commitment = await findCommitment(db, contractId);
      return { offer, committedUntil: commitment?.until, isChanging: await hasOpenPlanOrder(db, contractId) };
    },
    async offers(accountId, contractId) {
      const found = await find(accountId, contractId);
      return found && eligibleOffers(catalogue, found);
    },
    async options(accountId, contractId) {
      const found = await find(accountId, contractId);
      return found && optionViews(catalogue, found, await listContractOptions(db, contractId));
    },
    async subscriptions(accountId, contractId) {
      return (await find(accountId, contractId)) && (await listSubscriptionItems(db, contractId));
    },
    addOption: (wish) => database.transaction((tx) => addOption(deps, tx, wish)),
    removeOption: (wish) => database.transaction((tx) => removeOption(deps, tx, wish)),
    changePlan: (wish) => database.transaction((tx) => changePlan(deps, tx, wish)),
  };
}

function optionViews(
  catalogue: Catalogue,
  { contract }: RelatedContract,
  rows: readonly ContractOptionRow[],
): OptionView[] {
  const offer = findOffer(catalogue, contract.offerId);
  const had = rows.flatMap(({ optionId }) => findOption(catalogue, optionId) ?? []);
  return catalogue.options
    .filter(({ id }) => offer?.options.includes(id) || had.some((one) => one.id === id))
    .map((option) => {
      const row = rows.find(({ optionId }) => optionId === option.id);
      if (row === undefined) {
        const fits = had.every((other) => goTogether(option, other));
        return { option, status: fits ? 'available' : 'incompatible', since: undefined, price: option.price };
      }
      const status = row.since === null ? 'pending' : row.endingOrderId === null ? 'active' : 'ending';
      return { option, status, since: row.since ?? undefined, price: { unit: row.unit, minor: row.priceMinor } };
    });
}

/** Tells by the key whether this intent was ordered before; another one under the same key is refused. */
async function orderedBefore(
  tx: Tx,
  wish: Pick<OptionWish, 'accountId' | 'contractId' | 'idempotencyKey'> & { type: OrderType; itemId: string },
): Promise<OrderOutcome | undefined> {
  const before = await findOrderByKey(tx, wish);
  if (before === undefined) return undefined;
  const { contractId, type, items } = before;
  const isSame = contractId === wish.contractId && type === wish.type && items.some(({ id }) => id === wish.itemId);
  return isSame ? { kind: 'ordered', order: await viewOfOrder(tx, before) } : { kind: 'key-reused' };
}

async function addOption(deps: OfferDeskDeps, tx: Tx, wish: OptionWish): Promise<OrderOutcome> {
  const { contractId, optionId, acceptedPrice } = wish;
  const found = await takeAllowedContract(tx, { ...wish, action: 'manage' });
  if (found === undefined) return { kind: 'not-found' };
  const before = await orderedBefore(tx, { ...wish, type: 'option', itemId: optionId });
  if (before !== undefined) return before;
  const catalogue = catalogueOf(found.contract.brand);
  const option = findOption(catalogue, optionId);
  if (option === undefined) return { kind: 'unknown-item' };
  const rows = await listContractOptions(tx, contractId);
  if (rows.some((row) => row.optionId === optionId)) return { kind: 'option-active' };
  if (!fits(catalogue, option, { offerId: found.contract.offerId, rows })) return { kind: 'incompatible' };
  if (!samePrice(option.price, acceptedPrice)) return { kind: 'price-changed' };
  const order = await place(deps, tx, { found, wish, type: 'option', items: [itemOf('add', option)] });
  const price = { unit: option.price.unit, priceMinor: option.price.minor, recurring: option.recurring };
  const id = newId('cop', deps.randomBytes);
  await insertContractOption(tx, { id, contractId, optionId, ...price, orderId: order.id, since: null });
  return { kind: 'ordered', order: await viewOfOrder(tx, order) };
}

function fits(
  catalogue: Catalogue,
  option: Option,
  { offerId, rows }: { offerId: string | null; rows: readonly ContractOptionRow[] },
): boolean {
  const offer = findOffer(catalogue, offerId);
  const had = rows.flatMap(({ optionId }) => findOption(catalogue, optionId) ?? []);
  return offer?.options.includes(option.id) === true && had.every((other) => goTogether(option, other));
}

async function removeOption(
  deps: OfferDeskDeps,
  tx: Tx,
  wish: Parameters<OfferDesk['removeOption']>[0],
): Promise<OrderOutcome> {
  const { contractId, optionId } = wish;
  const found = await takeAllowedContract(tx, { ...wish, action: 'manage' });
  const row = found && (await listContractOptions(tx, contractId)).find((one) => one.optionId === optionId);
  if (found === undefined || row === undefined) return { kind: 'not-found' };
  if (row.since === null || row.endingOrderId !== null) return { kind: 'order-open' };
  const option = findOption(catalogueOf(found.contract.brand), optionId);
  const price = { unit: row.unit, minor: row.priceMinor };
  const name = option?.name ?? { fr: optionId, en: optionId };
  const item = { action: 'delete' as const, what: 'option' as const, id: optionId, name, price };
  // An option ends once: the key is its own.
  const keyed = { ...wish, idempotencyKey: `end ${row.id}` };
  const items = [{ ...item, recurring: row.recurring }];
  const order = await place(deps, tx, { found, wish: keyed, type: 'option', items });
  await markOptionsEnding(tx, { contractId, optionIds: [optionId], orderId: order.id });
  return { kind: 'ordered', order: await viewOfOrder(tx, order) };
}

async function changePlan(deps: OfferDeskDeps, tx: Tx, wish: PlanWish): Promise<OrderOutcome> {
  const { contractId, type, offerId, acceptedPrice } = wish;
  const action = type === 'renewal' ? 'own' : 'manage';
  const found = await takeAllowedContract(tx, { ...wish, action });
  if (found === undefined) return { kind: 'not-found' };
  const before = await orderedBefore(tx, { ...wish, itemId: offerId });
  if (before !== undefined) return before;
  const plan = await planChange(tx, {
    found,
    offerId,
    action: type === 'renewal' ? 'renewal' : 'change',
    acceptedPrice,
  });
  if (plan.kind !== 'fits') return plan;
  const { termsVersion } = catalogueOf(found.contract.brand);
  const order = await place(deps, tx, { found, wish, type, items: plan.items, termsVersion });
  await markOptionsEnding(tx, { contractId, optionIds: plan.endingOptions, orderId: order.id });
  return { kind: 'ordered', order: await viewOfOrder(tx, order) };
}

interface Placing {
  readonly found: RelatedContract;
  readonly wish: Pick<OptionWish, 'accountId' | 'idempotencyKey'>;
  readonly type: OrderType;
  readonly items: readonly OrderItem[];
  readonly termsVersion?: string;
}

async function place(deps: OfferDeskDeps, tx: Tx, placing: Placing): Promise<OrderRow> {
  const { found, wish, type, items, termsVersion = null } = placing;
  const { accountId, idempotencyKey } = wish;
  const { id: contractId, brand } = found.contract;
  const id = newId('ord', deps.randomBytes);
  const order = await insertOrder(tx, { id, brand, accountId, contractId, type, items, idempotencyKey, termsVersion });
  await deps.audit.orderPlaced(tx, { accountId, orderId: id, contractId, type, relation: found.relation });
  await tellOrder(deps, tx, order);
  return order;
}
