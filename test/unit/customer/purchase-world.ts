// The shop on a real database: contracts, orders, top-ups and a payment provider that is told what to say.
import { randomBytes } from 'node:crypto';
import { createContractDesk } from '../../../src/customer/contract-desk.ts';
import { moveDueHandsetOrders } from '../../../src/customer/handset-moves.ts';
import { createNotificationCentre } from '../../../src/customer/notification-centre.ts';
import { createOfferDesk } from '../../../src/customer/offer-desk.ts';
import { createOrderDesk, moveOrders } from '../../../src/customer/order-desk.ts';
import type { OrderMovingDeps } from '../../../src/customer/order-steps.ts';
import type { OrderView } from '../../../src/customer/order-types.ts';
import { createPurchaseDesk } from '../../../src/customer/purchase-desk.ts';
import { orderPayments } from '../../../src/customer/purchase-payments.ts';
import type { HandsetWish } from '../../../src/customer/purchase-types.ts';
import { createShopDesk } from '../../../src/customer/shop-desk.ts';
import { topUpPayments } from '../../../src/customer/top-up-payments.ts';
import { createUsageDesk } from '../../../src/customer/usage-desk.ts';
import type { OrderEvent } from '../../../src/messaging/order-notices.ts';
import type { Database } from '../../../src/storage/database.ts';
import { listPendingCharges } from '../../../src/storage/pending-charges.ts';
import { putStock } from '../../../src/storage/purchases.ts';
import { createApiClient } from '../../support/api-client.ts';
import type { createContractWorld, Person, SoldContract } from './contract-world.ts';
import { createPaymentWorld } from './payment-world.ts';

const brand = 'exemple';
export const aster = { handsetId: 'handset-aster-5', acceptedPrice: { unit: 'EUR', minor: 24_900 } } as const;

/** Makes it over one database. */
export function createPurchaseWorld(database: Database) {
  const centre = createNotificationCentre({ database, randomBytes, timeZone: 'Europe/Paris' });
  const mails: OrderEvent[] = [];
  const messages: string[] = [];
  const depsOf = ({ audit }: Pick<ReturnType<typeof createContractWorld>, 'audit'>) => {
    const notices = { orderTold: async (_tx: unknown, event: OrderEvent) => void mails.push(event) };
    const moving: OrderMovingDeps = { database, audit, notifier: centre, notices };
    const usage = {
      ...{ database, audit, randomBytes, notifier: centre, timeZoneOf: () => 'Europe/Paris', taxRateOf: () => 2_000 },
      notices: {
        outOfBundle: async () => {},
        controlsChanged: async () => {},
        topUpDone: async (_tx: unknown, { topUpId }: { topUpId: string }) => void messages.push(topUpId),
      },
    };
    return { moving, usage };
  };
  const world = createPaymentWorld(database, (people) => {
    const { moving, usage } = depsOf(people);
    return { order: orderPayments(moving), topup: topUpPayments(usage) };
  });
  const { moving, usage } = depsOf(world);
  const shop = createPurchaseDesk({ ...moving, brand, randomBytes, usage, payments: world.deps });
  const orders = createOrderDesk(moving);
  const contracts = createContractDesk({ database, audit: world.audit, notices: { proxyEnded: async () => {} } });
  const strong = { needed: [] as string[] };
  const api = createApiClient({
    ...{ database, contracts, purchases: shop, usage: createUsageDesk(usage) },
    offers: createOfferDesk({ ...moving, brand, randomBytes }),
    ordering: { orders, shops: createShopDesk({ ...moving, brand, randomBytes }) },
    payments: {
      ...{ desk: world.desk, strongAboveMinor: 100_000 },
      mayReturnTo: async (_client, url) => url.startsWith('https://portal.exemple.test/'),
    },
    strong: {
      check: async (_caller, { action }) => {
        strong.needed.push(action);
        return { kind: 'proved' };
      },
      sendCode: async () => ({ kind: 'proved' }),
    },
  });
  let keys = 0;

  async function order(
    by: Pick<Person, 'accountId'>,
    { contractId }: Pick<SoldContract, 'contractId'>,
    changes: Partial<HandsetWish> = {},
  ) {
    return await shop.orderHandset({
      ...{ accountId: by.accountId, contractId, ...aster, offerId: undefined, acceptedPlanPrice: undefined },
      ...{ method: 'card', locale: 'fr', returnUrl: undefined, idempotencyKey: `order-${++keys}`, ...changes },
    });
  }

  async function find(by: Pick<Person, 'accountId'>, id: string): Promise<OrderView> {
    const found = await orders.find(by.accountId, id);
    if (found === undefined) throw new Error('no such order');
    return found;
  }

  return {
    ...world,
    ...{ shop, orders, moving, api, mails, messages, strong, order, find },
    /** Orders and expects that it can. */
    async buy(...wish: Parameters<typeof order>): Promise<OrderView> {
      const outcome = await order(...wish);
      if (outcome.kind !== 'ordered') throw new Error(`not ordered: ${outcome.kind}`);
      return outcome.order;
    },
    /** The payment of an order, for what the provider says. */
    paymentOf({ purchase }: OrderView) {
      return { id: purchase?.payment?.id ?? '', amount: purchase?.total ?? { unit: '', minor: 0 } };
    },
    async sold(offerId = 'mobile-40', changes = {}): Promise<{ holder: Person; contract: SoldContract }> {
      const holder = await world.person();
      return { holder, contract: await world.contract(holder, { offerId, ...changes }) };
    },
    async stock(remaining: number | null, handsetId: string = aster.handsetId): Promise<void> {
      await database.transaction((tx) => putStock(tx, { brand, handsetId, remaining }));
    },
    async left(handsetId: string = aster.handsetId): Promise<number | undefined> {
      const row = database.db.selectFrom('handsetStock').select('remaining').where('handsetId', '=', handsetId);
      return (await row.executeTakeFirst())?.remaining;
    },
    async chargesOf({ contractId }: SoldContract) {
      const rows = await listPendingCharges(database.db, [contractId]);
      return rows.map(({ kind, minor, sourceId }) => ({ kind, minor, sourceId }));
    },
    async statesOf(by: Person, id: string): Promise<string[]> {
      return (await find(by, id)).timeline.map(({ state }) => state);
    },
    async titlesOf({ accountId }: Person): Promise<string[]> {
      const { items } = await centre.list(accountId, { locale: 'en', offset: 0, limit: 50 });
      return items.map(({ subject }) => subject);
    },
    /** All that the clock does, once. */
    async move(rules = { toShip: 0, toDeliver: 0 }): Promise<void> {
      await moveOrders(moving);
      await moveDueHandsetOrders(moving, rules);
    },
  };
}

export type PurchaseWorld = ReturnType<typeof createPurchaseWorld>;
