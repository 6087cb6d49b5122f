// Shops near a place, their free times, and appointments that nobody else can have.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueOf, findOption } from '../../../src/customer/catalogue.ts';
import { createNotificationCentre, type NotificationCentre } from '../../../src/customer/notification-centre.ts';
import { createOfferDesk } from '../../../src/customer/offer-desk.ts';
import { createOrderDesk } from '../../../src/customer/order-desk.ts';
import { createShopDesk, type ShopDesk } from '../../../src/customer/shop-desk.ts';
import { freeTimes, parseSlotId, shopsNear, slotId } from '../../../src/customer/shop-times.ts';
import { type ApiClient, createApiClient } from '../../support/api-client.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld } from './contract-world.ts';

const brand = 'exemple';
const { shops, timeZone, offers, options, handsets } = catalogueOf(brand);

describe('shops near a place (B53)', () => {
  const near = (place: string) => shopsNear(shops, place).map(({ shop }) => shop.city);
  test.each([
    ['a town', 'Nantes', ['Nantes', 'Saint-Nazaire']],
    ['a town without its accents and capitals', 'saint nazaire', ['Saint-Nazaire', 'Nantes']],
    ['a post code', '33000', ['Bordeaux']],
    ['a post code without a shop of its own, by its department', '44300', ['Nantes', 'Saint-Nazaire']],
    ['a point', '48.39,-4.48', ['Brest']],
    ['a point far from all', '0,0', []],
    ['a town without a shop', 'Limoges', []],
  ])('are found by %s, nearest first', (_what, place, expected) => expect(near(place)).toEqual(expected));
  test('are all of them without a place', () => expect(near('')).toHaveLength(shops.length));
  test('say how far they are', () => {
    const [nantes, nazaire] = shopsNear(shops, 'Nantes');
    expect(nantes?.kilometres).toBe(0);
    expect(nazaire?.kilometres).toBeGreaterThan(45);
    expect(nazaire?.kilometres).toBeLessThan(55);
  });
});

describe('the free times of a shop (B53)', () => {
  const [shop] = shops;
  if (shop === undefined) throw new Error('no shop');
  // A Friday, 12:00 in Paris, a day before clocks change to summer time.
  const now = new Date('2026-03-27T11:00:00Z');
  const free = freeTimes(shop, { now, taken: [], timeZone });
  test('are half hours of its opening, an hour from now at the soonest, two weeks at the most', () => {
    expect(free[0]?.toISOString()).toBe('2026-03-27T13:00:00.000Z');
    expect(free.at(-1)?.getTime()).toBeLessThan(now.getTime() + 15 * 86_400_000);
    expect(free.every((at) => at.getTime() % (30 * 60_000) === 0)).toBe(true);
  });
  test('follow the clocks of the shop over the change to summer time', () => {
    const onDay = (day: string) => free.filter((at) => at.toISOString().startsWith(day))[0]?.toISOString();
    // Saturday opens at 9:30 winter time, Monday at 9:30 summer time.
    expect(onDay('2026-03-28')).toBe('2026-03-28T08:30:00.000Z');
    expect(onDay('2026-03-29')).toBeUndefined();
    expect(onDay('2026-03-30')).toBe('2026-03-30T07:30:00.000Z');
  });
  test('are without those that are taken', () => {
    const [first, second] = free;
    expect(freeTimes(shop, { now, taken: first ? [first] : [], timeZone })[0]).toEqual(second);
  });
  test('have ids that name shop and time, and read no others', () => {
    const at = new Date('2026-03-28T08:30:00Z');
    expect(parseSlotId(slotId(shop.id, at))).toEqual({ shopId: shop.id, at });
    for (const wrong of ['', 'x', 'shop.20261399T0000', 'shop.20260328T083', '../a.20260328T0830'])
      expect([wrong, parseSlotId(wrong)]).toEqual([wrong, undefined]);
  });
});

describe('the catalogue of exemple', () => {
  test('names in offers only options that there are, each once, with prices in whole cents', () => {
    const ids = [...offers, ...options, ...handsets].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const offer of offers)
      for (const id of offer.options) expect([id, findOption(catalogueOf(brand), id)?.id]).toEqual([id, id]);
    for (const { price } of [...offers, ...options, ...handsets]) {
      expect(Number.isInteger(price.minor)).toBe(true);
      expect(price.unit).toBe('EUR');
    }
  });
  test('is of its brand: another one sells nothing of it', () => {
    const own = new Set(offers.map(({ id }) => id));
    expect(catalogueOf('ile').offers.filter(({ id }) => own.has(id))).toEqual([]);
    expect(catalogueOf('nobody').offers).toEqual([]);
  });
});

describe.each(engines)('appointments on %s (B53)', (engine) => {
  let open: TestDatabase;
  let world: ReturnType<typeof createContractWorld>;
  let notifications: NotificationCentre;
  let desk: ShopDesk;
  let api: ApiClient;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    const { database } = open;
    world = createContractWorld(database);
    notifications = createNotificationCentre({ database, randomBytes, timeZone });
    const deps = { database, audit: world.audit, notifier: notifications, brand, randomBytes };
    desk = createShopDesk(deps);
    const notices = { orderTold: async () => {} };
    const parts = { orders: createOrderDesk(deps), shops: desk };
    api = createApiClient({ database, offers: createOfferDesk({ ...deps, notices }), ordering: parts });
  });
  afterAll(() => open.close());
  const slots = async (shopId = 'shop-nantes-graslin') => (await desk.slots(shopId)) ?? [];

  test('are booked from the search to the confirmation, and cancelled so that the time is free again', async () => {
    const { accountId } = await world.person();
    const call = api.as(accountId);
    const [shop] = (await call('GET', '/order/v1/shops?near=Nantes')).body;
    const path = `/order/v1/shops/${shop.id}/slots?limit=100`;
    const [slot] = (await call('GET', path)).body;
    const booked = await call('POST', '/order/v1/appointments', { body: { slotId: slot.id } });
    expect(booked).toMatchObject({
      status: 201,
      body: { startDateTime: slot.startDateTime, shop: { city: 'Nantes' } },
    });
    expect((await call('GET', path)).body[0].id).not.toBe(slot.id);
    const { items } = await notifications.list(accountId, { locale: 'fr', offset: 0, limit: 5 });
    expect(items[0]?.content).toContain('boutique Nantes Graslin, 8 place des Marronniers, 44000 Nantes');
    const one = `/order/v1/appointments/${booked.body.id}`;
    expect((await api.as((await world.person()).accountId)('DELETE', one)).status).toBe(404);
    expect((await call('DELETE', one)).status).toBe(204);
    expect((await call('DELETE', one)).status).toBe(404);
    expect((await call('GET', path)).body[0].id).toBe(slot.id);
    expect((await call('GET', '/order/v1/appointments')).body).toEqual([]);
    expect((await call('GET', '/order/v1/shops/shop-none/slots')).status).toBe(404);
  });

  test('twenty people at once want one time, and one has it', async () => {
    const [slot] = await slots();
    const people = await Promise.all(Array.from({ length: 20 }, () => world.person()));
    const outcomes = await Promise.all(
      people.map(({ accountId }, n) => desk.book(accountId, { slotId: slot?.id ?? '', idempotencyKey: `k${n}` })),
    );
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['booked', ...Array(19).fill('slot-taken')]);
  });

  test('one key books once, twenty at once too; for another time it is refused', async () => {
    const { accountId } = await world.person();
    const [first, second] = await slots();
    const book = (slotId = '') => desk.book(accountId, { slotId, idempotencyKey: 'one' });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => book(first?.id)));
    const ids = outcomes.map((one) => (one.kind === 'booked' ? one.appointment.id : one.kind));
    expect(new Set(ids).size).toBe(1);
    expect((await book(second?.id)).kind).toBe('key-reused');
  });

  test('nobody has more than three ahead, though twenty are asked for at once', async () => {
    const { accountId } = await world.person();
    const free = await slots('shop-paris-nation');
    const outcomes = await Promise.all(
      free.slice(0, 20).map(({ id }, n) => desk.book(accountId, { slotId: id, idempotencyKey: `n${n}` })),
    );
    expect(outcomes.filter(({ kind }) => kind === 'booked')).toHaveLength(3);
    expect(outcomes.filter(({ kind }) => kind === 'too-many')).toHaveLength(17);
  });

  test.each([
    ['shop-none.20990105T0900', 'of a shop that is not there'],
    ['shop-nantes-graslin.20200106T0900', 'in the past'],
    ['shop-nantes-graslin.20990105T0317', 'that is not offered'],
    ['nonsense', 'that is no time'],
  ])('a time like %s, %s, is not to be had', async (id) => {
    const { accountId } = await world.person();
    const answer = await api.as(accountId)('POST', '/order/v1/appointments', { body: { slotId: id } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'slot_taken' } });
  });
});
