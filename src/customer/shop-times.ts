// Shops near a place and the times that can be had there. Pure: the clock and what is taken are given.
import type { Shop, Weekday } from './catalogue.ts';

export interface FoundShop {
  readonly shop: Shop;
  /** From the place that was asked for; undefined without one. */
  readonly kilometres: number | undefined;
}

const farthest = 100;

/** Shops round a place: `48.85,2.35`, a post code or its beginning, the name of a town or its beginning. */
export function shopsNear(shops: readonly Shop[], near: string): FoundShop[] {
  const wanted = near.trim();
  if (wanted === '') return shops.map((shop) => ({ shop, kilometres: undefined }));
  const point = pointOf(wanted) ?? middleOf(shops.filter((shop) => isAt(shop, wanted)));
  if (point === undefined) return [];
  return shops
    .map((shop) => ({ shop, kilometres: Math.round(distance(point, shop) * 10) / 10 }))
    .filter(({ kilometres }) => kilometres <= farthest)
    .sort((one, other) => one.kilometres - other.kilometres);
}

interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

function pointOf(text: string): Point | undefined {
  const [, latitude, longitude] = /^(-?\d{1,2}(?:\.\d{1,6})?),\s*(-?\d{1,3}(?:\.\d{1,6})?)$/.exec(text) ?? [];
  return latitude === undefined ? undefined : { latitude: Number(latitude), longitude: Number(longitude) };
}

function isAt({ postCode, city }: Shop, text: string): boolean {
  // A department where no shop has the post code itself.
  if (/^\d{2,5}$/.test(text)) return postCode.startsWith(text) || postCode.slice(0, 2) === text.slice(0, 2);
  return plain(city).startsWith(plain(text));
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s-]+/g, ' ')
    .trim();
}

function middleOf(shops: readonly Shop[]): Point | undefined {
  const [first] = shops;
  return first && { latitude: first.latitude, longitude: first.longitude };
}

/** In kilometres, on a sphere. */
function distance(one: Point, other: Point): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const half = (from: number, to: number): number => Math.sin(radians(to - from) / 2) ** 2;
  const across = Math.cos(radians(one.latitude)) * Math.cos(radians(other.latitude));
  const share = half(one.latitude, other.latitude) + across * half(one.longitude, other.longitude);
  return 2 * 6_371 * Math.asin(Math.sqrt(share));
}

export const slotMinutes = 30;
const daysAhead = 14;
/** Nobody can be there sooner. */
const leadMinutes = 60;

const weekdays: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The times of the next two weeks that nobody has, soonest first. */
export function freeTimes(
  shop: Shop,
  { now, taken, timeZone }: { now: Date; taken: readonly Date[]; timeZone: string },
): Date[] {
  const gone = new Set(taken.map((at) => at.getTime()));
  const clock = clockOf(timeZone);
  const soonest = now.getTime() + leadMinutes * 60_000;
  const days = Array.from({ length: daysAhead + 1 }, (_, n) =>
    localDay(new Date(now.getTime() + n * 86_400_000), clock),
  );
  return days
    .flatMap((day) => timesOfDay(shop, day, clock))
    .filter((at) => at.getTime() >= soonest && !gone.has(at.getTime()));
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function timesOfDay({ hours }: Shop, { year, month, day }: Day, clock: Clock): Date[] {
  const weekday = weekdays[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
  const open = weekday === undefined ? [] : (hours[weekday] ?? []);
  return open.flatMap((period) => {
    const [from = 0, to = 0] = period.split('-').map(minutesOf);
    const count = Math.floor((to - from) / slotMinutes);
    return Array.from({ length: Math.max(0, count) }, (_, n) => {
      const minutes = from + n * slotMinutes;
      return fromLocal(Date.UTC(year, month - 1, day, 0, minutes), clock);
    });
  });
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

type Clock = (at: Date) => Record<string, number>;

/** What clocks of a zone show. Made once for all times of a shop: making one is dear. */
function clockOf(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    hourCycle: 'h23',
  });
  return (at) => Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
}

function localDay(at: Date, clock: Clock): Day {
  const { year = 0, month = 0, day = 0 } = clock(at);
  return { year, month, day };
}

/** The moment at which clocks of the zone show what clocks of UTC show at `shown`. Shops are closed when clocks change. */
function fromLocal(shown: number, clock: Clock): Date {
  const offsetAt = (at: number): number => {
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = clock(new Date(at));
    return Date.UTC(year, month - 1, day, hour, minute) - at;
  };
  return new Date(shown - offsetAt(shown - offsetAt(shown)));
}

/** A slot's id names shop and moment; whoever makes one up gets what is free, and nothing else. */
export function slotId(shopId: string, at: Date): string {
  return `${shopId}.${at.toISOString().slice(0, 16).replace(/[-:]/g, '')}`;
}

/** Reads it; undefined for anything else. */
export function parseSlotId(id: string): { shopId: string; at: Date } | undefined {
  const [, shopId = '', date = '', time = ''] = /^([a-z0-9-]{1,60})\.(\d{8})T(\d{4})$/.exec(id) ?? [];
  if (shopId === '') return undefined;
  const iso = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2)}:00Z`;
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? undefined : { shopId, at };
}
