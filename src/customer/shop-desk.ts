// Appointments in a shop (B53): near a place, at a free time, one customer for each, cancelled as easily.
import { type AccountId, newId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import {
  cancelAppointment,
  findAppointmentByKey,
  insertAppointment,
  listAppointmentsAhead,
  listTakenTimes,
  lockAccount,
} from '../storage/appointments.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import type { AppointmentRow } from '../storage/order-tables.ts';
import { catalogueOf, type Shop } from './catalogue.ts';
import type { Notifier } from './notification-centre.ts';
import { type FoundShop, freeTimes, parseSlotId, shopsNear, slotId } from './shop-times.ts';

export interface Slot {
  readonly id: string;
  readonly at: Date;
}

export interface AppointmentView {
  readonly id: string;
  readonly shop: Shop;
  readonly at: Date;
}

export type BookingOutcome =
  | { readonly kind: 'booked'; readonly appointment: AppointmentView }
  | { readonly kind: 'slot-taken' | 'too-many' | 'key-reused' };

export interface ShopDesk {
  shops(near: string): FoundShop[];
  /** Undefined: there is no such shop. */
  slots(shopId: string): Promise<Slot[] | undefined>;
  book(accountId: AccountId, wish: { slotId: string; idempotencyKey: string }): Promise<BookingOutcome>;
  appointments(accountId: AccountId): Promise<AppointmentView[]>;
  cancel(accountId: AccountId, id: string): Promise<boolean>;
}

export interface ShopDeskDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly notifier: Notifier;
  readonly brand: string;
  readonly randomBytes: (size: number) => Buffer;
}

/** So that nobody takes a shop's whole week. */
const mostAhead = 3;

/** Makes the desk over its dependencies. */
export function createShopDesk(deps: ShopDeskDeps): ShopDesk {
  const { database, brand } = deps;
  const { shops, timeZone } = catalogueOf(brand);
  const findShop = (id: string) => shops.find((shop) => shop.id === id);
  return {
    shops: (near) => shopsNear(shops, near),
    async slots(shopId) {
      const shop = findShop(shopId);
      if (shop === undefined) return undefined;
      const taken = await listTakenTimes(database.db, { brand, shopId });
      const free = freeTimes(shop, { now: await readAppNow(database.db), taken, timeZone });
      return free.map((at) => ({ id: slotId(shopId, at), at }));
    },
    book: (accountId, wish) => database.transaction((tx) => book(deps, tx, { accountId, ...wish })),
    async appointments(accountId) {
      const rows = await listAppointmentsAhead(database.db, accountId);
      return rows.flatMap((row) => viewOf(row, shops) ?? []);
    },
    cancel: (accountId, id) => database.transaction((tx) => cancel(deps, tx, { accountId, id })),
  };
}

function viewOf({ id, shopId, startsAt }: AppointmentRow, shops: readonly Shop[]): AppointmentView | undefined {
  const shop = shops.find((one) => one.id === shopId);
  return shop && { id, shop, at: startsAt };
}

interface Wish {
  readonly accountId: AccountId;
  readonly slotId: string;
  readonly idempotencyKey: string;
}

async function book(deps: ShopDeskDeps, tx: Tx, { accountId, idempotencyKey, ...wish }: Wish): Promise<BookingOutcome> {
  const { brand, randomBytes } = deps;
  const { shops, timeZone } = catalogueOf(brand);
  await lockAccount(tx, accountId);
  const before = await findAppointmentByKey(tx, { accountId, idempotencyKey });
  if (before !== undefined) {
    const appointment = slotId(before.shopId, before.startsAt) === wish.slotId ? viewOf(before, shops) : undefined;
    return appointment === undefined ? { kind: 'key-reused' } : { kind: 'booked', appointment };
  }
  const slot = parseSlotId(wish.slotId);
  const shop = shops.find(({ id }) => id === slot?.shopId);
  const now = await readAppNow(tx);
  const offered = shop === undefined ? [] : freeTimes(shop, { now, taken: [], timeZone });
  if (shop === undefined || slot === undefined || !offered.some((at) => at.getTime() === slot.at.getTime())) {
    return { kind: 'slot-taken' };
  }
  if ((await listAppointmentsAhead(tx, accountId)).length >= mostAhead) return { kind: 'too-many' };
  const id = newId('apt', randomBytes);
  const booking = { id, brand, shopId: shop.id, startsAt: slot.at, accountId, idempotencyKey };
  const row = await insertAppointment(tx, booking);
  if (row === undefined) return { kind: 'slot-taken' };
  await tell(deps, tx, { row, shop, key: 'appointment-booked' });
  await deps.audit.appointmentBooked(tx, { accountId, appointmentId: id, shopId: shop.id });
  return { kind: 'booked', appointment: { id, shop, at: row.startsAt } };
}

async function cancel(deps: ShopDeskDeps, tx: Tx, which: { accountId: AccountId; id: string }): Promise<boolean> {
  const row = await cancelAppointment(tx, which);
  if (row === undefined) return false;
  const shop = catalogueOf(row.brand).shops.find(({ id }) => id === row.shopId);
  if (shop !== undefined) await tell(deps, tx, { row, shop, key: 'appointment-cancelled' });
  const { accountId, id, shopId } = row;
  await deps.audit.appointmentCancelled(tx, { accountId, appointmentId: id, shopId });
  return true;
}

async function tell(
  { notifier }: ShopDeskDeps,
  tx: Tx,
  { row, shop, key }: { row: AppointmentRow; shop: Shop; key: string },
): Promise<void> {
  const { accountId, id, startsAt } = row;
  const address = `${shop.street}, ${shop.postCode} ${shop.city}`;
  const params = { at: startsAt.toISOString(), shop: shop.name, address };
  await notifier.notify(tx, { accountId, topic: 'info', key, params, link: '/shops', eventId: id });
}
