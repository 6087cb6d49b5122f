// Offers, options and orders of contracts: use cases and API over a real database.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNotificationCentre, type NotificationCentre } from '../../../src/customer/notification-centre.ts';
import { createOfferDesk } from '../../../src/customer/offer-desk.ts';
import { createOrderDesk, moveOrderByStaff, moveOrders } from '../../../src/customer/order-desk.ts';
import type { OrderMovingDeps } from '../../../src/customer/order-steps.ts';
import type { OfferDesk } from '../../../src/customer/order-types.ts';
import { createShopDesk } from '../../../src/customer/shop-desk.ts';
import type { OrderEvent } from '../../../src/messaging/order-notices.ts';
import { insertSubscriptionItem } from '../../../src/storage/contract-products.ts';
import { type ApiClient, createApiClient } from '../../support/api-client.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld, type Person, type SoldContract } from './contract-world.ts';

const brand = 'exemple';
const euros = (minor: number) => ({ unit: 'EUR', minor });

describe.each(engines)('offers and orders on %s', (engine) => {
  let open: TestDatabase;
  let world: ReturnType<typeof createContractWorld>;
  let notifications: NotificationCentre;
  let offers: OfferDesk;
  let moving: OrderMovingDeps;
  let api: ApiClient;
  const mails: OrderEvent[] = [];
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    const { database } = open;
    world = createContractWorld(database);
    notifications = createNotificationCentre({ database, randomBytes, timeZone: 'Europe/Paris' });
    const notices = { orderTold: async (_tx: unknown, event: OrderEvent) => void mails.push(event) };
    moving = { database, audit: world.audit, notifier: notifications, notices };
    offers = createOfferDesk({ ...moving, brand, randomBytes });
    const shops = createShopDesk({ ...moving, brand, randomBytes });
    const strong = {
      check: async () => ({ kind: 'proved' }) as const,
      sendCode: async () => ({ kind: 'proved' }) as const,
    };
    api = createApiClient({ database, offers, ordering: { orders: createOrderDesk(moving), shops }, strong });
  });
  afterAll(() => open.close());

  async function sold(offerId = 'mobile-40'): Promise<{ holder: Person; contract: SoldContract }> {
    const holder = await world.person();
    return { holder, contract: await world.contract(holder, { offerId }) };
  }
  const wish = (holder: Person, contract: SoldContract, key: string) => ({
    ...{ accountId: holder.accountId, contractId: contract.contractId, idempotencyKey: key },
  });
  const titlesOf = async ({ accountId }: Person) =>
    (await notifications.list(accountId, { locale: 'en', offset: 0, limit: 50 })).items.map(({ subject }) => subject);

  describe('an option', () => {
    test('B51 B42 is ordered, moves on by itself, and each step is told; e-mail at begin and end (C14)', async () => {
      const { holder, contract } = await sold();
      mails.length = 0;
      const call = api.as(holder.accountId);
      const path = `/contract/v1/contracts/${contract.contractId}/options`;
      const body = { optionId: 'opt-europe', acceptedPrice: { unit: 'EUR', value: 3 } };
      const ordered = await call('POST', path, { body });
      expect(ordered).toMatchObject({
        status: 202,
        body: { category: 'option', state: 'created', productOrderItem: [{ action: 'add' }] },
      });
      const statusOf = async () =>
        (await call('GET', path)).body.find(({ id }: { id: string }) => id === 'opt-europe').status;
      expect(await statusOf()).toBe('pending');
      await moveOrders(moving);
      await moveOrders(moving);
      await moveOrders(moving);
      expect(await statusOf()).toBe('active');
      const { body: order } = await call('GET', `/order/v1/orders/${ordered.body.id}`);
      expect(order.timeline.map(({ state }: { state: string }) => state)).toEqual(['created', 'confirmed', 'done']);
      expect(await titlesOf(holder)).toEqual(['Order done', 'Order confirmed', 'Order recorded']);
      expect(mails.map(({ state, by }) => [state, by])).toEqual([
        ['created', 'holder'],
        ['done', 'holder'],
      ]);
    });

    test('B51 is not ordered twice, nor beside one that it does not go with, nor for an offer without it', async () => {
      const { holder, contract } = await sold();
      const add = (optionId: string, minor: number, key: string) =>
        offers.addOption({ ...wish(holder, contract, key), optionId, acceptedPrice: euros(minor) });
      expect((await add('opt-europe', 300, '1')).kind).toBe('ordered');
      expect((await add('opt-europe', 300, '2')).kind).toBe('option-active');
      expect((await add('opt-world', 1200, '3')).kind).toBe('incompatible');
      expect((await add('opt-tv-sport', 1499, '4')).kind).toBe('incompatible');
      expect((await add('opt-nothing', 0, '5')).kind).toBe('unknown-item');
      const views = await offers.options(holder.accountId, contract.contractId);
      expect(views?.map(({ option, status }) => [option.id, status])).toEqual([
        ['opt-extra-20', 'available'],
        ['opt-europe', 'pending'],
        ['opt-world', 'incompatible'],
        ['opt-music', 'available'],
        ['opt-second-sim', 'available'],
      ]);
    });

    test('B51 at another price than the accepted one is not ordered', async () => {
      const { holder, contract } = await sold();
      const call = api.as(holder.accountId);
      const path = `/contract/v1/contracts/${contract.contractId}/options`;
      const order = (value: number) =>
        call('POST', path, { body: { optionId: 'opt-music', acceptedPrice: { unit: 'EUR', value } } });
      expect(await order(4.99)).toMatchObject({ status: 409, body: { code: 'price_changed' } });
      expect((await order(5.999)).status).toBe(422);
      expect((await call('GET', '/order/v1/orders')).body).toEqual([]);
      expect((await order(5.99)).status).toBe(202);
    });

    test('B51 twenty at once with one key make one order; with twenty keys, too', async () => {
      for (const keyOf of [() => 'same', (n: number) => `key-${n}`]) {
        const { holder, contract } = await sold();
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            offers.addOption({ ...wish(holder, contract, keyOf(n)), optionId: 'opt-music', acceptedPrice: euros(599) }),
          ),
        );
        const made = new Set(outcomes.map((one) => (one.kind === 'ordered' ? one.order.id : one.kind)));
        made.delete('option-active');
        expect(made.size).toBe(1);
        const rows = await open.database.db
          .selectFrom('orders')
          .select('id')
          .where('contractId', '=', contract.contractId)
          .execute();
        expect(rows).toHaveLength(1);
      }
    });

    test('a key that was used for another order is refused', async () => {
      const { holder, contract } = await sold();
      const add = (optionId: string, minor: number) =>
        offers.addOption({ ...wish(holder, contract, 'k'), optionId, acceptedPrice: euros(minor) });
      expect((await add('opt-music', 599)).kind).toBe('ordered');
      expect((await add('opt-europe', 300)).kind).toBe('key-reused');
    });

    test('B51 ends by an order; asked twice it ends once; cancelled by staff it stays', async () => {
      const { holder, contract } = await sold();
      const call = api.as(holder.accountId);
      const acceptedPrice = euros(300);
      await offers.addOption({ ...wish(holder, contract, 'a'), optionId: 'opt-europe', acceptedPrice });
      const path = `/contract/v1/contracts/${contract.contractId}/options/opt-europe`;
      expect(await call('DELETE', path)).toMatchObject({ status: 409, body: { code: 'order_open' } });
      await moveOrders(moving);
      await moveOrders(moving);
      const ending = await call('DELETE', path);
      expect(ending).toMatchObject({ status: 202, body: { productOrderItem: [{ action: 'delete' }] } });
      expect((await call('DELETE', path)).status).toBe(409);
      expect((await moveOrderByStaff(moving, { id: ending.body.id, to: 'cancelled' })).kind).toBe('moved');
      const status = async () =>
        (await offers.options(holder.accountId, contract.contractId))?.find(({ option }) => option.id === 'opt-europe')
          ?.status;
      expect(await status()).toBe('active');
    });
  });

  describe('the plan', () => {
    const plan = (
      holder: Person,
      contract: SoldContract,
      offerId: string,
      type: 'offer_change' | 'renewal',
      key = 'p',
    ) => offers.changePlan({ ...wish(holder, contract, key), type, offerId, acceptedPrice: undefined });

    test('B51 changes by an order that names the options it ends', async () => {
      const { holder, contract } = await sold();
      await offers.addOption({ ...wish(holder, contract, 'o'), optionId: 'opt-europe', acceptedPrice: euros(300) });
      const call = api.as(holder.accountId);
      const path = `/contract/v1/contracts/${contract.contractId}`;
      expect((await call('GET', `${path}/offer`)).body).toMatchObject({
        productOffering: { id: 'mobile-40' },
        isChanging: false,
      });
      const body = { offerId: 'mobile-150', acceptedPrice: { unit: 'EUR', value: 24.99 }, terms: true };
      const ordered = await call('POST', `${path}/offer-changes`, { body });
      expect(ordered.body.productOrderItem.map((one: { action: string }) => one.action)).toEqual(['modify', 'delete']);
      expect((await call('GET', `${path}/offer`)).body).toMatchObject({
        productOffering: { id: 'mobile-40' },
        isChanging: true,
      });
      for (let n = 0; n < 3; n++) await moveOrders(moving);
      expect((await call('GET', `${path}/offer`)).body).toMatchObject({
        productOffering: { id: 'mobile-150' },
        isChanging: false,
      });
      const { body: options } = await call('GET', `${path}/options`);
      expect(options.map(({ id }: { id: string }) => id)).not.toContain('opt-europe');
    });

    test('A33 is renewed by its holder, is bound from then on, and the order can be followed', async () => {
      const { holder, contract } = await sold();
      const call = api.as(holder.accountId);
      const path = `/contract/v1/contracts/${contract.contractId}`;
      const { body: list } = await call('GET', `${path}/offers`);
      const renewable = list.filter(({ actions }: { actions: string[] }) => actions.includes('renewal'));
      expect(renewable.map(({ id }: { id: string }) => id)).toEqual(['mobile-40', 'mobile-150']);
      const ordered = await call('POST', `${path}/renewals`, { body: { offerId: 'mobile-40', terms: true } });
      expect(ordered).toMatchObject({ status: 202, body: { category: 'renewal' } });
      await moveOrders(moving);
      await moveOrders(moving);
      const { body: offer } = await call('GET', `${path}/offer`);
      const months = (new Date(offer.committedUntil).getTime() - Date.now()) / (30.4 * 86_400_000);
      expect(Math.round(months)).toBe(12);
      expect((await call('GET', `/order/v1/orders?contract=${contract.contractId}`)).body).toMatchObject([
        { state: 'done' },
      ]);
    });

    test('A33 without the terms, or for an offer that is not renewable or of another kind, is refused', async () => {
      const { holder, contract } = await sold();
      const path = `/contract/v1/contracts/${contract.contractId}/renewals`;
      expect((await api.as(holder.accountId)('POST', path, { body: { offerId: 'mobile-40' } })).status).toBe(422);
      expect((await plan(holder, contract, 'mobile-5', 'renewal')).kind).toBe('incompatible');
      expect((await plan(holder, contract, 'home-fibre', 'offer_change')).kind).toBe('incompatible');
      expect((await plan(holder, contract, 'mobile-40', 'offer_change')).kind).toBe('incompatible');
    });

    test('twenty changes at once make one order on the contract', async () => {
      const { holder, contract } = await sold();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, n) => plan(holder, contract, 'mobile-150', 'offer_change', `c${n}`)),
      );
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual([...Array(19).fill('order-open'), 'ordered']);
    });
  });

  describe('somebody else', () => {
    test('X76 a proxy orders options and plans but renews nothing; holder and line user are told', async () => {
      const { holder, contract } = await sold();
      const [proxy, user] = [await world.person(), await world.person()];
      await world.proxy(contract, proxy);
      const { db } = open.database;
      const use = { accountId: user.accountId, contractId: contract.contractId, relation: 'user' as const };
      await db
        .insertInto('accountContracts')
        .values({ ...use, since: new Date() })
        .execute();
      mails.length = 0;
      const renewal = { ...wish(proxy, contract, 'r'), type: 'renewal' as const, offerId: 'mobile-40' };
      expect((await offers.changePlan({ ...renewal, acceptedPrice: undefined })).kind).toBe('not-found');
      const added = await offers.addOption({
        ...{ ...wish(proxy, contract, 'a'), optionId: 'opt-music', acceptedPrice: euros(599) },
      });
      expect(added.kind).toBe('ordered');
      expect(await titlesOf(holder)).toEqual(['Order placed by proxy']);
      expect(await titlesOf(user)).toEqual(['Order placed by proxy']);
      expect(await titlesOf(proxy)).toEqual(['Order recorded']);
      expect(mails.map(({ accountId, by }) => [accountId, by]).sort()).toEqual(
        [
          [holder.accountId, 'proxy'],
          [proxy.accountId, 'holder'],
        ].sort(),
      );
      const id = added.kind === 'ordered' ? added.order.id : '';
      expect((await api.as(holder.accountId)('GET', `/order/v1/orders/${id}`)).status).toBe(200);
      expect((await api.as(user.accountId)('GET', `/order/v1/orders/${id}`)).status).toBe(404);
      await db.deleteFrom('accountContracts').where('accountId', '=', proxy.accountId).execute();
      expect((await api.as(proxy.accountId)('GET', `/order/v1/orders/${id}`)).status).toBe(404);
      expect((await api.as(proxy.accountId)('GET', '/order/v1/orders')).body).toEqual([]);
      await moveOrders(moving);
      expect(await titlesOf(proxy)).toEqual(['Order recorded']);
    });

    test('X85 finds and changes nothing of a contract that is not hers', async () => {
      const { contract } = await sold();
      const call = api.as((await world.person()).accountId);
      const path = `/contract/v1/contracts/${contract.contractId}`;
      for (const what of ['offer', 'offers', 'options', 'subscriptions'])
        expect([what, (await call('GET', `${path}/${what}`)).status]).toEqual([what, 404]);
      const option = { optionId: 'opt-music', acceptedPrice: { unit: 'EUR', value: 5.99 } };
      expect((await call('POST', `${path}/options`, { body: option })).status).toBe(404);
      expect((await call('DELETE', `${path}/options/opt-music`)).status).toBe(404);
      const body = { offerId: 'mobile-150', terms: true };
      for (const what of ['offer-changes', 'renewals'])
        expect((await call('POST', `${path}/${what}`, { body })).status).toBe(404);
    });
  });

  test('B26 shows subscriptions with price, period, start, next charge and partner', async () => {
    const { holder, contract } = await sold();
    await open.database.transaction((tx) =>
      insertSubscriptionItem(tx, {
        ...{ id: 'sub_1', contractId: contract.contractId, category: 'tv', partner: 'Ciné Mer', name: 'Cinéma' },
        ...{ unit: 'EUR', priceMinor: 999, period: 'month', status: 'active', since: new Date('2026-01-01T00:00:00Z') },
        nextChargeAt: new Date('2026-04-01T00:00:00Z'),
      }),
    );
    const path = `/contract/v1/contracts/${contract.contractId}/subscriptions`;
    expect((await api.as(holder.accountId)('GET', path)).body).toEqual([
      {
        ...{ id: 'sub_1', category: 'tv', partner: 'Ciné Mer', name: 'Cinéma', price: { unit: 'EUR', value: 9.99 } },
        ...{ period: 'month', status: 'active', startDate: '2026-01-01T00:00:00.000Z' },
        nextChargeAt: '2026-04-01T00:00:00.000Z',
      },
    ]);
  });

  test('B52 the catalogue is for everybody, in both languages', async () => {
    const { status, body } = await api.anybody('GET', '/order/v1/catalogue', { headers: { 'accept-language': 'en' } });
    expect(status).toBe(200);
    expect(body.offers.map(({ name }: { name: string }) => name)).toContain('Mobile 40 GB');
    expect(body.handsets.length).toBeGreaterThan(0);
  });

  test('staff move an order only where it may go', async () => {
    const { holder, contract } = await sold();
    const added = await offers.addOption({
      ...{ ...wish(holder, contract, 's'), optionId: 'opt-music', acceptedPrice: euros(599) },
    });
    const id = added.kind === 'ordered' ? added.order.id : '';
    expect((await moveOrderByStaff(moving, { id, to: 'shipped' })).kind).toBe('refused');
    expect((await moveOrderByStaff(moving, { id, to: 'cancelled' })).kind).toBe('moved');
    expect((await moveOrderByStaff(moving, { id, to: 'done' })).kind).toBe('refused');
    expect((await moveOrderByStaff(moving, { id: 'ord_none', to: 'done' })).kind).toBe('none');
    const left = await open.database.db
      .selectFrom('contractOptions')
      .select('id')
      .where('contractId', '=', contract.contractId)
      .execute();
    expect(left).toEqual([]);
  });
});
